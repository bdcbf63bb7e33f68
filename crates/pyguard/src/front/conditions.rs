//! `#if` expressions, and which alternatives of a file are taken together.
//!
//! Nothing is known of the build, so a file is read several times, each time under one assignment of truth to the macros it asks about. The first is
//! an ordinary Linux build, the second its opposite, and each branch that neither takes gets the first with as few changes as select it.

use super::intern::{FastMap, Name};
use super::lexer::{Directive, Kind, Token};
use super::macros::Macros;

/// How many times a file is read at most.
pub const VARIANTS_MAX: usize = 6;
/// More macros than this in the conditions around one branch: the branch is not searched for.
const ATOMS_MAX: usize = 8;

/// What one reading of a file believes of the macros it cannot see.
#[derive(Clone, Debug, Default)]
pub struct Assignment {
    pub inverse: bool,
    pub overrides: FastMap<Name, bool>,
}

/// Macros that an ordinary Linux build does not define.
const ABSENT: &[&str] = &[
    "MS_WINDOWS",
    "MS_WIN32",
    "MS_WIN64",
    "_WIN32",
    "_WIN64",
    "WIN32",
    "_MSC_VER",
    "__MINGW32__",
    "MS_WINI64",
    "__APPLE__",
    "__MACH__",
    "__CYGWIN__",
    "_AIX",
    "__sun",
    "sun",
    "__hpux",
    "hpux",
    "__VXWORKS__",
    "__FreeBSD__",
    "__NetBSD__",
    "__OpenBSD__",
    "__DragonFly__",
    "__ANDROID__",
    "__sgi",
    "_OSF_SOURCE",
    "__QNX__",
    "__INTEL_COMPILER",
    "Py_DEBUG",
    "Py_REF_DEBUG",
    "Py_TRACE_REFS",
    "DEBUG",
    "COUNT_ALLOCS",
    "WITH_DTRACE",
    "Py_LIMITED_API",
    "Py_ENABLE_SHARED",
    "HAVE_SYS_DEVPOLL_H",
    "HAVE_KQUEUE",
    "MS_COREDLL",
    "Py_NO_ENABLE_SHARED",
    "HAVE_BROKEN_POLL",
    "HAVE_BROKEN_MBSTOWCS",
    "HAVE_BROKEN_SEM_GETVALUE",
    "PYPY_VERSION",
    "PYPY_VERSION_NUM",
    "CYTHON_COMPILING_IN_PYPY",
    "EXPERIMENTAL_ISOLATED_SUBINTERPRETERS",
    "__WATCOMC__",
    "__BORLANDC__",
    "__clang_analyzer__",
    "Py_GIL_DISABLED",
    "NDEBUG",
    "LLTRACE",
    "DYNAMIC_EXECUTION_PROFILE",
];

/// Never true in any reading: another language, or a tool's view.
const NEVER: &[&str] = &[
    "__cplusplus",
    "SWIG",
    "_DOXYGEN_",
    "__CHECKER__",
    "__clang_analyzer__",
];

/// What is compared, not merely asked for.
const VALUES: &[(&str, i64)] = &[
    ("PY_VERSION_HEX", 0x0309_00f0),
    ("PY_MAJOR_VERSION", 3),
    ("PY_MINOR_VERSION", 9),
    ("SIZEOF_LONG", 8),
    ("SIZEOF_INT", 4),
    ("SIZEOF_SHORT", 2),
    ("SIZEOF_LONG_LONG", 8),
    ("SIZEOF_SIZE_T", 8),
    ("SIZEOF_VOID_P", 8),
    ("SIZEOF_OFF_T", 8),
    ("SIZEOF_TIME_T", 8),
    ("SIZEOF_WCHAR_T", 4),
    ("SIZEOF_FLOAT", 4),
    ("SIZEOF_DOUBLE", 8),
    ("SIZEOF_PID_T", 4),
    ("SIZEOF__BOOL", 1),
    ("__STDC_VERSION__", 201_112),
    ("__GNUC__", 12),
    ("__GNUC_MINOR__", 2),
    ("PYLONG_BITS_IN_DIGIT", 30),
    ("INT_MAX", i32::MAX as i64),
    ("LONG_MAX", i64::MAX),
    ("PY_SSIZE_T_MAX", i64::MAX),
    ("SIZE_MAX", i64::MAX),
    ("UINT_MAX", u32::MAX as i64),
    ("CHAR_BIT", 8),
    ("PY_LITTLE_ENDIAN", 1),
    ("PY_BIG_ENDIAN", 0),
];

