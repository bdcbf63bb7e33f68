//! The loop.
//!
//! Rules that its arms keep: `vm.pc` is written before anything that can raise, run Python code or look at frames; the stack's top is the end of the
//! running frame whenever an instruction begins; operands are read before the result is stored (they may be the same register).

use super::{
    Fr, arith, build, cache, calls, compare, exceptions, imports, intrinsics, items, iterate,
    matching, names, unwind,
};
use crate::local::{Local, Py, Ret};
use crate::vm::Vm;
use mesapy_bytecode::{BinOp, CmpOp, Op};
use mesapy_heap::{Value, Word};
use std::sync::atomic::Ordering;

/// Runs the frame on top, which Rust code has just pushed, until it returns to Rust. Its value is in the return register.
pub(crate) fn run(vm: &mut Vm) -> Py<Ret> {
    let mut f = Fr::load(vm);
    if vm.breaker.load(Ordering::Relaxed) != 0 {
        if let Err(raised) = vm.safepoint() {
            unwind::unwind(vm, &mut f, raised)?;
        }
    }
    loop {
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
        let Some(op) = i.op() else {
            tri!(Err(vm.system_error("unknown opcode")))
        };
        match op {
            Op::Nop => {}
            Op::Move => set!(i.a(), f.reg(vm, i.b())),
            Op::LoadConst => set!(i.a(), f.constant(vm, i.bx())),
            Op::LoadInt => set!(i.a(), Word::int_wrapping(i64::from(i.sbx()))),
            Op::LoadEmpty => set!(i.a(), Word::EMPTY),
            Op::CheckLocal => {
                if f.reg(vm, i.a()).is_empty() {
                    tri!(Err(names::unbound_local(vm, i.bx())));
                }
            }
            Op::DeleteLocal => {
                if f.reg(vm, i.a()).is_empty() {
                    tri!(Err(names::unbound_local(vm, i.bx())));
                }
                f.set(vm, i.a(), Word::EMPTY);
            }

            // ---- cells
            Op::MakeCell => {
                let cell = vm.new_cell(f.value(vm, i.a())).value().word();
                f.set(vm, i.a(), cell);
            }
            Op::CopyFree => names::copy_free(vm, &f, i.a(), i.bx()),
            Op::LoadCell => match f.value(vm, i.b()).as_cell(vm).map(|c| c.get(vm)) {
                Some(v) if !v.is_empty() => set!(i.a(), v.word()),
                _ => tri!(Err(names::unbound_cell(vm, i.c(), i.d() == 1))),
            },
            Op::StoreCell => {
                if let Some(cell) = f.value(vm, i.a()).as_cell(vm) {
                    cell.set(vm, f.value(vm, i.b()));
                }
            }
            Op::DeleteCell => match f.value(vm, i.a()).as_cell(vm) {
                Some(cell) if !cell.get(vm).is_empty() => cell.set(vm, Value::EMPTY),
                _ => tri!(Err(names::unbound_cell(vm, i.c(), i.d() == 1))),
            },

            // ---- names and globals
            Op::LoadGlobalCached => match cache::global(vm, &f, i.c()) {
                Some(word) => f.set(vm, i.a(), word),
                None => ret!(i.a(), names::load_global(vm, &f, i)),
            },
            Op::LoadBuiltinCached => match cache::builtin(vm, &f, i.c()) {
                Some(word) => f.set(vm, i.a(), word),
                None => ret!(i.a(), names::load_global(vm, &f, i)),
            },
            Op::LoadGlobal => ret!(i.a(), names::load_global(vm, &f, i)),
            Op::StoreGlobal => calls!(names::store_global(vm, i.c(), local!(i.a()))),
            Op::DeleteGlobal => calls!({
                let empty = vm.local(Value::EMPTY);
                names::store_global(vm, i.c(), empty)
            }),
            Op::LoadName => ret!(i.a(), names::load_name(vm, i.c())),
            Op::StoreName => calls!(names::store_name(vm, i.c(), local!(i.a()))),
            Op::DeleteName => calls!(names::delete_name(vm, i.c())),
            Op::LoadFromDictOrGlobal => ret!(
                i.a(),
                names::load_from_dict_or_global(vm, local!(i.b()), i.c())
            ),
            Op::LoadFromDictOrCell => ret!(
                i.a(),
                names::load_from_dict_or_cell(vm, local!(i.a()), local!(i.b()), i.c())
            ),
            Op::LoadLocals => ret!(i.a(), names::load_locals(vm)),
            Op::LoadBuildClass => ret!(i.a(), names::load_build_class(vm)),
            Op::LoadCommon => set!(i.a(), names::common(vm, i.d()).word()),
            Op::SetupAnnotations => calls!(names::setup_annotations(vm)),

            // ---- attributes
            Op::LoadAttrSlot => match cache::attr_slot(vm, &f, f.reg(vm, i.b()), i.c()) {
                Some(word) => f.set(vm, i.a(), word),
                None => ret!(i.a(), cache::load_attr(vm, &f, i)),
            },
            Op::LoadAttrClass => match cache::attr_of_class(vm, &f, f.reg(vm, i.b()), i.c()) {
                Some(word) => f.set(vm, i.a(), word),
                None => ret!(i.a(), cache::load_attr(vm, &f, i)),
            },
            Op::LoadAttrModule => match cache::attr_of_module(vm, &f, f.reg(vm, i.b()), i.c()) {
                Some(word) => f.set(vm, i.a(), word),
                None => ret!(i.a(), cache::load_attr(vm, &f, i)),
            },
            Op::LoadAttr => ret!(i.a(), cache::load_attr(vm, &f, i)),
            Op::LoadMethodCached => match cache::method(vm, &f, f.reg(vm, i.b()), i.c()) {
                Some(func) => {
                    let receiver = f.reg(vm, i.b());
                    f.set(vm, i.a(), func);
                    f.set(vm, i.a() + 6, receiver);
                }
                None => calls!(cache::load_method(vm, &f, i)),
            },
            Op::LoadMethod => calls!(cache::load_method(vm, &f, i)),
            Op::StoreAttrSlot => {
                if !cache::store_slot(vm, &f, i) {
                    calls!(cache::store_attr(vm, &f, i));
                }
            }
            Op::StoreAttrAdd => {
                if !cache::store_add(vm, &f, i) {
                    calls!(cache::store_attr(vm, &f, i));
                }
            }
            Op::StoreAttr => calls!(cache::store_attr(vm, &f, i)),
            Op::DeleteAttr => calls!(cache::delete_attr(vm, i.c(), local!(i.a()))),
            Op::LoadSuperAttr => ret!(
                i.a(),
                names::load_super_attr(vm, local!(i.b()), i.c(), i.d() == 1)
            ),
            Op::LoadSuperMethod => calls!(names::load_super_method(vm, &f, i)),
            Op::LoadSpecial => calls!(names::load_special(vm, &f, i)),

            // ---- items
            Op::LoadItem => {
                let (x, y) = (f.reg(vm, i.b()), f.reg(vm, i.c()));
                match items::get_fast(vm, x, y) {
                    Some(word) => f.set(vm, i.a(), word),
                    None => ret!(i.a(), vm.get_item(local!(i.b()), local!(i.c()))),
                }
            }
            Op::LoadItemK => {
                let (x, y) = (f.reg(vm, i.b()), f.constant(vm, u32::from(i.c())));
                match items::get_fast(vm, x, y) {
                    Some(word) => f.set(vm, i.a(), word),
                    None => ret!(i.a(), {
                        let key = vm.local(y.value(vm));
                        vm.get_item(local!(i.b()), key)
                    }),
                }
            }
            Op::StoreItem => {
                if !items::set_fast(vm, f.reg(vm, i.a()), f.reg(vm, i.b()), f.reg(vm, i.c())) {
                    calls!(vm.set_item(local!(i.a()), local!(i.b()), local!(i.c())));
                }
            }
            Op::DeleteItem => calls!(vm.del_item(local!(i.a()), local!(i.b()))),
            Op::LoadSlice => ret!(
                i.a(),
                items::load_slice(vm, local!(i.b()), local!(i.c()), local!(i.c() + 1))
            ),
            Op::StoreSlice => calls!(items::store_slice(
                vm,
                local!(i.a()),
                local!(i.b()),
                local!(i.b() + 1),
                local!(i.c())
            )),

            // ---- arithmetic
            Op::Add => binary_r!(Add, arith::int_add),
            Op::AddK => binary_k!(Add, arith::int_add),
            Op::Sub => binary_r!(Sub, arith::int_sub),
            Op::SubK => binary_k!(Sub, arith::int_sub),
            Op::Mul => binary_r!(Mul, arith::int_mul),
            Op::MulK => binary_k!(Mul, arith::int_mul),
            Op::TrueDiv => binary_r!(TrueDiv, arith::none),
            Op::TrueDivK => binary_k!(TrueDiv, arith::none),
            Op::FloorDiv => binary_r!(FloorDiv, arith::int_floor_div),
            Op::FloorDivK => binary_k!(FloorDiv, arith::int_floor_div),
            Op::Mod => binary_r!(Mod, arith::int_mod),
            Op::ModK => binary_k!(Mod, arith::int_mod),
            Op::Pow => binary_r!(Pow, arith::none),
            Op::PowK => binary_k!(Pow, arith::none),
            Op::MatMul => binary_r!(MatMul, arith::none),
            Op::LShift => binary_r!(LShift, arith::int_lshift),
            Op::LShiftK => binary_k!(LShift, arith::int_lshift),
            Op::RShift => binary_r!(RShift, arith::int_rshift),
            Op::RShiftK => binary_k!(RShift, arith::int_rshift),
            Op::And => binary_r!(And, arith::int_and),
            Op::AndK => binary_k!(And, arith::int_and),
            Op::Or => binary_r!(Or, arith::int_or),
            Op::OrK => binary_k!(Or, arith::int_or),
            Op::Xor => binary_r!(Xor, arith::int_xor),
            Op::XorK => binary_k!(Xor, arith::int_xor),
            Op::Neg => match arith::neg_fast(f.reg(vm, i.b())) {
                Some(word) => f.set(vm, i.a(), word),
                None => ret!(i.a(), vm.negative(local!(i.b()))),
            },
            Op::Pos => ret!(i.a(), vm.positive(local!(i.b()))),
            Op::Invert => ret!(i.a(), vm.invert(local!(i.b()))),
            Op::Not => {
                let t = truth!(f.reg(vm, i.b()), local!(i.b()));
                f.set(vm, i.a(), Value::bool(!t).word());
            }
            Op::ToBool => {
                let t = truth!(f.reg(vm, i.b()), local!(i.b()));
                f.set(vm, i.a(), Value::bool(t).word());
            }

            // ---- comparison
            Op::Lt => compare!(Lt, f.reg(vm, i.c()), local!(i.c())),
            Op::LtK => compare_k!(Lt),
            Op::Le => compare!(Le, f.reg(vm, i.c()), local!(i.c())),
            Op::LeK => compare_k!(Le),
            Op::Eq => compare!(Eq, f.reg(vm, i.c()), local!(i.c())),
            Op::EqK => compare_k!(Eq),
            Op::Ne => compare!(Ne, f.reg(vm, i.c()), local!(i.c())),
            Op::NeK => compare_k!(Ne),
            Op::Gt => compare!(Gt, f.reg(vm, i.c()), local!(i.c())),
            Op::GtK => compare_k!(Gt),
            Op::Ge => compare!(Ge, f.reg(vm, i.c()), local!(i.c())),
            Op::GeK => compare_k!(Ge),
            Op::Is => set!(
                i.a(),
                Value::bool((f.reg(vm, i.b()) == f.reg(vm, i.c())) != (i.d() & 1 == 1)).word()
            ),
            Op::Contains => {
                let found = calls!(vm.contains(local!(i.c()), local!(i.b())));
                f.set(vm, i.a(), Value::bool(found != (i.d() & 1 == 1)).word());
            }

            // ---- jumps
            Op::Jump => f.jump(i.sbx()),
            Op::JumpBack => {
                f.jump(i.sbx());
                if vm.breaker.load(Ordering::Relaxed) != 0 {
                    calls!(vm.safepoint());
                }
            }
            Op::JumpIfTrue => {
                if truth!(f.reg(vm, i.a()), local!(i.a())) {
                    f.jump(i.sbx());
                }
            }
            Op::JumpIfFalse => {
                if !truth!(f.reg(vm, i.a()), local!(i.a())) {
                    f.jump(i.sbx());
                }
            }
            Op::JumpIfNone => {
                if f.reg(vm, i.a()) == Word::NONE {
                    f.jump(i.sbx());
                }
            }
            Op::JumpIfNotNone => {
                if f.reg(vm, i.a()) != Word::NONE {
                    f.jump(i.sbx());
                }
            }
            Op::JumpLt => jump_r!(Lt, true),
            Op::JumpLe => jump_r!(Le, true),
            Op::JumpEq => jump_r!(Eq, true),
            Op::JumpNe => jump_r!(Ne, true),
            Op::JumpGt => jump_r!(Gt, true),
            Op::JumpGe => jump_r!(Ge, true),
            Op::JumpNotLt => jump_r!(Lt, false),
            Op::JumpNotLe => jump_r!(Le, false),
            Op::JumpNotEq => jump_r!(Eq, false),
            Op::JumpNotNe => jump_r!(Ne, false),
            Op::JumpNotGt => jump_r!(Gt, false),
            Op::JumpNotGe => jump_r!(Ge, false),
            Op::JumpLtK => jump_k!(Lt, true),
            Op::JumpLeK => jump_k!(Le, true),
            Op::JumpEqK => jump_k!(Eq, true),
            Op::JumpNeK => jump_k!(Ne, true),
            Op::JumpGtK => jump_k!(Gt, true),
            Op::JumpGeK => jump_k!(Ge, true),
            Op::JumpNotLtK => jump_k!(Lt, false),
            Op::JumpNotLeK => jump_k!(Le, false),
            Op::JumpNotEqK => jump_k!(Eq, false),
            Op::JumpNotNeK => jump_k!(Ne, false),
            Op::JumpNotGtK => jump_k!(Gt, false),
            Op::JumpNotGeK => jump_k!(Ge, false),
            Op::JumpIs => {
                if f.reg(vm, i.a()) == f.reg(vm, i.b()) {
                    f.jump(i.off());
                }
            }
            Op::JumpIsNot => {
                if f.reg(vm, i.a()) != f.reg(vm, i.b()) {
                    f.jump(i.off());
                }
            }

            // ---- calls
            Op::Call | Op::CallPython | Op::CallNative | Op::CallClass => {
                vm.pc.set(f.pc);
                tri!(calls::call(vm, &mut f, i, i.b(), u32::from(i.c())));
            }
            Op::CallMethod | Op::CallMethodPython | Op::CallMethodNative => {
                vm.pc.set(f.pc);
                let (at, n) = calls::method_pair(vm, &f, i);
                tri!(calls::call(vm, &mut f, i, at, n));
            }
            Op::CallKw => {
                vm.pc.set(f.pc);
                tri!(calls::call_kw(vm, &mut f, i, i.b(), u32::from(i.c())));
            }
            Op::CallMethodKw => {
                vm.pc.set(f.pc);
                tri!(calls::call_method_kw(vm, &mut f, i));
            }
            Op::CallEx => ret!(
                i.a(),
                calls::call_ex(vm, local!(i.b()), local!(i.b() + 6), local!(i.b() + 7))
            ),
            Op::Return => {
                let value = f.reg(vm, i.a());
                vm.pc.set(f.pc);
                if tri!(calls::leave(vm, &mut f, value)) {
                    return Ok(Ret(()));
                }
            }
            Op::MakeFunction => ret!(i.a(), build::make_function(vm, local!(i.b()), i.d())),

            // ---- generators and coroutines
            Op::Yield => {
                let value = f.reg(vm, i.b());
                vm.pc.set(f.pc);
                if crate::generator::suspend(vm, &mut f, value) {
                    return Ok(Ret(()));
                }
            }
            Op::YieldFrom => {
                let yielded = calls!(crate::generator::yield_from(
                    vm,
                    local!(i.b()),
                    local!(i.c())
                ));
                let word = vm.ret.get();
                if yielded {
                    vm.pc.set(f.pc - 1);
                    if crate::generator::suspend(vm, &mut f, word) {
                        return Ok(Ret(()));
                    }
                } else {
                    f.set(vm, i.a(), word);
                }
            }
            Op::GetYieldFromIter => {
                ret!(i.a(), crate::generator::yield_from_iter(vm, local!(i.b())))
            }
            Op::GetAwaitable => ret!(i.a(), crate::generator::awaitable(vm, local!(i.b()), i.d())),
            Op::GetAIter => ret!(i.a(), crate::generator::aiter(vm, local!(i.b()))),
            Op::GetANext => ret!(i.a(), crate::generator::anext(vm, local!(i.b()))),
            Op::EndAsyncFor => {
                if !exceptions::is_stop_async_iteration(vm, f.value(vm, i.a())) {
                    tri!(Err(exceptions::reraise(vm, f.value(vm, i.a()))));
                }
            }

            // ---- iteration and unpacking
            Op::GetIter => ret!(i.a(), iterate::get_iter(vm, local!(i.b()))),
            Op::ForIter
            | Op::ForIterRange
            | Op::ForIterList
            | Op::ForIterTuple
            | Op::ForIterGenerator => {
                vm.pc.set(f.pc);
                tri!(iterate::for_iter(vm, &mut f, i));
            }
            Op::UnpackSequence => calls!(iterate::unpack(
                vm,
                local!(i.b()),
                f.base + u32::from(i.a()),
                u32::from(i.c())
            )),
            Op::UnpackEx => {
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
            Op::BuildTuple => set!(i.a(), tri!(build::tuple(vm, &f, i.b(), i.c())).word()),
            Op::BuildList => set!(i.a(), tri!(build::list(vm, &f, i.b(), i.c())).word()),
            Op::BuildSet => ret!(i.a(), build::set(vm, f.base + u32::from(i.b()), i.c())),
            Op::BuildMap => ret!(i.a(), build::map(vm, f.base + u32::from(i.b()), i.c())),
            Op::BuildSlice => {
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
            Op::BuildString => set!(i.a(), tri!(build::string(vm, &f, i.b(), i.c())).word()),
            Op::BuildTemplate => ret!(i.a(), build::template(vm, local!(i.b()), local!(i.c()))),
            Op::BuildInterpolation => ret!(
                i.a(),
                build::interpolation(
                    vm,
                    local!(i.b()),
                    local!(i.b() + 1),
                    i.d(),
                    local!(i.b() + 2)
                )
            ),
            Op::ListAppend => tri!(build::list_append(
                vm,
                f.value(vm, i.a()),
                f.value(vm, i.b())
            )),
            Op::SetAdd => calls!(vm.set_add(local!(i.a()), local!(i.b()))),
            Op::MapAdd => calls!(vm.dict_set(local!(i.a()), local!(i.b()), local!(i.c()))),
            Op::ListExtend => calls!(build::list_extend(vm, local!(i.a()), local!(i.b()))),
            Op::SetUpdate => calls!(build::set_update(vm, local!(i.a()), local!(i.b()))),
            Op::DictUpdate => calls!(build::dict_update(vm, local!(i.a()), local!(i.b()))),
            Op::DictMerge => calls!(build::dict_merge(
                vm,
                local!(i.a()),
                local!(i.b()),
                local!(i.c())
            )),
            Op::ListToTuple => set!(
                i.a(),
                tri!(build::list_to_tuple(vm, f.value(vm, i.b()))).word()
            ),
            Op::FormatValue => {
                let spec = if i.c() == 0xffff {
                    None
                } else {
                    Some(local!(i.c()))
                };
                ret!(i.a(), build::format_value(vm, local!(i.b()), i.d(), spec))
            }

            // ---- exceptions
            Op::PushExc => {
                exceptions::push(vm, &f, i.a(), i.b());
            }
            Op::PopExc => exceptions::pop(vm, &f, i.a()),
            Op::MatchExc => {
                let matches = calls!(exceptions::matches(vm, local!(i.b()), local!(i.c())));
                f.set(vm, i.a(), Value::bool(matches).word());
            }
            Op::MatchExcStar => calls!(exceptions::match_star(
                vm,
                local!(i.b()),
                local!(i.c()),
                local!(i.a()),
                local!(i.a() + 1)
            )),
            Op::PrepReraiseStar => ret!(
                i.a(),
                exceptions::prep_reraise_star(vm, local!(i.b()), local!(i.c()))
            ),
            Op::Raise => tri!({
                vm.pc.set(f.pc);
                exceptions::raise(vm, i.d(), local!(i.a()), local!(i.b()))
            }),
            Op::Reraise => {
                let raised = exceptions::reraise(vm, f.value(vm, i.a()));
                vm.pc.set(f.pc);
                unwind::unwind_again(vm, &mut f, raised)?;
            }
            Op::ExcInfo => exceptions::exc_info(vm, &f, i.a(), i.b()),

            // ---- imports
            Op::ImportName => ret!(
                i.a(),
                imports::import_name(vm, i.c(), local!(i.b()), local!(i.b() + 1))
            ),
            Op::ImportFrom => ret!(i.a(), imports::import_from(vm, local!(i.b()), i.c())),
            Op::ImportStar => calls!(imports::import_star(vm, local!(i.a()))),

            // ---- matching
            Op::MatchSequence => set!(
                i.a(),
                Value::bool(matching::is_sequence(vm, f.value(vm, i.b()))).word()
            ),
            Op::MatchMapping => set!(
                i.a(),
                Value::bool(matching::is_mapping(vm, f.value(vm, i.b()))).word()
            ),
            Op::MatchClass => ret!(
                i.a(),
                matching::match_class(
                    vm,
                    local!(i.b()),
                    local!(i.b() + 1),
                    local!(i.b() + 2),
                    usize::from(i.c())
                )
            ),
            Op::MatchKeys => ret!(
                i.a(),
                matching::match_keys(vm, local!(i.b()), local!(i.c()))
            ),
            Op::GetLen => {
                let n = calls!(vm.len(local!(i.b())));
                set!(i.a(), vm.int(n as i64).word());
            }

            Op::Intrinsic1 => ret!(i.a(), intrinsics::intrinsic1(vm, i.d(), local!(i.b()))),
            Op::Intrinsic2 => ret!(
                i.a(),
                intrinsics::intrinsic2(vm, i.d(), local!(i.b()), local!(i.b() + 1))
            ),
        }
    }
}
