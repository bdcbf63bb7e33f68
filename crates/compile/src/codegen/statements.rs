//! Statements, apart from the compound ones that have a file of their own.

use super::{Codegen, Frame, Result, UnitKind};
use crate::constfold;
use crate::emit::Reg;
use mesapy_bytecode::{Const, Op};
use mesapy_syntax::ast::{self, Expr, Stmt};
use mesapy_syntax::text_size::{Ranged, TextRange};

impl<'a> Codegen<'a> {
    pub fn stmt(&mut self, statement: &'a Stmt) -> Result {
        self.deeper(statement.range())?;
        let mark = self.mark();
        self.at(statement.range());
        match statement {
            Stmt::FunctionDef(node) => self.function_def(node)?,
            Stmt::ClassDef(node) => self.class_def(node)?,
            Stmt::Return(node) => self.return_statement(node)?,
            Stmt::Delete(node) => node.targets.iter().try_for_each(|t| self.delete(t))?,
            Stmt::TypeAlias(node) => self.type_alias(node)?,
            Stmt::Assign(node) => self.assign(node)?,
            Stmt::AugAssign(node) => self.aug_assign(node)?,
            Stmt::AnnAssign(node) => self.ann_assign(node)?,
            Stmt::For(node) => self.for_loop(node)?,
            Stmt::While(node) => self.while_loop(node)?,
            Stmt::If(node) => self.if_statement(node)?,
            Stmt::With(node) => self.with_statement(node)?,
            Stmt::Match(node) => self.match_statement(node)?,
            Stmt::Raise(node) => self.raise(node)?,
            Stmt::Try(node) => self.try_statement(node)?,
            Stmt::Assert(node) => self.assert(node)?,
            Stmt::Import(node) => self.import(node)?,
            Stmt::ImportFrom(node) => self.import_from(node)?,
            Stmt::Global(_) | Stmt::Nonlocal(_) => {}
            Stmt::Expr(node) if self.shows_values() => self.show_value(node)?,
            Stmt::Expr(node) => {
                // A constant by itself does nothing.
                if self.literal(&node.value).is_none() {
                    self.effect(&node.value)?;
                } else {
                    self.e().op_ab(Op::Nop, 0, 0);
                }
            }
            Stmt::Pass(_) => self.e().op_ab(Op::Nop, 0, 0),
            Stmt::Break(node) => self.leave_loop(node.range, true)?,
            Stmt::Continue(node) => self.leave_loop(node.range, false)?,
            Stmt::IpyEscapeCommand(node) => return self.error("invalid syntax", node.range),
        }
        self.release(mark);
        self.depth -= 1;
        Ok(())
    }

    fn if_statement(&mut self, node: &'a ast::StmtIf) -> Result {
        let done = self.e().label();
        let mut test = Some(&*node.test);
        let mut body = &node.body;
        let mut clauses = node.elif_else_clauses.iter();
        loop {
            let next = self.e().label();
            let known = test
                .and_then(|t| self.fold(t))
                .map(|value| constfold::truth(&value));
            match (test, known) {
                (Some(test), None) => self.jump_if(test, false, next)?,
                (Some(test), Some(false)) => {
                    self.at(test.range());
                    self.e().goto(next);
                }
                _ => {}
            }
            self.conditional_body(body)?;
            let clause = clauses.next();
            if clause.is_some() && test.is_some() {
                self.e().goto(done);
            }
            self.e().bind(next);
            match clause {
                Some(clause) => {
                    test = clause.test.as_ref();
                    body = &clause.body;
                }
                None => break,
            }
        }
        self.e().bind(done);
        Ok(())
    }

    fn raise(&mut self, node: &'a ast::StmtRaise) -> Result {
        let Some(exc) = &node.exc else {
            self.e().op_abcd(Op::Raise, 0, 0, 0, 0);
            return Ok(());
        };
        let exc = self.operand(exc)?;
        match &node.cause {
            Some(cause) => {
                let cause = self.operand(cause)?;
                self.at(node.range);
                self.e().op_abcd(Op::Raise, exc, cause, 0, 2);
            }
            None => {
                self.at(node.range);
                self.e().op_abcd(Op::Raise, exc, 0, 0, 1);
            }
        }
        Ok(())
    }