impl Assignment {
    pub fn defined(&self, name: &str) -> bool {
        if let Some(value) = self.overrides.get(name) {
            return *value;
        }
        if NEVER.contains(&name) {
            return false;
        }
        if VALUES.iter().any(|(known, _)| *known == name) {
            return true;
        }
        ABSENT.contains(&name) == self.inverse
    }

    fn value(&self, name: &str) -> i64 {
        match VALUES.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => *value,
            None => i64::from(self.defined(name)),
        }
    }
}

/// The truth of the condition of a `#if`, `#ifdef`, `#ifndef` or `#elif`.
pub fn holds(directive: &Directive, macros: &Macros, assignment: &Assignment) -> bool {
    let first = directive.tokens.first().map_or("", |token| token.text);
    match directive.name {
        "ifdef" => defined(first, macros, assignment),
        "ifndef" => !defined(first, macros, assignment),
        _ => {
            Evaluator {
                tokens: &directive.tokens,
                at: 0,
                depth: 0,
                macros,
                assignment,
            }
            .ternary()
                != 0
        }
    }
}

fn defined(name: Name, macros: &Macros, assignment: &Assignment) -> bool {
    macros
        .defined(name)
        .unwrap_or_else(|| assignment.defined(name))
}

struct Evaluator<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: u32,
    macros: &'a Macros,
    assignment: &'a Assignment,
}

const DEPTH_MAX: u32 = 60;

impl Evaluator<'_> {
    fn peek(&self) -> Token {
        self.tokens.get(self.at).copied().unwrap_or(Token::END)
    }

    fn accept(&mut self, punct: &str) -> bool {
        let found = self.peek().is(punct);
        self.at += usize::from(found);
        found
    }

    fn ternary(&mut self) -> i64 {
        let condition = self.binary(0);
        if !self.accept("?") {
            return condition;
        }
        let yes = self.binary(0);
        self.accept(":");
        let no = self.binary(0);
        if condition != 0 { yes } else { no }
    }

    fn binary(&mut self, least: u8) -> i64 {
        let mut left = self.unary();
        loop {
            let token = self.peek();
            let precedence = if token.kind == Kind::Punct {
                precedence(token.text)
            } else {
                0
            };
            if precedence == 0 || precedence <= least {
                return left;
            }
            self.at += 1;
            let right = self.binary(precedence);
            left = match token.text {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                "|" => left | right,
                "^" => left ^ right,
                "&" => left & right,
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<<" => left.checked_shl(right as u32).unwrap_or(0),
                ">>" => left.checked_shr(right as u32).unwrap_or(0),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" => left.checked_div(right).unwrap_or(0),
                _ => left.checked_rem(right).unwrap_or(0),
            };
        }
    }

    fn unary(&mut self) -> i64 {
        let token = self.peek();
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return 0;
        }
        self.at += 1;
        let value = match (token.kind, token.text) {
            (Kind::Punct, "!") => i64::from(self.unary() == 0),
            (Kind::Punct, "-") => self.unary().wrapping_neg(),
            (Kind::Punct, "~") => !self.unary(),
            (Kind::Punct, "+") => self.unary(),
            (Kind::Punct, "(") => {
                let value = self.ternary();
                self.accept(")");
                value
            }
            (Kind::Int, text) => super::numbers::integer(text).unwrap_or(0) as i64,
            (Kind::Ident, "defined") => {
                let open = self.accept("(");
                let name = self.peek().text;
                self.at += 1;
                if open {
                    self.accept(")");
                }
                i64::from(defined(name, self.macros, self.assignment))
            }
            (Kind::Ident, name) => {
                if self.peek().is("(") {
                    // `__has_include(…)`, `GCC_VERSION(4, 3)`
                    let mut depth = 0;
                    while self.at < self.tokens.len() {
                        depth += i32::from(self.peek().is("(")) - i32::from(self.peek().is(")"));
                        self.at += 1;
                        if depth == 0 {
                            break;
                        }
                    }
                }
                self.macros
                    .integer(name)
                    .unwrap_or_else(|| self.assignment.value(name))
            }
            _ => 0,
        };
        self.depth -= 1;
        value
    }
}

