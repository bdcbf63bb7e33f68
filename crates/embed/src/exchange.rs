//! Values, errors and output between a host and its interpreter.

use crate::{Interpreter, main_dict};
use mesapy_heap::{Kind, Value};
use mesapy_vm::{Local, Py, Raised, Vm, k};

/// A Python value as the host sees it: copied out of the interpreter, or on its way in.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    None,
    Bool(bool),
    /// Integers beyond 64 bits come out as `Other`.
    Int(i64),
    Float(f64),
    /// Lone surrogates come out as U+FFFD.
    Str(String),
    Bytes(Vec<u8>),
    List(Vec<Object>),
    Tuple(Vec<Object>),
    Dict(Vec<(Object, Object)>),
    /// Anything else, by its type's name and `repr`; can't be passed in.
    Other {
        class: String,
        repr: String,
    },
}

macro_rules! from {
    ($($t:ty, $v:ident => $e:expr;)*) => { $(impl From<$t> for Object { fn from($v: $t) -> Object { $e } })* };
}
from! {
    bool, v => Object::Bool(v);
    i64, v => Object::Int(v);
    i32, v => Object::Int(v.into());
    f64, v => Object::Float(v);
    &str, v => Object::Str(v.to_owned());
    String, v => Object::Str(v);
    Vec<u8>, v => Object::Bytes(v);
    Vec<Object>, v => Object::List(v);
}

/// A Python exception that reached the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// `ValueError`
    pub class: String,
    /// `str(exception)`
    pub message: String,
}
impl std::fmt::Display for Exception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.message.is_empty() {
            f.write_str(&self.class)
        } else {
            write!(f, "{}: {}", self.class, self.message)
        }
    }
}
impl std::error::Error for Exception {}

/// Containers nested deeper than this are given by their `repr`.
const DEPTH_MAX: u32 = 64;

fn into_python(vm: &mut Vm, object: &Object, depth: u32) -> Py<Local> {
    if depth > DEPTH_MAX {
        return Err(vm.value_error("the host's value is nested too deeply"));
    }
    Ok(match object {
        Object::None => vm.local(Value::NONE),
        Object::Bool(b) => vm.local(Value::bool(*b)),
        Object::Int(i) => vm.local(vm.int(*i)),
        Object::Float(f) => vm.local(vm.float(*f)),
        Object::Str(s) => vm.local(vm.new_str(s.as_bytes())?.value()),
        Object::Bytes(b) => vm.local(vm.new_bytes(b)?.value()),
        Object::List(items) | Object::Tuple(items) => {
            let list: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
            for item in items {
                vm.scope(|vm| {
                    let item = into_python(vm, item, depth + 1)?;
                    list.get(vm).push(vm, item.value(vm))?;
                    Ok::<(), Raised>(())
                })?;
            }
            if matches!(object, Object::Tuple(_)) {
                vm.tuple_from_iterable(list.any())?.keep(vm)
            } else {
                list.any()
            }
        }
        Object::Dict(pairs) => {
            let dict = vm.local(vm.new_dict().value());
            for (key, value) in pairs {
                vm.scope(|vm| {
                    let key = into_python(vm, key, depth + 1)?;
                    let value = into_python(vm, value, depth + 1)?;
                    vm.dict_set(dict, key, value)
                })?;
            }
            dict
        }
        Object::Other { class, .. } => {
            return Err(vm.type_error(format!("a '{class}' can't be passed from the host")));
        }
    })
}
fn from_python(vm: &mut Vm, value: Local, depth: u32) -> Py<Object> {
    let v = value.value(vm);
    let simple = match v.kind(vm) {
        Kind::None => Some(Object::None),
        Kind::Bool => Some(Object::Bool(v == Value::TRUE)),
        Kind::Int | Kind::BigInt => v.as_i64(vm).map(Object::Int),
        Kind::Float | Kind::BoxedFloat => v.as_f64(vm).map(Object::Float),
        Kind::Str => v
            .as_exact_str(vm)
            .map(|s| Object::Str(String::from_utf8_lossy(s.bytes(vm)).into_owned())),
        Kind::Bytes => v.as_bytes(vm).map(|b| Object::Bytes(b.bytes(vm).to_vec())),
        _ => None,
    };
    if let Some(object) = simple {
        return Ok(object);
    }
    if depth < DEPTH_MAX {
        let items = match v.kind(vm) {
            Kind::List => v.as_exact_list(vm).map(|l| l.to_vec(vm)),
            Kind::Tuple => v.as_exact_tuple(vm).map(|t| t.to_vec(vm)),
            Kind::Dict => v
                .as_exact_dict(vm)
                .map(|d| d.iter(vm).flat_map(|(key, value)| [key, value]).collect()),
            _ => None,
        };
        if let Some(items) = items {
            let kind = v.kind(vm);
            let locals: Vec<Local> = items.into_iter().map(|v| vm.local(v)).collect();
            let mut objects = Vec::with_capacity(locals.len());
            for l in locals {
                objects.push(from_python(vm, l, depth + 1)?);
            }
            return Ok(match kind {
                Kind::List => Object::List(objects),
                Kind::Tuple => Object::Tuple(objects),
                _ => {
                    let mut pairs = Vec::with_capacity(objects.len() / 2);
                    let mut rest = objects.into_iter();
                    while let (Some(key), Some(value)) = (rest.next(), rest.next()) {
                        pairs.push((key, value));
                    }
                    Object::Dict(pairs)
                }
            });
        }
    }
    Ok(Object::Other {
        class: vm.type_name_for_error(v),
        repr: vm.repr_text(value)?,
    })
}

