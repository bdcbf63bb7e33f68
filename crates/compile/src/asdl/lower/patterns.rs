//! `match`: cases and patterns.

use super::Lowering;
use crate::asdl::{Class, Field, NodeId};
use mesapy_bytecode::Const;
use mesapy_syntax::ast::{self, Pattern, Singleton};

impl<'t> Lowering<'t> {
    pub fn match_cases(&mut self, list: &'t [Field]) -> Vec<ast::MatchCase> {
        let mut cases = Vec::with_capacity(list.len());
        for item in list {
            let Some(node) = self.node(item.node()) else {
                continue;
            };
            let place = self.node(node.child(0)).and_then(|n| n.place);
            let place = place.unwrap_or(self.last);
            let open = self.open_at(place);
            let pattern = self.pattern(node.child(0));
            let guard = self.maybe(node.child(1));
            let body = self.body(node.list(2)).into_iter().collect();
            let range = self.close(open);
            cases.push(ast::MatchCase {
                range,
                node_index: Default::default(),
                pattern,
                guard,
                body,
            });
        }
        cases
    }
    fn patterns(&mut self, list: &'t [Field]) -> Vec<Pattern> {
        list.iter().map(|item| self.pattern(item.node())).collect()
    }
    fn pattern(&mut self, id: Option<NodeId>) -> Pattern {
        let node_index = Default::default();
        let Some(node) = self.node(id) else {
            return Pattern::MatchAs(ast::PatternMatchAs {
                node_index,
                range: Default::default(),
                pattern: None,
                name: None,
            });
        };
        let open = self.open(node);
        match node.class {
            Class::MatchValue => {
                let value = self.boxed(node.child(0));
                let range = self.close(open);
                Pattern::MatchValue(ast::PatternMatchValue {
                    node_index,
                    range,
                    value,
                })
            }
            Class::MatchSingleton => {
                let value = match node.fields.first() {
                    Some(Field::Constant(Const::Bool(true))) => Singleton::True,
                    Some(Field::Constant(Const::Bool(false))) => Singleton::False,
                    _ => Singleton::None,
                };
                let range = self.close(open);
                Pattern::MatchSingleton(ast::PatternMatchSingleton {
                    node_index,
                    range,
                    value,
                })
            }
            Class::MatchSequence => {
                let patterns = self.patterns(node.list(0));
                let range = self.close(open);
                Pattern::MatchSequence(ast::PatternMatchSequence {
                    node_index,
                    range,
                    patterns,
                })
            }
            Class::MatchMapping => {
                let keys = self.exprs(node.list(0)).into_iter().collect();
                let patterns = self.patterns(node.list(1)).into_iter().collect();
                let rest = self.maybe_identifier(node.text(2));
                let range = self.close(open);
                Pattern::MatchMapping(ast::PatternMatchMapping {
                    node_index,
                    range,
                    keys,
                    patterns,
                    rest,
                })
            }
            Class::MatchClass => {
                let cls = self.boxed(node.child(0));
                let last = self.last;
                let arguments = self.open_at(last);
                let patterns = self.patterns(node.list(1)).into_iter().collect();
                let mut keywords = Vec::with_capacity(node.list(2).len());
                for (name, value) in node.list(2).iter().zip(node.list(3)) {
                    let Field::Text(name) = name else {
                        continue;
                    };
                    let open = self.open_at(last);
                    let attr = self.identifier(name);
                    let pattern = self.pattern(value.node());
                    let range = self.close(open);
                    keywords.push(ast::PatternKeyword {
                        range,
                        node_index: Default::default(),
                        attr,
                        pattern,
                    });
                }
                let arguments = ast::PatternArguments {
                    range: self.close(arguments),
                    node_index: Default::default(),
                    patterns,
                    keywords,
                };
                let range = self.close(open);
                Pattern::MatchClass(ast::PatternMatchClass {
                    node_index,
                    range,
                    cls,
                    arguments,
                })
            }
            Class::MatchStar => {
                let name = self.maybe_identifier(node.text(0));
                let range = self.close(open);
                Pattern::MatchStar(ast::PatternMatchStar {
                    node_index,
                    range,
                    name,
                })
            }
            Class::MatchOr => {
                let patterns = self.patterns(node.list(0));
                let range = self.close(open);
                Pattern::MatchOr(ast::PatternMatchOr {
                    node_index,
                    range,
                    patterns,
                })
            }
            _ => {
                let pattern = node
                    .child(0)
                    .map(|inner| Box::new(self.pattern(Some(inner))));
                let name = self.maybe_identifier(node.text(1));
                let range = self.close(open);
                Pattern::MatchAs(ast::PatternMatchAs {
                    node_index,
                    range,
                    pattern,
                    name,
                })
            }
        }
    }
}
