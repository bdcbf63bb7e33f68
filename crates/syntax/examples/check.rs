//! Parses files and prints their errors, or with `--tokens` their tokens.

use std::time::Instant;

use mesapy_syntax::{Mode, Options, decode, parse, tokenize};

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    let tokens = arguments.next_if(|a| a == "--tokens").is_some();
    for path in arguments {
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let source = match decode::decode(&bytes) {
            Ok(source) => source.text,
            Err(error) => {
                println!("{path}: {error:?}");
                continue;
            }
        };
        if tokens {
            println!("# {path}");
            let (list, error) = tokenize::tokenize(&source, true);
            for t in list {
                println!(
                    "{} {:?} {:?} {:?} {:?}",
                    t.kind, t.string, t.start, t.end, t.line
                );
            }
            if let Some(error) = error {
                let number = |n: Option<u32>| n.map_or("None".to_owned(), |n| n.to_string());
                let place = [
                    error.lineno,
                    error.offset,
                    error.end_lineno,
                    error.end_offset,
                ]
                .map(number)
                .join(" ");
                let kind = error.kind.exception_name();
                println!(
                    "{kind}: {} {place} {:?}",
                    error.msg,
                    error.text.unwrap_or_default()
                );
            }
            continue;
        }
        let start = Instant::now();
        let result = parse(&source, Mode::Exec, &Options::default());
        let time = start.elapsed();
        match result {
            Ok(parsed) if time.as_millis() > 100 => {
                println!("{path}: {time:?} depth {}", parsed.depth)
            }
            Ok(_) => {}
            Err(error) => println!("{path}: {error} {:?}", error.text),
        }
    }
}
