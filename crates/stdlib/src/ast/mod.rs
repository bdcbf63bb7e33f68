//! `_ast`: the classes of syntax trees, and trees as objects.
//!
//! The classes are made in Python, by `classes.py` from the compiler's table of them, when the module is first imported. `compile` reaches
//! trees through [`HOOK`]. CPython: Python/Python-ast.c.

mod convert;
mod objects;

use mesapy_compile::asdl::{self, Class, grammar};
use mesapy_heap::Value;
use mesapy_syntax as syntax;
use mesapy_vm::builtins::execution::{AstHook, Origin, Request, flags};
use mesapy_vm::local::k;
use mesapy_vm::module::NativeModule;
use mesapy_vm::{Local, Py, Ret, Vm};

pub static MODULE: NativeModule = NativeModule {
    name: "_ast",
    doc: "",
    functions: &[],
    types: &[],
    init: Some(init),
};
/// How `compile` reaches syntax trees.
pub const HOOK: AstHook = AstHook {
    compile_tree,
    parse,
};
const CLASSES: &str = include_str!("classes.py");
/// Names that `classes.py` needs only while it runs.
const HELPERS: &[&str] = &["_GRAMMAR", "_make", "_define", "_kinds"];

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let filename = vm.local_of::<k::Str>(vm.new_str(b"<frozen _ast>")?.value());
    let code = vm.compile_text(CLASSES, filename, Request::EXEC)?.keep(vm);
    let nothing = vm.local(Value::EMPTY);
    // The classes' functions see the names of their own namespace, of which the public ones go into the module.
    let space = vm.local_of::<k::Dict>(vm.new_dict().value());
    {
        let vm: &Vm = vm;
        let rows = vm.new_str(grammar::ROWS.join("\n").as_bytes())?;
        for (name, value) in [
            ("__name__", vm.intern(b"ast").value()),
            ("_GRAMMAR", rows.value()),
        ] {
            space
                .get(vm)
                .set_str(vm, vm.intern(name.as_bytes()), value)?;
        }
    }
    let _: Ret = vm.run_code(code, space.any(), nothing, nothing)?;
    objects::remember_classes(vm, space)?;
    let vm: &Vm = vm;
    for (name, value) in space.get(vm).iter(vm) {
        let Some(name) = name.as_exact_str(vm) else {
            continue;
        };
        if !name.bytes(vm).starts_with(b"_") {
            dict.get(vm).set_str(vm, name, value)?;
        }
    }
    for helper in HELPERS {
        space.get(vm).del_str(vm, vm.intern(helper.as_bytes()));
    }
    Ok(())
}

/// `compile` with `PyCF_ONLY_AST`.
fn parse(vm: &mut Vm, text: &str, filename: Local<k::Str>, request: Request) -> Py<Ret> {
    objects::ensure_classes(vm)?;
    let parsed = vm.parse_text(text, filename, request)?;
    let interactive = request.mode == syntax::Mode::Single;
    let built = on_stack(vm, filename, parsed.depth, || {
        let comments = request.flags & flags::TYPE_COMMENTS != 0;
        asdl::build(text, &parsed.tree, interactive, comments)
    })?;
    let lines = syntax::Lines::new(text);
    let origin = Origin {
        lines: &lines,
        text: Some(text),
    };
    let mut tree = built.map_err(|e| vm.compile_error(&e, origin, filename))?;
    if request.flags & flags::OPTIMIZED_AST == flags::OPTIMIZED_AST {
        tree = asdl::optimize(&tree, request.optimize);
    }
    let vm: &Vm = vm;
    let value = objects::object_of(vm, &tree, filename)?;
    Ok(vm.ret(value))
}

/// `compile` of a tree; None if it is none.
fn compile_tree(
    vm: &mut Vm,
    source: Local,
    filename: Local<k::Str>,
    request: Request,
) -> Py<Option<Ret>> {
    if !objects::is_tree(vm, source) {
        return Ok(None);
    }
    let wanted = match request.mode {
        syntax::Mode::Exec => Class::Module,
        syntax::Mode::Eval => Class::Expression,
        syntax::Mode::Single => Class::Interactive,
        syntax::Mode::FuncType => Class::FunctionType,
    };
    if request.flags & flags::OPTIMIZED_AST == flags::ONLY_AST {
        convert::check_root(vm, source, wanted)?;
        let tree = source.value(vm);
        return Ok(Some(vm.ret(tree)));
    }
    let converted = convert::tree_of(vm, source, wanted)?;
    let tree = &converted.tree;
    on_stack(vm, filename, converted.depth, || asdl::validate(tree))?.map_err(|invalid| {
        if invalid.type_error {
            vm.type_error(invalid.message)
        } else {
            vm.value_error(&invalid.message)
        }
    })?;
    if request.flags & flags::ONLY_AST != 0 {
        let vm: &Vm = vm;
        let tree = asdl::optimize(tree, request.optimize);
        let value = objects::object_of(vm, &tree, filename)?;
        return Ok(Some(vm.ret(value)));
    }
    let lowered = on_stack(vm, filename, converted.depth, || {
        asdl::lower(tree, converted.depth)
    })?;
    let origin = Origin {
        lines: &lowered.lines,
        text: None,
    };
    let compiled = lowered
        .compile(&Vm::compile_options(request))
        .map_err(|e| vm.compile_error(&e, origin, filename))?;
    vm.finish_compilation(&compiled, origin, filename).map(Some)
}

/// Runs what recurses on a tree of this depth, with the native stack that it needs.
fn on_stack<R: Send>(
    vm: &Vm,
    filename: Local<k::Str>,
    depth: usize,
    work: impl FnOnce() -> R + Send,
) -> Py<R> {
    syntax::with_stack(depth, work).map_err(|e| vm.syntax_error_from(&e, filename.value(vm)))
}
