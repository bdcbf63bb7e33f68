//! Calls and returns. A Python function's frame is pushed in place, as the interpreter does it, and its compiled code is called as machine code: what comes back is its
//! value, or word that the native frames are to be left, since the interpreter goes on from what the cage says.

use crate::emit::{Emitter, Ty, header_offset};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{BlockArg, InstBuilder, MemFlagsData, Value};
use mesapy_bytecode::Instr;
use mesapy_heap::{Kind, Word};
use mesapy_vm::jit::{
    CallFacts, Field, Helper, KnownNative, STACK_RESERVE, frame_header, place, status,
};

/// Words of a frame's header.
const HEADER: u16 = frame_header::SIZE as u16;
/// Rows of the entry table, less one: what a row is masked by.
const ROW_MASK: i64 = 8191;
/// Kinds of entry in a frame's link; see `frame::Entry`.
const ENTRY_INIT: i64 = 2;
const ENTRY_FOR_ITER: i64 = 3;
const ENTRY_DRAIN: i64 = 5;
const ENTRY_OPERATOR: i64 = 6;
const ENTRY_DISCARD: i64 = 7;
const ENTRY_COLLECT: i64 = 9;
/// Unbound locals of a callee that are cleared in place.
const UNBOUND_MAX: u32 = 24;

impl Emitter<'_, '_> {
    pub(crate) fn call_method(&mut self, i: Instr) {
        let receiver = self.word(i.b() + HEADER);
        let (a, b, n) = (i.a(), i.b(), u32::from(i.c()));
        if self.known.contains_key(&receiver)
            && self.constants.get(&receiver) != Some(&Word::EMPTY.bits())
        {
            return self.call(a, b, n);
        }
        if self.constants.get(&receiver) == Some(&Word::EMPTY.bits()) {
            return self.call(a, b + 1, n - 1);
        }
        // The pair of a method and its receiver, or a callable that takes none.
        self.flush(u32::from(b + HEADER) + n + 1);
        let (pair, plain, done) = (self.new_block(), self.new_block(), self.new_block());
        let result = self.b.append_block_param(done, I64);
        let none = self.is_word(receiver, Word::EMPTY);
        self.b.ins().brif(none, plain, &[], pair, &[]);
        self.b.switch_to_block(plain);
        let value = self.helped_call(b + 1, n - 1);
        self.jump(done, &[value]);
        self.b.switch_to_block(pair);
        let value = self.call_at(b, n);
        self.jump(done, &[value]);
        self.b.switch_to_block(done);
        self.forget();
        self.set(a, result);
    }
    /// A positional call laid out at register `at`.
    pub(crate) fn call(&mut self, a: u16, at: u16, n: u32) {
        self.word(at);
        self.flush(self.live(self.pc).max(u32::from(at + HEADER) + n));
        let value = self.call_at(at, n);
        self.forget();
        self.set(a, value);
    }

    /// The value of a call; the frame has been stored.
    fn call_at(&mut self, at: u16, n: u32) -> Value {
        let callable = self.word(at);
        let callee = self.likely_callee(callable, n);
        let known_kind = self
            .constants
            .get(&callable)
            .or(self.hints.get(&callable))
            .copied();
        if let (Some(bits), None) = (known_kind, callee) {
            let word = Word::from_bits(bits);
            let kind = word
                .as_ref_index()
                .map(|index| self.request.read(index) as u8);
            if kind == Some(Kind::Native as u8) {
                return self.call_native(callable, word, at, n);
            }
            if kind != Some(Kind::Function as u8) {
                return self.helped_call(at, n);
            }
        }
        let other = self.cold_block();
        let done = self.new_block();
        let result = self.b.append_block_param(done, I64);

        if !matches!(self.known.get(&callable), Some(Ty::Ref)) {
            let is_ref = self.is_tag_ref(callable);
            self.guard(is_ref, other);
        }
        let index = self.index_of(callable);
        let function = self.address(index);
        let header = self.load_byte(function);
        let is_function = self.equals(header, Kind::Function as i64);
        self.guard(is_function, other);
        let code = self.load(function, place::FUNCTION_CODE);
        let globals = self.load(function, place::FUNCTION_GLOBALS);
        let code_index = self.index_of(code);
        let code_address = self.address(code_index);
        // The end of the callee's frame, and its locals: what is known, or how many.
        let (end, facts) = match callee {
            Some((code_at, facts)) => {
                let same = self.equals(code, Word::reference(code_at).bits() as i64);
                self.guard(same, other);
                let above = u32::from(at + HEADER) + facts.registers;
                (
                    self.b.ins().iadd_imm_s(self.base, i64::from(above)),
                    Ok(facts),
                )
            }
            None => {
                let info = self.load(code_address, place::CODE_CALL_INFO);
                let shape = self.b.ins().band_imm_s(info, 0x3ffff << 3);
                let wanted = i64::from(1 | n << 2) << 3;
                let fits = self.equals(shape, wanted);
                self.guard(fits, other);
                let registers = self.b.ins().ushr_imm_s(info, 34 + 3);
                let registers = self.b.ins().band_imm_s(registers, 0xffff);
                let registers = self.b.ins().ireduce(I32, registers);
                let first = self.b.ins().iadd_imm_s(self.base, i64::from(at + HEADER));
                let end = self.b.ins().iadd(first, registers);
                let locals = self.b.ins().ushr_imm_s(info, 18 + 3);
                let locals = self.b.ins().band_imm_s(locals, 0xffff);
                (end, Err(locals))
            }
        };
        let depth = self.load_field(Field::Depth);
        let limit = self.load_field(Field::RecursionLimit);
        let shallow = self.b.ins().icmp(IntCC::UnsignedLessThan, depth, limit);
        self.guard(shallow, other);
        let high = self.load_field(Field::StackHigh);
        let cleared = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, end, high);
        self.guard(cleared, other);
        let stack_end = self.load_field(Field::StackEnd);
        let with_reserve = self.b.ins().iadd_imm_s(end, i64::from(STACK_RESERVE));
        let room = self
            .b
            .ins()
            .icmp(IntCC::UnsignedLessThanOrEqual, with_reserve, stack_end);
        self.guard(room, other);

