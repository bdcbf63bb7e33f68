//! The first pass: what every statement does to the names of its block.
//!
//! CPython: Python/symtable.c, symtable_visit_stmt and the definitions behind it.

use super::{
    Block, BlockId, BlockKind, BlockRole, Comprehension, Directive, Interner, Key, Scopes, Sym,
    def, mangle,
};
use crate::error::CompileError;
use crate::limits::DEPTH_MAX;
use mesapy_syntax::Tree;
use mesapy_syntax::ast::{self, Expr, Stmt};
use mesapy_syntax::text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

type Result<T = ()> = std::result::Result<T, CompileError>;

/// Builds and analyses the scopes of a program.
pub fn build(tree: &Tree, future_annotations: bool) -> Result<Scopes> {
    let scopes = Scopes {
        blocks: Vec::new(),
        by_key: FxHashMap::default(),
        names: Interner::default(),
    };
    let mut builder = Builder {
        scopes,
        current: 0,
        future_annotations,
        depth: 0,
    };
    builder.enter(
        BlockKind::Module,
        "top",
        Key::new(tree, BlockRole::Body),
        TextRange::default(),
    );
    match tree {
        Tree::Module(module) => {
            builder.block_mut().has_docstring = crate::docstring::has(&module.body);
            builder.body(&module.body)?;
        }
        Tree::Expression(expression) => builder.expr(&expression.body)?,
        Tree::FunctionType { .. } => {}
    }
    let mut scopes = builder.scopes;
    super::analyze::analyze(&mut scopes)?;
    Ok(scopes)
}

pub(super) struct Builder {
    pub(super) scopes: Scopes,
    pub(super) current: BlockId,
    pub(super) future_annotations: bool,
    pub(super) depth: u32,
}

impl Builder {
    pub(super) fn block(&self) -> &Block {
        &self.scopes.blocks[self.current]
    }
    pub(super) fn block_mut(&mut self) -> &mut Block {
        &mut self.scopes.blocks[self.current]
    }

    pub(super) fn enter(&mut self, kind: BlockKind, name: &str, key: Key, range: TextRange) {
        let name = self.scopes.names.intern(name);
        let parent = (!self.scopes.blocks.is_empty()).then_some(self.current);
        let (mut nested, mut method, mut private, mut mangled_names) = (false, false, None, None);
        if let Some(parent) = parent {
            let outer = &self.scopes.blocks[parent];
            nested = outer.nested || outer.function_like();
            method = kind == BlockKind::Function && outer.kind == BlockKind::Class;
            private = outer.private.clone();
            mangled_names = outer.mangled_names.clone();
        }
        let id = self.scopes.blocks.len();
        self.scopes.blocks.push(Block {
            kind,
            name,
            range,
            parent,
            children: Vec::new(),
            symbols: Vec::new(),
            index: FxHashMap::default(),
            params: Vec::new(),
            directives: Vec::new(),
            comp_only: Default::default(),
            comp_vars: Default::default(),
            walrus: Default::default(),
            nested,
            generator: false,
            coroutine: false,
            comprehension: Comprehension::No,
            comp_inlined: false,
            varargs: false,
            varkeywords: false,
            returns_value: false,
            needs_class_closure: false,
            needs_classdict: false,
            can_see_class_scope: false,
            method,
            has_docstring: false,
            annotations_used: false,
            has_conditional_annotations: false,
            in_conditional_block: false,
            has_free: false,
            child_free: false,
            annotation_block: None,
            unevaluated: false,
            scope_info: "",
            comp_iter_target: false,
            // What stands in an iterable stands there within functions and comprehensions, too.
            comp_iter_expr: parent.map_or(0, |p| self.scopes.blocks[p].comp_iter_expr),
            private,
            mangled_names,
        });
        if let Some(parent) = parent {
            self.scopes.blocks[parent].children.push(id);
        }
        self.scopes.by_key.insert(key, id);
        self.current = id;
    }

