//! One pass over the tokens before anything recursive sees the source: how deep it nests, its warnings, and whether the
//! tokenizer refuses it.

use std::borrow::Cow;

use crate::error::{Warning, WarningKind};
use crate::grammar::literal_parts;
use crate::lines::Lines;
use crate::strings::{self, DoubtfulEscape, NameLookup};
use crate::token::{Kind, Token};
use crate::tokenizer::{Config, Tokenizer, invalid_escape};

/// What the pass found.
#[derive(Debug, Default)]
pub struct Prescan {
    /// The tokenizer refused the source, or a string literal does not decode.
    pub refused: bool,
    /// An upper bound for how deep a recursive parser goes, in units of an operator that takes its operand to the right.
    pub nesting: usize,
    /// The most levels of indentation.
    pub blocks: usize,
    /// The most tokens of any statement: an upper bound for the depth of its tree.
    pub longest_statement: usize,
    /// Warnings in the order in which CPython gives them.
    pub warnings: Vec<Warning>,
    /// Something that ruff and CPython may judge differently: the grammar must decide.
    pub suspicious: bool,
}

impl Prescan {
    /// Nesting of expressions and blocks together.
    pub fn depth(&self) -> usize {
        self.nesting
            .saturating_add(self.blocks.saturating_mul(BLOCK))
    }
}

/// What a block costs a recursive parser, in the units of `Prescan::nesting`.
const BLOCK: usize = 4;

/// Scans `source`, which in `exec` mode ends with a newline.
pub fn prescan(source: &str, names: NameLookup) -> Prescan {
    let mut tokenizer = Tokenizer::new(source, Config::default());
    let mut scan = Prescan::default();
    let mut nesting = Nesting::default();
    let mut literals = Literals {
        source,
        names,
        lines: None,
        pending: Vec::new(),
        raw: Vec::new(),
    };
    let mut statement = 0usize;
    let (mut after_yield, mut after_open) = (false, false);
    // For each open bracket whether it begins with `yield`.
    let mut yields: Vec<bool> = Vec::new();
    let mut line_start = true;
    loop {
        let Ok(token) = tokenizer.next_token() else {
            scan.refused = true;
            scan.nesting = nesting.most;
            return scan;
        };
        for warning in tokenizer.warnings.drain(..) {
            scan.warnings.push(warning);
        }
        nesting.token(token, source);
        statement += 1;
        if token.kind == Kind::Newline {
            scan.longest_statement = scan.longest_statement.max(statement);
            statement = 0;
        }
        if literals.token(token).is_err() {
            scan.refused = true;
            scan.nesting = nesting.most;
            return scan;
        }
        if !matches!(
            token.kind,
            Kind::String
                | Kind::FStringMiddle
                | Kind::TStringMiddle
                | Kind::FStringEnd
                | Kind::TStringEnd
        ) && literals.raw.is_empty()
        {
            scan.warnings.append(&mut literals.pending);
        }
        let text = source
            .get(token.start as usize..token.end as usize)
            .unwrap_or("");
        scan.suspicious |= match token.kind {
            // ruff takes `yield ,`.
            Kind::Comma => after_yield,
            // ruff takes patterns that CPython does not, such as `case -0j ** 0:`.
            Kind::Name => text == "barry_as_FLUFL" || (text == "case" && line_start),
            _ => false,
        };
        after_yield = token.kind == Kind::Name && text == "yield";
        match token.kind {
            Kind::LPar | Kind::LSqb | Kind::LBrace => yields.push(false),
            Kind::RPar | Kind::RSqb | Kind::RBrace => drop(yields.pop()),
            Kind::Name if after_yield && after_open => {
                yields.pop();
                yields.push(true);
            }
            // ruff takes `(yield x for x in y)`.
            Kind::Name if text == "for" => scan.suspicious |= yields.last() == Some(&true),
            _ => {}
        }
        after_open = token.kind == Kind::LPar;
        line_start = matches!(token.kind, Kind::Newline | Kind::Indent | Kind::Dedent);
        scan.blocks = scan.blocks.max(tokenizer.indent_level());
        if token.kind == Kind::EndMarker {
            break;
        }
    }
    scan.warnings.append(&mut literals.pending);
    scan.longest_statement = scan.longest_statement.max(statement);
    scan.nesting = nesting.most;
    scan
}

/// Counts what makes a parser recurse.
#[derive(Debug, Default)]
struct Nesting {
    /// For each open bracket the cost within it, and at the front that outside of brackets.
    open: Vec<usize>,
    outside: usize,
    total: usize,
    most: usize,
    after_operand: bool,
}

/// Costs, in tenths of what one unary operator costs CPython's parser.
const UNARY: usize = 10;
const LAMBDA: usize = 28;
const BRACKET: usize = 60;

