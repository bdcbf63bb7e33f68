//! The inner loop: instructions as far as they need no more than `&Vm`.
//!
//! What runs here cannot run Python code of another run and cannot collect, so nothing that it looks at moves or dies: the words of the cage, the window of the
//! frame's registers and the tables of the code stay in machine registers from one instruction to the next. Whatever needs more — a miss of an inline cache, a
//! special method, an error to be raised — is left to `run.rs`, which executes that one instruction in full and comes back. So an arm here has either
//! done all of its instruction or nothing.
//!
//! `vm.base`, `vm.top` and `vm.depth` always are those of the running frame. `vm.pc` is written before anything that may raise, run out of memory or look at frames.

use super::{
    Fr, arith, build, calls, compare, compiled, exceptions, fast, iterate, operators, simple,
    spread,
};
use crate::code::CallInfo;
use crate::dunder::Dunder;
use crate::frame::{Entry, Link};
use crate::layout::{code, function, header, types};
use crate::local::{Py, Raised, Ret};
use crate::native::Args;
use crate::objects::iterators;
use crate::progress::Sort;
use crate::sink;
use crate::vm::Vm;
use mesapy_bytecode::op::byte;
use mesapy_bytecode::{BinOp, CmpOp, Instr, Op};
use mesapy_heap::{Kind, Value, Word, Words};
use std::sync::atomic::Ordering;

/// Why the inner loop ended. The frame's pc is that of the next instruction.
pub(crate) enum Exit {
    /// One instruction was executed, and that was all that was asked for.
    Stepped,
    /// The next instruction is to be executed by the general loop.
    General,
    /// The instruction before raised.
    Raised(Raised),
    /// The run's first frame returned; the value is in the return register.
    Returned,
    /// An operator's method has returned NotImplemented.
    Declined,
    /// A native is to be called, which may run Python code; its arguments are bound. The result goes to the register.
    Native(fn(&mut Vm, Args) -> Py<Ret>, Args, u16),
    /// The breaker is set, at a back-edge or a function's entry.
    Safepoint,
}

/// Index of a register in the window, which starts at the frame's header.
const REGISTERS: usize = header::SIZE as usize;
const CODE: usize = REGISTERS - header::CODE as usize;
const LINK: usize = REGISTERS - header::LINK as usize;
const GLOBALS: usize = REGISTERS - header::GLOBALS as usize;
const LOCALS: usize = REGISTERS - header::LOCALS as usize;
const EXC: usize = REGISTERS - header::EXC as usize;

/// Call info and places of the tables of the code object at `at`.
#[inline(always)]
fn tables(words: Words<'_>, at: u32) -> Option<(CallInfo, [u32; 3])> {
    let row = words.four(at + 1 + code::CALL_INFO as u32)?;
    Some((
        CallInfo::from_word(row[0]),
        [
            (row[1] >> 3) as u32,
            (row[2] >> 3) as u32,
            (row[3] >> 3) as u32,
        ],
    ))
}
#[inline(always)]
fn index_of(word: u64) -> u32 {
    (word >> 32) as u32
}
/// The site's two words.
#[inline(always)]
fn site(words: Words<'_>, fr: &Fr, site: u16) -> Option<[u64; 2]> {
    words.two(fr.caches + u32::from(site) * crate::code::CACHE_WORDS as u32)
}
#[inline(always)]
fn version_is(words: Words<'_>, class: u32, version: u32) -> bool {
    words.get(class + 1 + types::VERSION as u32) == Some(u64::from(version) << 3)
}
#[inline(always)]
fn kind_is(header: u64, kind: Kind) -> bool {
    header as u8 == kind as u8
}

/// What the site remembers of another shape.
#[inline(always)]
fn more(vm: &Vm, fr: &Fr, site: u16, guard: u32, op: Op) -> Option<[u64; 2]> {
    let at = fr.caches + u32::from(site) * crate::code::CACHE_WORDS as u32;
    super::cache::more(vm, at, guard, op)
}
/// An item of a list or tuple by an index from its start.
#[inline(always)]
fn list_item(words: Words<'_>, x: Word, key: Word) -> Option<Word> {
    let at = x.as_ref_index()?;
    let [h, first] = words.two(at)?;
    let (sequence, length) = if kind_is(h, Kind::List) {
        // An empty list has no storage.
        let storage = Word::from_bits(first).as_ref_index()?;
        (storage, words.get(storage + 1)?)
    } else if kind_is(h, Kind::Tuple) {
        (at, first)
    } else {
        return None;
    };
    // The length has the form of an immediate integer too, and a key that is none or negative is too large.
    let key = key.bits();
    if key & 7 == 0 && key < length {
        words
            .get(sequence + 2 + (key >> 3) as u32)
            .map(Word::from_bits)
    } else {
        None
    }
}

