//! Sources that are deep, long or random: an answer, never a panic, never an overflow of the native stack.

use mesapy_syntax::{Mode, Options, SyntaxErrorKind, parse, tokenize};

fn judge(source: &str, mode: Mode) -> String {
    match parse(source, mode, &Options::default()) {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{}: {}", error.kind.exception_name(), error.msg),
    }
}

/// What CPython 3.14 says of these (asked once; its limits lie between the two counts).
#[test]
fn deep_sources() {
    const COMPLEX: &str =
        "MemoryError: Parser stack overflowed - Python source too complex to parse";
    const PARENTHESES: &str = "SyntaxError: too many nested parentheses";
    let around = |open: &str, middle: &str, close: &str, n: usize| {
        open.repeat(n) + middle + &close.repeat(n)
    };
    for (open, middle, close, fine, too_deep, error) in [
        ("(", "1", ")", 200, 100_000, PARENTHESES),
        ("[", "1", "]", 200, 100_000, PARENTHESES),
        ("{1:", "1", "}", 200, 100_000, PARENTHESES),
        ("f(", "1", ")", 200, 201, PARENTHESES),
        ("-", "1", "", 5_000, 200_000, COMPLEX),
        ("not ", "1", "", 5_000, 200_000, COMPLEX),
        ("lambda:", "1", "", 2_000, 10_000, COMPLEX),
        ("1 if 1 else ", "1", "", 5_000, 200_000, COMPLEX),
        ("1**", "1", "", 2_000, 10_000, COMPLEX),
    ] {
        assert_eq!(
            judge(&around(open, middle, close, fine), Mode::Eval),
            "ok",
            "{open} × {fine}"
        );
        assert_eq!(
            judge(&around(open, middle, close, too_deep), Mode::Eval),
            error,
            "{open} × {too_deep}"
        );
    }
    for (part, last, n) in [
        ("1+", "1", 200_000),
        ("a.b", "", 0),
        ("x,", "", 100_000),
        ("a<", "a", 200_000),
        ("a and ", "a", 200_000),
        ("'a' ", "", 200_000),
        ("a=", "1", 100_000),
    ] {
        assert_eq!(
            judge(&(part.repeat(n.max(1)) + last), Mode::Exec),
            "ok",
            "{part}"
        );
    }
    for tail in [".b", "()", "[0]"] {
        let source = format!("a{}", tail.repeat(200_000));
        let parsed = parse(&source, Mode::Eval, &Options::default()).expect("a chain is fine");
        assert!(parsed.depth >= 200_000);
    }
    assert_eq!(judge(&"(".repeat(100_000), Mode::Exec), PARENTHESES);
    assert_eq!(
        judge(&"f\"{".repeat(1_000), Mode::Exec),
        "SyntaxError: too many nested f-strings or t-strings"
    );
    let blocks = |n: usize| {
        let lines: String = (0..n)
            .map(|i| format!("{}if 1:\n", " ".repeat(i)))
            .collect();
        lines + &" ".repeat(n) + "pass\n"
    };
    assert_eq!(judge(&blocks(99), Mode::Exec), "ok");
    assert_eq!(
        judge(&blocks(100), Mode::Exec),
        "IndentationError: too many levels of indentation"
    );
    // Wrong and deep at once.
    assert!(
        judge(&("-".repeat(5_000) + "1 1"), Mode::Exec).starts_with("SyntaxError: invalid syntax")
    );
    assert!(
        judge(&("(".repeat(150) + "1 1" + &")".repeat(150)), Mode::Exec).contains("forgot a comma")
    );
}

/// A small generator of pseudorandom numbers (splitmix64): the same sources on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n.max(1) as u64).unwrap_or(0)
    }
}

const PIECES: &[&str] = &[
    "def ", "class ", "if ", "else", ":", "\n", "\n    ", "\n  ", "\t", "(", ")", "[", "]", "{",
    "}", ",", "=", "==", ":=", "*", "**", "lambda ", "x", "y", "1", "0x", "1_", "'a'", "\"", "'",
    "'''", "f'", "f'{", "t'", "b'", "r'", "\\", "\\\n", "!", "!r", "->", "@", "for ", " in ",
    "while ", "try", "except ", "except* ", "finally", "with ", " as ", "import ", "from ",
    "match ", "case ", "_", "type ", "return ", "yield ", "await ", "async ", "not ", "is ",
    " and ", " or ", "del ", "raise ", "global ", "pass", "...", ".", ";", "#c", "é", "€", "\u{0}",
    "\u{a0}", "\\N{", "\\x", "\\u12", "/", "//", "<>", "%", "$", "?", " ", "None", "True",
    "print ", "{{", "}}", "{x:", "{x!", "{x=", "'''\n", "\u{c}", "0777", "1e", "1j", "-",
];

