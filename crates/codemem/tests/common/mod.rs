//! A small context, its policy, and functions made by a compiler, for all tests.
#![allow(dead_code, reason = "each test uses its part")]

pub mod generate;

use std::cell::Cell;
use std::mem::offset_of;

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{
    AbiParam, BlockArg, Function, InstBuilder, MemFlagsData, Signature, StackSlotData,
    StackSlotKind, TrapCode, Type, Value, types,
};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use mesapy_cage::Cage;
use mesapy_codemem::{Access, CodeMemory, Field, Holds, Outcome, Pointee, Policy, ROWS};

pub const DATA_BYTES: u32 = 64;

#[repr(C)]
#[derive(Default)]
pub struct Context {
    pub limit: u64,
    pub count: Cell<u64>,
    pub fuel: Cell<u32>,
    pub flags: u32,
    pub add: usize,
    pub half: usize,
    pub table: usize,
    pub data: usize,
    pub secret: u64,
}

pub const LIMIT: i32 = offset_of!(Context, limit) as i32;
pub const COUNT: i32 = offset_of!(Context, count) as i32;
pub const FUEL: i32 = offset_of!(Context, fuel) as i32;
pub const FLAGS: i32 = offset_of!(Context, flags) as i32;
pub const ADD: i32 = offset_of!(Context, add) as i32;
pub const HALF: i32 = offset_of!(Context, half) as i32;
pub const TABLE: i32 = offset_of!(Context, table) as i32;
pub const DATA: i32 = offset_of!(Context, data) as i32;
pub const SECRET: i32 = offset_of!(Context, secret) as i32;

pub fn policy() -> Policy {
    let field = |offset: i32, size, access| Field {
        offset: offset as u32,
        size,
        access,
    };
    Policy {
        fields: vec![
            field(LIMIT, 8, Access::Read),
            field(COUNT, 8, Access::ReadWrite),
            field(FUEL, 4, Access::ReadWrite),
            field(FLAGS, 4, Access::Read),
            field(ADD, 8, Access::Helper),
            field(HALF, 8, Access::Helper),
            field(TABLE, 8, Access::Pointer(0)),
            field(DATA, 8, Access::Pointer(1)),
        ],
        pointees: vec![
            Pointee {
                bytes: 8 * ROWS as u32,
                holds: Holds::CodeEntries,
            },
            Pointee {
                bytes: DATA_BYTES,
                holds: Holds::Data,
            },
        ],
    }
}

extern "sysv64" fn add(context: &Context, a: u64, b: u64) -> u64 {
    context.count.set(context.count.get() + 1);
    a.wrapping_add(b)
}

extern "sysv64" fn half(_: &Context, a: f64) -> f64 {
    a / 2.0
}

/// Code memory, a cage, and the context that belongs to them.
pub struct World {
    pub memory: CodeMemory<Context>,
    pub cage: Cage,
    pub context: Context,
    _data: Box<[u64; DATA_BYTES as usize / 8]>,
}

impl World {
    pub fn new() -> World {
        let memory = CodeMemory::<Context>::new(policy(), 1 << 20).expect("code memory");
        let cage = Cage::reserve(64 << 20).expect("a cage");
        assert!(cage.commit(1 << 16));
        let data = Box::new([10, 11, 12, 13, 14, 15, 16, 17]);
        let context = Context {
            limit: 1000,
            fuel: Cell::new(1 << 20),
            flags: 3,
            add: add as *const () as usize,
            half: half as *const () as usize,
            table: memory.table_address(),
            data: data.as_ptr() as usize,
            ..Context::default()
        };
        World {
            memory,
            cage,
            context,
            _data: data,
        }
    }

    pub fn publish(&self, made: &Made) -> u32 {
        let row = self.memory.reserve().expect("a row");
        if let Err(refusal) = self.memory.publish(row, &made.bytes, made.code_len) {
            panic!("{}: {refusal}\n{}", made.name, made.text);
        }
        row
    }

    pub fn run(&self, row: u32, base: u32, at: u32) -> Outcome {
        self.memory.enter(&self.cage, row, &self.context, base, at)
    }

    pub fn set(&self, word: usize, value: u64) {
        self.cage.words()[word].set(value);
    }

    pub fn get(&self, word: usize) -> u64 {
        self.cage.words()[word].get()
    }
}

/// A compiled function.
pub struct Made {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub code_len: usize,
    pub text: String,
}

