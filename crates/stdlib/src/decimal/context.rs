//! `Context`: precision, exponents, rounding, and the signals that were raised and are trapped, as bits. And the current context, which is a context variable.

use super::{Support, call_support};
use crate::support::*;
use mesapy_text::number::decimal::{self as arith, EMAX_MAX, EMIN_MIN, PREC_MAX, Rounding};
use mesapy_vm::objects::numbers::Int;

const PREC: usize = 0;
const EMIN: usize = 1;
const EMAX: usize = 2;
const ROUNDING: usize = 3;
const CAPITALS: usize = 4;
const CLAMP: usize = 5;
const TRAPS: usize = 6;
const STATUS: usize = 7;
/// The mappings that Python sees of the two.
const FLAGS_VIEW: usize = 8;
const TRAPS_VIEW: usize = 9;
const SLOTS: u16 = 10;

pub static CONTEXT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "decimal.Context",
    doc: "The context affects almost all operations and controls rounding,\nOver/Underflow, raising of exceptions and much more.  A new context\ncan be constructed as follows:\n\n    >>> c = Context(prec=28, Emin=-425000000, Emax=425000000,\n    ...             rounding=ROUND_HALF_EVEN, capitals=1, clamp=1,\n    ...             traps=[InvalidOperation, DivisionByZero, Overflow],\n    ...             flags=[])\n    >>>\n\n",
    layout: Layout::Slots(SLOTS),
    flags: BASE,
    methods: super::context_methods::METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};
static GETSET: &[GetSet] = &[
    GetSet {
        name: "prec",
        get: |vm, this| number(vm, this, PREC),
        set: Some(set_prec),
        doc: "",
    },
    GetSet {
        name: "Emin",
        get: |vm, this| number(vm, this, EMIN),
        set: Some(set_emin),
        doc: "",
    },
    GetSet {
        name: "Emax",
        get: |vm, this| number(vm, this, EMAX),
        set: Some(set_emax),
        doc: "",
    },
    GetSet {
        name: "rounding",
        get: rounding,
        set: Some(set_rounding),
        doc: "",
    },
    GetSet {
        name: "capitals",
        get: |vm, this| number(vm, this, CAPITALS),
        set: Some(set_capitals),
        doc: "",
    },
    GetSet {
        name: "clamp",
        get: |vm, this| number(vm, this, CLAMP),
        set: Some(set_clamp),
        doc: "",
    },
    GetSet {
        name: "flags",
        get: |vm, this| view_of(vm, this, FLAGS_VIEW),
        set: Some(|vm, this, v| set_signals(vm, this, STATUS, v)),
        doc: "",
    },
    GetSet {
        name: "traps",
        get: |vm, this| view_of(vm, this, TRAPS_VIEW),
        set: Some(|vm, this, v| set_signals(vm, this, TRAPS, v)),
        doc: "",
    },
    GetSet {
        name: "_status_bits",
        get: |vm, this| number(vm, this, STATUS),
        set: Some(|vm, this, v| set_bits(vm, this, STATUS, v)),
        doc: "",
    },
    GetSet {
        name: "_traps_bits",
        get: |vm, this| number(vm, this, TRAPS),
        set: Some(|vm, this, v| set_bits(vm, this, TRAPS, v)),
        doc: "",
    },
];

fn number(vm: &mut Vm, this: Local, at: usize) -> Py<Ret> {
    Ok(vm.ret(slot(vm, this, at)))
}
fn no_delete(vm: &Vm, value: Local) -> Py<()> {
    if value.value(vm).is_empty() {
        return Err(vm.attribute_error(
            "context attributes cannot be deleted",
            Value::NONE,
            Value::NONE,
        ));
    }
    Ok(())
}
fn set_number(
    vm: &mut Vm,
    this: Local,
    at: usize,
    value: Local,
    range: std::ops::RangeInclusive<i64>,
    text: &str,
) -> Py<()> {
    no_delete(vm, value)?;
    let Some(n) = Int::of(vm, value.value(vm)) else {
        return Err(vm.type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            vm.type_name_for_error(value.value(vm))
        )));
    };
    match n.to_i64(vm) {
        Some(n) if range.contains(&n) => {
            set_int_slot(vm, this, at, n);
            Ok(())
        }
        Some(_) => Err(vm.value_error(text)),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}
