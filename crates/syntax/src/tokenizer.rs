//! The tokenizer: text → tokens, with CPython's tokens, limits, errors and warnings.
//!
//! It is used three times: for `_tokenize.TokenizerIter`, for the pre-scan that bounds nesting before anything recursive sees the
//! source, and by the diagnosis of syntax errors, which pulls tokens one at a time, because which error is reported depends on how far
//! the tokenizer has come. f-strings and t-strings push a mode each; within a replacement field tokens are ordinary ones.
//!
//! CPython: Parser/lexer/lexer.c

mod identifier;
mod number;
mod string;

pub(crate) use string::invalid_escape;

use crate::error::{SyntaxError, SyntaxErrorKind, Warning, WarningKind};
use crate::token::{self, Kind, Token};

/// Levels of indentation, with the outermost.
pub const INDENT_MAX: usize = 100;
/// Levels of brackets.
pub const BRACKETS_MAX: usize = 200;
/// f-strings within f-strings, with the outermost mode.
pub const FSTRING_LEVELS_MAX: usize = 150;
/// Replacement fields within format specifications.
pub const EXPR_NESTING_MAX: i32 = 3;

/// Why there is no further token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The input ended within brackets, or after a backslash.
    EndOfInput,
    /// An error with its text and place.
    Error(Box<SyntaxError>),
    /// An error that CPython's tokenizer only has a code for: indentation and continuation lines.
    Refused(Box<SyntaxError>),
}

/// How to read the source.
#[derive(Debug, Clone, Copy, Default)]
pub struct Config {
    /// Give comments and blank lines as tokens, and leave bracket matching to the reader: `tokenize`.
    pub extra_tokens: bool,
    /// `<>` is one token, as `from __future__ import barry_as_FLUFL` asks for.
    pub flufl: bool,
}

/// An open bracket.
#[derive(Debug, Clone, Copy)]
pub struct Bracket {
    /// `(`, `[` or `{`.
    pub open: u8,
    /// Its line.
    pub line: u32,
    /// Its byte column.
    pub column: u32,
}

/// The state within an f-string or t-string.
#[derive(Debug, Clone)]
struct Interpolated {
    letter: u8,
    raw: bool,
    quote: u8,
    quote_size: usize,
    start: usize,
    first_line: u32,
    line_start: usize,
    /// Reading text, not an expression.
    in_text: bool,
    brackets: i32,
    /// The bracket depth at which the innermost replacement field opened; -1 outside of one.
    expr_start: i32,
    in_format_spec: bool,
    in_debug: bool,
}

/// A tokenizer over a whole source.
#[derive(Debug)]
pub struct Tokenizer<'s> {
    pub(crate) source: &'s str,
    bytes: &'s [u8],
    pos: usize,
    line: u32,
    line_start: usize,
    /// Where the line starts that the current token or continued line began on.
    buffer_start: usize,
    at_line_start: bool,
    blank_line: bool,
    comment_newline: bool,
    indents: Vec<(u32, u32)>,
    pending: i32,
    brackets: Vec<Bracket>,
    modes: Vec<Interpolated>,
    config: Config,
    finished: Option<Stop>,
    /// Warnings so far.
    pub warnings: Vec<Warning>,
    /// Set when the error is due to the input's end: an unclosed triple-quoted string.
    pub ended_in_string: bool,
}

