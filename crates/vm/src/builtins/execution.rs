//! Builtins that run code: exec, eval, compile, __import__; and the same for Rust callers.

use crate::frame::Entry;
use crate::layout::{code as c, header};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::Method;
use crate::objects::exceptions as exc;
use crate::vm::Vm;
use mesapy_bytecode::CodeFlags;
use mesapy_compile as compile;
use mesapy_heap::{Kind, Value};
use mesapy_syntax as syntax;

pub static FUNCTIONS: &[Method] = crate::methods! {
    "exec(source, /, globals=None, locals=None, *, closure=None)" => static calls exec(source, globals, locals, closure), "Execute the given source in the context of globals and locals.";
    "eval(source, /, globals=None, locals=None)" => static calls eval(source, globals, locals), "Evaluate the given source in the context of globals and locals.";
    "compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)" => static calls compile_builtin(source, filename, mode, flags, dont_inherit, optimize, feature), "Compile source into a code object that can be executed by exec() or eval().";
    "__import__(name, globals=None, locals=None, fromlist=(), level=0)" => static calls import_builtin(name, globals, locals, fromlist, level), "Import a module.";
};

/// `compile()`'s flags beyond the future features.
pub mod flags {
    pub const DONT_IMPLY_DEDENT: u32 = 0x200;
    pub const ONLY_AST: u32 = 0x400;
    pub const IGNORE_COOKIE: u32 = 0x800;
    pub const TYPE_COMMENTS: u32 = 0x1000;
    pub const ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
    pub const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
    pub const OPTIMIZED_AST: u32 = 0x8400;
    /// `from __future__ import …` features that a caller's code passes on.
    pub const FUTURE: u32 = 0x1fe_0000 & 0x1ff_ffff;
    pub const ALL: u32 = FUTURE
        | 0x10
        | DONT_IMPLY_DEDENT
        | ONLY_AST
        | IGNORE_COOKIE
        | TYPE_COMMENTS
        | ALLOW_TOP_LEVEL_AWAIT
        | ALLOW_INCOMPLETE_INPUT
        | OPTIMIZED_AST;
}

/// What is compiled, and how.
#[derive(Clone, Copy)]
pub struct Request {
    pub mode: syntax::Mode,
    pub flags: u32,
    pub optimize: u8,
    pub feature_version: Option<u8>,
}
impl Request {
    pub const EXEC: Request = Request {
        mode: syntax::Mode::Exec,
        flags: 0,
        optimize: 0,
        feature_version: None,
    };
}

