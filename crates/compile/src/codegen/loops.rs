//! `for`, `async for`, `while`.

use super::{Codegen, Frame, Result};
use crate::constfold;
use crate::emit::Reg;
use crate::limits::NESTED_BLOCKS_MAX;
use mesapy_bytecode::{Const, Op};
use mesapy_syntax::ast::{self, Expr};
use mesapy_syntax::text_size::{Ranged, TextRange};

impl<'a> Codegen<'a> {
    pub fn push_frame(&mut self, frame: Frame<'a>, range: TextRange) -> Result {
        if self.unit().frames.len() >= NESTED_BLOCKS_MAX {
            return self.error("too many statically nested blocks", range);
        }
        self.u().frames.push(frame);
        Ok(())
    }
    pub fn pop_frame(&mut self) {
        self.u().frames.pop();
    }

    pub fn while_loop(&mut self, node: &'a ast::StmtWhile) -> Result {
        let again = self.e().here();
        let (orelse, done) = (self.e().label(), self.e().label());
        self.jump_if_loop(&node.test, orelse)?;
        self.push_frame(Frame::Loop { again, done }, node.range)?;
        self.conditional_body(&node.body)?;
        self.pop_frame();
        self.nowhere();
        if !self.e().unreachable() {
            self.e().goto_back(again);
        }
        self.e().placed = true;
        self.e().bind(orelse);
        self.conditional_body(&node.orelse)?;
        self.e().bind(done);
        Ok(())
    }

    /// A loop's condition; a constant true one costs nothing.
    fn jump_if_loop(&mut self, test: &'a Expr, orelse: crate::emit::Label) -> Result {
        match self.fold(test) {
            Some(value) if constfold::truth(&value) => Ok(()),
            _ => self.jump_if(test, false, orelse),
        }
    }

    pub fn for_loop(&mut self, node: &'a ast::StmtFor) -> Result {
        if node.is_async {
            return self.async_for(node);
        }
        let iter = self.temp();
        let mark = self.mark();
        let source = self.iterable(&node.iter)?;
        self.at(node.iter.range());
        self.e().op_ab(Op::GetIter, iter, source);
        self.release(mark);
        let again = self.e().here();
        let (orelse, done) = (self.e().label(), self.e().label());
        self.push_frame(Frame::Loop { again, done }, node.range)?;
        let item = self.iteration_register(&node.target);
        self.at(node.iter.range());
        self.e().jump_ab(Op::ForIter, item, iter, orelse);
        self.store_iterated(&node.target, item)?;
        self.release(mark);
        self.conditional_body(&node.body)?;
        self.pop_frame();
        self.nowhere();
        if !self.e().unreachable() {
            self.e().goto_back(again);
        }
        self.e().placed = true;
        self.e().bind(orelse);
        self.conditional_body(&node.orelse)?;
        self.e().bind(done);
        Ok(())
    }

    /// What a loop goes over: a constant display needs not be a list.
    pub fn iterable(&mut self, expr: &'a Expr) -> Result<Reg> {
        if let Some(constant) = self.constant_container(ast::CmpOp::In, expr) {
            let t = self.temp();
            self.at(expr.range());
            self.load_const(t, constant);
            return Ok(t);
        }
        self.operand(expr)
    }

    /// The register that the next item goes to: the target's own if it is a local.
    pub fn iteration_register(&mut self, target: &'a Expr) -> Reg {
        match self.fast_target(target) {
            Some(reg) => reg,
            None => self.temp(),
        }
    }
    pub fn store_iterated(&mut self, target: &'a Expr, item: Reg) -> Result {
        if self.fast_target(target) == Some(item) {
            Ok(())
        } else {
            self.store(target, item)
        }
    }

    fn async_for(&mut self, node: &'a ast::StmtFor) -> Result {
        self.check_async("async for", node.range)?;
        let iter = self.temp();
        let exc = self.temp();
        let mark = self.mark();
        let source = self.operand(&node.iter)?;
        self.at(node.iter.range());
        self.e().op_ab(Op::GetAIter, iter, source);
        self.release(mark);
        let again = self.e().here();
        let (ended, done) = (self.e().label(), self.e().label());
        self.push_frame(Frame::Loop { again, done }, node.range)?;
        let item = self.async_next(iter, ended, exc, node.iter.range());
        self.store(&node.target, item)?;
        self.release(mark);
        self.conditional_body(&node.body)?;
        self.pop_frame();
        self.nowhere();
        if !self.e().unreachable() {
            self.e().goto_back(again);
        }
        self.e().bind(ended);
        self.at(node.iter.range());
        self.e().op_a(Op::EndAsyncFor, exc);
        self.conditional_body(&node.orelse)?;
        self.e().bind(done);
        Ok(())
    }

    /// Awaits the next item; StopAsyncIteration goes to `ended` with the exception in `exc`.
    pub fn async_next(
        &mut self,
        iter: Reg,
        ended: crate::emit::Label,
        exc: Reg,
        range: TextRange,
    ) -> Reg {
        self.at(range);
        let item = self.temp();
        let sent = self.temp();
        let e = self.e();
        let outer = e.push_guard(ended, exc);
        e.op_ab(Op::GetANext, item, iter);
        e.load_const(sent, Const::None);
        e.op_abc(Op::YieldFrom, item, item, sent);
        e.guard = outer;
        item
    }

    /// `async for` and `async with` need a coroutine around them.
    pub fn check_async(&self, what: &str, range: TextRange) -> Result {
        let unit = self.unit();
        let top_level = self.options.top_level_await && unit.kind == super::UnitKind::Module;
        if !top_level && unit.kind != super::UnitKind::AsyncFunction {
            return self.error(format!("'{what}' outside async function"), range);
        }
        Ok(())
    }
}
