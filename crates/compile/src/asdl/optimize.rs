//! What `compile(…, PyCF_OPTIMIZED_AST)` does to a tree: `__debug__`, docstrings, `"…" % (…)`, numbers in patterns. All else is folded later,
//! where it does not show. CPython: Python/ast_preprocess.c.

use super::{Ast, Class, Field, Node, NodeId, Place};
use crate::constfold;
use mesapy_bytecode::Const;
use mesapy_syntax::ast::{Operator, UnaryOp};

/// Digits that a width or a precision may have.
const DIGITS_MAX: usize = 2;
/// The place of nodes that stand nowhere in the source.
const NOWHERE: Place = Place {
    line: -1,
    column: -1,
    end_line: -1,
    end_column: -1,
};

/// The optimized tree; `level` is that of `-O`.
pub fn optimize(tree: &Ast, level: u8) -> Ast {
    let mut pass = Pass {
        made: Ast::default(),
        moved: Vec::with_capacity(tree.nodes.len()),
        level,
    };
    for node in &tree.nodes {
        let id = pass.node(node);
        pass.moved.push(id);
    }
    pass.made
}

struct Pass {
    made: Ast,
    /// The new nodes of the old ones so far.
    moved: Vec<NodeId>,
    level: u8,
}

impl Pass {
    fn node(&mut self, node: &Node) -> NodeId {
        let mut fields: Vec<Field> = node.fields.iter().map(|f| self.field(f)).collect();
        let mut class = node.class;
        match class {
            Class::Name if node.text(0) == Some("__debug__") => {
                let is_load = fields.get(1).and_then(Field::node);
                if is_load.and_then(|id| self.made.node(id)).map(|n| n.class) == Some(Class::Load) {
                    class = Class::Constant;
                    let value = Const::Bool(self.level == 0);
                    fields = vec![Field::Constant(value), Field::None];
                }
            }
            Class::Module => self.docstring(&mut fields, 0),
            Class::FunctionDef | Class::AsyncFunctionDef => self.docstring(&mut fields, 2),
            Class::ClassDef => self.docstring(&mut fields, 3),
            Class::BinOp => {
                if let Some(values) = self.formatted(&fields) {
                    class = Class::JoinedStr;
                    fields = vec![values.into()];
                }
            }
            Class::MatchValue => self.number(&mut fields, 0),
            Class::MatchMapping => {
                if let Some(Field::List(keys)) = fields.get_mut(0) {
                    let mut keys = std::mem::take(keys);
                    for at in 0..keys.len() {
                        self.number(&mut keys, at);
                    }
                    fields[0] = Field::List(keys);
                }
            }
            _ => {}
        }
        self.made.push(class, node.place, fields)
    }
    fn field(&self, field: &Field) -> Field {
        match field {
            Field::Node(id) => match self.moved.get(id.0 as usize) {
                Some(id) => Field::Node(*id),
                None => Field::None,
            },
            Field::List(items) => Field::List(items.iter().map(|f| self.field(f)).collect()),
            other => other.clone(),
        }
    }
    fn get(&self, field: Option<&Field>) -> Option<&Node> {
        self.made.node(field?.node()?)
    }

    /// `-OO` takes a body's docstring away.
    fn docstring(&mut self, fields: &mut [Field], body: usize) {
        let Some(Field::List(statements)) = fields.get_mut(body) else {
            return;
        };
        let Some(first) = self.get(statements.first()) else {
            return;
        };
        let is_text = first.class == Class::Expr
            && self.get(first.fields.first()).is_some_and(|value| {
                matches!(value.fields.first(), Some(Field::Constant(Const::Str(_))))
            });
        if self.level < 2 || !is_text {
            return;
        }
        if statements.len() > 1 {
            statements.remove(0);
        } else {
            // It is as long as the word.
            let place = first.place.map(|at| Place {
                end_line: at.line,
                end_column: at.column.saturating_add(4),
                ..at
            });
            statements[0] = self.made.push(Class::Pass, place, Vec::new()).into();
        }
    }