    pub(super) fn exit(&mut self) {
        if let Some(parent) = self.block().parent {
            self.current = parent;
        }
    }

    pub(super) fn symbol(&mut self, name: &str) -> Sym {
        let block = &self.scopes.blocks[self.current];
        let mangled = match (&block.private, &block.mangled_names) {
            (Some(private), None) => mangle(Some(private), name),
            (Some(private), Some(only)) => {
                let plain = self.scopes.names.intern(name);
                if only.contains(&plain) {
                    mangle(Some(private), name)
                } else {
                    name.into()
                }
            }
            (None, _) => name.into(),
        };
        self.scopes.names.intern(&mangled)
    }

    pub(super) fn lookup_flags(&mut self, name: &str) -> u32 {
        let sym = self.symbol(name);
        self.block().lookup(sym).map_or(0, |s| s.flags)
    }

    pub(super) fn add(&mut self, name: &str, flag: u32, range: TextRange) -> Result {
        let sym = self.symbol(name);
        let target = self.block().comp_iter_target;
        let flags = self.block().lookup(sym).map_or(0, |s| s.flags);
        if flag & def::PARAM != 0 && flags & def::PARAM != 0 {
            return Err(CompileError::syntax(
                format!(
                    "duplicate argument '{}' in function definition",
                    self.scopes.names.text(sym)
                ),
                range,
            ));
        }
        if flag & def::TYPE_PARAM != 0 && flags & def::TYPE_PARAM != 0 {
            return Err(CompileError::syntax(
                format!("duplicate type parameter '{}'", self.scopes.names.text(sym)),
                range,
            ));
        }
        let mut flags = flags | flag;
        if target {
            if flags & (def::GLOBAL | def::NONLOCAL) != 0 {
                return Err(CompileError::syntax(
                    format!(
                        "comprehension inner loop cannot rebind assignment expression target '{}'",
                        self.scopes.names.text(sym)
                    ),
                    range,
                ));
            }
            flags |= def::COMP_ITER;
        }
        self.block_mut().symbol_mut(sym).flags = flags;
        if flag & def::PARAM != 0 {
            self.block_mut().params.push(sym);
        } else if flag & def::GLOBAL != 0 {
            // The module's table says so too, as CPython's does.
            self.scopes.blocks[0].symbol_mut(sym).flags |= def::GLOBAL;
        }
        Ok(())
    }

    /// A name that is bound by something else than a `Name` node.
    pub(super) fn bind_in(
        &mut self,
        name: &ast::Identifier,
        flag: u32,
        range: TextRange,
    ) -> Result {
        check_name(name.as_str(), false, range)?;
        self.add(name.as_str(), flag, range)
    }