pub fn isa(options: &[(&str, &str)], features: &[&str]) -> OwnedTargetIsa {
    let mut flags = settings::builder();
    for (name, value) in [
        ("opt_level", "speed"),
        ("enable_probestack", "false"),
        ("enable_heap_access_spectre_mitigation", "false"),
        ("enable_pinned_reg", "true"),
        ("unwind_info", "false"),
    ]
    .iter()
    .chain(options)
    {
        flags.set(name, value).expect("a setting");
    }
    let triple = "x86_64-unknown-linux-gnu".parse().expect("a triple");
    let mut builder = cranelift_codegen::isa::lookup(triple).expect("a target");
    for feature in features {
        builder.enable(feature).expect("a feature");
    }
    builder.finish(settings::Flags::new(flags)).expect("an ISA")
}

/// What a function is built with: its builder, parameters and pieces that recur.
pub struct Build<'a> {
    pub b: FunctionBuilder<'a>,
    pub context: Value,
    pub base: Value,
    pub at: Value,
}

impl Build<'_> {
    /// The address of the cage's word `index`.
    pub fn word(&mut self, index: Value) -> Value {
        let wide = self.b.ins().uextend(types::I64, index);
        let bytes = self.b.ins().ishl_imm_s(wide, 3);
        let cage = self.b.ins().get_pinned_reg(types::I64);
        self.b.ins().iadd(cage, bytes)
    }
    /// Loads `ty` from word `index` + `offset` bytes.
    pub fn load(&mut self, ty: Type, index: Value, offset: i32) -> Value {
        let address = self.word(index);
        self.b
            .ins()
            .load(ty, MemFlagsData::trusted(), address, offset)
    }
    pub fn store(&mut self, value: Value, index: Value, offset: i32) {
        let address = self.word(index);
        self.b
            .ins()
            .store(MemFlagsData::trusted(), value, address, offset);
    }
    /// A reference's index: the high half of a word.
    pub fn index_of(&mut self, word: Value) -> Value {
        let high = self.b.ins().ushr_imm_s(word, 32);
        self.b.ins().ireduce(types::I32, high)
    }
    pub fn field(&mut self, ty: Type, offset: i32) -> Value {
        self.b
            .ins()
            .load(ty, MemFlagsData::trusted(), self.context, offset)
    }
    pub fn set_field(&mut self, value: Value, offset: i32) {
        self.b
            .ins()
            .store(MemFlagsData::trusted(), value, self.context, offset);
    }
    /// Calls the function at `target` with the context and `arguments`.
    pub fn call(&mut self, target: Value, arguments: &[Value], results: &[Type]) -> Vec<Value> {
        let mut signature = Signature::new(CallConv::SystemV);
        signature.params.push(AbiParam::new(types::I64));
        for argument in arguments {
            let ty = self.b.func.dfg.value_type(*argument);
            signature.params.push(AbiParam::new(ty));
        }
        signature.returns = results.iter().map(|ty| AbiParam::new(*ty)).collect();
        let signature = self.b.import_signature(signature);
        let all: Vec<Value> = [self.context]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let call = self.b.ins().call_indirect(signature, target, &all);
        self.b.inst_results(call).to_vec()
    }
    pub fn helper(&mut self, field: i32, arguments: &[Value], result: Type) -> Value {
        let target = self.field(types::I64, field);
        self.call(target, arguments, &[result])[0]
    }
    /// Calls the function in a row of the entry table.
    pub fn call_row(&mut self, row: u32, base: Value, at: Value) -> Vec<Value> {
        let table = self.field(types::I64, TABLE);
        let target = self
            .b
            .ins()
            .load(types::I64, MemFlagsData::trusted(), table, 8 * row as i32);
        self.call(target, &[base, at], &[types::I64, types::I64])
    }
    pub fn ret(&mut self, status: Value, value: Value) {
        self.b.ins().return_(&[status, value]);
    }
    pub fn ret_const(&mut self, status: i64, value: Value) {
        let status = self.b.ins().iconst(types::I64, status);
        self.ret(status, value);
    }
}

