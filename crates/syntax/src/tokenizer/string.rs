//! String literals: plain ones as one token, f-strings and t-strings as start, middles and end.

use super::{EXPR_NESTING_MAX, FSTRING_LEVELS_MAX, Interpolated, Stop, Tokenizer};
use crate::token::{Kind, Token};

impl Tokenizer<'_> {
    /// A plain literal; `start` is where its prefix is, the quote comes next.
    pub(super) fn string(&mut self, start: usize) -> Result<Token, Stop> {
        let (first_line, first_line_start) = (self.line, self.line_start);
        let quote = self.bump().unwrap_or(b'"');
        let quote_size = self.more_quotes(quote);
        if quote_size == 2 {
            return Ok(self.token(Kind::String, start, self.pos));
        }
        let mut closing = 0;
        let mut escaped_quote = false;
        while closing != quote_size {
            let here = self.peek();
            if here.is_none() || (quote_size == 1 && here == Some(b'\n')) {
                let detected = self.line;
                (self.line, self.line_start, self.pos) = (first_line, first_line_start, start + 1);
                if let Some(mode) = self.modes.last()
                    && (mode.quote, mode.quote_size) == (quote, quote_size)
                {
                    return Err(self.error(format!(
                        "{}-string: expecting '}}'",
                        char::from(mode.letter)
                    )));
                }
                self.ended_in_string = here.is_none();
                return Err(if quote_size == 3 {
                    self.error(format!(
                        "unterminated triple-quoted string literal (detected at line {detected})"
                    ))
                } else {
                    let hint = if escaped_quote {
                        "; perhaps you escaped the end quote?"
                    } else {
                        ""
                    };
                    self.error(format!(
                        "unterminated string literal (detected at line {detected}){hint}"
                    ))
                });
            }
            self.bump();
            if here == Some(quote) {
                closing += 1;
                continue;
            }
            closing = 0;
            if here == Some(b'\\') && self.bump() == Some(quote) {
                escaped_quote = true;
            }
        }
        Ok(self.token_from(Kind::String, start, self.pos, first_line))
    }

    /// After a first quote: 1 for a single-quoted literal, 3 for a triple-quoted one, 2 for an empty one.
    fn more_quotes(&mut self, quote: u8) -> usize {
        let more = [self.peek(), self.peek_at(1)]
            .into_iter()
            .take_while(|b| *b == Some(quote))
            .count();
        self.pos += more;
        more + 1
    }

    pub(super) fn interpolated_start(
        &mut self,
        start: usize,
        template: bool,
        raw: bool,
    ) -> Result<Token, Stop> {
        let quote = self.bump().unwrap_or(b'"');
        let mut quote_size = self.more_quotes(quote);
        if quote_size == 2 {
            quote_size = 1;
            self.pos -= 1;
        }
        if self.modes.len() + 2 > FSTRING_LEVELS_MAX {
            return Err(self.error("too many nested f-strings or t-strings"));
        }
        self.modes.push(Interpolated {
            letter: if template { b't' } else { b'f' },
            raw,
            quote,
            quote_size,
            start,
            first_line: self.line,
            line_start: self.line_start,
            in_text: true,
            brackets: 0,
            expr_start: -1,
            in_format_spec: false,
            in_debug: false,
        });
        let kind = if template {
            Kind::TStringStart
        } else {
            Kind::FStringStart
        };
        Ok(self.token(kind, start, self.pos))
    }

    /// The next token while reading the text of an f-string.
    pub(super) fn text_token(&mut self) -> Result<Token, Stop> {
        let Some(mode) = self.modes.last().cloned() else {
            return self.normal_token();
        };
        let (middle, end) = if mode.letter == b't' {
            (Kind::TStringMiddle, Kind::TStringEnd)
        } else {
            (Kind::FStringMiddle, Kind::FStringEnd)
        };
        let start = self.pos;
        let first_line = self.line;
        if self.peek() == Some(b'{') && self.peek_at(1) != Some(b'{') {
            self.begin_expression()?;
            return self.normal_token();
        }
        let quotes =
            |this: &Self| (0..mode.quote_size).all(|n| this.peek_at(n) == Some(mode.quote));
        if quotes(self) {
            self.pos += mode.quote_size;
            self.modes.pop();
            return Ok(self.token(end, start, self.pos));
        }
        let in_format_spec = mode.in_format_spec && mode.expr_start >= 0;
        let mut named_escape = false;
        loop {
            if quotes(self) {
                break;
            }
            let here = self.peek();
            match here {
                None => return Err(self.unterminated(&mode, true)),
                Some(b'\n') if mode.quote_size == 1 => {
                    if in_format_spec {
                        let letter = char::from(mode.letter);
                        self.pos += 1;
                        return Err(self.error(format!(
                            "{letter}-string: newlines are not allowed in format specifiers \
                             for single quoted {letter}-strings"
                        )));
                    }
                    return Err(self.unterminated(&mode, false));
                }
                Some(b'{') => {
                    if self.peek_at(1) == Some(b'{') && !in_format_spec {
                        self.pos += 2;
                        return Ok(self.token_from(middle, start, self.pos - 1, first_line));
                    }
                    let token = self.token_from(middle, start, self.pos, first_line);
                    self.begin_expression()?;
                    return Ok(token);
                }
                Some(b'}') => {
                    if named_escape {
                        self.pos += 1;
                        return Ok(self.token_from(middle, start, self.pos, first_line));
                    }
                    if self.peek_at(1) == Some(b'}') && !in_format_spec && mode.brackets == 0 {
                        self.pos += 2;
                        return Ok(self.token_from(middle, start, self.pos - 1, first_line));
                    }
                    if let Some(top) = self.modes.last_mut() {
                        top.in_text = false;
                    }
                    return Ok(self.token_from(middle, start, self.pos, first_line));
                }
                Some(b'\\') => {
                    self.pos += 1;
                    match self.peek() {
                        Some(brace @ (b'{' | b'}')) => {
                            if !mode.raw {
                                self.warn_escape(&char::from(brace).to_string(), self.pos - 1);
                            }
                        }
                        Some(b'N') if !mode.raw => {
                            self.pos += 1;
                            if self.peek() == Some(b'{') {
                                self.pos += 1;
                                named_escape = true;
                            }
                        }
                        _ => {
                            self.bump();
                        }
                    }
                }
                Some(_) => {
                    self.bump();
                }
            }
        }
        Ok(self.token_from(middle, start, self.pos, first_line))
    }

    /// A replacement field opens at the brace that comes next.
    fn begin_expression(&mut self) -> Result<(), Stop> {
        let Some(mode) = self.modes.last_mut() else {
            return Ok(());
        };
        mode.expr_start += 1;
        mode.in_text = false;
        if mode.expr_start >= EXPR_NESTING_MAX {
            let letter = char::from(mode.letter);
            return Err(self.error(format!("{letter}-string: expressions nested too deeply")));
        }
        Ok(())
    }

    fn unterminated(&mut self, mode: &Interpolated, at_end: bool) -> Stop {
        let detected = self.line;
        (self.line, self.line_start, self.pos) = (mode.first_line, mode.line_start, mode.start + 1);
        self.ended_in_string = at_end && mode.quote_size == 3;
        let letter = char::from(mode.letter);
        let triple = if mode.quote_size == 3 {
            "triple-quoted "
        } else {
            ""
        };
        self.error(format!(
            "unterminated {triple}{letter}-string literal (detected at line {detected})"
        ))
    }

    /// The warning for an escape that means nothing; `at` is where its backslash is.
    pub(super) fn warn_escape(&mut self, shown: &str, at: usize) {
        let (msg, error_msg) = invalid_escape(shown);
        self.warn(msg, error_msg, at, at);
    }
}

/// CPython's texts for an escape that means nothing: the warning's, and that of the error it can become.
pub(crate) fn invalid_escape(shown: &str) -> (String, String) {
    let kind = if shown.len() == 3 {
        "octal escape sequence"
    } else {
        "escape sequence"
    };
    let is = format!("\"\\{shown}\" is an invalid {kind}. ");
    let hint = format!("Did you mean \"\\\\{shown}\"? A raw string is also an option.");
    (
        format!("{is}Such sequences will not work in the future. {hint}"),
        is + &hint,
    )
}
