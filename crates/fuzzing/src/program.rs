//! Python programs from bytes: most of them parse, many of them compile, and all corners of the grammar turn up, in combinations that nobody writes.

use crate::Choices;

/// Levels of nested expressions and blocks.
const DEPTH_MAX: usize = 6;
const STATEMENTS_MAX: usize = 12;

/// A module of a few statements.
pub fn program(bytes: &[u8]) -> String {
    let mut writer = Writer {
        choices: Choices::new(bytes),
        out: String::new(),
    };
    let statements = 1 + writer.choices.below(STATEMENTS_MAX);
    for _ in 0..statements {
        writer.statement(0);
        if writer.choices.is_empty() {
            break;
        }
    }
    writer.out
}

struct Writer<'a> {
    choices: Choices<'a>,
    out: String,
}

const NAMES: &[&str] = &[
    "a",
    "b",
    "c",
    "self",
    "__x",
    "_",
    "print",
    "x1",
    "__class__",
    "super",
    "é",
    "match",
    "type",
];
const LITERALS: &[&str] = &[
    "0",
    "1",
    "-1",
    "None",
    "True",
    "...",
    "1.5",
    "2j",
    "'s'",
    "b'b'",
    "10**40",
    "''",
    "0xff",
    "1_000",
    "'\\n'",
    "r'\\d'",
    "99999999999999999999",
    "__debug__",
];
const BINARY: &[&str] = &[
    "+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "|", "^", " and ", " or ", " in ",
    " not in ", " is ", " is not ", "<", "<=", "==", "!=", ">",
];

