//! `Unpickler`: an unpickler with a file and a memo that lives from one `load` to the next.

use super::load::{Memo, Options, Reader};
use super::memo::{self, UNPICKLER_MEMO};
use super::source::{self, File, Source};
use super::{given, unpickling_error};
use crate::support::*;

const READ: usize = 0;
const READLINE: usize = 1;
const PEEK: usize = 2;
const READINTO: usize = 3;
const FIX_IMPORTS: usize = 4;
const ENCODING: usize = 5;
const ERRORS: usize = 6;
const BUFFERS: usize = 7;
/// A dict: number → object.
const MEMO: usize = 8;
/// A `persistent_load` that was set on the instance.
const PERSISTENT_LOAD: usize = 9;
const PROTOCOL: usize = 10;
/// Bytes that a load has read too much.
const REST: usize = 11;
/// A load is under way.
const BUSY: usize = 12;
const COUNT: u16 = 13;

pub static UNPICKLER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_pickle.Unpickler",
    doc: "This takes a binary file for reading a pickle data stream.",
    layout: Layout::Slots(COUNT),
    flags: BASE,
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__init__(self, file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())" => calls init(this, file, fix_imports, encoding, errors, buffers), "Initialize self.  See help(type(self)) for accurate signature.";
        "load(self, /)" => calls load(this), "Load a pickle.\n\nRead a pickled object representation from the open file object given\nin the constructor, and return the reconstituted object hierarchy\nspecified therein.";
        "find_class(self, module_name, global_name, /)" => calls find_class(this, module, name), "Return an object from a specified module.\n\nIf necessary, the module will be imported. Subclasses may override\nthis method (e.g. to restrict unpickling of arbitrary classes and\nfunctions).\n\nThis method is called whenever a class or a function object is\nneeded.  Both arguments passed are str objects.";
        "__sizeof__(self, /)" => calls sizeof(this), "Returns size in memory, in bytes.";
    },
    getset: &[
        GetSet {
            name: "memo",
            get: memo_get,
            set: Some(memo_set),
            doc: "",
        },
        GetSet {
            name: "persistent_load",
            get: persistent_get,
            set: Some(persistent_set),
            doc: "",
        },
    ],
    ..TypeDef::EMPTY
};

/// The keyword arguments that all ways to load share.
pub fn options(
    vm: &mut Vm,
    fix_imports: Option<bool>,
    encoding: Option<Local<k::Str>>,
    errors: Option<Local<k::Str>>,
    buffers: Option<Local>,
) -> Py<Options> {
    let text = |vm: &Vm, x: Option<Local<k::Str>>, default: &str| {
        x.map_or_else(|| default.to_string(), |x| vm.text_of(x.value(vm)))
    };
    let encoding = text(vm, encoding, "ASCII");
    let errors = text(vm, errors, "strict");
    let buffers = match given(vm, buffers) {
        Some(b) => Some(vm.iter(b)?.keep(vm)),
        None => None,
    };
    Ok(Options {
        fix_imports: fix_imports.unwrap_or(true),
        encoding,
        errors,
        buffers,
    })
}

