//! Making an interpreter: types first, then builtins and sys.

use crate::layout::types;
use crate::local::{Py, Raised};
use crate::objects::{self, exceptions as exc, type_};
use crate::roots::Root;
use crate::vm::{Config, Vm};

impl Vm {
    /// A new interpreter with types, builtins and sys; importlib is set up by `init_imports`.
    pub fn new(config: Config) -> Py<Vm> {
        let mut vm = Vm::bare(config)?;
        vm.set_native_stack(512 * 1024);
        for def in objects::all() {
            vm.register_type(def)?;
        }
        vm.patch_first_types()?;
        exc::complete_types(&vm)?;
        objects::template::complete_types(&vm)?;
        vm.add_native_modules(&[
            &crate::builtins::warnings::WARNINGS,
            &crate::objects::typing::TYPING,
        ]);
        let empty = vm.new_tuple(&[])?.value().word();
        vm.roots.set(Root::EmptyTuple, empty.value(&vm));
        let text = vm.new_str(b"")?.value().word();
        vm.roots.set(Root::EmptyStr, text.value(&vm));
        let bytes = vm.new_bytes(b"")?.value().word();
        vm.roots.set(Root::EmptyBytes, bytes.value(&vm));
        let modules = vm.new_dict().value().word();
        vm.roots.set(Root::Modules, modules.value(&vm));
        let memory_error = vm.new_exception(&exc::MEMORY_ERROR, &[])?.value().word();
        vm.roots
            .set(Root::MemoryErrorInstance, memory_error.value(&vm));
        crate::builtins::install(&mut vm)?;
        Ok(vm)
    }

    /// The types that were made before `type` existed get their metaclass, and natives made before their own types get theirs.
    fn patch_first_types(&self) -> Py<()> {
        let meta = self.type_object(&type_::TYPE);
        let shape = meta
            .slot(self, types::ROOT_SHAPE)
            .as_shape(self)
            .ok_or(Raised(()))?;
        for word in &self.types {
            if let Some(class) = word.get().value(self).as_obj() {
                class.set_shape(self, shape);
            }
        }
        for def in objects::all() {
            self.refill_native_type(def)?;
        }
        Ok(())
    }
}
