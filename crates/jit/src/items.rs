//! Containers: items, iteration, building.

use crate::emit::{Emitter, Ty};
use crate::plan::target;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value};
use mesapy_bytecode::{Instr, Op};
use mesapy_heap::Kind;
use mesapy_vm::jit::{Field, Helper, LIST_MODE, RANGE_MODE, TUPLE_MODE, answer, place, status};

impl Emitter<'_, '_> {
    /// Compiles an instruction of containers; false: it is none.
    pub(crate) fn item(&mut self, op: Op, i: Instr) -> Option<bool> {
        match op {
            Op::LoadItem => {
                let key = self.word(i.c());
                self.load_item(i, key);
            }
            Op::LoadItemK => {
                let key = self.code_constant(u32::from(i.c()));
                self.load_item(i, key);
            }
            Op::StoreItem => self.store_item(i),
            Op::Contains => {
                let (item, container) = (self.word(i.b()), self.word(i.c()));
                let found = self.call_helper(Helper::Contains, &[container, item]);
                let condition = if i.d() & 1 == 1 {
                    IntCC::Equal
                } else {
                    IntCC::NotEqual
                };
                let found = self.b.ins().icmp_imm_s(condition, found, 0);
                let word = self.bool_word(found);
                self.set(i.a(), word);
            }
            Op::GetIter => {
                let x = self.word(i.b());
                let iterator = self.call_helper(Helper::GetIter, &[x]);
                self.set(i.a(), iterator);
            }
            Op::ForIter => self.for_iter(i)?,
            Op::BuildTuple | Op::BuildList => {
                let end = u32::from(i.b()) + u32::from(i.c());
                self.flush(self.live(self.pc).max(end));
                let first = self.b.ins().iconst(I64, i64::from(i.b()));
                let n = self.b.ins().iconst(I64, i64::from(i.c()));
                let helper = if op == Op::BuildTuple {
                    Helper::BuildTuple
                } else {
                    Helper::BuildList
                };
                let made = self.call_helper(helper, &[first, n]);
                self.known.insert(made, Ty::Ref);
                self.set(i.a(), made);
            }
            Op::ListAppend => {
                let (list, item) = (self.word(i.a()), self.word(i.b()));
                self.call_helper(Helper::ListAppend, &[list, item]);
            }
            Op::UnpackSequence => self.unpack(i),
            _ => return Some(false),
        }
        Some(true)
    }