        // Only now: what lies beyond the limits may be in use.
        match facts {
            Ok(facts) => {
                let empty = self.b.ins().iconst(I64, Word::EMPTY.bits() as i64);
                for r in n..facts.locals {
                    self.store_frame(empty, 8 * (i32::from(at + HEADER) + r as i32));
                }
            }
            Err(locals) => self.clear_locals(at, n, locals),
        }
        let header = |word: u32| 8 * (i32::from(at + HEADER)) + header_offset(word);
        self.store_frame(code, header(frame_header::CODE));
        let link = self.link();
        self.store_frame(link, header(frame_header::LINK));
        self.store_frame(globals, header(frame_header::GLOBALS));
        let empty = self.b.ins().iconst(I64, Word::EMPTY.bits() as i64);
        self.store_frame(empty, header(frame_header::LOCALS));
        self.store_frame(empty, header(frame_header::EXC));
        let deeper = self.b.ins().iadd_imm_s(depth, 1);
        self.store_field(deeper, Field::Depth);
        let base = self.b.ins().iadd_imm_s(self.base, i64::from(at + HEADER));
        self.store_field(base, Field::Base);
        self.store_field(end, Field::Top);
        // The row: -1 - the count, where that is negative.
        let count = self.load(code_address, place::CODE_JIT);
        let count = self.b.ins().sshr_imm_s(count, 3);
        let compiled = self.b.ins().sshr_imm_s(count, 63);
        let row = self.b.ins().bnot(count);
        let row = self.b.ins().band(row, compiled);
        let value = self.run_code(row, base);
        self.jump(done, &[value]);

