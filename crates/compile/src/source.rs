//! The text that a tree was parsed from, as far as code depends on it: the values of literals that the parser's tree cannot hold.
//!
//! A tree that was made of `_ast` objects has no text. There [`Overrides`] has the values, found by their nodes' ranges.

use crate::constfold::big_literal;
use mesapy_bytecode::Const;
use mesapy_syntax::ast::{
    self, ExprNumberLiteral, ExprStringLiteral, InterpolatedElement, Number, StringLiteral,
};
use mesapy_syntax::strings::{interpolated_value, string_value, unicode_name};
use mesapy_syntax::text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Values of literals, by range.
pub type Overrides = FxHashMap<TextRange, Const>;

#[derive(Clone, Copy)]
pub struct Source<'s> {
    pub text: &'s str,
    overrides: Option<&'s Overrides>,
}

impl<'s> Source<'s> {
    pub fn new(text: &'s str) -> Source<'s> {
        Source {
            text,
            overrides: None,
        }
    }
    pub fn with_overrides(text: &'s str, overrides: &'s Overrides) -> Source<'s> {
        Source {
            text,
            overrides: Some(overrides),
        }
    }
    pub fn slice(&self, range: TextRange) -> &'s str {
        self.text.get(range.to_std_range()).unwrap_or("")
    }
    /// The value that a tree without text has for a literal.
    pub fn given(&self, range: TextRange) -> Option<&'s Const> {
        self.overrides?.get(&range)
    }
    /// A format's place begins with its colon.
    pub fn spec_range(&self, spec: &ast::InterpolatedStringFormatSpec) -> TextRange {
        match spec.range.start().checked_sub(TextSize::new(1)) {
            Some(start) if self.overrides.is_none() => TextRange::new(start, spec.range.end()),
            _ => spec.range,
        }
    }
    /// The text of `{x=}` stands between the braces, or before what follows it.
    pub fn debug_range(field: &InterpolatedElement, debug: &str) -> TextRange {
        let start = field.range.start() + TextSize::new(1);
        TextRange::at(start, TextSize::try_from(debug.len()).unwrap_or_default())
    }
    /// A compound statement reaches to its last token, which may be a semicolon.
    pub fn block_range(&self, range: TextRange) -> TextRange {
        let text = self.text.as_bytes();
        let mut at = usize::from(range.end());
        while let Some(b' ' | b'\t' | b'\x0c') = text.get(at) {
            at += 1;
        }
        match TextSize::try_from(at + 1) {
            Ok(end) if text.get(at) == Some(&b';') => TextRange::new(range.start(), end),
            _ => range,
        }
    }
    fn given_text(&self, range: TextRange) -> Option<&'s [u8]> {
        match self.given(range) {
            Some(Const::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// One part of a string literal, as WTF-8.
    pub fn string_part(&self, part: &StringLiteral) -> Cow<'s, [u8]> {
        match self.given_text(part.range) {
            Some(text) => Cow::Borrowed(text),
            None => string_value(part, self.text, unicode_name),
        }
    }
    /// A whole string literal.
    pub fn string(&self, node: &ExprStringLiteral) -> Vec<u8> {
        let mut text = Vec::new();
        for part in &node.value {
            text.extend_from_slice(&self.string_part(part));
        }
        text
    }
    /// A literal piece of an f-string or t-string.
    pub fn piece(&self, piece: &ast::InterpolatedStringLiteralElement, raw: bool) -> Cow<'s, [u8]> {
        match self.given_text(piece.range) {
            Some(text) => Cow::Borrowed(text),
            None => interpolated_value(piece, raw, self.text, unicode_name),
        }
    }
    /// A number; or what else has no literal of its own.
    pub fn number(&self, node: &ExprNumberLiteral) -> Const {
        if let Some(value) = self.given(node.range) {
            return value.clone();
        }
        match &node.value {
            Number::Int(int) => match int.as_i64() {
                Some(small) => Const::Int(small),
                None => big_literal(self.slice(node.range)),
            },
            Number::Float(f) => Const::Float(*f),
            Number::Complex { real, imag } => Const::Complex(*real, *imag),
        }
    }
    /// The source text of an interpolation's expression with all that stands around it up to `=`, `!`, `:` or `}`, but for comments.
    pub fn interpolation(&self, field: &InterpolatedElement) -> Vec<u8> {
        if let Some(text) = self.given_text(field.range) {
            return text.to_vec();
        }
        let range = field.expression.range();
        let open = usize::from(field.range.start()).saturating_add(1);
        // Parentheses around the expression belong to the text: take everything from the brace to what ends the expression.
        let mut end = usize::from(range.end());
        let bytes = self.text.as_bytes();
        let limit = usize::from(field.range.end());
        while let Some(&byte) = bytes.get(end)
            && end < limit
            && matches!(byte, b')' | b' ' | b'\t' | b'\n' | b'\x0c')
        {
            end += 1;
        }
        without_comments(self.text.get(open..end).unwrap_or("")).into_bytes()
    }
}

/// The text of `{x=}`, or of an interpolation, without the comments in it.
pub fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quote, mut escaped, mut comment) = (None, false, false);
    for c in text.chars() {
        match (quote, c) {
            _ if comment => comment = c != '\n',
            (Some(open), _) => {
                if c == open && !escaped {
                    quote = None;
                }
                escaped = c == '\\' && !escaped;
            }
            (None, '\'' | '"') => quote = Some(c),
            (None, '#') => comment = true,
            _ => {}
        }
        if !comment {
            out.push(c);
        }
    }
    out
}
