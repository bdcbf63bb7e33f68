//! `weakref.proxy`: stands for its referent in every operation, and raises ReferenceError once that is gone.

use super::shown_target;
use crate::support::*;
use mesapy_bytecode::{BinOp, CmpOp};

/// The heap's weak reference.
pub const REFERENCE: usize = 0;

pub static PROXY: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "weakref.ProxyType",
    layout: Layout::Slots(1),
    flags: TypeFlags::NO_NEW,
    methods: METHODS,
    iternext: Some(next),
    ..TypeDef::EMPTY
};
pub static CALLABLE_PROXY: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "weakref.CallableProxyType",
    layout: Layout::Slots(1),
    flags: TypeFlags::NO_NEW,
    methods: CALLABLE_METHODS,
    iternext: Some(next),
    ..TypeDef::EMPTY
};

pub fn is_proxy(vm: &Vm, value: Value<'_>) -> bool {
    vm.is_exactly(value, &PROXY) || vm.is_exactly(value, &CALLABLE_PROXY)
}

/// The referent of a proxy; anything else is itself.
fn behind(vm: &Vm, x: Local) -> Py<Local> {
    if !is_proxy(vm, x.value(vm)) {
        return Ok(x);
    }
    match vm.weakref_target(slot(vm, x, REFERENCE)) {
        Some(target) => Ok(vm.local(target)),
        None => Err(vm.reference_error("weakly-referenced object no longer exists")),
    }
}

