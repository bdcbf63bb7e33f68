//! Code generation: walks the tree with the scopes at hand and emits instructions into a stack of units, one per code object.
//!
//! Every expression is compiled *into* a register that the consumer chose, so that `x = a + b` is one `Add` into x's register. Locals are
//! operands in place. Two rules keep that correct:
//! * A destination that is a local gets exactly one write, the expression's last instruction: what may raise before must not be seen half
//!   done. Expressions that build up their value step by step do it in a temporary (`scratch`).
//! * A local that an assignment expression of the same block may rebind is copied when it is an operand.

mod annotations;
mod assign;
mod calls;
mod classes;
mod comprehensions;
mod conditions;
mod displays;
mod expressions;
mod functions;
mod loops;
mod names;
mod patterns;
mod statements;
mod strings;
mod try_;
mod typeparams;
mod units;
mod with;
mod yields;

use crate::emit::{Emitter, Label, Reg};
use crate::error::{CompileError, Warning};
use crate::limits::DEPTH_MAX;
use crate::scope::{BlockId, Key, Scopes, Sym};
use crate::source::Source;
use crate::{Compiled, Mode, Options};
use mesapy_bytecode::{Const, Intrinsic1, Op};
use mesapy_syntax::ast::{self, Expr, Stmt};
use mesapy_syntax::text_size::{Ranged, TextRange, TextSize};
use mesapy_syntax::{Lines, Tree};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

pub(crate) type Result<T = ()> = std::result::Result<T, CompileError>;

/// What a unit's code is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum UnitKind {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    TypeParams,
    Annotations,
}

/// A construct that control leaves through: what `break`, `continue` and `return` must do on the way out.
#[derive(Clone, Copy)]
pub(crate) enum Frame<'a> {
    Loop {
        again: Label,
        done: Label,
    },
    /// A `try` body with handlers.
    Try {
        outer_guard: u32,
    },
    /// A `try` body whose `finally` has to run.
    Finally {
        body: &'a [Stmt],
        outer_guard: u32,
    },
    /// A `finally` body that runs for an exception.
    FinallyEnd {
        saved: Reg,
        outer_guard: u32,
    },
    With {
        pair: Reg,
        is_async: bool,
        range: TextRange,
        outer_guard: u32,
    },
    /// An `except` body.
    Handler {
        saved: Reg,
        name: Option<&'a ast::Identifier>,
        outer_guard: u32,
    },
    /// An `except*` body, which nothing may leave this way.
    StarHandler,
}

/// The variables of one inlined comprehension.
pub(crate) struct CompScope {
    pub block: BlockId,
    pub vars: FxHashMap<Sym, names::Var>,
}

/// One code object in the making.
pub(crate) struct Unit<'a> {
    pub kind: UnitKind,
    pub block: BlockId,
    pub emit: Emitter,
    pub name: String,
    pub qualname: String,
    pub private: Option<Rc<str>>,
    pub first_line: u32,
    pub arg_count: u32,
    pub posonly_count: u32,
    pub kwonly_count: u32,
    pub locals: FxHashMap<Sym, Reg>,
    pub varnames: Vec<Sym>,
    /// The first register behind locals, cells and free variables.
    pub first_temp: u32,
    pub cells: Vec<(Sym, Reg)>,
    pub free: Vec<(Sym, Reg)>,
    pub first_free: Reg,
    pub frames: Vec<Frame<'a>>,
    pub comp_scopes: Vec<CompScope>,
    pub static_attributes: Vec<String>,
    pub static_attributes_seen: FxHashSet<String>,
    pub deferred: Vec<(&'a ast::StmtAnnAssign, Option<u32>)>,
    pub conditional_depth: u32,
    /// A module's `__annotate__` is made at the end of the code: where that is, and where to go on.
    pub annotate_labels: Option<(Label, Label)>,
    pub docstring: bool,
    /// A module's first statement, whose line its `__annotate__` claims.
    pub body_range: Option<TextRange>,
}

