//! The first pass over definitions: functions, classes, type aliases and their type parameters.

use super::build::{Builder, has_defaults};
use super::{BlockKind, BlockRole, Key, def};
use crate::error::CompileError;
use mesapy_syntax::ast::{self, Expr};
use mesapy_syntax::text_size::{Ranged, TextRange};
use std::rc::Rc;

type Result<T = ()> = std::result::Result<T, CompileError>;

impl Builder {
    pub(super) fn function(&mut self, function: &ast::StmtFunctionDef) -> Result {
        self.bind_in(&function.name, def::LOCAL, function.range)?;
        self.defaults(&function.parameters)?;
        for decorator in &function.decorator_list {
            self.expr(&decorator.expression)?;
        }
        if let Some(params) = &function.type_params {
            let (defaults, kwdefaults) = has_defaults(&function.parameters);
            self.enter_type_params(params, &function.name, function.range, defaults, kwdefaults)?;
            self.type_params_in(params, false)?;
        }
        self.annotations(&function.parameters, function.returns.as_deref())?;
        self.enter(
            BlockKind::Function,
            &function.name,
            Key::new(function, BlockRole::Body),
            behind_decorators(function.range, function.name.range),
        );
        self.block_mut().coroutine = function.is_async;
        self.block_mut().has_docstring = crate::docstring::has(&function.body);
        self.parameters(&function.parameters)?;
        self.body(&function.body)?;
        self.exit();
        if function.type_params.is_some() {
            self.exit();
        }
        Ok(())
    }

