//! `_random`: the Mersenne Twister MT19937, number for number as CPython draws them.
//!
//! Source: M. Matsumoto, T. Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number generator", 1998; seeding by
//! array as in their revision of 2002. The state is a raw array: 624 words of 32 bits and the index of the next one.

use crate::support::*;
use mesapy_heap::RawArray;

pub static MODULE: NativeModule = NativeModule {
    name: "_random",
    doc: "Module implements the Mersenne Twister random number generator.",
    functions: &[],
    types: &[&RANDOM],
    init: None,
};

const STATE: usize = 0;
static RANDOM: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_random.Random",
    doc: "Random() -> create a random number generator with its own internal state.",
    layout: Layout::Slots(1),
    flags: BASE,
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__init__(self, ...)" => calls init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
        "random(self, /)" => leaf random(this), "random() -> x in the interval [0, 1).";
        "seed(self, n=None, /)" => calls seed(this, n), "seed([n]) -> None.\n\nDefaults to use urandom and falls back to a combination\nof the current time and the process identifier.";
        "getstate(self, /)" => calls getstate(this), "getstate() -> tuple containing the current state.";
        "setstate(self, state, /)" => calls setstate(this, state), "setstate(state) -> None.  Restores generator state.";
        "getrandbits(self, k, /)" => calls getrandbits(this, bits), "getrandbits(k) -> x.  Generates an int with k random bits.";
    },
    ..TypeDef::EMPTY
};

const N: usize = 624;
const M: usize = 397;
/// Byte offset of the index behind the words.
const INDEX_AT: usize = N * 4;

fn state<'v>(vm: &'v Vm, this: Value<'v>) -> Py<RawArray<'v>> {
    this.as_obj()
        .and_then(|o| o.slot(vm, STATE).as_exact_raw(vm))
        .ok_or_else(|| vm.system_error("an uninitialized generator"))
}
fn load(vm: &Vm, raw: RawArray<'_>) -> [u32; N] {
    std::array::from_fn(|i| raw.get_u32(vm, i * 4).unwrap_or(0))
}
fn store(vm: &Vm, raw: RawArray<'_>, words: &[u32; N], index: u32) {
    for (i, w) in words.iter().enumerate() {
        raw.set_u32(vm, i * 4, *w);
    }
    raw.set_u32(vm, INDEX_AT, index);
}
/// All words anew.
fn regenerate(mt: &mut [u32; N]) {
    for i in 0..N {
        let y = (mt[i] & 0x8000_0000) | (mt[(i + 1) % N] & 0x7fff_ffff);
        let twist = if y & 1 == 0 { 0 } else { 0x9908_b0df };
        mt[i] = mt[(i + M) % N] ^ (y >> 1) ^ twist;
    }
}
fn draw(vm: &Vm, raw: RawArray<'_>) -> u32 {
    let mut index = raw.get_u32(vm, INDEX_AT).unwrap_or(0) as usize;
    if index >= N {
        let mut words = load(vm, raw);
        regenerate(&mut words);
        store(vm, raw, &words, 0);
        index = 0;
    }
    let mut y = raw.get_u32(vm, index * 4).unwrap_or(0);
    raw.set_u32(vm, INDEX_AT, index as u32 + 1);
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    y ^ (y >> 18)
}
fn seeded_by_number(seed: u32) -> [u32; N] {
    let mut mt = [0; N];
    mt[0] = seed;
    for i in 1..N {
        mt[i] = 1_812_433_253u32
            .wrapping_mul(mt[i - 1] ^ (mt[i - 1] >> 30))
            .wrapping_add(i as u32);
    }
    mt
}
fn seeded_by_array(key: &[u32]) -> [u32; N] {
    let mut mt = seeded_by_number(19_650_218);
    let (mut i, mut j) = (1, 0);
    for _ in 0..N.max(key.len()) {
        mt[i] = (mt[i] ^ (mt[i - 1] ^ (mt[i - 1] >> 30)).wrapping_mul(1_664_525))
            .wrapping_add(key[j])
            .wrapping_add(j as u32);
        i += 1;
        j += 1;
        if i >= N {
            mt[0] = mt[N - 1];
            i = 1;
        }
        if j >= key.len() {
            j = 0;
        }
    }
    for _ in 0..N - 1 {
        mt[i] = (mt[i] ^ (mt[i - 1] ^ (mt[i - 1] >> 30)).wrapping_mul(1_566_083_941))
            .wrapping_sub(i as u32);
        i += 1;
        if i >= N {
            mt[0] = mt[N - 1];
            i = 1;
        }
    }
    mt[0] = 0x8000_0000;
    mt
}

