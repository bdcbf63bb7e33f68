//! The node classes of Python's syntax trees: the one table, from which the classes in Python, their validation and their building follow.
//!
//! CPython: Parser/Python.asdl.

use std::sync::OnceLock;

macro_rules! table {
    ($($class:ident $row:literal)*) => {
        /// A node class, or a sum of classes (`…Sum`), in the table's order.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Class { $($class),* }
        impl Class {
            pub const ALL: &'static [Class] = &[$(Class::$class),*];
        }
        /// The table, a line a class. A line that ends with `=` begins a sum, whose alternatives are indented; `@` marks what has a place in the source.
        pub const ROWS: &[&str] = &[$($row),*];
    };
}

table! {
    ModSum "mod ="
    Module "  Module(stmt* body, type_ignore* type_ignores)"
    Interactive "  Interactive(stmt* body)"
    Expression "  Expression(expr body)"
    FunctionType "  FunctionType(expr* argtypes, expr returns)"
    StmtSum "stmt = @"
    FunctionDef "  FunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)"
    AsyncFunctionDef "  AsyncFunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)"
    ClassDef "  ClassDef(identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params)"
    Return "  Return(expr? value)"
    Delete "  Delete(expr* targets)"
    Assign "  Assign(expr* targets, expr value, string? type_comment)"
    TypeAlias "  TypeAlias(expr name, type_param* type_params, expr value)"
    AugAssign "  AugAssign(expr target, operator op, expr value)"
    AnnAssign "  AnnAssign(expr target, expr annotation, expr? value, int simple)"
    For "  For(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)"
    AsyncFor "  AsyncFor(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)"
    While "  While(expr test, stmt* body, stmt* orelse)"
    If "  If(expr test, stmt* body, stmt* orelse)"
    With "  With(withitem* items, stmt* body, string? type_comment)"
    AsyncWith "  AsyncWith(withitem* items, stmt* body, string? type_comment)"
    Match "  Match(expr subject, match_case* cases)"
    Raise "  Raise(expr? exc, expr? cause)"
    Try "  Try(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)"
    TryStar "  TryStar(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)"
    Assert "  Assert(expr test, expr? msg)"
    Import "  Import(alias* names)"
    ImportFrom "  ImportFrom(identifier? module, alias* names, int? level)"
    Global "  Global(identifier* names)"
    Nonlocal "  Nonlocal(identifier* names)"
    Expr "  Expr(expr value)"
    Pass "  Pass"
    Break "  Break"
    Continue "  Continue"
    ExprSum "expr = @"
    BoolOp "  BoolOp(boolop op, expr* values)"
    NamedExpr "  NamedExpr(expr target, expr value)"
    BinOp "  BinOp(expr left, operator op, expr right)"
    UnaryOp "  UnaryOp(unaryop op, expr operand)"
    Lambda "  Lambda(arguments args, expr body)"
    IfExp "  IfExp(expr test, expr body, expr orelse)"
    Dict "  Dict(expr?* keys, expr* values)"
    Set "  Set(expr* elts)"
    ListComp "  ListComp(expr elt, comprehension* generators)"
    SetComp "  SetComp(expr elt, comprehension* generators)"
    DictComp "  DictComp(expr key, expr value, comprehension* generators)"
    GeneratorExp "  GeneratorExp(expr elt, comprehension* generators)"
    Await "  Await(expr value)"
    Yield "  Yield(expr? value)"
    YieldFrom "  YieldFrom(expr value)"
    Compare "  Compare(expr left, cmpop* ops, expr* comparators)"
    Call "  Call(expr func, expr* args, keyword* keywords)"
    FormattedValue "  FormattedValue(expr value, int conversion, expr? format_spec)"
    Interpolation "  Interpolation(expr value, constant str, int conversion, expr? format_spec)"
    JoinedStr "  JoinedStr(expr* values)"
    TemplateStr "  TemplateStr(expr* values)"
    Constant "  Constant(constant value, string? kind)"
    Attribute "  Attribute(expr value, identifier attr, expr_context ctx)"
    Subscript "  Subscript(expr value, expr slice, expr_context ctx)"
    Starred "  Starred(expr value, expr_context ctx)"
    Name "  Name(identifier id, expr_context ctx)"
    List "  List(expr* elts, expr_context ctx)"
    Tuple "  Tuple(expr* elts, expr_context ctx)"
    Slice "  Slice(expr? lower, expr? upper, expr? step)"
    ExprContextSum "expr_context ="
    Load "  Load"
    Store "  Store"
    Del "  Del"
    BoolopSum "boolop ="
    And "  And"
    Or "  Or"
    OperatorSum "operator ="
    Add "  Add"
    Sub "  Sub"
    Mult "  Mult"
    MatMult "  MatMult"
    Div "  Div"
    Mod "  Mod"
    Pow "  Pow"
    LShift "  LShift"
    RShift "  RShift"
    BitOr "  BitOr"
    BitXor "  BitXor"
    BitAnd "  BitAnd"
    FloorDiv "  FloorDiv"
    UnaryopSum "unaryop ="
    Invert "  Invert"
    Not "  Not"
    UAdd "  UAdd"
    USub "  USub"
    CmpopSum "cmpop ="
    Eq "  Eq"
    NotEq "  NotEq"
    Lt "  Lt"
    LtE "  LtE"
    Gt "  Gt"
    GtE "  GtE"
    Is "  Is"
    IsNot "  IsNot"
    In "  In"
    NotIn "  NotIn"
    Comprehension "comprehension(expr target, expr iter, expr* ifs, int is_async)"
    ExcepthandlerSum "excepthandler = @"
    ExceptHandler "  ExceptHandler(expr? type, identifier? name, stmt* body)"
    Arguments "arguments(arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults)"
    Arg "arg(identifier arg, expr? annotation, string? type_comment) @"
    Keyword "keyword(identifier? arg, expr value) @"
    Alias "alias(identifier name, identifier? asname) @"
    Withitem "withitem(expr context_expr, expr? optional_vars)"
    MatchCase "match_case(pattern pattern, expr? guard, stmt* body)"
    PatternSum "pattern = @"
    MatchValue "  MatchValue(expr value)"
    MatchSingleton "  MatchSingleton(constant value)"
    MatchSequence "  MatchSequence(pattern* patterns)"
    MatchMapping "  MatchMapping(expr* keys, pattern* patterns, identifier? rest)"
    MatchClass "  MatchClass(expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns)"
    MatchStar "  MatchStar(identifier? name)"
    MatchAs "  MatchAs(pattern? pattern, identifier? name)"
    MatchOr "  MatchOr(pattern* patterns)"
    TypeIgnoreSum "type_ignore ="
    TypeIgnore "  TypeIgnore(int lineno, string tag)"
    TypeParamSum "type_param = @"
    TypeVar "  TypeVar(identifier name, expr? bound, expr? default_value)"
    ParamSpec "  ParamSpec(identifier name, expr? default_value)"
    TypeVarTuple "  TypeVarTuple(identifier name, expr? default_value)"
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Identifier,
    Text,
    Int,
    Constant,
    /// A node of this class or of one of this sum's.
    Node(Class),
}
/// How many values a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    One,
    Optional,
    Many,
    /// A list whose items may be None.
    ManyOptional,
}
#[derive(Debug)]
pub struct FieldInfo {
    pub name: &'static str,
    pub kind: Kind,
    pub count: Count,
}
/// A row of the table, read.
#[derive(Debug)]
pub struct ClassInfo {
    pub name: &'static str,
    /// The sum it is an alternative of.
    pub sum: Option<Class>,
    pub is_sum: bool,
    pub fields: Vec<FieldInfo>,
    /// Whether its nodes have a place in the source.
    pub placed: bool,
}