fn precedence(text: &str) -> u8 {
    match text {
        "||" => 1,
        "&&" => 2,
        "|" => 3,
        "^" => 4,
        "&" => 5,
        "==" | "!=" => 6,
        "<" | ">" | "<=" | ">=" => 7,
        "<<" | ">>" => 8,
        "+" | "-" => 9,
        "*" | "/" | "%" => 10,
        _ => 0,
    }
}

/// One branch of a conditional group, with what encloses it.
#[derive(Debug)]
pub struct Branch {
    /// Index of the directive that opens it.
    pub directive: usize,
    /// The earlier directives of the same group.
    pub earlier: Vec<usize>,
    /// The branch around the group, as an index into the list of branches.
    pub outer: Option<usize>,
}

/// All branches of a file, in order.
pub fn branches(directives: &[Directive]) -> Vec<Branch> {
    let mut all: Vec<Branch> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (index, directive) in directives.iter().enumerate() {
        match directive.name {
            "if" | "ifdef" | "ifndef" => {
                all.push(Branch {
                    directive: index,
                    earlier: Vec::new(),
                    outer: open.last().copied(),
                });
                open.push(all.len() - 1);
            }
            "elif" | "else" => {
                let Some(last) = open.pop() else { continue };
                let mut earlier = all[last].earlier.clone();
                // A generated chain of thousands of alternatives would cost their square.
                if earlier.len() < 64 {
                    earlier.push(all[last].directive);
                }
                let outer = all[last].outer;
                all.push(Branch {
                    directive: index,
                    earlier,
                    outer,
                });
                open.push(all.len() - 1);
            }
            "endif" => {
                open.pop();
            }
            _ => {}
        }
    }
    all
}

/// An assignment near `base` under which `wanted` is taken, as far as its own conditions say.
pub fn select(
    wanted: usize,
    all: &[Branch],
    directives: &[Directive],
    macros: &Macros,
    base: &Assignment,
) -> Option<Assignment> {
    // What must hold, and what must not.
    let mut conditions: Vec<(usize, bool)> = Vec::new();
    let mut next = Some(wanted);
    while let Some(index) = next {
        let branch = &all[index];
        if directives[branch.directive].name != "else" {
            conditions.push((branch.directive, true));
        }
        conditions.extend(branch.earlier.iter().map(|earlier| (*earlier, false)));
        next = branch.outer;
        if conditions.len() > 24 {
            return None;
        }
    }
    let mut atoms: Vec<Name> = Vec::new();
    for (directive, _) in &conditions {
        for token in &directives[*directive].tokens {
            if token.kind == Kind::Ident
                && token.text != "defined"
                && !atoms.contains(&token.text)
                && !base.overrides.contains_key(token.text)
                && !NEVER.contains(&token.text)
                && !VALUES.iter().any(|(known, _)| *known == token.text)
                && macros.defined(token.text).is_none()
            {
                atoms.push(token.text);
            }
        }
    }
    if atoms.len() > ATOMS_MAX {
        return None;
    }
    let mut masks: Vec<u32> = (0..1u32 << atoms.len()).collect();
    masks.sort_by_key(|mask| (mask.count_ones(), *mask));
    masks.into_iter().find_map(|mask| {
        let mut assignment = base.clone();
        for (bit, name) in atoms.iter().enumerate() {
            if mask >> bit & 1 != 0 {
                assignment.overrides.insert(name, !base.defined(name));
            }
        }
        conditions
            .iter()
            .all(|(directive, wanted)| {
                holds(&directives[*directive], macros, &assignment) == *wanted
            })
            .then(|| {
                // What was not changed must stay, too, when other branches are added.
                for name in &atoms {
                    let value = assignment.defined(name);
                    assignment.overrides.insert(name, value);
                }
                assignment
            })
    })
}
