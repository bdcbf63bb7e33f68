//! Trees → objects.

use mesapy_compile::asdl::{Ast, Class, Field, Node};
use mesapy_heap::{Obj, Value};
use mesapy_vm::objects::object;
use mesapy_vm::vm::Pinned;
use mesapy_vm::{Local, Py, Vm, k};

/// What an interpreter keeps of the module: the node classes, and the instances of those that have only one, each in the table's order.
#[derive(Default)]
struct State {
    pins: Option<(Pinned, Pinned)>,
}

/// Notes the classes that `classes.py` has made, listed in `_kinds`.
pub fn remember_classes(vm: &mut Vm, space: Local<k::Dict>) -> Py<()> {
    let pins = {
        let vm: &Vm = vm;
        let kinds = space.get(vm).get_str(vm, vm.intern(b"_kinds"));
        let Some(kinds) = kinds.and_then(|v| v.as_list(vm)) else {
            return Err(vm.system_error("the classes of syntax trees are missing"));
        };
        let class_of = |i: usize| -> Value<'_> {
            let pair = if i < kinds.len(vm) {
                kinds.get(vm, i).as_tuple(vm)
            } else {
                None
            };
            pair.map_or(Value::NONE, |t| t.get(vm, 0))
        };
        let classes = vm.new_tuple_from(Class::ALL.len(), class_of)?;
        let singles = vm.new_tuple_from(Class::ALL.len(), |_| Value::NONE)?;
        for (i, class) in Class::ALL.iter().enumerate() {
            if class.is_singleton()
                && let Some(class) = class_of(i).as_obj()
            {
                singles.init(vm, i, object::instantiate(vm, class)?);
            }
        }
        (vm.pin(classes.value()), vm.pin(singles.value()))
    };
    vm.state::<State>().pins = Some(pins);
    Ok(())
}

/// Imports the module if that has not happened yet.
pub fn ensure_classes(vm: &mut Vm) -> Py<()> {
    if vm.state::<State>().pins.is_none() {
        mesapy_vm::import::import_module(vm, "_ast")?;
    }
    Ok(())
}

fn state(vm: &Vm) -> Py<&(Pinned, Pinned)> {
    vm.state_if_any::<State>()
        .and_then(|s| s.pins.as_ref())
        .ok_or_else(|| vm.system_error("the module _ast is not there"))
}
/// The class object of a node class.
pub fn class_object(vm: &Vm, class: Class) -> Py<Obj<'_>> {
    let (classes, _) = state(vm)?;
    vm.pinned(*classes)
        .as_tuple(vm)
        .and_then(|t| t.get(vm, class as usize).as_obj())
        .ok_or_else(|| vm.system_error("the classes of syntax trees are missing"))
}
fn singleton(vm: &Vm, class: Class) -> Py<Value<'_>> {
    let (_, singles) = state(vm)?;
    let found = vm.pinned(*singles).as_tuple(vm);
    Ok(found.map_or(Value::NONE, |t| t.get(vm, class as usize)))
}

/// Whether a value is an instance of `ast.AST`.
pub fn is_tree(vm: &Vm, source: Local) -> bool {
    let Ok(module_class) = class_object(vm, Class::Module) else {
        return false;
    };
    // `mod` is Module's base, and `AST` that one's.
    let root = base_of(vm, module_class).and_then(|sum| base_of(vm, sum));
    root.is_some_and(|root| vm.is_subtype(vm.type_of(source.value(vm)), root))
}

fn base_of<'v>(vm: &'v Vm, class: Obj<'v>) -> Option<Obj<'v>> {
    class.slot(vm, mesapy_vm::layout::types::BASE).as_obj()
}

/// The object of a whole tree.
pub fn object_of<'v>(vm: &'v Vm, tree: &Ast, filename: Local<k::Str>) -> Py<Value<'v>> {
    let mut made: Vec<Value<'v>> = Vec::with_capacity(tree.nodes.len());
    for node in &tree.nodes {
        let value = if node.class.is_singleton() {
            singleton(vm, node.class)?
        } else {
            node_object(vm, node, &made, filename)?
        };
        made.push(value);
    }
    made.last()
        .copied()
        .ok_or_else(|| vm.system_error("a tree without nodes"))
}

fn node_object<'v>(
    vm: &'v Vm,
    node: &Node,
    made: &[Value<'v>],
    filename: Local<k::Str>,
) -> Py<Value<'v>> {
    let instance = object::instantiate(vm, class_object(vm, node.class)?)?;
    let Some(obj) = instance.as_obj() else {
        return Ok(instance);
    };
    let set = |name: &str, value: Value<'v>| -> Py<()> {
        vm.attr_set(obj, vm.intern(name.as_bytes()), value)?;
        Ok(())
    };
    for (info, field) in node.class.info().fields.iter().zip(&node.fields) {
        set(info.name, field_value(vm, field, made, filename)?)?;
    }
    if let Some(place) = &node.place {
        set("lineno", vm.int(place.line.into()))?;
        set("col_offset", vm.int(place.column.into()))?;
        set("end_lineno", vm.int(place.end_line.into()))?;
        set("end_col_offset", vm.int(place.end_column.into()))?;
    }
    Ok(instance)
}

fn field_value<'v>(
    vm: &'v Vm,
    field: &Field,
    made: &[Value<'v>],
    filename: Local<k::Str>,
) -> Py<Value<'v>> {
    Ok(match field {
        Field::None | Field::Foreign(_) => Value::NONE,
        Field::Node(id) => made.get(id.0 as usize).copied().unwrap_or(Value::NONE),
        Field::List(items) => {
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                // Lists hold nodes, names and None, never lists.
                values.push(match item {
                    Field::Node(id) => made.get(id.0 as usize).copied().unwrap_or(Value::NONE),
                    Field::Text(text) => vm.intern(text.as_bytes()).value(),
                    _ => Value::NONE,
                });
            }
            vm.new_list(&values)?.value()
        }
        Field::Text(text) => vm.intern(text.as_bytes()).value(),
        Field::Int(i) => vm.int(*i),
        Field::Constant(c) => vm.load_const(c, filename)?,
    })
}