fn new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Local> {
    let made = make(vm, cls, &RANDOM)?;
    set_slot(vm, made, STATE, vm.new_raw(INDEX_AT + 4)?.value());
    Ok(made)
}
fn init(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<()> {
    if vm.is_exactly(this.value(vm), &RANDOM) {
        no_keywords(vm, "Random", kwargs)?;
    }
    let n = arity(vm, "Random", args, 0, 1)?;
    let given = tuple_item(vm, args, 0);
    seed(vm, this, Some(given).filter(|_| n > 0))
}
/// The words of a seed, low ones first; at least one.
fn key_of(vm: &mut Vm, seed: Option<Local>) -> Py<Vec<u32>> {
    let Some(seed) = seed.filter(|s| !s.value(vm).is_none()) else {
        let mut bytes = vec![0; N * 4];
        if vm.platform().urandom(&mut bytes).is_err() {
            return Err(vm.runtime_error("the system has no random numbers"));
        }
        return Ok(bytes
            .chunks_exact(4)
            .map(|c| c.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b)))
            .collect());
    };
    let limbs: Vec<u64> = if vm.is_int(seed.value(vm)) {
        let value = seed.value(vm);
        match value.as_bigint(vm) {
            Some(big) => big.limbs(vm).to_vec(),
            None => vec![vm.int_value(value).unwrap_or(0).unsigned_abs()],
        }
    } else {
        vec![vm.hash(seed)? as u64]
    };
    let mut words: Vec<u32> = limbs
        .iter()
        .flat_map(|l| [*l as u32, (*l >> 32) as u32])
        .collect();
    while words.len() > 1 && words.last() == Some(&0) {
        words.pop();
    }
    Ok(words)
}
fn seed(vm: &mut Vm, this: Local, n: Option<Local>) -> Py<()> {
    let key = key_of(vm, n)?;
    let vm: &Vm = vm;
    store(
        vm,
        state(vm, this.value(vm))?,
        &seeded_by_array(&key),
        N as u32,
    );
    Ok(())
}
fn random(vm: &Vm, this: Value<'_>) -> Py<f64> {
    let raw = state(vm, this)?;
    let (a, b) = (draw(vm, raw) >> 5, draw(vm, raw) >> 6);
    Ok((f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0)
}
fn getrandbits(vm: &mut Vm, this: Local, bits: Local) -> Py<Ret> {
    let bits = vm.index_value(bits)?.keep(vm);
    if vm.int_is_negative(bits.value(vm)) {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let Some(bits) = vm.int_value(bits.value(vm)) else {
        return Err(vm.overflow_error("Python int too large for C uint64_t"));
    };
    if bits > 1 << 36 {
        return Err(vm.memory_error());
    }
    let vm: &Vm = vm;
    let raw = state(vm, this.value(vm))?;
    let (mut left, mut words) = (bits as u64, Vec::new());
    while left > 0 {
        let mut r = draw(vm, raw);
        if left < 32 {
            r >>= 32 - left;
        }
        words.push(r);
        left = left.saturating_sub(32);
    }
    if words.is_empty() {
        return Ok(vm.ret(vm.int(0)));
    }
    let limbs: Vec<u64> = words
        .chunks(2)
        .map(|c| u64::from(c[0]) | c.get(1).map_or(0, |h| u64::from(*h) << 32))
        .collect();
    Ok(vm.ret(vm.new_bigint(false, &limbs)?))
}
fn getstate(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let raw = state(vm, this.value(vm))?;
    let mut values: Vec<Value<'_>> = load(vm, raw)
        .iter()
        .map(|w| vm.int(i64::from(*w)))
        .collect();
    values.push(vm.int(i64::from(raw.get_u32(vm, INDEX_AT).unwrap_or(0))));
    Ok(vm.ret(vm.new_tuple(&values)?.value()))
}
fn setstate(vm: &mut Vm, this: Local, new: Local) -> Py<()> {
    if new.value(vm).as_tuple(vm).is_none() {
        return Err(vm.type_error("state vector must be a tuple"));
    }
    if tuple_len(vm, new) != N + 1 {
        return Err(vm.value_error("state vector is the wrong size"));
    }
    let item = vm.local(Value::NONE);
    let mut words = [0u32; N];
    for (i, w) in words.iter_mut().enumerate() {
        item.set(vm, tuple_at(vm, new, i));
        *w = vm.index(item)? as u32;
    }
    item.set(vm, tuple_at(vm, new, N));
    let index = vm.index(item)?;
    if !(0..=N as i64).contains(&index) {
        return Err(vm.value_error("invalid state"));
    }
    let vm: &Vm = vm;
    store(vm, state(vm, this.value(vm))?, &words, index as u32);
    Ok(())
}