impl Nesting {
    fn add(&mut self, cost: usize) {
        match self.open.last_mut() {
            Some(top) => *top += cost,
            None => self.outside += cost,
        }
        self.total += cost;
        self.most = self.most.max(self.total / UNARY);
    }

    fn reset(&mut self) {
        let top = self.open.last_mut().unwrap_or(&mut self.outside);
        self.total -= *top;
        *top = 0;
    }

    fn token(&mut self, token: Token, source: &str) {
        let text = source
            .get(token.start as usize..token.end as usize)
            .unwrap_or("");
        let after_operand = self.after_operand;
        self.after_operand = false;
        match token.kind {
            Kind::LPar | Kind::LSqb | Kind::LBrace | Kind::FStringStart | Kind::TStringStart => {
                self.open.push(0);
                self.add(BRACKET);
            }
            Kind::RPar | Kind::RSqb | Kind::RBrace | Kind::FStringEnd | Kind::TStringEnd => {
                self.total -= self.open.pop().unwrap_or(0);
                self.after_operand = true;
            }
            Kind::Comma | Kind::Newline | Kind::Semi => self.reset(),
            Kind::Plus | Kind::Minus | Kind::Tilde if !after_operand => self.add(UNARY),
            Kind::DoubleStar => self.add(LAMBDA),
            Kind::Number | Kind::String | Kind::Ellipsis => self.after_operand = true,
            Kind::Name => match text {
                "not" | "else" | "await" | "yield" => self.add(UNARY),
                "lambda" => self.add(LAMBDA),
                "and" | "or" | "if" | "in" | "is" | "return" | "assert" | "del" | "elif"
                | "while" => {}
                _ => self.after_operand = true,
            },
            _ => {}
        }
    }
}

/// Checks string literals and collects their warnings.
struct Literals<'s> {
    source: &'s str,
    names: NameLookup,
    lines: Option<Lines>,
    pending: Vec<Warning>,
    /// For each open f-string, whether it is raw.
    raw: Vec<bool>,
}

impl Literals<'_> {
    fn token(&mut self, token: Token) -> Result<(), ()> {
        let text = self
            .source
            .get(token.start as usize..token.end as usize)
            .unwrap_or("");
        match token.kind {
            Kind::FStringStart | Kind::TStringStart => self.raw.push(text.contains(['r', 'R'])),
            Kind::FStringEnd | Kind::TStringEnd => {
                self.raw.pop();
            }
            Kind::String => {
                let (prefix, body) = literal_parts(text);
                let raw = prefix.contains(['r', 'R']);
                let bytes = prefix.contains(['b', 'B']);
                if bytes && !body.is_ascii() {
                    return Err(());
                }
                if !raw && body.contains('\\') {
                    let from = text.find(['"', '\'']).unwrap_or(0);
                    let from = from + (text.len() - from - body.len()) / 2;
                    self.decode(token, body, from, bytes)?;
                }
            }
            Kind::FStringMiddle | Kind::TStringMiddle
                if !self.raw.last().copied().unwrap_or(false) =>
            {
                self.decode(token, text, 0, false)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Decodes a literal for its errors and its first doubtful escape.
    fn decode(&mut self, token: Token, body: &str, offset: usize, bytes: bool) -> Result<(), ()> {
        let mut first: Option<DoubtfulEscape> = None;
        let mut note = |escape: DoubtfulEscape| {
            first.get_or_insert(escape);
        };
        let decoded: Result<Cow<'_, [u8]>, _> = if bytes {
            strings::decode_bytes(body, false, &mut note).map(Cow::Owned)
        } else {
            strings::decode_text(body, false, false, self.names, &mut note).map(Cow::Owned)
        };
        decoded.map_err(|_| ())?;
        let Some(escape) = first else { return Ok(()) };
        // In an f-string the tokenizer has warned of a backslash before a brace already.
        if matches!(escape.shown.as_str(), "{" | "}") && token.kind != Kind::String {
            return Ok(());
        }
        let lines = self.lines.get_or_insert_with(|| Lines::new(self.source));
        let at = usize::try_from(token.start).unwrap_or(0) + offset + escape.at;
        let (line, column) = lines.position(u32::try_from(at).unwrap_or(u32::MAX));
        let text = lines.text(line, self.source);
        let column = text.get(..column as usize).map_or(0, |t| t.chars().count());
        let column = u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1);
        // CPython counts from the last line of a text within an f-string, and so does this.
        let middle = matches!(token.kind, Kind::FStringMiddle | Kind::TStringMiddle);
        let line = if middle {
            line.saturating_sub(token.line)
                .saturating_add(token.end_line)
        } else {
            line
        };
        let (msg, error_msg) = invalid_escape(&escape.shown);
        self.pending.push(Warning {
            kind: WarningKind::Syntax,
            msg,
            error_msg,
            lineno: line,
            range: (line, column, line, column.saturating_add(2)),
        });
        Ok(())
    }
}
