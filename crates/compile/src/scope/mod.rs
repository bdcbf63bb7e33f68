//! Scopes: which block every name of a program belongs to, and how code in that block reaches it.
//!
//! Two passes, as in CPython's symtable, because Python decides a name's scope by what the *whole* block does with it. `build` walks the
//! tree once and records, per block, what happens to each name; `analyze` then resolves every name top-down (what is bound outside) and
//! bottom-up (what is free inside) and inlines comprehensions (PEP 709). The flags and the block kinds are CPython's numbers, since the
//! `_symtable` module shows them to programs; the tree is public for that reason.
//!
//! Invariant: a block is found again by the address of the node that opened it (`Key`), so code generation and this pass need not
//! visit in the same order.

mod analyze;
mod build;
mod definitions;
mod expressions;
mod names;

pub use build::build;
pub(crate) use build::has_defaults;
pub use names::mangle;

use mesapy_syntax::text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// An interned name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Sym(pub u32);

/// The names of one compilation.
#[derive(Default, Debug)]
pub struct Interner {
    names: Vec<Rc<str>>,
    index: FxHashMap<Rc<str>, Sym>,
}

impl Interner {
    pub fn intern(&mut self, name: &str) -> Sym {
        if let Some(&sym) = self.index.get(name) {
            return sym;
        }
        let shared: Rc<str> = name.into();
        let sym = Sym(self.names.len() as u32);
        self.names.push(shared.clone());
        self.index.insert(shared, sym);
        sym
    }
    pub fn text(&self, sym: Sym) -> &Rc<str> {
        &self.names[sym.0 as usize]
    }
}

/// What happens to a name in a block: CPython's `DEF_*` and `USE`.
pub mod def {
    pub const GLOBAL: u32 = 1;
    pub const LOCAL: u32 = 2;
    pub const PARAM: u32 = 4;
    pub const NONLOCAL: u32 = 8;
    pub const USE: u32 = 0x10;
    pub const FREE_CLASS: u32 = 0x40;
    pub const IMPORT: u32 = 0x80;
    pub const ANNOT: u32 = 0x100;
    pub const COMP_ITER: u32 = 0x200;
    pub const TYPE_PARAM: u32 = 0x400;
    pub const COMP_CELL: u32 = 0x800;
    pub const BOUND: u32 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
}

/// How a name is reached; CPython's numbers, 0 before analysis.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum Reach {
    #[default]
    Unknown = 0,
    Local = 1,
    GlobalExplicit = 2,
    GlobalImplicit = 3,
    Free = 4,
    Cell = 5,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Symbol {
    pub flags: u32,
    pub reach: Reach,
}

/// The kinds of block, in CPython's order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BlockKind {
    Function,
    Class,
    Module,
    Annotation,
    TypeAlias,
    TypeParameters,
    TypeVariable,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum Comprehension {
    #[default]
    No = 0,
    List = 1,
    Dict = 2,
    Set = 3,
    Generator = 4,
}

pub type BlockId = usize;

/// The node that opened a block: its address, and which of the blocks that it opens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key(pub usize, pub BlockRole);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BlockRole {
    Body,
    Annotations,
    TypeParams,
    Bound,
    Default,
    Value,
}

impl Key {
    pub fn new<T>(node: &T, role: BlockRole) -> Key {
        Key(std::ptr::from_ref(node) as usize, role)
    }
}

/// A `global` or `nonlocal` statement's name and place, for errors found in analysis.
#[derive(Clone, Copy, Debug)]
pub struct Directive {
    pub name: Sym,
    pub range: TextRange,
}

/// One block.
#[derive(Debug)]
pub struct Block {
    pub kind: BlockKind,
    pub name: Sym,
    pub range: TextRange,
    pub parent: Option<BlockId>,
    pub children: Vec<BlockId>,
    /// In order of first mention.
    pub symbols: Vec<(Sym, Symbol)>,
    pub index: FxHashMap<Sym, usize>,
    /// Parameters, in the order of their registers.
    pub params: Vec<Sym>,
    pub directives: Vec<Directive>,
    /// Names that only inlined comprehensions of this block bind.
    pub comp_only: FxHashSet<Sym>,
    /// Plain variables of the comprehensions that run inline in this block.
    pub comp_vars: FxHashSet<Sym>,
    /// Names that an assignment expression binds here: their registers may change in the middle of an expression.
    pub walrus: FxHashSet<Sym>,
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    pub comprehension: Comprehension,
    pub comp_inlined: bool,
    pub varargs: bool,
    pub varkeywords: bool,
    pub returns_value: bool,
    pub needs_class_closure: bool,
    pub needs_classdict: bool,
    pub can_see_class_scope: bool,
    pub method: bool,
    pub has_docstring: bool,
    pub annotations_used: bool,
    pub has_conditional_annotations: bool,
    pub in_conditional_block: bool,
    pub has_free: bool,
    pub child_free: bool,
    /// The block of this module's or class's deferred annotations.
    pub annotation_block: Option<BlockId>,
    /// A local variable's annotation in a function: checked, never evaluated, no part of the tree.
    pub unevaluated: bool,
    /// What the block is called in "… cannot be used within …".
    pub scope_info: &'static str,
    /// Names assigned by `:=` inside comprehensions of this block are found while this counts.
    pub(crate) comp_iter_target: bool,
    pub(crate) comp_iter_expr: u32,
    /// The class whose name mangles private names here.
    pub private: Option<Rc<str>>,
    /// Names mangled in a class's own type parameter scope (PEP 695); None: all.
    pub mangled_names: Option<Vec<Sym>>,
}

impl Block {
    pub fn lookup(&self, name: Sym) -> Option<Symbol> {
        self.index.get(&name).map(|&at| self.symbols[at].1)
    }
    pub fn symbol_mut(&mut self, name: Sym) -> &mut Symbol {
        let at = *self.index.entry(name).or_insert_with(|| {
            self.symbols.push((name, Symbol::default()));
            self.symbols.len() - 1
        });
        &mut self.symbols[at].1
    }
    /// Blocks whose names live in registers.
    pub fn function_like(&self) -> bool {
        matches!(
            self.kind,
            BlockKind::Function
                | BlockKind::Annotation
                | BlockKind::TypeVariable
                | BlockKind::TypeAlias
                | BlockKind::TypeParameters
        )
    }
}

/// The scopes of one program; block 0 is the module.
#[derive(Debug)]
pub struct Scopes {
    pub blocks: Vec<Block>,
    pub by_key: FxHashMap<Key, BlockId>,
    pub names: Interner,
}
