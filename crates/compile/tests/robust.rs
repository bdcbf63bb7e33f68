//! Nothing makes the compiler panic or overflow the stack, and whatever it produces verifies: mutated sources, very long and very deep ones.

use mesapy_compile::{Options, compile};
use mesapy_syntax as syntax;

fn try_compile(
    source: &str,
) -> Option<Result<mesapy_bytecode::CodeUnit, mesapy_compile::CompileError>> {
    let parsed = syntax::parse(source, syntax::Mode::Exec, &syntax::Options::default()).ok()?;
    let result = compile(source, &parsed.tree, &Options::default()).map(|c| c.code);
    if let Ok(code) = &result {
        mesapy_bytecode::verify(code).unwrap_or_else(|error| panic!("{error}\n{source}"));
    }
    Some(result)
}

/// A small generator, so that failures repeat.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

#[test]
fn mutated_sources() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut sources: Vec<String> = std::fs::read_dir(folder)
        .expect("folder")
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .map(|text| text.split("=>\n").next().unwrap_or("").to_owned())
        .collect();
    sources.sort();
    let words = [
        "x",
        "yield",
        "await x",
        "(y := 1)",
        "*a",
        "None",
        "break",
        "return 1",
        "lambda: x",
        "[i for i in x]",
        "global x",
        "nonlocal x",
        "del x",
        "in",
        "is",
        ":",
        "=",
        "1",
        "'s'",
        "f'{x}'",
        "async ",
        "\n",
        "    ",
        "pass",
        "super()",
    ];
    let mut random = Random(42);
    let mut compiled = 0;
    for round in 0..4000 {
        let source = &sources[round % sources.len()];
        let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
        for _ in 0..1 + random.below(3) {
            let at = random.below(lines.len());
            match random.below(4) {
                0 => {
                    let line = lines[random.below(lines.len())].clone();
                    lines.insert(at, line);
                }
                1 if lines.len() > 1 => drop(lines.remove(at)),
                _ => {
                    let mut pieces: Vec<&str> = lines[at]
                        .split_inclusive(|c: char| !c.is_alphanumeric())
                        .collect();
                    let place = random.below(pieces.len());
                    if place < pieces.len() {
                        pieces[place] = words[random.below(words.len())];
                    }
                    lines[at] = pieces.concat();
                }
            }
        }
        compiled += try_compile(&(lines.join("\n") + "\n")).is_some() as usize;
    }
    assert!(compiled > 200, "only {compiled} sources parsed");
}

#[test]
fn long_chains() {
    for source in [
        format!("x = a{}\n", "+1".repeat(100_000)),
        format!("x = 1{}\n", "+1".repeat(100_000)),
        format!("x = a{}\n", ".b".repeat(50_000)),
        format!("x = a{}\n", "(1)".repeat(50_000)),
        format!("x = a{}\n", "[0]".repeat(50_000)),
        format!("x = a{}\n", ".b(c)".repeat(30_000)),
        format!("x = a{}\n", " and b".repeat(50_000)),
        format!("x = a{}\n", " < b".repeat(20_000)),
        format!("x = [{}]\n", "a,".repeat(100_000)),
        format!("x = {{{}}}\n", "a:b,".repeat(70_000)),
        format!("f({})\n", "a,".repeat(50_000)),
        format!(
            "f({})\n",
            (0..20_000).map(|i| format!("a{i}=1,")).collect::<String>()
        ),
        format!("x = f'{}'\n", "{a}b".repeat(20_000)),
        format!(
            "def f():\n{}",
            (0..70_000)
                .map(|i| format!("  v{i} = 1\n"))
                .collect::<String>()
        ),
        (0..70_000)
            .map(|i| format!("v{i} = {i}.5\n"))
            .collect::<String>(),
        format!("if a: pass\n{}", "elif b: pass\n".repeat(20_000)),
        format!("{} = b\n", vec!["a"; 10_000].join(" = ")),
    ] {
        if let Some(Err(error)) = try_compile(&source) {
            assert!(
                matches!(
                    error.kind,
                    mesapy_compile::ErrorKind::Recursion | mesapy_compile::ErrorKind::Overflow
                ),
                "{error}: {}",
                &source[..40]
            );
        }
    }
}

#[test]
fn deep_nesting() {
    let deep = |open: &str, middle: &str, close: &str| {
        for depth in [50, 90, 150, 400] {
            try_compile(&format!(
                "x = {}{middle}{}\n",
                open.repeat(depth),
                close.repeat(depth)
            ));
        }
    };
    // A stack as small as threads have.
    let worker = std::thread::Builder::new()
        .stack_size(8 << 20)
        .spawn(move || {
            deep("(", "a", ",)");
            deep("[", "a", "]");
            deep("f(", "a", ")");
            deep("not ", "a", "");
            deep("-", "a", "");
            deep("lambda: ", "a", "");
            deep("a if b else ", "c", "");
            deep("a ** ", "b", "");
            deep("[x for x in ", "a", "]");
            deep("{a: ", "b", "}");
            deep("a[", "b", "]");
        });
    worker.expect("thread").join().expect("no panic");
}
