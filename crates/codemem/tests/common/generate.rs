//! Random functions in the forms that code for the cage has: structured control flow, guards that leave, many values alive.

use super::{ADD, Build, COUNT, DATA, FUEL, HALF, LIMIT, Made, compile};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, TrapCode, Value, types};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_frontend::Variable;

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % n
    }
}

/// A function under construction: its variables, and how much may still be added.
struct Program<'a, 'b> {
    f: &'a mut Build<'b>,
    random: &'a mut Random,
    words: Vec<Variable>,
    indexes: Vec<Variable>,
    floats: Vec<Variable>,
    left: usize,
}

impl Program<'_, '_> {
    fn word(&mut self) -> Value {
        let n = self.random.below(self.words.len());
        self.f.b.use_var(self.words[n])
    }
    fn index(&mut self) -> Value {
        let n = self.random.below(self.indexes.len());
        self.f.b.use_var(self.indexes[n])
    }
    fn float(&mut self) -> Value {
        let n = self.random.below(self.floats.len());
        self.f.b.use_var(self.floats[n])
    }
    fn set_word(&mut self, value: Value) {
        let n = self.random.below(self.words.len());
        self.f.b.def_var(self.words[n], value);
    }
    fn set_index(&mut self, value: Value) {
        let n = self.random.below(self.indexes.len());
        self.f.b.def_var(self.indexes[n], value);
    }
    fn set_float(&mut self, value: Value) {
        let n = self.random.below(self.floats.len());
        self.f.b.def_var(self.floats[n], value);
    }
    fn offset(&mut self) -> i32 {
        8 * self.random.below(100) as i32 - 48
    }

    fn statements(&mut self, depth: usize) {
        while self.left > 0 {
            self.left -= 1;
            match self.random.below(40) {
                0..4 if depth < 4 => self.branch(depth),
                4..6 if depth < 3 => self.repeat(depth),
                6 if depth > 0 => return,
                _ => self.operation(),
            }
        }
    }

    fn branch(&mut self, depth: usize) {
        let (a, b) = (self.word(), self.word());
        let condition = match self.random.below(3) {
            0 => self.f.b.ins().icmp(IntCC::SignedLessThan, a, b),
            1 => {
                let tag = self.f.b.ins().band_imm_s(a, 7);
                self.f.b.ins().icmp_imm_s(IntCC::Equal, tag, 2)
            }
            _ => {
                let (x, y) = (self.float(), self.float());
                self.f.b.ins().fcmp(FloatCC::LessThan, x, y)
            }
        };
        let (yes, no) = (self.f.b.create_block(), self.f.b.create_block());
        let end = self.f.b.create_block();
        self.f.b.ins().brif(condition, yes, &[], no, &[]);
        for block in [yes, no] {
            self.f.b.switch_to_block(block);
            self.statements(depth + 1);
            // Some ways leave the function, as guards that fail do.
            if self.random.below(4) == 0 {
                let (word, index) = (self.word(), self.index());
                self.f.store(word, index, 8);
                self.f.ret_const(2, word);
            } else {
                self.f.b.ins().jump(end, &[]);
            }
        }
        self.f.b.switch_to_block(end);
    }

    fn repeat(&mut self, depth: usize) {
        let (head, body) = (self.f.b.create_block(), self.f.b.create_block());
        let end = self.f.b.create_block();
        self.f.b.ins().jump(head, &[]);
        self.f.b.switch_to_block(head);
        let fuel = self.f.field(types::I32, FUEL);
        let fuel = self.f.b.ins().iadd_imm_s(fuel, -1);
        self.f.set_field(fuel, FUEL);
        self.f.b.ins().brif(fuel, body, &[], end, &[]);
        self.f.b.switch_to_block(body);
        self.statements(depth + 1);
        self.f.b.ins().jump(head, &[]);
        self.f.b.switch_to_block(end);
    }

