//! The loop.
//!
//! Rules that its arms keep: `vm.pc` is written before anything that can raise, run Python code or look at frames; the stack's top is the end of the
//! running frame whenever an instruction begins; operands are read before the result is stored (they may be the same register).
//!
//! Most instructions end in `inner.rs`, which does what needs no more than `&Vm`; here is every instruction in full, executed when the inner loop leaves one over.

use super::{
    Fr, arith, build, cache, calls, compare, exceptions, imports, inner, intrinsics, items,
    iterate, matching, names, operators, unwind,
};
use crate::local::{Local, Py, Ret};
use crate::trace;
use crate::vm::Vm;
use mesapy_bytecode::op::byte;
use mesapy_bytecode::{BinOp, CmpOp};
use mesapy_heap::{Value, Word};
use std::sync::atomic::Ordering;

/// Runs the frame on top, which Rust code has just pushed, until it returns to Rust. Its value is in the return register.
pub(crate) fn run(vm: &mut Vm) -> Py<Ret> {
    crate::guard::run_guarded(vm, run_loops)
}

/// The loop has two forms: the second tells `trace` of each instruction. They change over to each other.
fn run_loops(vm: &mut Vm) -> Py<Ret> {
    loop {
        let result = if vm.tracing() {
            run_loop::<true>(vm)
        } else {
            run_loop::<false>(vm)
        };
        if !vm.switch_loop.replace(false) {
            return result;
        }
    }
}

