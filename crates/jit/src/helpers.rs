//! Calls of helpers, and what becomes of their answers.

use crate::emit::Emitter;
use crate::plan::target;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value};
use mesapy_bytecode::{Instr, Op};
use mesapy_vm::jit::{Field, Helper, answer, status};

impl Emitter<'_, '_> {
    /// Calls a helper: its two answers.
    pub(crate) fn call_raw(&mut self, helper: Helper, args: &[Value]) -> (Value, Value) {
        let callee = self.load_field(Field::Helper(helper));
        let mut all = vec![self.vm];
        all.extend(args);
        all.resize(4, self.vm);
        let call = self
            .b
            .ins()
            .call_indirect(self.helper_signature, callee, &all);
        let results = self.b.inst_results(call);
        (results[0], results[1])
    }
    /// The object of a float that is no immediate one.
    ///
    /// When there is no memory for it the code is left as it is: what the block has not stored yet is lost with the MemoryError that follows.
    pub(crate) fn new_float(&mut self, bits: Value) -> Value {
        self.publish_pc(self.pc + 1);
        let (answer, object) = self.call_raw(Helper::BoxFloat, &[bits]);
        let (none, done) = (self.cold_block(), self.new_block());
        self.b.ins().brif(answer, none, &[], done, &[]);
        self.b.switch_to_block(none);
        self.b.ins().return_(&[answer, object]);
        self.b.switch_to_block(done);
        object
    }

    // ---- answers

    /// Where code goes on if a helper has done what was asked for, and the current block is then where it has not.
    fn unless_done(&mut self, answer: Value) -> Block {
        let (other, done) = (self.cold_block(), self.new_block());
        self.b.ins().brif(answer, other, &[], done, &[]);
        self.b.switch_to_block(other);
        done
    }
    /// The same where the value goes along, as the block's parameter, which comes second.
    fn unless_done_with(&mut self, answer: Value, value: Value) -> (Block, Value) {
        let (other, done) = (self.cold_block(), self.new_block());
        let result = self.b.append_block_param(done, I64);
        let args = [BlockArg::Value(value)];
        self.b.ins().brif(answer, other, &[], done, &args);
        self.b.switch_to_block(other);
        (done, result)
    }
    /// The block for a frame that a helper has pushed; the current one is then for the other answers.
    pub(crate) fn if_pushed(&mut self, answer: Value) -> Block {
        let pushed = self.equals(answer, answer::FRAME as i64);
        let (frame, rest) = (self.cold_block(), self.cold_block());
        self.b.ins().brif(pushed, frame, &[], rest, &[]);
        self.b.switch_to_block(rest);
        frame
    }
    /// Ends the block, where a helper has neither done the instruction nor pushed a frame: the interpreter does it, or finds out what else has happened.
    fn otherwise(&mut self, answer: Value, value: Value, failed: bool) {
        let declined = self.equals(answer, answer::NOT as i64);
        let (exit, propagate) = (self.exit(failed), self.answer_exit());
        let args = [BlockArg::Value(answer), BlockArg::Value(value)];
        self.b.ins().brif(declined, exit, &[], propagate, &args);
    }
    /// Ends the block: the interpreter goes on at `pc`. `failed`: the assumption of the instruction in progress has failed.
    pub(crate) fn return_to(&mut self, pc: u32, failed: bool) {
        self.publish_pc(pc);
        let status = self.b.ins().iconst(I64, status::CONTINUE as i64);
        let failure = if failed { i64::from(self.pc) + 1 } else { 0 };
        let failure = self.b.ins().iconst(I64, failure);
        self.b.ins().return_(&[status, failure]);
    }

    // ---- instructions

