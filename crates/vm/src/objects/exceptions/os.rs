//! OSError: the error number chooses the subclass, and the arguments after the text are fields.

use super::fields::os::{ERRNO, FILENAME, FILENAME2, STRERROR, WRITTEN};
use super::{base, class_argument, field, instantiate, no_keywords, object, text};
use crate::dunder::Dunder;
use crate::layout::exception;
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::typedef::TypeDef;
use crate::vm::Vm;
use mesapy_heap::{Obj, Value};

pub(super) static METHODS: &[Method] = methods! {
    "__new__(type, /, *args, **kwargs)" => static calls new(class, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__init__(self, /, *args, **kwargs)" => calls init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
    "__str__(self, /)" => calls str(this), "Return str(self).";
    "__reduce__(self, /)" => calls reduce(this), "";
};
pub(super) static GETSET: &[GetSet] = &[
    field::<ERRNO>("errno", "POSIX exception code"),
    field::<STRERROR>("strerror", "exception strerror"),
    field::<FILENAME>("filename", "exception filename"),
    field::<FILENAME2>("filename2", "second exception filename"),
    GetSet {
        name: "characters_written",
        get: written,
        set: Some(set_written),
        doc: "",
    },
];

/// The subclass for an error number.
pub(crate) fn class_of_errno(errno: i64) -> Option<&'static TypeDef> {
    Some(
        match mesapy_platform::errno::name(i32::try_from(errno).ok()?)? {
            "EAGAIN" | "EALREADY" | "EINPROGRESS" | "EWOULDBLOCK" => &super::BLOCKING_IO_ERROR,
            "EPIPE" | "ESHUTDOWN" => &super::BROKEN_PIPE_ERROR,
            "ECHILD" => &super::CHILD_PROCESS_ERROR,
            "ECONNABORTED" => &super::CONNECTION_ABORTED_ERROR,
            "ECONNREFUSED" => &super::CONNECTION_REFUSED_ERROR,
            "ECONNRESET" => &super::CONNECTION_RESET_ERROR,
            "EEXIST" => &super::FILE_EXISTS_ERROR,
            "ENOENT" => &super::FILE_NOT_FOUND_ERROR,
            "EISDIR" => &super::IS_A_DIRECTORY_ERROR,
            "ENOTDIR" => &super::NOT_A_DIRECTORY_ERROR,
            "EINTR" => &super::INTERRUPTED_ERROR,
            "EACCES" | "EPERM" => &super::PERMISSION_ERROR,
            "ESRCH" => &super::PROCESS_LOOKUP_ERROR,
            "ETIMEDOUT" => &super::TIMEOUT_ERROR,
            _ => return None,
        },
    )
}

/// Whether a class overrides `__init__` but not `__new__`: then the arguments are looked at in `__init__`, so that it may change them.
fn init_parses(vm: &Vm, class: Obj<'_>) -> bool {
    let own = vm.type_object(&super::OS_ERROR);
    vm.special(class, Dunder::Init) != vm.special(own, Dunder::Init)
        && vm.special(class, Dunder::New) == vm.special(own, Dunder::New)
}