    /// `-1`, `1 + 2j` in a pattern.
    fn number(&mut self, fields: &mut [Field], at: usize) {
        let Some(node) = self.get(fields.get(at)) else {
            return;
        };
        if let Some(value) = self.number_of(node) {
            let place = node.place;
            if matches!(node.class, Class::UnaryOp | Class::BinOp) {
                let constant = vec![Field::Constant(value), Field::None];
                fields[at] = self.made.push(Class::Constant, place, constant).into();
            }
        }
    }
    fn number_of(&self, node: &Node) -> Option<Const> {
        match node.class {
            Class::Constant => match node.fields.first() {
                Some(Field::Constant(value)) => Some(value.clone()),
                _ => None,
            },
            Class::UnaryOp => {
                let operand = self.get(node.fields.get(1))?;
                if operand.class != Class::Constant {
                    return None;
                }
                constfold::unary(UnaryOp::USub, &self.number_of(operand)?)
            }
            Class::BinOp => {
                let op = match self.get(node.fields.get(1))?.class {
                    Class::Add => Operator::Add,
                    Class::Sub => Operator::Sub,
                    _ => return None,
                };
                let left = self.number_of(self.get(node.fields.first())?)?;
                let right = self.number_of(self.get(node.fields.get(2))?)?;
                constfold::binary(op, &left, &right)
            }
            _ => None,
        }
    }

    /// The values of the f-string that `"…" % (a, b)` is, if it is one.
    fn formatted(&mut self, fields: &[Field]) -> Option<Vec<NodeId>> {
        let format = self.get(fields.first())?;
        let arguments = self.get(fields.get(2))?;
        let is_mod = self.get(fields.get(1))?.class == Class::Mod;
        let Some(Field::Constant(Const::Str(format))) = format.fields.first() else {
            return None;
        };
        if !is_mod || arguments.class != Class::Tuple {
            return None;
        }
        let arguments = arguments.list(0).to_vec();
        if arguments
            .iter()
            .any(|a| self.get(Some(a)).is_none_or(|n| n.class == Class::Starred))
        {
            return None;
        }
        let pieces = pieces_of(format)?;
        let fields = pieces.iter().filter(|p| matches!(p, Piece::Field(..)));
        if fields.count() != arguments.len() {
            return None;
        }
        let mut arguments = arguments.iter();
        let mut values = Vec::with_capacity(pieces.len());
        for piece in pieces {
            values.push(match piece {
                Piece::Text(text) => self.text(text),
                Piece::Field(conversion, spec) => {
                    let argument = arguments.next()?.node()?;
                    let place = self.made.node(argument)?.place;
                    let spec = match spec {
                        Some(spec) => self.text(spec).into(),
                        None => Field::None,
                    };
                    let fields = vec![argument.into(), Field::Int(conversion.into()), spec];
                    self.made.push(Class::FormattedValue, place, fields)
                }
            });
        }
        Some(values)
    }
    fn text(&mut self, text: Vec<u8>) -> NodeId {
        let fields = vec![Field::Constant(Const::Str(text)), Field::None];
        self.made.push(Class::Constant, Some(NOWHERE), fields)
    }
}

enum Piece {
    Text(Vec<u8>),
    /// Conversion, and what `format` is to be given.
    Field(u8, Option<Vec<u8>>),
}

/// A `%` format made only of `%s`, `%r`, `%a` and texts.
fn pieces_of(format: &[u8]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut text = Vec::new();
    let mut rest = format.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            text.push(byte);
            continue;
        }
        if rest.next_if_eq(&b'%').is_some() {
            text.push(b'%');
            continue;
        }
        let mut left = false;
        while let Some(flag) = rest.next_if(|b| b"-+ #0".contains(b)) {
            left |= flag == b'-';
        }
        let digits = |of: &mut std::iter::Peekable<_>| -> Option<Vec<u8>> {
            let mut digits: Vec<u8> = Vec::new();
            while let Some(digit) = of.next_if(u8::is_ascii_digit) {
                digits.push(digit);
            }
            (digits.len() <= DIGITS_MAX).then_some(digits)
        };
        let width = digits(&mut rest)?;
        let precision = match rest.next_if_eq(&b'.') {
            Some(_) => Some(digits(&mut rest)?),
            None => None,
        };
        let conversion = rest.next().filter(|c| b"sra".contains(c))?;
        let mut spec = Vec::new();
        if !width.is_empty() {
            spec.extend_from_slice(if left { b"" } else { b">" });
            spec.extend_from_slice(&plain(&width));
        }
        if let Some(precision) = precision {
            spec.push(b'.');
            spec.extend_from_slice(&plain(&precision));
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        let spec = (!spec.is_empty()).then_some(spec);
        pieces.push(Piece::Field(conversion, spec));
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Some(pieces)
}
/// A number without leading zeros.
fn plain(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|d| **d == b'0').count();
    match digits.get(zeros..) {
        Some(rest) if !rest.is_empty() => rest.to_vec(),
        _ => vec![b'0'],
    }
}
