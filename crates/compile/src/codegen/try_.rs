//! `try`: except, else, finally, and except*.
//!
//! A handler's exception arrives in a register. While a handler runs it is the frame's handled exception (`PushExc`), and every way out of
//! the handler — its end, a jump, an exception of its own — puts the one before back (`PopExc`).

use super::{Codegen, Frame, Result};
use mesapy_bytecode::Op;
use mesapy_syntax::ast::{self, ExceptHandler};

impl<'a> Codegen<'a> {
    pub fn try_statement(&mut self, node: &'a ast::StmtTry) -> Result {
        if node.finalbody.is_empty() {
            return self.try_except(node);
        }
        self.at(node.range);
        let (handler, cleanup, done) = (self.e().label(), self.e().label(), self.e().label());
        let exc = self.temp();
        let saved = self.temp();
        let mark = self.mark();
        let outer = self.e().push_guard(handler, exc);
        self.push_frame(
            Frame::Finally {
                body: &node.finalbody,
                outer_guard: outer,
            },
            node.range,
        )?;
        if node.handlers.is_empty() {
            self.conditional_body(&node.body)?;
        } else {
            self.try_except(node)?;
        }
        self.pop_frame();
        self.e().guard = outer;
        self.release(mark);
        if !self.e().unreachable() {
            self.conditional_body(&node.finalbody)?;
            self.e().goto(done);
        }
        self.e().bind(handler);
        self.release(mark);
        self.nowhere();
        self.e().op_ab(Op::PushExc, saved, exc);
        self.e().push_guard(cleanup, exc);
        self.push_frame(
            Frame::FinallyEnd {
                saved,
                outer_guard: outer,
            },
            node.range,
        )?;
        // The exception has to outlive the body, and the guard's register is the same one: keep it aside.
        let kept = self.temp();
        self.e().moves(kept, exc);
        self.conditional_body(&node.finalbody)?;
        self.pop_frame();
        self.e().guard = outer;
        self.nowhere();
        if !self.e().unreachable() {
            self.e().op_a(Op::PopExc, saved);
            self.e().op_a(Op::Reraise, kept);
        }
        self.release(mark);
        self.cleanup(cleanup, saved, exc);
        self.e().bind(done);
        Ok(())
    }

    /// An exception that leaves a handler: the handled exception goes back to what it was.
    fn cleanup(&mut self, label: crate::emit::Label, saved: u16, exc: u16) {
        self.e().bind(label);
        self.nowhere();
        self.e().op_a(Op::PopExc, saved);
        self.e().op_a(Op::Reraise, exc);
        self.e().placed = true;
    }

    fn try_except(&mut self, node: &'a ast::StmtTry) -> Result {
        let (handlers, cleanup, done) = (self.e().label(), self.e().label(), self.e().label());
        let exc = self.temp();
        let saved = self.temp();
        let mark = self.mark();
        let outer = self.e().push_guard(handlers, exc);
        self.at(node.range);
        self.e().op_ab(Op::Nop, 0, 0);
        self.push_frame(Frame::Try { outer_guard: outer }, node.range)?;
        self.conditional_body(&node.body)?;
        self.pop_frame();
        self.e().guard = outer;
        self.release(mark);
        if !self.e().unreachable() {
            self.conditional_body(&node.orelse)?;
        }
        self.e().goto(done);
        self.e().bind(handlers);
        self.release(mark);
        self.nowhere();
        self.e().op_ab(Op::PushExc, saved, exc);
        self.e().push_guard(cleanup, exc);
        if node.is_star {
            self.star_handlers(node, outer, saved, exc, done)?;
        } else {
            self.handlers(node, outer, saved, exc, done)?;
        }
        self.e().guard = outer;
        self.release(mark);
        self.cleanup(cleanup, saved, exc);
        self.e().bind(done);
        Ok(())
    }