pub(crate) struct Codegen<'a> {
    pub source: Source<'a>,
    pub lines: Lines,
    pub scopes: Scopes,
    pub options: Options,
    pub units: Vec<Unit<'a>>,
    pub warnings: Vec<Warning>,
    /// Where the part of the source that may hold `from __future__` imports ends.
    pub future_end: TextSize,
    pub warned: FxHashSet<(TextRange, String)>,
    pub depth: u32,
    /// How deep `fold` is in itself.
    pub fold_depth: u32,
}

pub(crate) fn generate<'a>(
    source: Source<'a>,
    lines: Lines,
    tree: &'a Tree,
    scopes: Scopes,
    options: Options,
    future_end: TextSize,
) -> Result<Compiled> {
    let mut codegen = Codegen {
        source,
        lines,
        scopes,
        options,
        units: Vec::new(),
        warnings: Vec::new(),
        future_end,
        warned: FxHashSet::default(),
        depth: 0,
        fold_depth: 0,
    };
    codegen.enter_unit(UnitKind::Module, 0, "<module>", 1, None)?;
    match tree {
        Tree::Module(module) => codegen.module(module)?,
        Tree::Expression(module) => {
            let t = codegen.temp();
            codegen.expr_to(&module.body, t)?;
            codegen.at(module.body.range());
            codegen.e().op_a(Op::Return, t);
        }
        Tree::FunctionType { .. } => {
            return Err(CompileError {
                kind: crate::ErrorKind::Value,
                message: "a function type has no code".into(),
                range: TextRange::default(),
            });
        }
    }
    let code = codegen.leave_unit()?;
    Ok(Compiled {
        code,
        warnings: codegen.warnings,
    })
}