macro_rules! binary {
    ($($forward:ident $reflected:ident $inplace:ident $op:ident;)*) => { $(
        fn $forward(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> {
            let (x, y) = (behind(vm, x)?, behind(vm, y)?);
            vm.binary(BinOp::$op, x, y)
        }
        fn $reflected(vm: &mut Vm, y: Local, x: Local) -> Py<Ret> {
            let (x, y) = (behind(vm, x)?, behind(vm, y)?);
            vm.binary(BinOp::$op, x, y)
        }
        fn $inplace(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> {
            let (x, y) = (behind(vm, x)?, behind(vm, y)?);
            vm.binary_in_place(BinOp::$op, x, y)
        }
    )* };
}
binary! {
    add radd iadd Add; sub rsub isub Sub; mul rmul imul Mul; truediv rtruediv itruediv TrueDiv; floordiv rfloordiv ifloordiv FloorDiv;
    modulo rmodulo imodulo Mod; matmul rmatmul imatmul MatMul; lshift rlshift ilshift LShift; rshift rrshift irshift RShift;
    and rand iand And; or ror ior Or; xor rxor ixor Xor; pow rpow ipow Pow;
}
macro_rules! compare {
    ($($name:ident $op:ident;)*) => { $(
        fn $name(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> {
            let (x, y) = (behind(vm, x)?, behind(vm, y)?);
            vm.rich_compare(x, y, CmpOp::$op)
        }
    )* };
}
compare! { lt Lt; le Le; eq Eq; ne Ne; gt Gt; ge Ge; }
macro_rules! by_builtin {
    ($($name:ident $builtin:literal;)*) => { $(
        fn $name(vm: &mut Vm, x: Local) -> Py<Ret> {
            let x = behind(vm, x)?;
            let f = imported(vm, "builtins", $builtin)?;
            vm.call(f, &[x])
        }
    )* };
}
by_builtin! { abs "abs"; int "int"; float "float"; }

static METHODS: &[Method] = methods! {
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__str__(self, /)" => calls str(this), "Return str(self).";
    "__hash__(self, /)" => calls hash(this), "Return hash(self).";
    "__getattribute__(self, name, /)" => calls getattribute(this, name), "Return getattr(self, name).";
    "__setattr__(self, name, value, /)" => calls setattr(this, name, value), "Implement setattr(self, name, value).";
    "__delattr__(self, name, /)" => calls delattr(this, name), "Implement delattr(self, name).";
    "__lt__(self, value, /)" => calls lt(this, value), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, value), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, value), "Return self>=value.";
    "__bool__(self, /)" => calls truth(this), "True if self else False";
    "__len__(self, /)" => calls len(this), "Return len(self).";
    "__getitem__(self, key, /)" => calls getitem(this, key), "Return self[key].";
    "__setitem__(self, key, value, /)" => calls setitem(this, key, value), "Set self[key] to value.";
    "__delitem__(self, key, /)" => calls delitem(this, key), "Delete self[key].";
    "__contains__(self, key, /)" => calls contains(this, key), "Return bool(key in self).";
    "__iter__(self, /)" => calls iter(this), "Implement iter(self).";
    "__bytes__(self, /)" => calls bytes(this), "";
    "__reversed__(self, /)" => calls reversed(this), "";
    "__neg__(self, /)" => calls neg(this), "-self";
    "__pos__(self, /)" => calls pos(this), "+self";
    "__invert__(self, /)" => calls invert(this), "~self";
    "__abs__(self, /)" => calls abs(this), "abs(self)";
    "__int__(self, /)" => calls int(this), "int(self)";
    "__float__(self, /)" => calls float(this), "float(self)";
    "__index__(self, /)" => calls index(this), "Return self converted to an integer, if self is suitable for use as an index into a list.";
    "__add__(self, value, /)" => calls add(this, value), "Return self+value.";
    "__radd__(self, value, /)" => calls radd(this, value), "Return value+self.";
    "__iadd__(self, value, /)" => calls iadd(this, value), "Return self+=value.";
    "__sub__(self, value, /)" => calls sub(this, value), "Return self-value.";
    "__rsub__(self, value, /)" => calls rsub(this, value), "Return value-self.";
    "__isub__(self, value, /)" => calls isub(this, value), "Return self-=value.";
    "__mul__(self, value, /)" => calls mul(this, value), "Return self*value.";
    "__rmul__(self, value, /)" => calls rmul(this, value), "Return value*self.";
    "__imul__(self, value, /)" => calls imul(this, value), "Return self*=value.";
    "__matmul__(self, value, /)" => calls matmul(this, value), "Return self@value.";
    "__rmatmul__(self, value, /)" => calls rmatmul(this, value), "Return value@self.";
    "__imatmul__(self, value, /)" => calls imatmul(this, value), "Return self@=value.";
    "__truediv__(self, value, /)" => calls truediv(this, value), "Return self/value.";
    "__rtruediv__(self, value, /)" => calls rtruediv(this, value), "Return value/self.";
    "__itruediv__(self, value, /)" => calls itruediv(this, value), "Return self/=value.";
    "__floordiv__(self, value, /)" => calls floordiv(this, value), "Return self//value.";
    "__rfloordiv__(self, value, /)" => calls rfloordiv(this, value), "Return value//self.";
    "__ifloordiv__(self, value, /)" => calls ifloordiv(this, value), "Return self//=value.";
    "__mod__(self, value, /)" => calls modulo(this, value), "Return self%value.";
    "__rmod__(self, value, /)" => calls rmodulo(this, value), "Return value%self.";
    "__imod__(self, value, /)" => calls imodulo(this, value), "Return self%=value.";
    "__divmod__(self, value, /)" => calls divmod(this, value), "Return divmod(self, value).";
    "__rdivmod__(self, value, /)" => calls rdivmod(this, value), "Return divmod(value, self).";
    "__pow__(self, value, mod=None, /)" => calls pow3(this, value, modulus), "Return pow(self, value, mod).";
    "__rpow__(self, value, mod=None, /)" => calls rpow3(this, value, modulus), "Return pow(value, self, mod).";
    "__ipow__(self, value, /)" => calls ipow(this, value), "Return self**=value.";
    "__lshift__(self, value, /)" => calls lshift(this, value), "Return self<<value.";
    "__rlshift__(self, value, /)" => calls rlshift(this, value), "Return value<<self.";
    "__ilshift__(self, value, /)" => calls ilshift(this, value), "Return self<<=value.";
    "__rshift__(self, value, /)" => calls rshift(this, value), "Return self>>value.";
    "__rrshift__(self, value, /)" => calls rrshift(this, value), "Return value>>self.";
    "__irshift__(self, value, /)" => calls irshift(this, value), "Return self>>=value.";
    "__and__(self, value, /)" => calls and(this, value), "Return self&value.";
    "__rand__(self, value, /)" => calls rand(this, value), "Return value&self.";
    "__iand__(self, value, /)" => calls iand(this, value), "Return self&=value.";
    "__or__(self, value, /)" => calls or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => calls ror(this, value), "Return value|self.";
    "__ior__(self, value, /)" => calls ior(this, value), "Return self|=value.";
    "__xor__(self, value, /)" => calls xor(this, value), "Return self^value.";
    "__rxor__(self, value, /)" => calls rxor(this, value), "Return value^self.";
    "__ixor__(self, value, /)" => calls ixor(this, value), "Return self^=value.";
};
/// The rows of `PROXY` and the call: what makes a callable proxy.
static CALLABLE_METHODS: &[Method] = {
    const CALL: &[Method] = methods! { "__call__(self, /, *args, **kwargs)" => calls call(this, args, kwargs), "Call self as a function."; };
    const ROWS: usize = METHODS.len() + 1;
    const fn copy(m: &Method) -> Method {
        Method {
            signature: m.signature,
            native: m.native,
            doc: m.doc,
            binding: m.binding,
            quick: None,
        }
    }
    static ALL: [Method; ROWS] = {
        let mut rows = [const { copy(&CALL[0]) }; ROWS];
        let mut i = 0;
        while i < METHODS.len() {
            rows[i] = copy(&METHODS[i]);
            i += 1;
        }
        rows
    };
    &ALL
};

fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let at = address(vm, this.value(vm));
    match vm
        .weakref_target(slot(vm, this, REFERENCE))
        .map(|t| vm.local(t))
    {
        Some(target) => Ok(format!(
            "<weakproxy at {at}; to {}>",
            shown_target(vm, target)?
        )),
        None => Ok(format!("<weakproxy at {at}; dead>")),
    }
}
fn str(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = behind(vm, this)?;
    vm.str(x)
}
fn hash(vm: &mut Vm, this: Local) -> Py<()> {
    Err(vm.type_error(format!(
        "unhashable type: '{}'",
        vm.type_name_for_error(this.value(vm))
    )))
}
fn getattribute(vm: &mut Vm, this: Local, name: Local<k::Str>) -> Py<Ret> {
    let x = behind(vm, this)?;
    vm.get_attr(x, name)
}
fn setattr(vm: &mut Vm, this: Local, name: Local<k::Str>, value: Local) -> Py<()> {
    let x = behind(vm, this)?;
    vm.set_attr(x, name, value)
}
fn delattr(vm: &mut Vm, this: Local, name: Local<k::Str>) -> Py<()> {
    let x = behind(vm, this)?;
    vm.del_attr(x, name)
}
fn truth(vm: &mut Vm, this: Local) -> Py<bool> {
    let x = behind(vm, this)?;
    vm.truth(x)
}
fn len(vm: &mut Vm, this: Local) -> Py<usize> {
    let x = behind(vm, this)?;
    vm.len(x)
}
fn getitem(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    let (x, key) = (behind(vm, this)?, behind(vm, key)?);
    vm.get_item(x, key)
}
fn setitem(vm: &mut Vm, this: Local, key: Local, value: Local) -> Py<()> {
    let x = behind(vm, this)?;
    vm.set_item(x, key, value)
}
fn delitem(vm: &mut Vm, this: Local, key: Local) -> Py<()> {
    let x = behind(vm, this)?;
    vm.del_item(x, key)
}
fn contains(vm: &mut Vm, this: Local, key: Local) -> Py<bool> {
    let x = behind(vm, this)?;
    vm.contains(x, key)
}
fn iter(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = behind(vm, this)?;
    vm.iter(x)
}
fn next(vm: &mut Vm, this: Local) -> Py<bool> {
    let x = behind(vm, this)?;
    if !vm.is_iterator(x.value(vm)) {
        return Err(vm.type_error(format!(
            "Weakref proxy referenced a non-iterator '{}' object",
            vm.type_name_for_error(x.value(vm))
        )));
    }
    vm.next(x)
}
fn bytes(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = behind(vm, this)?;
    vm.call_method(x, "__bytes__", &[])
}
fn reversed(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = behind(vm, this)?;
    vm.call_method(x, "__reversed__", &[])
}
fn neg(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = behind(vm, this)?;
    vm.negative(x)
}
fn pos(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = behind(vm, this)?;
    vm.positive(x)
}
fn invert(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = behind(vm, this)?;
    vm.invert(x)
}
fn index(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = behind(vm, this)?;
    vm.index_value(x)
}
fn divmod(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> {
    let (x, y) = (behind(vm, x)?, behind(vm, y)?);
    let f = imported(vm, "builtins", "divmod")?;
    vm.call(f, &[x, y])
}
fn rdivmod(vm: &mut Vm, y: Local, x: Local) -> Py<Ret> {
    divmod(vm, x, y)
}
fn pow3(vm: &mut Vm, x: Local, y: Local, modulus: Option<Local>) -> Py<Ret> {
    match modulus {
        Some(m) if !m.value(vm).is_none() => {
            let (x, y, m) = (behind(vm, x)?, behind(vm, y)?, behind(vm, m)?);
            let f = imported(vm, "builtins", "pow")?;
            vm.call(f, &[x, y, m])
        }
        _ => pow(vm, x, y),
    }
}
fn rpow3(vm: &mut Vm, y: Local, x: Local, modulus: Option<Local>) -> Py<Ret> {
    match modulus {
        Some(m) if !m.value(vm).is_none() => pow3(vm, x, y, Some(m)),
        _ => rpow(vm, y, x),
    }
}
fn call(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<Ret> {
    let x = behind(vm, this)?;
    vm.call_ex(x, args, kwargs)
}
