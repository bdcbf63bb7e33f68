//! Instructions that neither jump nor call: a function of the frame's registers each. The inner loop and compiled code both come here for them.

use super::{Fr, build, exceptions, fast, names, sets, spread};
use crate::layout::header;
use crate::local::Py;
use crate::vm::Vm;
use mesapy_bytecode::Instr;
use mesapy_bytecode::op::byte;
use mesapy_heap::{Value, Word};

/// Executes `i` for the frame `f`; false: it takes more than `&Vm`, and nothing was done. The VM's pc is behind the instruction.
#[inline(never)]
pub(super) fn execute(vm: &Vm, f: &Fr, i: Instr) -> Py<bool> {
    macro_rules! some {
        ($e:expr) => {
            match $e {
                Some(v) => v,
                None => return Ok(false),
            }
        };
    }
    let reg = |r: u16| f.reg(vm, r);
    let first = f.base + u32::from(i.b());
    let result: Word = match i.op_byte() {
        // ---- cells
        byte::MakeCell => vm.new_cell(reg(i.a()).value(vm)).value().word(),
        byte::CopyFree => {
            names::copy_free(vm, f, i.a(), i.bx());
            return Ok(true);
        }
        byte::StoreCell => {
            if let Some(cell) = reg(i.a()).value(vm).as_cell(vm) {
                cell.set(vm, reg(i.b()).value(vm));
            }
            return Ok(true);
        }
        byte::LoadCommon => names::common(vm, i.d()).word(),
        byte::StoreGlobal => {
            let globals = vm.stack_word(f.base - header::GLOBALS);
            return Ok(super::cache::store_global(
                vm,
                f,
                globals,
                i.c(),
                reg(i.a()),
            ));
        }

        // ---- slices
        byte::LoadSlice => {
            let stop = vm.stack_word(f.base + u32::from(i.c()) + 1);
            some!(fast::slice(vm, reg(i.b()), reg(i.c()), stop))
        }
        byte::BuildSlice => {
            let part = |k: u32| vm.stack_word(first + k).value(vm);
            let step = if i.c() == 3 { part(2) } else { Value::NONE };
            crate::objects::slice::new_slice(vm, part(0), part(1), step).word()
        }
        byte::StoreSlice => {
            let stop = vm.stack_word(first + 1);
            some!(fast::set_slice(
                vm,
                reg(i.a()),
                reg(i.b()),
                stop,
                reg(i.c())
            ));
            return Ok(true);
        }

        // ---- construction
        byte::MakeFunction => build::make_function(vm, first, i.d())?.word(),
        byte::BuildString => build::string(vm, f, i.b(), i.c())?.word(),
        byte::BuildSet => some!(sets::display(vm, first, i.c())),
        byte::SetAdd => {
            some!(sets::add_to(vm, reg(i.a()), reg(i.b())));
            return Ok(true);
        }
        byte::BuildMap => some!(fast::dict(vm, first, i.c())),
        byte::MapAdd => {
            some!(fast::set_item(vm, reg(i.a()), reg(i.b()), reg(i.c())));
            return Ok(true);
        }
        byte::ListExtend => return spread::extend(vm, reg(i.a()), reg(i.b())),
        byte::ListToTuple => build::list_to_tuple(vm, reg(i.b()).value(vm))?.word(),
        byte::DictMerge => return spread::merge(vm, reg(i.a()), reg(i.b())),
        byte::FormatValue if i.c() == 0xffff => some!(fast::format(vm, reg(i.b()), i.d())),

        // ---- exceptions
        byte::PushExc => {
            exceptions::push(vm, f, i.a(), i.b());
            return Ok(true);
        }
        byte::PopExc => {
            exceptions::pop(vm, f, i.a());
            return Ok(true);
        }
        byte::MatchExc => {
            let found = some!(exceptions::matches_quick(vm, reg(i.b()), reg(i.c())));
            Value::bool(found).word()
        }
        _ => return Ok(false),
    };
    f.set(vm, i.a(), result);
    Ok(true)
}