pub fn compile(
    name: &'static str,
    isa: &OwnedTargetIsa,
    build: impl FnOnce(&mut Build<'_>),
) -> Made {
    let mut function = Function::new();
    function.signature = Signature::new(CallConv::SystemV);
    for ty in [types::I64, types::I32, types::I32] {
        function.signature.params.push(AbiParam::new(ty));
    }
    for _ in 0..2 {
        function.signature.returns.push(AbiParam::new(types::I64));
    }
    let mut shared = FunctionBuilderContext::new();
    let mut b = FunctionBuilder::new(&mut function, &mut shared);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let (context, base, at) = match *b.block_params(entry) {
        [context, base, at] => (context, base, at),
        _ => unreachable!("three parameters"),
    };
    let mut made = Build {
        b,
        context,
        base,
        at,
    };
    build(&mut made);
    made.b.seal_all_blocks();
    made.b.finalize(isa.frontend_config());
    let mut compiling = cranelift_codegen::Context::for_function(function);
    compiling.set_disasm(true);
    let compiled = compiling
        .compile(&**isa, &mut ControlPlane::default())
        .unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let bytes = compiled.code_buffer().to_vec();
    Made {
        name,
        code_len: bytes.len(),
        bytes,
        text: compiled.vcode.clone().unwrap_or_default(),
    }
}

/// Functions of the sort that a compiler for Python makes.
pub fn samples(isa: &OwnedTargetIsa) -> Vec<Made> {
    let mut made = Vec::new();
    let mut add = |name, build: &dyn Fn(&mut Build<'_>)| made.push(compile(name, isa, build));
    add("load_store", &load_store);
    add("chase", &chase);
    add("sum_loop", &sum_loop);
    add("pressure", &pressure);
    add("helpers", &helpers);
    add("call_entry", &|f| call_entry(f, 0));
    add("floats", &floats);
    add("select", &select);
    add("overflow", &overflow);
    add("divide", &divide);
    add("bits", &bits);
    add("frame_slots", &frame_slots);
    add("table_of_data", &table_of_data);
    add("narrow", &narrow);
    add("tower", &tower);
    add("various", &various);
    add("floats_live", &floats_live);
    made
}

/// [base] + [base + 1], stored two words before `at`.
pub fn load_store(f: &mut Build<'_>) {
    let (base, at) = (f.base, f.at);
    let a = f.load(types::I64, base, 0);
    let b = f.load(types::I64, base, 8);
    let sum = f.b.ins().iadd(a, b);
    f.store(sum, at, -16);
    f.ret_const(1, sum);
}

/// Follows references from the word at `base` until one is 0; counts them.
pub fn chase(f: &mut Build<'_>) {
    let base = f.base;
    let head = f.b.create_block();
    let (body, done) = (f.b.create_block(), f.b.create_block());
    f.b.append_block_param(head, types::I32);
    f.b.append_block_param(head, types::I64);
    let zero = f.b.ins().iconst(types::I64, 0);
    f.b.ins()
        .jump(head, &[BlockArg::Value(base), BlockArg::Value(zero)]);
    f.b.switch_to_block(head);
    let (index, count) = match *f.b.block_params(head) {
        [index, count] => (index, count),
        _ => unreachable!("two parameters"),
    };
    let word = f.load(types::I64, index, 0);
    let next = f.index_of(word);
    f.b.ins().brif(next, body, &[], done, &[]);
    f.b.switch_to_block(body);
    let more = f.b.ins().iadd_imm_s(count, 1);
    f.b.ins()
        .jump(head, &[BlockArg::Value(next), BlockArg::Value(more)]);
    f.b.switch_to_block(done);
    f.ret_const(2, count);
}

/// Adds the words `base .. at`, through a variable, with a countdown in the context.
pub fn sum_loop(f: &mut Build<'_>) {
    let (base, at) = (f.base, f.at);
    let index = f.b.declare_var(types::I32);
    let sum = f.b.declare_var(types::I64);
    let zero = f.b.ins().iconst(types::I64, 0);
    f.b.def_var(index, base);
    f.b.def_var(sum, zero);
    let (head, body, done) = (f.b.create_block(), f.b.create_block(), f.b.create_block());
    f.b.ins().jump(head, &[]);
    f.b.switch_to_block(head);
    let i = f.b.use_var(index);
    let go = f.b.ins().icmp(IntCC::UnsignedLessThan, i, at);
    f.b.ins().brif(go, body, &[], done, &[]);
    f.b.switch_to_block(body);
    let i = f.b.use_var(index);
    let word = f.load(types::I64, i, 0);
    let so_far = f.b.use_var(sum);
    let so_far = f.b.ins().iadd(so_far, word);
    f.b.def_var(sum, so_far);
    let next = f.b.ins().iadd_imm_s(i, 1);
    f.b.def_var(index, next);
    let fuel = f.field(types::I32, FUEL);
    let fuel = f.b.ins().iadd_imm_s(fuel, -1);
    f.set_field(fuel, FUEL);
    f.b.ins().jump(head, &[]);
    f.b.switch_to_block(done);
    let total = f.b.use_var(sum);
    f.ret_const(3, total);
}

/// Many words and addresses that live across a call.
pub fn pressure(f: &mut Build<'_>) {
    let (base, at) = (f.base, f.at);
    let mut words = Vec::new();
    let mut indexes = Vec::new();
    for i in 0..24 {
        let word = f.load(types::I64, base, 8 * i);
        indexes.push(f.index_of(word));
        words.push(word);
    }
    let mut sum = f.helper(ADD, &[words[0], words[1]], types::I64);
    for (word, index) in words.iter().zip(&indexes) {
        sum = f.b.ins().iadd(sum, *word);
        let there = f.load(types::I64, *index, 8);
        sum = f.b.ins().bxor(sum, there);
        f.store(sum, *index, 16);
    }
    f.store(sum, at, 0);
    f.ret_const(4, sum);
}

pub fn helpers(f: &mut Build<'_>) {
    let base = f.base;
    let a = f.load(types::I64, base, 0);
    let limit = f.field(types::I64, LIMIT);
    let sum = f.helper(ADD, &[a, limit], types::I64);
    let float = f.load(types::F64, base, 8);
    let half = f.helper(HALF, &[float], types::F64);
    let half = f.b.ins().bitcast(types::I64, MemFlagsData::new(), half);
    f.store(half, base, 16);
    let again = f.load(types::I64, base, 0);
    let sum = f.helper(ADD, &[sum, again], types::I64);
    f.ret_const(5, sum);
}

/// Calls the function in `row` twice and adds what it returns.
pub fn call_entry(f: &mut Build<'_>, row: u32) {
    let (base, at) = (f.base, f.at);
    let first = f.call_row(row, base, at);
    let next = f.b.ins().iadd_imm_s(base, 1);
    let second = f.call_row(row, next, at);
    let sum = f.b.ins().iadd(first[1], second[1]);
    let status = f.b.ins().iadd(first[0], second[0]);
    f.ret(status, sum);
}

/// Arithmetic of floats with constants, comparisons, conversions.
pub fn floats(f: &mut Build<'_>) {
    let base = f.base;
    let x = f.load(types::F64, base, 0);
    let y = f.load(types::F64, base, 8);
    let half = f.b.ins().f64const(0.5);
    let product = f.b.ins().fmul(x, y);
    let sum = f.b.ins().fadd(product, half);
    let quotient = f.b.ins().fdiv(sum, y);
    let root = f.b.ins().sqrt(quotient);
    let minus = f.b.ins().fneg(root);
    let plus = f.b.ins().fabs(minus);
    let int = f.b.ins().fcvt_to_sint_sat(types::I64, plus);
    let back = f.b.ins().fcvt_from_sint(types::F64, int);
    let less = f.b.ins().fcmp(FloatCC::LessThan, back, plus);
    let chosen = f.b.ins().select(less, back, plus);
    let word = f.b.ins().bitcast(types::I64, MemFlagsData::new(), chosen);
    let rotated = f.b.ins().rotl_imm_s(word, 4);
    f.store(rotated, base, 16);
    f.ret_const(6, int);
}

/// Selects between words, constants and addresses.
pub fn select(f: &mut Build<'_>) {
    let (base, at) = (f.base, f.at);
    let a = f.load(types::I64, base, 0);
    let b = f.load(types::I64, at, 0);
    let less = f.b.ins().icmp(IntCC::SignedLessThan, a, b);
    let index = f.b.ins().select(less, base, at);
    let (one, two) = (f.word(base), f.word(at));
    let address = f.b.ins().select(less, two, one);
    let smaller = f.load(types::I64, index, 0);
    let larger =
        f.b.ins()
            .load(types::I64, MemFlagsData::trusted(), address, 0);
    let difference = f.b.ins().isub(larger, smaller);
    let flag = f.b.ins().uextend(types::I64, less);
    f.ret(flag, difference);
}

/// Multiplication and addition that check for overflow.
pub fn overflow(f: &mut Build<'_>) {
    let base = f.base;
    let a = f.load(types::I64, base, 0);
    let b = f.load(types::I64, base, 8);
    let (product, over) = f.b.ins().smul_overflow(a, b);
    let (sum, over_too) = f.b.ins().sadd_overflow(product, a);
    let either = f.b.ins().bor(over, over_too);
    let (bad, good) = (f.b.create_block(), f.b.create_block());
    f.b.ins().brif(either, bad, &[], good, &[]);
    f.b.switch_to_block(bad);
    f.ret_const(8, a);
    f.b.switch_to_block(good);
    f.store(sum, base, 16);
    f.ret_const(7, sum);
}

/// Divisions, with their traps.
pub fn divide(f: &mut Build<'_>) {
    let base = f.base;
    let a = f.load(types::I64, base, 0);
    let b = f.load(types::I64, base, 8);
    f.b.ins().trapz(b, TrapCode::unwrap_user(1));
    let quotient = f.b.ins().sdiv(a, b);
    let rest = f.b.ins().srem(a, b);
    let small = f.b.ins().ireduce(types::I32, rest);
    let seven = f.b.ins().iconst(types::I32, 7);
    let unsigned = f.b.ins().udiv(small, seven);
    // What was divided is an index.
    let index = f.b.ins().urem(small, seven);
    let there = f.load(types::I64, index, 0);
    let unsigned = f.b.ins().uextend(types::I64, unsigned);
    let sum = f.b.ins().iadd(unsigned, there);
    let sum = f.b.ins().iadd(sum, quotient);
    f.ret_const(9, sum);
}

/// Shifts, masks and comparisons; indexes that are computed from them.
pub fn bits(f: &mut Build<'_>) {
    let (base, at) = (f.base, f.at);
    let a = f.load(types::I64, base, 0);
    let tag = f.b.ins().band_imm_s(a, 7);
    let payload = f.b.ins().sshr_imm_s(a, 3);
    let count = f.b.ins().ireduce(types::I32, payload);
    let mask = f.b.ins().iconst(types::I32, 63);
    let index = f.b.ins().band(count, mask);
    let sum = f.b.ins().iadd(index, base);
    let there = f.load(types::I64, sum, 0);
    let shifted = f.b.ins().ishl(there, payload);
    let back = f.b.ins().ushr(shifted, tag);
    let signed = f.b.ins().sshr(back, index);
    let low = f.b.ins().band_imm_s(signed, 0xFFFF);
    // A small index of 64 bits, scaled without being narrowed.
    let bytes = f.b.ins().ishl_imm_s(low, 3);
    let cage = f.b.ins().get_pinned_reg(types::I64);
    let address = f.b.ins().iadd(cage, bytes);
    let far =
        f.b.ins()
            .load(types::I64, MemFlagsData::trusted(), address, 0);
    let is_one = f.b.ins().icmp_imm_s(IntCC::Equal, tag, 1);
    let wide = f.b.ins().uextend(types::I64, is_one);
    let all = f.b.ins().bor(far, wide);
    let all = f.b.ins().bxor(all, signed);
    let inverse = f.b.ins().bnot(all);
    f.store(inverse, at, 0);
    f.ret_const(10, all);
}

/// Slots on the stack, of 4 and 8 bytes.
pub fn frame_slots(f: &mut Build<'_>) {
    let base = f.base;
    let slot =
        f.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 24, 3));
    let a = f.load(types::I64, base, 0);
    f.b.ins().stack_store(types::I64, a, slot, 0);
    f.b.ins().stack_store(types::I64, base, slot, 8);
    let x = f.load(types::F64, base, 8);
    f.b.ins().stack_store(types::I64, x, slot, 16);
    let sum = f.helper(ADD, &[a, a], types::I64);
    let again = f.b.ins().stack_load(types::I64, types::I64, slot, 0);
    let index = f.b.ins().stack_load(types::I64, types::I32, slot, 8);
    let there = f.load(types::I64, index, 8);
    let sum = f.b.ins().iadd(sum, again);
    let sum = f.b.ins().iadd(sum, there);
    f.ret_const(11, sum);
}

