//! `match`: cases and patterns.

use super::Builder;
use crate::asdl::{Class, Field, NodeId};
use mesapy_bytecode::Const;
use mesapy_syntax::ast::{MatchCase, Pattern, Singleton};
use mesapy_syntax::text_size::Ranged;

impl<'a> Builder<'a> {
    pub fn match_case(&mut self, case: &'a MatchCase) -> Field {
        let pattern = self.pattern(&case.pattern).into();
        let guard = self.maybe(&case.guard);
        let body = self.body(&case.body);
        self.bare(Class::MatchCase, vec![pattern, guard, body])
            .into()
    }
    fn patterns(&mut self, list: &'a [Pattern]) -> Field {
        Field::List(list.iter().map(|p| self.pattern(p).into()).collect())
    }
    fn pattern(&mut self, pattern: &'a Pattern) -> NodeId {
        let (class, fields) = match pattern {
            Pattern::MatchValue(node) => (Class::MatchValue, vec![self.expr(&node.value).into()]),
            Pattern::MatchSingleton(node) => {
                let value = match node.value {
                    Singleton::None => Const::None,
                    Singleton::True => Const::Bool(true),
                    Singleton::False => Const::Bool(false),
                };
                (Class::MatchSingleton, vec![Field::Constant(value)])
            }
            Pattern::MatchSequence(node) => {
                (Class::MatchSequence, vec![self.patterns(&node.patterns)])
            }
            Pattern::MatchMapping(node) => {
                let keys = self.exprs(&node.keys);
                let patterns = self.patterns(&node.patterns);
                let rest = Self::maybe_identifier(node.rest.as_ref());
                (Class::MatchMapping, vec![keys, patterns, rest])
            }
            Pattern::MatchClass(node) => {
                let cls = self.expr(&node.cls).into();
                let patterns = self.patterns(&node.arguments.patterns);
                let keywords = &node.arguments.keywords;
                let names = keywords.iter().map(|k| Self::identifier(&k.attr));
                let names = Field::List(names.collect());
                let values = keywords.iter().map(|k| self.pattern(&k.pattern).into());
                let values = Field::List(values.collect());
                (Class::MatchClass, vec![cls, patterns, names, values])
            }
            Pattern::MatchStar(node) => (
                Class::MatchStar,
                vec![Self::maybe_identifier(node.name.as_ref())],
            ),
            Pattern::MatchAs(node) => {
                let pattern = match &node.pattern {
                    Some(pattern) => self.pattern(pattern).into(),
                    None => Field::None,
                };
                let name = Self::maybe_identifier(node.name.as_ref());
                (Class::MatchAs, vec![pattern, name])
            }
            Pattern::MatchOr(node) => (Class::MatchOr, vec![self.patterns(&node.patterns)]),
        };
        self.node(class, pattern.range(), fields)
    }
}
