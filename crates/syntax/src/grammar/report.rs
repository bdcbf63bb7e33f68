//! The errors of the grammar: their places, the names that messages give to expressions, and the rules that need more than a pattern.

use super::engine::{Engine, Parsed, Raised, SpanId};
use super::rules::{NAMED_MAX, Node, Targets};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::strings;
use crate::token::{Kind, Token};
use crate::tokenizer::{Stop, Tokenizer};

impl Engine<'_> {
    /// Puts expression names (`%ea`), texts (`%ta`) and lines (`%la`) of the named spans into a message.
    pub(super) fn fill(&self, message: &str, named: [Option<SpanId>; NAMED_MAX]) -> String {
        let mut out = String::new();
        let mut rest = message;
        while let Some(at) = rest.find('%') {
            let letter = rest
                .as_bytes()
                .get(at + 2)
                .map_or(0, |b| usize::from(b.saturating_sub(b'a')));
            let span = named.get(letter).copied().flatten().unwrap_or(0);
            let first = self.tokens.get(self.get(span).first).copied();
            let filled = match rest.as_bytes().get(at + 1) {
                Some(b'e') => self.expression_name(span).to_owned(),
                Some(b't') => first.map_or(String::new(), |t| self.text(t).to_owned()),
                Some(b'l') => first.map_or(0, |t| t.line).to_string(),
                _ => {
                    out.push_str(&rest[..=at]);
                    rest = &rest[at + 1..];
                    continue;
                }
            };
            out.push_str(&rest[..at]);
            out.push_str(&filled);
            rest = rest.get(at + 3..).unwrap_or("");
        }
        out + rest
    }

    /// What messages call an expression.
    pub(super) fn expression_name(&self, span: SpanId) -> &'static str {
        match self.get(span).node {
            Node::Name => "name",
            Node::True => "True",
            Node::False => "False",
            Node::NoneLit => "None",
            Node::EllipsisLit => "ellipsis",
            Node::Number | Node::Str => "literal",
            Node::JoinedStr => "f-string expression",
            Node::TemplateStr => "t-string expression",
            Node::Attribute => "attribute",
            Node::Subscript => "subscript",
            Node::Starred => "starred",
            Node::Call => "function call",
            Node::ListExpr => "list",
            Node::Tuple => "tuple",
            Node::Lambda => "lambda",
            Node::GeneratorExp => "generator expression",
            Node::Yield => "yield expression",
            Node::Await => "await expression",
            Node::ListComp => "list comprehension",
            Node::SetComp => "set comprehension",
            Node::DictComp => "dict comprehension",
            Node::DictExpr => "dict literal",
            Node::SetExpr => "set display",
            Node::Compare => "comparison",
            Node::IfExp => "conditional expression",
            Node::NamedExpr => "named expression",
            _ => "expression",
        }
    }

    /// The first part of an expression that cannot be a target.
    pub(super) fn bad_target(&self, span: SpanId, targets: Targets) -> Option<SpanId> {
        // Nesting is bounded by brackets, and one star.
        let it = self.get(span);
        match it.node {
            Node::Name | Node::Attribute | Node::Subscript => None,
            Node::ListExpr | Node::Tuple => self
                .elements(span)
                .into_iter()
                .find_map(|e| self.bad_target(e, targets)),
            Node::Starred if targets == Targets::Delete => Some(span),
            Node::Starred => self.bad_target(*it.parts.get(1)?, targets),
            Node::Compare if targets == Targets::For => {
                // `for a in b` was read as the comparison `a in b`: the target is its left side.
                let operators = self.get(*it.parts.get(1)?);
                let first = self.tokens.get(operators.first).copied();
                let is_in = first.is_some_and(|t| self.text(t) == "in");
                if is_in {
                    self.bad_target(*it.parts.first()?, targets)
                } else {
                    None
                }
            }
            _ => Some(span),
        }
    }

    /// The elements of a list or tuple: the expressions among its parts, in order.
    fn elements(&self, span: SpanId) -> Vec<SpanId> {
        let mut found = Vec::new();
        let mut open: Vec<SpanId> = self.get(span).parts.into_iter().rev().collect();
        while let Some(part) = open.pop() {
            let it = self.get(part);
            match it.node {
                Node::Other | Node::List => open.extend(it.parts.into_iter().rev()),
                _ => found.push(part),
            }
        }
        found
    }

    // ---- raising ----

    fn column(&self, token: Token) -> u32 {
        self.char_column(token.line, token.start)
    }

    fn end_column(&self, token: Token) -> u32 {
        self.char_column(token.end_line, token.end)
    }

    /// The 1-based column in characters of a byte offset on a line.
    fn char_column(&self, line: u32, offset: u32) -> u32 {
        let start = self.line_start(line);
        let text = self.source.get(start..offset as usize).unwrap_or("");
        u32::try_from(text.chars().count())
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    }

    fn line_start(&self, line: u32) -> usize {
        let (current_start, _) = self.tokenizer.place();
        if line == self.tokenizer.line() {
            return current_start;
        }
        let mut start = 0;
        for _ in 1..line {
            match self.source.get(start..).and_then(|rest| rest.find('\n')) {
                Some(at) => start += at + 1,
                None => break,
            }
        }
        start
    }

    /// The text of a line; only the line that reading stands on keeps its newline.
    fn line_text(&self, line: u32) -> String {
        let rest = self.source.get(self.line_start(line)..).unwrap_or("");
        let text = rest.split_inclusive('\n').next().unwrap_or("");
        if self.tokenizer.line() <= line {
            text.to_owned()
        } else {
            text.trim_end_matches('\n').to_owned()
        }
    }

    fn raise(&mut self, from: (u32, u32), to: (u32, u32), msg: String) -> Parsed {
        let text = self.line_text(from.0);
        let mut to = to;
        if to.0 != from.0 {
            // CPython looks for the last line's column in the first line's text.
            to.1 = to.1.min(room(&text));
        }
        self.raised = Some(Box::new(SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            msg,
            lineno: Some(from.0),
            offset: Some(from.1),
            end_lineno: Some(to.0),
            end_offset: Some(to.1),
            text: Some(text),
        }));
        Err(Raised)
    }

    pub(super) fn raise_span(&mut self, a: SpanId, b: SpanId, msg: String) -> Parsed {
        let first = self.token(self.get(a).first)?;
        let last = self.token(self.last_item(b).saturating_sub(1))?;
        self.raise(
            (first.line, self.column(first)),
            (last.end_line, self.end_column(last)),
            msg,
        )
    }

    /// Where the last item of a list ends: commas and brackets behind it do not count.
    fn last_item(&self, span: SpanId) -> usize {
        let mut it = self.get(span);
        if it.node != Node::List {
            return it.end;
        }
        while matches!(it.node, Node::List | Node::Other) {
            let is_comma = |s: &super::engine::Span| {
                s.parts.is_empty()
                    && s.end == s.first + 1
                    && self
                        .tokens
                        .get(s.first)
                        .is_some_and(|t| t.kind == Kind::Comma)
            };
            let last = it
                .parts
                .iter()
                .rev()
                .map(|p| self.get(*p))
                .find(|s| s.end > s.first && !is_comma(s));
            match last {
                Some(last) => it = last,
                None => break,
            }
        }
        it.end
    }

    pub(super) fn raise_from(&mut self, a: SpanId, msg: String) -> Parsed {
        let first = self.token(self.get(a).first)?;
        let offset = if has_no_place(first) {
            0
        } else {
            self.column(first)
        };
        let (start, pos) = self.tokenizer.place();
        let column = self
            .source
            .get(start..pos)
            .map_or(0, |text| text.chars().count());
        let end = u32::try_from(column).unwrap_or(u32::MAX);
        self.raise((first.line, offset), (self.tokenizer.line(), end), msg)
    }

    pub(super) fn raise_token(&mut self, token: Token, msg: String) -> Parsed {
        if has_no_place(token) {
            return self.raise((token.line, 0), (token.end_line, 0), msg);
        }
        self.raise(
            (token.line, self.column(token)),
            (token.end_line, self.end_column(token)),
            msg,
        )
    }

    /// An error at the last token read.
    pub(super) fn error_here(&mut self, kind: SyntaxErrorKind, msg: &str) -> Box<SyntaxError> {
        let token = self.tokens.last().copied().unwrap_or(Token {
            kind: Kind::EndMarker,
            start: 0,
            end: 0,
            line: 1,
            end_line: 1,
        });
        self.error_at(token, kind, msg)
    }

    /// An error at a token; one that is no text gives the place that reading has come to.
    pub(super) fn error_at(
        &mut self,
        token: Token,
        kind: SyntaxErrorKind,
        msg: &str,
    ) -> Box<SyntaxError> {
        let (offset, end_offset) = if has_no_place(token) {
            let (start, pos) = self.tokenizer.place();
            let column = self
                .source
                .get(start..pos)
                .map_or(0, |text| text.chars().count());
            (u32::try_from(column).unwrap_or(u32::MAX), None)
        } else {
            (self.column(token), Some(self.end_column(token)))
        };
        let text = self.line_text(token.line);
        let end_offset = match end_offset {
            Some(end) if token.end_line != token.line => Some(end.min(room(&text))),
            end => end,
        };
        Box::new(SyntaxError {
            kind,
            msg: msg.to_owned(),
            lineno: Some(token.line),
            offset: Some(offset),
            end_lineno: Some(token.end_line),
            end_offset,
            text: Some(text),
        })
    }

    /// The input ended within brackets, or after a backslash.
    pub(super) fn end_of_input(&mut self) -> Box<SyntaxError> {
        if let Some(error) = self.unclosed() {
            return error;
        }
        code_error(&self.tokenizer, "unexpected EOF while parsing")
    }

    fn unclosed(&mut self) -> Option<Box<SyntaxError>> {
        let bracket = self.tokenizer.open_bracket()?;
        let start = u32::try_from(self.line_start(bracket.line)).unwrap_or(u32::MAX);
        let offset = self.char_column(bracket.line, start.saturating_add(bracket.column));
        Some(Box::new(SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            msg: format!("'{}' was never closed", char::from(bracket.open)),
            lineno: Some(bracket.line),
            offset: Some(offset),
            end_lineno: Some(bracket.line),
            end_offset: Some(0),
            text: Some(self.line_text(bracket.line)),
        }))
    }

    /// Reads the rest of the source: an error of the tokenizer goes before one of the grammar.
    pub(super) fn tokenizer_error_after(&mut self) -> Option<Box<SyntaxError>> {
        let line = self.tokens.last().map_or(0, |t| t.line);
        loop {
            match self.tokenizer.next_token() {
                Ok(token) if token.kind == Kind::EndMarker => return None,
                Ok(_) => {}
                // CPython drops what happens within f-strings here.
                Err(_) if self.tokenizer.in_interpolation() => return None,
                Err(Stop::Error(error)) => return Some(error),
                Err(Stop::EndOfInput | Stop::Refused(_)) => {
                    let bracket = self.tokenizer.open_bracket()?;
                    return if line > bracket.line {
                        self.unclosed()
                    } else {
                        None
                    };
                }
            }
        }
    }

    // ---- rules that need more than a pattern ----

    pub(super) fn native_action(&mut self, name: &str, a: SpanId, b: SpanId) -> Parsed {
        match name {
            "forgot_comma" => {
                let last = self.mark.saturating_sub(1);
                if self.is_legacy(a) || self.levels.get(last).is_none_or(|level| *level == 0) {
                    return Ok(None);
                }
                self.raise_span(
                    a,
                    b,
                    "invalid syntax. Perhaps you forgot a comma?".to_owned(),
                )
            }
            "legacy" => {
                if !self.is_legacy(a) {
                    return Ok(None);
                }
                let token = self.token(self.get(a).first)?;
                let word = self.text(token).to_owned();
                self.raise_span(
                    a,
                    b,
                    format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?"),
                )
            }
            "genexp_in_call" => {
                // One generator alone needs no parentheses.
                let args = self.get(a);
                let arguments: Vec<SpanId> = self.elements(a);
                if arguments.len() <= 1 {
                    return Ok(None);
                }
                let _ = args;
                let last = arguments.last().copied().unwrap_or(a);
                self.raise_span(
                    last,
                    b,
                    "Generator expression must be parenthesized".to_owned(),
                )
            }
            "positional_after_keyword" => {
                let mut open = vec![a];
                let mut unpacking = false;
                while let Some(span) = open.pop() {
                    let it = self.get(span);
                    match it.node {
                        Node::DoubleStarred => unpacking = true,
                        Node::Other | Node::List | Node::Args | Node::Kwargs => {
                            open.extend(it.parts)
                        }
                        _ => {}
                    }
                }
                let tail = if unpacking { " unpacking" } else { "" };
                let error = self.error_here(
                    SyntaxErrorKind::Syntax,
                    &format!("positional argument follows keyword argument{tail}"),
                );
                self.raised = Some(error);
                Err(Raised)
            }
            "concatenation" => {
                // The literal before the one that does not fit, and that.
                let before = self.get(a).parts.last().copied().unwrap_or(a);
                let msg = "cannot mix t-string literals with string or bytes literals";
                self.raise_span(before, b, msg.to_owned())
            }
            "colon_after_key" => {
                let last = self.token(self.get(a).end.saturating_sub(1))?;
                let first = self.token(self.get(a).first)?;
                let mut offset = self.end_column(last).saturating_sub(1);
                if last.end_line != first.line {
                    let room = self
                        .line_text(first.line)
                        .trim_end_matches('\n')
                        .chars()
                        .count();
                    offset = offset.min(u32::try_from(room).unwrap_or(u32::MAX).saturating_add(1));
                }
                self.raise(
                    (first.line, offset),
                    (last.end_line, 0),
                    "':' expected after dictionary key".to_owned(),
                )
            }
            "typevartuple_bound" | "paramspec_bound" => {
                let what = if name == "typevartuple_bound" {
                    "TypeVarTuple"
                } else {
                    "ParamSpec"
                };
                let how = if self.get(b).node == Node::Tuple {
                    "constraints"
                } else {
                    "bound"
                };
                self.raise_from(a, format!("cannot use {how} with {what}"))
            }
            _ => Ok(None),
        }
    }

    fn is_legacy(&self, span: SpanId) -> bool {
        let it = self.get(span);
        let token = self.tokens.get(it.first).copied();
        it.node == Node::Name && token.is_some_and(|t| matches!(self.text(t), "print" | "exec"))
    }

    /// What `feature_version` forbids.
    pub(super) fn since(&mut self, name: &str) -> Parsed {
        let number = self.tokens.get(self.mark.saturating_sub(1)).copied();
        let found = SINCE.iter().find(|(feature, ..)| *feature == name);
        let plain_number =
            name == "since_underscore" && number.is_some_and(|t| !self.text(t).contains('_'));
        if let Some((_, minor, what)) = found
            && self.feature_version < *minor
            && !plain_number
        {
            let msg = format!("{what} only supported in Python 3.{minor} and greater");
            self.raised = Some(self.error_here(SyntaxErrorKind::Syntax, &msg));
            return Err(Raised);
        }
        Ok(Some(self.span(Node::Other, self.mark, Vec::new())))
    }

    /// `!=` and `<>` are one token; only one of them is an operator.
    pub(super) fn not_diamond(&mut self) -> Parsed {
        let token = self.token(self.mark.saturating_sub(1))?;
        match (self.text(token), self.flufl) {
            ("<>", true) | ("!=", false) => Ok(Some(self.span(Node::Other, self.mark, Vec::new()))),
            ("!=", true) => self.raise_token(
                token,
                "with Barry as BDFL, use '<>' instead of '!='".to_owned(),
            ),
            _ => Ok(None),
        }
    }

    /// `!r` in a replacement field.
    pub(super) fn conversion(&mut self) -> Parsed {
        let start = self.mark;
        let mark = self.token(start)?;
        if mark.kind != Kind::Exclamation {
            return Ok(None);
        }
        let name = self.token(start + 1)?;
        if name.kind != Kind::Name || super::rules::KEYWORDS.contains(&self.text(name)) {
            return Ok(None);
        }
        self.mark = start + 2;
        let letter = self.interpolation_letter();
        if name.start != mark.end {
            let span = self.span(Node::Other, start, Vec::new());
            let msg = format!(
                "{letter}-string: conversion type must come right after the exclamation mark"
            );
            return self.raise_span(span, span, msg);
        }
        let text = self.text(name);
        if !matches!(text, "s" | "r" | "a") {
            let msg = format!(
                "{letter}-string: invalid conversion character '{text}': expected 's', 'r', or 'a'"
            );
            return self.raise_token(name, msg);
        }
        Ok(Some(self.span(Node::Other, start, Vec::new())))
    }

    fn interpolation_letter(&self) -> char {
        let start = self.tokens[..self.mark.min(self.tokens.len())]
            .iter()
            .rev()
            .find(|t| matches!(t.kind, Kind::FStringStart | Kind::TStringStart));
        if start.is_some_and(|t| t.kind == Kind::TStringStart) {
            't'
        } else {
            'f'
        }
    }

    /// Adjacent string literals: they must be of one sort, and decode.
    pub(super) fn strings(&mut self) -> Parsed {
        let start = self.mark;
        let Some(parts) = self.native_rule("string_parts")? else {
            return Ok(None);
        };
        let pieces = self.get(parts).parts;
        let pieces = pieces
            .first()
            .map_or(Vec::new(), |list| self.get(*list).parts);
        let mut node = Node::Str;
        let mut bytes = None;
        for piece in pieces {
            let it = self.get(piece);
            let token = self.token(it.first)?;
            if it.node != Node::Str {
                node = it.node;
            }
            let is_bytes = it.node == Node::Str && is_bytes(self.text(token));
            if *bytes.get_or_insert(is_bytes) != is_bytes {
                self.token(self.mark)?;
                let msg = "cannot mix bytes and nonbytes literals";
                self.raised = Some(self.error_here(SyntaxErrorKind::Syntax, msg));
                return Err(Raised);
            }
        }
        Ok(Some(self.span(node, start, Vec::new())))
    }

    /// Checks that the string literal that ends here decodes. CPython does so before it reads on.
    pub(super) fn decoded(&mut self) -> Parsed {
        let last = self.token(self.mark.saturating_sub(1))?;
        if last.kind == Kind::String {
            if let Some(msg) = check_token(self.text(last), last.kind, false, self.names) {
                self.raised = Some(self.error_here(SyntaxErrorKind::Syntax, &msg));
                return Err(Raised);
            }
            return Ok(Some(self.span(Node::Other, self.mark, Vec::new())));
        }
        // Back to where the f-string starts; those within it are checked already.
        let mut depth = 0usize;
        let mut middles = Vec::new();
        let mut raw = false;
        for token in self.tokens.get(..self.mark).unwrap_or(&[]).iter().rev() {
            match token.kind {
                Kind::FStringEnd | Kind::TStringEnd => depth += 1,
                Kind::FStringStart | Kind::TStringStart if depth > 1 => depth -= 1,
                Kind::FStringStart | Kind::TStringStart => {
                    raw = self.text(*token).contains(['r', 'R']);
                    break;
                }
                Kind::FStringMiddle | Kind::TStringMiddle if depth == 1 => middles.push(*token),
                _ => {}
            }
        }
        for token in middles.into_iter().rev() {
            if let Some(msg) = check_token(self.text(token), token.kind, raw, self.names) {
                return self.raise_token(token, msg);
            }
        }
        Ok(Some(self.span(Node::Other, self.mark, Vec::new())))
    }
}

