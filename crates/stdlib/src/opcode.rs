//! `_opcode`: what `dis` and `opcode` ask about instructions; the instructions are this machine's.
//!
//! Besides CPython's functions there is `opmap`, from which the module `opcode` makes its tables. An instruction is one 64-bit word: its byte 0 is the
//! opcode. CPython: Modules/_opcode.c.

use mesapy_bytecode::operands::jump_of;
use mesapy_bytecode::{Op, dump, op::Form};
use mesapy_heap::{Kind, Value};
use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::{Local, Py, Ret, Vm};

pub static MODULE: NativeModule = NativeModule {
    name: "_opcode",
    doc: "Opcode support module.",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};
static FUNCTIONS: &[Method] = methods! {
    "stack_effect(opcode, oparg=None, /, *, jump=None)" => static calls stack_effect(opcode, oparg, jump), "Compute the stack effect of the opcode.";
    "instructions(code, /)" => static calls instructions(code), "List of an object's instructions: offset, opcode, name, operands as a number, what they mean, as text, target of a jump, range of source.";
    "dump(code, /)" => static calls dump_code(code), "The bytecode of a code object and of all inside it, as text.";
    "is_valid(opcode)" => static calls is_valid(opcode), "Return True if opcode is valid, False otherwise.";
    "has_arg(opcode)" => static calls has_arg(opcode), "Return True if the opcode uses its oparg, False otherwise.";
    "has_const(opcode)" => static calls has_const(opcode), "Return True if the opcode accesses a constant, False otherwise.";
    "has_name(opcode)" => static calls has_name(opcode), "Return True if the opcode accesses an attribute by name, False otherwise.";
    "has_jump(opcode)" => static calls has_jump(opcode), "Return True if the opcode has a jump target, False otherwise.";
    "has_free(opcode)" => static calls never(opcode), "Return True if the opcode accesses a free variable, False otherwise.";
    "has_local(opcode)" => static calls never(opcode), "Return True if the opcode accesses a local variable, False otherwise.";
    "has_exc(opcode)" => static calls never(opcode), "Return True if the opcode sets an exception handler, False otherwise.";
    "get_executor(code, offset)" => static calls get_executor(code, offset), "Return the executor object at offset in code if exists, None otherwise.";
    "get_intrinsic1_descs()" => static calls no_names(), "Return a list of names of the unary intrinsics.";
    "get_intrinsic2_descs()" => static calls no_names(), "Return a list of names of the binary intrinsics.";
    "get_special_method_names()" => static calls special_names(), "Return a list of special method names.";
    "get_nb_ops()" => static calls operators(), "Return array of symbols of binary ops.";
    "get_specialization_stats()" => static calls statistics(), "Return the specialization stats";
};
/// The operators that `BINARY_OP` of CPython tells apart, in its order.
const OPERATORS: [(&str, &str); 27] = [
    ("NB_ADD", "+"),
    ("NB_AND", "&"),
    ("NB_FLOOR_DIVIDE", "//"),
    ("NB_LSHIFT", "<<"),
    ("NB_MATRIX_MULTIPLY", "@"),
    ("NB_MULTIPLY", "*"),
    ("NB_REMAINDER", "%"),
    ("NB_OR", "|"),
    ("NB_POWER", "**"),
    ("NB_RSHIFT", ">>"),
    ("NB_SUBTRACT", "-"),
    ("NB_TRUE_DIVIDE", "/"),
    ("NB_XOR", "^"),
    ("NB_INPLACE_ADD", "+="),
    ("NB_INPLACE_AND", "&="),
    ("NB_INPLACE_FLOOR_DIVIDE", "//="),
    ("NB_INPLACE_LSHIFT", "<<="),
    ("NB_INPLACE_MATRIX_MULTIPLY", "@="),
    ("NB_INPLACE_MULTIPLY", "*="),
    ("NB_INPLACE_REMAINDER", "%="),
    ("NB_INPLACE_OR", "|="),
    ("NB_INPLACE_POWER", "**="),
    ("NB_INPLACE_RSHIFT", ">>="),
    ("NB_INPLACE_SUBTRACT", "-="),
    ("NB_INPLACE_TRUE_DIVIDE", "/="),
    ("NB_INPLACE_XOR", "^="),
    ("NB_SUBSCR", "[]"),
];

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let vm: &Vm = vm;
    let map = vm.new_dict();
    for op in Op::ALL {
        map.set_str(vm, vm.intern(op.name().as_bytes()), vm.int(*op as i64))?;
    }
    let dict = dict.get(vm);
    dict.set_str(vm, vm.intern(b"opmap"), map.value())?;
    dict.set_str(vm, vm.intern(b"ENABLE_SPECIALIZATION"), Value::TRUE)?;
    dict.set_str(vm, vm.intern(b"ENABLE_SPECIALIZATION_FT"), Value::TRUE)?;
    Ok(())
}
fn form(opcode: i64) -> Option<Form> {
    u8::try_from(opcode)
        .ok()
        .and_then(Op::from_u8)
        .map(Op::form)
}
/// Registers take the place of a stack: no instruction has an effect on one.
fn stack_effect(vm: &mut Vm, opcode: i64, _oparg: Option<Local>, jump: Option<Local>) -> Py<i64> {
    if let Some(jump) = jump.map(|j| j.value(vm)) {
        if !jump.is_none() && jump != Value::TRUE && jump != Value::FALSE {
            return Err(vm.value_error("stack_effect: jump must be False, True or None"));
        }
    }
    match form(opcode) {
        Some(_) => Ok(0),
        None => Err(vm.value_error("invalid opcode or oparg")),
    }
}
/// For `dis`: a tuple for each instruction.
fn instructions(vm: &mut Vm, code: Local) -> Py<Ret> {
    const BYTES: i64 = 8;
    let vm: &Vm = vm;
    let Some(object) = code.value(vm).as_obj().filter(|o| o.kind(vm) == Kind::Code) else {
        return Err(vm.type_error("a code object is needed"));
    };
    let unit = vm.code_unit(object)?;
    let constants = object
        .slot(vm, mesapy_vm::layout::code::CONSTS)
        .as_value_array(vm);
    let list = vm.new_list(&[])?;
    let mut positions = unit.positions.iter();
    for (pc, &instr) in unit.instrs.iter().enumerate() {
        let place = positions.next().unwrap_or_default();
        let Some(op) = instr.op() else {
            continue;
        };
        let text = dump::instruction(&unit, pc, instr);
        let text = text.get(op.name().len()..).unwrap_or("").trim();
        let target = jump_of(op, instr).map(|off| pc as i64 + 1 + i64::from(off));
        let constant = match op.form() {
            Form::AK => Some(instr.bx() as usize),
            Form::ABK => Some(usize::from(instr.c())),
            Form::AKJ => Some(usize::from(instr.b())),
            _ => None,
        };
        let name = match op.form() {
            Form::AN => unit.names.get(instr.bx() as usize),
            Form::ASite | Form::ABSite => unit
                .sites
                .get(usize::from(instr.c()))
                .and_then(|&at| unit.names.get(at as usize)),
            _ => None,
        };
        // Where a jump goes is told by its label.
        let shown = match target {
            Some(_) => text
                .rsplit_once("->")
                .map_or(text, |(before, _)| before.trim()),
            None => text,
        };
        let meaning = match (constant, name, op.form()) {
            (Some(at), _, _) => match constants.filter(|c| at < c.len(vm)) {
                Some(constants) => constants.get(vm, at),
                None => Value::NONE,
            },
            (_, Some(name), _) => vm.intern(name).value(),
            (_, _, Form::AI) => vm.int(i64::from(instr.sbx())),
            (_, _, Form::None) => Value::NONE,
            _ => vm.new_str(shown.as_bytes())?.value(),
        };
        let line = |n: u32| {
            if n == 0 {
                Value::NONE
            } else {
                vm.int(n.into())
            }
        };
        let column = |n: i32| if n < 0 { Value::NONE } else { vm.int(n.into()) };
        let operands = (instr.0 >> 16) as i64;
        let row = [
            vm.int(pc as i64 * BYTES),
            vm.int(op as i64),
            vm.intern(op.name().as_bytes()).value(),
            if op.form() == Form::None {
                Value::NONE
            } else {
                vm.int(operands)
            },
            meaning,
            vm.new_str(shown.as_bytes())?.value(),
            target.map_or(Value::NONE, |t| vm.int(t * BYTES)),
            line(place.line),
            line(place.end_line),
            column(place.column),
            column(place.end_column),
        ];
        list.push(vm, vm.new_tuple(&row)?.value())?;
    }
    Ok(vm.ret(list.value()))
}
/// For `-X dump=bytecode`.
fn dump_code(vm: &mut Vm, code: Local) -> Py<String> {
    let Some(object) = code.value(vm).as_obj().filter(|o| o.kind(vm) == Kind::Code) else {
        return Err(vm.type_error("a code object is needed"));
    };
    Ok(dump::dump(&vm.code_unit(object)?))
}
fn is_valid(_: &mut Vm, opcode: i64) -> Py<bool> {
    Ok(form(opcode).is_some())
}
fn has_arg(_: &mut Vm, opcode: i64) -> Py<bool> {
    Ok(form(opcode).is_some_and(|f| f != Form::None))
}
fn has_const(_: &mut Vm, opcode: i64) -> Py<bool> {
    Ok(matches!(
        form(opcode),
        Some(Form::AK | Form::ABK | Form::AKJ)
    ))
}
fn has_name(_: &mut Vm, opcode: i64) -> Py<bool> {
    Ok(matches!(
        form(opcode),
        Some(Form::AN | Form::ASite | Form::ABSite)
    ))
}
fn has_jump(_: &mut Vm, opcode: i64) -> Py<bool> {
    Ok(matches!(
        form(opcode),
        Some(Form::J | Form::AJ | Form::ABJ | Form::AKJ)
    ))
}
fn never(_: &mut Vm, _opcode: i64) -> Py<bool> {
    Ok(false)
}
fn get_executor(vm: &mut Vm, _code: Local, _offset: i64) -> Py<Ret> {
    Ok(vm.ret(Value::NONE))
}
fn no_names(vm: &mut Vm) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_list(&[])?.value()))
}
fn special_names(vm: &mut Vm) -> Py<Ret> {
    let vm: &Vm = vm;
    let list = vm.new_list(&[])?;
    for name in ["__enter__", "__exit__", "__aenter__", "__aexit__"] {
        list.push(vm, vm.intern(name.as_bytes()).value())?;
    }
    Ok(vm.ret(list.value()))
}
fn operators(vm: &mut Vm) -> Py<Ret> {
    let vm: &Vm = vm;
    let list = vm.new_list(&[])?;
    for (name, symbol) in OPERATORS {
        let pair = vm.new_tuple(&[
            vm.intern(name.as_bytes()).value(),
            vm.intern(symbol.as_bytes()).value(),
        ])?;
        list.push(vm, pair.value())?;
    }
    Ok(vm.ret(list.value()))
}
fn statistics(vm: &mut Vm) -> Py<Ret> {
    Ok(vm.ret(Value::NONE))
}