impl Vm {
    /// Parses normalised text. Warnings go through the warnings module, where they may become errors.
    pub fn parse_text(
        &mut self,
        text: &str,
        filename: Local<k::Str>,
        request: Request,
    ) -> Py<syntax::Parsed> {
        let options = syntax::Options {
            type_comments: request.flags & flags::TYPE_COMMENTS != 0,
            feature_version: request.feature_version,
            allow_incomplete_input: request.flags & flags::ALLOW_INCOMPLETE_INPUT != 0,
            dont_imply_dedent: request.flags & flags::DONT_IMPLY_DEDENT != 0,
            ..Default::default()
        };
        let parsed = match syntax::parse(text, request.mode, &options) {
            Ok(parsed) => parsed,
            Err(e) => {
                // What was read before the error was warned of.
                for w in syntax::warnings_before(text, &e, options.names) {
                    self.syntax_warning(&w, filename, Some(text))?;
                }
                return Err(self.parser_error(&e, text, filename, request.mode));
            }
        };
        let digits_max = self.int_max_str_digits.get();
        if digits_max > 0
            && let Some(e) = syntax::long_decimal(text, digits_max)
        {
            return Err(self.syntax_error_from(&e, filename.value(self)));
        }
        for w in &parsed.warnings {
            self.syntax_warning(w, filename, Some(text))?;
        }
        Ok(parsed)
    }
    /// An error of the parser's, with the text in which `traceback` looks for misspelt keywords.
    fn parser_error(
        &self,
        error: &syntax::SyntaxError,
        text: &str,
        filename: Local<k::Str>,
        mode: syntax::Mode,
    ) -> Raised {
        let raised = self.syntax_error_from(error, filename.value(self));
        let end = match mode {
            syntax::Mode::Exec if !text.ends_with('\n') => "\n",
            _ => "",
        };
        if error.lineno.is_some()
            && let Some(exception) = self.pending.get().value(self).as_obj()
            && let Ok(text) = self.new_str(format!("{text}{end}").as_bytes())
            && let Ok(metadata) = self.new_tuple(&[self.int(0), self.int(0), text.value()])
        {
            exception.set_slot(self, exc::fields::syntax::METADATA, metadata.value());
        }
        raised
    }
    /// Parses and compiles normalised text. Warnings go through the warnings module, where they may become errors.
    pub fn compile_text(
        &mut self,
        text: &str,
        filename: Local<k::Str>,
        request: Request,
    ) -> Py<Ret> {
        let parsed = self.parse_text(text, filename, request)?;
        let options = Vm::compile_options(request);
        let lines = syntax::Lines::new(text);
        let origin = Origin {
            lines: &lines,
            text: Some(text),
        };
        let compiled = compile::compile(text, &parsed.tree, &options)
            .map_err(|e| self.compile_error(&e, origin, filename))?;
        self.finish_compilation(&compiled, origin, filename)
    }
    /// The compiler's options for a request.
    pub fn compile_options(request: Request) -> compile::Options {
        let mode = match request.mode {
            syntax::Mode::Eval => compile::Mode::Eval,
            syntax::Mode::Single => compile::Mode::Single,
            syntax::Mode::Exec | syntax::Mode::FuncType => compile::Mode::Exec,
        };
        compile::Options {
            mode,
            optimize: request.optimize,
            future: CodeFlags(request.flags & flags::FUTURE),
            top_level_await: request.flags & flags::ALLOW_TOP_LEVEL_AWAIT != 0,
        }
    }
    /// Gives the compiler's warnings, and makes the code object.
    pub fn finish_compilation(
        &mut self,
        compiled: &compile::Compiled,
        origin: Origin<'_>,
        filename: Local<k::Str>,
    ) -> Py<Ret> {
        for w in &compiled.warnings {
            let start = origin.place(w.range.start().into());
            let end = origin.place(w.range.end().into());
            let warning = syntax::Warning {
                kind: syntax::WarningKind::Syntax,
                msg: w.message.clone(),
                error_msg: w.message.clone(),
                lineno: start.0,
                range: (start.0, start.1, end.0, end.1),
            };
            self.syntax_warning(&warning, filename, origin.text)?;
        }
        let word = self.load_code(&compiled.code, filename)?.word();
        self.ret.set(word);
        Ok(Ret(()))
    }
    /// The exception of a failed compilation.
    pub fn compile_error(
        &self,
        e: &compile::CompileError,
        origin: Origin<'_>,
        filename: Local<k::Str>,
    ) -> Raised {
        match e.kind {
            compile::ErrorKind::Syntax => {
                // Unlike the parser, CPython's compiler counts columns in bytes.
                let place = |at: syntax::text_size::TextSize| {
                    let (line, column) = origin.lines.position(at.into());
                    (line, column.wrapping_add(1))
                };
                let (line, offset) = place(e.range.start());
                let (end_line, end_offset) = place(e.range.end());
                let error = syntax::SyntaxError {
                    kind: syntax::SyntaxErrorKind::Syntax,
                    msg: e.message.clone(),
                    lineno: Some(line),
                    offset: Some(offset),
                    end_lineno: Some(end_line),
                    end_offset: Some(end_offset),
                    // Unlike the parser, CPython's compiler takes the line from the file.
                    text: origin
                        .text
                        .filter(|_| self.is_file(filename))
                        .map(|text| origin.lines.text(line, text).to_owned()),
                };
                self.syntax_error_from(&error, filename.value(self))
            }
            compile::ErrorKind::Recursion => self.raise_text(&exc::RECURSION_ERROR, &e.message),
            compile::ErrorKind::Overflow => self.overflow_error(&e.message),
            compile::ErrorKind::Value => self.value_error(&e.message),
        }
    }
    fn is_file(&self, filename: Local<k::Str>) -> bool {
        const READ_ONLY: i32 = 0;
        let platform = self.platform();
        let fd = platform.open(
            mesapy_platform::AT_CWD,
            filename.get(self).bytes(self),
            READ_ONLY,
            0,
        );
        fd.map(|fd| platform.close(fd)).is_ok()
    }
    /// A warning of the compiler's. Where the filters make an exception of a SyntaxWarning, that becomes a SyntaxError at this place.
    fn syntax_warning(
        &mut self,
        warning: &syntax::Warning,
        filename: Local<k::Str>,
        text: Option<&str>,
    ) -> Py<()> {
        let category = match warning.kind {
            syntax::WarningKind::Syntax => &exc::SYNTAX_WARNING,
            syntax::WarningKind::Deprecation => &exc::DEPRECATION_WARNING,
        };
        let line = i64::from(warning.lineno);
        match self.warn_explicit(category, &warning.msg, filename, line) {
            Err(raised) if self.raised_is(&raised, category) => {
                self.take_exception(raised);
                let (lineno, offset, end_lineno, end_offset) = warning.range;
                let line_text = text.map(|t| syntax::Lines::new(t).text(lineno, t).to_owned());
                let error = syntax::SyntaxError {
                    kind: syntax::SyntaxErrorKind::Syntax,
                    msg: warning.error_msg.clone(),
                    lineno: Some(lineno),
                    offset: Some(offset),
                    end_lineno: Some(end_lineno),
                    end_offset: Some(end_offset),
                    text: line_text,
                };
                Err(self.syntax_error_from(&error, filename.value(self)))
            }
            done => done,
        }
    }