impl Interpreter {
    /// Runs `f` with the VM; an exception becomes the host's.
    fn with<R>(&mut self, f: impl FnOnce(&mut Vm) -> Py<R>) -> Result<R, Exception> {
        let vm = self.vm();
        vm.scope(|vm| match f(vm) {
            Ok(r) => Ok(r),
            Err(raised) => {
                let e = vm.take_exception_local(raised);
                let class = vm.type_name_for_error(e.value(vm));
                let message = match vm.str(e) {
                    Ok(r) => {
                        let word = r.get(vm).word();
                        vm.text_of(word.value(vm))
                    }
                    Err(raised) => {
                        vm.take_exception(raised);
                        String::new()
                    }
                };
                Err(Exception { class, message })
            }
        })
    }
    /// Runs a program's text in `__main__`.
    pub fn exec(&mut self, source: &str) -> Result<(), Exception> {
        self.with(|vm| crate::run_main(vm, source.as_bytes(), "<host>"))
    }
    /// Runs a program's text in `__main__` for a limited time: then it gets a KeyboardInterrupt, and another every 10 ms until it ends. A program that
    /// catches each of them goes on; what it may use is limited by memory all the same.
    pub fn exec_within(
        &mut self,
        source: &str,
        limit: std::time::Duration,
    ) -> Result<(), Exception> {
        const AGAIN: std::time::Duration = std::time::Duration::from_millis(10);
        let interrupter = self.interrupter();
        let (done, ended) = std::sync::mpsc::channel::<()>();
        let result = std::thread::scope(|scope| {
            let watcher = interrupter.clone();
            scope.spawn(move || {
                let mut patience = limit;
                while ended.recv_timeout(patience)
                    == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
                {
                    watcher.interrupt();
                    patience = AGAIN;
                }
            });
            let result = self.exec(source);
            drop(done);
            result
        });
        interrupter.forget();
        result
    }
    /// Sets a global of `__main__`.
    pub fn set_global(&mut self, name: &str, value: impl Into<Object>) -> Result<(), Exception> {
        let value = value.into();
        self.with(|vm| {
            let globals = main_dict(vm)?;
            let value = into_python(vm, &value, 0)?;
            globals
                .get(vm)
                .set_str(vm, vm.intern(name.as_bytes()), value.value(vm))?;
            Ok(())
        })
    }
    /// A global of `__main__`, None if there is none of that name.
    pub fn global(&mut self, name: &str) -> Result<Option<Object>, Exception> {
        self.with(|vm| {
            let globals = main_dict(vm)?;
            match globals.get(vm).get_str(vm, vm.intern(name.as_bytes())) {
                Some(v) => {
                    let v = vm.local(v);
                    from_python(vm, v, 0).map(Some)
                }
                None => Ok(None),
            }
        })
    }
    /// Calls a global of `__main__` with positional arguments.
    pub fn call(&mut self, name: &str, args: &[Object]) -> Result<Object, Exception> {
        self.with(|vm| {
            let globals = main_dict(vm)?;
            let Some(f) = globals.get(vm).get_str(vm, vm.intern(name.as_bytes())) else {
                return Err(vm.name_error(&format!("name '{name}' is not defined"), Value::NONE));
            };
            let f = vm.local(f);
            let mut locals = Vec::with_capacity(args.len());
            for a in args {
                locals.push(into_python(vm, a, 0)?);
            }
            let result = vm.call(f, &locals)?.keep(vm);
            from_python(vm, result, 0)
        })
    }
    /// Runs a program's text and gives what it wrote to `sys.stdout`.
    pub fn capture(&mut self, source: &str) -> (String, Result<(), Exception>) {
        let swapped = self.with(|vm| {
            let io = mesapy_vm::import::import_module(vm, "_io")?;
            let class = vm.get_attr_str(io, "StringIO")?.keep(vm);
            let buffer = vm.call(class, &[])?.keep(vm);
            let pin = vm.pin(buffer.value(vm));
            let old = swap_stdout(vm, buffer)?;
            let old_pin = vm.pin(old.value(vm));
            Ok((pin, old_pin))
        });
        let (pin, old) = match swapped {
            Ok(pins) => pins,
            Err(e) => return (String::new(), Err(e)),
        };
        let result = self.exec(source);
        let text = self.with(|vm| {
            let [buffer, stdout] = vm.locals([vm.pinned(pin), vm.pinned(old)]);
            vm.unpin(pin);
            vm.unpin(old);
            swap_stdout(vm, stdout)?;
            let text = vm.call_method(buffer, "getvalue", &[])?.get(vm).word();
            Ok(vm.text_of(text.value(vm)))
        });
        (text.unwrap_or_default(), result)
    }
}
/// Sets sys.stdout and gives what it was.
fn swap_stdout(vm: &mut Vm, new: Local) -> Py<Local> {
    let vm: &Vm = vm;
    let Some(sys) = vm.roots.sys_dict(vm).as_dict(vm) else {
        return Err(vm.runtime_error("lost sys"));
    };
    let name = vm.roots.names.stdout(vm);
    let old = vm.local(sys.get_str(vm, name).unwrap_or(Value::NONE));
    sys.set_str(vm, name, new.value(vm))?;
    Ok(old)
}