    fn operation(&mut self) {
        let (a, b, i, j) = (self.word(), self.word(), self.index(), self.index());
        let (x, y) = (self.float(), self.float());
        let offset = self.offset();
        let amount = self.random.below(64) as i64;
        match self.random.below(34) {
            0..4 => {
                let value = self.f.load(types::I64, i, offset);
                self.set_word(value);
            }
            4..6 => self.f.store(a, i, offset),
            6..9 => {
                let value = self.f.index_of(a);
                self.set_index(value);
            }
            9 => {
                let value = self.f.b.ins().iadd(a, b);
                self.set_word(value);
            }
            10 => {
                let (value, over) = self.f.b.ins().smul_overflow(a, b);
                self.f.b.ins().trapnz(over, TrapCode::unwrap_user(3));
                self.set_word(value);
            }
            11 => {
                let value = self.f.b.ins().sshr_imm_s(a, amount);
                self.set_word(value);
            }
            12 => {
                let value = self.f.b.ins().ishl(a, b);
                self.set_word(value);
            }
            13 => {
                let value = self.f.b.ins().bxor(a, b);
                self.set_word(value);
            }
            14 => {
                let value = self.f.b.ins().iadd_imm_s(i, amount - 20);
                self.set_index(value);
            }
            15 => {
                let value = self.f.b.ins().iadd(i, j);
                self.set_index(value);
            }
            16 => {
                let value = self.f.b.ins().ireduce(types::I32, a);
                self.set_index(value);
            }
            17 => {
                let value = self.f.b.ins().uextend(types::I64, i);
                self.set_word(value);
            }
            18 => {
                let value = self.f.b.ins().sextend(types::I64, i);
                self.set_word(value);
            }
            19 => {
                let less = self.f.b.ins().icmp(IntCC::UnsignedLessThan, i, j);
                let value = self.f.b.ins().select(less, i, j);
                self.set_index(value);
                let value = self.f.b.ins().select(less, a, b);
                self.set_word(value);
            }
            20 => {
                let value = self.f.load(types::F64, i, offset);
                self.set_float(value);
            }
            21 => {
                let value = self.f.b.ins().fmul(x, y);
                let value = self.f.b.ins().fsub(value, x);
                self.set_float(value);
            }
            22 => self.f.store(x, i, offset),
            23 => {
                let value = self.f.b.ins().bitcast(types::I64, MemFlagsData::new(), x);
                let value = self.f.b.ins().rotl_imm_s(value, 4);
                self.set_word(value);
            }
            24 => {
                let value = self.f.b.ins().fcvt_from_sint(types::F64, a);
                self.set_float(value);
            }
            25 | 26 => {
                let value = self.f.helper(ADD, &[a, b], types::I64);
                self.set_word(value);
            }
            27 => {
                let value = self.f.helper(HALF, &[x], types::F64);
                self.set_float(value);
            }
            28 => {
                let out = self.f.call_row(amount as u32, i, j);
                self.set_word(out[0]);
                self.set_word(out[1]);
            }
            29 => {
                let limit = self.f.field(types::I64, LIMIT);
                self.set_word(limit);
                self.f.set_field(a, COUNT);
            }
            30 => {
                let byte = self.f.load(types::I8, i, offset + 3);
                let wide = self.f.b.ins().uextend(types::I32, byte);
                self.set_index(wide);
                self.f.store(byte, j, 5);
            }
            31 => {
                let table = self.f.field(types::I64, DATA);
                let index = self.f.b.ins().band_imm_s(a, 7);
                let bytes = self.f.b.ins().ishl_imm_s(index, 3);
                let address = self.f.b.ins().iadd(table, bytes);
                let value = self
                    .f
                    .b
                    .ins()
                    .load(types::I64, MemFlagsData::trusted(), address, 0);
                self.set_word(value);
            }
            32 => {
                let divisor = self.f.b.ins().bor_imm_s(b, 1);
                let value = self.f.b.ins().srem(a, divisor);
                self.set_word(value);
            }
            _ => {
                // One word of several that follow each other: the address is used more than once.
                let address = self.f.word(i);
                for step in 0..3 {
                    let value =
                        self.f
                            .b
                            .ins()
                            .load(types::I64, MemFlagsData::trusted(), address, 8 * step);
                    self.set_word(value);
                }
            }
        }
    }
}

/// The function that belongs to `seed`.
pub fn generated(seed: u64, isa: &OwnedTargetIsa) -> Made {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    compile("generated", isa, |f| generate(f, &mut random))
}

fn generate(f: &mut Build<'_>, random: &mut Random) {
    let (base, at) = (f.base, f.at);
    let mut variables =
        |n: usize, ty| -> Vec<Variable> { (0..n).map(|_| f.b.declare_var(ty)).collect() };
    let words = variables(4 + random.below(20), types::I64);
    let indexes = variables(2 + random.below(10), types::I32);
    let floats = variables(1 + random.below(18), types::F64);
    for (n, variable) in words.iter().enumerate() {
        let value = f.load(types::I64, base, 8 * n as i32);
        f.b.def_var(*variable, value);
    }
    for (n, variable) in indexes.iter().enumerate() {
        f.b.def_var(*variable, if n % 2 == 0 { base } else { at });
    }
    for (n, variable) in floats.iter().enumerate() {
        let value = f.b.ins().f64const(n as f64);
        f.b.def_var(*variable, value);
    }
    let left = 10 + random.below(250);
    let mut program = Program {
        f,
        random,
        words,
        indexes,
        floats,
        left,
    };
    program.statements(0);
    let words = program.words.clone();
    let mut total = program.word();
    for variable in words {
        let word = f.b.use_var(variable);
        total = f.b.ins().iadd(total, word);
    }
    f.ret_const(1, total);
}