/// An error at the place that reading has come to.
pub(crate) fn code_error(tokenizer: &Tokenizer<'_>, msg: &str) -> Box<SyntaxError> {
    let (start, pos) = tokenizer.place();
    let column = tokenizer
        .source
        .get(start..pos)
        .map_or(0, |text| text.chars().count());
    let line = tokenizer.line();
    let text = tokenizer
        .source
        .get(start..)
        .and_then(|rest| rest.split_inclusive('\n').next());
    Box::new(SyntaxError {
        kind: SyntaxErrorKind::Syntax,
        msg: msg.to_owned(),
        lineno: Some(line),
        offset: Some(u32::try_from(column).unwrap_or(u32::MAX)),
        end_lineno: Some(line),
        end_offset: None,
        text: Some(text.unwrap_or("").to_owned()),
    })
}

/// The last column that CPython finds in a line's text.
fn room(text: &str) -> u32 {
    u32::try_from(text.chars().count())
        .unwrap_or(u32::MAX)
        .saturating_add(1)
}

/// Tokens that CPython gives no column: they are no text.
fn has_no_place(token: Token) -> bool {
    matches!(token.kind, Kind::Indent | Kind::Dedent | Kind::EndMarker)
        || (token.kind == Kind::Newline && token.start == token.end)
}