fn new(vm: &mut Vm, cls: Local, _: Local, _: Local) -> Py<Local> {
    let made = make(vm, cls, &UNPICKLER)?;
    let memo = vm.new_dict().value().word();
    set_slot(vm, made, MEMO, memo.value(vm));
    Ok(made)
}
fn init(
    vm: &mut Vm,
    this: Local,
    file: Local,
    fix_imports: Option<bool>,
    encoding: Option<Local<k::Str>>,
    errors: Option<Local<k::Str>>,
    buffers: Option<Local>,
) -> Py<()> {
    check_idle(vm, this)?;
    let file = source::methods_of(vm, file)?;
    let options = options(vm, fix_imports, encoding, errors, buffers)?;
    let vm: &Vm = vm;
    let some = |x: Option<Local>| x.map_or(Value::NONE, |x| x.value(vm));
    set_slot(vm, this, READ, file.read.value(vm));
    set_slot(vm, this, READLINE, file.readline.value(vm));
    set_slot(vm, this, PEEK, some(file.peek));
    set_slot(vm, this, READINTO, some(file.readinto));
    set_slot(vm, this, FIX_IMPORTS, Value::bool(options.fix_imports));
    set_slot(
        vm,
        this,
        ENCODING,
        vm.new_str(options.encoding.as_bytes())?.value(),
    );
    set_slot(
        vm,
        this,
        ERRORS,
        vm.new_str(options.errors.as_bytes())?.value(),
    );
    set_slot(vm, this, BUFFERS, some(options.buffers));
    set_slot(vm, this, MEMO, vm.new_dict().value());
    set_slot(vm, this, REST, Value::NONE);
    set_int_slot(vm, this, PROTOCOL, 0);
    Ok(())
}
fn options_of(vm: &Vm, this: Local) -> Options {
    let buffers = slot_local(vm, this, BUFFERS);
    Options {
        fix_imports: slot(vm, this, FIX_IMPORTS) == Value::TRUE,
        encoding: vm.text_of(slot(vm, this, ENCODING)),
        errors: vm.text_of(slot(vm, this, ERRORS)),
        buffers: given(vm, Some(buffers)),
    }
}
fn check_idle(vm: &Vm, this: Local) -> Py<()> {
    if slot(vm, this, BUSY) == Value::TRUE {
        return Err(vm.runtime_error("Unpickler object is already in use"));
    }
    Ok(())
}
fn load(vm: &mut Vm, this: Local) -> Py<Ret> {
    check_idle(vm, this)?;
    set_slot(vm, this, BUSY, Value::TRUE);
    let result = load_idle(vm, this);
    set_slot(vm, this, BUSY, Value::FALSE);
    result
}
fn load_idle(vm: &mut Vm, this: Local) -> Py<Ret> {
    let read = slot_local(vm, this, READ);
    if read.value(vm).is_empty() {
        let name = vm.type_name_for_error(this.value(vm));
        return Err(unpickling_error(
            vm,
            &format!("Unpickler.__init__() was not called by {name}.__init__()"),
        ));
    }
    let method = |vm: &Vm, at: usize| {
        let l = slot_local(vm, this, at);
        given(vm, Some(l))
    };
    let file = File {
        read,
        readline: slot_local(vm, this, READLINE),
        peek: method(vm, PEEK),
        readinto: method(vm, READINTO),
    };
    let mut source = Source::with_methods(file);
    let rest = slot(vm, this, REST)
        .as_bytes(vm)
        .map(|b| b.bytes(vm).to_vec());
    source.put_back(rest.unwrap_or_default());
    set_slot(vm, this, REST, Value::NONE);
    let options = options_of(vm, this);
    let mut reader = Reader::new(vm, source, options)?;
    reader.owner = Some(this);
    reader.persistent_load =
        super::own_hook(vm, this, &UNPICKLER, PERSISTENT_LOAD, "persistent_load")?;
    let memo = slot_local(vm, this, MEMO);
    reader.memo = Memo::of_dict(vm, memo)?;
    let result = reader.load(vm);
    let result = match result {
        Ok(ret) => Ok(ret.keep(vm)),
        Err(raised) => {
            let e = vm.take_exception_local(raised);
            Err(e)
        }
    };
    let rest = reader.source.rest();
    if !rest.is_empty() {
        let rest = vm.new_bytes(&rest)?.value().word();
        set_slot(vm, this, REST, rest.value(vm));
    }
    set_int_slot(vm, this, PROTOCOL, i64::from(reader.proto));
    reader.memo.into_dict(vm, memo)?;
    match result {
        Ok(made) => Ok(vm.ret(made.value(vm))),
        Err(e) => Err(vm.raise_again(e.value(vm))),
    }
}
fn find_class(vm: &mut Vm, this: Local, module: Local, name: Local) -> Py<Local> {
    // Protocol 0 until a pickle says otherwise.
    let proto = int_slot(vm, this, PROTOCOL) as u8;
    let fix = slot(vm, this, FIX_IMPORTS) == Value::TRUE;
    super::load::find_class(vm, proto, fix, module, name)
}
/// While a pickle is being loaded its protocol is known to `find_class`.
pub fn set_protocol(vm: &Vm, this: Local, proto: u8) {
    set_int_slot(vm, this, PROTOCOL, i64::from(proto));
}
fn sizeof(vm: &mut Vm, this: Local) -> Py<i64> {
    let memo = slot(vm, this, MEMO).as_dict(vm).map_or(0, |d| d.len(vm));
    Ok(96 + 24 * memo as i64)
}

pub fn clear_memo(vm: &mut Vm, this: Local) -> Py<()> {
    let fresh = vm.new_dict().value().word();
    set_slot(vm, this, MEMO, fresh.value(vm));
    Ok(())
}
pub fn memo_dict(vm: &mut Vm, this: Local) -> Py<Local> {
    let memo = slot_local(vm, this, MEMO);
    Ok(vm.call_method(memo, "copy", &[])?.keep(vm))
}
fn memo_get(vm: &mut Vm, this: Local) -> Py<Ret> {
    let proxy = memo::proxy(vm, this, &UNPICKLER_MEMO)?;
    Ok(vm.ret(proxy.value(vm)))
}
fn memo_set(vm: &mut Vm, this: Local, new: Local) -> Py<()> {
    if new.value(vm).is_empty() {
        return Err(vm.type_error("attribute deletion is not supported"));
    }
    let copied = if vm.is_exactly(new.value(vm), &UNPICKLER_MEMO) {
        let owner = memo::owner_of(vm, new);
        memo_dict(vm, owner)?
    } else {
        let Some(pairs) = new.value(vm).as_dict(vm) else {
            return Err(vm.type_error(format!(
                "'memo' attribute must be an UnpicklerMemoProxy object or dict, not {}",
                vm.type_name_for_error(new.value(vm))
            )));
        };
        for (key, _) in pairs.iter(vm) {
            if !vm.is_int(key) {
                return Err(vm.type_error("memo key must be integers"));
            }
            if vm.int_value(key).is_none_or(|n| n < 0) {
                return Err(vm.value_error("memo key must be positive integers."));
            }
        }
        vm.call_method(new, "copy", &[])?.keep(vm)
    };
    set_slot(vm, this, MEMO, copied.value(vm));
    Ok(())
}
/// What `super().persistent_load(id)` finds.
static NO_PERSISTENT_LOAD: Method = Method {
    signature: "persistent_load(self, pid, /)",
    native: mesapy_vm::native::NativeFn::Calls(|vm, _| Err(super::load::no_persistent_load(vm))),
    doc: "",
    binding: mesapy_vm::native::Binding::Static,
    quick: None,
};
fn persistent_get(vm: &mut Vm, this: Local) -> Py<Ret> {
    let value = slot(vm, this, PERSISTENT_LOAD);
    if !value.is_empty() {
        return Ok(vm.ret(value));
    }
    let method = vm.native_function(&NO_PERSISTENT_LOAD, Value::NONE);
    Ok(vm.ret(vm.bound_method(method, this.value(vm))))
}
fn persistent_set(vm: &mut Vm, this: Local, new: Local) -> Py<()> {
    set_slot(vm, this, PERSISTENT_LOAD, new.value(vm));
    Ok(())
}