fn set_prec(vm: &mut Vm, this: Local, v: Local) -> Py<()> {
    set_number(
        vm,
        this,
        PREC,
        v,
        1..=PREC_MAX,
        "valid range for prec is [1, MAX_PREC]",
    )
}
fn set_emin(vm: &mut Vm, this: Local, v: Local) -> Py<()> {
    set_number(
        vm,
        this,
        EMIN,
        v,
        EMIN_MIN..=0,
        "valid range for Emin is [MIN_EMIN, 0]",
    )
}
fn set_emax(vm: &mut Vm, this: Local, v: Local) -> Py<()> {
    set_number(
        vm,
        this,
        EMAX,
        v,
        0..=EMAX_MAX,
        "valid range for Emax is [0, MAX_EMAX]",
    )
}
fn set_capitals(vm: &mut Vm, this: Local, v: Local) -> Py<()> {
    set_number(
        vm,
        this,
        CAPITALS,
        v,
        0..=1,
        "valid values for capitals are [0, 1]",
    )
}
fn set_clamp(vm: &mut Vm, this: Local, v: Local) -> Py<()> {
    set_number(
        vm,
        this,
        CLAMP,
        v,
        0..=1,
        "valid values for clamp are [0, 1]",
    )
}
fn set_bits(vm: &mut Vm, this: Local, at: usize, v: Local) -> Py<()> {
    no_delete(vm, v)?;
    let bits = vm.index(v)?;
    set_int_slot(vm, this, at, bits & 0xFFFF);
    Ok(())
}
/// As below, or a list of signals, which only the constructor takes.
fn set_listed(vm: &mut Vm, this: Local, at: usize, v: Local) -> Py<()> {
    let bits = call_support(vm, "_listed_bits", &[v])?.keep(vm);
    set_bits(vm, this, at, bits)
}
/// A dict of signals, or a mapping of another context.
fn set_signals(vm: &mut Vm, this: Local, at: usize, v: Local) -> Py<()> {
    no_delete(vm, v)?;
    let bits = call_support(vm, "_signal_bits", &[v])?.keep(vm);
    set_bits(vm, this, at, bits)
}
fn view_of(vm: &mut Vm, this: Local, at: usize) -> Py<Ret> {
    if slot(vm, this, at).is_empty() {
        let which = vm.local(Value::bool(at == TRAPS_VIEW));
        let view = call_support(vm, "_signal_view", &[this, which])?.keep(vm);
        set_slot(vm, this, at, view.value(vm));
    }
    Ok(vm.ret(slot(vm, this, at)))
}
fn rounding(vm: &mut Vm, this: Local) -> Py<Ret> {
    let name = Rounding::NAMES
        .get(int_slot(vm, this, ROUNDING) as usize)
        .copied()
        .unwrap_or_default();
    Ok(vm.ret(vm.intern(name.as_bytes()).value()))
}
/// The index of a rounding mode given by name.
pub(super) fn rounding_index(vm: &Vm, v: Local) -> Py<usize> {
    v.value(vm)
        .as_str(vm)
        .and_then(|s| Rounding::by_name(s.as_utf8(vm)?))
        .ok_or_else(|| {
            vm.type_error("valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]")
        })
}
fn set_rounding(vm: &mut Vm, this: Local, v: Local) -> Py<()> {
    no_delete(vm, v)?;
    let i = rounding_index(vm, v)?;
    set_int_slot(vm, this, ROUNDING, i as i64);
    Ok(())
}

// ---- construction

pub(super) fn new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Local> {
    let made = make(vm, cls, &CONTEXT)?;
    for (at, n) in [
        (PREC, 28),
        (EMIN, -999_999),
        (EMAX, 999_999),
        (ROUNDING, 6),
        (CAPITALS, 1),
        (CLAMP, 0),
        (STATUS, 0),
    ] {
        set_int_slot(vm, made, at, n);
    }
    let traps = arith::status::INVALID | arith::status::DIVISION_BY_ZERO | arith::status::OVERFLOW;
    set_int_slot(vm, made, TRAPS, i64::from(traps));
    Ok(made)
}
pub(super) fn init(
    vm: &mut Vm,
    this: Local,
    prec: Option<Local>,
    rounding: Option<Local>,
    emin: Option<Local>,
    emax: Option<Local>,
    capitals: Option<Local>,
    clamp: Option<Local>,
    flags: Option<Local>,
    traps: Option<Local>,
) -> Py<()> {
    type Setter = fn(&mut Vm, Local, Local) -> Py<()>;
    let setters: [(Option<Local>, Setter); 8] = [
        (prec, set_prec),
        (rounding, set_rounding),
        (emin, set_emin),
        (emax, set_emax),
        (capitals, set_capitals),
        (clamp, set_clamp),
        (flags, |vm, this, v| set_listed(vm, this, STATUS, v)),
        (traps, |vm, this, v| set_listed(vm, this, TRAPS, v)),
    ];
    for (given, set) in setters {
        if let Some(v) = given.filter(|v| !v.value(vm).is_none()) {
            set(vm, this, v)?;
        }
    }
    Ok(())
}
pub(super) fn copy(vm: &mut Vm, this: Local) -> Py<Local> {
    let made = make_exact(vm, &CONTEXT)?;
    for at in [PREC, EMIN, EMAX, ROUNDING, CAPITALS, CLAMP, TRAPS, STATUS] {
        set_slot(vm, made, at, slot(vm, this, at));
    }
    Ok(made)
}
pub(super) fn clear_flags(vm: &mut Vm, this: Local) -> Py<()> {
    set_int_slot(vm, this, STATUS, 0);
    Ok(())
}
pub(super) fn clear_traps(vm: &mut Vm, this: Local) -> Py<()> {
    set_int_slot(vm, this, TRAPS, 0);
    Ok(())
}

// ---- what operations read and write