    fn handlers(
        &mut self,
        node: &'a ast::StmtTry,
        outer: u32,
        saved: u16,
        exc: u16,
        done: crate::emit::Label,
    ) -> Result {
        let inside = self.e().guard;
        let mark = self.mark();
        let count = node.handlers.len();
        for (index, ExceptHandler::ExceptHandler(handler)) in node.handlers.iter().enumerate() {
            if handler.type_.is_none() && index + 1 < count {
                return self.error("default 'except:' must be last", handler.range);
            }
            let next = self.e().label();
            self.at(handler.range);
            if let Some(type_) = &handler.type_ {
                let matched = self.temp();
                let value = self.operand(type_)?;
                self.at(handler.range);
                self.e().op_abc(Op::MatchExc, matched, exc, value);
                self.e().jump_a(Op::JumpIfFalse, matched, next);
                self.release(mark);
            }
            let named = self.e().label();
            if let Some(name) = &handler.name {
                self.at(handler.range);
                self.store_name(name.as_str(), exc)?;
                self.e().push_guard(named, exc);
            }
            self.push_frame(
                Frame::Handler {
                    saved,
                    name: handler.name.as_ref(),
                    outer_guard: outer,
                },
                handler.range,
            )?;
            self.conditional_body(&handler.body)?;
            self.pop_frame();
            self.e().guard = outer;
            if !self.e().unreachable() {
                self.nowhere();
                self.e().op_a(Op::PopExc, saved);
                if let Some(name) = &handler.name {
                    self.forget_name(name.as_str())?;
                }
                self.e().goto(done);
            }
            self.e().guard = inside;
            if let Some(name) = &handler.name {
                self.release(mark);
                self.e().bind(named);
                self.nowhere();
                self.forget_name(name.as_str())?;
                self.e().op_a(Op::Reraise, exc);
            }
            self.e().placed = true;
            self.e().bind(next);
            self.release(mark);
        }
        // Nothing matched: still on the line of the last question.
        match node.handlers.last() {
            Some(ExceptHandler::ExceptHandler(last)) if last.type_.is_some() => self.at(last.range),
            _ => self.nowhere(),
        }
        self.e().op_a(Op::Reraise, exc);
        Ok(())
    }

    /// except*: each handler takes its part of the group; what is left and what handlers raise is put together at the end.
    fn star_handlers(
        &mut self,
        node: &'a ast::StmtTry,
        outer: u32,
        saved: u16,
        exc: u16,
        done: crate::emit::Label,
    ) -> Result {
        let inside = self.e().guard;
        let original = self.temp();
        let list = self.temp();
        let parts = self.e().temps(2);
        let (matched, rest) = (parts, parts + 1);
        let mark = self.mark();
        self.e().moves(original, exc);
        self.e().moves(rest, exc);
        self.e().op_abc(Op::BuildList, list, 0, 0);
        for ExceptHandler::ExceptHandler(handler) in &node.handlers {
            let Some(type_) = &handler.type_ else {
                return self.error("expected one or more exception types", handler.range);
            };
            let (next, raised) = (self.e().label(), self.e().label());
            let value = self.operand(type_)?;
            self.at(handler.range);
            self.e().op_abc(Op::MatchExcStar, matched, rest, value);
            self.release(mark);
            self.e().jump_a(Op::JumpIfNone, matched, next);
            // In the body the handled exception is the part that matched.
            self.e().op_a(Op::PopExc, matched);
            if let Some(name) = &handler.name {
                self.store_name(name.as_str(), matched)?;
            }
            self.e().push_guard(raised, exc);
            self.push_frame(Frame::StarHandler, handler.range)?;
            self.conditional_body(&handler.body)?;
            self.pop_frame();
            self.e().guard = inside;
            if !self.e().unreachable() {
                self.nowhere();
                if let Some(name) = &handler.name {
                    self.forget_name(name.as_str())?;
                }
                self.e().goto(next);
            }
            self.e().bind(raised);
            self.release(mark);
            self.nowhere();
            if let Some(name) = &handler.name {
                self.forget_name(name.as_str())?;
            }
            self.e().op_ab(Op::ListAppend, list, exc);
            self.e().placed = true;
            self.e().bind(next);
        }
        let reraise = self.e().label();
        self.nowhere();
        self.e().op_ab(Op::ListAppend, list, rest);
        self.e().op_abc(Op::PrepReraiseStar, exc, original, list);
        self.e().guard = outer;
        self.e().op_a(Op::PopExc, saved);
        self.e().jump_a(Op::JumpIfNotNone, exc, reraise);
        self.e().goto(done);
        self.e().bind(reraise);
        self.e().op_a(Op::Reraise, exc);
        Ok(())
    }
}