impl Writer<'_> {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }
    fn name(&mut self) {
        let name = self.choices.pick(NAMES);
        self.push(name);
    }
    /// Up to three of something, with commas between them.
    fn list(&mut self, depth: usize, mut one: impl FnMut(&mut Self, usize)) {
        for i in 0..self.choices.below(4) {
            if i > 0 {
                self.push(", ");
            }
            one(self, depth);
        }
    }

    fn expression(&mut self, depth: usize) {
        if depth >= DEPTH_MAX {
            return self.name();
        }
        let d = depth + 1;
        match self.choices.below(24) {
            0 => self.name(),
            1 | 2 => {
                let text = self.choices.pick(LITERALS);
                self.push(text);
            }
            3 | 4 => {
                self.push("(");
                self.expression(d);
                let operator = self.choices.pick(BINARY);
                self.push(operator);
                self.expression(d);
                self.push(")");
            }
            5 => {
                let prefix =
                    self.choices
                        .pick(&["-", "~", "not ", "await ", "*", "yield ", "yield from "]);
                self.push("(");
                self.push(prefix);
                self.expression(d);
                self.push(")");
            }
            6 | 7 => self.call(d),
            8 => {
                self.expression(d);
                self.push(".");
                self.name();
            }
            9 => {
                self.expression(d);
                self.push("[");
                self.index(d);
                self.push("]");
            }
            10 => {
                self.push("[");
                self.list(d, Self::item);
                self.push("]");
            }
            11 => {
                self.push("(");
                self.list(d, Self::item);
                self.push(",)");
            }
            12 => {
                self.push("{");
                self.list(d, |w, d| {
                    w.expression(d);
                    w.push(": ");
                    w.expression(d);
                });
                self.push("}");
            }
            13 => {
                self.push("{0, ");
                self.list(d, Self::item);
                self.push("}");
            }
            14..=16 => self.comprehension(d),
            17 => {
                self.push("(lambda ");
                self.parameters(d);
                self.push(": ");
                self.expression(d);
                self.push(")");
            }
            18 => {
                self.push("(");
                self.expression(d);
                self.push(" if ");
                self.expression(d);
                self.push(" else ");
                self.expression(d);
                self.push(")");
            }
            19 => {
                self.push("(");
                self.name();
                self.push(" := ");
                self.expression(d);
                self.push(")");
            }
            20 | 21 => self.interpolated(d),
            22 => {
                self.push("(");
                for operator in ["<", " in ", "=="] {
                    self.expression(d);
                    self.push(operator);
                }
                self.name();
                self.push(")");
            }
            _ => self.push("()"),
        }
    }
    fn item(&mut self, depth: usize) {
        if self.choices.below(5) == 4 {
            self.push("*");
        }
        self.expression(depth);
    }
    fn index(&mut self, depth: usize) {
        match self.choices.below(4) {
            0 => self.expression(depth),
            1 => self.push(":"),
            2 => {
                self.expression(depth);
                self.push(":");
                self.expression(depth);
                self.push(":");
            }
            _ => {
                self.push("0, ");
                self.item(depth);
            }
        }
    }
    fn call(&mut self, depth: usize) {
        self.expression(depth);
        self.push("(");
        self.list(depth, |w, d| match w.choices.below(5) {
            3 => {
                w.name();
                w.push("=");
                w.expression(d);
            }
            4 => {
                let stars = w.choices.pick(&["*", "**"]);
                w.push(stars);
                w.expression(d);
            }
            _ => w.expression(d),
        });
        self.push(")");
    }
    fn comprehension(&mut self, depth: usize) {
        let brackets = self.choices.pick(&["[]", "()", "{}", "{:}"]);
        self.push(&brackets[..1]);
        self.expression(depth);
        if brackets.len() == 3 {
            self.push(": ");
            self.expression(depth);
        }
        for _ in 0..1 + self.choices.below(2) {
            let keyword = self.choices.pick(&[" for ", " for ", " async for "]);
            self.push(keyword);
            self.target(depth);
            self.push(" in ");
            self.expression(depth);
            if self.choices.below(3) == 2 {
                self.push(" if ");
                self.expression(depth);
            }
        }
        self.push(&brackets[brackets.len() - 1..]);
    }
    fn interpolated(&mut self, depth: usize) {
        let open = self.choices.pick(&["f'", "t'", "rf'", "f'''"]);
        self.push(open);
        for _ in 0..self.choices.below(3) {
            self.push("t{{");
            self.push("{");
            self.name();
            let tail = self
                .choices
                .pick(&["", "!r", "=", ":>5", ":{a}", "!s:{b}x"]);
            self.push(tail);
            self.push("}");
        }
        self.push(if open.len() > 3 { "'''" } else { "'" });
        if self.choices.below(4) == 3 {
            self.push(" 'more' ");
        }
        let _ = depth;
    }

    fn target(&mut self, depth: usize) {
        if depth >= DEPTH_MAX {
            return self.name();
        }
        match self.choices.below(6) {
            3 => {
                self.name();
                self.push(".");
                self.name();
            }
            4 => {
                self.name();
                self.push("[");
                self.index(depth + 1);
                self.push("]");
            }
            5 => {
                self.push("(");
                self.target(depth + 1);
                self.push(", *");
                self.name();
                self.push(")");
            }
            _ => self.name(),
        }
    }
    fn parameters(&mut self, depth: usize) {
        const SHAPES: &[&str] = &[
            "",
            "p",
            "p, q=1",
            "p, /, q",
            "*args",
            "**kw",
            "p, *, q",
            "p=a, *args, r=b, **kw",
            "p, p",
            "self, __x",
            "*, q=(yield)",
            "a, b, c, d, e",
        ];
        let shape = self.choices.pick(SHAPES);
        self.push(shape);
        let _ = depth;
    }

    fn indent(&mut self, level: usize) {
        for _ in 0..level {
            self.push(" ");
        }
    }
    fn block(&mut self, level: usize) {
        for _ in 0..1 + self.choices.below(3) {
            self.statement(level + 1);
        }
    }
    /// A keyword, what `head` writes, a colon, and a block.
    fn compound(&mut self, level: usize, keyword: &str, head: impl FnOnce(&mut Self)) {
        self.push(keyword);
        head(self);
        self.push(":\n");
        self.block(level);
    }
    fn clause(&mut self, level: usize, text: &str) {
        self.indent(level);
        self.compound(level, text, |_| ());
    }

    fn statement(&mut self, level: usize) {
        self.indent(level);
        let kinds = if level >= DEPTH_MAX { 14 } else { 26 };
        match self.choices.below(kinds) {
            0 => self.push("pass"),
            1 | 2 => self.expression(1),
            3 => {
                self.target(1);
                self.push(" = ");
                self.expression(1);
            }
            4 => {
                self.target(1);
                let operator = self
                    .choices
                    .pick(&[" += ", " **= ", " @= ", " //= ", " |= "]);
                self.push(operator);
                self.expression(1);
            }
            5 => {
                self.name();
                self.push(": ");
                self.expression(2);
                self.push(" = 1");
            }
            6 => {
                let word =
                    self.choices
                        .pick(&["return ", "raise ", "assert ", "del ", "return *a, "]);
                self.push(word);
                self.target(2);
            }
            7 => {
                let word = self
                    .choices
                    .pick(&["break", "continue", "return", "raise", "yield"]);
                self.push(word);
            }
            8 => {
                let word = self.choices.pick(&["global ", "nonlocal "]);
                self.push(word);
                self.name();
            }
            9 => {
                let text = self.choices.pick(&[
                    "import a.b as c",
                    "from . import a",
                    "from a import *",
                    "import a, b",
                    "from __future__ import annotations",
                ]);
                self.push(text);
            }
            10 => {
                self.push("type ");
                self.name();
                self.push("[T: int, *Ts, **P] = ");
                self.expression(2);
            }
            11 => {
                self.push("raise a from ");
                self.expression(2);
            }
            12 => {
                self.target(2);
                self.push(" = ");
                self.target(2);
                self.push(" = yield");
            }
            13 => {
                self.push("x = ");
                self.comprehension(1);
            }
            14 => {
                self.compound(level, "if ", |w| w.expression(2));
                self.indent(level);
                self.compound(level, "elif ", |w| w.expression(2));
                self.clause(level, "else");
            }
            15 => {
                let word = self.choices.pick(&["for ", "async for "]);
                self.compound(level, word, |w| {
                    w.target(2);
                    w.push(" in ");
                    w.expression(2);
                });
                self.clause(level, "else");
            }
            16 => {
                self.compound(level, "while ", |w| w.expression(2));
                self.clause(level, "else");
            }
            17 | 18 => {
                let star = self.choices.pick(&["except ", "except* "]);
                self.clause(level, "try");
                self.indent(level);
                self.compound(level, star, |w| {
                    w.expression(3);
                    w.push(" as ");
                    w.name();
                });
                self.clause(level, "else");
                self.clause(level, "finally");
            }
            19 => {
                let word = self.choices.pick(&["with ", "async with "]);
                self.compound(level, word, |w| {
                    w.expression(3);
                    w.push(" as ");
                    w.target(3);
                    w.push(", ");
                    w.expression(3);
                });
            }
            20..=22 => {
                if self.choices.below(3) == 2 {
                    self.push("@");
                    self.expression(3);
                    self.push("\n");
                    self.indent(level);
                }
                let word = self.choices.pick(&["def f(", "async def g(", "def h[T]("]);
                self.compound(level, word, |w| {
                    w.parameters(2);
                    w.push(") -> a");
                });
            }
            23 => {
                let head = self.choices.pick(&[
                    "class C",
                    "class D[T](a, metaclass=b)",
                    "class E(*a, **b)",
                ]);
                self.compound(level, head, |_| ());
            }
            24 => {
                self.push("match ");
                self.expression(3);
                self.push(":\n");
                for _ in 0..1 + self.choices.below(3) {
                    self.indent(level + 1);
                    self.compound(level + 1, "case ", |w| {
                        w.pattern(0);
                        if w.choices.below(3) == 2 {
                            w.push(" if ");
                            w.expression(3);
                        }
                    });
                }
            }
            _ => self.push("'documented'; x = 1; pass"),
        }
        if !self.out.ends_with('\n') {
            self.push("\n");
        }
    }
    fn pattern(&mut self, depth: usize) {
        let kinds = if depth >= 3 { 3 } else { 9 };
        match self.choices.below(kinds) {
            0 => self.push("_"),
            1 => self.name(),
            2 => {
                let text = self
                    .choices
                    .pick(&["1", "-1", "'s'", "None", "a.b", "1+2j"]);
                self.push(text);
            }
            3 => {
                self.push("[");
                self.pattern(depth + 1);
                self.push(", *_]");
            }
            4 => {
                self.push("{'k': ");
                self.pattern(depth + 1);
                self.push(", **rest}");
            }
            5 => {
                self.push("a.B(");
                self.pattern(depth + 1);
                self.push(", k=");
                self.pattern(depth + 1);
                self.push(")");
            }
            6 => {
                self.push("(");
                self.pattern(depth + 1);
                self.push(" | ");
                self.pattern(depth + 1);
                self.push(")");
            }
            7 => {
                self.push("(");
                self.pattern(depth + 1);
                self.push(") as z");
            }
            _ => self.push("()"),
        }
    }
}