/// What the arithmetic regards.
pub(super) fn view(vm: &Vm, ctx: Local) -> arith::Context {
    match ctx.value(vm).as_obj() {
        Some(ctx) => view_of_object(vm, ctx),
        None => arith::Context::MAX,
    }
}
pub(super) fn view_of_object(vm: &Vm, ctx: Obj<'_>) -> arith::Context {
    let slots = ctx.first_slots(vm).unwrap_or([Value::EMPTY; STATUS + 1]);
    let number = |at: usize| slots[at].as_i64(vm).unwrap_or(0);
    arith::Context {
        prec: number(PREC),
        emin: number(EMIN),
        emax: number(EMAX),
        rounding: Rounding::from_index(number(ROUNDING) as usize).unwrap_or(Rounding::HalfEven),
        clamp: number(CLAMP) != 0,
    }
}
/// How a context rounds, if it has so many digits and exponents up to `far` in both directions, and doesn't clamp them.
#[inline]
pub(super) fn rounding_within(vm: &Vm, ctx: Obj<'_>, digits: i64, far: i64) -> Option<Rounding> {
    let slots = vm.heap.view().array::<{ CLAMP + 1 }>(ctx.index() + 1)?;
    let number = |at: usize| mesapy_heap::Word::from_bits(slots[at]).as_small_int();
    let roomy = number(PREC)? >= digits
        && number(EMAX)? >= far
        && number(EMIN)? <= -far
        && number(CLAMP)? == 0;
    Rounding::from_index(number(ROUNDING)? as usize).filter(|_| roomy)
}
/// The signals that were raised, and those that are trapped.
pub(super) fn signals(vm: &Vm, ctx: Obj<'_>) -> (i64, i64) {
    let number = |at| ctx.slot(vm, at).as_small_int().unwrap_or(0);
    (number(STATUS), number(TRAPS))
}
pub(super) fn set_status(vm: &Vm, ctx: Obj<'_>, bits: i64) {
    ctx.set_slot(vm, STATUS, vm.int(bits));
}
pub(super) fn capitals(vm: &Vm, ctx: Local) -> bool {
    int_slot(vm, ctx, CAPITALS) != 0
}
/// Notes what happened, and raises nothing.
pub(super) fn note_status(vm: &Vm, ctx: Local, what: u32) {
    let old = int_slot(vm, ctx, STATUS);
    set_int_slot(vm, ctx, STATUS, old | i64::from(what));
}
/// Notes what happened; raises what is trapped.
pub(super) fn add_status(vm: &mut Vm, ctx: Local, what: u32) -> Py<()> {
    if what == 0 {
        return Ok(());
    }
    let old = int_slot(vm, ctx, STATUS);
    set_int_slot(vm, ctx, STATUS, old | i64::from(what));
    if what & arith::status::MALLOC_ERROR != 0 {
        return Err(vm.memory_error());
    }
    let trapped = i64::from(what) & int_slot(vm, ctx, TRAPS);
    if trapped == 0 {
        return Ok(());
    }
    let bits = vm.local(vm.int(trapped));
    let error = call_support(vm, "_error", &[bits])?.keep(vm);
    Err(vm.raise(error.value(vm)))
}

// ---- the current context

fn variable(vm: &Vm) -> Py<Local> {
    match vm.state_if_any::<Support>().and_then(|s| s.variable) {
        Some(pin) => Ok(vm.local(vm.pinned(pin))),
        None => Err(vm.system_error("module _decimal is not loaded")),
    }
}
pub(super) fn current(vm: &mut Vm) -> Py<Local> {
    let variable = variable(vm)?;
    if let Some(found) = crate::contextvars::value_of(vm, variable)? {
        return Ok(found);
    }
    let made = call_support(vm, "_fresh_context", &[])?.keep(vm);
    crate::contextvars::set_value(vm, variable, made)?;
    Ok(made)
}
pub(super) fn getcontext(vm: &mut Vm) -> Py<Local> {
    current(vm)
}
pub(super) fn is_context(vm: &Vm, value: Value<'_>) -> bool {
    vm.has_layout(value, &CONTEXT)
}
pub(super) fn setcontext(vm: &mut Vm, context: Local) -> Py<()> {
    if !is_context(vm, context.value(vm)) {
        return Err(vm.type_error("argument must be a context"));
    }
    // The templates stay as they are.
    let template = call_support(vm, "_is_template", &[context])?.keep(vm);
    let context = if vm.truth(template)? {
        let made = copy(vm, context)?;
        set_int_slot(vm, made, STATUS, 0);
        made
    } else {
        context
    };
    let variable = variable(vm)?;
    crate::contextvars::set_value(vm, variable, context)
}
/// The context that a method was given, or the current one.
pub(super) fn given(vm: &mut Vm, context: Option<Local>) -> Py<Local> {
    match context {
        None => current(vm),
        Some(c) if c.value(vm).is_none() => current(vm),
        Some(c) if is_context(vm, c.value(vm)) => Ok(c),
        Some(_) => Err(vm.type_error("optional argument must be a context")),
    }
}