/// Reads a table that a field points to, by constants and by a masked index.
pub fn table_of_data(f: &mut Build<'_>) {
    let base = f.base;
    let table = f.field(types::I64, DATA);
    let first =
        f.b.ins()
            .load(types::I64, MemFlagsData::trusted(), table, 8);
    let a = f.load(types::I64, base, 0);
    let index = f.b.ins().band_imm_s(a, 7);
    let bytes = f.b.ins().ishl_imm_s(index, 3);
    let address = f.b.ins().iadd(table, bytes);
    let there =
        f.b.ins()
            .load(types::I64, MemFlagsData::trusted(), address, 0);
    let sum = f.b.ins().iadd(first, there);
    f.ret_const(12, sum);
}

/// Bytes, halves and their extensions; bytes of a payload by a byte index.
pub fn narrow(f: &mut Build<'_>) {
    let base = f.base;
    let byte = f.load(types::I8, base, 3);
    let half = f.load(types::I16, base, 4);
    let word = f.load(types::I32, base, 8);
    let a = f.b.ins().uextend(types::I64, byte);
    let b = f.b.ins().sextend(types::I64, half);
    let c = f.b.ins().sextend(types::I64, word);
    let sum = f.b.ins().iadd(a, b);
    let sum = f.b.ins().iadd(sum, c);
    let step = f.b.ins().iadd(byte, byte);
    let index = f.b.ins().uextend(types::I32, step);
    let there = f.load(types::I32, index, 0);
    let low = f.b.ins().ireduce(types::I8, there);
    f.store(low, base, 17);
    // base + 8 * index + byte
    let start = f.word(base);
    let address = f.b.ins().iadd(start, a);
    let letter =
        f.b.ins()
            .uload8(types::I64, MemFlagsData::trusted(), address, 24);
    let sum = f.b.ins().iadd(sum, letter);
    f.ret_const(13, sum);
}

