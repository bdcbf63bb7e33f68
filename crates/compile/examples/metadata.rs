//! Prints the metadata of the code objects of source files, as `tests/metadata.py` does with CPython.

use mesapy_bytecode::{CodeUnit, Const};
use mesapy_compile::{Options, compile};
use mesapy_syntax as syntax;
use std::io::Write;

fn show(path: &str, unit: &CodeUnit, out: &mut Vec<Vec<u8>>) {
    let mut line = format!("{path}\t{}\t", unit.first_line).into_bytes();
    line.extend(&unit.qualname);
    line.extend(
        format!(
            "\t{:#x}\t{}/{}/{}",
            unit.flags.0, unit.posonly_count, unit.arg_count, unit.kwonly_count
        )
        .bytes(),
    );
    for names in [&unit.varnames, &unit.cellvars, &unit.freevars] {
        line.push(b'\t');
        line.extend(names.join(&b','));
    }
    out.push(line);
    for constant in &unit.consts {
        if let Const::Code(code) = constant {
            show(path, code, out);
        }
    }
}

fn main() {
    let worker = std::thread::Builder::new().stack_size(64 << 20).spawn(|| {
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
            match compile(&source.text, &parsed.tree, &Options::default()) {
                Ok(compiled) => {
                    let mut out = Vec::new();
                    show(&path, &compiled.code, &mut out);
                    out.sort();
                    out.dedup();
                    let mut stdout = std::io::stdout().lock();
                    for line in out {
                        let _ = stdout
                            .write_all(&line)
                            .and_then(|()| stdout.write_all(b"\n"));
                    }
                }
                Err(error) => eprintln!("{path}: {error}"),
            }
        }
    });
    if let Ok(worker) = worker {
        let _ = worker.join();
    }
}
