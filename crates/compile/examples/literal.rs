//! Prints the code of a source file as a Python literal, for `tests/model/interpret.py`.

use mesapy_bytecode::{CodeUnit, Const};
use mesapy_compile::{Options, compile};
use mesapy_syntax as syntax;

fn text(bytes: &[u8]) -> String {
    format!(
        "b'{}'.decode('utf-8','surrogatepass')",
        bytes.escape_ascii()
    )
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn constant(value: &Const) -> String {
    let float = |f: &f64| format!("F({})", f.to_bits());
    match value {
        Const::None => "None".into(),
        Const::Bool(b) => if *b { "True" } else { "False" }.into(),
        Const::Ellipsis => "...".into(),
        Const::Int(i) => i.to_string(),
        Const::BigInt(negative, limbs) => {
            let digits: String = limbs.iter().rev().map(|l| format!("{l:016x}")).collect();
            format!("{}0x{digits}", if *negative { "-" } else { "" })
        }
        Const::Float(f) => float(f),
        Const::Complex(re, im) => format!("complex({},{})", float(re), float(im)),
        Const::Str(s) => text(s),
        Const::Bytes(b) => format!("b'{}'", b.escape_ascii()),
        Const::Tuple(items) => format!("tuple({})", list(items.iter().map(constant))),
        Const::FrozenSet(items) => format!("frozenset({})", list(items.iter().map(constant))),
        Const::Slice(p) => format!(
            "slice({},{},{})",
            constant(&p[0]),
            constant(&p[1]),
            constant(&p[2])
        ),
        Const::Code(code) => unit(code),
    }
}

fn unit(u: &CodeUnit) -> String {
    let names = |n: &[std::borrow::Cow<'_, [u8]>]| list(n.iter().map(|n| text(n)));
    let instrs = list(u.instrs.iter().map(|i| {
        let op = i.op().map_or("?", |op| op.name());
        format!(
            "('{op}',{},{},{},{},{},{},{})",
            i.a(),
            i.b(),
            i.c(),
            i.d(),
            i.bx(),
            i.sbx(),
            i.off()
        )
    }));
    let exceptions = list(
        u.exceptions
            .iter()
            .map(|e| format!("({},{},{},{})", e.start, e.end, e.handler, e.reg)),
    );
    let positions = list(u.positions.iter().map(|p| p.line.to_string()));
    let live = list(u.live.iter().map(|l| format!("({},{})", l.0, l.1)));
    format!(
        "Code(name={},qualname={},flags={},argcount={},posonly={},kwonly={},varnames={},cellvars={},cell_regs={:?},\
         freevars={},first_free={},registers={},instrs={instrs},consts={},names={},sites={:?},exceptions={exceptions},\
         lines={positions},live={live},first_line={},docstring={})",
        text(&u.name),
        text(&u.qualname),
        u.flags.0,
        u.arg_count,
        u.posonly_count,
        u.kwonly_count,
        names(&u.varnames),
        names(&u.cellvars),
        u.cell_regs,
        names(&u.freevars),
        u.first_free,
        u.registers,
        list(u.consts.iter().map(constant)),
        names(&u.names),
        u.sites,
        u.first_line,
        if u.docstring { "True" } else { "False" },
    )
}

fn main() {
    let Some(path) = std::env::args().nth(1) else {
        return;
    };
    let bytes = std::fs::read(&path).unwrap_or_default();
    let Ok(source) = syntax::decode::decode(&bytes) else {
        return eprintln!("does not decode");
    };
    match syntax::parse(
        &source.text,
        syntax::Mode::Exec,
        &syntax::Options::default(),
    ) {
        Ok(parsed) => match compile(&source.text, &parsed.tree, &Options::default()) {
            Ok(compiled) => println!("{}", unit(&compiled.code)),
            Err(error) => eprintln!("{error}"),
        },
        Err(error) => eprintln!("{}", error.msg),
    }
}
