//! What a tree must keep to beyond its classes' fields, with CPython's complaints. CPython: Python/ast.c.

use super::{Ast, Class, Field, Node, NodeId};
use mesapy_bytecode::Const;

/// What is wrong with a tree, and whether that is a TypeError; otherwise it is a ValueError.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invalid {
    pub type_error: bool,
    pub message: String,
}
type Check = Result<(), Invalid>;

fn value_error<T>(message: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid {
        type_error: false,
        message: message.into(),
    })
}
fn type_error<T>(message: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid {
        type_error: true,
        message: message.into(),
    })
}

/// Checks a whole tree. Recurses on its depth: the caller provides the stack.
///
/// # Errors
/// The first thing that is wrong.
pub fn validate(tree: &Ast) -> Check {
    let checker = Checker { tree };
    let Some(root) = tree.root() else {
        return Ok(());
    };
    match root.class {
        Class::Module | Class::Interactive => checker.stmts(root.list(0)),
        Class::Expression => checker.expr(root.child(0), Class::Load),
        Class::FunctionType => {
            checker.exprs(root.list(0), Class::Load, false)?;
            checker.expr(root.child(1), Class::Load)
        }
        _ => Ok(()),
    }
}

struct Checker<'t> {
    tree: &'t Ast,
}

impl<'t> Checker<'t> {
    fn node(&self, id: Option<NodeId>) -> Option<&'t Node> {
        self.tree.node(id?)
    }
    fn place(node: &Node) -> Check {
        let Some(at) = node.place else {
            return Ok(());
        };
        if at.line > at.end_line {
            return value_error(format!(
                "AST node line range ({}, {}) is not valid",
                at.line, at.end_line
            ));
        }
        let columns_from = |ok: bool| {
            if ok {
                return Ok(());
            }
            value_error(format!(
                "AST node column range ({}, {}) for line range ({}, {}) is not valid",
                at.column, at.end_column, at.line, at.end_line
            ))
        };
        columns_from(
            !(at.line < 0 && at.end_line != at.line || at.column < 0 && at.column != at.end_column),
        )?;
        columns_from(!(at.line == at.end_line && at.column > at.end_column))
    }
    fn name(name: Option<&str>) -> Check {
        match name {
            Some(word @ ("None" | "True" | "False")) => value_error(format!(
                "identifier field can't represent '{word}' constant"
            )),
            _ => Ok(()),
        }
    }
    fn nonempty(list: &[Field], what: &str, owner: &str) -> Check {
        if list.is_empty() {
            return value_error(format!("empty {what} on {owner}"));
        }
        Ok(())
    }

    fn stmts(&self, list: &'t [Field]) -> Check {
        for item in list {
            match self.node(item.node()) {
                Some(stmt) => self.stmt(stmt)?,
                None => return value_error("None disallowed in statement list"),
            }
        }
        Ok(())
    }
    fn body(&self, list: &'t [Field], owner: &str) -> Check {
        Self::nonempty(list, "body", owner)?;
        self.stmts(list)
    }
    fn assigned(&self, list: &'t [Field], context: Class, owner: &str) -> Check {
        Self::nonempty(list, "targets", owner)?;
        self.exprs(list, context, false)
    }
    fn exprs(&self, list: &'t [Field], context: Class, none_ok: bool) -> Check {
        for item in list {
            match item.node() {
                Some(id) => self.expr(Some(id), context)?,
                None if none_ok => {}
                None => return value_error("None disallowed in expression list"),
            }
        }
        Ok(())
    }
    fn load(&self, id: Option<NodeId>) -> Check {
        self.expr(id, Class::Load)
    }
    fn loads(&self, list: &'t [Field]) -> Check {
        self.exprs(list, Class::Load, false)
    }

    fn stmt(&self, node: &'t Node) -> Check {
        Self::place(node)?;
        let owner = node.class.name();
        if matches!(
            node.class,
            Class::FunctionDef | Class::AsyncFunctionDef | Class::ClassDef
        ) {
            Self::name(node.text(0))?;
        }
        match node.class {
            Class::FunctionDef | Class::AsyncFunctionDef => {
                self.body(node.list(2), owner)?;
                self.type_params(node.list(6))?;
                self.arguments(node.child(1))?;
                self.loads(node.list(3))?;
                self.load(node.child(4))
            }
            Class::ClassDef => {
                self.body(node.list(3), owner)?;
                self.type_params(node.list(5))?;
                self.loads(node.list(1))?;
                self.keywords(node.list(2))?;
                self.loads(node.list(4))
            }
            Class::Return => self.load(node.child(0)),
            Class::Delete => self.assigned(node.list(0), Class::Del, owner),
            Class::Assign => {
                self.assigned(node.list(0), Class::Store, owner)?;
                self.load(node.child(1))
            }
            Class::AugAssign => {
                self.expr(node.child(0), Class::Store)?;
                self.load(node.child(2))
            }
            Class::AnnAssign => {
                let simple = node.int(3) != 0;
                if simple && self.node(node.child(0)).map(|n| n.class) != Some(Class::Name) {
                    return type_error("AnnAssign with simple non-Name target");
                }
                self.expr(node.child(0), Class::Store)?;
                self.load(node.child(2))?;
                self.load(node.child(1))
            }
            Class::TypeAlias => {
                if self.node(node.child(0)).map(|n| n.class) != Some(Class::Name) {
                    return type_error("TypeAlias with non-Name name");
                }
                self.expr(node.child(0), Class::Store)?;
                self.type_params(node.list(1))?;
                self.load(node.child(2))
            }
            Class::For | Class::AsyncFor => {
                self.expr(node.child(0), Class::Store)?;
                self.load(node.child(1))?;
                self.body(node.list(2), owner)?;
                self.stmts(node.list(3))
            }
            Class::While | Class::If => {
                self.load(node.child(0))?;
                self.body(node.list(1), owner)?;
                self.stmts(node.list(2))
            }
            Class::With | Class::AsyncWith => {
                Self::nonempty(node.list(0), "items", owner)?;
                for item in node.list(0) {
                    if let Some(item) = self.node(item.node()) {
                        self.load(item.child(0))?;
                        self.expr(item.child(1), Class::Store)?;
                    }
                }
                self.body(node.list(1), owner)
            }
            Class::Match => {
                self.load(node.child(0))?;
                Self::nonempty(node.list(1), "cases", owner)?;
                for case in node.list(1) {
                    if let Some(case) = self.node(case.node()) {
                        self.pattern(case.child(0), false)?;
                        self.load(case.child(1))?;
                        self.body(case.list(2), "match_case")?;
                    }
                }
                Ok(())
            }
            Class::Raise => {
                if node.child(0).is_some() {
                    self.load(node.child(0))?;
                    return self.load(node.child(1));
                }
                if node.child(1).is_some() {
                    return value_error("Raise with cause but no exception");
                }
                Ok(())
            }
            Class::Try | Class::TryStar => self.try_(node, owner),
            Class::Assert => {
                self.load(node.child(0))?;
                self.load(node.child(1))
            }
            Class::Import => {
                Self::nonempty(node.list(0), "names", owner)?;
                self.aliases(node.list(0))
            }
            Class::ImportFrom => {
                if node.int(2) < 0 {
                    return value_error("Negative ImportFrom level");
                }
                Self::nonempty(node.list(1), "names", owner)?;
                self.aliases(node.list(1))
            }
            Class::Global | Class::Nonlocal => Self::nonempty(node.list(0), "names", owner),
            Class::Expr => self.load(node.child(0)),
            _ => Ok(()),
        }
    }

    fn try_(&self, node: &'t Node, owner: &str) -> Check {
        let (handlers, orelse, finalbody) = (node.list(1), node.list(2), node.list(3));
        self.body(node.list(0), owner)?;
        if handlers.is_empty() && finalbody.is_empty() {
            return value_error(format!("{owner} has neither except handlers nor finalbody"));
        }
        if handlers.is_empty() && !orelse.is_empty() {
            return value_error(format!("{owner} has orelse but no except handlers"));
        }
        for handler in handlers {
            if let Some(handler) = self.node(handler.node()) {
                Self::place(handler)?;
                Self::name(handler.text(1))?;
                self.load(handler.child(0))?;
                self.body(handler.list(2), "ExceptHandler")?;
            }
        }
        self.stmts(finalbody)?;
        self.stmts(orelse)
    }

    fn aliases(&self, list: &'t [Field]) -> Check {
        for item in list {
            if let Some(alias) = self.node(item.node()) {
                Self::name(alias.text(0))?;
                Self::name(alias.text(1))?;
            }
        }
        Ok(())
    }
    fn type_params(&self, list: &'t [Field]) -> Check {
        for item in list {
            let Some(node) = self.node(item.node()) else {
                continue;
            };
            Self::place(node)?;
            Self::name(node.text(0))?;
            self.load(node.child(1))?;
            self.load(node.child(2))?;
        }
        Ok(())
    }
    fn keywords(&self, list: &'t [Field]) -> Check {
        for item in list {
            if let Some(node) = self.node(item.node()) {
                self.load(node.child(1))?;
            }
        }
        Ok(())
    }
    fn args<'f>(&self, list: impl IntoIterator<Item = &'f Field>) -> Check {
        for item in list {
            if let Some(node) = self.node(item.node()) {
                Self::place(node)?;
                self.load(node.child(1))?;
            }
        }
        Ok(())
    }
    fn arguments(&self, id: Option<NodeId>) -> Check {
        let Some(node) = self.node(id) else {
            return Ok(());
        };
        self.args(node.list(0))?;
        self.args(node.list(1))?;
        self.args(node.fields.get(2))?;
        self.args(node.list(3))?;
        self.args(node.fields.get(5))?;
        if node.list(6).len() > node.list(0).len() + node.list(1).len() {
            return value_error("more positional defaults than args on arguments");
        }
        if node.list(4).len() != node.list(3).len() {
            return value_error("length of kwonlyargs is not the same as kw_defaults on arguments");
        }
        self.loads(node.list(6))?;
        self.exprs(node.list(4), Class::Load, true)
    }
    fn comprehensions(&self, list: &'t [Field]) -> Check {
        if list.is_empty() {
            return value_error("comprehension with no generators");
        }
        for item in list {
            if let Some(node) = self.node(item.node()) {
                self.expr(node.child(0), Class::Store)?;
                self.load(node.child(1))?;
                self.loads(node.list(2))?;
            }
        }
        Ok(())
    }

    fn context_of(&self, node: &Node) -> Option<Class> {
        let field = match node.class {
            Class::Attribute | Class::Subscript => 2,
            Class::Starred | Class::Name | Class::List | Class::Tuple => 1,
            _ => return None,
        };
        self.node(node.child(field)).map(|n| n.class)
    }

    fn expr(&self, id: Option<NodeId>, context: Class) -> Check {
        let Some(node) = self.node(id) else {
            return Ok(());
        };
        Self::place(node)?;
        match self.context_of(node) {
            Some(actual) if actual != context => {
                return value_error(format!(
                    "expression must have {} context but has {} instead",
                    context.name(),
                    actual.name()
                ));
            }
            None if context != Class::Load => {
                return value_error(format!(
                    "expression which can't be assigned to in {} context",
                    context.name()
                ));
            }
            _ => {}
        }
        match node.class {
            Class::BoolOp => {
                if node.list(1).len() < 2 {
                    return value_error("BoolOp with less than 2 values");
                }
                self.loads(node.list(1))
            }
            Class::BinOp => {
                self.load(node.child(0))?;
                self.load(node.child(2))
            }
            Class::UnaryOp => self.load(node.child(1)),
            Class::Lambda => {
                self.arguments(node.child(0))?;
                self.load(node.child(1))
            }
            Class::IfExp | Class::Slice => (0..3).try_for_each(|part| self.load(node.child(part))),
            Class::Dict => {
                if node.list(0).len() != node.list(1).len() {
                    return value_error("Dict doesn't have the same number of keys as values");
                }
                self.exprs(node.list(0), Class::Load, true)?;
                self.loads(node.list(1))
            }
            Class::Set | Class::JoinedStr | Class::TemplateStr => self.loads(node.list(0)),
            Class::ListComp | Class::SetComp | Class::GeneratorExp => {
                self.comprehensions(node.list(1))?;
                self.load(node.child(0))
            }
            Class::DictComp => {
                self.comprehensions(node.list(2))?;
                self.load(node.child(0))?;
                self.load(node.child(1))
            }
            Class::Yield | Class::YieldFrom | Class::Await | Class::Attribute => {
                self.load(node.child(0))
            }
            Class::Compare => {
                if node.list(2).is_empty() {
                    return value_error("Compare with no comparators");
                }
                if node.list(2).len() != node.list(1).len() {
                    return value_error(
                        "Compare has a different number of comparators and operands",
                    );
                }
                self.loads(node.list(2))?;
                self.load(node.child(0))
            }
            Class::Call => {
                self.load(node.child(0))?;
                self.loads(node.list(1))?;
                self.keywords(node.list(2))
            }
            Class::Constant => Self::constant(node.fields.first()),
            Class::FormattedValue => {
                self.load(node.child(0))?;
                self.load(node.child(2))
            }
            Class::Interpolation => {
                Self::constant(node.fields.get(1))?;
                self.load(node.child(0))?;
                self.load(node.child(3))
            }
            Class::Subscript => {
                self.load(node.child(1))?;
                self.load(node.child(0))
            }
            Class::Starred => self.expr(node.child(0), context),
            Class::List | Class::Tuple => self.exprs(node.list(0), context, false),
            Class::NamedExpr => {
                if self.node(node.child(0)).map(|n| n.class) != Some(Class::Name) {
                    return type_error("NamedExpr target must be a Name");
                }
                self.load(node.child(1))
            }
            Class::Name => Self::name(node.text(0)),
            _ => Ok(()),
        }
    }

    fn constant(value: Option<&Field>) -> Check {
        match value {
            Some(Field::Foreign(name)) => {
                type_error(format!("got an invalid type in Constant: {name}"))
            }
            Some(Field::Constant(Const::Slice(_))) => {
                type_error("got an invalid type in Constant: slice")
            }
            Some(Field::Constant(Const::Code(_))) => {
                type_error("got an invalid type in Constant: code")
            }
            _ => Ok(()),
        }
    }

    // ---- patterns

    fn capture(name: Option<&str>) -> Check {
        if name == Some("_") {
            return value_error("can't capture name '_' in patterns");
        }
        Self::name(name)
    }
    fn patterns(&self, list: &'t [Field], star_ok: bool) -> Check {
        for item in list {
            match item.node() {
                Some(id) => self.pattern(Some(id), star_ok)?,
                None => return value_error("None disallowed in expression list"),
            }
        }
        Ok(())
    }
    fn pattern(&self, id: Option<NodeId>, star_ok: bool) -> Check {
        let Some(node) = self.node(id) else {
            return Ok(());
        };
        Self::place(node)?;
        match node.class {
            Class::MatchValue => self.pattern_value(node.child(0)),
            Class::MatchSingleton => match node.fields.first() {
                Some(Field::Constant(Const::None | Const::Bool(_))) => Ok(()),
                _ => value_error("MatchSingleton can only contain True, False and None"),
            },
            Class::MatchSequence => self.patterns(node.list(0), true),
            Class::MatchMapping => {
                let (keys, patterns) = (node.list(0), node.list(1));
                if keys.len() != patterns.len() {
                    return value_error(
                        "MatchMapping doesn't have the same number of keys as patterns",
                    );
                }
                Self::capture(node.text(2))?;
                for key in keys {
                    let Some(found) = self.node(key.node()) else {
                        return value_error("None disallowed in expression list");
                    };
                    // None, True and False are patterns of their own elsewhere, but keys here.
                    if found.class == Class::Constant
                        && matches!(
                            found.fields.first(),
                            Some(Field::Constant(Const::None | Const::Bool(_)))
                        )
                    {
                        continue;
                    }
                    self.pattern_value(key.node())?;
                }
                self.patterns(patterns, false)
            }
            Class::MatchClass => {
                if node.list(2).len() != node.list(3).len() {
                    return value_error(
                        "MatchClass doesn't have the same number of keyword attributes as patterns",
                    );
                }
                self.load(node.child(0))?;
                let mut cls = self.node(node.child(0));
                loop {
                    match cls {
                        Some(n) if n.class == Class::Name => break,
                        Some(n) if n.class == Class::Attribute => cls = self.node(n.child(0)),
                        _ => {
                            return value_error(
                                "MatchClass cls field can only contain Name or Attribute nodes.",
                            );
                        }
                    }
                }
                for attr in node.list(2) {
                    if let Field::Text(name) = attr {
                        Self::name(Some(name))?;
                    }
                }
                self.patterns(node.list(1), false)?;
                self.patterns(node.list(3), false)
            }
            Class::MatchStar => {
                if !star_ok {
                    return value_error("can't use MatchStar here");
                }
                Self::capture(node.text(0))
            }
            Class::MatchAs => {
                Self::capture(node.text(1))?;
                match node.child(0) {
                    None => Ok(()),
                    Some(_) if node.text(1).is_none() => {
                        value_error("MatchAs must specify a target name if a pattern is given")
                    }
                    inner => self.pattern(inner, false),
                }
            }
            Class::MatchOr => {
                if node.list(0).len() < 2 {
                    return value_error("MatchOr requires at least 2 patterns");
                }
                self.patterns(node.list(0), false)
            }
            _ => Ok(()),
        }
    }
    /// A literal, a dotted name, or a sum or negation of numbers.
    fn pattern_value(&self, id: Option<NodeId>) -> Check {
        self.load(id)?;
        let Some(node) = self.node(id) else {
            return Ok(());
        };
        let ok = match node.class {
            Class::Constant => {
                if matches!(
                    node.fields.first(),
                    Some(Field::Constant(
                        Const::Ellipsis | Const::None | Const::Bool(_)
                    ))
                ) {
                    return value_error("unexpected constant inside of a literal pattern");
                }
                matches!(
                    node.fields.first(),
                    Some(Field::Constant(
                        Const::Int(_)
                            | Const::BigInt(..)
                            | Const::Float(_)
                            | Const::Complex(..)
                            | Const::Str(_)
                            | Const::Bytes(_)
                    ))
                )
            }
            // Any attribute look-up; the objects in front are checked when they are evaluated.
            Class::Attribute | Class::JoinedStr | Class::TemplateStr => true,
            Class::UnaryOp => self.is_number(id, true, true),
            Class::BinOp => {
                let op = self.node(node.child(1)).map(|n| n.class);
                matches!(op, Some(Class::Add | Class::Sub))
                    && self.is_number(node.child(0), true, false)
                    && self.is_complex(node.child(2))
            }
            _ => false,
        };
        if ok {
            Ok(())
        } else {
            value_error("patterns may only match literals and attribute lookups")
        }
    }
    fn is_number(&self, id: Option<NodeId>, may_negate: bool, imaginary: bool) -> bool {
        let Some(node) = self.node(id) else {
            return false;
        };
        match node.class {
            Class::UnaryOp if may_negate => {
                self.node(node.child(0)).map(|n| n.class) == Some(Class::USub)
                    && self.is_number(node.child(1), false, imaginary)
            }
            Class::Constant => match node.fields.first() {
                Some(Field::Constant(Const::Int(_) | Const::BigInt(..) | Const::Float(_))) => true,
                Some(Field::Constant(Const::Complex(..))) => imaginary,
                _ => false,
            },
            _ => false,
        }
    }
    fn is_complex(&self, id: Option<NodeId>) -> bool {
        self.node(id).is_some_and(|node| {
            node.class == Class::Constant
                && matches!(
                    node.fields.first(),
                    Some(Field::Constant(Const::Complex(..)))
                )
        })
    }
}
