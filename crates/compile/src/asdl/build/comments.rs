//! Type comments (PEP 484): `# type: int` behind assignments, headers and parameters, and `# type: ignore` anywhere.
//!
//! CPython's tokenizer makes tokens of them, which the grammar then expects in some places. Here they are looked for in those places.

use super::Builder;
use crate::asdl::{Class, Field};
use mesapy_syntax::ast::Stmt;
use mesapy_syntax::text_size::{Ranged, TextSize};
use mesapy_syntax::tokenize::comments;

impl<'a> Builder<'a> {
    /// The type comment that begins at a byte of the source.
    fn comment_at(&self, at: usize) -> Option<&'a str> {
        let line = self.source.text.get(at..)?.split('\n').next()?;
        match type_of(line)? {
            Comment::Type(text) => Some(text),
            Comment::Ignore(_) => None,
        }
    }
    fn skip(&self, from: TextSize, skipped: &[u8]) -> usize {
        let text = self.source.text.as_bytes();
        let mut at = usize::from(from);
        while text.get(at).is_some_and(|b| skipped.contains(b)) {
            at += 1;
        }
        at
    }
    /// A type comment that follows on the same line.
    pub fn comment_after(&self, end: TextSize) -> Field {
        if !self.type_comments {
            return Field::None;
        }
        let at = self.skip(end, b" \t\x0c;)");
        self.comment_at(at).map_or(Field::None, Field::from)
    }
    /// Behind the colon that ends a header; `end` is where its last part ends.
    pub fn header_comment(&self, end: TextSize, body: &[Stmt]) -> Field {
        if !self.type_comments {
            return Field::None;
        }
        let limit = body.first().map_or(end, Ranged::start);
        match self.behind_colon(end, limit) {
            Some(at) => {
                let at = self.skip(at, b" \t\x0c");
                self.comment_at(at).map_or(Field::None, Field::from)
            }
            None => Field::None,
        }
    }
    fn behind_colon(&self, from: TextSize, limit: TextSize) -> Option<TextSize> {
        let text = self.source.text.as_bytes();
        let mut at = usize::from(from);
        let mut comment = false;
        while at < usize::from(limit) {
            match text.get(at)? {
                b'\n' => comment = false,
                _ if comment => {}
                b'#' => comment = true,
                b':' => return TextSize::try_from(at + 1).ok(),
                _ => {}
            }
            at += 1;
        }
        None
    }
    /// A function's may also have the first line of the body to itself.
    pub fn function_comment(&self, end: TextSize, body: &[Stmt]) -> Field {
        let same_line = self.header_comment(end, body);
        if !self.type_comments || same_line != Field::None {
            return same_line;
        }
        let limit = body.first().map_or(end, Ranged::start);
        let Some(colon) = self.behind_colon(end, limit) else {
            return Field::None;
        };
        let text = self.source.text;
        let Some(rest) = text.get(usize::from(colon)..usize::from(limit)) else {
            return Field::None;
        };
        let mut at = usize::from(colon);
        for (index, line) in rest.split('\n').enumerate() {
            let blank = line.len() - line.trim_start_matches([' ', '\t', '\x0c']).len();
            if index > 0 && blank < line.len() {
                return self.comment_at(at + blank).map_or(Field::None, Field::from);
            }
            at += line.len() + 1;
        }
        Field::None
    }
    /// Behind a parameter, its default and a comma.
    pub fn parameter_comment(&self, end: TextSize) -> Field {
        if !self.type_comments {
            return Field::None;
        }
        let at = self.skip(end, b" \t\x0c,\n");
        self.comment_at(at).map_or(Field::None, Field::from)
    }
    /// Every `# type: ignore` of the source.
    pub fn ignores(&mut self) -> Field {
        if !self.type_comments {
            return Field::List(Vec::new());
        }
        let source = self.source.text;
        let mut found = Vec::new();
        for (line, comment) in comments(source) {
            if let Some(Comment::Ignore(tag)) = type_of(comment) {
                let fields = vec![Field::Int(line.into()), tag.into()];
                found.push(self.bare(Class::TypeIgnore, fields));
            }
        }
        found.into()
    }
}

enum Comment<'t> {
    Type(&'t str),
    /// `ignore`, and what follows it.
    Ignore(&'t str),
}

/// CPython: Parser/lexer/lexer.c, where comments are skipped.
fn type_of(comment: &str) -> Option<Comment<'_>> {
    let blanks = [' ', '\t'];
    let rest = comment.strip_prefix('#')?.trim_start_matches(blanks);
    let rest = rest.strip_prefix("type:")?.trim_start_matches(blanks);
    if let Some(tag) = rest.strip_prefix("ignore")
        && !tag
            .chars()
            .next()
            .is_some_and(|c| c.is_ascii_alphanumeric() || !c.is_ascii())
    {
        return Some(Comment::Ignore(tag));
    }
    Some(Comment::Type(rest))
}