    pub(super) fn defaults(&mut self, parameters: &ast::Parameters) -> Result {
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            self.opt(parameter.default.as_deref())?;
        }
        for parameter in &parameters.kwonlyargs {
            self.opt(parameter.default.as_deref())?;
        }
        Ok(())
    }

    fn annotations(&mut self, parameters: &ast::Parameters, returns: Option<&Expr>) -> Result {
        // CPython opens the block for every function, annotated or not, which is why nearly every class has a `__classdict__`.
        let outer = self.current;
        let sees = self.block().kind == BlockKind::Class || self.block().can_see_class_scope;
        self.enter(
            BlockKind::Annotation,
            "__annotate__",
            Key::new(parameters, BlockRole::Annotations),
            parameters.range,
        );
        self.block_mut().scope_info = "an annotation";
        if sees {
            self.block_mut().can_see_class_scope = true;
            self.add("__classdict__", def::USE, parameters.range)?;
        }
        self.add(".format", def::PARAM, parameters.range)?;
        self.add(".format", def::USE, parameters.range)?;
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            self.opt(parameter.parameter.annotation.as_deref())?;
        }
        self.opt(
            parameters
                .vararg
                .as_ref()
                .and_then(|p| p.annotation.as_deref()),
        )?;
        self.opt(
            parameters
                .kwarg
                .as_ref()
                .and_then(|p| p.annotation.as_deref()),
        )?;
        for parameter in &parameters.kwonlyargs {
            self.opt(parameter.parameter.annotation.as_deref())?;
        }
        self.opt(returns)?;
        self.exit();
        if self.future_annotations {
            self.scopes.blocks[outer].children.pop();
        }
        Ok(())
    }

    pub(super) fn parameters(&mut self, parameters: &ast::Parameters) -> Result {
        for parameter in parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .chain(&parameters.kwonlyargs)
        {
            self.bind_in(
                &parameter.parameter.name,
                def::PARAM,
                parameter.parameter.range,
            )?;
        }
        // The stars are not part of the parameter.
        let bare = |parameter: &ast::Parameter| {
            TextRange::new(parameter.name.range.start(), parameter.range.end())
        };
        if let Some(parameter) = &parameters.vararg {
            self.bind_in(&parameter.name, def::PARAM, bare(parameter))?;
            self.block_mut().varargs = true;
        }
        if let Some(parameter) = &parameters.kwarg {
            self.bind_in(&parameter.name, def::PARAM, bare(parameter))?;
            self.block_mut().varkeywords = true;
        }
        Ok(())
    }

    pub(super) fn class(&mut self, class: &ast::StmtClassDef) -> Result {
        self.bind_in(&class.name, def::LOCAL, class.range)?;
        for decorator in &class.decorator_list {
            self.expr(&decorator.expression)?;
        }
        if let Some(params) = &class.type_params {
            self.enter_type_params(params, &class.name, class.range, false, false)?;
            // In the class's own type parameter scope only the names of the parameters are private to the class.
            self.block_mut().private = Some(Rc::from(class.name.as_str()));
            self.block_mut().mangled_names = Some(Vec::new());
            self.type_params_in(params, true)?;
            self.add(".type_params", def::LOCAL, class.range)?;
            self.add(".type_params", def::USE, class.range)?;
            self.add(".generic_base", def::LOCAL, class.range)?;
            self.add(".generic_base", def::USE, class.range)?;
        }
        if let Some(arguments) = &class.arguments {
            self.exprs(&arguments.args)?;
            self.keywords(&arguments.keywords)?;
        }
        self.enter(
            BlockKind::Class,
            &class.name,
            Key::new(class, BlockRole::Body),
            behind_decorators(class.range, class.name.range),
        );
        self.block_mut().private = Some(Rc::from(class.name.as_str()));
        self.block_mut().mangled_names = None;
        self.block_mut().has_docstring = crate::docstring::has(&class.body);
        if class.type_params.is_some() {
            self.add("__type_params__", def::LOCAL, class.range)?;
            self.add(".type_params", def::USE, class.range)?;
        }
        self.body(&class.body)?;
        self.exit();
        if class.type_params.is_some() {
            self.exit();
        }
        Ok(())
    }

    pub(super) fn type_alias(&mut self, alias: &ast::StmtTypeAlias) -> Result {
        self.expr(&alias.name)?;
        let name = alias
            .name
            .as_name_expr()
            .map_or("", |n| n.id.as_str())
            .to_owned();
        let in_class = self.block().kind == BlockKind::Class;
        if let Some(params) = &alias.type_params {
            self.enter_type_params(params, &name, alias.range, false, false)?;
            self.type_params_in(params, false)?;
        }
        self.enter(
            BlockKind::TypeAlias,
            &name,
            Key::new(alias, BlockRole::Value),
            alias.range,
        );
        self.block_mut().scope_info = "a type alias";
        self.add(".format", def::PARAM, alias.range)?;
        self.add(".format", def::USE, alias.range)?;
        if in_class || self.outer_sees_class() {
            self.block_mut().can_see_class_scope = true;
            self.add("__classdict__", def::USE, alias.value.range())?;
        }
        self.expr(&alias.value)?;
        self.exit();
        if alias.type_params.is_some() {
            self.exit();
        }
        Ok(())
    }

    fn outer_sees_class(&self) -> bool {
        self.block().parent.is_some_and(|parent| {
            let outer = &self.scopes.blocks[parent];
            outer.can_see_class_scope || outer.kind == BlockKind::Class
        })
    }

    fn enter_type_params(
        &mut self,
        params: &ast::TypeParams,
        name: &str,
        range: TextRange,
        defaults: bool,
        kwdefaults: bool,
    ) -> Result {
        let in_class = self.block().kind == BlockKind::Class;
        self.enter(
            BlockKind::TypeParameters,
            name,
            Key::new(params, BlockRole::TypeParams),
            range,
        );
        self.block_mut().scope_info = "the definition of a generic";
        if in_class {
            self.block_mut().can_see_class_scope = true;
            self.add("__classdict__", def::USE, range)?;
        }
        if defaults {
            self.add(".defaults", def::PARAM, range)?;
        }
        if kwdefaults {
            self.add(".kwdefaults", def::PARAM, range)?;
        }
        Ok(())
    }

    /// The parameters themselves, inside their scope.
    fn type_params_in(&mut self, params: &ast::TypeParams, class: bool) -> Result {
        for param in &params.type_params {
            let (name, bound, default, scope_info) = match param {
                ast::TypeParam::TypeVar(p) => (
                    &p.name,
                    p.bound.as_deref(),
                    p.default.as_deref(),
                    "a TypeVar default",
                ),
                ast::TypeParam::TypeVarTuple(p) => (
                    &p.name,
                    None,
                    p.default.as_deref(),
                    "a TypeVarTuple default",
                ),
                ast::TypeParam::ParamSpec(p) => {
                    (&p.name, None, p.default.as_deref(), "a ParamSpec default")
                }
            };
            if class {
                let sym = self.scopes.names.intern(name.as_str());
                if let Some(names) = &mut self.block_mut().mangled_names {
                    names.push(sym);
                }
            }
            self.bind_in(name, def::TYPE_PARAM | def::LOCAL, param.range())?;
            if let Some(bound) = bound {
                let info = if bound.is_tuple_expr() {
                    "a TypeVar constraint"
                } else {
                    "a TypeVar bound"
                };
                self.type_variable(name, Key::new(param, BlockRole::Bound), bound, info)?;
            }
            if let Some(default) = default {
                self.type_variable(
                    name,
                    Key::new(param, BlockRole::Default),
                    default,
                    scope_info,
                )?;
            }
        }
        Ok(())
    }

    fn type_variable(
        &mut self,
        name: &ast::Identifier,
        key: Key,
        value: &Expr,
        scope_info: &'static str,
    ) -> Result {
        let sees = self.block().can_see_class_scope;
        self.enter(BlockKind::TypeVariable, name.as_str(), key, value.range());
        self.block_mut().scope_info = scope_info;
        self.add(".format", def::PARAM, value.range())?;
        self.add(".format", def::USE, value.range())?;
        if sees {
            self.block_mut().can_see_class_scope = true;
            self.add("__classdict__", def::USE, value.range())?;
        }
        self.expr(value)?;
        self.exit();
        Ok(())
    }
}

/// A block's line is that of its name.
fn behind_decorators(whole: TextRange, name: TextRange) -> TextRange {
    TextRange::new(name.start(), whole.end().max(name.start()))
}
