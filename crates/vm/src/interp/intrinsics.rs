//! Rare operations: see the selectors of `Intrinsic1` and `Intrinsic2`.

use crate::local::{Local, Py, Ret, k};
use crate::objects::{generators, typing};
use crate::vm::Vm;
use mesapy_bytecode::{Intrinsic1, Intrinsic2};

pub(crate) fn intrinsic1(vm: &mut Vm, which: u8, x: Local) -> Py<Ret> {
    match Intrinsic1::from_u8(which) {
        Some(Intrinsic1::Print) => {
            let sys = vm.roots.sys_dict(vm).as_dict(vm);
            let hook = sys.and_then(|d| d.get_str(vm, vm.roots.names.displayhook(vm)));
            let Some(hook) = hook else {
                return Err(vm.runtime_error("lost sys.displayhook"));
            };
            let hook = vm.local(hook);
            vm.call(hook, &[x])
        }
        Some(Intrinsic1::AsyncGenWrap) => generators::wrap_async_value(vm, x),
        Some(Intrinsic1::StopIterationError) => Ok(vm.ret(x.value(vm))),
        Some(Intrinsic1::TypeVar) => typing::make_type_var(vm, x, None, None),
        Some(Intrinsic1::ParamSpec) => typing::make_param_spec(vm, x),
        Some(Intrinsic1::TypeVarTuple) => typing::make_type_var_tuple(vm, x),
        Some(Intrinsic1::SubscriptGeneric) => typing::subscript_generic(vm, x),
        Some(Intrinsic1::TypeAlias) => typing::make_type_alias(vm, x),
        Some(Intrinsic1::UnaryPositive) => vm.positive(x),
        None => Err(vm.system_error("unknown intrinsic")),
    }
}
pub(crate) fn intrinsic2(vm: &mut Vm, which: u8, x: Local, y: Local) -> Py<Ret> {
    match Intrinsic2::from_u8(which) {
        Some(Intrinsic2::TypeVarWithBound) => typing::make_type_var(vm, x, Some(y), None),
        Some(Intrinsic2::TypeVarWithConstraints) => typing::make_type_var(vm, x, None, Some(y)),
        Some(Intrinsic2::SetFunctionTypeParams) => {
            let name = vm.local_of::<k::Str>(vm.roots.names.type_params(vm).value());
            vm.set_attr(x, name, y)?;
            Ok(vm.ret(x.value(vm)))
        }
        Some(Intrinsic2::SetTypeParamDefault) => typing::set_default(vm, x, y),
        None => Err(vm.system_error("unknown intrinsic")),
    }
}
