//! Shows the bytecode of a source file: `cargo run -p mesapy-compile --example dump FILE [exec|eval|single]`.

use mesapy_compile::{Mode, Options, compile};
use mesapy_syntax as syntax;

fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().unwrap_or_default();
    let (mode, parse_mode) = match args.next().as_deref() {
        Some("eval") => (Mode::Eval, syntax::Mode::Eval),
        Some("single") => (Mode::Single, syntax::Mode::Single),
        _ => (Mode::Exec, syntax::Mode::Exec),
    };
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let text = syntax::decode::normalize(&text);
    let parsed = match syntax::parse(&text, parse_mode, &syntax::Options::default()) {
        Ok(parsed) => parsed,
        Err(error) => return eprintln!("{error:?}"),
    };
    match compile(
        &text,
        &parsed.tree,
        &Options {
            mode,
            ..Options::default()
        },
    ) {
        Ok(compiled) => {
            print!("{}", mesapy_bytecode::dump(&compiled.code));
            for warning in compiled.warnings {
                eprintln!("{warning:?}");
            }
            if let Err(error) = mesapy_bytecode::verify(&compiled.code) {
                eprintln!("{error}");
            }
        }
        Err(error) => eprintln!("{error:?}"),
    }
}
