//! Objects → trees, with CPython's complaints about fields that are missing or hold the wrong thing. CPython: Python/Python-ast.c, `obj2ast_*`.

use super::objects::class_object;
use mesapy_compile::asdl::grammar::FieldInfo;
use mesapy_compile::asdl::{Ast, Class, Count, Field, Kind, NodeId, Place};
use mesapy_heap::{Kind as HeapKind, Value};
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::{Local, Py, Vm};
use std::collections::HashMap;

/// How deep a tree of objects may be.
const DEPTH_MAX: usize = 20_000;

/// A tree and how deep it is.
pub struct Converted {
    pub tree: Ast,
    pub depth: usize,
}

/// Makes a tree of objects. `wanted` is the class that the root must have.
pub fn tree_of(vm: &mut Vm, root: Local, wanted: Class) -> Py<Converted> {
    check_root(vm, root, wanted)?;
    let mut converter = Converter {
        tree: Ast::default(),
        depth: 0,
        deepest: 0,
        exact: HashMap::new(),
    };
    for &class in Class::ALL {
        let object = class_object(vm, class)?;
        converter.exact.insert(object.value().word().bits(), class);
    }
    converter.node(vm, root, Class::ModSum)?;
    Ok(Converted {
        tree: converter.tree,
        depth: converter.deepest,
    })
}

/// The root must be what the mode of compilation asks for.
pub fn check_root(vm: &Vm, root: Local, wanted: Class) -> Py<()> {
    if class_in_sum(vm, root, Class::ModSum)? == Some(wanted) {
        return Ok(());
    }
    let got = vm.type_name_for_error(root.value(vm));
    Err(vm.type_error(format!("expected {} node, got {got}", wanted.name())))
}