/// Loops within loops, with calls, exits and values that live across all of it.
pub fn tower(f: &mut Build<'_>) {
    let (base, at) = (f.base, f.at);
    let vars: Vec<_> = (0..12).map(|_| f.b.declare_var(types::I64)).collect();
    for (i, var) in vars.iter().enumerate() {
        let word = f.load(types::I64, base, 8 * i as i32);
        f.b.def_var(*var, word);
    }
    let counter = f.b.declare_var(types::I32);
    let zero = f.b.ins().iconst(types::I32, 0);
    f.b.def_var(counter, zero);
    let (outer, inner) = (f.b.create_block(), f.b.create_block());
    let (after, out, exit) = (f.b.create_block(), f.b.create_block(), f.b.create_block());
    f.b.ins().jump(outer, &[]);
    f.b.switch_to_block(outer);
    let i = f.b.use_var(counter);
    let i = f.b.ins().iadd_imm_s(i, 1);
    f.b.def_var(counter, i);
    let go = f.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, i, 20);
    f.b.ins().brif(go, inner, &[], out, &[]);
    f.b.switch_to_block(inner);
    for pair in vars.windows(2) {
        let (a, b) = (f.b.use_var(pair[0]), f.b.use_var(pair[1]));
        let (sum, over) = f.b.ins().sadd_overflow(a, b);
        let next = f.b.create_block();
        f.b.ins().brif(over, exit, &[], next, &[]);
        f.b.switch_to_block(next);
        f.b.def_var(pair[0], sum);
        let index = f.index_of(sum);
        let there = f.load(types::I64, index, 0);
        let mixed = f.b.ins().bxor(there, b);
        f.b.def_var(pair[1], mixed);
    }
    f.b.ins().jump(after, &[]);
    f.b.switch_to_block(after);
    let (a, b) = (f.b.use_var(vars[0]), f.b.use_var(vars[5]));
    let sum = f.helper(ADD, &[a, b], types::I64);
    f.b.def_var(vars[3], sum);
    let fuel = f.field(types::I32, FUEL);
    let fuel = f.b.ins().iadd_imm_s(fuel, -1);
    f.set_field(fuel, FUEL);
    f.b.ins().brif(fuel, outer, &[], exit, &[]);
    f.b.switch_to_block(exit);
    let word = f.b.use_var(vars[1]);
    f.store(word, at, 0);
    f.ret_const(14, word);
    f.b.switch_to_block(out);
    let mut all = f.b.use_var(vars[0]);
    for var in &vars {
        let word = f.b.use_var(*var);
        all = f.b.ins().bxor(all, word);
    }
    let flags = f.field(types::I32, FLAGS);
    let flags = f.b.ins().uextend(types::I64, flags);
    let all = f.b.ins().iadd(all, flags);
    f.ret_const(15, all);
}

