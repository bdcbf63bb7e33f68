//! Python's tree → the parser's, which the compiler takes.
//!
//! There is no source text, so one is made up in which every node has two characters of its own, an `x` where it starts and a blank where it
//! ends: its range is then as unique and as nested as a parsed one, and a table has the line and column that the program gave for each
//! character. Values of literals go into a table by range ([`Overrides`]).

mod definitions;
mod expressions;
mod patterns;
mod statements;
mod strings;

use super::{Ast, Class, Field, Node, NodeId, Place};
use crate::error::CompileError;
use crate::source::{Overrides, Source};
use crate::{Compiled, Options, future, scope};
use mesapy_bytecode::{CodeFlags, Const};
use mesapy_syntax::ast::{self, Expr, Identifier, Stmt};
use mesapy_syntax::text_size::{TextRange, TextSize};
use mesapy_syntax::{Lines, Parsed, Tree};

/// A tree that the compiler takes, with what stands in for its text.
#[derive(Debug)]
pub struct Lowered {
    text: String,
    parsed: Parsed,
    overrides: Overrides,
    pub lines: Lines,
}

impl Lowered {
    /// Compiles it.
    ///
    /// # Errors
    /// As for a parsed tree; the range is to be looked up in `lines`.
    pub fn compile(&self, options: &Options) -> Result<Compiled, CompileError> {
        let tree = &self.parsed.tree;
        let (future, future_end) = future::features(tree)?;
        let mut options = *options;
        options.future = CodeFlags(options.future.0 | future.0);
        let scopes = scope::build(tree, options.future.has(CodeFlags::FUTURE_ANNOTATIONS))?;
        let source = Source::with_overrides(&self.text, &self.overrides);
        crate::codegen::generate(
            source,
            self.lines.clone(),
            tree,
            scopes,
            options,
            future_end,
        )
    }
}

/// Makes the parser's tree of a validated one that is at most `depth` deep. Recurses on the depth: the caller provides the stack.
pub fn lower(tree: &Ast, depth: usize) -> Lowered {
    let mut lowering = Lowering {
        tree,
        text: String::new(),
        places: Vec::new(),
        overrides: Overrides::default(),
        last: Place {
            line: 1,
            ..Place::default()
        },
    };
    let root = tree.root();
    let made = match root {
        Some(node) if node.class == Class::Expression => {
            let body = lowering.expr(node.child(0));
            Tree::Expression(ast::ModExpression {
                node_index: Default::default(),
                range: lowering.whole(),
                body: Box::new(body),
            })
        }
        Some(node) if node.class == Class::FunctionType => Tree::FunctionType {
            arguments: lowering.exprs(node.list(0)),
            returns: Box::new(lowering.expr(node.child(1))),
        },
        _ => {
            let body = lowering.body(root.map_or(&[][..], |n| n.list(0)));
            Tree::Module(ast::ModModule {
                node_index: Default::default(),
                range: lowering.whole(),
                body: body.into_iter().collect(),
            })
        }
    };
    Lowered {
        text: lowering.text,
        parsed: Parsed {
            tree: made,
            warnings: Vec::new(),
            depth,
        },
        overrides: lowering.overrides,
        lines: Lines::of_places(lowering.places),
    }
}

struct Lowering<'t> {
    tree: &'t Ast,
    text: String,
    places: Vec<(u32, u32)>,
    overrides: Overrides,
    /// The place of the node that was opened last: nodes without one share it.
    last: Place,
}

/// A node that was begun.
struct Open {
    start: TextSize,
    place: Place,
}

impl<'t> Lowering<'t> {
    fn mark(&mut self, mark: char, line: i32, column: i32) -> TextSize {
        let at = self.text.len();
        self.text.push(mark);
        // A column that does not exist is -1, here as everywhere.
        let column = u32::try_from(column).unwrap_or(u32::MAX);
        self.places.push((u32::try_from(line).unwrap_or(0), column));
        TextSize::try_from(at).unwrap_or_default()
    }
    fn open(&mut self, node: &Node) -> Open {
        let place = node.place.unwrap_or(self.last);
        self.open_at(place)
    }
    fn open_at(&mut self, place: Place) -> Open {
        self.last = place;
        Open {
            start: self.mark('x', place.line, place.column),
            place,
        }
    }
    fn close(&mut self, open: Open) -> TextRange {
        let end = self.mark(' ', open.place.end_line, open.place.end_column);
        TextRange::new(open.start.min(end), end)
    }
    fn whole(&self) -> TextRange {
        TextRange::up_to(TextSize::try_from(self.text.len()).unwrap_or_default())
    }
    fn node(&self, id: Option<NodeId>) -> Option<&'t Node> {
        self.tree.node(id?)
    }
    fn identifier_at(&mut self, name: &str, place: Place) -> Identifier {
        let last = self.last;
        let open = self.open_at(place);
        let range = self.close(open);
        self.last = last;
        Identifier::new(name, range)
    }
    /// A name with the place of the node that it belongs to.
    fn identifier(&mut self, name: &str) -> Identifier {
        let place = self.last;
        self.identifier_at(name, place)
    }
    fn maybe_identifier(&mut self, name: Option<&str>) -> Option<Identifier> {
        name.map(|name| self.identifier(name))
    }
    fn identifiers(&mut self, list: &[Field]) -> Vec<Identifier> {
        let mut names = Vec::with_capacity(list.len());
        for item in list {
            if let Field::Text(name) = item {
                names.push(self.identifier(name));
            }
        }
        names
    }
    fn exprs(&mut self, list: &'t [Field]) -> Vec<Expr> {
        list.iter().map(|item| self.expr(item.node())).collect()
    }
    fn maybe(&mut self, id: Option<NodeId>) -> Option<Box<Expr>> {
        id.map(|id| Box::new(self.expr(Some(id))))
    }
    fn boxed(&mut self, id: Option<NodeId>) -> Box<Expr> {
        Box::new(self.expr(id))
    }
    fn body(&mut self, list: &'t [Field]) -> Vec<Stmt> {
        let mut body = Vec::with_capacity(list.len());
        for item in list {
            if let Some(node) = self.node(item.node()) {
                body.push(self.stmt(node));
            }
        }
        body
    }
    fn override_with(&mut self, range: TextRange, value: Const) {
        self.overrides.insert(range, value);
    }
}
