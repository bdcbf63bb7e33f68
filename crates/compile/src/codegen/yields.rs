//! `await`, `yield` and `yield from`.

use super::{Codegen, Result, UnitKind};
use crate::emit::Reg;
use crate::scope::BlockKind;
use mesapy_bytecode::{Const, Op};
use mesapy_syntax::ast;
use mesapy_syntax::text_size::TextRange;

impl<'a> Codegen<'a> {
    /// `await value`.
    pub fn await_expression(&mut self, node: &'a ast::ExprAwait, dst: Reg) -> Result {
        let top_level = self.options.top_level_await && self.unit().kind == UnitKind::Module;
        if !top_level {
            let block = &self.scopes.blocks[self.unit().block];
            if !block.function_like() {
                return self.error("'await' outside function", node.range);
            }
            if !matches!(
                self.unit().kind,
                UnitKind::AsyncFunction | UnitKind::Comprehension
            ) {
                return self.error("'await' outside async function", node.range);
            }
        }
        let value = self.operand(&node.value)?;
        self.at(node.range);
        self.await_value(value, 0, dst);
        Ok(())
    }

    /// Awaits the value of a register; `how` words the TypeError.
    pub fn await_value(&mut self, value: Reg, how: u8, dst: Reg) {
        let mark = self.mark();
        let awaitable = self.temp();
        let sent = self.temp();
        self.e().op_abcd(Op::GetAwaitable, awaitable, value, 0, how);
        self.load_const(sent, Const::None);
        self.e().op_abc(Op::YieldFrom, dst, awaitable, sent);
        self.release(mark);
    }

    pub fn yield_expression(&mut self, node: &'a ast::ExprYield, dst: Reg) -> Result {
        self.check_yield("yield", node.range)?;
        let value = match &node.value {
            Some(value) => self.operand(value)?,
            None => {
                self.at(node.range);
                self.load_none()
            }
        };
        self.at(node.range);
        self.yield_value(value, dst);
        Ok(())
    }

    /// Yields a register's value, wrapped if the generator is asynchronous.
    pub fn yield_value(&mut self, value: Reg, dst: Reg) {
        let block = &self.scopes.blocks[self.unit().block];
        if block.coroutine && block.generator {
            let mark = self.mark();
            let t = self.temp();
            self.e().op_abcd(
                Op::Intrinsic1,
                t,
                value,
                0,
                mesapy_bytecode::Intrinsic1::AsyncGenWrap as u8,
            );
            self.e().op_ab(Op::Yield, dst, t);
            self.release(mark);
        } else {
            self.e().op_ab(Op::Yield, dst, value);
        }
    }

    fn check_yield(&self, what: &str, range: TextRange) -> Result {
        let unit = self.unit();
        if self.scopes.blocks[unit.block].kind != BlockKind::Function {
            return self.error(format!("'{what}' outside function"), range);
        }
        Ok(())
    }

    pub fn yield_from(&mut self, node: &'a ast::ExprYieldFrom, dst: Reg) -> Result {
        self.check_yield("yield from", node.range)?;
        if self.unit().kind == UnitKind::AsyncFunction {
            return self.error("'yield from' inside async function", node.range);
        }
        let value = self.operand(&node.value)?;
        let iter = self.temp();
        let sent = self.temp();
        self.at(node.range);
        self.e().op_ab(Op::GetYieldFromIter, iter, value);
        self.load_const(sent, Const::None);
        self.e().op_abc(Op::YieldFrom, dst, iter, sent);
        Ok(())
    }
}
