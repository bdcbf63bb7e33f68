//! `_symtable`: the compiler's scopes as objects. CPython: Modules/symtablemodule.c, Python/symtable.c.

use mesapy_compile::scope::{Block, BlockId, BlockKind, Reach, Scopes, def};
use mesapy_heap::Value;
use mesapy_syntax as syntax;
use mesapy_vm::builtins::execution::{Origin, Request};
use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{Local, Py, Ret, Vm};

pub static MODULE: NativeModule = NativeModule {
    name: "_symtable",
    doc: "",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};
static FUNCTIONS: &[Method] = methods! {
    "symtable(source, filename, startstr, /)" => static calls symtable(source, filename, start), "Return symbol and scope dictionaries used internally by compiler.";
};
mod slot {
    pub const ID: usize = 0;
    pub const NAME: usize = 1;
    pub const SYMBOLS: usize = 2;
    pub const VARNAMES: usize = 3;
    pub const CHILDREN: usize = 4;
    pub const NESTED: usize = 5;
    pub const TYPE: usize = 6;
    pub const LINENO: usize = 7;
    pub const COUNT: u16 = 8;
}
static ENTRY: TypeDef = TypeDef {
    name: "symtable entry",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::NO_NEW,
    methods: methods! {
        "__repr__(self, /)" => calls entry_repr(this), "Return repr(self).";
    },
    members: &[
        ("id", slot::ID as u16, ""),
        ("name", slot::NAME as u16, ""),
        ("symbols", slot::SYMBOLS as u16, ""),
        ("varnames", slot::VARNAMES as u16, ""),
        ("children", slot::CHILDREN as u16, ""),
        ("nested", slot::NESTED as u16, ""),
        ("type", slot::TYPE as u16, ""),
        ("lineno", slot::LINENO as u16, ""),
    ],
    ..TypeDef::EMPTY
};
/// Where a symbol's scope stands in its flags.
const SCOPE_OFF: u32 = 12;
const SCOPE_MASK: i64 = 0xf;

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    vm.register_type(&ENTRY)?;
    let vm: &Vm = vm;
    let constants = [
        ("USE", def::USE.into()),
        ("DEF_GLOBAL", def::GLOBAL.into()),
        ("DEF_NONLOCAL", def::NONLOCAL.into()),
        ("DEF_LOCAL", def::LOCAL.into()),
        ("DEF_PARAM", def::PARAM.into()),
        ("DEF_TYPE_PARAM", def::TYPE_PARAM.into()),
        ("DEF_FREE_CLASS", def::FREE_CLASS.into()),
        ("DEF_IMPORT", def::IMPORT.into()),
        (
            "DEF_BOUND",
            i64::from(def::LOCAL | def::PARAM | def::IMPORT),
        ),
        ("DEF_ANNOT", def::ANNOT.into()),
        ("DEF_COMP_ITER", def::COMP_ITER.into()),
        ("DEF_COMP_CELL", def::COMP_CELL.into()),
        ("TYPE_FUNCTION", BlockKind::Function as i64),
        ("TYPE_CLASS", BlockKind::Class as i64),
        ("TYPE_MODULE", BlockKind::Module as i64),
        ("TYPE_ANNOTATION", BlockKind::Annotation as i64),
        ("TYPE_TYPE_ALIAS", BlockKind::TypeAlias as i64),
        ("TYPE_TYPE_PARAMETERS", BlockKind::TypeParameters as i64),
        ("TYPE_TYPE_VARIABLE", BlockKind::TypeVariable as i64),
        ("LOCAL", Reach::Local as i64),
        ("GLOBAL_EXPLICIT", Reach::GlobalExplicit as i64),
        ("GLOBAL_IMPLICIT", Reach::GlobalImplicit as i64),
        ("FREE", Reach::Free as i64),
        ("CELL", Reach::Cell as i64),
        ("SCOPE_OFF", SCOPE_OFF.into()),
        ("SCOPE_MASK", SCOPE_MASK),
    ];
    for (name, value) in constants {
        let name = vm.intern(name.as_bytes());
        dict.get(vm).set_str(vm, name, vm.int(value))?;
    }
    Ok(())
}