impl<'a> Codegen<'a> {
    pub fn u(&mut self) -> &mut Unit<'a> {
        // The unit stack is never empty between `generate`'s enter and leave.
        let last = self.units.len() - 1;
        &mut self.units[last]
    }
    pub fn unit(&self) -> &Unit<'a> {
        &self.units[self.units.len() - 1]
    }
    pub fn e(&mut self) -> &mut Emitter {
        &mut self.u().emit
    }
    pub fn temp(&mut self) -> Reg {
        self.e().temp()
    }
    pub fn mark(&mut self) -> u32 {
        self.e().mark()
    }
    pub fn release(&mut self, mark: u32) {
        self.e().release(mark);
    }
    /// Instructions from here on belong to this source range.
    pub fn at(&mut self, range: TextRange) {
        let e = self.e();
        e.range = range;
        e.placed = true;
    }
    /// Instructions from here on belong to nothing in the source.
    pub fn nowhere(&mut self) {
        self.e().placed = false;
    }
    pub fn is_local(&self, reg: Reg) -> bool {
        (reg as u32) < self.unit().first_temp
    }
    /// Where an expression that writes its destination more than once may work: the destination itself unless it is a local.
    pub fn scratch(&mut self, dst: Reg) -> Reg {
        if self.is_local(dst) { self.temp() } else { dst }
    }
    pub fn load_const(&mut self, dst: Reg, value: Const) {
        self.e().load_const(dst, value);
    }
    pub fn load_str(&mut self, dst: Reg, text: &str) {
        self.e()
            .load_const(dst, Const::Str(text.as_bytes().to_vec()));
    }
    pub fn load_none(&mut self) -> Reg {
        let t = self.temp();
        self.load_const(t, Const::None);
        t
    }
    pub fn error<T>(&self, message: impl Into<String>, range: TextRange) -> Result<T> {
        Err(CompileError::syntax(message, range))
    }
    pub fn warn(&mut self, message: impl Into<String>, range: TextRange) {
        let message = message.into();
        // A `finally` body is compiled once for each way out, but warns once.
        if self.warned.insert((range, message.clone())) {
            self.warnings.push(Warning { message, range });
        }
    }
    pub fn deeper(&mut self, range: TextRange) -> Result {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            Err(CompileError::recursion(range))
        } else {
            Ok(())
        }
    }
    pub fn block_of(&self, key: Key, range: TextRange) -> Result<BlockId> {
        self.scopes
            .by_key
            .get(&key)
            .copied()
            .ok_or_else(|| CompileError {
                kind: crate::ErrorKind::Value,
                message: "unknown scope".into(),
                range,
            })
    }
    pub fn sym(&mut self, name: &str) -> Sym {
        let mangled = self.mangled(name);
        self.scopes.names.intern(&mangled)
    }
    /// The name as this unit's class mangles it.
    pub fn mangled(&mut self, name: &str) -> Rc<str> {
        if !name.starts_with("__") {
            return name.into();
        }
        let plain = self.scopes.names.intern(name);
        let unit = self.unit();
        if let Some(only) = &self.scopes.blocks[unit.block].mangled_names
            && !only.contains(&plain)
        {
            return name.into();
        }
        Rc::from(&*crate::scope::mangle(unit.private.as_deref(), name))
    }

    fn module(&mut self, module: &'a ast::ModModule) -> Result {
        if self.options.mode == Mode::Single {
            self.interactive(&module.body)?;
        } else {
            self.top_body(&module.body)?;
        }
        self.implicit_return()
    }

    fn interactive(&mut self, body: &'a [Stmt]) -> Result {
        self.annotations_setup()?;
        for statement in body {
            self.stmt(statement)?;
        }
        self.finish_annotations()
    }
    /// Whether expression statements show their values: in interactive code outside of functions and classes, however deep in other statements.
    pub fn shows_values(&self) -> bool {
        self.options.mode == Mode::Single && self.units.len() == 1
    }
    pub fn show_value(&mut self, node: &'a ast::StmtExpr) -> Result {
        let mark = self.mark();
        let value = self.operand(&node.value)?;
        let t = self.temp();
        self.at(node.range);
        self.e()
            .op_abcd(Op::Intrinsic1, t, value, 0, Intrinsic1::Print as u8);
        self.release(mark);
        Ok(())
    }

    /// A module's or class's body: docstring, annotations, statements.
    pub fn top_body(&mut self, body: &'a [Stmt]) -> Result {
        self.u().body_range = body.first().map(|s| s.range());
        self.annotations_setup()?;
        let mut rest = body;
        if let Some(literal) = crate::docstring::find(body) {
            rest = body.get(1..).unwrap_or(&[]);
            if self.options.optimize < 2 {
                let text = self.docstring_value(literal);
                let mark = self.mark();
                let t = self.temp();
                self.at(literal.range);
                self.load_const(t, Const::Str(text));
                self.store_name("__doc__", t)?;
                self.release(mark);
            }
        }
        self.body(rest)?;
        self.finish_annotations()
    }

    /// `return None` at the end of a body.
    pub fn implicit_return(&mut self) -> Result {
        if self.e().unreachable() {
            return Ok(());
        }
        let mark = self.mark();
        let t = self.load_none();
        self.e().op_a(Op::Return, t);
        self.release(mark);
        Ok(())
    }

    pub fn body(&mut self, body: &'a [Stmt]) -> Result {
        for statement in body {
            self.stmt(statement)?;
        }
        Ok(())
    }

    /// A body that may run or not, for what it annotates.
    pub fn conditional_body(&mut self, body: &'a [Stmt]) -> Result {
        self.u().conditional_depth += 1;
        self.body(body)?;
        self.u().conditional_depth -= 1;
        Ok(())
    }

    /// Compiles the expressions into consecutive temporaries; gives the first.
    pub fn exprs_to(&mut self, list: &'a [Expr]) -> Result<Reg> {
        let first = self.mark() as Reg;
        for expr in list {
            let t = self.temp();
            self.expr_to(expr, t)?;
        }
        Ok(first)
    }
}