    /// Runs a code object as module, class-like or expression code: its value is in the return register. `locals` may be Empty: the globals then.
    pub fn run_code(
        &mut self,
        code: Local,
        globals: Local,
        locals: Local,
        closure: Local,
    ) -> Py<Ret> {
        self.check_native_stack()?;
        {
            let vm: &Vm = self;
            let code_obj = crate::code::expect_code(vm, code.value(vm))?;
            let g = globals.value(vm);
            if let Some(d) = g.as_dict(vm) {
                let name = vm.roots.names.builtins(vm);
                if d.get_str(vm, name).is_none() {
                    // The module in `__main__`, its dict everywhere else.
                    let module = |name: mesapy_heap::Str<'_>| {
                        let modules = vm.roots.modules(vm).as_dict(vm)?;
                        modules.get_str(vm, name)
                    };
                    let is_main = module(vm.intern(b"__main__"))
                        .and_then(|m| vm.own_dict(m.as_obj()?))
                        .is_some_and(|own| own.value() == g);
                    let builtins = is_main
                        .then(|| module(vm.roots.names.builtins_module(vm)))
                        .flatten()
                        .unwrap_or(vm.roots.builtins(vm));
                    d.set_str(vm, name, builtins)?;
                }
            }
            // A function object is the frame's callable: it carries globals and builtins.
            let f = crate::objects::function::new_function(vm, code_obj, g);
            if !closure.value(vm).is_empty() && !closure.value(vm).is_none() {
                f.set_slot(vm, crate::layout::function::CLOSURE, closure.value(vm));
            }
            let (at, _) = vm.lay_out_call(f.value(), None, &[]);
            let base = at + header::SIZE;
            if crate::code::call_info(vm, code_obj).makes_generator() {
                crate::generator::make(vm, f, code_obj, base, 0)?;
                return Ok(Ret(()));
            }
            vm.push_frame(f.value(), code_obj, g, base, 0, Entry::Native)?;
            let optimized = crate::code::flags(vm, code_obj).has(CodeFlags::OPTIMIZED);
            if !optimized {
                let ns = locals.value(vm);
                let ns = if ns.is_empty() || ns.is_none() { g } else { ns };
                vm.set_stack_word(base - header::LOCALS, ns.word());
            }
        }
        crate::interp::run(self)
    }
}

