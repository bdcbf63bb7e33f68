//! Prints where every instruction of source files stands: file, first line, code, position, opcode. For comparison with CPython's `co_positions`.

use mesapy_bytecode::{CodeUnit, Const};
use mesapy_compile::{Options, compile};
use mesapy_syntax as syntax;

fn show(path: &str, unit: &CodeUnit, out: &mut Vec<String>) {
    for (instr, p) in unit.instrs.iter().zip(&unit.positions) {
        let op = instr.op().map_or("?", |op| op.name());
        out.push(format!(
            "{path}\t{}\t{}\t{}\t{}\t{}\t{}\t{op}",
            unit.first_line,
            String::from_utf8_lossy(&unit.qualname),
            p.line,
            p.end_line,
            p.column,
            p.end_column
        ));
    }
    for constant in &unit.consts {
        if let Const::Code(code) = constant {
            show(path, code, out);
        }
    }
}

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let Ok(source) = syntax::decode::decode(&bytes) else {
            continue;
        };
        let Ok(parsed) = syntax::parse(
            &source.text,
            syntax::Mode::Exec,
            &syntax::Options::default(),
        ) else {
            continue;
        };
        if let Ok(compiled) = compile(&source.text, &parsed.tree, &Options::default()) {
            let mut out = Vec::new();
            show(
                path.rsplit('/').next().unwrap_or(""),
                &compiled.code,
                &mut out,
            );
            out.sort();
            out.dedup();
            for line in out {
                println!("{line}");
            }
        }
    }
}
