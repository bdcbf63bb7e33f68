//! `_csv`: readers and writers of comma-separated values, and the dialects that they follow.

mod dialect;
mod reader;
mod writer;

use crate::support::*;
use mesapy_vm::layout::exception;
use mesapy_vm::vm::Pinned;

pub static MODULE: NativeModule = NativeModule {
    name: "_csv",
    doc: "CSV parsing and writing.\n",
    functions: methods! {
        "reader(...)" => static calls reader_new(args, kwargs), "csv_reader = reader(iterable [, dialect='excel']\n                       [optional keyword args])\n    for row in csv_reader:\n        process(row)\n\nThe \"iterable\" argument can be any object that returns a line\nof input for each iteration, such as a file object or a list.";
        "writer(...)" => static calls writer_new(args, kwargs), "csv_writer = csv.writer(fileobj [, dialect='excel']\n                            [optional keyword args])\n    for row in sequence:\n        csv_writer.writerow(row)\n\nThe \"fileobj\" argument can be any object that supports the file API.";
        "list_dialects()" => static calls list_dialects(), "Return a list of all known dialect names.\n\n    names = csv.list_dialects()";
        "register_dialect(...)" => static calls register_dialect(args, kwargs), "Create a mapping from a string name to a dialect class.\n    dialect = csv.register_dialect(name[, dialect[, **fmtparams]])";
        "unregister_dialect(name)" => static calls unregister_dialect(name), "Delete the name/dialect mapping associated with a string name.\n\n    csv.unregister_dialect(name)";
        "get_dialect(name)" => static calls get_dialect(name), "Return the dialect instance associated with name.\n\n    dialect = csv.get_dialect(name)";
        "field_size_limit(...)" => static calls field_size_limit(args, kwargs), "Sets an upper limit on parsed fields.\n\n    csv.field_size_limit([limit])\n\nReturns old limit. If limit is not given, no new limit is set and\nthe old limit is returned";
    },
    types: &[&dialect::DIALECT, &ERROR],
    init: Some(init),
};
static ERROR: TypeDef = TypeDef {
    name: "_csv.Error",
    doc: "",
    base: Some(&exc::EXCEPTION),
    layout: Layout::Slots(exception::COUNT as u16),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    ..TypeDef::EMPTY
};

/// Characters that a field may have by default.
const FIELD_CHARS_MAX: i64 = 128 * 1024;

struct Shared {
    /// Names of dialects and the dialects.
    dialects: Option<Pinned>,
    field_limit: i64,
}
impl Default for Shared {
    fn default() -> Shared {
        Shared {
            dialects: None,
            field_limit: FIELD_CHARS_MAX,
        }
    }
}

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    for (name, def) in [("Reader", &reader::READER), ("Writer", &writer::WRITER)] {
        vm.register_type(def)?;
        set_global(vm, dict, name, vm.type_object(def).value())?;
    }
    let registry = vm.pin(vm.new_dict().value());
    *vm.state::<Shared>() = Shared {
        dialects: Some(registry),
        ..Shared::default()
    };
    for (name, n) in dialect::QUOTING {
        set_global(vm, dict, name, vm.int(*n))?;
    }
    set_global(vm, dict, "_dialects", vm.pinned(registry))?;
    let version = vm.local(vm.new_str(b"1.0")?.value());
    set_global(vm, dict, "__version__", version.value(vm))
}