/// The code object of the frame at `base`.
#[inline(always)]
fn code_of(vm: &Vm, base: u32) -> u32 {
    (vm.stack_word(base - header::CODE).bits() >> 32) as u32
}

/// Runs from `f` on. With `ONE` set it executes one instruction, for compiled code, which this then never enters.
pub(super) fn run<const ONE: bool>(vm: &Vm, f: &mut Fr) -> Exit {
    if !ONE && compiled::is_compiled(vm, code_of(vm, f.base)) {
        if let Some(exit) = compiled::enter(vm, f) {
            vm.unpark();
            return exit;
        }
    }
    let mut fr = *f;
    let mut ip = fr.instrs + fr.pc;
    let mut begun = false;
    let exit = 'enter: loop {
        // `fr` has become the running frame, and `ip` its next instruction.
        let mut words = vm.heap.view();
        let Some(mut w) = vm.heap.stack_window(fr.base - header::SIZE) else {
            break Exit::General;
        };
        let exit = 'run: loop {
            if ONE && std::mem::replace(&mut begun, true) {
                break 'run Exit::Stepped;
            }
            let Some(bits) = words.get(ip) else {
                break Exit::General;
            };
            let i = Instr(bits);
            ip += 1;
            macro_rules! general {
                () => {{
                    ip -= 1;
                    break 'run Exit::General;
                }};
            }
            // The value of an option, or the general way.
            macro_rules! some {
                ($e:expr) => {
                    match $e {
                        Some(v) => v,
                        None => general!(),
                    }
                };
            }
            macro_rules! tri {
                ($e:expr) => {
                    match $e {
                        Ok(v) => v,
                        Err(raised) => break 'run Exit::Raised(raised),
                    }
                };
            }
            macro_rules! publish {
                () => {
                    vm.pc.set(ip - fr.instrs)
                };
            }
            macro_rules! reg {
                ($r:expr) => {
                    Word::from_bits(w[REGISTERS + usize::from($r)].get())
                };
            }
            macro_rules! set {
                ($r:expr, $word:expr) => {{
                    let word: Word = $word;
                    w[REGISTERS + usize::from($r)].set(word.bits())
                }};
            }
            macro_rules! constant {
                ($k:expr) => {
                    Word::from_bits(some!(words.get(fr.consts + u32::from($k))))
                };
            }
            macro_rules! jump {
                ($by:expr) => {
                    ip = ip.wrapping_add_signed($by)
                };
            }
            // Goes on in compiled code, if there is some for the instruction at `fr.pc`.
            macro_rules! compiled {
                () => {{
                    if let Some(exit) = compiled::enter(vm, &mut fr) {
                        ip = fr.instrs + fr.pc;
                        break 'run exit;
                    }
                    ip = fr.instrs + fr.pc;
                    continue 'enter;
                }};
            }
            // Another frame has become the running one; `fr` is it.
            macro_rules! switch {
                () => {{
                    ip = fr.instrs + fr.pc;
                    if !ONE && compiled::is_compiled(vm, code_of(vm, fr.base)) {
                        compiled!();
                    }
                    continue 'enter;
                }};
            }
            macro_rules! entered {
                () => {{
                    ip = fr.instrs + fr.pc;
                    if vm.breaker.load(Ordering::Relaxed) != 0 {
                        break 'run Exit::Safepoint;
                    }
                    if !ONE && compiled::is_hot_entry(vm, code_of(vm, fr.base)) {
                        compiled!();
                    }
                    continue 'enter;
                }};
            }
            // The running frame was left; `fr` is the one that is the running one now.
            macro_rules! left {
                ($left:expr) => {{
                    ip = fr.instrs + fr.pc;
                    match $left {
                        calls::Left::Caller => {
                            if !ONE && compiled::is_compiled(vm, code_of(vm, fr.base)) {
                                compiled!();
                            }
                            continue 'enter;
                        }
                        calls::Left::Rust => break 'run Exit::Returned,
                        calls::Left::Declined => break 'run Exit::Declined,
                    }
                }};
            }
            // A generator's frame has: where it begins there is a safepoint, so that generators that call each other come past one.
            macro_rules! resumed {
                () => {{
                    if fr.pc == 0 {
                        entered!();
                    }
                    switch!();
                }};
            }
            // What an operation that may push a frame has come to.
            macro_rules! done {
                ($e:expr) => {
                    match tri!($e) {
                        operators::Done::Value(word) => set!(i.a(), word),
                        operators::Done::Frame => {
                            fr = Fr::load(vm);
                            entered!();
                        }
                        operators::Done::Not => general!(),
                    }
                };
            }
            macro_rules! item {
                ($key:expr) => {{
                    publish!();
                    let (x, key) = (reg!(i.b()), $key);
                    match list_item(words, x, key) {
                        Some(word) => set!(i.a(), word),
                        None => match fast::item(vm, x, key) {
                            Some(word) => set!(i.a(), word),
                            None => done!(operators::item(
                                vm,
                                Dunder::GetItem,
                                Entry::Python,
                                [x, key]
                            )),
                        },
                    }
                }};
            }
            macro_rules! truth {
                ($r:expr) => {{
                    let word = reg!($r);
                    if word == Word::TRUE {
                        true
                    } else if word == Word::FALSE || word == Word::NONE {
                        false
                    } else if let Some(n) = word.as_small_int() {
                        n != 0
                    } else {
                        some!(fast::truth(vm, word))
                    }
                }};
            }
            macro_rules! binary {
                ($op:ident, $fast:expr, $y:expr) => {{
                    let (x, y) = (reg!(i.b()), $y);
                    match $fast(x, y) {
                        Some(word) => set!(i.a(), word),
                        None => match arith::float_imm(BinOp::$op, x, y) {
                            Some(word) => {
                                set!(i.a(), word);
                                if i.d() & crate::jit::MET_FLOATS == 0 {
                                    compiled::met_floats(vm, &fr, ip - 1);
                                }
                            }
                            None => {
                                publish!();
                                done!(operators::binary(vm, BinOp::$op, i.d() & 1 != 0, x, y))
                            }
                        },
                    }
                }};
            }
            macro_rules! binary_r {
                ($op:ident, $fast:expr) => {
                    binary!($op, $fast, reg!(i.c()))
                };
            }
            macro_rules! binary_k {
                ($op:ident, $fast:expr) => {
                    binary!($op, $fast, constant!(i.c()))
                };
            }
            macro_rules! holds {
                ($op:ident, $x:expr, $y:expr) => {{
                    let (x, y) = ($x, $y);
                    match compare::fast(CmpOp::$op, x, y) {
                        Some(b) => b,
                        None => some!(fast::compare(vm, CmpOp::$op, x, y)),
                    }
                }};
            }
            macro_rules! compare_r {
                ($op:ident) => {{
                    let b = holds!($op, reg!(i.b()), reg!(i.c()));
                    set!(i.a(), Value::bool(b).word())
                }};
            }
            macro_rules! compare_k {
                ($op:ident) => {{
                    let b = holds!($op, reg!(i.b()), constant!(i.c()));
                    set!(i.a(), Value::bool(b).word())
                }};
            }
            macro_rules! jump_r {
                ($op:ident, $sense:literal) => {
                    if holds!($op, reg!(i.a()), reg!(i.b())) == $sense {
                        jump!(i.off());
                    }
                };
            }
            macro_rules! jump_k {
                ($op:ident, $sense:literal) => {
                    if holds!($op, reg!(i.a()), constant!(i.b())) == $sense {
                        jump!(i.off());
                    }
                };
            }
            // How a call has gone.
            macro_rules! went {
                ($outcome:expr, $top:expr) => {
                    match tri!($outcome) {
                        calls::Entered::Value => {
                            vm.top.set($top);
                            set!(i.a(), vm.ret.get());
                        }
                        calls::Entered::Frame => {
                            fr = Fr::load(vm);
                            entered!();
                        }
                        calls::Entered::Native(native, args) => {
                            break 'run Exit::Native(native, args, i.a());
                        }
                        calls::Entered::Not => {
                            vm.top.set($top);
                            general!()
                        }
                    }
                };
            }
            // A call laid out at register `at`.
            macro_rules! call {
            ($at:expr, $n:expr, $keywords:literal) => {{
                let (at, n): (u16, u32) = ($at, $n);
                let callable = some!(reg!(at).as_ref_index());
                let h = some!(words.get(callable));
                if kind_is(h, Kind::Function) {
                    let code_word = some!(words.get(callable + 1 + function::CODE as u32));
                    let globals = some!(words.get(callable + 1 + function::GLOBALS as u32));
                    let (info, [instrs, consts, caches]) =
                        some!(tables(words, index_of(code_word)));
                    let fits = if $keywords {
                        let names = w[REGISTERS + usize::from(i.b()) + 2].get();
                        crate::plan::in_place(vm, index_of(code_word), names, n)
                    } else {
                        info.takes_exactly(n)
                    };
                    if fits {
                        let base = fr.base + u32::from(at) + header::SIZE;
                        let end = base + info.registers();
                        if vm.depth.get() >= vm.recursion_limit.get()
                            || end + Vm::STACK_RESERVE > vm.stack_end.get()
                        {
                            general!();
                        }
                        vm.ensure_top(end);
                        // The window's index of the new frame's header, whose FUNC is the callable as it stands there.
                        let h = REGISTERS + usize::from(at);
                        let link = Link::new(fr.base, ip - fr.instrs, Entry::Python);
                        w[h + CODE].set(code_word);
                        w[h + LINK].set(link.0);
                        w[h + GLOBALS].set(globals);
                        w[h + LOCALS].set(Word::EMPTY.bits());
                        w[h + EXC].set(Word::EMPTY.bits());
                        let first = h + REGISTERS;
                        if let Some(unbound) =
                            w.get(first + n as usize..first + info.locals() as usize)
                        {
                            unbound.iter().for_each(|c| c.set(Word::EMPTY.bits()));
                        }
                        vm.depth.set(vm.depth.get() + 1);
                        vm.base.set(base);
                        vm.top.set(end);
                        fr = Fr {
                            base,
                            pc: 0,
                            instrs,
                            consts,
                            caches,
                        };
                        entered!();
                    }
                }
                publish!();
                let (index, top) = (fr.base + u32::from(at), vm.top.get());
                let outcome = if kind_is(h, Kind::Native) && !$keywords {
                    if let Some(word) = calls::quick(vm, callable, index, n) {
                        vm.top.set(top);
                        set!(i.a(), word);
                        continue 'run;
                    }
                    calls::leaf(vm, index, n)
                } else {
                    let names = $keywords.then(|| calls::keyword_names(vm, &fr, i));
                    calls::enter(vm, index, n, names)
                };
                went!(outcome, top)
            }};
        }
            match i.op_byte() {
                byte::Nop => {}
                byte::Move => set!(i.a(), reg!(i.b())),
                byte::LoadConst => set!(
                    i.a(),
                    Word::from_bits(some!(words.get(fr.consts.wrapping_add(i.bx()))))
                ),
                byte::LoadInt => set!(i.a(), Word::int_wrapping(i64::from(i.sbx()))),
                byte::LoadEmpty => set!(i.a(), Word::EMPTY),
                byte::CheckLocal => {
                    if reg!(i.a()).is_empty() {
                        general!();
                    }
                }
                byte::DeleteLocal => {
                    if reg!(i.a()).is_empty() {
                        general!();
                    }
                    set!(i.a(), Word::EMPTY)
                }

                // ---- cells
                byte::LoadCell => {
                    let cell = some!(reg!(i.b()).as_ref_index());
                    let [h, content] = some!(words.two(cell));
                    if !kind_is(h, Kind::Cell) || content == Word::EMPTY.bits() {
                        general!();
                    }
                    set!(i.a(), Word::from_bits(content))
                }

                // ---- names and globals
                byte::LoadGlobalCached | byte::LoadBuiltinCached => {
                    let site = some!(site(words, &fr, i.c()));
                    let globals = Word::from_bits(w[GLOBALS].get());
                    set!(i.a(), some!(super::cache::global(vm, words, globals, site)))
                }
                // In a module's body, where names are globals.
                byte::LoadName => {
                    let site = some!(site(words, &fr, i.c()));
                    let globals = w[GLOBALS].get();
                    if w[LOCALS].get() != globals {
                        general!();
                    }
                    let globals = Word::from_bits(globals);
                    set!(i.a(), some!(super::cache::global(vm, words, globals, site)))
                }
                byte::StoreName => {
                    let globals = w[GLOBALS].get();
                    let (globals, own) = (Word::from_bits(globals), w[LOCALS].get() == globals);
                    if !own || !super::cache::store_global(vm, &fr, globals, i.c(), reg!(i.a())) {
                        general!();
                    }
                }

                // ---- attributes
                byte::LoadAttrSlot => {
                    let [w0, w1] = some!(site(words, &fr, i.c()));
                    let object = some!(reg!(i.b()).as_ref_index());
                    let h = some!(words.get(object));
                    let [w0, w1] = if index_of(h) == index_of(w0) && w0 != 0 {
                        [w0, w1]
                    } else {
                        some!(more(vm, &fr, i.c(), index_of(h), Op::LoadAttrSlot))
                    };
                    if !version_is(words, index_of(w1), w0 as u32) {
                        general!();
                    }
                    set!(
                        i.a(),
                        some!(super::cache::slot_word(vm, words, object, w1 as u32))
                    )
                }
                byte::LoadAttrOfType => {
                    let [w0, w1] = some!(site(words, &fr, i.c()));
                    let object = some!(reg!(i.b()).as_ref_index());
                    let h = some!(words.get(object));
                    let [w0, w1] = if index_of(h) == index_of(w0) && w0 != 0 {
                        [w0, w1]
                    } else {
                        some!(more(vm, &fr, i.c(), index_of(h), Op::LoadAttrOfType))
                    };
                    if !version_is(words, index_of(w1), w0 as u32) {
                        general!();
                    }
                    set!(i.a(), Word::from_bits(some!(words.get(w1 as u32))))
                }
                byte::LoadAttrClass => {
                    let [w0, w1] = some!(site(words, &fr, i.c()));
                    let class = some!(reg!(i.b()).as_ref_index());
                    if class != index_of(w0) || w0 == 0 || !version_is(words, class, w0 as u32) {
                        general!();
                    }
                    set!(i.a(), Word::from_bits(w1))
                }
                byte::LoadAttrModule => set!(
                    i.a(),
                    some!(super::cache::attr_of_module(vm, &fr, reg!(i.b()), i.c()))
                ),
                byte::LoadMethodCached => {
                    let [w0, w1] = some!(site(words, &fr, i.c()));
                    let receiver = reg!(i.b());
                    let object = some!(receiver.as_ref_index());
                    let h = some!(words.get(object));
                    let shape = index_of(h);
                    let guard = if shape != 0 {
                        shape
                    } else {
                        u32::from(h as u8)
                    };
                    let [w0, w1] = if guard == index_of(w0) && guard != 0 {
                        [w0, w1]
                    } else {
                        some!(more(vm, &fr, i.c(), guard, Op::LoadMethodCached))
                    };
                    if !version_is(words, index_of(w1), w0 as u32) {
                        general!();
                    }
                    set!(i.a(), Word::reference(w1 as u32));
                    w[REGISTERS + usize::from(i.a()) + REGISTERS].set(receiver.bits())
                }
                byte::LoadMethodClass => {
                    let receiver = reg!(i.b());
                    let site = some!(site(words, &fr, i.c()));
                    let (binds, callable) =
                        some!(super::cache::class_method(words, receiver, site));
                    let at = REGISTERS + usize::from(i.a());
                    if binds {
                        w[at].set(callable.bits());
                        w[at + REGISTERS].set(receiver.bits());
                    } else {
                        w[at + 1].set(callable.bits());
                        w[at + REGISTERS].set(Word::EMPTY.bits());
                    }
                }
                byte::LoadSuperMethod => {
                    let first = REGISTERS + usize::from(i.b());
                    let operands = [0, 1, 2].map(|k| Word::from_bits(w[first + k].get()));
                    let site = some!(site(words, &fr, i.c()));
                    let function = some!(super::cache::super_method(vm, words, operands, site));
                    set!(i.a(), function);
                    w[REGISTERS + usize::from(i.a()) + REGISTERS].set(operands[2].bits());
                }
                // A function of a module; other methods quicken the instruction.
                byte::LoadMethod => {
                    let receiver = reg!(i.b());
                    let function = some!(super::cache::attr_of_module(vm, &fr, receiver, i.c()));
                    let at = REGISTERS + usize::from(i.a());
                    w[at + 1].set(function.bits());
                    w[at + REGISTERS].set(Word::EMPTY.bits());
                }
                // A property with a Python function, which is called; what else is cached quickens the instruction.
                byte::LoadAttr => {
                    let [w0, w1] = some!(site(words, &fr, i.c()));
                    let receiver = reg!(i.b());
                    let object = some!(receiver.as_ref_index());
                    let h = some!(words.get(object));
                    if index_of(h) != index_of(w0)
                        || w0 == 0
                        || !version_is(words, index_of(w1), w0 as u32)
                    {
                        general!();
                    }
                    publish!();
                    let property = Word::reference(w1 as u32);
                    match tri!(calls::enter_getter(vm, property, receiver)) {
                        calls::Entered::Value => {
                            vm.top.set(vm.frame_end(fr.base));
                            set!(i.a(), vm.ret.get());
                        }
                        calls::Entered::Frame => {
                            fr = Fr::load(vm);
                            entered!();
                        }
                        calls::Entered::Not | calls::Entered::Native(..) => general!(),
                    }
                }
                byte::StoreAttrSlot => {
                    if !super::cache::store_slot(vm, &fr, i) {
                        general!();
                    }
                }
                byte::StoreAttrAdd => {
                    if !super::cache::store_add(vm, &fr, i) {
                        general!();
                    }
                }

                // ---- items
                byte::LoadItem => item!(reg!(i.c())),
                byte::LoadItemK => item!(constant!(i.c())),
                byte::StoreItem => {
                    publish!();
                    let (x, key, value) = (reg!(i.a()), reg!(i.b()), reg!(i.c()));
                    if !super::items::set_list_item(vm, x, key, value)
                        && fast::set_item(vm, x, key, value).is_none()
                    {
                        let stored =
                            operators::item(vm, Dunder::SetItem, Entry::Discard, [x, key, value]);
                        match tri!(stored) {
                            operators::Done::Value(_) => {}
                            operators::Done::Frame => {
                                fr = Fr::load(vm);
                                entered!();
                            }
                            operators::Done::Not => general!(),
                        }
                    }
                }

                // ---- arithmetic
                byte::Add => binary_r!(Add, arith::int_add),
                byte::AddK => binary_k!(Add, arith::int_add),
                byte::Sub => binary_r!(Sub, arith::int_sub),
                byte::SubK => binary_k!(Sub, arith::int_sub),
                byte::Mul => binary_r!(Mul, arith::int_mul),
                byte::MulK => binary_k!(Mul, arith::int_mul),
                byte::TrueDiv => binary_r!(TrueDiv, arith::none),
                byte::TrueDivK => binary_k!(TrueDiv, arith::none),
                byte::FloorDiv => binary_r!(FloorDiv, arith::int_floor_div),
                byte::FloorDivK => binary_k!(FloorDiv, arith::int_floor_div),
                byte::Mod => binary_r!(Mod, arith::int_mod),
                byte::ModK => binary_k!(Mod, arith::int_mod),
                byte::Pow => binary_r!(Pow, arith::int_pow),
                byte::PowK => binary_k!(Pow, arith::int_pow),
                byte::LShift => binary_r!(LShift, arith::int_lshift),
                byte::LShiftK => binary_k!(LShift, arith::int_lshift),
                byte::RShift => binary_r!(RShift, arith::int_rshift),
                byte::RShiftK => binary_k!(RShift, arith::int_rshift),
                byte::And => binary_r!(And, arith::int_and),
                byte::AndK => binary_k!(And, arith::int_and),
                byte::Or => binary_r!(Or, arith::int_or),
                byte::OrK => binary_k!(Or, arith::int_or),
                byte::Xor => binary_r!(Xor, arith::int_xor),
                byte::XorK => binary_k!(Xor, arith::int_xor),
                byte::Neg => set!(i.a(), some!(arith::neg_fast(reg!(i.b())))),
                byte::Not => {
                    let t = truth!(i.b());
                    set!(i.a(), Value::bool(!t).word())
                }
                byte::ToBool => {
                    let t = truth!(i.b());
                    set!(i.a(), Value::bool(t).word())
                }

                // ---- comparison
                byte::Lt => compare_r!(Lt),
                byte::LtK => compare_k!(Lt),
                byte::Le => compare_r!(Le),
                byte::LeK => compare_k!(Le),
                byte::Eq => compare_r!(Eq),
                byte::EqK => compare_k!(Eq),
                byte::Ne => compare_r!(Ne),
                byte::NeK => compare_k!(Ne),
                byte::Gt => compare_r!(Gt),
                byte::GtK => compare_k!(Gt),
                byte::Ge => compare_r!(Ge),
                byte::GeK => compare_k!(Ge),
                byte::Is => set!(
                    i.a(),
                    Value::bool((reg!(i.b()) == reg!(i.c())) != (i.d() & 1 == 1)).word()
                ),
                byte::Contains => {
                    let found = some!(fast::contains(vm, reg!(i.c()), reg!(i.b())));
                    set!(i.a(), Value::bool(found != (i.d() & 1 == 1)).word())
                }

                // ---- jumps
                byte::Jump => jump!(i.sbx()),
                byte::JumpBack => {
                    jump!(i.sbx());
                    if vm.breaker.load(Ordering::Relaxed) != 0 {
                        break 'run Exit::Safepoint;
                    }
                    if !ONE && compiled::is_hot(vm, index_of(w[CODE].get()), 1) {
                        fr.pc = ip - fr.instrs;
                        compiled!();
                    }
                }
                byte::JumpIfTrue => {
                    if truth!(i.a()) {
                        jump!(i.sbx());
                    }
                }
                byte::JumpIfFalse => {
                    if !truth!(i.a()) {
                        jump!(i.sbx());
                    }
                }
                byte::JumpIfNone => {
                    if reg!(i.a()) == Word::NONE {
                        jump!(i.sbx());
                    }
                }
                byte::JumpIfNotNone => {
                    if reg!(i.a()) != Word::NONE {
                        jump!(i.sbx());
                    }
                }
                byte::JumpLt => jump_r!(Lt, true),
                byte::JumpLe => jump_r!(Le, true),
                byte::JumpEq => jump_r!(Eq, true),
                byte::JumpNe => jump_r!(Ne, true),
                byte::JumpGt => jump_r!(Gt, true),
                byte::JumpGe => jump_r!(Ge, true),
                byte::JumpNotLt => jump_r!(Lt, false),
                byte::JumpNotLe => jump_r!(Le, false),
                byte::JumpNotEq => jump_r!(Eq, false),
                byte::JumpNotNe => jump_r!(Ne, false),
                byte::JumpNotGt => jump_r!(Gt, false),
                byte::JumpNotGe => jump_r!(Ge, false),
                byte::JumpLtK => jump_k!(Lt, true),
                byte::JumpLeK => jump_k!(Le, true),
                byte::JumpEqK => jump_k!(Eq, true),
                byte::JumpNeK => jump_k!(Ne, true),
                byte::JumpGtK => jump_k!(Gt, true),
                byte::JumpGeK => jump_k!(Ge, true),
                byte::JumpNotLtK => jump_k!(Lt, false),
                byte::JumpNotLeK => jump_k!(Le, false),
                byte::JumpNotEqK => jump_k!(Eq, false),
                byte::JumpNotNeK => jump_k!(Ne, false),
                byte::JumpNotGtK => jump_k!(Gt, false),
                byte::JumpNotGeK => jump_k!(Ge, false),
                byte::JumpIs => {
                    if reg!(i.a()) == reg!(i.b()) {
                        jump!(i.off());
                    }
                }
                byte::JumpIsNot => {
                    if reg!(i.a()) != reg!(i.b()) {
                        jump!(i.off());
                    }
                }

                // ---- calls
                byte::Call => call!(i.b(), u32::from(i.c()), false),
                byte::CallMethod => {
                    let (at, n) = some!(calls::method_pair_at(w, i));
                    call!(at, n, false)
                }
                byte::CallKw => call!(i.b(), u32::from(i.c()), true),
                byte::CallMethodKw => {
                    let (at, n) = some!(calls::method_pair_at(w, i));
                    call!(at, n, true)
                }
                byte::CallEx => {
                    publish!();
                    let top = vm.top.get();
                    went!(spread::enter(vm, fr.base + u32::from(i.b())), top)
                }
                byte::Return => {
                    let value = reg!(i.a());
                    let link = Link(w[LINK].get());
                    if link.entry() == Entry::Python && !Word::from_bits(w[LOCALS].get()).is_ref() {
                        let base = link.base();
                        let window = some!(vm.heap.stack_window(base.wrapping_sub(header::SIZE)));
                        let (info, [instrs, consts, caches]) =
                            some!(tables(words, index_of(window[CODE].get())));
                        fr = Fr {
                            base,
                            pc: link.pc(),
                            instrs,
                            consts,
                            caches,
                        };
                        vm.depth.set(vm.depth.get() - 1);
                        vm.base.set(base);
                        vm.top.set(base + info.registers());
                        ip = instrs + link.pc();
                        words = vm.heap.view();
                        w = window;
                        let call = Instr(words.get(ip - 1).unwrap_or(0));
                        set!(call.a(), value);
                        if !ONE && compiled::is_compiled(vm, index_of(w[CODE].get())) {
                            compiled!();
                        }
                        continue;
                    }
                    publish!();
                    let left = tri!(calls::leave(vm, &mut fr, value));
                    left!(left)
                }

                // ---- generators
                byte::Yield => {
                    fr.pc = ip - fr.instrs;
                    publish!();
                    let item = reg!(i.b());
                    if Link(w[LINK].get()).entry().has_sink() && sink::yielded(vm, fr.base, item) {
                        set!(i.a(), Word::NONE);
                        continue;
                    }
                    if crate::park::park(vm, &mut fr, i, item).is_some() {
                        switch!();
                    }
                    let left = crate::generator::suspend(vm, &mut fr, item);
                    left!(left)
                }

                byte::YieldFrom => {
                    publish!();
                    fr.pc = ip - fr.instrs;
                    let left = some!(tri!(crate::generator::step_delegate(vm, &mut fr, i)));
                    if let calls::Left::Caller = left {
                        resumed!();
                    }
                    left!(left)
                }
                byte::GetAwaitable => {
                    let iterator =
                        crate::generator::delegate_quick(vm, reg!(i.b()), Sort::Coroutine);
                    set!(i.a(), some!(iterator))
                }
                byte::GetYieldFromIter => {
                    let iterator =
                        crate::generator::delegate_quick(vm, reg!(i.b()), Sort::Generator);
                    set!(i.a(), some!(iterator))
                }

                // ---- iteration and unpacking
                byte::GetIter => {
                    publish!();
                    set!(
                        i.a(),
                        some!(iterators::fast_iter(vm, reg!(i.b()).value(vm)))
                    )
                }
                byte::ForIter => {
                    let iterator = reg!(i.b());
                    let at = some!(iterator.as_ref_index());
                    let h = some!(words.get(at));
                    if kind_is(h, Kind::Iter) {
                        publish!();
                        let step = match iterators::step_words(vm, words, iterator) {
                            Some(step) => step,
                            None => iterate::step(vm, iterator),
                        };
                        match step {
                            iterators::Fast::Item(word) => set!(i.a(), word),
                            iterators::Fast::End => jump!(i.off()),
                            iterators::Fast::Slow => general!(),
                        }
                    } else if kind_is(h, Kind::Generator) {
                        publish!();
                        fr.pc = ip - fr.instrs;
                        if !tri!(crate::generator::enter_for(vm, &mut fr, i)) {
                            general!();
                        }
                        resumed!();
                    } else {
                        general!();
                    }
                }
                byte::UnpackSequence => {
                    let (source, n) = (reg!(i.b()), usize::from(i.c()));
                    let first = REGISTERS + usize::from(i.a());
                    let targets = some!(w.get(first..first + n));
                    if !fast::unpack(vm, source, targets) {
                        general!();
                    }
                }

                // ---- construction
                byte::BuildTuple => {
                    publish!();
                    set!(i.a(), tri!(build::tuple(vm, &fr, i.b(), i.c())).word())
                }
                byte::BuildList => {
                    publish!();
                    set!(i.a(), tri!(build::list(vm, &fr, i.b(), i.c())).word())
                }
                byte::ListAppend => {
                    publish!();
                    tri!(build::list_append(
                        vm,
                        reg!(i.a()).value(vm),
                        reg!(i.b()).value(vm)
                    ))
                }

                // ---- exceptions
                byte::Raise if i.d() == 1 => {
                    publish!();
                    let raised = some!(exceptions::raise_quick(vm, reg!(i.a())));
                    break 'run Exit::Raised(raised);
                }
                byte::MakeCell
                | byte::CopyFree
                | byte::StoreCell
                | byte::LoadCommon
                | byte::StoreGlobal
                | byte::LoadSlice
                | byte::BuildSlice
                | byte::StoreSlice
                | byte::MakeFunction
                | byte::BuildString
                | byte::BuildSet
                | byte::SetAdd
                | byte::BuildMap
                | byte::MapAdd
                | byte::ListExtend
                | byte::ListToTuple
                | byte::DictMerge
                | byte::FormatValue
                | byte::PushExc
                | byte::PopExc
                | byte::MatchExc => {
                    publish!();
                    if !tri!(simple::execute(vm, &fr, i)) {
                        general!();
                    }
                }
                _ => general!(),
            }
        };
        if vm.any_parked() && matches!(exit, Exit::General) {
            // It may have been that.
            vm.unpark();
            begun = false;
            continue 'enter;
        }
        break exit;
    };
    // (Compiled code, which executes one instruction, goes on before Python code can run or anything is collected.)
    if !ONE {
        vm.unpark();
    }
    fr.pc = ip - fr.instrs;
    *f = fr;
    exit
}