impl Class {
    pub fn info(self) -> &'static ClassInfo {
        &infos()[self as usize]
    }
    pub fn name(self) -> &'static str {
        self.info().name
    }
    /// Nodes without fields or place are all the same one object.
    pub fn is_singleton(self) -> bool {
        let info = self.info();
        info.fields.is_empty() && !info.placed && info.sum.is_some()
    }
    /// Whether a node of this class may stand where `wanted` is asked for.
    pub fn is_a(self, wanted: Class) -> bool {
        self == wanted || self.info().sum == Some(wanted)
    }
}

fn row_name(row: &'static str) -> &'static str {
    let row = row.trim_start();
    let end = row.find(['(', ' ']).unwrap_or(row.len());
    &row[..end]
}
fn infos() -> &'static [ClassInfo] {
    static INFOS: OnceLock<Vec<ClassInfo>> = OnceLock::new();
    INFOS.get_or_init(|| {
        let mut infos: Vec<ClassInfo> = Vec::with_capacity(ROWS.len());
        let mut sum: Option<(Class, bool)> = None;
        for (&row, &class) in ROWS.iter().zip(Class::ALL) {
            let mut placed = row.ends_with('@');
            let is_sum = row.contains('=');
            let inside = row.starts_with(' ');
            if is_sum {
                sum = Some((class, placed));
            } else if inside {
                placed = sum.is_some_and(|(_, placed)| placed);
            } else {
                sum = None;
            }
            let fields = row
                .split_once('(')
                .and_then(|(_, rest)| rest.split_once(')'));
            infos.push(ClassInfo {
                name: row_name(row),
                sum: if inside {
                    sum.map(|(class, _)| class)
                } else {
                    None
                },
                is_sum,
                fields: fields.map_or(Vec::new(), |(list, _)| {
                    list.split(", ").filter_map(field).collect()
                }),
                placed,
            });
        }
        infos
    })
}
fn field(text: &'static str) -> Option<FieldInfo> {
    let (kind, name) = text.split_once(' ')?;
    let plain = kind.trim_end_matches(['?', '*']);
    let count = match &kind[plain.len()..] {
        "?" => Count::Optional,
        "*" => Count::Many,
        "?*" => Count::ManyOptional,
        _ => Count::One,
    };
    let kind = match plain {
        "identifier" => Kind::Identifier,
        "string" => Kind::Text,
        "int" => Kind::Int,
        "constant" => Kind::Constant,
        other => Kind::Node(
            *Class::ALL
                .iter()
                .zip(ROWS)
                .find(|(_, row)| row_name(row) == other)?
                .0,
        ),
    };
    Some(FieldInfo { name, kind, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads() {
        for (class, row) in Class::ALL.iter().zip(ROWS) {
            let commas = row.matches(',').count() + usize::from(row.contains('('));
            assert_eq!(class.info().fields.len(), commas, "{row}");
        }
        assert!(Class::Name.is_a(Class::ExprSum) && Class::Name.info().placed);
        assert!(Class::Load.is_singleton() && !Class::Pass.is_singleton());
        assert!(Class::Arg.info().placed && !Class::Arguments.info().placed);
    }
}
