//! What all instructions are made of: registers, blocks, exits, guards, calls of helpers.

use crate::plan::{Mode, Plan, target};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I8, I32, I64};
use cranelift_codegen::ir::{
    AbiParam, AliasRegion, AliasRegionData, Block, BlockArg, Function, InstBuilder, MemFlagsData,
    SigRef, Signature, UserFuncName, Value,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use mesapy_bytecode::{Instr, Op};
use mesapy_heap::Word;
use mesapy_vm::jit::{Field, Request, frame_header, status};
use std::collections::{HashMap, HashSet};

/// What is known of a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ty {
    Int,
    /// An immediate float.
    Float,
    Bool,
    /// A reference.
    Ref,
}

/// A Python register's value within a block, where it is in a virtual register.
#[derive(Clone, Copy, Default)]
pub(crate) struct Held {
    pub word: Option<Value>,
    /// As a float; if there is no word it has not been boxed.
    pub float: Option<Value>,
    /// Not stored to the frame yet.
    pub dirty: bool,
}

/// Where code goes when it is left.
enum Way {
    /// To the interpreter; whether an assumption has failed.
    Continue(bool),
    /// With what a helper answered, the block's two parameters.
    Answer,
}

struct Exit {
    block: Block,
    /// The instruction that it belongs to.
    pc: u32,
    way: Way,
    stores: Vec<(u16, Held)>,
}

pub(crate) struct Emitter<'a, 'b> {
    pub b: FunctionBuilder<'a>,
    pub request: &'b Request<'b>,
    pub plan: &'b Plan,
    pub vm: Value,
    pub base: Value,
    /// Address of the frame's first register.
    pub frame: Value,
    pub cage: Value,
    /// Index of the globals dict, where code needs it.
    pub globals: Option<Value>,
    pub helper_signature: SigRef,
    pub code_signature: SigRef,
    blocks: HashMap<u32, Block>,
    pub pc: u32,
    regs: HashMap<u16, Held>,
    pub known: HashMap<Value, Ty>,
    /// Words that are constants.
    pub constants: HashMap<Value, u64>,
    /// What a word was when the code was compiled.
    pub hints: HashMap<Value, u64>,
    /// Shapes of the objects that words refer to, as checked in this block.
    pub shapes: HashMap<Value, u32>,
    /// Versions that were checked in this block: of the class or dict at an index.
    pub versions: HashSet<(u32, u32)>,
    exits: Vec<Exit>,
    /// Exits of the instruction in progress, which share their state.
    own_exits: HashMap<bool, Block>,
    pub keeps: Vec<u32>,
}

/// Kinds of memory that have no word in common.
#[derive(Clone, Copy)]
pub(crate) enum Region {
    Frame,
    Objects,
    /// Words of objects that change only where other code runs: versions of classes and dicts.
    Versions,
    Vm,
}
const REGIONS: [(Region, &str); 4] = [
    (Region::Frame, "frame"),
    (Region::Objects, "objects"),
    (Region::Versions, "versions"),
    (Region::Vm, "vm"),
];

fn flags(region: Region) -> MemFlagsData {
    MemFlagsData::trusted().with_alias_region(Some(AliasRegion::from_u32(region as u32)))
}

pub(crate) fn header_offset(word: u32) -> i32 {
    -8 * word as i32
}