/// Which of a sum's classes an object is an instance of.
fn class_in_sum(vm: &Vm, value: Local, sum: Class) -> Py<Option<Class>> {
    let class = vm.type_of(value.value(vm));
    for &candidate in Class::ALL {
        if candidate.info().sum == Some(sum) && vm.is_subtype(class, class_object(vm, candidate)?) {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

struct Converter {
    tree: Ast,
    depth: usize,
    deepest: usize,
    /// The node classes' objects.
    exact: HashMap<u64, Class>,
}

impl Converter {
    /// The node of an object that must be of class or sum `wanted`. None is no node.
    fn node(&mut self, vm: &mut Vm, value: Local, wanted: Class) -> Py<Option<NodeId>> {
        vm.check_native_stack()?;
        if self.depth >= DEPTH_MAX {
            return Err(vm.recursion_error(&format!(" while traversing '{}' node", wanted.name())));
        }
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        let made = vm.scope(|vm| self.node_inside(vm, value, wanted));
        self.depth -= 1;
        made
    }

    fn node_inside(&mut self, vm: &mut Vm, value: Local, wanted: Class) -> Py<Option<NodeId>> {
        let info = wanted.info();
        if !info.is_sum {
            // Whatever has the fields will do.
            let fields = self.fields(vm, value, wanted)?;
            let place = match info.placed {
                true => Some(Self::place(vm, value, wanted)?),
                false => None,
            };
            return Ok(Some(self.tree.push(wanted, place, fields)));
        }
        if value.value(vm).is_none() {
            return Ok(None);
        }
        let exact = vm.type_of(value.value(vm)).value().word().bits();
        let class = match self.exact.get(&exact).copied() {
            Some(class) if class.info().sum == Some(wanted) => Some(class),
            _ => class_in_sum(vm, value, wanted)?,
        };
        let is_some_sort = class.is_some()
            || vm.is_subtype(vm.type_of(value.value(vm)), class_object(vm, wanted)?);
        let place = match info.placed && is_some_sort {
            true => Some(Self::place(vm, value, wanted)?),
            false => None,
        };
        let Some(class) = class else {
            let got = vm.repr_text(value)?;
            return Err(vm.type_error(format!(
                "expected some sort of {}, but got {got}",
                wanted.name()
            )));
        };
        let fields = self.fields(vm, value, class)?;
        Ok(Some(self.tree.push(class, place, fields)))
    }

    fn place(vm: &mut Vm, value: Local, owner: Class) -> Py<Place> {
        let mut number = |name: &str, default: Option<i32>| -> Py<i32> {
            vm.scope(|vm| {
                let found = vm.lookup_attr_str(value, name)?.map(|ret| ret.keep(vm));
                match (found, default) {
                    (Some(found), Some(default)) if found.value(vm).is_none() => Ok(default),
                    (Some(found), _) => int_of(vm, found),
                    (None, Some(default)) => Ok(default),
                    (None, None) => Err(missing(vm, name, owner)),
                }
            })
        };
        let line = number("lineno", None)?;
        let column = number("col_offset", None)?;
        Ok(Place {
            line,
            column,
            end_line: number("end_lineno", Some(line))?,
            end_column: number("end_col_offset", Some(column))?,
        })
    }

    fn fields(&mut self, vm: &mut Vm, value: Local, class: Class) -> Py<Vec<Field>> {
        let infos = &class.info().fields;
        let mut fields = Vec::with_capacity(infos.len());
        for info in infos {
            fields.push(vm.scope(|vm| self.field(vm, value, class, info))?);
        }
        // What is None though it must not be shows when the node is made.
        for (info, field) in infos.iter().zip(&fields) {
            if info.count == Count::One && *field == Field::None {
                return Err(vm.value_error(format!(
                    "field '{}' is required for {}",
                    info.name,
                    class.name()
                )));
            }
        }
        Ok(fields)
    }

    fn field(&mut self, vm: &mut Vm, value: Local, class: Class, info: &FieldInfo) -> Py<Field> {
        let found = vm
            .lookup_attr_str(value, info.name)?
            .map(|ret| ret.keep(vm));
        match info.count {
            Count::One => match found {
                Some(found) => self.item(vm, found, info.kind),
                None => Err(missing(vm, info.name, class)),
            },
            Count::Optional => match found {
                Some(found) if !found.value(vm).is_none() => self.item(vm, found, info.kind),
                _ => Ok(Field::None),
            },
            Count::Many | Count::ManyOptional => match found {
                Some(found) => self.list(vm, found, class, info),
                None => Ok(Field::List(Vec::new())),
            },
        }
    }

    fn list(&mut self, vm: &mut Vm, list: Local, class: Class, info: &FieldInfo) -> Py<Field> {
        let length = |vm: &Vm| list.value(vm).as_list(vm).map(|l| l.len(vm));
        let Some(count) = length(vm) else {
            let got = vm.type_name_for_error(list.value(vm));
            return Err(vm.type_error(format!(
                "{} field \"{}\" must be a list, not a {got}",
                class.name(),
                info.name
            )));
        };
        let item = vm.local(Value::NONE);
        let mut items = Vec::new();
        for at in 0..count {
            let current = list.value(vm).as_list(vm).map(|l| l.get(vm, at));
            item.set(vm, current.unwrap_or(Value::NONE));
            items.push(self.item(vm, item, info.kind)?);
            if length(vm) != Some(count) {
                return Err(vm.raise_text(
                    &exc::RUNTIME_ERROR,
                    &format!(
                        "{} field \"{}\" changed size during iteration",
                        class.name(),
                        info.name
                    ),
                ));
            }
        }
        Ok(Field::List(items))
    }

    fn item(&mut self, vm: &mut Vm, value: Local, kind: Kind) -> Py<Field> {
        Ok(match kind {
            Kind::Node(class) => self.node(vm, value, class)?.into(),
            Kind::Int => Field::Int(int_of(vm, value)?.into()),
            Kind::Identifier | Kind::Text => {
                let v = value.value(vm);
                if v.is_none() {
                    return Ok(Field::None);
                }
                if kind == Kind::Text && v.kind(vm) == HeapKind::Bytes {
                    return Ok(Field::None);
                }
                if v.kind(vm) != HeapKind::Str {
                    let what = if kind == Kind::Text {
                        "string"
                    } else {
                        "identifier"
                    };
                    return Err(vm.type_error(format!("AST {what} must be of type str")));
                }
                match v.as_str(vm).and_then(|s| s.as_utf8(vm)) {
                    Some(text) => text.into(),
                    None => {
                        return Err(mesapy_vm::objects::type_::surrogates_error(vm, v));
                    }
                }
            }
            Kind::Constant => match vm.constant_of(value.value(vm)) {
                Ok(constant) => Field::Constant(constant),
                Err(raised) if vm.raised_is(&raised, &exc::VALUE_ERROR) => {
                    vm.take_exception(raised);
                    Field::Foreign(foreign_type(vm, value.value(vm)))
                }
                Err(raised) => return Err(raised),
            },
        })
    }
}

/// The name of the type that keeps a value, or one inside of it, from being a constant.
fn foreign_type(vm: &Vm, value: Value<'_>) -> String {
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        let inside: Vec<Value<'_>> = if let Some(t) = value.as_exact_tuple(vm) {
            t.iter(vm).collect()
        } else if value.kind(vm) == HeapKind::FrozenSet {
            value
                .as_any_set(vm)
                .map_or_else(Vec::new, |s| s.iter(vm).collect())
        } else {
            match vm.constant_of(value) {
                Ok(_) => continue,
                Err(raised) => {
                    vm.take_exception(raised);
                    return vm.type_name_for_error(value);
                }
            }
        };
        pending.extend(inside);
    }
    vm.type_name_for_error(value)
}
fn missing(vm: &Vm, field: &str, owner: Class) -> mesapy_vm::Raised {
    vm.type_error(format!(
        "required field \"{field}\" missing from {}",
        owner.name()
    ))
}
fn int_of(vm: &mut Vm, value: Local) -> Py<i32> {
    let v = value.value(vm);
    let small = if v == Value::TRUE {
        Some(1)
    } else if v == Value::FALSE {
        Some(0)
    } else {
        v.as_small_int()
    };
    match small {
        Some(small) => i32::try_from(small)
            .map_err(|_| vm.overflow_error("Python int too large to convert to C int")),
        None if vm.is_instance_of(v, &mesapy_vm::objects::int::INT) => {
            Err(vm.overflow_error("Python int too large to convert to C int"))
        }
        None => {
            let got = vm.repr_text(value)?;
            Err(vm.value_error(format!("invalid integer value: {got}")))
        }
    }
}