/// Operations that are rarer.
pub fn various(f: &mut Build<'_>) {
    let (base, at) = (f.base, f.at);
    let a = f.load(types::I64, base, 0);
    let b = f.load(types::I64, base, 8);
    let c = f.load(types::I32, base, 16);
    let mut all = vec![
        f.b.ins().umulhi(a, b),
        f.b.ins().smulhi(a, b),
        f.b.ins().iabs(a),
        f.b.ins().smin(a, b),
        f.b.ins().umax(a, b),
        f.b.ins().ctz(a),
        f.b.ins().clz(b),
        f.b.ins().bswap(a),
        f.b.ins().rotl(a, b),
        f.b.ins().rotr(b, c),
        f.b.ins().ineg(a),
        f.b.ins().band_not(a, b),
    ];
    let (sum, carry) = f.b.ins().uadd_overflow(a, b);
    let (difference, borrow) = f.b.ins().ssub_overflow(a, b);
    all.extend([sum, difference]);
    let flags = f.b.ins().bor(carry, borrow);
    all.push(f.b.ins().uextend(types::I64, flags));
    let narrow = [
        f.b.ins().ctz(c),
        f.b.ins().clz(c),
        f.b.ins().rotl_imm_s(c, 5),
        f.b.ins().imul_imm_s(c, 12),
        f.b.ins().smax(c, at),
        f.b.ins().bmask(types::I32, flags),
    ];
    for value in narrow {
        // An index, whatever it is.
        all.push(f.load(types::I64, value, 0));
    }
    let wide = f.b.ins().iconcat(a, b);
    let product = f.b.ins().imul(wide, wide);
    let (low, high) = f.b.ins().isplit(product);
    all.extend([low, high]);
    let x = f.load(types::F64, base, 24);
    let y = f.load(types::F64, base, 32);
    let floats = [
        f.b.ins().fcopysign(x, y),
        f.b.ins().fmin(x, y),
        f.b.ins().fmax(x, y),
        f.b.ins().fcvt_from_uint(types::F64, a),
        f.b.ins().fcvt_from_sint(types::F64, c),
    ];
    let single = f.b.ins().fdemote(types::F32, x);
    let again = f.b.ins().fpromote(types::F64, single);
    for float in floats.into_iter().chain([again]) {
        all.push(f.b.ins().fcvt_to_uint_sat(types::I64, float));
        let small = f.b.ins().fcvt_to_sint_sat(types::I32, float);
        all.push(f.load(types::I64, small, 8));
    }
    for (code, to) in [(FloatCC::Equal, 8), (FloatCC::UnorderedOrGreaterThan, 16)] {
        let is = f.b.ins().fcmp(code, x, y);
        f.store(is, at, to);
    }
    for (i, ty) in [types::I8, types::I16, types::I32, types::I64]
        .iter()
        .enumerate()
    {
        let constant = f.b.ins().iconst(*ty, 77);
        f.store(constant, at, 24 + 8 * i as i32);
    }
    let mut total = all[0];
    for value in &all[1..] {
        total = f.b.ins().bxor(total, *value);
    }
    let is_odd = f.b.ins().band_imm_s(total, 1);
    f.b.ins().trapnz(is_odd, TrapCode::unwrap_user(2));
    f.ret_const(16, total);
}

/// Floats that live across calls.
pub fn floats_live(f: &mut Build<'_>) {
    let base = f.base;
    let loaded: Vec<Value> = (0..18).map(|i| f.load(types::F64, base, 8 * i)).collect();
    let mut sum = f.helper(HALF, &[loaded[0]], types::F64);
    for value in &loaded {
        sum = f.b.ins().fadd(sum, *value);
    }
    let again = f.helper(HALF, &[sum], types::F64);
    let word = f.b.ins().bitcast(types::I64, MemFlagsData::new(), again);
    f.ret_const(17, word);
}

/// The settings under which everything is made: the usual ones and their neighbours.
pub fn isas() -> Vec<(&'static str, OwnedTargetIsa)> {
    vec![
        ("speed", isa(&[], &[])),
        ("none", isa(&[("opt_level", "none")], &[])),
        (
            "frame pointers",
            isa(&[("preserve_frame_pointers", "true")], &[]),
        ),
        (
            "newer",
            isa(
                &[],
                &[
                    "has_sse3",
                    "has_ssse3",
                    "has_sse41",
                    "has_sse42",
                    "has_popcnt",
                    "has_bmi1",
                    "has_bmi2",
                    "has_lzcnt",
                ],
            ),
        ),
    ]
}
