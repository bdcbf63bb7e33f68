//! The syntax of a file as far as the analysis needs it: functions with their bodies, records with their fields, globals.
//!
//! Expressions live in one vector per function and refer to each other by index, so that the control-flow graph can rewrite them. Local names are
//! resolved to variables while parsing.

use super::intern::{FastMap, Name};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

/// A type as written, normalised: `name` is a typedef's name, `struct tag`, or a basic type such as `unsigned long`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type {
    pub name: Name,
    pub pointers: u8,
    /// Arrays around it; the length of the outermost if it is a constant.
    pub arrays: u8,
    pub length: Option<u64>,
    pub is_function: bool,
    pub is_const: bool,
}

impl Type {
    pub const UNKNOWN: Type = Type::named("");

    pub const fn named(name: Name) -> Type {
        Type {
            name,
            pointers: 0,
            arrays: 0,
            length: None,
            is_function: false,
            is_const: false,
        }
    }

    pub fn is_pointer(&self) -> bool {
        self.pointers > 0 || self.arrays > 0
    }

    /// `PyObject *`, or a pointer to an object's own struct.
    pub fn is_object(&self) -> bool {
        self.pointers == 1 && self.arrays == 0 && is_object_name(self.name)
    }

    pub fn pointee(&self) -> Type {
        let mut inner = *self;
        if inner.arrays > 0 {
            inner.arrays -= 1;
            inner.length = None;
        } else {
            inner.pointers = inner.pointers.saturating_sub(1);
        }
        inner
    }
}

/// Whether a struct of this name starts with the header of an object, by how extensions name them.
pub fn is_object_name(name: &str) -> bool {
    let name = name.strip_prefix("struct ").unwrap_or(name);
    let name = name.trim_start_matches('_');
    name.ends_with("Object")
        || name.ends_with("object")
        || name == "PyObject"
        || name == "PyVarObject"
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Neg,
    Plus,
    Not,
    BitNot,
    Deref,
    AddrOf,
    PreInc,
    PreDec,
    PostInc,
    PostDec,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Shl,
    Shr,
    BitAnd,
    BitOr,
    BitXor,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
    Comma,
}

impl BinaryOp {
    pub fn is_comparison(self) -> bool {
        use BinaryOp::*;
        matches!(self, Eq | Ne | Lt | Le | Gt | Ge)
    }
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    Var(VarId),
    /// A name that no local declaration introduces: a global, a function, a constant.
    Global(Name),
    Int(u64),
    Float(f64),
    Str(Name),
    Unary(UnaryOp, ExprId),
    Binary(BinaryOp, ExprId, ExprId),
    /// `a = b` or `a op= b`.
    Assign(Option<BinaryOp>, ExprId, ExprId),
    Conditional(ExprId, ExprId, ExprId),
    Call(ExprId, Vec<ExprId>),
    /// The field; whether through `->`.
    Member(ExprId, Name, bool),
    Index(ExprId, ExprId),
    Cast(Type, ExprId),
    SizeofExpr(ExprId),
    SizeofType(Type),
    /// Braces; the designated fields with their values.
    List(Vec<(Option<Name>, ExprId)>),
    Statements(Box<Stmt>),
    /// A type where a macro takes one, and what else has no value.
    Opaque,
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub pos: u32,
}

#[derive(Clone, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    pub pos: u32,
}

#[derive(Clone, Debug)]
pub enum StmtKind {
    Empty,
    Expr(ExprId),
    Decl(Vec<(VarId, Option<ExprId>)>),
    Block(Vec<Stmt>),
    If(ExprId, Box<Stmt>, Option<Box<Stmt>>),
    While(ExprId, Box<Stmt>),
    DoWhile(Box<Stmt>, ExprId),
    For(Option<Box<Stmt>>, Option<ExprId>, Option<ExprId>, Box<Stmt>),
    Switch(ExprId, Box<Stmt>),
    Case(ExprId),
    Default,
    Label(Name),
    Goto(Name),
    GotoComputed(ExprId),
    Break,
    Continue,
    Return(Option<ExprId>),
    /// A macro that stands alone, such as `Py_BEGIN_ALLOW_THREADS`.
    Marker(Name),
}

#[derive(Clone, Copy, Debug)]
pub struct Var {
    pub name: Name,
    pub ty: Type,
    pub pos: u32,
    pub is_param: bool,
    pub is_static: bool,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub name: Name,
    /// As written in the source, where a macro made the name.
    pub shown: Name,
    pub pos: u32,
    /// Offset just after the closing brace.
    pub end: u32,
    pub result: Type,
    pub is_static: bool,
    pub vars: Vec<Var>,
    /// The first of `vars` are the parameters.
    pub params: usize,
    pub exprs: Vec<Expr>,
    pub body: Stmt,
    /// Statements that were not understood.
    pub errors: u32,
    /// Which reading of the file it comes from; 0 is the ordinary one.
    pub variant: u8,
}

impl Function {
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    pub fn var(&self, id: VarId) -> &Var {
        &self.vars[id.0 as usize]
    }
}

#[derive(Clone, Debug, Default)]
pub struct Record {
    pub fields: Vec<(Name, Type)>,
}

#[derive(Clone, Debug)]
pub struct Global {
    pub name: Name,
    pub ty: Type,
    pub is_static: bool,
    pub pos: u32,
    /// Functions and other names that its initialiser mentions, with the designator or the position of each in a flat list.
    pub mentions: Vec<Mention>,
}

/// A name in an initialiser.
#[derive(Clone, Copy, Debug)]
pub struct Mention {
    pub name: Name,
    /// `.tp_init = f`, `{Py_tp_init, f}`; empty if there is none.
    pub slot: Name,
    /// How many commas of the outermost list precede it.
    pub index: u32,
}

/// All that a file declares.
#[derive(Debug, Default)]
pub struct Unit {
    pub functions: Vec<Function>,
    pub records: FastMap<Name, Record>,
    /// `typedef struct x y` and `typedef long y`.
    pub typedefs: FastMap<Name, Type>,
    pub globals: Vec<Global>,
    /// Prototypes' result types.
    pub prototypes: FastMap<Name, Type>,
    /// Function-like macros of the file.
    pub macros: crate::front::intern::FastSet<Name>,
    /// Values of object-like macros that are one integer.
    pub constants: FastMap<Name, i64>,
}
