//! Modes, optimisation levels and compiler flags.

use mesapy_bytecode::{CodeFlags, CodeUnit, Const, Op};
use mesapy_compile::{Mode, Options, compile};
use mesapy_syntax as syntax;

fn code(source: &str, parse: syntax::Mode, options: Options) -> Result<CodeUnit, String> {
    let parsed = syntax::parse(source, parse, &syntax::Options::default()).expect("parses");
    let compiled = compile(source, &parsed.tree, &options).map_err(|e| e.message)?;
    mesapy_bytecode::verify(&compiled.code).expect("verifies");
    Ok(compiled.code)
}

fn has(code: &CodeUnit, op: Op) -> bool {
    code.instrs.iter().any(|i| i.op() == Some(op))
}

#[test]
fn expressions_are_returned_and_statements_displayed() {
    let eval = Options {
        mode: Mode::Eval,
        ..Options::default()
    };
    let unit = code("a + 1", syntax::Mode::Eval, eval).expect("compiles");
    assert!(has(&unit, Op::AddK) && unit.instrs.last().and_then(|i| i.op()) == Some(Op::Return));
    let single = Options {
        mode: Mode::Single,
        ..Options::default()
    };
    let unit = code("a + 1\n", syntax::Mode::Single, single).expect("compiles");
    assert!(has(&unit, Op::Intrinsic1));
}

#[test]
fn levels_drop_asserts_and_docstrings() {
    let source = "'doc'\ndef f():\n    'doc'\n    assert x, y\n    if __debug__: z\n";
    for level in 0..=2 {
        let options = Options {
            optimize: level,
            ..Options::default()
        };
        let unit = code(source, syntax::Mode::Exec, options).expect("compiles");
        let function = unit.consts.iter().find_map(|c| {
            if let Const::Code(f) = c {
                Some(f)
            } else {
                None
            }
        });
        let function = function.expect("a function");
        assert_eq!(function.docstring, level < 2);
        assert_eq!(has(function, Op::Raise), level < 1);
        assert_eq!(
            function.names.iter().any(|n| **n == *b"z") && has(function, Op::LoadGlobal),
            level < 1
        );
        assert_eq!(unit.names.iter().any(|n| **n == *b"__doc__"), level < 2);
    }
}

#[test]
fn top_level_await_needs_its_flag() {
    let source = "x = await y\n[z async for z in x]\nasync with x: pass\n";
    assert_eq!(
        code(source, syntax::Mode::Exec, Options::default()),
        Err("'await' outside function".to_owned())
    );
    let options = Options {
        top_level_await: true,
        ..Options::default()
    };
    let unit = code(source, syntax::Mode::Exec, options).expect("compiles");
    assert!(unit.flags.has(CodeFlags::COROUTINE));
    let unit = code("x = 1\n", syntax::Mode::Exec, options).expect("compiles");
    assert!(!unit.flags.has(CodeFlags::COROUTINE));
}

#[test]
fn futures_are_inherited() {
    let options = Options {
        future: CodeFlags(CodeFlags::FUTURE_ANNOTATIONS),
        ..Options::default()
    };
    let unit = code("x: int\n", syntax::Mode::Exec, options).expect("compiles");
    assert!(has(&unit, Op::SetupAnnotations) && unit.flags.has(CodeFlags::FUTURE_ANNOTATIONS));
}