    /// Calls a helper that does the instruction or leaves it to the interpreter: its result.
    pub(crate) fn call_helper(&mut self, helper: Helper, args: &[Value]) -> Value {
        self.publish_pc(self.pc + 1);
        let (answer, value) = self.call_raw(helper, args);
        let done = self.unless_done(answer);
        self.otherwise(answer, value, false);
        self.b.switch_to_block(done);
        value
    }
    /// The same of a helper that may push a frame, whose value register `target` gets. If that was foreseen (the frame is stored and nothing known of it), it is
    /// the result; otherwise the interpreter goes on behind the instruction, and an assumption has failed.
    pub(crate) fn call_pushing(
        &mut self,
        helper: Helper,
        args: &[Value],
        target: Option<u16>,
        foreseen: bool,
    ) -> Value {
        self.publish_pc(self.pc + 1);
        let (answer, value) = self.call_raw(helper, args);
        let (done, result) = self.unless_done_with(answer, value);
        let frame = self.if_pushed(answer);
        self.otherwise(answer, value, !foreseen);
        self.b.switch_to_block(frame);
        if foreseen {
            let returned = self.run_pushed(value);
            self.jump(done, &[returned]);
        } else {
            self.store_dirty();
            let returned = self.run_pushed(value);
            self.go_on_behind(returned, target);
        }
        self.b.switch_to_block(done);
        result
    }
    /// The interpreter goes on behind the instruction, whose result is there.
    fn go_on_behind(&mut self, value: Value, target: Option<u16>) {
        if let Some(r) = target {
            self.store_frame(value, 8 * i32::from(r));
        }
        self.return_to(self.pc + 1, true);
    }
    /// A call of anything, by the helper; the frame has been stored.
    pub(crate) fn helped_call(&mut self, at: u16, n: u32) -> Value {
        let index = self.b.ins().iadd_imm_s(self.base, i64::from(at));
        let index = self.b.ins().uextend(I64, index);
        let n = self.b.ins().iconst(I64, i64::from(n));
        let pc = self.b.ins().iconst(I64, i64::from(self.pc));
        let (answer, value) = self.call_raw(Helper::Call, &[index, n, pc]);
        let (done, result) = self.unless_done_with(answer, value);
        let frame = self.if_pushed(answer);
        let declined = self.equals(answer, answer::NOT as i64);
        let propagate = self.cold_block();
        self.guard(declined, propagate);
        self.return_to(self.pc, false);
        self.b.switch_to_block(propagate);
        self.b.ins().return_(&[answer, value]);
        self.b.switch_to_block(frame);
        let returned = self.run_pushed(value);
        self.jump(done, &[returned]);
        self.b.switch_to_block(done);
        result
    }

    /// The interpreter executes the instruction; true: the block goes on, knowing nothing.
    pub(crate) fn step(&mut self, i: Instr) -> bool {
        self.flush(self.live(self.pc).max(self.request.facts.registers));
        let pc = self.b.ins().iconst(I64, i64::from(self.pc));
        let (answer, next) = self.call_raw(Helper::Step, &[pc]);
        let done = self.unless_done(answer);
        let frame = self.if_pushed(answer);
        self.b.ins().return_(&[answer, next]);
        self.b.switch_to_block(frame);
        let to = match i.op() {
            // It runs again until what it delegates to is exhausted.
            Some(Op::YieldFrom) => Some(self.pc),
            _ => target(self.pc, i),
        };
        if to.is_some() {
            // None of these is the call of a frame whose value it wants.
            self.b.ins().return_(&[answer, next]);
        } else {
            let returned = self.run_pushed(next);
            self.store_frame(returned, 8 * i32::from(i.a()));
            self.jump(done, &[]);
        }
        self.b.switch_to_block(done);
        self.forget();
        if let Some(to) = to {
            let jumped = self.equals(next, i64::from(to));
            self.branch_to(jumped, to, self.pc + 1);
            return false;
        }
        true
    }
    /// In a block of its own beside the instruction's way: the interpreter executes the instruction. What the registers `targets` hold then.
    pub(crate) fn step_aside(&mut self, targets: &[u16]) -> Vec<Value> {
        self.store_dirty();
        let pc = self.b.ins().iconst(I64, i64::from(self.pc));
        let (answer, value) = self.call_raw(Helper::Step, &[pc]);
        let done = self.unless_done(answer);
        let frame = self.if_pushed(answer);
        self.b.ins().return_(&[answer, value]);
        self.b.switch_to_block(frame);
        let returned = self.run_pushed(value);
        self.go_on_behind(returned, targets.first().copied());
        self.b.switch_to_block(done);
        targets
            .iter()
            .map(|r| self.load_frame(8 * i32::from(*r)))
            .collect()
    }
    /// A helper executes the instruction on the frame.
    pub(crate) fn simple(&mut self, i: Instr) {
        let end = u32::from(i.b().max(i.a())) + u32::from(i.c()) * 2 + 8;
        let end = end.min(self.request.facts.registers);
        self.flush(self.live(self.pc).max(end));
        let pc = self.b.ins().iconst(I64, i64::from(self.pc));
        let (answer, value) = self.call_raw(Helper::Simple, &[pc]);
        let done = self.unless_done(answer);
        self.otherwise(answer, value, true);
        self.b.switch_to_block(done);
        let written = match i.op() {
            Some(Op::CopyFree) => i.bx() as u16,
            _ => 1,
        };
        for r in i.a()..i.a().saturating_add(written) {
            self.forget_register(r);
        }
    }
}