        self.b.switch_to_block(other);
        let value = self.helped_call(at, n);
        self.jump(done, &[value]);
        self.b.switch_to_block(done);
        result
    }
    /// A call of a function written in Rust: a few are done in place.
    fn call_native(&mut self, callable: Value, native: Word, at: u16, n: u32) -> Value {
        let index = native.as_ref_index().unwrap_or(0);
        let first = at + HEADER;
        let known = self.request.known_native(index).filter(|known| {
            n == match known {
                KnownNative::Len => 1,
                KnownNative::Append => 2,
            }
        });
        let Some(known) = known else {
            return self.helped_call(at, n);
        };
        self.keeps.push(index);
        let (other, done) = (self.cold_block(), self.new_block());
        let result = self.b.append_block_param(done, I64);
        if !self.constants.contains_key(&callable) {
            let same = self.is_word(callable, native);
            self.guard(same, other);
        }
        let value = if known == KnownNative::Len {
            self.length(first, at, n)
        } else {
            let (list, item) = (self.word(first), self.word(first + 1));
            let address = self.object_address(list, other);
            self.require_kind(address, Kind::List, other);
            self.publish_pc(self.pc + 1);
            let (answer, _) = self.call_raw(Helper::ListAppend, &[list, item]);
            let none = self.b.ins().iconst(I64, Word::NONE.bits() as i64);
            let (failed, appended) = (self.cold_block(), self.new_block());
            self.b.ins().brif(answer, failed, &[], appended, &[]);
            self.b.switch_to_block(failed);
            self.b.ins().return_(&[answer, none]);
            self.b.switch_to_block(appended);
            none
        };
        self.jump(done, &[value]);
        self.b.switch_to_block(other);
        let value = self.helped_call(at, n);
        self.jump(done, &[value]);
        self.b.switch_to_block(done);
        result
    }
    /// The code that a callable most probably has, if a call with `n` arguments is bound by pushing its frame.
    fn likely_callee(&mut self, callable: Value, n: u32) -> Option<(u32, CallFacts)> {
        let bits = self
            .constants
            .get(&callable)
            .or(self.hints.get(&callable))
            .copied()?;
        let index = Word::from_bits(bits).as_ref_index()?;
        if self.request.read(index) as u8 != Kind::Function as u8 {
            return None;
        }
        let code =
            Word::from_bits(self.request.read(index + place::FUNCTION_CODE)).as_ref_index()?;
        let facts = CallFacts::of_word(self.request.read(code + place::CODE_CALL_INFO));
        if !facts.plain || facts.args != n || facts.locals.saturating_sub(n) > UNBOUND_MAX {
            return None;
        }
        self.keeps.push(code);
        Some((code, facts))
    }
    fn clear_locals(&mut self, at: u16, n: u32, locals: Value) {
        let (head, body, done) = (self.new_block(), self.new_block(), self.new_block());
        let i = self.b.append_block_param(head, I64);
        let first = self.b.ins().iconst(I64, i64::from(n));
        self.jump(head, &[first]);
        self.b.switch_to_block(head);
        let more = self.b.ins().icmp(IntCC::UnsignedLessThan, i, locals);
        self.b.ins().brif(more, body, &[], done, &[]);
        self.b.switch_to_block(body);
        let within = self.b.ins().band_imm_s(i, 0xffff);
        let offset = self.b.ins().ishl_imm_s(within, 3);
        let word = self.b.ins().iadd(self.frame, offset);
        let empty = self.b.ins().iconst(I64, Word::EMPTY.bits() as i64);
        self.b.ins().store(
            MemFlagsData::trusted(),
            empty,
            word,
            8 * i32::from(at + HEADER),
        );
        let next = self.b.ins().iadd_imm_s(i, 1);
        self.jump(head, &[next]);
        self.b.switch_to_block(done);
    }
    /// What the callee's header says of this frame.
    fn link(&mut self) -> Value {
        let base = self.b.ins().uextend(I64, self.base);
        let high = self.b.ins().ishl_imm_s(base, 32);
        self.b.ins().bor_imm_s(high, i64::from(self.pc + 1) << 8)
    }
    /// Runs the frame that a helper has pushed, with its answer's second word, and takes it off: its value.
    pub(crate) fn run_pushed(&mut self, row: Value) -> Value {
        let base = self.load_field(Field::Base);
        self.run_code(row, base)
    }
    /// Runs the compiled code in a row, for the frame that was pushed, and takes the frame off: its value.
    fn run_code(&mut self, row: Value, base: Value) -> Value {
        let zero = self.b.ins().iconst(I32, 0);
        let (answer, value) = self.enter_code(row, base, zero);
        let (other, done) = (self.cold_block(), self.new_block());
        self.b.ins().brif(answer, other, &[], done, &[]);
        self.b.switch_to_block(other);
        self.b.ins().return_(&[answer, value]);
        self.b.switch_to_block(done);
        let depth = self.load_field(Field::Depth);
        let depth = self.b.ins().iadd_imm_s(depth, -1);
        self.store_field(depth, Field::Depth);
        self.store_field(self.base, Field::Base);
        let top = self
            .b
            .ins()
            .iadd_imm_s(self.base, i64::from(self.request.facts.registers));
        self.store_field(top, Field::Top);
        value
    }
    /// Calls the compiled code in a row: what it answers.
    pub(crate) fn enter_code(&mut self, row: Value, base: Value, at: Value) -> (Value, Value) {
        let row = self.b.ins().band_imm_s(row, ROW_MASK);
        let table = self.load_field(Field::Table);
        let offset = self.b.ins().ishl_imm_s(row, 3);
        let entry = self.b.ins().iadd(table, offset);
        let callee = self.b.ins().load(I64, MemFlagsData::trusted(), entry, 0);
        // Where little native stack is left, it is taken down: the interpreter goes on with the callee.
        let sp = self.b.ins().get_stack_pointer(I64);
        let limit = self.load_field(Field::NativeLimit);
        let room = self.b.ins().icmp(IntCC::UnsignedGreaterThan, sp, limit);
        let full = self.cold_block();
        self.guard(room, full);
        let call = self
            .b
            .ins()
            .call_indirect(self.code_signature, callee, &[self.vm, base, at]);
        let results = self.b.inst_results(call);
        let (answer, value) = (results[0], results[1]);
        let done = self.new_block();
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(full);
        self.store_field(at, Field::Pc);
        let status = self.b.ins().iconst(I64, status::UNWIND as i64);
        let zero = self.b.ins().iconst(I64, 0);
        self.b.ins().return_(&[status, zero]);
        self.b.switch_to_block(done);
        (answer, value)
    }
    pub(crate) fn return_value(&mut self, i: Instr) {
        let value = self.word(i.a());
        if self.request.generator {
            self.store_dirty();
            let pc = self.b.ins().iconst(I64, i64::from(self.pc));
            let (answer, value) = self.call_raw(Helper::Finish, &[value, pc]);
            self.b.ins().return_(&[answer, value]);
            return;
        }
        let exit = self.exit(false);
        let link = self.load_frame(header_offset(frame_header::LINK));
        let entry = self.b.ins().band_imm_s(link, 31 << 3);
        let locals = self.load_frame(header_offset(frame_header::LOCALS));
        let has_object = self.is_tag_ref(locals);
        self.guard_not(has_object, exit);
        let (plain, other) = (self.new_block(), self.cold_block());
        self.b.ins().brif(entry, other, &[], plain, &[]);
        self.b.switch_to_block(other);
        // A class's `__init__`: the caller gets the instance, below the header.
        let (inits, others) = (self.cold_block(), self.cold_block());
        let init = self.equals(entry, ENTRY_INIT << 3);
        self.b.ins().brif(init, inits, &[], others, &[]);
        self.b.switch_to_block(inits);
        let none = self.is_word(value, Word::NONE);
        self.guard(none, exit);
        let instance = self.load_frame(header_offset(frame_header::SIZE + 1));
        let zero = self.b.ins().iconst(I64, status::RETURNED as i64);
        self.b.ins().return_(&[zero, instance]);
        // An operator's method that has not declined, or one whose result nobody wants.
        self.b.switch_to_block(others);
        let operator = self.equals(entry, ENTRY_OPERATOR << 3);
        let discard = self.equals(entry, ENTRY_DISCARD << 3);
        let either = self.b.ins().bor(operator, discard);
        self.guard(either, exit);
        let declined = self.is_word(value, Word::NOT_IMPLEMENTED);
        self.b.ins().brif(declined, exit, &[], plain, &[]);
        self.b.switch_to_block(plain);
        let zero = self.b.ins().iconst(I64, status::RETURNED as i64);
        self.b.ins().return_(&[zero, value]);
    }

    // ---- generators

    pub(crate) fn yield_item(&mut self, i: Instr) {
        let item = self.word(i.b());
        let link = self.load_frame(header_offset(frame_header::LINK));
        let entry = self.b.ins().band_imm_s(link, 31 << 3);
        let (drain, others, slow, done) = (
            self.new_block(),
            self.new_block(),
            self.cold_block(),
            self.new_block(),
        );
        let sent = self.b.append_block_param(done, I64);
        let drains = self.equals(entry, ENTRY_DRAIN << 3);
        let collects = self.equals(entry, ENTRY_COLLECT << 3);
        let drains = self.b.ins().bor(drains, collects);
        self.b.ins().brif(drains, drain, &[], others, &[]);
        // What collects the items takes this one, and the generator goes on.
        self.b.switch_to_block(drain);
        self.publish_pc(self.pc + 1);
        let (answer, _) = self.call_raw(Helper::SinkYield, &[item]);
        let none = self.b.ins().iconst(I64, Word::NONE.bits() as i64);
        self.b
            .ins()
            .brif(answer, slow, &[], done, &[BlockArg::Value(none)]);
        // A `for` gets it.
        self.b.switch_to_block(others);
        let for_iter = self.equals(entry, ENTRY_FOR_ITER << 3);
        self.guard(for_iter, slow);
        self.store_dirty();
        let pc = self.b.ins().iconst(I64, i64::from(self.pc));
        let (answer, value) = self.call_raw(Helper::Suspend, &[item, pc]);
        self.b.ins().return_(&[answer, value]);
        self.b.switch_to_block(slow);
        let values = self.step_aside(&[i.a()]);
        self.jump(done, &values);
        self.b.switch_to_block(done);
        self.set(i.a(), sent);
    }
}