#[test]
fn random_sources() {
    // `SYNTAX_SEED` and `SYNTAX_ROUNDS` look further.
    let number = |name: &str, default| {
        std::env::var(name)
            .ok()
            .and_then(|n| n.parse().ok())
            .unwrap_or(default)
    };
    let mut random = Random(number("SYNTAX_SEED", 7));
    let samples: Vec<String> = include_str!("sources.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .map(str::to_owned)
        .collect();
    for round in 0..number("SYNTAX_ROUNDS", 4_000) {
        let mut source = String::new();
        if round % 2 == 0 {
            for _ in 0..random.below(24) {
                source.push_str(PIECES[random.below(PIECES.len())]);
            }
        } else {
            // Real lines with a piece put in, or a part cut out.
            source.clone_from(&samples[random.below(samples.len())]);
            for _ in 0..=random.below(3) {
                let marks: Vec<usize> = source
                    .char_indices()
                    .map(|(at, _)| at)
                    .chain([source.len()])
                    .collect();
                let at = random.below(marks.len());
                if random.below(2) == 0 {
                    source.insert_str(marks[at], PIECES[random.below(PIECES.len())]);
                } else {
                    let end = marks[(at + 1 + random.below(3)).min(marks.len() - 1)];
                    source.replace_range(marks[at]..end, "");
                }
            }
        }
        for mode in [Mode::Exec, Mode::Eval, Mode::Single, Mode::FuncType] {
            let options = Options {
                allow_incomplete_input: round % 3 == 0,
                ..Options::default()
            };
            if let Err(error) = parse(&source, mode, &options) {
                assert_ne!(error.kind, SyntaxErrorKind::Memory, "{source:?}");
            }
        }
        for extra in [false, true] {
            let _ = tokenize::tokenize(&source, extra);
        }
    }
}

#[test]
fn feature_versions() {
    let judge = |source: &str, minor: u8| {
        let options = Options {
            feature_version: Some(minor),
            ..Options::default()
        };
        parse(source, Mode::Exec, &options)
            .err()
            .map(|e| (e.msg, e.offset))
    };
    for (source, since, what, offset) in [
        ("(x:=1)", 8, "Assignment expressions are", 6),
        ("def f(a,/):pass", 8, "Positional-only parameters are", 10),
        ("lambda a,/:1", 8, "Positional-only parameters are", 11),
        ("match x:\n case 1: pass", 10, "Pattern matching is", 14),
        ("try: pass\nexcept* A: pass", 11, "Exception groups are", 16),
        ("def f[T](): pass", 12, "Type parameter lists are", 8),
        ("type X=int", 12, "Type statement is", 11),
        (
            "class A[T=int]: pass",
            13,
            "Type parameter defaults are",
            14,
        ),
        (
            "try: pass\nexcept A, B: pass",
            14,
            "except expressions without parentheses are",
            18,
        ),
        ("t'a'", 14, "t-strings are", 4),
        ("x: int", 6, "Variable annotation syntax is", 7),
        ("1_0", 6, "Underscores in numeric literals are", 1),
        ("async def f(): pass", 5, "Async functions are", 20),
        ("a @ b", 5, "The '@' operator is", 6),
        ("x @= y", 5, "The '@' operator is", 3),
    ] {
        let msg = format!("{what} only supported in Python 3.{since} and greater");
        assert_eq!(
            judge(source, since - 1),
            Some((msg, Some(offset))),
            "{source}"
        );
        assert_eq!(judge(source, since), None, "{source}");
    }
}

#[test]
fn function_types() {
    use mesapy_syntax::Tree;
    for (source, count) in [
        ("() -> int", 0),
        ("(int, *str, **dict) -> a.b[c]", 3),
        ("(a[b, c],\n *d) -> (e, f)", 2),
    ] {
        let parsed = parse(source, Mode::FuncType, &Options::default()).expect(source);
        match &parsed.tree {
            Tree::FunctionType { arguments, .. } => assert_eq!(arguments.len(), count, "{source}"),
            other => panic!("{other:?}"),
        }
    }
}

/// The native stack that `parse` may need of its caller: deeper sources get a thread of their own.
#[test]
fn small_stacks() {
    let repeat = |open: &str, middle: &str, close: &str, n: usize| {
        open.repeat(n) + middle + &close.repeat(n)
    };
    let mut sources = vec![
        repeat("(", "1", ")", 33),
        repeat("f(", "1", ")", 33),
        repeat("{1:[", "1", "]}", 16),
        repeat("-", "1", "", 199),
        repeat("not ", "1", "", 199),
        repeat("1 if 1 else ", "1", "", 199),
        repeat("lambda:", "1", "", 70),
        repeat("1**", "1", "", 70),
        repeat("f'{", "1", "}'", 16),
    ];
    for (open, close, n) in [
        ("(", ")", 9),
        ("f(", ")", 9),
        ("[", "]", 9),
        ("{1:", "}", 9),
        ("-", "", 55),
        ("lambda:", "", 20),
    ] {
        sources.push(repeat(open, "1 1", close, n));
    }
    let blocks: String = (0..10)
        .map(|i| format!("{}try:\n", " ".repeat(i)))
        .collect();
    sources.push(blocks + "          x y\n");
    let bytes = std::env::var("SYNTAX_STACK")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1 << 18);
    for source in sources {
        let run = move || drop(parse(&source, Mode::Exec, &Options::default()));
        let thread = std::thread::Builder::new()
            .stack_size(bytes)
            .spawn(run)
            .expect("a thread");
        thread.join().expect("no panic");
    }
}