fn error(vm: &Vm, text: &str) -> Raised {
    vm.raise_text(&ERROR, text)
}
fn registry(vm: &mut Vm) -> Py<Local> {
    match vm.state::<Shared>().dialects {
        Some(pin) => Ok(vm.local(vm.pinned(pin))),
        None => Err(vm.runtime_error("_csv is not initialized")),
    }
}
/// A registered dialect.
fn registered(vm: &mut Vm, name: Local) -> Py<Local> {
    let registry = registry(vm)?;
    match vm.dict_get(registry, name)? {
        Some(found) => Ok(found.keep(vm)),
        None => Err(error(vm, "unknown dialect")),
    }
}
/// `Dialect(given, **kwargs)`.
fn call_dialect(vm: &mut Vm, given: Option<Local>, kwargs: Local) -> Py<Local> {
    let class = vm.local(vm.type_object(&dialect::DIALECT).value());
    let args = match given {
        Some(d) => tuple_of(vm, &[d])?,
        None => tuple_of(vm, &[])?,
    };
    Ok(vm.call_ex(class, args, kwargs)?.keep(vm))
}
/// The positional arguments of `reader` and `writer`: what to read or write, and the dialect.
fn first_and_dialect(vm: &mut Vm, args: Local, kwargs: Local) -> Py<(Local, Local)> {
    let n = tuple_len(vm, args);
    if n < 1 {
        return Err(vm.type_error(format!("expected at least 1 argument, got {n}")));
    }
    if n > 2 {
        return Err(vm.type_error(format!("expected at most 2 arguments, got {n}")));
    }
    let first = tuple_item(vm, args, 0);
    Ok((first, {
        let given = (n > 1).then(|| tuple_item(vm, args, 1));
        call_dialect(vm, given, kwargs)?
    }))
}
fn reader_new(vm: &mut Vm, args: Local, kwargs: Local) -> Py<Local> {
    let n = tuple_len(vm, args);
    let iterator = if n == 1 || n == 2 {
        let source = tuple_item(vm, args, 0);
        Some(vm.iter(source)?.keep(vm))
    } else {
        None
    };
    let (first, dialect) = first_and_dialect(vm, args, kwargs)?;
    reader::make_reader(vm, iterator.unwrap_or(first), dialect)
}
fn writer_new(vm: &mut Vm, args: Local, kwargs: Local) -> Py<Local> {
    let (file, dialect) = if matches!(tuple_len(vm, args), 1 | 2) {
        let file = tuple_item(vm, args, 0);
        let write = vm.lookup_attr_str(file, "write")?.map(|r| r.keep(vm));
        match write.filter(|w| vm.is_callable(w.value(vm))) {
            Some(write) => (write, first_and_dialect(vm, args, kwargs)?.1),
            None => return Err(vm.type_error("argument 1 must have a \"write\" method")),
        }
    } else {
        first_and_dialect(vm, args, kwargs)?
    };
    writer::make_writer(vm, file, dialect)
}
fn list_dialects(vm: &mut Vm) -> Py<Ret> {
    let registry = registry(vm)?;
    vm.list_from_iterable(registry)
}
fn register_dialect(vm: &mut Vm, args: Local, kwargs: Local) -> Py<()> {
    arity(vm, "register_dialect", args, 1, 2)?;
    let name = tuple_item(vm, args, 0);
    if name.value(vm).as_str(vm).is_none() {
        return Err(vm.type_error("dialect name must be a string"));
    }
    let given = (tuple_len(vm, args) > 1).then(|| tuple_item(vm, args, 1));
    let dialect = call_dialect(vm, given, kwargs)?;
    let registry = registry(vm)?;
    vm.dict_set(registry, name, dialect)
}
fn unregister_dialect(vm: &mut Vm, name: Local) -> Py<()> {
    let registry = registry(vm)?;
    match vm.dict_del(registry, name)? {
        true => Ok(()),
        false => Err(error(vm, "unknown dialect")),
    }
}
fn get_dialect(vm: &mut Vm, name: Local) -> Py<Local> {
    registered(vm, name)
}
fn field_size_limit(vm: &mut Vm, args: Local, kwargs: Local) -> Py<i64> {
    let given = match tuple_len(vm, args) {
        0 if has_keywords(vm, kwargs) => {
            let key = vm.local(vm.intern(b"new_limit").value());
            vm.dict_get(kwargs, key)?.map(|r| r.keep(vm))
        }
        0 => None,
        _ => {
            arity(vm, "field_size_limit", args, 0, 1)?;
            Some(tuple_item(vm, args, 0))
        }
    };
    let old = vm.state::<Shared>().field_limit;
    if let Some(limit) = given {
        if !vm.is_int(limit.value(vm)) {
            return Err(vm.type_error("limit must be an integer"));
        }
        let new = vm
            .int_value(limit.value(vm))
            .ok_or_else(|| vm.overflow_error("Python int too large to convert to C long"))?;
        vm.state::<Shared>().field_limit = new;
    }
    Ok(old)
}