/// Where compiled things stand: in a text, or where the nodes of a syntax tree say.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    pub lines: &'a syntax::Lines,
    pub text: Option<&'a str>,
}
impl Origin<'_> {
    /// Line and column of an offset, from 1, the column in characters.
    fn place(&self, offset: u32) -> (u32, u32) {
        let (line, column) = self.lines.position(offset);
        let Some(text) = self.text else {
            return (line, column.wrapping_add(1));
        };
        let start = self.lines.start(line) as usize;
        let column = text
            .get(start..offset as usize)
            .map_or(0, |t| t.chars().count());
        (line, column as u32 + 1)
    }
}
/// Text of what exec, eval and compile are given: a str, or bytes with their encoding declared.
fn source_text(
    vm: &mut Vm,
    source: Local,
    what: &str,
    objects: &str,
    filename: Local<k::Str>,
    ignore_cookie: bool,
) -> Py<String> {
    if let Some(s) = source.value(vm).as_str(vm) {
        let Some(text) = s.as_utf8(vm) else {
            return Err(crate::objects::type_::surrogates_error(
                vm,
                source.value(vm),
            ));
        };
        if text.contains('\0') {
            return Err(vm.raise_text(
                &exc::SYNTAX_ERROR,
                "source code string cannot contain null bytes",
            ));
        }
        let text = text.to_owned();
        return syntax::decode::from_text(&text)
            .map_err(|e| vm.syntax_error_from(&e, filename.value(vm)));
    }
    let is_buffer = source.value(vm).as_bytes(vm).is_some()
        || vm
            .special_of(source.value(vm), crate::dunder::Dunder::Buffer)
            .is_some();
    if !is_buffer {
        return Err(vm.type_error(format!("{what} must be {objects}")));
    }
    let bytes = vm.buffer_bytes(source)?;
    if bytes.contains(&0) {
        return Err(vm.raise_text(
            &exc::SYNTAX_ERROR,
            "source code string cannot contain null bytes",
        ));
    }
    let _ = ignore_cookie;
    decode_source(vm, &bytes, filename)
}
impl Vm {
    /// Source text as a program passes it: a str, or bytes with their encoding declared. `what` is it called in errors, `objects` what it may be.
    pub fn source_text(
        &mut self,
        source: Local,
        what: &str,
        objects: &str,
        filename: Local<k::Str>,
    ) -> Py<String> {
        source_text(self, source, what, objects, filename, false)
    }
}
/// Source that is text already: a declared encoding means nothing.
pub fn normalised_text(vm: &Vm, text: &str, filename: Local<k::Str>) -> Py<String> {
    if text.contains('\0') {
        return Err(vm.raise_text(
            &exc::SYNTAX_ERROR,
            "source code string cannot contain null bytes",
        ));
    }
    syntax::decode::from_text(text).map_err(|e| vm.syntax_error_from(&e, filename.value(vm)))
}
/// Source bytes as normalised text, through the VM's codecs where the front end does not know the declared encoding.
pub fn decode_source(vm: &mut Vm, bytes: &[u8], filename: Local<k::Str>) -> Py<String> {
    match syntax::decode::decode(bytes) {
        Ok(source) => Ok(source.text),
        Err(syntax::decode::DecodeError::Syntax(e)) => {
            Err(vm.syntax_error_from(&e, filename.value(vm)))
        }
        Err(syntax::decode::DecodeError::Codec(name)) => {
            let data = vm.local(vm.new_bytes(bytes)?.value());
            let decoded = match vm.decode(data, &name, "strict") {
                Ok(ret) => ret.keep(vm),
                Err(raised) if vm.raised_is(&raised, &exc::LOOKUP_ERROR) => {
                    vm.take_exception(raised);
                    return Err(
                        vm.raise_text(&exc::SYNTAX_ERROR, &format!("unknown encoding: {name}"))
                    );
                }
                Err(raised) => return Err(raised),
            };
            let text = vm.text_of(decoded.value(vm));
            syntax::decode::from_text(&text)
                .map_err(|e| vm.syntax_error_from(&e, filename.value(vm)))
        }
    }
}

