//! Builtin functions over numbers: `abs`, `divmod`, `pow`, `round`, `sum`, `hash`, and the texts `bin`, `oct`, `hex`.

use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret, k};
use crate::native::Method;
use crate::objects::complex::complex_of;
use crate::objects::int;
use crate::objects::numbers::{Int, float_of};
use crate::quick::builtins::{quick_abs, quick_divmod, quick_hash};
use crate::sink::Sink;
use crate::vm::Vm;
use mesapy_bytecode::BinOp;
use mesapy_heap::{Kind, Value};

pub static FUNCTIONS: &[Method] = crate::methods! {
    "abs(x, /)" => quick quick_abs static calls abs(number), "Return the absolute value of the argument.";
    "bin(number, /)" => static calls bin(number), "Return the binary representation of an integer.\n\n   >>> bin(2796202)\n   '0b1010101010101010101010'";
    "divmod(x, y, /)" => quick quick_divmod static calls divmod(x, y), "Return the tuple (x//y, x%y).  Invariant: div*y + mod == x.";
    "hash(obj, /)" => quick quick_hash static calls hash(obj), "Return the hash value for the given object.\n\nObjects that compare equal have equal hashes; the reverse need not hold.";
    "hex(number, /)" => static calls hex(number), "Return the hexadecimal representation of an integer.\n\n   >>> hex(12648430)\n   '0xc0ffee'";
    "oct(number, /)" => static calls oct(number), "Return the octal representation of an integer.\n\n   >>> oct(342391)\n   '0o1234567'";
    "pow(base, exp, mod=None)" => static calls pow(base, exp, modulus), "base**exp with two arguments, base**exp % mod with three.\n\nInts have a way with three arguments that is faster than computing the power first.";
    "round(number, ndigits=None)" => static calls round(number, ndigits), "Round a number to a given precision in decimal digits.\n\nThe result is an integer if ndigits is omitted or None, else it has the number's type.\nndigits may be negative.";
    "sum(iterable, /, start=0)" => static calls sum(iterable, start), "Add the items of an iterable of numbers to 'start'.\n\nOf an empty iterable the sum is start. Meant for numbers; strings are refused.";
};

