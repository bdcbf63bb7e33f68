//! The token stream of `_tokenize.TokenizerIter(readline, *, encoding=None, extra_tokens=False)`.
//!
//! With `extra_tokens`, comments and blank lines are tokens, operators are all `OP`, and brackets need not match: that is what the module
//! `tokenize` wants. Without, it is what CPython's parser sees. Columns are in characters.

use crate::error::SyntaxError;
use crate::grammar::code_error;
use crate::token::{Kind, Token};
use crate::tokenizer::{Config, Stop, Tokenizer};

/// One 5-tuple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// The number of its kind in the module `token`.
    pub kind: u8,
    /// Its text.
    pub string: String,
    /// Line (1-based) and column (0-based).
    pub start: (u32, i64),
    /// Line and column of its end.
    pub end: (u32, i64),
    /// The physical line or lines it is on.
    pub line: String,
}

/// The number of `token.OP`.
const OP: u8 = 54 + 1;

/// The tokens of a whole source, which is normalised text.
///
/// # Errors
/// After the tokens before it, the error that ends the iteration.
pub fn tokenize(source: &str, extra_tokens: bool) -> (Vec<TokenInfo>, Option<Box<SyntaxError>>) {
    let implicit = !source.is_empty() && !source.ends_with('\n');
    let owned;
    let text = if implicit {
        owned = format!("{source}\n");
        owned.as_str()
    } else {
        source
    };
    let mut tokenizer = Tokenizer::new(
        text,
        Config {
            extra_tokens,
            flufl: false,
        },
    );
    let mut view = View {
        text,
        implicit,
        extra_tokens,
        line: 0,
        line_start: 0,
    };
    let mut tokens = Vec::new();
    loop {
        match tokenizer.next_token() {
            Ok(token) => {
                let at_end = tokenizer.at_end();
                tokens.push(view.info(token, at_end));
                if token.kind == Kind::EndMarker {
                    return (tokens, None);
                }
            }
            Err(stop) => {
                let error = match stop {
                    Stop::Error(error) => error,
                    Stop::Refused(error) => refused(*error),
                    Stop::EndOfInput => end_of_input(&tokenizer),
                };
                return (tokens, Some(error));
            }
        }
    }
}

/// The comments of a source, each with its line.
pub fn comments(source: &str) -> Vec<(u32, &str)> {
    let mut tokenizer = Tokenizer::new(
        source,
        Config {
            extra_tokens: true,
            flufl: false,
        },
    );
    let lines = crate::lines::Lines::new(source);
    let mut found = Vec::new();
    while let Ok(token) = tokenizer.next_token() {
        match token.kind {
            Kind::EndMarker => break,
            Kind::Comment => {
                let text = source.get(token.start as usize..token.end as usize);
                found.push((lines.line(token.start), text.unwrap_or("")));
            }
            _ => {}
        }
    }
    found
}

/// What `tokenize` says of what CPython's tokenizer has only a code for: it points to the end of the line.
fn refused(error: SyntaxError) -> Box<SyntaxError> {
    let text = error.text.unwrap_or_default();
    let text = text.trim_end_matches('\n');
    let end = u32::try_from(text.chars().count())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    Box::new(SyntaxError {
        offset: Some(end),
        end_lineno: None,
        end_offset: None,
        text: Some(text.to_owned()),
        ..error
    })
}

fn end_of_input(tokenizer: &Tokenizer<'_>) -> Box<SyntaxError> {
    let mut error = code_error(tokenizer, "unexpected EOF in multi-line statement");
    error.text = None;
    if tokenizer.bracket_level() > 0 && !tokenizer.in_interpolation() {
        error.offset = Some(0);
    }
    error
}

/// Turns offsets into what Python sees, going forward.
struct View<'s> {
    text: &'s str,
    implicit: bool,
    extra_tokens: bool,
    line: u32,
    line_start: usize,
}

impl View<'_> {
    fn info(&mut self, token: Token, at_end: bool) -> TokenInfo {
        let (start, end) = (token.start as usize, token.end as usize);
        let trailing = token.kind == Kind::EndMarker || (token.kind == Kind::Dedent && at_end);
        let first_start = self.start_of(token.line);
        let mut kind = token.kind as u8;
        let mut string = self.text.get(start..end).unwrap_or("").to_owned();
        let mut from = (token.line, self.chars(first_start, start));
        let last_start = self.start_of(token.end_line);
        let mut to = (token.end_line, self.chars(last_start, end));
        let mut line = self.lines(first_start, last_start);
        match token.kind {
            Kind::Indent if self.extra_tokens => {
                string = self.text.get(first_start..start).unwrap_or("").to_owned();
                from.1 = 0;
            }
            Kind::Indent | Kind::Dedent | Kind::EndMarker if !self.extra_tokens => {
                string.clear();
                (from.1, to.1) = (-1, -1);
            }
            Kind::Newline | Kind::Nl
                if self.implicit && end >= self.text.len() && self.extra_tokens =>
            {
                string.clear();
            }
            Kind::Newline if !self.extra_tokens => {
                string.clear();
                to = from;
            }
            _ => {}
        }
        if self.extra_tokens {
            if trailing {
                let last = token
                    .line
                    .saturating_add(u32::from(!self.text.is_empty() || token.line == 0));
                (from, to) = ((last, 0), (last, 0));
                line.clear();
            }
            if kind > Kind::Dedent as u8 && kind < OP {
                kind = OP;
            }
        }
        TokenInfo {
            kind,
            string,
            start: from,
            end: to,
            line,
        }
    }

    fn chars(&self, from: usize, to: usize) -> i64 {
        self.text.get(from..to).map_or(0, |text| {
            i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
        })
    }

    /// Where a line starts; lines are asked for in order, but for the first line of a literal of several.
    fn start_of(&mut self, line: u32) -> usize {
        if line < self.line || self.line == 0 {
            (self.line, self.line_start) = (1, 0);
        }
        while self.line < line {
            let Some(at) = self
                .text
                .get(self.line_start..)
                .and_then(|rest| rest.find('\n'))
            else {
                break;
            };
            self.line_start += at + 1;
            self.line += 1;
        }
        self.line_start
    }

    fn lines(&self, first: usize, last: usize) -> String {
        let rest = self.text.get(last..).unwrap_or("");
        let end = rest.find('\n').map_or(self.text.len(), |at| last + at + 1);
        let line = self.text.get(first..end).unwrap_or("");
        let hidden = self.implicit && end == self.text.len();
        line.strip_suffix('\n')
            .filter(|_| hidden)
            .unwrap_or(line)
            .to_owned()
    }
}