/// What came with which minor version of Python 3.
const SINCE: &[(&str, u8, &str)] = &[
    ("since_async_def", 5, "Async functions are"),
    ("since_async_with", 5, "Async with statements are"),
    ("since_async_for", 5, "Async for loops are"),
    ("since_await", 5, "Await expressions are"),
    ("since_matmul", 5, "The '@' operator is"),
    ("since_annotation", 6, "Variable annotation syntax is"),
    ("since_underscore", 6, "Underscores in numeric literals are"),
    ("since_async_comprehension", 6, "Async comprehensions are"),
    ("since_walrus", 8, "Assignment expressions are"),
    ("since_slash", 8, "Positional-only parameters are"),
    ("since_match", 10, "Pattern matching is"),
    ("since_except_star", 11, "Exception groups are"),
    ("since_type", 12, "Type statement is"),
    ("since_type_params", 12, "Type parameter lists are"),
    ("since_type_default", 13, "Type parameter defaults are"),
    (
        "since_bare_except",
        14,
        "except expressions without parentheses are",
    ),
    ("since_tstring", 14, "t-strings are"),
];

fn is_bytes(literal: &str) -> bool {
    literal
        .bytes()
        .take_while(|b| !matches!(b, b'"' | b'\''))
        .any(|b| b.eq_ignore_ascii_case(&b'b'))
}

