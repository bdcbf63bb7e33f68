//! Syntax trees as Python sees them (`_ast`), apart from any interpreter: an arena of nodes in CPython's shape.
//!
//! [`grammar`] is the table of node classes. [`build()`] makes such a tree from the parser's; the VM's `_ast` module turns it into objects. The
//! other way, that module makes a tree from objects, [`validate()`] checks it, and [`lower()`] gives the parser's tree that the compiler takes.
//!
//! Invariant: a node stands behind its children in the arena, so whoever goes through `nodes` in order has met a node's children before it,
//! and nothing recurses on the depth of a tree.

mod build;
pub mod grammar;
mod lower;
mod optimize;
mod validate;

pub use build::build;
pub use grammar::{Class, Count, Kind};
pub use lower::{Lowered, lower};
pub use optimize::optimize;
pub use validate::{Invalid, validate};

use mesapy_bytecode::Const;

/// Index of a node in its tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NodeId(pub u32);

#[derive(Clone, PartialEq, Debug)]
pub enum Field {
    None,
    Node(NodeId),
    List(Vec<Field>),
    Text(Box<str>),
    Int(i64),
    Constant(Const),
    /// A value that no constant may be: its type's name.
    Foreign(String),
}
impl From<NodeId> for Field {
    fn from(id: NodeId) -> Field {
        Field::Node(id)
    }
}
impl From<Option<NodeId>> for Field {
    fn from(id: Option<NodeId>) -> Field {
        id.map_or(Field::None, Field::Node)
    }
}
impl From<Vec<NodeId>> for Field {
    fn from(ids: Vec<NodeId>) -> Field {
        Field::List(ids.into_iter().map(Field::Node).collect())
    }
}
impl From<&str> for Field {
    fn from(text: &str) -> Field {
        Field::Text(text.into())
    }
}

/// `lineno` and so on: lines from 1, columns in UTF-8 bytes from 0. Trees made by programs may hold anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place {
    pub line: i32,
    pub column: i32,
    pub end_line: i32,
    pub end_column: i32,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    pub class: Class,
    /// One for each field of the class, in the table's order.
    pub fields: Vec<Field>,
    /// Where it stands, if nodes of its class have a place.
    pub place: Option<Place>,
}

/// A whole tree.
#[derive(Clone, Debug, Default)]
pub struct Ast {
    pub nodes: Vec<Node>,
}
impl Ast {
    /// The root, if there is any node at all.
    pub fn root(&self) -> Option<&Node> {
        self.nodes.last()
    }
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }
    pub fn push(&mut self, class: Class, place: Option<Place>, fields: Vec<Field>) -> NodeId {
        debug_assert_eq!(fields.len(), class.info().fields.len(), "{class:?}");
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node {
            class,
            fields,
            place,
        });
        id
    }
}
impl Node {
    /// A field that holds a node.
    pub fn child(&self, field: usize) -> Option<NodeId> {
        match self.fields.get(field) {
            Some(Field::Node(id)) => Some(*id),
            _ => None,
        }
    }
    /// A field that holds a list.
    pub fn list(&self, field: usize) -> &[Field] {
        match self.fields.get(field) {
            Some(Field::List(items)) => items,
            _ => &[],
        }
    }
    /// A field that holds an identifier.
    pub fn text(&self, field: usize) -> Option<&str> {
        match self.fields.get(field) {
            Some(Field::Text(text)) => Some(text),
            _ => None,
        }
    }
    /// A field that holds an integer.
    pub fn int(&self, field: usize) -> i64 {
        match self.fields.get(field) {
            Some(Field::Int(value)) => *value,
            _ => 0,
        }
    }
}
impl Field {
    pub fn node(&self) -> Option<NodeId> {
        match self {
            Field::Node(id) => Some(*id),
            _ => None,
        }
    }
}