    /// `len` of the value in register `r`.
    pub(crate) fn length(&mut self, r: u16, at: u16, n: u32) -> Value {
        let x = self.word(r);
        let (slow, done) = (self.cold_block(), self.new_block());
        let result = self.b.append_block_param(done, I64);
        let address = self.object_address(x, slow);
        let sequence = self.sequence(address, slow);
        let length = self.load(sequence, 1);
        self.jump(done, &[length]);
        self.b.switch_to_block(slow);
        let length = self.helped_call(at, n);
        self.jump(done, &[length]);
        self.b.switch_to_block(done);
        result
    }
    fn load_item(&mut self, i: Instr, key: Value) {
        let container = self.word(i.b());
        let foreseen = self.request.has_failed(self.pc);
        if foreseen {
            self.flush(self.live(self.pc));
        }
        let (slow, done) = (self.cold_block(), self.new_block());
        let result = self.b.append_block_param(done, I64);
        if self.known.get(&key) != Some(&Ty::Int) {
            let tag = self.b.ins().band_imm_s(key, 7);
            self.guard_not(tag, slow);
        }
        let address = self.object_address(container, slow);
        let sequence = self.sequence(address, slow);
        let item = self.item_at(sequence, key, slow);
        self.jump(done, &[item]);
        self.b.switch_to_block(slow);
        let item = self.call_pushing(Helper::Item, &[container, key], Some(i.a()), foreseen);
        self.jump(done, &[item]);
        self.b.switch_to_block(done);
        if foreseen {
            self.forget();
        }
        self.set(i.a(), result);
    }
    /// The address of the counted run of values of the list or tuple at an address.
    pub(crate) fn sequence(&mut self, address: Value, otherwise: Block) -> Value {
        let kind = self.kind_byte(address);
        let done = self.new_block();
        let sequence = self.b.append_block_param(done, I64);
        let (lists, others) = (self.new_block(), self.new_block());
        let is_list = self.equals(kind, Kind::List as i64);
        self.b.ins().brif(is_list, lists, &[], others, &[]);
        self.b.switch_to_block(others);
        let is_tuple = self.equals(kind, Kind::Tuple as i64);
        let args = [BlockArg::Value(address)];
        self.b.ins().brif(is_tuple, done, &args, otherwise, &[]);
        self.b.switch_to_block(lists);
        // An empty list has no storage.
        let storage = self.load(address, 1);
        let is_ref = self.is_tag_ref(storage);
        self.guard(is_ref, otherwise);
        let storage = self.index_of(storage);
        let storage = self.address(storage);
        self.jump(done, &[storage]);
        self.b.switch_to_block(done);
        sequence
    }
    /// The address of the object that a word refers to, or of the builtin value in it.
    fn unwrapped(&mut self, word: Value, otherwise: Block) -> Value {
        let address = self.object_address(word, otherwise);
        let kind = self.kind_byte(address);
        let (wrapped, done) = (self.cold_block(), self.new_block());
        let result = self.b.append_block_param(done, I64);
        let is_wrapped = self.equals(kind, Kind::Wrapped as i64);
        self.b
            .ins()
            .brif(is_wrapped, wrapped, &[], done, &[BlockArg::Value(address)]);
        self.b.switch_to_block(wrapped);
        let inner = self.load(address, 1);
        let inner = self.object_address(inner, otherwise);
        self.jump(done, &[inner]);
        self.b.switch_to_block(done);
        result
    }
    /// The item by an integer's word within a counted run of values.
    fn item_at(&mut self, sequence: Value, key: Value, otherwise: Block) -> Value {
        let length = self.load(sequence, 1);
        // Both have an integer's form; a negative key is too large.
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, key, length);
        self.guard(inside, otherwise);
        let at = self.indexed(sequence, key);
        self.load(at, 2)
    }
    /// The address `key` items behind `sequence`: within the cage whatever the key is, and right if it is below the length.
    fn indexed(&mut self, sequence: Value, key: Value) -> Value {
        // From the address back to an index of 32 bits.
        let offset = self.b.ins().isub(sequence, self.cage);
        let index = self.b.ins().ushr_imm_s(offset, 3);
        let items = self.b.ins().ushr_imm_s(key, 3);
        let index = self.b.ins().iadd(index, items);
        let index = self.b.ins().ireduce(I32, index);
        let index = self.b.ins().uextend(I64, index);
        self.address(index)
    }

    fn store_item(&mut self, i: Instr) {
        let (container, key, value) = (self.word(i.a()), self.word(i.b()), self.word(i.c()));
        let foreseen = self.request.has_failed(self.pc);
        if foreseen {
            self.flush(self.live(self.pc));
        }
        let (slow, done) = (self.cold_block(), self.new_block());
        if self.known.get(&key) != Some(&Ty::Int) {
            let tag = self.b.ins().band_imm_s(key, 7);
            self.guard_not(tag, slow);
        }
        let address = self.object_address(container, slow);
        self.require_kind(address, Kind::List, slow);
        let storage = self.load(address, 1);
        let is_ref = self.is_tag_ref(storage);
        self.guard(is_ref, slow);
        let storage_index = self.index_of(storage);
        let storage = self.address(storage_index);
        let length = self.load(storage, 1);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, key, length);
        self.guard(inside, slow);
        let items = self.b.ins().ushr_imm_s(key, 3);
        let at = self.b.ins().iadd(storage_index, items);
        let at = self.b.ins().ireduce(I32, at);
        let at = self.b.ins().uextend(I64, at);
        let place = self.address(at);
        self.store(value, place, 2);
        let word = self.b.ins().iadd_imm_s(at, 2);
        self.barrier(storage_index, storage, value, word);
        self.jump(done, &[]);
        self.b.switch_to_block(slow);
        self.call_pushing(Helper::StoreItem, &[container, key, value], None, foreseen);
        self.jump(done, &[]);
        self.b.switch_to_block(done);
        if foreseen {
            self.forget();
        }
    }

    fn for_iter(&mut self, i: Instr) -> Option<()> {
        let to = target(self.pc, i)?;
        let next = self.pc + 1;
        let iterator = self.word(i.b());
        let exit = self.exit(false);
        self.flush(self.live(next).max(self.live(to)));
        let (item_block, end, slow) = (self.new_block(), self.new_block(), self.cold_block());
        let item = self.b.append_block_param(item_block, I64);
        let address = self.object_address(iterator, exit);
        self.require_kind(address, Kind::Iter, slow);
        let mode = self.load(address, place::ITER_MODE);
        let (ranges, others) = (self.new_block(), self.new_block());
        let is_range = self.equals(mode, RANGE_MODE << 3);
        self.b.ins().brif(is_range, ranges, &[], others, &[]);

        self.b.switch_to_block(ranges);
        let left = self.load(address, place::ITER_LEFT);
        let some = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, left, 0);
        self.guard(some, end);
        let position = self.load(address, place::ITER_POS);
        let step = self.load(address, place::ITER_STEP);
        let following = self.b.ins().iadd(position, step);
        self.store(following, address, place::ITER_POS);
        let left = self.b.ins().iadd_imm_s(left, -8);
        self.store(left, address, place::ITER_LEFT);
        self.jump(item_block, &[position]);

        // A list's or tuple's, or that of an instance of a subclass, which has it in its first slot.
        self.b.switch_to_block(others);
        let is_list = self.equals(mode, LIST_MODE << 3);
        let is_tuple = self.equals(mode, TUPLE_MODE << 3);
        let either = self.b.ins().bor(is_list, is_tuple);
        self.guard(either, slow);
        let source = self.load(address, place::ITER_SOURCE);
        let source = self.unwrapped(source, slow);
        let sequence = self.sequence(source, slow);
        let position = self.load(address, place::ITER_POS);
        let value = self.item_at(sequence, position, slow);
        let following = self.b.ins().iadd_imm_s(position, 8);
        self.store(following, address, place::ITER_POS);
        self.jump(item_block, &[value]);

        self.b.switch_to_block(slow);
        self.publish_pc(self.pc + 1);
        let pc = self.b.ins().iconst(I64, i64::from(self.pc));
        let (answer, value) = self.call_raw(Helper::ForStep, &[iterator, pc]);
        let other = self.cold_block();
        self.b
            .ins()
            .brif(answer, other, &[], item_block, &[BlockArg::Value(value)]);
        self.b.switch_to_block(other);
        let ended = self.equals(answer, answer::END as i64);
        let going_on = self.cold_block();
        self.b.ins().brif(ended, end, &[], going_on, &[]);
        self.b.switch_to_block(going_on);
        // A generator's frame: it is suspended again, or has come to its end, and is off the stack.
        let pushed = self.equals(answer, answer::FRAME as i64);
        let (frame, rest, propagate) = (self.cold_block(), self.cold_block(), self.cold_block());
        self.b.ins().brif(pushed, frame, &[], rest, &[]);
        self.b.switch_to_block(frame);
        let base = self.load_field(Field::Base);
        let at = self.b.ins().ushr_imm_s(value, 32);
        let at = self.b.ins().ireduce(I32, at);
        let (status, item_or_none) = self.enter_code(value, base, at);
        let yielded = self.equals(status, status::YIELDED as i64);
        let not_yielded = self.cold_block();
        self.b.ins().brif(
            yielded,
            item_block,
            &[BlockArg::Value(item_or_none)],
            not_yielded,
            &[],
        );
        self.b.switch_to_block(not_yielded);
        let exhausted = self.equals(status, status::EXHAUSTED as i64);
        let other = self.cold_block();
        self.b.ins().brif(exhausted, end, &[], other, &[]);
        self.b.switch_to_block(other);
        self.b.ins().return_(&[status, item_or_none]);
        self.b.switch_to_block(rest);
        let declined = self.equals(answer, answer::NOT as i64);
        self.b.ins().brif(declined, exit, &[], propagate, &[]);
        self.b.switch_to_block(propagate);
        self.b.ins().return_(&[answer, value]);

        self.b.switch_to_block(end);
        let block = self.block_of(to);
        self.jump(block, &[]);
        self.b.switch_to_block(item_block);
        self.store_frame(item, 8 * i32::from(i.a()));
        let block = self.block_of(next);
        self.jump(block, &[]);
        Some(())
    }

    fn unpack(&mut self, i: Instr) {
        let source = self.word(i.b());
        let n = i.c();
        let failed = self.failed();
        let address = self.object_address(source, failed);
        let sequence = self.sequence(address, failed);
        let length = self.load(sequence, 1);
        let fits = self.equals(length, i64::from(n) << 3);
        self.guard(fits, failed);
        let items: Vec<Value> = (0..n)
            .map(|k| self.load(sequence, 2 + u32::from(k)))
            .collect();
        for (k, item) in (0..n).zip(items) {
            self.set(i.a() + k, item);
        }
    }
}