/// Prefix letters and the text between the quotes.
pub(crate) fn literal_parts(literal: &str) -> (&str, &str) {
    let quote = literal.find(['"', '\'']).unwrap_or(literal.len());
    let (prefix, rest) = literal.split_at(quote);
    let size = if rest.len() >= 6 && (rest.starts_with("\"\"\"") || rest.starts_with("'''")) {
        3
    } else {
        1
    };
    (
        prefix,
        rest.get(size..rest.len().saturating_sub(size))
            .unwrap_or(""),
    )
}

/// The error of a string token that does not decode.
fn check_token(text: &str, kind: Kind, raw: bool, names: strings::NameLookup) -> Option<String> {
    let error = match kind {
        Kind::String => {
            let (prefix, body) = literal_parts(text);
            let raw = prefix.contains(['r', 'R']);
            if prefix.contains(['b', 'B']) {
                if !body.is_ascii() {
                    return Some("bytes can only contain ASCII literal characters".to_owned());
                }
                strings::decode_bytes(body, raw, &mut |_| {}).err()
            } else {
                strings::decode_text(body, raw, false, names, &mut |_| {}).err()
            }
        }
        Kind::FStringMiddle | Kind::TStringMiddle => {
            strings::decode_text(text, raw, false, names, &mut |_| {}).err()
        }
        _ => None,
    };
    error.map(|e| format!("{} {}", e.prefix, e.msg))
}
