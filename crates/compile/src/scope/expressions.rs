//! The first pass over expressions and patterns.
//!
//! Chains that lean left are walked down their spine without recursion, since programs generate them thousands of terms long.

use super::build::{Builder, check_name};
use super::{BlockKind, BlockRole, Comprehension, Directive, Key, def, mangle};
use crate::error::CompileError;
use crate::limits::{CHAIN_MAX, DEPTH_MAX};
use mesapy_syntax::ast::{self, Expr, ExprContext, Pattern};
use mesapy_syntax::text_size::{Ranged, TextRange};

type Result<T = ()> = std::result::Result<T, CompileError>;

impl Builder {
    pub(super) fn exprs(&mut self, list: &[Expr]) -> Result {
        list.iter().try_for_each(|e| self.expr(e))
    }

    pub(super) fn opt(&mut self, expr: Option<&Expr>) -> Result {
        expr.map_or(Ok(()), |e| self.expr(e))
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(CompileError::recursion(expr.range()));
        }
        let mut spine: Vec<&Expr> = Vec::new();
        let mut current = expr;
        loop {
            let inner = match current {
                Expr::BinOp(node) => &node.left,
                Expr::Attribute(node) => &node.value,
                Expr::Subscript(node) => &node.value,
                Expr::Call(node) => &node.func,
                _ => break,
            };
            spine.push(current);
            current = inner;
        }
        if spine.len() > CHAIN_MAX {
            return Err(CompileError::recursion(expr.range()));
        }
        self.leaf(current)?;
        for node in spine.into_iter().rev() {
            match node {
                Expr::BinOp(node) => self.expr(&node.right)?,
                Expr::Attribute(node) => {
                    if node.ctx != ExprContext::Load {
                        check_name(&node.attr, node.ctx == ExprContext::Del, node.range)?;
                    }
                }
                Expr::Subscript(node) => self.expr(&node.slice)?,
                Expr::Call(node) => {
                    self.exprs(&node.arguments.args)?;
                    self.keywords(&node.arguments.keywords)?;
                }
                _ => {}
            }
        }
        self.depth -= 1;
        Ok(())
    }

    pub(super) fn keywords(&mut self, keywords: &[ast::Keyword]) -> Result {
        let mut seen = rustc_hash::FxHashSet::default();
        for keyword in keywords {
            if let Some(name) = &keyword.arg {
                check_name(name, false, keyword.range)?;
                if !seen.insert(name.as_str()) {
                    return Err(CompileError::syntax(
                        format!("keyword argument repeated: {name}"),
                        keyword.range,
                    ));
                }
            }
        }
        keywords.iter().try_for_each(|k| self.expr(&k.value))
    }

    fn leaf(&mut self, expr: &Expr) -> Result {
        match expr {
            Expr::Name(node) => self.name(node),
            Expr::BoolOp(node) => self.exprs(&node.values),
            Expr::Named(node) => self.named(node),
            Expr::UnaryOp(node) => self.expr(&node.operand),
            Expr::Lambda(node) => self.lambda(node),
            Expr::If(node) => {
                self.expr(&node.test)?;
                self.expr(&node.body)?;
                self.expr(&node.orelse)
            }
            Expr::Dict(node) => {
                for item in &node.items {
                    self.opt(item.key.as_ref())?;
                    self.expr(&item.value)?;
                }
                Ok(())
            }
            Expr::Set(node) => self.exprs(&node.elts),
            Expr::List(node) => self.exprs(&node.elts),
            Expr::Tuple(node) => self.exprs(&node.elts),
            Expr::ListComp(node) => self.comprehension(
                Key::new(node, BlockRole::Body),
                "<listcomp>",
                Comprehension::List,
                &node.generators,
                &node.elt,
                None,
                node.range,
            ),
            Expr::SetComp(node) => self.comprehension(
                Key::new(node, BlockRole::Body),
                "<setcomp>",
                Comprehension::Set,
                &node.generators,
                &node.elt,
                None,
                node.range,
            ),
            Expr::DictComp(node) => self.comprehension(
                Key::new(node, BlockRole::Body),
                "<dictcomp>",
                Comprehension::Dict,
                &node.generators,
                node.key.as_deref().unwrap_or(&node.value),
                node.key.is_some().then_some(&*node.value),
                node.range,
            ),
            Expr::Generator(node) => self.comprehension(
                Key::new(node, BlockRole::Body),
                "<genexpr>",
                Comprehension::Generator,
                &node.generators,
                &node.elt,
                None,
                node.range,
            ),
            Expr::Yield(node) => {
                self.yields(expr, "yield")?;
                self.opt(node.value.as_deref())?;
                self.after_yield(expr)
            }
            Expr::YieldFrom(node) => {
                self.yields(expr, "yield")?;
                self.expr(&node.value)?;
                self.after_yield(expr)
            }
            Expr::Await(node) => {
                if let info @ ("an annotation"
                | "a type alias"
                | "a TypeVar bound"
                | "a TypeVar constraint"
                | "the definition of a generic"
                | "a TypeVar default"
                | "a TypeVarTuple default"
                | "a ParamSpec default") = self.block().scope_info
                {
                    return Err(CompileError::syntax(
                        format!("await expression cannot be used within {info}"),
                        node.range,
                    ));
                }
                self.expr(&node.value)?;
                self.block_mut().coroutine = true;
                Ok(())
            }
            Expr::Compare(node) => {
                self.expr(&node.left)?;
                self.exprs(&node.comparators)
            }
            Expr::Starred(node) => self.expr(&node.value),
            Expr::Slice(node) => {
                self.opt(node.lower.as_deref())?;
                self.opt(node.upper.as_deref())?;
                self.opt(node.step.as_deref())
            }
            Expr::FString(node) => {
                for part in &node.value {
                    if let ast::FStringPart::FString(part) = part {
                        self.interpolated(&part.elements)?;
                    }
                }
                Ok(())
            }
            Expr::TString(node) => {
                for part in &node.value {
                    self.interpolated(&part.elements)?;
                }
                Ok(())
            }
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => Ok(()),
            Expr::IpyEscapeCommand(node) => Err(CompileError::syntax("invalid syntax", node.range)),
            // The spine's nodes never get here.
            Expr::BinOp(_) | Expr::Attribute(_) | Expr::Subscript(_) | Expr::Call(_) => Ok(()),
        }
    }

    fn interpolated(&mut self, elements: &ast::InterpolatedStringElements) -> Result {
        for element in elements {
            if let ast::InterpolatedStringElement::Interpolation(field) = element {
                self.expr(&field.expression)?;
                if let Some(spec) = &field.format_spec {
                    self.depth += 1;
                    self.interpolated(&spec.elements)?;
                    self.depth -= 1;
                }
            }
        }
        Ok(())
    }

    fn name(&mut self, node: &ast::ExprName) -> Result {
        match node.ctx {
            ExprContext::Load => {
                self.add(&node.id, def::USE, node.range)?;
                // A method that mentions super needs its class.
                if node.id == "super" && self.block().function_like() {
                    self.add("__class__", def::USE, node.range)?;
                }
                Ok(())
            }
            ExprContext::Del => {
                check_name(&node.id, true, node.range)?;
                self.add(&node.id, def::LOCAL, node.range)
            }
            ExprContext::Store | ExprContext::Invalid => {
                check_name(&node.id, false, node.range)?;
                self.add(&node.id, def::LOCAL, node.range)
            }
        }
    }

    fn yields(&mut self, expr: &Expr, what: &str) -> Result {
        let info = self.block().scope_info;
        if !info.is_empty() {
            return Err(CompileError::syntax(
                format!("{what} expression cannot be used within {info}"),
                expr.range(),
            ));
        }
        Ok(())
    }

    fn after_yield(&mut self, expr: &Expr) -> Result {
        self.block_mut().generator = true;
        let inside = match self.block().comprehension {
            Comprehension::No => return Ok(()),
            Comprehension::List => "'yield' inside list comprehension",
            Comprehension::Set => "'yield' inside set comprehension",
            Comprehension::Dict => "'yield' inside dict comprehension",
            Comprehension::Generator => "'yield' inside generator expression",
        };
        Err(CompileError::syntax(inside, expr.range()))
    }

    fn lambda(&mut self, node: &ast::ExprLambda) -> Result {
        if let Some(parameters) = &node.parameters {
            self.defaults(parameters)?;
        }
        self.enter(
            BlockKind::Function,
            "<lambda>",
            Key::new(node, BlockRole::Body),
            node.range,
        );
        if let Some(parameters) = &node.parameters {
            self.parameters(parameters)?;
        }
        self.expr(&node.body)?;
        self.exit();
        Ok(())
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "a comprehension's parts, spelled the same by four node types"
    )]
    fn comprehension(
        &mut self,
        key: Key,
        name: &str,
        kind: Comprehension,
        generators: &[ast::Comprehension],
        elt: &Expr,
        value: Option<&Expr>,
        range: TextRange,
    ) -> Result {
        let Some((first, rest)) = generators.split_first() else {
            return Ok(());
        };
        self.block_mut().comp_iter_expr += 1;
        self.expr(&first.iter)?;
        self.block_mut().comp_iter_expr -= 1;
        self.enter(BlockKind::Function, name, key, range);
        let block = self.block_mut();
        block.comprehension = kind;
        block.coroutine = first.is_async;
        self.add(".0", def::PARAM, range)?;
        self.iteration_target(&first.target)?;
        self.exprs(&first.ifs)?;
        for generator in rest {
            self.iteration_target(&generator.target)?;
            self.block_mut().comp_iter_expr += 1;
            self.expr(&generator.iter)?;
            self.block_mut().comp_iter_expr -= 1;
            self.exprs(&generator.ifs)?;
            if generator.is_async {
                self.block_mut().coroutine = true;
            }
        }
        self.opt(value)?;
        self.expr(elt)?;
        let is_generator = kind == Comprehension::Generator;
        self.block_mut().generator = is_generator;
        let is_async = self.block().coroutine && !is_generator;
        self.exit();
        if is_async {
            if self.block().kind == super::BlockKind::Annotation {
                return Err(CompileError::syntax(
                    "asynchronous comprehension outside of an asynchronous function",
                    range,
                ));
            }
            self.block_mut().coroutine = true;
        }
        Ok(())
    }

    fn iteration_target(&mut self, target: &Expr) -> Result {
        self.block_mut().comp_iter_target = true;
        let done = self.expr(target);
        self.block_mut().comp_iter_target = false;
        done
    }

    /// `target := value`: inside a comprehension the target belongs to the block around it.
    fn named(&mut self, node: &ast::ExprNamed) -> Result {
        if !self.block().scope_info.is_empty() {
            return Err(CompileError::syntax(
                format!(
                    "named expression cannot be used within {}",
                    self.block().scope_info
                ),
                node.range,
            ));
        }
        if self.block().comp_iter_expr > 0 {
            return Err(CompileError::syntax(
                "assignment expression cannot be used in a comprehension iterable expression",
                node.range,
            ));
        }
        if let Expr::Name(name) = &*node.target {
            if self.block().comprehension != Comprehension::No {
                self.extend_named_scope(name)?;
            }
            self.note_walrus(&name.id);
        }
        self.expr(&node.value)?;
        self.expr(&node.target)
    }

    /// Marks the name in every block from here to the one that it belongs to.
    fn note_walrus(&mut self, name: &str) {
        let sym = self.symbol(name);
        let mut id = Some(self.current);
        while let Some(at) = id {
            let block = &mut self.scopes.blocks[at];
            block.walrus.insert(sym);
            id = if block.comprehension == Comprehension::No {
                None
            } else {
                block.parent
            };
        }
    }

    fn extend_named_scope(&mut self, target: &ast::ExprName) -> Result {
        let start = self.current;
        let mut id = Some(start);
        while let Some(at) = id {
            let block = &self.scopes.blocks[at];
            let mangled = mangle(block.private.as_deref(), &target.id).into_owned();
            if block.comprehension != Comprehension::No {
                let sym = self.scopes.names.intern(&mangled);
                let flags = self.scopes.blocks[at].lookup(sym).map_or(0, |s| s.flags);
                if flags & def::COMP_ITER != 0 && flags & def::LOCAL != 0 {
                    return Err(CompileError::syntax(
                        format!(
                            "assignment expression cannot rebind comprehension iteration variable '{}'",
                            target.id
                        ),
                        target.range,
                    ));
                }
                id = self.scopes.blocks[at].parent;
                continue;
            }
            return match block.kind {
                BlockKind::Function => {
                    let sym = self.scopes.names.intern(&mangled);
                    let flags = self.scopes.blocks[at].lookup(sym).map_or(0, |s| s.flags);
                    let here = if flags & def::GLOBAL != 0 {
                        def::GLOBAL
                    } else {
                        def::NONLOCAL
                    };
                    self.add(&target.id, here, target.range)?;
                    self.block_mut().directives.push(Directive {
                        name: sym,
                        range: target.range,
                    });
                    self.current = at;
                    let done = self.add(&target.id, def::LOCAL, target.range);
                    self.current = start;
                    done
                }
                BlockKind::Module => {
                    self.add(&target.id, def::GLOBAL, target.range)?;
                    let sym = self.scopes.names.intern(&mangled);
                    self.block_mut().directives.push(Directive {
                        name: sym,
                        range: target.range,
                    });
                    self.current = at;
                    let done = self.add(&target.id, def::GLOBAL, target.range);
                    self.current = start;
                    done
                }
                BlockKind::Class => Err(CompileError::syntax(
                    "assignment expression within a comprehension cannot be used in a class body",
                    target.range,
                )),
                BlockKind::TypeParameters => Err(CompileError::syntax(
                    "assignment expression within a comprehension cannot be used within the definition of a generic",
                    target.range,
                )),
                BlockKind::TypeAlias => Err(CompileError::syntax(
                    "assignment expression within a comprehension cannot be used in a type alias",
                    target.range,
                )),
                BlockKind::TypeVariable => Err(CompileError::syntax(
                    "assignment expression within a comprehension cannot be used in a TypeVar bound",
                    target.range,
                )),
                BlockKind::Annotation => Err(CompileError::syntax(
                    "named expression cannot be used within an annotation",
                    target.range,
                )),
            };
        }
        Ok(())
    }

    pub(super) fn pattern(&mut self, pattern: &Pattern) -> Result {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(CompileError::recursion(pattern.range()));
        }
        match pattern {
            Pattern::MatchValue(node) => self.expr(&node.value)?,
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchSequence(node) => {
                node.patterns.iter().try_for_each(|p| self.pattern(p))?
            }
            Pattern::MatchMapping(node) => {
                self.exprs(&node.keys)?;
                node.patterns.iter().try_for_each(|p| self.pattern(p))?;
                if let Some(rest) = &node.rest {
                    self.bind_in(rest, def::LOCAL, node.range)?;
                }
            }
            Pattern::MatchClass(node) => {
                self.expr(&node.cls)?;
                node.arguments
                    .patterns
                    .iter()
                    .try_for_each(|p| self.pattern(p))?;
                for keyword in &node.arguments.keywords {
                    check_name(&keyword.attr, false, keyword.pattern.range())?;
                    self.pattern(&keyword.pattern)?;
                }
            }
            Pattern::MatchStar(node) => {
                if let Some(name) = &node.name {
                    self.bind_in(name, def::LOCAL, node.range)?;
                }
            }
            Pattern::MatchAs(node) => {
                if let Some(pattern) = &node.pattern {
                    self.pattern(pattern)?;
                }
                if let Some(name) = &node.name {
                    self.bind_in(name, def::LOCAL, node.range)?;
                }
            }
            Pattern::MatchOr(node) => node.patterns.iter().try_for_each(|p| self.pattern(p))?,
        }
        self.depth -= 1;
        Ok(())
    }
}
