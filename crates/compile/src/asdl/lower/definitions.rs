//! Functions, classes, their parameters and type parameters.

use super::{Lowering, Open};
use crate::asdl::{Class, Field, Node, NodeId};
use mesapy_syntax::ast::{self, Parameter, ParameterWithDefault, Parameters, Stmt, TypeParam};
use mesapy_syntax::text_size::{Ranged, TextRange};

impl<'t> Lowering<'t> {
    fn decorators(&mut self, list: &'t [Field]) -> Vec<ast::Decorator> {
        let mut decorators = Vec::with_capacity(list.len());
        for item in list {
            let place = self.node(item.node()).and_then(|n| n.place);
            let place = place.unwrap_or(self.last);
            let open = self.open_at(place);
            let expression = self.expr(item.node());
            let range = self.close(open);
            decorators.push(ast::Decorator {
                range,
                node_index: Default::default(),
                expression,
            });
        }
        decorators
    }
    /// A definition's range begins with its decorators.
    fn close_definition(&mut self, open: Open, decorators: &[ast::Decorator]) -> TextRange {
        let range = self.close(open);
        match decorators.first() {
            Some(first) => TextRange::new(first.start(), range.end()),
            None => range,
        }
    }

    pub fn function(&mut self, node: &'t Node) -> Stmt {
        let decorators = self.decorators(node.list(3));
        let open = self.open(node);
        let name = self.identifier(node.text(0).unwrap_or(""));
        let type_params = self.type_params(node.list(6));
        let parameters = Box::new(self.parameters(node.child(1)));
        let returns = self.maybe(node.child(4));
        let body = self.body(node.list(2)).into_iter().collect();
        let range = self.close_definition(open, &decorators);
        Stmt::FunctionDef(ast::StmtFunctionDef {
            node_index: Default::default(),
            range,
            is_async: node.class == Class::AsyncFunctionDef,
            decorator_list: decorators.into_iter().collect(),
            name,
            type_params,
            parameters,
            returns,
            body,
        })
    }

    pub fn class(&mut self, node: &'t Node) -> Stmt {
        let decorators = self.decorators(node.list(4));
        let open = self.open(node);
        let name = self.identifier(node.text(0).unwrap_or(""));
        let type_params = self.type_params(node.list(5));
        let arguments = if node.list(1).is_empty() && node.list(2).is_empty() {
            None
        } else {
            let last = self.last;
            let open = self.open_at(last);
            let args = self.exprs(node.list(1)).into_boxed_slice();
            let keywords = self.keywords(node.list(2)).into_iter().collect();
            let range = self.close(open);
            Some(Box::new(ast::Arguments {
                range,
                node_index: Default::default(),
                args,
                keywords,
            }))
        };
        let body = self.body(node.list(3)).into_iter().collect();
        let range = self.close_definition(open, &decorators);
        Stmt::ClassDef(ast::StmtClassDef {
            node_index: Default::default(),
            range,
            decorator_list: decorators.into_iter().collect(),
            name,
            type_params,
            arguments,
            body,
        })
    }

    pub fn keywords(&mut self, list: &'t [Field]) -> Vec<ast::Keyword> {
        let mut keywords = Vec::with_capacity(list.len());
        for item in list {
            let Some(node) = self.node(item.node()) else {
                continue;
            };
            let open = self.open(node);
            let arg = self.maybe_identifier(node.text(0));
            let value = self.expr(node.child(1));
            let range = self.close(open);
            keywords.push(ast::Keyword {
                range,
                node_index: Default::default(),
                arg,
                value,
            });
        }
        keywords
    }

    fn parameter(&mut self, id: Option<NodeId>) -> Option<Parameter> {
        let node = self.node(id)?;
        let open = self.open(node);
        let name = self.identifier(node.text(0).unwrap_or(""));
        let annotation = self.maybe(node.child(1));
        let range = self.close(open);
        Some(Parameter {
            range,
            node_index: Default::default(),
            name,
            annotation,
        })
    }
    fn with_default(
        &mut self,
        parameter: &Field,
        default: Option<NodeId>,
    ) -> Option<ParameterWithDefault> {
        let parameter = self.parameter(parameter.node())?;
        let default = self.maybe(default);
        let end = default.as_ref().map_or(parameter.end(), |d| d.end());
        Some(ParameterWithDefault {
            range: TextRange::new(parameter.start(), end),
            node_index: Default::default(),
            parameter,
            default,
        })
    }
    pub fn parameters(&mut self, id: Option<NodeId>) -> Parameters {
        let mut made = Parameters::default();
        let last = self.last;
        let open = self.open_at(last);
        if let Some(node) = self.node(id) {
            // Defaults belong to the last of the positional parameters.
            let positional = node.list(0).len() + node.list(1).len();
            let without = positional.saturating_sub(node.list(6).len());
            let default = |at: usize| {
                let found = at.checked_sub(without).and_then(|i| node.list(6).get(i));
                found.and_then(Field::node)
            };
            for (at, parameter) in node.list(0).iter().enumerate() {
                made.posonlyargs
                    .extend(self.with_default(parameter, default(at)));
            }
            for (at, parameter) in node.list(1).iter().enumerate() {
                let default = default(node.list(0).len() + at);
                made.args.extend(self.with_default(parameter, default));
            }
            made.vararg = self.parameter(node.child(2)).map(Box::new);
            for (parameter, default) in node.list(3).iter().zip(node.list(4)) {
                made.kwonlyargs
                    .extend(self.with_default(parameter, default.node()));
            }
            made.kwarg = self.parameter(node.child(5)).map(Box::new);
        }
        made.range = self.close(open);
        made
    }

    pub fn type_params(&mut self, list: &'t [Field]) -> Option<Box<ast::TypeParams>> {
        if list.is_empty() {
            return None;
        }
        let last = self.last;
        let open = self.open_at(last);
        let mut type_params = Vec::with_capacity(list.len());
        for item in list {
            if let Some(node) = self.node(item.node()) {
                type_params.push(self.type_param(node));
            }
        }
        let range = self.close(open);
        Some(Box::new(ast::TypeParams {
            range,
            node_index: Default::default(),
            type_params,
        }))
    }
    fn type_param(&mut self, node: &'t Node) -> TypeParam {
        let open = self.open(node);
        let node_index = Default::default();
        let name = self.identifier(node.text(0).unwrap_or(""));
        let first = self.maybe(node.child(1));
        let second = self.maybe(node.child(2));
        let range = self.close(open);
        match node.class {
            Class::ParamSpec => TypeParam::ParamSpec(ast::TypeParamParamSpec {
                node_index,
                range,
                name,
                default: first,
            }),
            Class::TypeVarTuple => TypeParam::TypeVarTuple(ast::TypeParamTypeVarTuple {
                node_index,
                range,
                name,
                default: first,
            }),
            _ => TypeParam::TypeVar(ast::TypeParamTypeVar {
                node_index,
                range,
                name,
                bound: first,
                default: second,
            }),
        }
    }
}