    fn deeper(&mut self, range: TextRange) -> Result {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            Err(CompileError::recursion(range))
        } else {
            Ok(())
        }
    }

    pub(super) fn body(&mut self, body: &[Stmt]) -> Result {
        for statement in body {
            self.stmt(statement)?;
        }
        Ok(())
    }

    /// A body that may run or not: what it annotates is conditional.
    fn conditional(&mut self, body: &[Stmt]) -> Result {
        let outer = std::mem::replace(&mut self.block_mut().in_conditional_block, true);
        self.body(body)?;
        self.block_mut().in_conditional_block = outer;
        Ok(())
    }

    fn stmt(&mut self, statement: &Stmt) -> Result {
        self.deeper(statement.range())?;
        let done = self.stmt_inner(statement);
        self.depth -= 1;
        done
    }

    fn stmt_inner(&mut self, statement: &Stmt) -> Result {
        match statement {
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::TypeAlias(alias) => self.type_alias(alias),
            Stmt::Return(node) => {
                if let Some(value) = &node.value {
                    self.expr(value)?;
                    self.block_mut().returns_value = true;
                }
                Ok(())
            }
            Stmt::Delete(node) => self.exprs(&node.targets),
            Stmt::Assign(node) => {
                self.exprs(&node.targets)?;
                self.expr(&node.value)
            }
            Stmt::AugAssign(node) => {
                self.expr(&node.target)?;
                self.expr(&node.value)
            }
            Stmt::AnnAssign(node) => self.ann_assign(node),
            Stmt::For(node) => {
                self.expr(&node.target)?;
                self.expr(&node.iter)?;
                self.conditional(&node.body)?;
                self.conditional(&node.orelse)
            }
            Stmt::While(node) => {
                self.expr(&node.test)?;
                self.conditional(&node.body)?;
                self.conditional(&node.orelse)
            }
            Stmt::If(node) => {
                self.expr(&node.test)?;
                self.conditional(&node.body)?;
                for clause in &node.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.expr(test)?;
                    }
                    self.conditional(&clause.body)?;
                }
                Ok(())
            }
            Stmt::With(node) => {
                for item in &node.items {
                    self.expr(&item.context_expr)?;
                    if let Some(vars) = &item.optional_vars {
                        self.expr(vars)?;
                    }
                }
                self.conditional(&node.body)
            }
            Stmt::Match(node) => {
                self.expr(&node.subject)?;
                for case in &node.cases {
                    self.pattern(&case.pattern)?;
                    if let Some(guard) = &case.guard {
                        self.expr(guard)?;
                    }
                    self.conditional(&case.body)?;
                }
                Ok(())
            }
            Stmt::Raise(node) => {
                self.opt(node.exc.as_deref())?;
                self.opt(node.cause.as_deref())
            }
            Stmt::Try(node) => {
                self.conditional(&node.body)?;
                for ast::ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    self.opt(handler.type_.as_deref())?;
                    if let Some(name) = &handler.name {
                        self.bind_in(name, def::LOCAL, handler.range)?;
                    }
                    self.conditional(&handler.body)?;
                }
                self.conditional(&node.orelse)?;
                self.conditional(&node.finalbody)
            }
            Stmt::Assert(node) => {
                self.expr(&node.test)?;
                self.opt(node.msg.as_deref())
            }
            Stmt::Import(node) => node.names.iter().try_for_each(|alias| self.alias(alias)),
            Stmt::ImportFrom(node) => node.names.iter().try_for_each(|alias| self.alias(alias)),
            Stmt::Global(node) => self.directive(&node.names, node.range, def::GLOBAL, "global"),
            Stmt::Nonlocal(node) => {
                self.directive(&node.names, node.range, def::NONLOCAL, "nonlocal")
            }
            Stmt::Expr(node) => self.expr(&node.value),
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) => Ok(()),
            Stmt::IpyEscapeCommand(node) => Err(CompileError::syntax("invalid syntax", node.range)),
        }
    }

    fn alias(&mut self, alias: &ast::Alias) -> Result {
        if alias.name.as_str() == "*" {
            if self.block().kind != BlockKind::Module {
                return Err(CompileError::syntax(
                    "import * only allowed at module level",
                    alias.range,
                ));
            }
            return Ok(());
        }
        match &alias.asname {
            Some(name) => self.bind_in(name, def::IMPORT, alias.range),
            None => {
                let first = alias.name.as_str().split('.').next().unwrap_or("");
                check_name(first, false, alias.range)?;
                self.add(first, def::IMPORT, alias.range)
            }
        }
    }

    fn directive(
        &mut self,
        names: &[ast::Identifier],
        range: TextRange,
        flag: u32,
        word: &str,
    ) -> Result {
        for name in names {
            let flags = self.lookup_flags(name.as_str());
            if flags & (def::PARAM | def::LOCAL | def::USE | def::ANNOT) != 0 {
                let text = name.as_str();
                let message = if flags & def::PARAM != 0 {
                    format!("name '{text}' is parameter and {word}")
                } else if flags & def::USE != 0 {
                    format!("name '{text}' is used prior to {word} declaration")
                } else if flags & def::ANNOT != 0 {
                    format!("annotated name '{text}' can't be {word}")
                } else {
                    format!("name '{text}' is assigned to before {word} declaration")
                };
                return Err(CompileError::syntax(message, range));
            }
            self.add(name.as_str(), flag, range)?;
            let sym = self.symbol(name.as_str());
            self.block_mut()
                .directives
                .push(Directive { name: sym, range });
        }
        Ok(())
    }

    fn ann_assign(&mut self, node: &ast::StmtAnnAssign) -> Result {
        self.block_mut().annotations_used = true;
        if let Expr::Name(name) = &*node.target {
            let flags = self.lookup_flags(&name.id);
            if flags & (def::GLOBAL | def::NONLOCAL) != 0 && self.current != 0 && node.simple {
                let word = if flags & def::GLOBAL != 0 {
                    "global"
                } else {
                    "nonlocal"
                };
                return Err(CompileError::syntax(
                    format!("annotated name '{}' can't be {word}", name.id),
                    node.range,
                ));
            }
            check_name(&name.id, false, name.range)?;
            if node.simple {
                self.add(&name.id, def::ANNOT | def::LOCAL, name.range)?;
            } else if node.value.is_some() {
                self.add(&name.id, def::LOCAL, name.range)?;
            }
        } else {
            self.expr(&node.target)?;
        }
        self.variable_annotation(&node.annotation, node.simple && node.target.is_name_expr())?;
        self.opt(node.value.as_deref())
    }

    fn variable_annotation(&mut self, annotation: &Expr, simple: bool) -> Result {
        let outer = self.current;
        let kind = self.block().kind;
        if self.future_annotations || kind == BlockKind::Function || !simple {
            // Never evaluated: only the errors matter.
            self.enter(
                BlockKind::Annotation,
                "__annotate__",
                Key::new(annotation, BlockRole::Annotations),
                annotation.range(),
            );
            self.block_mut().unevaluated = true;
            self.block_mut().scope_info = "an annotation";
            self.expr(annotation)?;
            self.exit();
            self.scopes.blocks[outer].children.pop();
            return Ok(());
        }
        if matches!(kind, BlockKind::Module | BlockKind::Class)
            && (kind == BlockKind::Module || self.block().in_conditional_block)
            && !self.block().has_conditional_annotations
        {
            self.block_mut().has_conditional_annotations = true;
            // A class reaches the set through a cell of its own, and must not take an enclosing class's.
            if kind == BlockKind::Module {
                self.add("__conditional_annotations__", def::USE, annotation.range())?;
            }
        }
        match self.block().annotation_block {
            Some(block) => self.current = block,
            None => {
                let key = Key(outer, BlockRole::Annotations);
                self.enter(
                    BlockKind::Annotation,
                    "__annotate__",
                    key,
                    annotation.range(),
                );
                self.scopes.blocks[outer].annotation_block = Some(self.current);
                self.block_mut().scope_info = "an annotation";
                self.add(".format", def::PARAM, annotation.range())?;
                self.add(".format", def::USE, annotation.range())?;
                if kind == BlockKind::Class {
                    self.block_mut().can_see_class_scope = true;
                    self.add("__classdict__", def::USE, annotation.range())?;
                }
            }
        }
        if self.scopes.blocks[outer].has_conditional_annotations {
            self.add("__conditional_annotations__", def::USE, annotation.range())?;
        }
        self.expr(annotation)?;
        self.current = outer;
        Ok(())
    }
}

/// Whether parameters have positional and keyword defaults.
pub(crate) fn has_defaults(parameters: &ast::Parameters) -> (bool, bool) {
    (
        parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .any(|p| p.default.is_some()),
        parameters.kwonlyargs.iter().any(|p| p.default.is_some()),
    )
}

/// `__debug__` can't be bound or deleted.
pub(crate) fn check_name(name: &str, delete: bool, range: TextRange) -> Result {
    if name == "__debug__" {
        let what = if delete { "delete" } else { "assign to" };
        return Err(CompileError::syntax(
            format!("cannot {what} __debug__"),
            range,
        ));
    }
    Ok(())
}
