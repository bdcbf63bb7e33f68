//! `_string`: what `string.Formatter` takes templates apart with.

use mesapy_heap::Value;
use mesapy_text::str_format::{self, Accessor, Key, Template};
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::{Local, Py, Ret, Vm, k, methods};

pub static MODULE: NativeModule = NativeModule {
    name: "_string",
    doc: "string helper module",
    functions: FUNCTIONS,
    types: &[],
    init: None,
};

static FUNCTIONS: &[Method] = methods! {
    "formatter_field_name_split(object, /)" => static calls field_name_split(name), "split the argument as a field name";
    "formatter_parser(object, /)" => static calls parser(template), "parse the argument as a format string";
};

fn text_argument(vm: &Vm, object: Local) -> Py<Local<k::Str>> {
    object.cast(vm).ok_or_else(|| {
        vm.type_error(format!(
            "expected str, got {}",
            vm.type_name_for_error(object.value(vm))
        ))
    })
}
/// An iterator of the list's items; templates are parsed as a whole, so an error comes before the first item.
fn iterator(vm: &mut Vm, list: Local) -> Py<Ret> {
    vm.iter(list)
}
fn parser(vm: &mut Vm, template: Local) -> Py<Ret> {
    let text = vm.str_bytes(text_argument(vm, template)?);
    let list = {
        let vm: &Vm = vm;
        let part = |range: std::ops::Range<usize>| vm.new_str(text.get(range).unwrap_or(&[]));
        let mut items = Vec::new();
        for piece in Template::new(&text) {
            let piece = piece.map_err(|e| vm.text_error(e))?;
            let literal = part(piece.literal)?.value();
            let item = match piece.field {
                Some(field) => {
                    let conversion = field
                        .conversion
                        .map_or(Value::NONE, |c| vm.str_from_char(c).value());
                    [
                        literal,
                        part(field.name)?.value(),
                        part(field.spec)?.value(),
                        conversion,
                    ]
                }
                None => [literal, Value::NONE, Value::NONE, Value::NONE],
            };
            items.push(vm.new_tuple(&item)?.value());
        }
        vm.local(vm.new_list(&items)?.value())
    };
    iterator(vm, list)
}
fn key_value<'v>(vm: &'v Vm, key: &Key<'_>) -> Py<Value<'v>> {
    Ok(match key {
        Key::Number(n) => vm.int(*n as i64),
        Key::Name(name) => vm.new_str(name)?.value(),
    })
}
fn field_name_split(vm: &mut Vm, name: Local) -> Py<Ret> {
    let text = vm.str_bytes(text_argument(vm, name)?);
    let [first, list] = {
        let vm: &Vm = vm;
        let (first, path) = str_format::split_name(&text).map_err(|e| vm.text_error(e))?;
        let mut items = Vec::new();
        for step in path {
            let (is_attribute, value) = match step.map_err(|e| vm.text_error(e))? {
                Accessor::Attribute(name) => (true, vm.new_str(name)?.value()),
                Accessor::Item(key) => (false, key_value(vm, &key)?),
            };
            items.push(vm.new_tuple(&[Value::bool(is_attribute), value])?.value());
        }
        vm.locals([key_value(vm, &first)?, vm.new_list(&items)?.value()])
    };
    let steps = iterator(vm, list)?.keep(vm);
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&[first.value(vm), steps.value(vm)])?.value()))
}
