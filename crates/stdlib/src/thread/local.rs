//! `_local`: attributes that each thread has for itself. With one thread they are an ordinary object's.

use crate::support::*;

pub static LOCAL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_thread._local",
    doc: "Thread-local data",
    layout: Layout::Slots(0),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    },
    ..TypeDef::EMPTY
};
fn new(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<Local> {
    let given = tuple_len(vm, args) > 0 || has_keywords(vm, kwargs);
    if given {
        let vm: &Vm = vm;
        let init = vm.intern(b"__init__");
        let class = object::check_new_class(vm, cls, &LOCAL)?;
        if vm.type_lookup(class, init) == vm.type_lookup(vm.type_object(&object::OBJECT), init) {
            return Err(vm.type_error("Initialization arguments are not supported"));
        }
    }
    make(vm, cls, &LOCAL)
}