fn symtable(vm: &mut Vm, source: Local, filename: Local, start: Local<k::Str>) -> Py<Ret> {
    let filename = vm.fs_text(filename)?;
    let mode = match start.get(vm).bytes(vm) {
        b"exec" => syntax::Mode::Exec,
        b"eval" => syntax::Mode::Eval,
        b"single" => syntax::Mode::Single,
        _ => {
            return Err(vm.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'"));
        }
    };
    let text = vm.source_text(source, "symtable() arg 1", "a string or bytes", filename)?;
    let request = Request {
        mode,
        ..Request::EXEC
    };
    let parsed = vm.parse_text(&text, filename, request)?;
    let lines = syntax::Lines::new(&text);
    let origin = Origin {
        lines: &lines,
        text: Some(&text),
    };
    let scopes = mesapy_compile::symbols(&parsed.tree)
        .map_err(|e| vm.compile_error(&e, origin, filename))?;
    let vm: &Vm = vm;
    let top = entry(vm, &scopes, &lines)?;
    Ok(vm.ret(top))
}

/// The module's entry, with all below it. Blocks are made from the last to the first, since children come behind their parents.
fn entry<'v>(vm: &'v Vm, scopes: &Scopes, lines: &syntax::Lines) -> Py<Value<'v>> {
    let mut made = vec![Value::NONE; scopes.blocks.len()];
    for id in (0..scopes.blocks.len()).rev() {
        if let Some(block) = scopes.blocks.get(id) {
            let value = one(vm, scopes, block, id, lines, &made)?;
            if let Some(slot) = made.get_mut(id) {
                *slot = value;
            }
        }
    }
    Ok(made.first().copied().unwrap_or(Value::NONE))
}
fn one<'v>(
    vm: &'v Vm,
    scopes: &Scopes,
    block: &Block,
    id: BlockId,
    lines: &syntax::Lines,
    made: &[Value<'v>],
) -> Py<Value<'v>> {
    let symbols = vm.new_dict();
    let varnames = vm.new_list(&[])?;
    for (name, symbol) in &block.symbols {
        // An annotation that is never evaluated uses nothing.
        if block.unevaluated && symbol.flags & def::PARAM == 0 {
            continue;
        }
        let text = vm.intern(scopes.names.text(*name).as_bytes());
        let flags = i64::from(symbol.flags) | (symbol.reach as i64) << SCOPE_OFF;
        symbols.set_str(vm, text, vm.int(flags))?;
    }
    for name in &block.params {
        let text = vm.intern(scopes.names.text(*name).as_bytes());
        varnames.push(vm, text.value())?;
    }
    let children = vm.new_list(&[])?;
    for child in &block.children {
        let child = made.get(*child).copied().unwrap_or(Value::NONE);
        children.push(vm, child)?;
    }
    let line = match block.parent {
        Some(_) => lines.line(block.range.start().into()),
        None => 0,
    };
    // `<lambda>` and `<genexpr>` go without their brackets.
    let name = scopes.names.text(block.name);
    let name = name.trim_matches(['<', '>']);
    let made = object::new_native_instance(vm, &ENTRY)?;
    for (slot, value) in [
        (slot::ID, vm.int(id as i64 + 1)),
        (slot::NAME, vm.intern(name.as_bytes()).value()),
        (slot::SYMBOLS, symbols.value()),
        (slot::VARNAMES, varnames.value()),
        (slot::CHILDREN, children.value()),
        (slot::NESTED, vm.int(block.nested.into())),
        (slot::TYPE, vm.int(block.kind as i64)),
        (slot::LINENO, vm.int(line.into())),
    ] {
        made.set_slot(vm, slot, value);
    }
    Ok(made.value())
}

fn entry_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let show = |slot: usize| {
        let value = this.value(vm).as_obj().map(|o| o.slot(vm, slot));
        match value.and_then(|v| v.as_small_int()) {
            Some(number) => number.to_string(),
            None => value.map_or_else(String::new, |v| vm.text_of(v)),
        }
    };
    Ok(format!(
        "<symtable entry {}({}), line {}>",
        show(slot::NAME),
        show(slot::ID),
        show(slot::LINENO)
    ))
}
