//! Whether what was typed at a prompt is a whole statement, and its code. The rules are codeop's: `Lib/codeop.py`, _maybe_compile.

use super::execution::{Request, flags};
use crate::local::{Local, Py, Ret, k};
use crate::vm::Vm;
use mesapy_syntax as syntax;

/// What a text typed so far is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Typed {
    /// Blank lines and comments only.
    Nothing,
    /// More lines are needed.
    Part,
    /// A statement, or an error that no further line can mend.
    Whole,
}

/// Judges lines that each end in a line end.
pub fn judge(text: &str) -> Typed {
    let blank = |line: &str| {
        let line = line.trim_start();
        line.is_empty() || line.starts_with('#')
    };
    if text.lines().all(blank) {
        return Typed::Nothing;
    }
    let options = syntax::Options {
        allow_incomplete_input: true,
        dont_imply_dedent: true,
        ..Default::default()
    };
    let parse = |text: &str| syntax::parse(text, syntax::Mode::Single, &options).map(drop);
    if parse(text.strip_suffix('\n').unwrap_or(text)).is_ok() {
        return Typed::Whole;
    }
    match parse(text) {
        Ok(()) => Typed::Part,
        Err(e) if e.kind == syntax::SyntaxErrorKind::Incomplete => Typed::Part,
        Err(_) => Typed::Whole,
    }
}

impl Vm {
    /// The code of a statement typed at a prompt; `future` are the features that earlier ones switched on.
    pub fn compile_typed(&mut self, text: &str, filename: Local<k::Str>, future: u32) -> Py<Ret> {
        let request = Request {
            mode: syntax::Mode::Single,
            flags: future & flags::FUTURE,
            optimize: self.config.optimize,
            feature_version: None,
        };
        self.compile_text(text, filename, request)
    }
    /// Future features that a code object was compiled with.
    pub fn future_features(&self, code: Local) -> u32 {
        crate::code::expect_code(self, code.value(self))
            .map_or(0, |c| crate::code::flags(self, c).0 & flags::FUTURE)
    }
}

#[cfg(test)]
mod tests {
    use super::{Typed, judge};

    #[test]
    fn statements_end_where_codeop_ends_them() {
        for (text, expected) in [
            ("\n", Typed::Nothing),
            ("# nothing\n", Typed::Nothing),
            ("1\n", Typed::Whole),
            ("1 +\n", Typed::Whole),
            ("x = (\n", Typed::Part),
            ("x = '''abc\n", Typed::Part),
            ("if 1:\n", Typed::Part),
            ("if 1:\n  2\n", Typed::Part),
            ("if 1:\n  2\n\n", Typed::Whole),
            ("@f\n", Typed::Part),
            ("a \\\n", Typed::Part),
            ("for i in x:\n  i\nprint\n", Typed::Whole),
        ] {
            assert_eq!(judge(text), expected, "{text:?}");
        }
    }
}