fn run_loop<const TRACED: bool>(vm: &mut Vm) -> Py<Ret> {
    let mut f = Fr::load(vm);
    if vm.breaker.load(Ordering::Relaxed) != 0 {
        if let Err(raised) = vm.safepoint() {
            unwind::unwind(vm, &mut f, raised)?;
        }
    }
    loop {
        // The inner loop tells nobody what it does.
        let exit = if TRACED {
            inner::Exit::General
        } else {
            inner::run::<false>(vm, &mut f)
        };
        match exit {
            inner::Exit::General | inner::Exit::Stepped => {}
            inner::Exit::Returned => return Ok(Ret(())),
            inner::Exit::Raised(raised) => {
                vm.pc.set(f.pc);
                unwind::unwind(vm, &mut f, raised)?;
                continue;
            }
            inner::Exit::Declined => {
                if let Err(raised) = operators::finish_declined(vm, &f) {
                    unwind::unwind(vm, &mut f, raised)?;
                }
                continue;
            }
            inner::Exit::Native(native, args, a) => {
                vm.pc.set(f.pc);
                match vm.check_native_stack().and_then(|()| native(vm, args)) {
                    Ok(ret) => {
                        let word = ret.get(vm).word();
                        vm.top.set(vm.frame_end(f.base));
                        f.set(vm, a, word);
                    }
                    Err(raised) => unwind::unwind(vm, &mut f, raised)?,
                }
                if vm.tracing() {
                    vm.pc.set(f.pc);
                    vm.begin_tracing();
                    vm.switch_loop.set(true);
                    return Ok(Ret(()));
                }
                continue;
            }
            inner::Exit::Safepoint => {
                vm.pc.set(f.pc);
                let top = vm.top.get();
                match vm.safepoint() {
                    Ok(()) => vm.top.set(top),
                    Err(raised) => {
                        unwind::unwind(vm, &mut f, raised)?;
                        continue;
                    }
                }
                if vm.tracing() {
                    vm.begin_tracing();
                    vm.switch_loop.set(true);
                    return Ok(Ret(()));
                }
            }
        }
        let i = f.fetch(vm);
        // An exception: unwound to a handler of this run, or out of it.
        macro_rules! tri {
            ($e:expr) => {
                match $e {
                    Ok(v) => v,
                    Err(raised) => {
                        vm.pc.set(f.pc);
                        unwind::unwind(vm, &mut f, raised)?;
                        continue;
                    }
                }
            };
        }
        if TRACED {
            match tri!(trace::before(vm, &mut f, i)) {
                trace::Step::Go => {}
                trace::Step::Again => continue,
                trace::Step::Leave => {
                    vm.switch_loop.set(true);
                    return Ok(Ret(()));
                }
            }
        }
        // Where the breaker is looked at: the plain loop gives way to the watching one.
        macro_rules! change_over {
            () => {
                if !TRACED && vm.tracing() {
                    vm.pc.set(f.pc);
                    vm.begin_tracing();
                    vm.switch_loop.set(true);
                    return Ok(Ret(()));
                }
            };
        }
        // Something that may run Python code: pc published before, stack cut back after.
        macro_rules! calls {
            ($e:expr) => {{
                vm.pc.set(f.pc);
                let top = vm.top.get();
                let result = tri!($e);
                vm.top.set(top);
                result
            }};
        }
        macro_rules! set {
            ($r:expr, $v:expr) => {{
                let word = $v;
                f.set(vm, $r, word);
            }};
        }
        macro_rules! local {
            ($r:expr) => {
                Local::at(f.base + u32::from($r))
            };
        }
        macro_rules! ret {
            ($r:expr, $e:expr) => {{
                let ret: Ret = calls!($e);
                let word = ret.get(vm).word();
                f.set(vm, $r, word);
            }};
        }
        macro_rules! truth {
            ($word:expr, $local:expr) => {{
                let word: Word = $word;
                if word == Word::TRUE {
                    true
                } else if word == Word::FALSE || word == Word::NONE {
                    false
                } else if let Some(n) = word.as_small_int() {
                    n != 0
                } else {
                    calls!(vm.truth($local))
                }
            }};
        }
        macro_rules! binary {
            ($op:ident, $fast:expr, $rhs:expr, $rhs_local:expr) => {{
                let (x, y) = (f.reg(vm, i.b()), $rhs);
                match $fast(x, y) {
                    Some(word) => f.set(vm, i.a(), word),
                    None => match arith::float_fast(vm, BinOp::$op, x, y) {
                        Some(word) => f.set(vm, i.a(), word),
                        None => ret!(
                            i.a(),
                            arith::binary(
                                vm,
                                BinOp::$op,
                                i.d() & 1 != 0,
                                local!(i.b()),
                                $rhs_local
                            )
                        ),
                    },
                }
            }};
        }
        macro_rules! binary_r {
            ($op:ident, $fast:expr) => {
                binary!($op, $fast, f.reg(vm, i.c()), local!(i.c()))
            };
        }
        macro_rules! binary_k {
            ($op:ident, $fast:expr) => {{
                let k = f.constant(vm, u32::from(i.c()));
                binary!($op, $fast, k, { vm.local(k.value(vm)) })
            }};
        }
        macro_rules! compare {
            ($op:ident, $y:expr, $y_local:expr) => {{
                let (x, y) = (f.reg(vm, i.b()), $y);
                match compare::fast(CmpOp::$op, x, y) {
                    Some(b) => f.set(vm, i.a(), Value::bool(b).word()),
                    None => ret!(i.a(), vm.rich_compare(local!(i.b()), $y_local, CmpOp::$op)),
                }
            }};
        }
        macro_rules! compare_k {
            ($op:ident) => {{
                let k = f.constant(vm, u32::from(i.c()));
                compare!($op, k, { vm.local(k.value(vm)) })
            }};
        }
        macro_rules! jump_compare {
            ($op:ident, $sense:literal, $y:expr, $y_local:expr) => {{
                let (x, y) = (f.reg(vm, i.a()), $y);
                let holds = match compare::fast(CmpOp::$op, x, y) {
                    Some(b) => b,
                    None => calls!(compare::test(vm, local!(i.a()), $y_local, CmpOp::$op)),
                };
                if holds == $sense {
                    f.jump(i.off());
                }
            }};
        }
        macro_rules! jump_r {
            ($op:ident, $sense:literal) => {
                jump_compare!($op, $sense, f.reg(vm, i.b()), local!(i.b()))
            };
        }
        macro_rules! jump_k {
            ($op:ident, $sense:literal) => {{
                let k = f.constant(vm, u32::from(i.b()));
                jump_compare!($op, $sense, k, { vm.local(k.value(vm)) })
            }};
        }
        match i.op_byte() {
            byte::Nop => {}
            byte::Move => set!(i.a(), f.reg(vm, i.b())),
            byte::LoadConst => set!(i.a(), f.constant(vm, i.bx())),
            byte::LoadInt => set!(i.a(), Word::int_wrapping(i64::from(i.sbx()))),
            byte::LoadEmpty => set!(i.a(), Word::EMPTY),
            byte::CheckLocal => {
                if f.reg(vm, i.a()).is_empty() {
                    tri!(Err(names::unbound_local(vm, i.bx())));
                }
            }
            byte::DeleteLocal => {
                if f.reg(vm, i.a()).is_empty() {
                    tri!(Err(names::unbound_local(vm, i.bx())));
                }
                f.set(vm, i.a(), Word::EMPTY);
            }

            // ---- cells
            byte::MakeCell => {
                vm.pc.set(f.pc);
                let cell = vm.new_cell(f.value(vm, i.a())).value().word();
                f.set(vm, i.a(), cell);
            }
            byte::CopyFree => names::copy_free(vm, &f, i.a(), i.bx()),
            byte::LoadCell => match f.value(vm, i.b()).as_cell(vm).map(|c| c.get(vm)) {
                Some(v) if !v.is_empty() => set!(i.a(), v.word()),
                _ => tri!(Err(names::unbound_cell(vm, i.c(), i.d() == 1))),
            },
            byte::StoreCell => {
                if let Some(cell) = f.value(vm, i.a()).as_cell(vm) {
                    cell.set(vm, f.value(vm, i.b()));
                }
            }
            byte::DeleteCell => match f.value(vm, i.a()).as_cell(vm) {
                Some(cell) if !cell.get(vm).is_empty() => cell.set(vm, Value::EMPTY),
                _ => tri!(Err(names::unbound_cell(vm, i.c(), i.d() == 1))),
            },

            // ---- names and globals
            byte::LoadGlobalCached | byte::LoadBuiltinCached => {
                match cache::global_of(vm, &f, i.c()) {
                    Some(word) => f.set(vm, i.a(), word),
                    None => ret!(i.a(), names::load_global(vm, &f, i)),
                }
            }
            byte::LoadGlobal => ret!(i.a(), names::load_global(vm, &f, i)),
            byte::StoreGlobal => calls!(names::store_global(vm, i.c(), local!(i.a()))),
            byte::DeleteGlobal => calls!({
                let empty = vm.local(Value::EMPTY);
                names::store_global(vm, i.c(), empty)
            }),
            byte::LoadName => ret!(i.a(), names::load_name(vm, i.c())),
            byte::StoreName => calls!(names::store_name(vm, i.c(), local!(i.a()))),
            byte::DeleteName => calls!(names::delete_name(vm, i.c())),
            byte::LoadFromDictOrGlobal => ret!(
                i.a(),
                names::load_from_dict_or_global(vm, local!(i.b()), i.c())
            ),
            byte::LoadFromDictOrCell => ret!(
                i.a(),
                names::load_from_dict_or_cell(vm, local!(i.a()), local!(i.b()), i.c())
            ),
            byte::LoadLocals => ret!(i.a(), names::load_locals(vm)),
            byte::LoadBuildClass => ret!(i.a(), names::load_build_class(vm)),
            byte::LoadCommon => set!(i.a(), names::common(vm, i.d()).word()),
            byte::SetupAnnotations => calls!(names::setup_annotations(vm)),

            // ---- attributes
            byte::LoadAttrSlot => match cache::attr_slot(vm, &f, f.reg(vm, i.b()), i.c()) {
                Some(word) => f.set(vm, i.a(), word),
                None => ret!(i.a(), cache::load_attr(vm, &f, i)),
            },
            byte::LoadAttrClass => match cache::attr_of_class(vm, &f, f.reg(vm, i.b()), i.c()) {
                Some(word) => f.set(vm, i.a(), word),
                None => ret!(i.a(), cache::load_attr(vm, &f, i)),
            },
            byte::LoadAttrModule => match cache::attr_of_module(vm, &f, f.reg(vm, i.b()), i.c()) {
                Some(word) => f.set(vm, i.a(), word),
                None => ret!(i.a(), cache::load_attr(vm, &f, i)),
            },
            byte::LoadAttr | byte::LoadAttrOfType => ret!(i.a(), cache::load_attr(vm, &f, i)),
            byte::LoadMethodCached => match cache::method(vm, &f, f.reg(vm, i.b()), i.c()) {
                Some(func) => {
                    let receiver = f.reg(vm, i.b());
                    f.set(vm, i.a(), func);
                    f.set(vm, i.a() + 6, receiver);
                }
                None => calls!(cache::load_method(vm, &f, i)),
            },
            byte::LoadMethod | byte::LoadMethodClass => calls!(cache::load_method(vm, &f, i)),
            byte::StoreAttrSlot => {
                if !cache::store_slot(vm, &f, i) {
                    calls!(cache::store_attr(vm, &f, i));
                }
            }
            byte::StoreAttrAdd => {
                if !cache::store_add(vm, &f, i) {
                    calls!(cache::store_attr(vm, &f, i));
                }
            }
            byte::StoreAttr => calls!(cache::store_attr(vm, &f, i)),
            byte::DeleteAttr => calls!(cache::delete_attr(vm, i.c(), local!(i.a()))),
            byte::LoadSuperAttr => ret!(
                i.a(),
                names::load_super_attr(vm, local!(i.b()), i.c(), i.d() == 1)
            ),
            byte::LoadSuperMethod => calls!(names::load_super_method(vm, &f, i)),
            byte::LoadSpecial => calls!(names::load_special(vm, &f, i)),

            // ---- items
            byte::LoadItem => {
                let (x, y) = (f.reg(vm, i.b()), f.reg(vm, i.c()));
                match items::get_fast(vm, x, y) {
                    Some(word) => f.set(vm, i.a(), word),
                    None => ret!(i.a(), vm.get_item(local!(i.b()), local!(i.c()))),
                }
            }
            byte::LoadItemK => {
                let (x, y) = (f.reg(vm, i.b()), f.constant(vm, u32::from(i.c())));
                match items::get_fast(vm, x, y) {
                    Some(word) => f.set(vm, i.a(), word),
                    None => ret!(i.a(), {
                        let key = vm.local(y.value(vm));
                        vm.get_item(local!(i.b()), key)
                    }),
                }
            }
            byte::StoreItem => {
                if !items::set_fast(vm, f.reg(vm, i.a()), f.reg(vm, i.b()), f.reg(vm, i.c())) {
                    calls!(vm.set_item(local!(i.a()), local!(i.b()), local!(i.c())));
                }
            }
            byte::DeleteItem => calls!(vm.del_item(local!(i.a()), local!(i.b()))),
            byte::LoadSlice => ret!(
                i.a(),
                items::load_slice(vm, local!(i.b()), local!(i.c()), local!(i.c() + 1))
            ),
            byte::StoreSlice => calls!(items::store_slice(
                vm,
                local!(i.a()),
                local!(i.b()),
                local!(i.b() + 1),
                local!(i.c())
            )),

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
            byte::Pow => binary_r!(Pow, arith::none),
            byte::PowK => binary_k!(Pow, arith::none),
            byte::MatMul => binary_r!(MatMul, arith::none),
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
            byte::Neg => match arith::neg_fast(f.reg(vm, i.b())) {
                Some(word) => f.set(vm, i.a(), word),
                None => ret!(i.a(), vm.negative(local!(i.b()))),
            },
            byte::Pos => ret!(i.a(), vm.positive(local!(i.b()))),
            byte::Invert => ret!(i.a(), vm.invert(local!(i.b()))),
            byte::Not => {
                let t = truth!(f.reg(vm, i.b()), local!(i.b()));
                f.set(vm, i.a(), Value::bool(!t).word());
            }
            byte::ToBool => {
                let t = truth!(f.reg(vm, i.b()), local!(i.b()));
                f.set(vm, i.a(), Value::bool(t).word());
            }

            // ---- comparison
            byte::Lt => compare!(Lt, f.reg(vm, i.c()), local!(i.c())),
            byte::LtK => compare_k!(Lt),
            byte::Le => compare!(Le, f.reg(vm, i.c()), local!(i.c())),
            byte::LeK => compare_k!(Le),
            byte::Eq => compare!(Eq, f.reg(vm, i.c()), local!(i.c())),
            byte::EqK => compare_k!(Eq),
            byte::Ne => compare!(Ne, f.reg(vm, i.c()), local!(i.c())),
            byte::NeK => compare_k!(Ne),
            byte::Gt => compare!(Gt, f.reg(vm, i.c()), local!(i.c())),
            byte::GtK => compare_k!(Gt),
            byte::Ge => compare!(Ge, f.reg(vm, i.c()), local!(i.c())),
            byte::GeK => compare_k!(Ge),
            byte::Is => set!(
                i.a(),
                Value::bool((f.reg(vm, i.b()) == f.reg(vm, i.c())) != (i.d() & 1 == 1)).word()
            ),
            byte::Contains => {
                let found = calls!(vm.contains(local!(i.c()), local!(i.b())));
                f.set(vm, i.a(), Value::bool(found != (i.d() & 1 == 1)).word());
            }

            // ---- jumps
            byte::Jump => f.jump(i.sbx()),
            byte::JumpBack => {
                f.jump(i.sbx());
                if vm.breaker.load(Ordering::Relaxed) != 0 {
                    calls!(vm.safepoint());
                    change_over!();
                }
            }
            byte::JumpIfTrue => {
                if truth!(f.reg(vm, i.a()), local!(i.a())) {
                    f.jump(i.sbx());
                }
            }
            byte::JumpIfFalse => {
                if !truth!(f.reg(vm, i.a()), local!(i.a())) {
                    f.jump(i.sbx());
                }
            }
            byte::JumpIfNone => {
                if f.reg(vm, i.a()) == Word::NONE {
                    f.jump(i.sbx());
                }
            }
            byte::JumpIfNotNone => {
                if f.reg(vm, i.a()) != Word::NONE {
                    f.jump(i.sbx());
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
                if f.reg(vm, i.a()) == f.reg(vm, i.b()) {
                    f.jump(i.off());
                }
            }
            byte::JumpIsNot => {
                if f.reg(vm, i.a()) != f.reg(vm, i.b()) {
                    f.jump(i.off());
                }
            }

            // ---- calls
            byte::Call => {
                vm.pc.set(f.pc);
                tri!(calls::call(vm, &mut f, i, i.b(), u32::from(i.c())));
                change_over!();
            }
            byte::CallMethod => {
                vm.pc.set(f.pc);
                let (at, n) = calls::method_pair(vm, &f, i);
                tri!(calls::call(vm, &mut f, i, at, n));
                change_over!();
            }
            byte::CallKw => {
                vm.pc.set(f.pc);
                tri!(calls::call_kw(vm, &mut f, i, i.b(), u32::from(i.c())));
                change_over!();
            }
            byte::CallMethodKw => {
                vm.pc.set(f.pc);
                tri!(calls::call_method_kw(vm, &mut f, i));
                change_over!();
            }
            byte::CallEx => ret!(
                i.a(),
                calls::call_ex(vm, local!(i.b()), local!(i.b() + 6), local!(i.b() + 7))
            ),
            byte::Return => {
                let value = f.reg(vm, i.a());
                vm.pc.set(f.pc);
                match tri!(calls::leave(vm, &mut f, value)) {
                    calls::Left::Caller => {}
                    calls::Left::Rust => return Ok(Ret(())),
                    calls::Left::Declined => tri!(operators::finish_declined(vm, &f)),
                }
            }
            byte::MakeFunction => set!(
                i.a(),
                tri!(build::make_function(vm, f.base + u32::from(i.b()), i.d())).word()
            ),

            // ---- generators and coroutines
            byte::Yield => {
                let value = f.reg(vm, i.b());
                vm.pc.set(f.pc);
                match crate::generator::suspend(vm, &mut f, value) {
                    calls::Left::Caller => {}
                    calls::Left::Rust => return Ok(Ret(())),
                    calls::Left::Declined => tri!(operators::finish_declined(vm, &f)),
                }
            }
            byte::YieldFrom => {
                let yielded = calls!(crate::generator::yield_from(
                    vm,
                    local!(i.b()),
                    local!(i.c())
                ));
                if TRACED && yielded {
                    tri!(trace::yields(vm, &f));
                }
                let word = vm.ret.get();
                if yielded {
                    match crate::generator::suspend(vm, &mut f, word) {
                        calls::Left::Caller => {}
                        calls::Left::Rust => return Ok(Ret(())),
                        calls::Left::Declined => tri!(operators::finish_declined(vm, &f)),
                    }
                } else {
                    f.set(vm, i.a(), word);
                }
            }
            byte::GetYieldFromIter => {
                ret!(i.a(), crate::generator::yield_from_iter(vm, local!(i.b())))
            }
            byte::GetAwaitable => {
                ret!(i.a(), crate::generator::awaitable(vm, local!(i.b()), i.d()))
            }
            byte::GetAIter => ret!(i.a(), crate::generator::aiter(vm, local!(i.b()))),
            byte::GetANext => ret!(i.a(), crate::generator::anext(vm, local!(i.b()))),
            byte::EndAsyncFor => {
                if !exceptions::is_stop_async_iteration(vm, f.value(vm, i.a())) {
                    tri!(Err(exceptions::reraise(vm, f.value(vm, i.a()))));
                }
            }

            // ---- iteration and unpacking
            byte::GetIter => ret!(i.a(), iterate::get_iter(vm, local!(i.b()))),
            byte::ForIter => {
                vm.pc.set(f.pc);
                tri!(iterate::for_iter(vm, &mut f, i));
            }
            byte::UnpackSequence => calls!(iterate::unpack(
                vm,
                local!(i.b()),
                f.base + u32::from(i.a()),
                u32::from(i.c())
            )),
            byte::UnpackEx => {
                let after = f.fetch(vm).bx();
                calls!(iterate::unpack_ex(
                    vm,
                    local!(i.b()),
                    f.base + u32::from(i.a()),
                    u32::from(i.c()),
                    after
                ));
            }

            // ---- construction
            byte::BuildTuple => set!(i.a(), tri!(build::tuple(vm, &f, i.b(), i.c())).word()),
            byte::BuildList => set!(i.a(), tri!(build::list(vm, &f, i.b(), i.c())).word()),
            byte::BuildSet => ret!(i.a(), build::set(vm, f.base + u32::from(i.b()), i.c())),
            byte::BuildMap => ret!(i.a(), build::map(vm, f.base + u32::from(i.b()), i.c())),
            byte::BuildSlice => {
                vm.pc.set(f.pc);
                let step = if i.c() == 3 {
                    f.value(vm, i.b() + 2)
                } else {
                    Value::NONE
                };
                let slice = crate::objects::slice::new_slice(
                    vm,
                    f.value(vm, i.b()),
                    f.value(vm, i.b() + 1),
                    step,
                )
                .word();
                f.set(vm, i.a(), slice);
            }
            byte::BuildString => set!(i.a(), tri!(build::string(vm, &f, i.b(), i.c())).word()),
            byte::BuildTemplate => ret!(i.a(), build::template(vm, local!(i.b()), local!(i.c()))),
            byte::BuildInterpolation => ret!(
                i.a(),
                build::interpolation(
                    vm,
                    local!(i.b()),
                    local!(i.b() + 1),
                    i.d(),
                    local!(i.b() + 2)
                )
            ),
            byte::ListAppend => tri!(build::list_append(
                vm,
                f.value(vm, i.a()),
                f.value(vm, i.b())
            )),
            byte::SetAdd => calls!(build::set_add(vm, local!(i.a()), local!(i.b()))),
            byte::MapAdd => calls!(vm.dict_set(local!(i.a()), local!(i.b()), local!(i.c()))),
            byte::ListExtend => calls!(build::list_extend(vm, local!(i.a()), local!(i.b()))),
            byte::SetUpdate => calls!(build::set_update(vm, local!(i.a()), local!(i.b()))),
            byte::DictUpdate => calls!(build::dict_update(vm, local!(i.a()), local!(i.b()))),
            byte::DictMerge => calls!(build::dict_merge(
                vm,
                local!(i.a()),
                local!(i.b()),
                local!(i.c())
            )),
            byte::ListToTuple => set!(
                i.a(),
                tri!(build::list_to_tuple(vm, f.value(vm, i.b()))).word()
            ),
            byte::FormatValue => {
                let spec = if i.c() == 0xffff {
                    None
                } else {
                    Some(local!(i.c()))
                };
                ret!(i.a(), build::format_value(vm, local!(i.b()), i.d(), spec))
            }

            // ---- exceptions
            byte::PushExc => {
                exceptions::push(vm, &f, i.a(), i.b());
            }
            byte::PopExc => exceptions::pop(vm, &f, i.a()),
            byte::MatchExc => {
                let matches = calls!(exceptions::matches(vm, local!(i.b()), local!(i.c())));
                f.set(vm, i.a(), Value::bool(matches).word());
            }
            byte::MatchExcStar => calls!(exceptions::match_star(
                vm,
                local!(i.b()),
                local!(i.c()),
                local!(i.a()),
                local!(i.a() + 1)
            )),
            byte::PrepReraiseStar => ret!(
                i.a(),
                exceptions::prep_reraise_star(vm, local!(i.b()), local!(i.c()))
            ),
            byte::Raise if i.d() == 0 => {
                vm.pc.set(f.pc);
                let again = vm.handled_exception().is_some();
                let raised = exceptions::raise_handled(vm);
                if again {
                    // The traceback stays as it is.
                    unwind::unwind_again(vm, &mut f, raised)?;
                } else {
                    unwind::unwind(vm, &mut f, raised)?;
                }
            }
            byte::Raise => tri!({
                vm.pc.set(f.pc);
                exceptions::raise(vm, i.d(), local!(i.a()), local!(i.b()))
            }),
            byte::Reraise => {
                let raised = exceptions::reraise(vm, f.value(vm, i.a()));
                vm.pc.set(f.pc);
                unwind::unwind_again(vm, &mut f, raised)?;
            }
            byte::ExcInfo => exceptions::exc_info(vm, &f, i.a(), i.b()),

            // ---- imports
            byte::ImportName => ret!(
                i.a(),
                imports::import_name(vm, i.c(), local!(i.b()), local!(i.b() + 1))
            ),
            byte::ImportFrom => ret!(i.a(), imports::import_from(vm, local!(i.b()), i.c())),
            byte::ImportStar => calls!(imports::import_star(vm, local!(i.a()))),

            // ---- matching
            byte::MatchSequence => set!(
                i.a(),
                Value::bool(matching::is_sequence(vm, f.value(vm, i.b()))).word()
            ),
            byte::MatchMapping => set!(
                i.a(),
                Value::bool(matching::is_mapping(vm, f.value(vm, i.b()))).word()
            ),
            byte::MatchClass => ret!(
                i.a(),
                matching::match_class(
                    vm,
                    local!(i.b()),
                    local!(i.b() + 1),
                    local!(i.b() + 2),
                    usize::from(i.c())
                )
            ),
            byte::MatchKeys => ret!(
                i.a(),
                matching::match_keys(vm, local!(i.b()), local!(i.c()))
            ),
            byte::GetLen => {
                let n = calls!(vm.len(local!(i.b())));
                set!(i.a(), vm.int(n as i64).word());
            }

            byte::Intrinsic1 => ret!(i.a(), intrinsics::intrinsic1(vm, i.d(), local!(i.b()))),
            byte::Intrinsic2 => ret!(
                i.a(),
                intrinsics::intrinsic2(vm, i.d(), local!(i.b()), local!(i.b() + 1))
            ),
            // The compiler never emits it and the verifier refuses it.
            _ => tri!(Err(vm.system_error("unknown opcode"))),
        }
    }
}