fn abs(vm: &mut Vm, number: Local) -> Py<Ret> {
    match vm.call_dunder(number, Dunder::Abs, &[])? {
        Some(ret) => Ok(ret),
        None => Err(vm.type_error(format!(
            "bad operand type for abs(): '{}'",
            vm.type_name_for_error(number.value(vm))
        ))),
    }
}
fn prefixed(vm: &mut Vm, number: Local, base: u32, prefix: &str) -> Py<Ret> {
    let ret = vm.index_value(number)?;
    let vm: &Vm = vm;
    let Some(n) = Int::of(vm, ret.get(vm)) else {
        return Err(vm.type_error("an int is required"));
    };
    let text = int::prefixed(vm, n, base, prefix)?;
    Ok(vm.ret(vm.new_str(text.as_bytes())?.value()))
}
fn bin(vm: &mut Vm, number: Local) -> Py<Ret> {
    prefixed(vm, number, 2, "0b")
}
fn oct(vm: &mut Vm, number: Local) -> Py<Ret> {
    prefixed(vm, number, 8, "0o")
}
fn hex(vm: &mut Vm, number: Local) -> Py<Ret> {
    prefixed(vm, number, 16, "0x")
}
fn hash(vm: &mut Vm, obj: Local) -> Py<i64> {
    vm.hash(obj)
}
fn divmod(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> {
    match vm.binary_by(BinOp::FloorDiv, Dunder::DivMod, Dunder::RDivMod, x, y)? {
        Some(ret) => Ok(ret),
        None => {
            let (tx, ty) = (
                vm.type_name_for_error(x.value(vm)),
                vm.type_name_for_error(y.value(vm)),
            );
            Err(vm.type_error(format!(
                "unsupported operand type(s) for divmod(): '{tx}' and '{ty}'"
            )))
        }
    }
}
/// Calls a special method with arguments; None for NotImplemented or if there is none.
fn attempt(vm: &mut Vm, receiver: Local, dunder: Dunder, args: &[Local]) -> Py<Option<Ret>> {
    let Some(ret) = vm.call_dunder(receiver, dunder, args)? else {
        return Ok(None);
    };
    let value = ret.get(vm);
    Ok(if value == Value::NOT_IMPLEMENTED {
        None
    } else {
        Some(vm.ret(value))
    })
}
fn pow(vm: &mut Vm, base: Local, exp: Local, modulus: Option<Local>) -> Py<Ret> {
    let Some(modulus) = modulus.filter(|m| !m.value(vm).is_none()) else {
        return vm.binary(BinOp::Pow, base, exp);
    };
    let (left, right) = (vm.type_of(base.value(vm)), vm.type_of(exp.value(vm)));
    // A subclass on the right that overrides the reflected power comes first, as with two operands.
    let reflected_first = left != right
        && vm.is_subtype(right, left)
        && vm.special(right, Dunder::RPow) != vm.special(left, Dunder::RPow);
    let different = left != right;
    if reflected_first {
        if let Some(ret) = attempt(vm, exp, Dunder::RPow, &[base, modulus])? {
            return Ok(ret);
        }
    }
    if let Some(ret) = attempt(vm, base, Dunder::Pow, &[exp, modulus])? {
        return Ok(ret);
    }
    if different && !reflected_first {
        if let Some(ret) = attempt(vm, exp, Dunder::RPow, &[base, modulus])? {
            return Ok(ret);
        }
    }
    // The third operand's type has its say last; of builtin types only these two refuse in words of their own.
    if float_of(vm, modulus.value(vm)).is_some() {
        return Err(
            vm.type_error("pow() 3rd argument not allowed unless all arguments are integers")
        );
    }
    if complex_of(vm, modulus.value(vm)).is_some() {
        return Err(vm.value_error("complex modulo"));
    }
    let names = [base, exp, modulus].map(|x| vm.type_name_for_error(x.value(vm)));
    Err(vm.type_error(format!(
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        names[0], names[1], names[2]
    )))
}
fn round(vm: &mut Vm, number: Local, ndigits: Option<Local>) -> Py<Ret> {
    let given = ndigits.filter(|n| !n.value(vm).is_none());
    let result = match given {
        Some(n) => vm.call_dunder(number, Dunder::Round, &[n])?,
        None => vm.call_dunder(number, Dunder::Round, &[])?,
    };
    match result {
        Some(ret) => Ok(ret),
        None => Err(vm.type_error(format!(
            "type {} doesn't define __round__ method",
            vm.type_name_for_error(number.value(vm))
        ))),
    }
}

/// A running sum in double precision that keeps the rounding errors beside it (Neumaier).
#[derive(Clone, Copy)]
struct Compensated {
    sum: f64,
    lost: f64,
}
impl Compensated {
    fn new(sum: f64) -> Self {
        Compensated { sum, lost: 0.0 }
    }
    fn add(&mut self, x: f64) {
        let total = self.sum + x;
        self.lost += if self.sum.abs() >= x.abs() {
            (self.sum - total) + x
        } else {
            (x - total) + self.sum
        };
        self.sum = total;
    }
    fn result(self) -> f64 {
        // An infinite or nan error says nothing about the sum.
        if self.lost != 0.0 && self.lost.is_finite() {
            self.sum + self.lost
        } else {
            self.sum
        }
    }
}
/// What a sum has come to while all items have been of builtin types.
enum Running {
    Int(i64),
    Float(Compensated),
    Complex(Compensated, Compensated),
    /// The sum is in the local.
    Any,
}
/// A builtin number without a subclass, as `sum` adds it itself.
fn is_plain(vm: &Vm, value: Value<'_>) -> bool {
    !value.is_kind(vm, Kind::Wrapped)
}
fn sum(vm: &mut Vm, iterable: Local, start: Option<Local>) -> Py<Ret> {
    let iterator = vm.iter(iterable)?.keep(vm);
    let total = vm.local(start.map_or(Value::int32(0), |s| s.value(vm)));
    let [item, beyond] = vm.locals([Value::NONE, Value::NONE]);
    {
        let first = total.value(vm);
        let refused = match (first.as_str(vm), first.as_bytes(vm), first.as_bytearray(vm)) {
            (Some(_), ..) => Some("sum() can't sum strings [use ''.join(seq) instead]"),
            (_, Some(_), _) => Some("sum() can't sum bytes [use b''.join(seq) instead]"),
            (.., Some(_)) => Some("sum() can't sum bytearray [use b''.join(seq) instead]"),
            _ => None,
        };
        if let Some(text) = refused {
            return Err(vm.type_error(text));
        }
    }
    let mut running = begin(vm, total.value(vm));
    let numbers: Local<k::List> = {
        let list = vm.new_list(&[])?;
        Local::at(vm.local(list.value()).0)
    };
    loop {
        if matches!(running, Running::Any) {
            if !vm.next_into(iterator, item)? {
                break;
            }
            vm.binary(BinOp::Add, total, item)?.put(vm, total);
            continue;
        }
        // Plain numbers come many at a time.
        let more = vm.next_beyond(iterator, numbers.any(), Sink::Numbers)?;
        beyond.set(vm, vm.ret.get().value(vm));
        let taken = numbers.get(vm).len(vm);
        for i in 0..taken {
            item.set(vm, numbers.get(vm).get(vm, i));
            add(vm, &mut running, total, item)?;
        }
        if !more {
            break;
        }
        numbers.get(vm).clear(vm);
        item.set(vm, beyond.value(vm));
        add(vm, &mut running, total, item)?;
    }
    if let Some(word) = value_of(vm, &running) {
        total.set(vm, word.value(vm));
    }
    Ok(vm.ret(total.value(vm)))
}
/// `running += item`, or where that takes the operator, `total += item`.
fn add(vm: &mut Vm, running: &mut Running, total: Local, item: Local) -> Py<()> {
    if step(vm, running, item.value(vm)) {
        return Ok(());
    }
    if let Some(word) = value_of(vm, running) {
        total.set(vm, word.value(vm));
    }
    let was = std::mem::replace(running, Running::Any);
    vm.binary(BinOp::Add, total, item)?.put(vm, total);
    // Ints may turn into floats on the way, and those into complex numbers, which have their own way.
    *running = match (was, begin(vm, total.value(vm))) {
        (Running::Int(_), fast @ (Running::Float(_) | Running::Complex(..)))
        | (Running::Float(_), fast @ Running::Complex(..)) => fast,
        _ => Running::Any,
    };
    Ok(())
}
fn begin(vm: &Vm, value: Value<'_>) -> Running {
    if let Some(n) = value.as_small_int() {
        return Running::Int(n);
    }
    if is_plain(vm, value) {
        if let Some(f) = float_of(vm, value) {
            return Running::Float(Compensated::new(f));
        }
        if let Some((re, im)) = complex_of(vm, value) {
            return Running::Complex(Compensated::new(re), Compensated::new(im));
        }
    }
    Running::Any
}
/// Adds an item; false if it must be added by the operator.
fn step(vm: &Vm, running: &mut Running, item: Value<'_>) -> bool {
    match running {
        Running::Int(n) => match item
            .as_small_int()
            .or_else(|| item.as_bool().map(i64::from))
            .and_then(|i| n.checked_add(i))
        {
            Some(sum) => *n = sum,
            None => return false,
        },
        Running::Float(sum) => {
            if !is_plain(vm, item) {
                return false;
            }
            match (
                float_of(vm, item),
                Int::of(vm, item).and_then(|n| n.to_i64(vm)),
            ) {
                (Some(f), _) => sum.add(f),
                (None, Some(n)) => sum.add(n as f64),
                _ => return false,
            }
        }
        Running::Complex(re, im) => {
            if !is_plain(vm, item) {
                return false;
            }
            if let Some((a, b)) = complex_of(vm, item) {
                re.add(a);
                im.add(b);
            } else if let Some(f) = float_of(vm, item) {
                re.add(f);
            } else if let Some(n) = Int::of(vm, item).and_then(|n| n.to_i64(vm)) {
                re.add(n as f64);
            } else {
                return false;
            }
        }
        Running::Any => return false,
    }
    true
}
fn value_of(vm: &Vm, running: &Running) -> Option<mesapy_heap::Word> {
    Some(match running {
        Running::Int(n) => vm.int(*n).word(),
        Running::Float(sum) => vm.float(sum.result()).word(),
        Running::Complex(re, im) => vm.new_complex(re.result(), im.result()).value().word(),
        Running::Any => return None,
    })
}