fn new(
    vm: &mut Vm,
    class: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<Ret> {
    let (e, parse) = {
        let vm: &Vm = vm;
        let mut class = class_argument(vm, class, &super::OS_ERROR)?;
        let parse = !init_parses(vm, class);
        if parse {
            if super::has_keywords(vm, kwargs) {
                return Err(vm.type_error(format!(
                    "{}() takes no keyword arguments",
                    vm.tp_name(class)
                )));
            }
            let given = args.get(vm);
            let errno = given.get(vm, 0).as_i64(vm);
            if let (Some(errno), 2..=5, true) = (
                errno,
                given.len(vm),
                class == vm.type_object(&super::OS_ERROR),
            ) {
                if let Some(def) = class_of_errno(errno) {
                    class = vm.type_object(def);
                }
            }
        }
        (vm.local(instantiate(vm, class)?.value()), parse)
    };
    if parse {
        take_arguments(vm, e, args)?;
    }
    Ok(vm.ret(e.value(vm)))
}
fn init(vm: &mut Vm, this: Local, args: Local<k::Tuple>, kwargs: Option<Local<k::Dict>>) -> Py<()> {
    if !init_parses(vm, vm.type_of(this.value(vm))) {
        return Ok(());
    }
    no_keywords(vm, this, kwargs)?;
    take_arguments(vm, this, args)
}
/// `(errno, strerror[, filename[, winerror[, filename2]]])`; other numbers of arguments are only arguments.
fn take_arguments(vm: &mut Vm, this: Local, args: Local<k::Tuple>) -> Py<()> {
    let n = args.get(vm).len(vm);
    let mut kept = args.any();
    if (2..=5).contains(&n) {
        let written = {
            let vm: &Vm = vm;
            let (e, given) = (object(vm, this)?, args.get(vm));
            e.set_slot(vm, ERRNO, given.get(vm, 0));
            e.set_slot(vm, STRERROR, given.get(vm, 1));
            let (filename, second) = (given.get(vm, 2), given.get(vm, 4));
            if filename.is_empty() || filename.is_none() {
                None
            } else if vm.is_exactly(e.value(), &super::BLOCKING_IO_ERROR) && is_number(vm, filename)
            {
                Some(vm.local(filename))
            } else {
                e.set_slot(vm, FILENAME, filename);
                if !second.is_empty() && !second.is_none() {
                    e.set_slot(vm, FILENAME2, second);
                }
                kept = vm.local(vm.new_tuple(&[given.get(vm, 0), given.get(vm, 1)])?.value());
                None
            }
        };
        if let Some(written) = written {
            let count = vm.index(written)?;
            let vm: &Vm = vm;
            object(vm, this)?.set_slot(vm, WRITTEN, vm.int(count));
        }
    }
    let vm: &Vm = vm;
    object(vm, this)?.set_slot(vm, exception::ARGS, kept.value(vm));
    Ok(())
}
fn is_number(vm: &Vm, value: Value<'_>) -> bool {
    [Dunder::Index, Dunder::Int, Dunder::Float]
        .iter()
        .any(|d| vm.special_of(value, *d).is_some())
}

fn str(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (errno, strerror, filename, filename2) = {
        let vm: &Vm = vm;
        let e = object(vm, this)?;
        let slot = |i| vm.local(e.slot(vm, i));
        (slot(ERRNO), slot(STRERROR), slot(FILENAME), slot(FILENAME2))
    };
    let named = !filename.value(vm).is_empty();
    if !named && (errno.value(vm).is_empty() || strerror.value(vm).is_empty()) {
        return base::str(vm, this);
    }
    let mut out = b"[Errno ".to_vec();
    out.extend(shown(vm, errno)?);
    out.extend(b"] ");
    out.extend(shown(vm, strerror)?);
    if named {
        out.extend(b": ");
        let ret = vm.repr(filename)?;
        out.extend(text(vm, ret));
        if !filename2.value(vm).is_empty() {
            out.extend(b" -> ");
            let ret = vm.repr(filename2)?;
            out.extend(text(vm, ret));
        }
    }
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_str(&out)?.value()))
}
fn shown(vm: &mut Vm, value: Local) -> Py<Vec<u8>> {
    if value.value(vm).is_empty() {
        return Ok(b"None".to_vec());
    }
    let ret = vm.str(value)?;
    Ok(text(vm, ret))
}

fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let e = object(vm, this)?;
    let args = base::arguments(vm, this)?;
    let (filename, second) = (e.slot(vm, FILENAME), e.slot(vm, FILENAME2));
    let args = if args.len(vm) == 2 && !filename.is_empty() {
        let (errno, strerror) = (args.get(vm, 0), args.get(vm, 1));
        match second.non_empty() {
            Some(second) => vm.new_tuple(&[errno, strerror, filename, Value::NONE, second])?,
            None => vm.new_tuple(&[errno, strerror, filename])?,
        }
    } else {
        args
    };
    base::reduced(vm, this, args.value(), base::used_dict(vm, this)?)
}

fn written(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    match object(vm, this)?.slot(vm, WRITTEN).non_empty() {
        Some(n) => Ok(vm.ret(n)),
        None => Err(vm.raise_text(&super::ATTRIBUTE_ERROR, "characters_written")),
    }
}
fn set_written(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    if value.value(vm).is_empty() {
        let vm: &Vm = vm;
        let e = object(vm, this)?;
        if e.slot(vm, WRITTEN).is_empty() {
            return Err(vm.raise_text(&super::ATTRIBUTE_ERROR, "characters_written"));
        }
        e.set_slot(vm, WRITTEN, Value::EMPTY);
        return Ok(());
    }
    let count = vm.index(value)?;
    let vm: &Vm = vm;
    object(vm, this)?.set_slot(vm, WRITTEN, vm.int(count));
    Ok(())
}
