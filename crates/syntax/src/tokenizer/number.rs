//! Number literals.

use super::{Stop, Tokenizer};
use crate::token::{Kind, Token};

impl Tokenizer<'_> {
    pub(super) fn number(&mut self) -> Result<Token, Stop> {
        let start = self.pos;
        if self.peek() == Some(b'0') {
            match self.peek_at(1).map(|b| b.to_ascii_lowercase()) {
                Some(b'x') => self.radix_digits(16, "hexadecimal")?,
                Some(b'o') => self.radix_digits(8, "octal")?,
                Some(b'b') => self.radix_digits(2, "binary")?,
                _ => self.after_zero(start)?,
            }
        } else if self.peek() == Some(b'.') {
            self.fraction()?;
        } else {
            self.decimal_digits()?;
            if self.peek() == Some(b'.') {
                self.fraction()?
            } else {
                self.exponent()?
            }
        }
        Ok(self.token(Kind::Number, start, self.pos))
    }

    /// `0x…`, `0o…`, `0b…`.
    fn radix_digits(&mut self, radix: u32, name: &str) -> Result<(), Stop> {
        self.pos += 2;
        let is_digit = |b: Option<u8>| b.is_some_and(|b| char::from(b).is_digit(radix));
        loop {
            if self.peek() == Some(b'_') {
                self.pos += 1;
            }
            if !is_digit(self.peek()) {
                self.digit_of_larger_radix(name)?;
                return Err(self.error(format!("invalid {name} literal")));
            }
            while is_digit(self.peek()) {
                self.pos += 1;
            }
            if self.peek() != Some(b'_') {
                break;
            }
        }
        self.digit_of_larger_radix(name)?;
        self.end_of_number(name)
    }

    fn digit_of_larger_radix(&mut self, name: &str) -> Result<(), Stop> {
        match self.peek() {
            Some(digit) if digit.is_ascii_digit() => {
                self.pos += 1;
                Err(self.error(format!(
                    "invalid digit '{}' in {name} literal",
                    char::from(digit)
                )))
            }
            _ => Ok(()),
        }
    }

    /// A literal that starts with `0`: zero, a float, an imaginary number, or an octal number of Python 2.
    fn after_zero(&mut self, start: usize) -> Result<(), Stop> {
        loop {
            if self.peek() == Some(b'_') {
                self.pos += 1;
                if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
                    return Err(self.error("invalid decimal literal"));
                }
            }
            if self.peek() != Some(b'0') {
                break;
            }
            self.pos += 1;
        }
        let zeros_end = self.pos;
        let mut nonzero = false;
        if self.peek().is_some_and(|b| b.is_ascii_digit()) {
            nonzero = true;
            self.decimal_digits()?;
        }
        match self.peek() {
            Some(b'.') => self.fraction(),
            Some(b'e' | b'E' | b'j' | b'J') => self.exponent(),
            _ if nonzero && !self.config.extra_tokens => {
                let from = self.chars(self.line_start, start) + 1;
                let to = self.chars(self.line_start, zeros_end) + 1;
                Err(self.error_range(
                    "leading zeros in decimal integer literals are not permitted; \
                     use an 0o prefix for octal integers",
                    from,
                    to,
                ))
            }
            _ => self.end_of_number("decimal"),
        }
    }

    /// Digits with single underscores between.
    fn decimal_digits(&mut self) -> Result<(), Stop> {
        loop {
            while self.peek().is_some_and(|b| b.is_ascii_digit()) {
                self.pos += 1;
            }
            if self.peek() != Some(b'_') {
                return Ok(());
            }
            self.pos += 1;
            if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
                return Err(self.error("invalid decimal literal"));
            }
        }
    }

    fn fraction(&mut self) -> Result<(), Stop> {
        self.pos += 1;
        if self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.decimal_digits()?;
        }
        self.exponent()
    }

    fn exponent(&mut self) -> Result<(), Stop> {
        if matches!(self.peek(), Some(b'e' | b'E')) {
            match self.peek_at(1) {
                Some(b'+' | b'-') => {
                    self.pos += 2;
                    if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
                        return Err(self.error("invalid decimal literal"));
                    }
                }
                Some(b'0'..=b'9') => self.pos += 1,
                _ => return self.end_of_number("decimal"),
            }
            self.decimal_digits()?;
        }
        if matches!(self.peek(), Some(b'j' | b'J')) {
            self.pos += 1;
            return self.end_of_number("imaginary");
        }
        self.end_of_number("decimal")
    }

    /// What follows a number must not continue a name; a keyword may follow directly, with a warning.
    fn end_of_number(&mut self, name: &str) -> Result<(), Stop> {
        const FOLLOWING: [&str; 5] = ["and", "else", "for", "or", "not"];
        let rest = self.bytes.get(self.pos..).unwrap_or(&[]);
        let whole = |word: &str| {
            rest.strip_prefix(word.as_bytes()).is_some_and(|rest| {
                !rest
                    .first()
                    .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80)
            })
        };
        if matches!(rest, [b'i', b'f' | b'n' | b's', ..]) || FOLLOWING.into_iter().any(whole) {
            let msg = format!("invalid {name} literal");
            self.warn(
                msg.clone(),
                msg,
                self.pos.saturating_sub(1),
                self.pos.saturating_sub(1),
            );
            return Ok(());
        }
        match self.peek() {
            Some(b) if b.is_ascii_alphanumeric() || b == b'_' => {
                Err(self.error(format!("invalid {name} literal")))
            }
            _ => Ok(()),
        }
    }
}