/// Fills `func`; gives the objects that the code relies on.
pub(crate) fn build(
    request: &Request<'_>,
    plan: &Plan,
    func: &mut Function,
    context: &mut FunctionBuilderContext,
    isa: &dyn TargetIsa,
) -> Option<Vec<u32>> {
    let mut signature = Signature::new(CallConv::SystemV);
    signature
        .params
        .extend([AbiParam::new(I64), AbiParam::new(I32), AbiParam::new(I32)]);
    signature
        .returns
        .extend([AbiParam::new(I64), AbiParam::new(I64)]);
    let mut helper = Signature::new(CallConv::SystemV);
    helper.params.extend([AbiParam::new(I64); 4]);
    helper
        .returns
        .extend([AbiParam::new(I64), AbiParam::new(I64)]);
    func.signature = signature.clone();
    func.name = UserFuncName::user(0, request.code);
    for (region, description) in REGIONS {
        func.dfg.alias_regions.insert(AliasRegionData {
            user_id: region as u32,
            description: description.into(),
        });
    }
    let mut b = FunctionBuilder::new(func, context);
    let helper_signature = b.import_signature(helper);
    let code_signature = b.import_signature(signature);
    let start = b.create_block();
    b.append_block_params_for_function_params(start);
    b.switch_to_block(start);
    let [vm, base, at] = [0, 1, 2].map(|i| b.block_params(start)[i]);
    let cage = b.ins().get_pinned_reg(I64);
    let index = b.ins().uextend(I64, base);
    let offset = b.ins().ishl_imm_s(index, 3);
    let frame = b.ins().iadd(cage, offset);
    let blocks = plan
        .leaders
        .iter()
        .map(|pc| (*pc, b.create_block()))
        .collect();
    let mut e = Emitter {
        b,
        request,
        plan,
        vm,
        base,
        frame,
        cage,
        globals: None,
        helper_signature,
        code_signature,
        blocks,
        pc: 0,
        regs: HashMap::new(),
        known: HashMap::new(),
        constants: HashMap::new(),
        hints: HashMap::new(),
        shapes: HashMap::new(),
        versions: HashSet::new(),
        exits: Vec::new(),
        own_exits: HashMap::new(),
        keeps: Vec::new(),
    };
    e.start(at);
    e.body()?;
    e.emit_exits();
    e.b.seal_all_blocks();
    let keeps = std::mem::take(&mut e.keeps);
    e.b.finalize(isa.frontend_config());
    Some(keeps)
}