    fn assert(&mut self, node: &'a ast::StmtAssert) -> Result {
        if let Expr::Tuple(tuple) = &*node.test
            && !tuple.elts.is_empty()
        {
            self.warn(
                "assertion is always true, perhaps remove parentheses?",
                node.range,
            );
        }
        if self.options.optimize > 0 {
            return Ok(());
        }
        let done = self.e().label();
        self.jump_if(&node.test, true, done)?;
        let callee = self.temp();
        self.at(node.test.range());
        self.e().op_abcd(Op::LoadCommon, callee, 0, 0, 0);
        if let Some(message) = &node.msg {
            self.e().temps(mesapy_bytecode::FRAME_HEADER as u32 - 1);
            let t = self.temp();
            self.expr_to(message, t)?;
            self.at(node.test.range());
            self.e().op_abc(Op::Call, callee, callee, 1);
        }
        self.at(node.test.range());
        self.e().op_abcd(Op::Raise, callee, 0, 0, 1);
        self.e().bind(done);
        Ok(())
    }

    // ---- leaving

    fn return_statement(&mut self, node: &'a ast::StmtReturn) -> Result {
        let unit = self.unit();
        let block = &self.scopes.blocks[unit.block];
        if !matches!(
            unit.kind,
            UnitKind::Function | UnitKind::AsyncFunction | UnitKind::Lambda
        ) {
            return self.error("'return' outside function", node.range);
        }
        if node.value.is_some() && block.coroutine && block.generator {
            return self.error("'return' with value in async generator", node.range);
        }
        self.warn_leaving_finally("return", node.range, false);
        let place = node
            .value
            .as_ref()
            .map_or(node.range, |value| value.range());
        self.refuse_leaving_star(place, false)?;
        let unwinds = self
            .unit()
            .frames
            .iter()
            .any(|f| !matches!(f, Frame::Loop { .. } | Frame::Try { .. }));
        let constant = match &node.value {
            Some(value) => self.fold(value),
            None => Some(Const::None),
        };
        let value = match (&node.value, &constant) {
            (Some(value), None) => {
                if unwinds {
                    // What runs on the way out may rebind a local.
                    let t = self.temp();
                    self.expr_to(value, t)?;
                    Some(t)
                } else {
                    Some(self.operand(value)?)
                }
            }
            _ => None,
        };
        self.at(node.range);
        self.unwind(0, false)?;
        self.at(node.range);
        let value = match (value, constant) {
            (Some(value), _) => value,
            (None, constant) => {
                let t = self.temp();
                self.load_const(t, constant.unwrap_or(Const::None));
                t
            }
        };
        let guard = std::mem::replace(&mut self.e().guard, crate::emit::NONE);
        self.e().op_a(Op::Return, value);
        self.e().guard = guard;
        Ok(())
    }

    fn leave_loop(&mut self, range: TextRange, breaks: bool) -> Result {
        let word = if breaks { "break" } else { "continue" };
        self.warn_leaving_finally(word, range, true);
        let found = self
            .unit()
            .frames
            .iter()
            .rposition(|f| matches!(f, Frame::Loop { .. }));
        self.refuse_leaving_star(range, true)?;
        let Some(at) = found else {
            let message = if breaks {
                "'break' outside loop"
            } else {
                "'continue' not properly in loop"
            };
            return self.error(message, range);
        };
        let Frame::Loop { again, done } = self.unit().frames[at] else {
            return Ok(());
        };
        let guard = self.e().guard;
        if self.unit().frames.len() > at + 1 {
            self.e().op_ab(Op::Nop, 0, 0);
        }
        self.unwind(at + 1, true)?;
        self.at(range);
        if breaks {
            self.e().goto(done);
        } else {
            self.e().goto_back(again);
        }
        self.e().guard = guard;
        Ok(())
    }