/// Future features that the calling code was compiled with.
fn inherited_flags(vm: &Vm) -> u32 {
    let base = vm.base.get();
    if base == 0 {
        0
    } else {
        crate::code::flags(vm, vm.frame_code(base)).0 & flags::FUTURE
    }
}

/// globals and locals as exec and eval take them.
fn scopes(
    vm: &mut Vm,
    what: &str,
    globals: Option<Local>,
    locals: Option<Local>,
) -> Py<(Local, Local)> {
    let given = |vm: &Vm, l: Option<Local>| l.filter(|l| !l.value(vm).is_none());
    let (globals, locals) = (given(vm, globals), given(vm, locals));
    if let Some(l) = locals {
        let mapping = l.value(vm).as_dict(vm).is_some()
            || vm
                .special_of(l.value(vm), crate::dunder::Dunder::GetItem)
                .is_some();
        if !mapping {
            return Err(vm.type_error(if what == "exec" {
                format!(
                    "locals must be a mapping or None, not {}",
                    vm.type_name_for_error(l.value(vm))
                )
            } else {
                "locals must be a mapping".to_string()
            }));
        }
    }
    match globals {
        Some(g) => {
            if g.value(vm).as_dict(vm).is_none() {
                let got = vm.type_name_for_error(g.value(vm));
                return Err(vm.type_error(if what == "exec" {
                    format!("exec() globals must be a dict, not {got}")
                } else if vm
                    .special_of(g.value(vm), crate::dunder::Dunder::GetItem)
                    .is_some()
                {
                    "globals must be a real dict; try eval(expr, {}, mapping)".to_string()
                } else {
                    "globals must be a dict".to_string()
                }));
            }
            Ok((g, locals.unwrap_or(g)))
        }
        None => {
            let Some(g) = vm.current_globals() else {
                return Err(vm.system_error("globals and locals cannot be NULL"));
            };
            let g = vm.local(g);
            let l = match locals {
                Some(l) => l,
                None => crate::objects::frame::locals_of_running_frame(vm)?.keep(vm),
            };
            Ok((g, l))
        }
    }
}
fn exec(
    vm: &mut Vm,
    source: Local,
    globals: Option<Local>,
    locals: Option<Local>,
    closure: Option<Local>,
) -> Py<()> {
    let (globals, locals) = scopes(vm, "exec", globals, locals)?;
    let cells = vm.local(closure.map_or(Value::NONE, |l| l.value(vm)));
    let is_code = source.value(vm).kind(vm) == Kind::Code;
    if is_code {
        vm.audit("exec", &[source])?;
    }
    let code = if is_code {
        let free = source
            .value(vm)
            .as_obj()
            .and_then(|o| o.slot(vm, c::FREEVARS).as_tuple(vm))
            .map_or(0, |t| t.len(vm));
        let given = cells.value(vm).as_exact_tuple(vm);
        let fits = given
            .is_some_and(|t| t.len(vm) == free && t.iter(vm).all(|v| v.kind(vm) == Kind::Cell));
        if free == 0 && !cells.value(vm).is_none() {
            return Err(vm.type_error("cannot use a closure with this code object"));
        }
        if free > 0 && !fits {
            return Err(vm.type_error(format!(
                "code object requires a closure of exactly length {free}"
            )));
        }
        source
    } else {
        if !cells.value(vm).is_none() {
            return Err(vm.type_error("closure can only be used when source is a code object"));
        }
        compile_source(vm, source, "exec() arg 1", syntax::Mode::Exec)?
    };
    let _: Ret = vm.run_code(code, globals, locals, cells)?;
    Ok(())
}
fn eval(vm: &mut Vm, source: Local, globals: Option<Local>, locals: Option<Local>) -> Py<Ret> {
    let (globals, locals) = scopes(vm, "eval", globals, locals)?;
    let none = vm.local(Value::NONE);
    let code = if source.value(vm).kind(vm) == Kind::Code {
        let free = source
            .value(vm)
            .as_obj()
            .and_then(|o| o.slot(vm, c::FREEVARS).as_tuple(vm))
            .map_or(0, |t| t.len(vm));
        if free > 0 {
            return Err(
                vm.type_error("code object passed to eval() may not contain free variables")
            );
        }
        source
    } else {
        compile_source(vm, source, "eval() arg 1", syntax::Mode::Eval)?
    };
    vm.run_code(code, globals, locals, none)
}
fn compile_source(vm: &mut Vm, source: Local, what: &str, mode: syntax::Mode) -> Py<Local> {
    let filename: Local<k::Str> = vm.local_of(vm.intern(b"<string>").value());
    let mut text = source_text(
        vm,
        source,
        what,
        "a string, bytes or code object",
        filename,
        false,
    )?;
    if mode == syntax::Mode::Eval {
        text = text.trim_start_matches([' ', '\t']).to_owned();
    }
    let request = Request {
        mode,
        flags: inherited_flags(vm),
        optimize: vm.config.optimize,
        feature_version: None,
    };
    Ok(vm.compile_text(&text, filename, request)?.keep(vm))
}
#[allow(clippy::too_many_arguments)] // CPython's compile() has as many.
fn compile_builtin(
    vm: &mut Vm,
    source: Local,
    filename: Local,
    mode: Local<k::Str>,
    flag_bits: Option<i64>,
    dont_inherit: Option<bool>,
    optimize: Option<i64>,
    feature: Option<i64>,
) -> Py<Ret> {
    let name = vm.fs_text(filename)?;
    let wanted = flag_bits.unwrap_or(0);
    if wanted < 0 || wanted & !i64::from(flags::ALL) != 0 {
        return Err(vm.value_error("compile(): unrecognised flags"));
    }
    let optimize = optimize.unwrap_or(-1);
    if !(-1..=2).contains(&optimize) {
        return Err(vm.value_error("compile(): invalid optimize value"));
    }
    let mut bits = wanted as u32;
    if !dont_inherit.unwrap_or(false) {
        bits |= inherited_flags(vm);
    }
    let only_ast = bits & flags::ONLY_AST != 0;
    let parse_mode = match mode.get(vm).bytes(vm) {
        b"exec" => syntax::Mode::Exec,
        b"eval" => syntax::Mode::Eval,
        b"single" => syntax::Mode::Single,
        b"func_type" if only_ast => syntax::Mode::FuncType,
        b"func_type" => {
            return Err(vm.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST"));
        }
        _ => {
            return Err(vm.value_error(if only_ast {
                "compile() mode must be 'exec', 'eval', 'single' or 'func_type'"
            } else {
                "compile() mode must be 'exec', 'eval' or 'single'"
            }));
        }
    };
    let optimize = if optimize < 0 {
        vm.config.optimize
    } else {
        optimize as u8
    };
    let request = Request {
        mode: parse_mode,
        flags: bits,
        optimize,
        feature_version: feature.filter(|f| *f >= 0).map(|f| f.min(255) as u8),
    };
    // A syntax tree is taken, or wanted.
    let hook = vm.ast_hook;
    if let Some(hook) = hook {
        if let Some(done) = (hook.compile_tree)(vm, source, name, request)? {
            return Ok(done);
        }
    }
    let text = source_text(
        vm,
        source,
        "compile() arg 1",
        "a string, bytes or AST object",
        name,
        bits & flags::IGNORE_COOKIE != 0,
    )?;
    if only_ast {
        return match hook {
            Some(hook) => (hook.parse)(vm, &text, name, request),
            None => {
                Err(vm.not_implemented_error("syntax trees are not available in this interpreter"))
            }
        };
    }
    vm.compile_text(&text, name, request)
}

/// How the `_ast` module, which the VM does not know, takes part in `compile`.
#[derive(Clone, Copy)]
pub struct AstHook {
    /// Compiles (or passes through, with ONLY_AST) a tree object; None if the source is no tree.
    pub compile_tree: fn(&mut Vm, Local, Local<k::Str>, Request) -> Py<Option<Ret>>,
    /// Parses text to a tree object.
    pub parse: fn(&mut Vm, &str, Local<k::Str>, Request) -> Py<Ret>,
}

fn import_builtin(
    vm: &mut Vm,
    name: Local,
    globals: Option<Local>,
    locals: Option<Local>,
    fromlist: Option<Local>,
    level: Option<i64>,
) -> Py<Ret> {
    let none = vm.local(Value::NONE);
    let empty = vm.local(vm.roots.empty_tuple(vm));
    let level = vm.local(vm.int(level.unwrap_or(0)));
    let Some(name) = name.cast::<k::Str>(vm) else {
        return Err(vm.type_error("module name must be a string"));
    };
    if level.value(vm).as_small_int().unwrap_or(0) < 0 {
        return Err(vm.value_error("level must be >= 0"));
    }
    let import = vm.roots.importlib_import(vm);
    if import.is_empty() {
        let text = vm.text_of(name.value(vm));
        let module = crate::import::import_module(vm, &text)?;
        return Ok(vm.ret(module.value(vm)));
    }
    let import = vm.local(import);
    let fromlist = fromlist.unwrap_or(empty);
    if let Some(word) = crate::import::already_loaded(vm, name, fromlist, level) {
        if vm.sys_config.import_time > 1 {
            crate::import_time::cached(vm, &vm.text_of(name.value(vm)));
        }
        let value = word.value(vm);
        return Ok(vm.ret(value));
    }
    let args = [
        name.any(),
        globals.unwrap_or(none),
        locals.unwrap_or(none),
        fromlist,
        level,
    ];
    crate::import::import_by_importlib(vm, import, &args)
}
impl Vm {
    /// A file name argument as str: str, bytes (file system encoding) or path-like.
    pub fn fs_text(&mut self, name: Local) -> Py<Local<k::Str>> {
        if let Some(s) = name.cast::<k::Str>(self) {
            return Ok(s);
        }
        if name.value(self).as_bytes(self).is_some() {
            let decoded = self.decode(name, "utf-8", "surrogateescape")?.keep(self);
            return decoded.cast(self).ok_or(Raised(()));
        }
        match self.call_dunder(name, crate::dunder::Dunder::Fspath, &[])? {
            Some(ret) => {
                let path = ret.keep(self);
                if path.value(self).as_str(self).is_none()
                    && path.value(self).as_bytes(self).is_none()
                {
                    let text = format!(
                        "expected {}.__fspath__() to return str or bytes, not {}",
                        self.type_name_for_error(name.value(self)),
                        self.type_name_for_error(path.value(self))
                    );
                    return Err(self.type_error(text));
                }
                self.fs_text(path)
            }
            None => Err(self.type_error(format!(
                "expected str, bytes or os.PathLike object, not {}",
                self.type_name_for_error(name.value(self))
            ))),
        }
    }
}