impl<'a, 'b> Emitter<'a, 'b> {
    /// Finds the block of the entry asked for.
    fn start(&mut self, at: Value) {
        let wants_globals =
            |i: &Instr| matches!(i.op(), Some(Op::LoadGlobalCached | Op::LoadBuiltinCached));
        if self.request.instrs.iter().any(wants_globals) {
            let word = self.load_frame(header_offset(frame_header::GLOBALS));
            self.globals = Some(self.index_of(word));
        }
        let entries = self.plan.entries();
        self.dispatch(at, &entries);
    }
    fn dispatch(&mut self, at: Value, entries: &[u32]) {
        if let [only] = entries {
            let no_entry = self.b.create_block();
            self.b.set_cold_block(no_entry);
            let is_it = self.equals(at, i64::from(*only));
            let block = self.blocks[only];
            self.b.ins().brif(is_it, block, &[], no_entry, &[]);
            self.b.switch_to_block(no_entry);
            self.return_status(status::NO_ENTRY);
            return;
        }
        // The function's start is what is asked for most.
        let (lower, upper) = if entries[0] == 0 {
            entries.split_at(1)
        } else {
            entries.split_at(entries.len() / 2)
        };
        let (low, high) = (self.b.create_block(), self.b.create_block());
        let is_lower = self
            .b
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThan, at, i64::from(upper[0]));
        self.b.ins().brif(is_lower, low, &[], high, &[]);
        self.b.switch_to_block(low);
        self.dispatch(at, lower);
        self.b.switch_to_block(high);
        self.dispatch(at, upper);
    }

    fn body(&mut self) -> Option<()> {
        let mut open = false;
        for pc in 0..self.request.instrs.len() as u32 {
            if self.plan.leaders.contains(&pc) {
                let block = self.blocks[&pc];
                if open {
                    self.pc = pc;
                    self.flush(self.live(pc));
                    self.b.ins().jump(block, &[]);
                }
                self.begin(block);
                open = true;
                if pc == 0 {
                    self.pc = 0;
                    self.check_breaker();
                }
            }
            if !open {
                continue;
            }
            self.pc = pc;
            self.own_exits.clear();
            open = self.instruction(self.request.instrs[pc as usize])?;
        }
        if open {
            self.leave(false);
        }
        Some(())
    }
    fn begin(&mut self, block: Block) {
        self.b.switch_to_block(block);
        self.forget();
        self.known.clear();
        self.constants.clear();
        self.hints.clear();
    }
    /// Nothing is known of the frame and of objects any more.
    pub(crate) fn forget(&mut self) {
        self.regs.clear();
        self.shapes.clear();
        self.versions.clear();
    }
    pub(crate) fn live(&self, pc: u32) -> u32 {
        self.request
            .live
            .get(pc as usize)
            .copied()
            .unwrap_or(self.request.facts.registers)
    }
    pub(crate) fn block_of(&self, pc: u32) -> Block {
        self.blocks[&pc]
    }
    /// Ends the block with a jump to an instruction.
    pub(crate) fn jump_to(&mut self, pc: u32) {
        self.flush(self.live(pc));
        let block = self.block_of(pc);
        self.b.ins().jump(block, &[]);
    }
    /// Ends the block with a branch.
    pub(crate) fn branch_to(&mut self, condition: Value, then: u32, otherwise: u32) {
        self.flush(self.live(then).max(self.live(otherwise)));
        let (then, otherwise) = (self.block_of(then), self.block_of(otherwise));
        self.b.ins().brif(condition, then, &[], otherwise, &[]);
    }

    // ---- the frame

    pub(crate) fn load_frame(&mut self, offset: i32) -> Value {
        self.b
            .ins()
            .load(I64, flags(Region::Frame), self.frame, offset)
    }
    pub(crate) fn store_frame(&mut self, value: Value, offset: i32) {
        self.b
            .ins()
            .store(flags(Region::Frame), value, self.frame, offset);
    }
    /// The value of a register as a word.
    pub(crate) fn word(&mut self, r: u16) -> Value {
        let held = self.regs.get(&r).copied().unwrap_or_default();
        if let Some(word) = held.word {
            return word;
        }
        let word = match held.float {
            Some(f) => self.box_float(f),
            None => self.load_frame(8 * i32::from(r)),
        };
        self.regs.insert(
            r,
            Held {
                word: Some(word),
                ..held
            },
        );
        word
    }
    /// Nothing is known of a register any more, whose word is up to date.
    pub(crate) fn forget_register(&mut self, r: u16) {
        self.regs.remove(&r);
    }
    /// What is at hand of a register.
    pub(crate) fn held(&self, r: u16) -> Held {
        self.regs.get(&r).copied().unwrap_or_default()
    }
    pub(crate) fn set(&mut self, r: u16, word: Value) {
        self.regs.insert(
            r,
            Held {
                word: Some(word),
                float: None,
                dirty: true,
            },
        );
    }
    pub(crate) fn set_held(&mut self, r: u16, held: Held) {
        self.regs.insert(
            r,
            Held {
                dirty: true,
                ..held
            },
        );
    }
    pub(crate) fn set_float(&mut self, r: u16, float: Value) {
        self.regs.insert(
            r,
            Held {
                word: None,
                float: Some(float),
                dirty: true,
            },
        );
    }
    /// Remembers a register's value as a float beside its word.
    pub(crate) fn also_float(&mut self, r: u16, float: Value) {
        if let Some(held) = self.regs.get_mut(&r) {
            held.float = Some(float);
        }
    }
    /// Stores what has not been stored, of the registers below `live`.
    pub(crate) fn flush(&mut self, live: u32) {
        let mut dirty: Vec<u16> = self
            .regs
            .iter()
            .filter(|(r, h)| h.dirty && u32::from(**r) < live)
            .map(|(r, _)| *r)
            .collect();
        dirty.sort_unstable();
        for r in dirty {
            let word = self.word(r);
            self.store_frame(word, 8 * i32::from(r));
            if let Some(held) = self.regs.get_mut(&r) {
                held.dirty = false;
            }
        }
    }

    // ---- memory

    pub(crate) fn constant(&mut self, bits: u64) -> Value {
        let v = self.b.ins().iconst(I64, bits as i64);
        self.constants.insert(v, bits);
        v
    }
    /// The index in a reference.
    pub(crate) fn index_of(&mut self, word: Value) -> Value {
        self.b.ins().ushr_imm_s(word, 32)
    }
    /// The address of the word at an index.
    pub(crate) fn address(&mut self, index: Value) -> Value {
        let offset = self.b.ins().ishl_imm_s(index, 3);
        self.b.ins().iadd(self.cage, offset)
    }
    pub(crate) fn constant_address(&mut self, index: u32) -> Value {
        let index = self.b.ins().iconst(I64, i64::from(index));
        self.address(index)
    }
    pub(crate) fn load(&mut self, address: Value, word: u32) -> Value {
        self.b
            .ins()
            .load(I64, flags(Region::Objects), address, 8 * word as i32)
    }
    pub(crate) fn load_version(&mut self, address: Value, word: u32) -> Value {
        self.b
            .ins()
            .load(I64, flags(Region::Versions), address, 8 * word as i32)
    }
    pub(crate) fn load_byte(&mut self, address: Value) -> Value {
        self.b.ins().uload8(I64, flags(Region::Objects), address, 0)
    }
    pub(crate) fn store(&mut self, value: Value, address: Value, word: u32) {
        self.b
            .ins()
            .store(flags(Region::Objects), value, address, 8 * word as i32);
    }
    pub(crate) fn load_field(&mut self, field: Field) -> Value {
        let (offset, size) = field.place();
        let ty = if size == 4 { I32 } else { I64 };
        self.b.ins().load(ty, flags(Region::Vm), self.vm, offset)
    }
    pub(crate) fn store_field(&mut self, value: Value, field: Field) {
        self.b
            .ins()
            .store(flags(Region::Vm), value, self.vm, field.place().0);
    }
    pub(crate) fn publish_pc(&mut self, pc: u32) {
        let pc = self.b.ins().iconst(I32, i64::from(pc));
        self.store_field(pc, Field::Pc);
    }
    pub(crate) fn equals(&mut self, value: Value, constant: i64) -> Value {
        self.b.ins().icmp_imm_s(IntCC::Equal, value, constant)
    }
    pub(crate) fn is_tag_ref(&mut self, word: Value) -> Value {
        let tag = self.b.ins().band_imm_s(word, 7);
        self.equals(tag, 2)
    }

    // ---- control

    pub(crate) fn new_block(&mut self) -> Block {
        self.b.create_block()
    }
    pub(crate) fn cold_block(&mut self) -> Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }
    /// Goes on in a new block if the condition holds, else to `otherwise`.
    pub(crate) fn guard(&mut self, condition: Value, otherwise: Block) {
        let go_on = self.b.create_block();
        self.b.ins().brif(condition, go_on, &[], otherwise, &[]);
        self.b.switch_to_block(go_on);
    }
    pub(crate) fn guard_not(&mut self, condition: Value, otherwise: Block) {
        let go_on = self.b.create_block();
        self.b.ins().brif(condition, otherwise, &[], go_on, &[]);
        self.b.switch_to_block(go_on);
    }
    pub(crate) fn jump(&mut self, block: Block, args: &[Value]) {
        let args: Vec<BlockArg> = args.iter().map(|v| BlockArg::Value(*v)).collect();
        self.b.ins().jump(block, &args);
    }
    fn return_status(&mut self, status: u64) {
        let status = self.b.ins().iconst(I64, status as i64);
        let zero = self.b.ins().iconst(I64, 0);
        self.b.ins().return_(&[status, zero]);
    }
    fn stores(&self) -> Vec<(u16, Held)> {
        let live = self.live(self.pc);
        let mut stores: Vec<(u16, Held)> = self
            .regs
            .iter()
            .filter(|(r, h)| h.dirty && u32::from(**r) < live)
            .map(|(r, h)| (*r, *h))
            .collect();
        stores.sort_unstable_by_key(|(r, _)| *r);
        stores
    }
    /// The block that leaves the code before the instruction in progress. Only before registers are written by it.
    pub(crate) fn exit(&mut self, failed: bool) -> Block {
        if let Some(block) = self.own_exits.get(&failed) {
            return *block;
        }
        let block = self.cold_block();
        self.own_exits.insert(failed, block);
        let stores = self.stores();
        self.exits.push(Exit {
            block,
            pc: self.pc,
            way: Way::Continue(failed),
            stores,
        });
        block
    }
    /// The block for an assumption that failed.
    pub(crate) fn failed(&mut self) -> Block {
        self.exit(true)
    }
    /// The block that leaves the code with a helper's answer.
    pub(crate) fn answer_exit(&mut self) -> Block {
        let block = self.cold_block();
        self.b.append_block_param(block, I64);
        self.b.append_block_param(block, I64);
        let stores = self.stores();
        self.exits.push(Exit {
            block,
            pc: self.pc,
            way: Way::Answer,
            stores,
        });
        block
    }
    /// Leaves the code before the instruction in progress; the block ends.
    pub(crate) fn leave(&mut self, failed: bool) {
        let exit = self.exit(failed);
        self.b.ins().jump(exit, &[]);
    }
    fn emit_exits(&mut self) {
        for exit in std::mem::take(&mut self.exits) {
            self.b.switch_to_block(exit.block);
            self.pc = exit.pc;
            self.store_all(exit.stores);
            match exit.way {
                Way::Continue(failed) => {
                    self.return_to(exit.pc, failed);
                }
                Way::Answer => {
                    let params = self.b.block_params(exit.block).to_vec();
                    self.b.ins().return_(&params);
                }
            }
        }
    }
    /// Stores what has not been, on a way that leaves the code.
    pub(crate) fn store_dirty(&mut self) {
        let stores = self.stores();
        self.store_all(stores);
    }
    fn store_all(&mut self, stores: Vec<(u16, Held)>) {
        for (r, held) in stores {
            let word = match (held.word, held.float) {
                (Some(word), _) => word,
                (None, Some(f)) => {
                    let bits = self.b.ins().bitcast(I64, MemFlagsData::new(), f);
                    self.new_float(bits)
                }
                (None, None) => continue,
            };
            self.store_frame(word, 8 * i32::from(r));
        }
    }
    /// Leaves the code at the instruction in progress if the breaker is set.
    pub(crate) fn check_breaker(&mut self) {
        let at = self.load_field(Field::Breaker);
        let bits = self.b.ins().load(I32, MemFlagsData::trusted(), at, 0);
        let exit = self.exit(false);
        self.guard_not(bits, exit);
    }

    // ---- floats

    /// Whether a word is an immediate float.
    pub(crate) fn is_float(&mut self, word: Value) -> Value {
        let tags = self.b.ins().iconst(I64, 0b11_0010);
        let tag = self.b.ins().band_imm_s(word, 7);
        let bit = self.b.ins().ushr(tags, tag);
        self.b.ins().band_imm_s(bit, 1)
    }
    pub(crate) fn unbox(&mut self, word: Value) -> Value {
        if let Some(bits) = self.constants.get(&word) {
            if let Some(f) = Word::from_bits(*bits).as_float_imm() {
                let bits = self.b.ins().iconst(I64, f.to_bits() as i64);
                return self.b.ins().bitcast(F64, MemFlagsData::new(), bits);
            }
        }
        let less = self.b.ins().iadd_imm_s(word, -1);
        let bits = self.b.ins().rotr_imm_s(less, 4);
        self.b.ins().bitcast(F64, MemFlagsData::new(), bits)
    }
    pub(crate) fn box_float(&mut self, f: Value) -> Value {
        let bits = self.b.ins().bitcast(I64, MemFlagsData::new(), f);
        let turned = self.b.ins().rotl_imm_s(bits, 4);
        let word = self.b.ins().iadd_imm_s(turned, 1);
        let immediate = self.is_float(word);
        let (boxed, done) = (self.cold_block(), self.new_block());
        let result = self.b.append_block_param(done, I64);
        self.b
            .ins()
            .brif(immediate, done, &[BlockArg::Value(word)], boxed, &[]);
        self.b.switch_to_block(boxed);
        let object = self.new_float(bits);
        self.jump(done, &[object]);
        self.b.switch_to_block(done);
        result
    }

    // ---- the instructions

    /// Compiles an instruction; false: the block has ended.
    fn instruction(&mut self, i: Instr) -> Option<bool> {
        match self.plan.modes[self.pc as usize] {
            Mode::Inline => {}
            Mode::Step => return Some(self.step(i)),
            Mode::Simple => {
                self.simple(i);
                return Some(true);
            }
            Mode::Leave => {
                self.leave(false);
                return Some(false);
            }
            Mode::Unknown => {
                self.leave(true);
                return Some(false);
            }
        }
        let op = i.op()?;
        match op {
            Op::Nop => {}
            Op::Move => {
                self.word_or_float(i.b());
                let held = self.held(i.b());
                self.set_held(i.a(), held);
            }
            Op::LoadConst => {
                let word = self.code_constant(i.bx());
                self.set(i.a(), word);
            }
            Op::LoadInt => {
                let word = self.constant(Word::int_wrapping(i64::from(i.sbx())).bits());
                self.known.insert(word, Ty::Int);
                self.set(i.a(), word);
            }
            Op::LoadEmpty => {
                let word = self.constant(Word::EMPTY.bits());
                self.set(i.a(), word);
            }
            Op::CheckLocal => {
                if self.held(i.a()).word.is_some() || self.held(i.a()).float.is_none() {
                    let word = self.word(i.a());
                    if !self.known.contains_key(&word) {
                        let empty = self.equals(word, Word::EMPTY.bits() as i64);
                        let exit = self.exit(false);
                        self.guard_not(empty, exit);
                    }
                }
            }
            Op::Jump => {
                let to = target(self.pc, i)?;
                self.jump_to(to);
                return Some(false);
            }
            Op::JumpBack => {
                self.check_breaker();
                let to = target(self.pc, i)?;
                self.jump_to(to);
                return Some(false);
            }
            Op::Return => {
                self.return_value(i);
                return Some(false);
            }
            _ if self.number(op, i)? => {
                // A branch has ended the block.
                return Some(target(self.pc, i).is_none());
            }
            _ if self.object(op, i)? => {}
            _ if self.item(op, i)? => return Some(op != Op::ForIter),
            Op::Yield => self.yield_item(i),
            Op::Call => self.call(i.a(), i.b(), u32::from(i.c())),
            Op::CallMethod => self.call_method(i),
            _ => {
                self.leave(false);
                return Some(false);
            }
        }
        Some(true)
    }
    fn word_or_float(&mut self, r: u16) {
        if self.held(r).float.is_none() {
            self.word(r);
        }
    }
    /// A constant of the code: numbers and singletons as they are, other objects from its table.
    pub(crate) fn code_constant(&mut self, k: u32) -> Value {
        let bits = self.request.read(self.request.consts + k);
        let word = Word::from_bits(bits);
        let v = self.constant(bits);
        if word.is_ref() {
            self.keeps.push((bits >> 32) as u32);
            self.known.insert(v, Ty::Ref);
        } else if word.is_small_int() {
            self.known.insert(v, Ty::Int);
        } else if word.is_float_imm() {
            self.known.insert(v, Ty::Float);
        } else if word == Word::TRUE || word == Word::FALSE {
            self.known.insert(v, Ty::Bool);
        }
        v
    }

    /// A word that is True or False.
    pub(crate) fn bool_word(&mut self, condition: Value) -> Value {
        let (yes, no) = (
            self.b.ins().iconst(I64, Word::TRUE.bits() as i64),
            self.b.ins().iconst(I64, Word::FALSE.bits() as i64),
        );
        let word = self.b.ins().select(condition, yes, no);
        self.known.insert(word, Ty::Bool);
        word
    }
    pub(crate) fn is_word(&mut self, word: Value, constant: Word) -> Value {
        self.equals(word, constant.bits() as i64)
    }
    pub(crate) fn truth_block(&mut self) -> (Block, Value) {
        let block = self.new_block();
        let param = self.b.append_block_param(block, I8);
        (block, param)
    }
}