    /// Emits what has to run when control leaves all frames from `down_to` on, innermost first. The guard is left as the outermost of them
    /// had it if `stay_out`, else restored.
    fn unwind(&mut self, down_to: usize, stay_out: bool) -> Result {
        let guard = self.e().guard;
        let frames = self.unit().frames.clone();
        for at in (down_to..frames.len()).rev() {
            self.u().frames.truncate(at);
            match frames[at] {
                Frame::Loop { .. } | Frame::StarHandler => {}
                Frame::Try { outer_guard } => self.e().guard = outer_guard,
                Frame::Finally { body, outer_guard } => {
                    self.e().guard = outer_guard;
                    self.body(body)?;
                }
                Frame::FinallyEnd { saved, outer_guard } => {
                    self.e().guard = outer_guard;
                    self.e().op_a(Op::PopExc, saved);
                }
                Frame::With {
                    pair,
                    is_async,
                    range,
                    outer_guard,
                } => {
                    self.e().guard = outer_guard;
                    self.exit_early(pair, is_async, range)?;
                }
                Frame::Handler {
                    saved,
                    name,
                    outer_guard,
                } => {
                    self.e().guard = outer_guard;
                    self.e().op_a(Op::PopExc, saved);
                    if let Some(name) = name {
                        self.forget_name(name.as_str())?;
                    }
                }
            }
        }
        self.u().frames = frames;
        if !stay_out {
            self.e().guard = guard;
        }
        Ok(())
    }

    fn refuse_leaving_star(&self, range: TextRange, to_loop: bool) -> Result {
        for frame in self.unit().frames.iter().rev() {
            match frame {
                Frame::Loop { .. } if to_loop => return Ok(()),
                Frame::StarHandler => {
                    return self.error(
                        "'break', 'continue' and 'return' cannot appear in an except* block",
                        range,
                    );
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// PEP 765.
    fn warn_leaving_finally(&mut self, word: &str, range: TextRange, to_loop: bool) {
        for frame in self.unit().frames.iter().rev() {
            match frame {
                Frame::Loop { .. } if to_loop => return,
                Frame::FinallyEnd { .. } => {
                    self.warn(format!("'{word}' in a 'finally' block"), range);
                    return;
                }
                _ => {}
            }
        }
    }

    // ---- imports

    fn import_module(&mut self, name: &str, level: u32, fromlist: Const, range: TextRange) -> Reg {
        let result = self.temp();
        let operands = self.temp();
        let list = self.temp();
        self.at(range);
        self.load_const(operands, Const::Int(level as i64));
        self.load_const(list, fromlist);
        self.e().op_site(Op::ImportName, result, operands, name);
        self.release(result as u32 + 1);
        result
    }

    fn import(&mut self, node: &'a ast::StmtImport) -> Result {
        for alias in &node.names {
            let mark = self.mark();
            let full = alias.name.as_str();
            let mut module = self.import_module(full, 0, Const::None, node.range);
            match &alias.asname {
                None => {
                    let first = full.split('.').next().unwrap_or(full);
                    self.store_name(first, module)?;
                }
                Some(name) => {
                    // `import a.b.c as d` binds the innermost module.
                    for part in full.split('.').skip(1) {
                        let inner = self.temp();
                        self.e().op_site(Op::ImportFrom, inner, module, part);
                        module = inner;
                    }
                    self.store_name(name.as_str(), module)?;
                }
            }
            self.release(mark);
        }
        Ok(())
    }

    fn import_from(&mut self, node: &'a ast::StmtImportFrom) -> Result {
        let module = node.module.as_ref().map_or("", |m| m.as_str());
        if module == "__future__" && node.level == 0 && !self.future_allowed(node) {
            return self.error(
                "from __future__ imports must occur at the beginning of the file",
                node.range,
            );
        }
        let names = node
            .names
            .iter()
            .map(|a| Const::Str(a.name.as_str().as_bytes().to_vec()))
            .collect();
        let from = self.import_module(module, node.level, Const::Tuple(names), node.range);
        for alias in &node.names {
            let mark = self.mark();
            if alias.name.as_str() == "*" {
                self.e().op_a(Op::ImportStar, from);
                continue;
            }
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            let sym = self.sym(name.as_str());
            let t = match self.resolve(sym) {
                super::names::Var::Fast(reg) => reg,
                _ => self.temp(),
            };
            self.e()
                .op_site(Op::ImportFrom, t, from, alias.name.as_str());
            self.store_sym(sym, t);
            self.release(mark);
        }
        Ok(())
    }

    /// Whether a `__future__` import stands where one may.
    fn future_allowed(&self, node: &ast::StmtImportFrom) -> bool {
        self.units.len() == 1 && node.range.start() < self.future_end
    }
}
