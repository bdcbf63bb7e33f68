//! `_suggestions`: the name that was probably meant.

use crate::support::*;
use mesapy_vm::suggest;

pub static MODULE: NativeModule = NativeModule {
    name: "_suggestions",
    doc: "",
    functions: methods! {
        "_generate_suggestions(candidates, item, /)" => static leaf generate(candidates, item), "Returns the candidate in candidates that's closest to item";
    },
    types: &[],
    init: None,
};
fn generate(vm: &Vm, candidates: Value<'_>, item: mesapy_heap::Str<'_>) -> Py<Option<String>> {
    let Some(list) = candidates.as_exact_list(vm) else {
        return Err(vm.type_error("candidates must be a list"));
    };
    if list.iter(vm).any(|c| c.as_str(vm).is_none()) {
        return Err(vm.type_error("all elements in 'candidates' must be strings"));
    }
    let names: Vec<String> = list.iter(vm).map(|c| vm.text_of(c)).collect();
    let wrong = String::from_utf8_lossy(item.bytes(vm));
    Ok(suggest::closest(&wrong, names.iter().map(String::as_str)).map(str::to_owned))
}
