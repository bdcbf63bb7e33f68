//! `with` and `async with`.
//!
//! The pair of `__exit__` and the manager stays in a call layout of its own while the body runs. The normal end and the exceptional one call it
//! there; a way out in the middle of the body copies it upwards first, since what it returns lies above.

use super::{Codegen, Frame, Result};
use crate::emit::Reg;
use mesapy_bytecode::{Const, FRAME_HEADER, Op, Special};
use mesapy_syntax::ast::{self, Stmt, WithItem};
use mesapy_syntax::text_size::{Ranged, TextRange};

const PAIR: u32 = FRAME_HEADER as u32 + 1;

impl<'a> Codegen<'a> {
    pub fn with_statement(&mut self, node: &'a ast::StmtWith) -> Result {
        if node.is_async {
            self.check_async("async with", node.range)?;
        }
        self.with_items(&node.items, &node.body, node.is_async)
    }

    fn with_items(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool) -> Result {
        let Some((item, rest)) = items.split_first() else {
            return self.conditional_body(body);
        };
        self.deeper(item.range)?;
        let range = item.context_expr.range();
        let exc = self.temp();
        let saved = self.temp();
        let pair = self.e().temps(PAIR);
        let mark = self.mark();
        let manager = self.operand(&item.context_expr)?;
        let entry = self.e().temps(PAIR);
        self.at(range);
        let (enter, exit) = if is_async {
            (Special::AEnter, Special::AExit)
        } else {
            (Special::Enter, Special::Exit)
        };
        self.e()
            .op_abcd(Op::LoadSpecial, pair, manager, 0, exit as u8);
        self.e()
            .op_abcd(Op::LoadSpecial, entry, manager, 0, enter as u8);
        let direct = item
            .optional_vars
            .as_deref()
            .and_then(|target| self.fast_target(target));
        if is_async {
            self.e().op_abc(Op::CallMethod, entry, entry, 1);
            self.await_value(entry, 1, entry);
        } else {
            self.e().op_abc(Op::CallMethod, entry, entry, 1);
        }
        let (handler, cleanup, done) = (self.e().label(), self.e().label(), self.e().label());
        let outer = self.e().push_guard(handler, exc);
        self.push_frame(
            Frame::With {
                pair,
                is_async,
                range,
                outer_guard: outer,
            },
            range,
        )?;
        if let Some(target) = &item.optional_vars {
            // The store is guarded, too.
            match direct {
                Some(reg) => self.e().moves(reg, entry),
                None => self.store(target, entry)?,
            }
        }
        self.release(mark);
        self.with_items(rest, body, is_async)?;
        self.pop_frame();
        self.e().guard = outer;
        self.release(mark);
        if !self.e().unreachable() {
            self.at(range);
            self.call_exit(pair, is_async);
            self.e().goto(done);
        }
        self.e().bind(handler);
        self.release(mark);
        self.at(range);
        self.e().op_ab(Op::PushExc, saved, exc);
        self.e().push_guard(cleanup, exc);
        let arguments = self.e().temps(3);
        self.e().op_ab(Op::ExcInfo, arguments, exc);
        self.e().op_abc(Op::CallMethod, pair, pair, 4);
        if is_async {
            self.await_value(pair, 2, pair);
        }
        let suppressed = self.e().label();
        self.e().jump_a(Op::JumpIfTrue, pair, suppressed);
        self.e().guard = outer;
        self.e().op_a(Op::PopExc, saved);
        self.e().op_ab(Op::Reraise, exc, 1);
        self.e().bind(suppressed);
        self.e().op_a(Op::PopExc, saved);
        self.e().goto(done);
        self.e().bind(cleanup);
        self.nowhere();
        self.e().op_a(Op::PopExc, saved);
        self.e().op_a(Op::Reraise, exc);
        self.e().placed = true;
        self.e().bind(done);
        self.depth -= 1;
        Ok(())
    }

    /// Calls the exit of the pair with three Nones; nothing above the pair is live.
    fn call_exit(&mut self, pair: Reg, is_async: bool) {
        let arguments = self.e().temps(3);
        for offset in 0..3 {
            self.load_const(arguments + offset, Const::None);
        }
        self.e().op_abc(Op::CallMethod, pair, pair, 4);
        if is_async {
            self.await_value(pair, 2, pair);
        }
    }

    /// The same in the middle of the body, above everything that is live.
    pub fn exit_early(&mut self, pair: Reg, is_async: bool, range: TextRange) -> Result {
        let mark = self.mark();
        self.at(range);
        let copy = self.e().temps(PAIR);
        for offset in [0, 1, FRAME_HEADER] {
            self.e().moves(copy + offset, pair + offset);
        }
        self.call_exit(copy, is_async);
        self.release(mark);
        Ok(())
    }
}