impl<'s> Tokenizer<'s> {
    /// Starts at the beginning. In `exec` mode `source` must end with `\n`.
    pub fn new(source: &'s str, config: Config) -> Tokenizer<'s> {
        Tokenizer {
            source,
            bytes: source.as_bytes(),
            pos: 0,
            line: u32::from(!source.is_empty()),
            line_start: 0,
            buffer_start: 0,
            at_line_start: true,
            blank_line: false,
            comment_newline: false,
            indents: vec![(0, 0)],
            pending: 0,
            brackets: Vec::new(),
            modes: Vec::new(),
            config,
            finished: None,
            warnings: Vec::new(),
            ended_in_string: false,
        }
    }

    /// The innermost bracket that is open.
    pub fn open_bracket(&self) -> Option<Bracket> {
        self.brackets.last().copied()
    }

    /// Whether reading stands within an f-string or t-string.
    pub fn in_interpolation(&self) -> bool {
        !self.modes.is_empty()
    }

    /// How many brackets are open.
    pub fn bracket_level(&self) -> usize {
        self.brackets.len()
    }

    /// How many levels of indentation are open.
    pub fn indent_level(&self) -> usize {
        self.indents.len() - 1
    }

    /// Closes all blocks: interactive input that ends within one.
    pub fn imply_dedents(&mut self) {
        self.pending = -i32::try_from(self.indents.len() - 1).unwrap_or(0);
        self.indents.truncate(1);
        self.at_line_start = false;
    }

    /// The line the tokenizer has come to.
    pub fn line(&self) -> u32 {
        if self.before_line() {
            self.line - 1
        } else {
            self.line
        }
    }

    /// Whether a line has ended and nothing of the next was looked at: CPython is on the old line still.
    fn before_line(&self) -> bool {
        self.at_line_start && self.pos == self.line_start && self.line > 1
    }

    /// Where the current line starts, and how far reading has come, in bytes.
    pub fn place(&self) -> (usize, usize) {
        if self.before_line() {
            let before = self.bytes.get(..self.pos.saturating_sub(1)).unwrap_or(&[]);
            return (
                before
                    .iter()
                    .rposition(|b| *b == b'\n')
                    .map_or(0, |at| at + 1),
                self.pos,
            );
        }
        (self.line_start, self.pos)
    }

    /// Whether all of the source is read.
    pub fn at_end(&self) -> bool {
        self.pos >= self.bytes.len()
    }

    /// The next token.
    ///
    /// # Errors
    /// [`Stop`]; every later call gives the same.
    pub fn next_token(&mut self) -> Result<Token, Stop> {
        if let Some(stop) = &self.finished {
            return Err(stop.clone());
        }
        let result = match self.modes.last() {
            Some(mode) if mode.in_text => self.text_token(),
            _ => self.normal_token(),
        };
        if let Err(stop) = &result {
            self.finished = Some(stop.clone());
        }
        result
    }

    // ---- reading ----

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.pos.saturating_add(ahead)).copied()
    }

    /// Takes a byte, and counts lines.
    fn bump(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.pos += 1;
        if byte == b'\n' && self.pos < self.bytes.len() {
            self.line += 1;
            self.line_start = self.pos;
        }
        Some(byte)
    }

    fn token(&self, kind: Kind, start: usize, end: usize) -> Token {
        self.token_from(kind, start, end, self.line)
    }

    fn token_from(&self, kind: Kind, start: usize, end: usize, first_line: u32) -> Token {
        Token {
            kind,
            start: to_u32(start),
            end: to_u32(end),
            line: first_line,
            end_line: self.line,
        }
    }

    // ---- errors ----

    /// An error at the last character read.
    fn error(&self, msg: impl Into<String>) -> Stop {
        let column = self.chars(self.line_start, self.pos);
        self.error_range(msg, column, column)
    }

    /// An error on the current line, at 1-based character columns.
    fn error_range(&self, msg: impl Into<String>, from: u32, to: u32) -> Stop {
        let rest = self.source.get(self.line_start..).unwrap_or("");
        Stop::Error(Box::new(SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            msg: msg.into(),
            lineno: Some(self.line),
            offset: Some(from),
            end_lineno: Some(self.line),
            end_offset: Some(to),
            text: Some(rest.split('\n').next().unwrap_or("").to_owned()),
        }))
    }

    /// An error that CPython's parser words for the tokenizer: `offset` is 1-based, there is no end.
    fn error_at(&self, kind: SyntaxErrorKind, msg: &str, offset: u32, end: i64) -> Stop {
        let end_offset = u32::try_from(end).ok();
        let rest = self.source.get(self.line_start..).unwrap_or("");
        Stop::Refused(Box::new(SyntaxError {
            kind,
            msg: msg.to_owned(),
            lineno: Some(self.line),
            offset: Some(offset),
            end_lineno: Some(self.line),
            end_offset,
            text: Some(rest.split_inclusive('\n').next().unwrap_or("").to_owned()),
        }))
    }

    fn chars(&self, from: usize, to: usize) -> u32 {
        // Not a slice of `str`: `to` may stand within a character.
        let bytes = self
            .bytes
            .get(from..to.min(self.bytes.len()))
            .unwrap_or(&[]);
        to_u32(bytes.iter().filter(|b| (**b & 0xc0) != 0x80).count())
    }

    fn warn(&mut self, msg: String, error_msg: String, from: usize, to: usize) {
        let range = (
            self.line,
            self.chars(self.line_start, from) + 1,
            self.line,
            self.chars(self.line_start, to) + 1,
        );
        let kind = WarningKind::Syntax;
        self.warnings.push(Warning {
            kind,
            msg,
            error_msg,
            lineno: self.line,
            range,
        });
    }

    // ---- ordinary tokens ----

    fn normal_token(&mut self) -> Result<Token, Stop> {
        loop {
            self.blank_line = false;
            if self.at_line_start {
                self.at_line_start = false;
                self.indentation()?;
            }
            if self.pending != 0 {
                let kind = if self.pending < 0 {
                    Kind::Dedent
                } else {
                    Kind::Indent
                };
                self.pending -= self.pending.signum();
                return Ok(self.token(kind, self.pos, self.pos));
            }
            if let Some(token) = self.after_indentation()? {
                return Ok(token);
            }
        }
    }

    /// Measures the white space that a line starts with.
    fn indentation(&mut self) -> Result<(), Stop> {
        let (mut column, mut alternative) = (0u32, 0u32);
        let mut continued = None;
        loop {
            match self.peek() {
                Some(b' ') => {
                    (column, alternative) =
                        (column.saturating_add(1), alternative.saturating_add(1))
                }
                Some(b'\t') => {
                    column = (column / 8).saturating_add(1).saturating_mul(8);
                    alternative = alternative.saturating_add(1);
                }
                Some(b'\x0c') => (column, alternative) = (0, 0),
                Some(b'\\') => {
                    // Only what stands before the first backslash counts.
                    continued = continued.or(Some(column)).filter(|&c| c != 0);
                    self.pos += 1;
                    self.continuation()?;
                    self.buffer_start = self.line_start;
                    continue;
                }
                _ => break,
            }
            self.pos += 1;
        }
        self.blank_line = matches!(self.peek(), Some(b'#' | b'\n'));
        if self.blank_line || !self.brackets.is_empty() {
            return Ok(());
        }
        if let Some(first) = continued {
            (column, alternative) = (first, first);
        }
        let &(current, current_alternative) = self.indents.last().unwrap_or(&(0, 0));
        if column == current {
            if alternative != current_alternative {
                return Err(self.tab_error());
            }
        } else if column > current {
            if self.indents.len() >= INDENT_MAX {
                let end = self.bytes.len().min(self.line_end());
                self.pos = end;
                return Err(self.error_at(
                    SyntaxErrorKind::Indentation,
                    "too many levels of indentation",
                    1,
                    0,
                ));
            }
            if alternative <= current_alternative {
                return Err(self.tab_error());
            }
            self.pending += 1;
            self.indents.push((column, alternative));
        } else {
            while self.indents.len() > 1 && self.indents.last().is_some_and(|&(c, _)| column < c) {
                self.indents.pop();
                self.pending -= 1;
            }
            let &(outer, outer_alternative) = self.indents.last().unwrap_or(&(0, 0));
            if column != outer {
                self.pos = self.line_end().saturating_add(1).min(self.bytes.len());
                let offset = self.chars(self.line_start, self.pos);
                return Err(self.error_at(
                    SyntaxErrorKind::Indentation,
                    "unindent does not match any outer indentation level",
                    offset,
                    -1,
                ));
            }
            if alternative != outer_alternative {
                return Err(self.tab_error());
            }
        }
        Ok(())
    }

    fn tab_error(&mut self) -> Stop {
        let msg = "inconsistent use of tabs and spaces in indentation";
        self.error_at(SyntaxErrorKind::Tab, msg, 1, 0)
    }

    /// Where the current line's text ends, before its `\n`.
    fn line_end(&self) -> usize {
        let rest = self.bytes.get(self.pos..).unwrap_or(&[]);
        rest.iter()
            .position(|b| *b == b'\n')
            .map_or(self.bytes.len(), |n| self.pos + n)
    }

    /// After a backslash: the line must end here.
    fn continuation(&mut self) -> Result<(), Stop> {
        if self.peek() != Some(b'\n') {
            // CPython counts from where it began to read for this token, but not past the end of the line.
            let column = self.chars(self.buffer_start, self.pos + 1);
            let end = self.line_end().saturating_add(1).min(self.bytes.len());
            let column = column.min(self.chars(self.line_start, end).saturating_add(1));
            self.pos = self.pos.saturating_add(1).min(self.bytes.len());
            let msg = "unexpected character after line continuation character";
            return Err(self.error_at(SyntaxErrorKind::Syntax, msg, column, 0));
        }
        self.bump();
        if self.at_end() {
            return Err(Stop::EndOfInput);
        }
        Ok(())
    }

    /// The token after white space; `None` when a line without tokens was passed.
    fn after_indentation(&mut self) -> Result<Option<Token>, Stop> {
        loop {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\x0c')) {
                self.pos += 1;
            }
            let mut comment = None;
            let start = self.pos;
            if self.peek() == Some(b'#') {
                self.pos = self.line_end();
                if self.config.extra_tokens {
                    self.comment_newline = self.blank_line;
                    return Ok(Some(self.token(Kind::Comment, start, self.pos)));
                }
                comment = Some(start);
            }
            let Some(byte) = self.peek() else {
                if !self.brackets.is_empty() {
                    return Err(Stop::EndOfInput);
                }
                return Ok(Some(self.token(Kind::EndMarker, self.pos, self.pos)));
            };
            if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 {
                return self.name_or_string().map(Some);
            }
            if byte == b'\n' {
                // Without tokens for comments the newline starts where the comment does.
                return Ok(self.newline(comment.unwrap_or(start)));
            }
            if byte.is_ascii_digit()
                || (byte == b'.' && self.peek_at(1).is_some_and(|b| b.is_ascii_digit()))
            {
                return self.number().map(Some);
            }
            if byte == b'"' || byte == b'\'' {
                return self.string(start).map(Some);
            }
            if byte == b'\\' {
                self.pos += 1;
                self.continuation()?;
                continue;
            }
            return self.punctuation(byte).map(Some);
        }
    }

    fn newline(&mut self, start: usize) -> Option<Token> {
        let token = |kind, this: &Self| Some(this.token(kind, start, this.pos + 1));
        let found = if self.blank_line || !self.brackets.is_empty() {
            if self.config.extra_tokens {
                token(Kind::Nl, self)
            } else {
                None
            }
        } else if self.comment_newline && self.config.extra_tokens {
            token(Kind::Nl, self)
        } else {
            token(Kind::Newline, self)
        };
        self.comment_newline = false;
        self.at_line_start = true;
        self.bump();
        self.buffer_start = self.pos;
        found
    }

    fn punctuation(&mut self, byte: u8) -> Result<Token, Stop> {
        let start = self.pos;
        if matches!(byte, b':' | b'}' | b'!' | b'{')
            && let Some(mode) = self.modes.last_mut()
            && mode.expr_start >= 0
        {
            let depth = mode.brackets - i32::from(byte != b'{');
            if byte == b':' && depth == mode.expr_start {
                mode.in_text = true;
                mode.in_format_spec = true;
                self.pos += 1;
                return Ok(self.token(Kind::Colon, start, self.pos));
            }
            // `!=` in a replacement field's top level is an operator all the same.
        }
        let (mut len, mut kind) = token::operator(&self.bytes[start..]).unwrap_or((0, Kind::Op));
        if self.config.flufl && self.bytes[start..].starts_with(b"<>") {
            (len, kind) = (2, Kind::NotEqual);
        }
        if len > 1 {
            self.pos += len;
            return Ok(self.token(kind, start, self.pos));
        }
        self.pos += 1;
        match byte {
            b'(' | b'[' | b'{' => self.open(byte)?,
            b')' | b']' | b'}' => self.close(byte)?,
            b'=' => {
                if let Some(mode) = self.modes.last_mut()
                    && mode.brackets == mode.expr_start + 1
                {
                    mode.in_debug = true;
                }
            }
            _ if byte < 0x20 || byte == 0x7f => {
                return Err(self.error(format!("invalid non-printable character U+{byte:04X}")));
            }
            _ => {}
        }
        Ok(self.token(kind, start, self.pos))
    }

    fn open(&mut self, open: u8) -> Result<(), Stop> {
        if self.brackets.len() >= BRACKETS_MAX {
            return Err(self.error("too many nested parentheses"));
        }
        let column = to_u32(self.pos - 1 - self.line_start);
        self.brackets.push(Bracket {
            open,
            line: self.line,
            column,
        });
        if let Some(mode) = self.modes.last_mut() {
            mode.brackets = mode.brackets.saturating_add(1);
        }
        Ok(())
    }

    fn close(&mut self, close: u8) -> Result<(), Stop> {
        let c = char::from(close);
        let mode = self
            .modes
            .last()
            .map(|m| (char::from(m.letter), m.brackets, m.expr_start));
        if let Some((letter, 0, _)) = mode
            && close == b'}'
        {
            return Err(self.error(format!("{letter}-string: single '}}' is not allowed")));
        }
        match self.brackets.pop() {
            None if !self.config.extra_tokens => return Err(self.error(format!("unmatched '{c}'"))),
            None => {}
            Some(bracket) => {
                let matches = matches!(
                    (bracket.open, close),
                    (b'(', b')') | (b'[', b']') | (b'{', b'}')
                );
                if !matches {
                    if let Some((letter, depth, expr_start)) = mode
                        && bracket.open == b'{'
                        && depth - 1 == expr_start
                    {
                        return Err(self.error(format!("{letter}-string: unmatched '{c}'")));
                    }
                    if self.config.extra_tokens {
                        return self.closed(close);
                    }
                    let open = char::from(bracket.open);
                    let mut msg = format!(
                        "closing parenthesis '{c}' does not match opening parenthesis '{open}'"
                    );
                    if bracket.line != self.line {
                        msg.push_str(&format!(" on line {}", bracket.line));
                    }
                    return Err(self.error(msg));
                }
            }
        }
        self.closed(close)
    }

    /// Keeps the count of the f-string's brackets after a closing one.
    fn closed(&mut self, close: u8) -> Result<(), Stop> {
        let c = char::from(close);
        if let Some(mode) = self.modes.last_mut() {
            mode.brackets -= 1;
            if mode.brackets < 0 {
                let letter = char::from(mode.letter);
                return Err(self.error(format!("{letter}-string: unmatched '{c}'")));
            }
            if close == b'}' && mode.brackets == mode.expr_start {
                mode.expr_start -= 1;
                mode.in_text = true;
                mode.in_format_spec = false;
                mode.in_debug = false;
            }
        }
        Ok(())
    }
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
