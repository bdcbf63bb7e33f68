//! Functions, classes, their parameters and type parameters.

use super::Builder;
use crate::asdl::{Class, Field, NodeId};
use mesapy_syntax::ast::{self, Decorator, Parameter, ParameterWithDefault, Parameters, TypeParam};
use mesapy_syntax::text_size::{Ranged, TextRange};

impl<'a> Builder<'a> {
    /// A definition's place begins behind its decorators.
    fn definition_range(&self, range: TextRange, decorators: &[Decorator]) -> TextRange {
        let range = self.source.block_range(range);
        match decorators.last() {
            Some(last) => {
                let start = self.next_token(last.range.end());
                TextRange::new(start.min(range.end()), range.end())
            }
            None => range,
        }
    }

    pub fn function(&mut self, node: &'a ast::StmtFunctionDef) -> NodeId {
        let class = if node.is_async {
            Class::AsyncFunctionDef
        } else {
            Class::FunctionDef
        };
        let range = self.definition_range(node.range, &node.decorator_list);
        let decorators = self.decorators(&node.decorator_list);
        let type_params = self.type_params(node.type_params.as_deref());
        let arguments = self.parameters(Some(&node.parameters));
        let returns = self.maybe(&node.returns);
        let body = self.body(&node.body);
        let end = match &node.returns {
            Some(returns) => returns.end(),
            None => node.parameters.range.end(),
        };
        let fields = vec![
            Self::identifier(&node.name),
            arguments,
            body,
            decorators,
            returns,
            self.function_comment(end, &node.body),
            type_params,
        ];
        self.node(class, range, fields)
    }

    pub fn class(&mut self, node: &'a ast::StmtClassDef) -> NodeId {
        let range = self.definition_range(node.range, &node.decorator_list);
        let decorators = self.decorators(&node.decorator_list);
        let type_params = self.type_params(node.type_params.as_deref());
        let (bases, keywords) = match node.arguments.as_deref() {
            Some(arguments) => (
                self.exprs(&arguments.args),
                self.keywords(&arguments.keywords),
            ),
            None => (Field::List(Vec::new()), Field::List(Vec::new())),
        };
        let body = self.body(&node.body);
        let name = Self::identifier(&node.name);
        self.node(
            Class::ClassDef,
            range,
            vec![name, bases, keywords, body, decorators, type_params],
        )
    }

    fn arg(&mut self, parameter: &'a Parameter, comment: Field) -> Field {
        // The stars of `*args` and `**kwargs` don't belong to it.
        let range = TextRange::new(parameter.name.range.start(), parameter.range.end());
        let annotation = self.maybe(&parameter.annotation);
        let name = Self::identifier(&parameter.name);
        self.node(Class::Arg, range, vec![name, annotation, comment])
            .into()
    }
    fn args(&mut self, parameters: &'a [ParameterWithDefault]) -> Field {
        let args = parameters.iter().map(|p| {
            let comment = self.parameter_comment(p.range.end());
            self.arg(&p.parameter, comment)
        });
        Field::List(args.collect())
    }
    fn star_arg(&mut self, parameter: Option<&'a Parameter>) -> Field {
        parameter.map_or(Field::None, |p| {
            let comment = self.parameter_comment(p.range.end());
            self.arg(p, comment)
        })
    }

    pub fn parameters(&mut self, parameters: Option<&'a Parameters>) -> Field {
        let Some(p) = parameters else {
            let none = || Field::List(Vec::new());
            let fields = vec![
                none(),
                none(),
                Field::None,
                none(),
                none(),
                Field::None,
                none(),
            ];
            return self.bare(Class::Arguments, fields).into();
        };
        let posonly = self.args(&p.posonlyargs);
        let args = self.args(&p.args);
        let vararg = self.star_arg(p.vararg.as_deref());
        let kwonly = self.args(&p.kwonlyargs);
        let kw_defaults = p.kwonlyargs.iter().map(|p| self.maybe(&p.default));
        let kw_defaults = Field::List(kw_defaults.collect());
        let kwarg = self.star_arg(p.kwarg.as_deref());
        let defaults = p.posonlyargs.iter().chain(&p.args);
        let defaults = defaults.filter_map(|p| p.default.as_deref());
        let defaults = defaults.map(|d| self.expr(d).into()).collect();
        let fields = vec![
            posonly,
            args,
            vararg,
            kwonly,
            kw_defaults,
            kwarg,
            Field::List(defaults),
        ];
        self.bare(Class::Arguments, fields).into()
    }

    pub fn type_params(&mut self, params: Option<&'a ast::TypeParams>) -> Field {
        let params = params.map_or(&[][..], |p| &p.type_params);
        Field::List(params.iter().map(|p| self.type_param(p)).collect())
    }
    fn type_param(&mut self, param: &'a TypeParam) -> Field {
        match param {
            TypeParam::TypeVar(node) => {
                let name = Self::identifier(&node.name);
                let bound = self.maybe(&node.bound);
                let default = self.maybe(&node.default);
                self.node(Class::TypeVar, node.range, vec![name, bound, default])
            }
            TypeParam::ParamSpec(node) => {
                let name = Self::identifier(&node.name);
                let default = self.maybe(&node.default);
                self.node(Class::ParamSpec, node.range, vec![name, default])
            }
            TypeParam::TypeVarTuple(node) => {
                let name = Self::identifier(&node.name);
                let default = self.maybe(&node.default);
                self.node(Class::TypeVarTuple, node.range, vec![name, default])
            }
        }
        .into()
    }
}
