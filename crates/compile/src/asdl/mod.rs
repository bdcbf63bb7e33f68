//! Syntax trees as Python sees them (`_ast`), apart from any interpreter: an arena of nodes in CPython's shape.
//!
//! [`grammar`] is the table of node classes. [`build()`] makes such a tree from the parser's; the VM's `_ast` module turns it into objects.
//!
//! Invariant: a node stands behind its children in the arena, so whoever goes through `nodes` in order has met a node's children before it,
//! and nothing recurses on the depth of a tree.

mod build;
pub mod grammar;

pub use build::build;
pub use grammar::{Class, Count, Kind};

use mesapy_bytecode::{Const, Position};

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

#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    pub class: Class,
    /// One for each field of the class, in the table's order.
    pub fields: Vec<Field>,
    /// Where it stands, if nodes of its class have a place.
    pub place: Option<Position>,
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
    pub fn push(&mut self, class: Class, place: Option<Position>, fields: Vec<Field>) -> NodeId {
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
