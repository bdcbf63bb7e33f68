//! File level: cuts the stream of tokens into functions, records, globals and prototypes.
//!
//! Braces are matched once for the whole file, so a file full of stray ones costs no more than any other. Where they don't balance, a brace or a
//! `static` in the first column ends a body: one broken function must not take the rest of the file with it.

use std::hash::{BuildHasher, Hasher};

use super::ast::*;
use super::intern::{FastHash, FastMap, FastSet, Name, intern};
use super::lexer::{Kind, Token};
use super::parser::{Parser, is_type_word};

/// Declarations longer than this are tables of data and are not looked into.
const DECLARATION_TOKENS_MAX: usize = 400;
/// Names in one initialiser that are kept.
const MENTIONS_MAX: usize = 4_000;

const NONE: u32 = u32::MAX;

/// What is shared by the readings of a file.
pub struct Splitter<'a> {
    pub text: &'a str,
    pub unit: &'a mut Unit,
    pub types: &'a mut FastSet<Name>,
    /// Hashes of the functions that an earlier reading gave.
    pub seen: &'a mut FastSet<u64>,
    pub variant: u8,
}

pub fn split(tokens: &[Token], splitter: &mut Splitter) {
    let braces = Braces::new(tokens, splitter.text);
    // Types first: a body may cast to what is declared after it only in another reading, but seldom.
    let mut start = 0;
    let mut at = 0;
    let mut parens = 0usize;
    while at < tokens.len() {
        let token = &tokens[at];
        if token.kind != Kind::Punct {
            at += 1;
            continue;
        }
        match token.text {
            "(" => parens += 1,
            ")" => parens = parens.saturating_sub(1),
            ";" => {
                // Old parameter declarations stand between `)` and `{`.
                if !(parens == 0 && is_old_style(&tokens[start..at])) {
                    splitter.declaration(&tokens[start..at]);
                    start = at + 1;
                    parens = 0;
                }
            }
            "}" => {
                start = at + 1;
                parens = 0;
            }
            "{" => {
                let head = &tokens[start..at];
                if head.iter().any(|token| token.is_word("extern"))
                    && head.last().is_some_and(|token| token.kind == Kind::Str)
                {
                    start = at + 1;
                    at += 1;
                    continue;
                }
                let end = braces.end(at);
                let balanced = braces.matching[at] != NONE;
                if let Some(header) = Header::find(head) {
                    splitter.function(head, &header, &tokens[at..end], balanced);
                    start = end;
                    parens = 0;
                } else if let Some(record) = record_head(head) {
                    splitter.record(record, &tokens[at + 1..end.saturating_sub(1).max(at + 1)]);
                    if head.iter().any(|token| token.is_word("typedef")) {
                        let mut after = end;
                        while let Some(token) = tokens.get(after).filter(|token| !token.is(";")) {
                            if token.kind == Kind::Ident {
                                splitter.types.insert(token.text);
                                if tokens.get(after + 1).is_some_and(|next| next.is(";")) {
                                    let inner = record.unwrap_or("");
                                    splitter.alias(token.text, inner);
                                }
                            }
                            after += 1;
                            if after > end + 30 {
                                break;
                            }
                        }
                    }
                } else if let Some(equals) = head.iter().position(|token| token.is("=")) {
                    splitter.global(&head[..equals], &tokens[at..end]);
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// The end of each `{`.
struct Braces {
    matching: Vec<u32>,
    /// Tokens in the first column that end a body.
    stops: Vec<u32>,
}

impl Braces {
    fn new(tokens: &[Token], text: &str) -> Braces {
        let mut matching = vec![NONE; tokens.len()];
        let mut stops = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            if token.first
                && !token.expanded
                && (token.is("}") || token.is_word("static"))
                && first_column(text, token.pos)
            {
                stops.push(at as u32);
                if token.text == "static" {
                    // Nothing is open any more.
                    open.clear();
                }
            }
            if token.is("{") {
                open.push(at);
            } else if token.is("}") {
                if let Some(start) = open.pop() {
                    matching[start] = at as u32;
                }
            }
        }
        Braces { matching, stops }
    }

    /// Just after the brace that closes the one at `at`, or where the body must have ended.
    fn end(&self, at: usize) -> usize {
        match self.matching[at] {
            NONE => {
                let index = self.stops.partition_point(|stop| *stop as usize <= at);
                match self.stops.get(index) {
                    Some(stop) => *stop as usize,
                    None => self.matching.len(),
                }
            }
            end => end as usize + 1,
        }
    }
}

fn first_column(text: &str, pos: u32) -> bool {
    pos == 0 || text.as_bytes().get(pos as usize - 1) == Some(&b'\n')
}

/// `struct tag`, `enum`, … without parameters: `Some(None)` when there is no tag.
fn record_head(head: &[Token]) -> Option<Option<Name>> {
    let at = head.iter().position(|token| {
        token.kind == Kind::Ident && matches!(token.text, "struct" | "union" | "enum")
    })?;
    if head.iter().any(|token| token.is("=")) {
        return None;
    }
    let tag = head[at + 1..]
        .iter()
        .rev()
        .find(|token| token.kind == Kind::Ident && token.text != "__attribute__");
    Some(tag.map(|token| token.text))
}

/// `f(a, b) int a; char *b;`
fn is_old_style(tokens: &[Token]) -> bool {
    let Some(close) = tokens.iter().rposition(|token| token.is(")")) else {
        return false;
    };
    let after = &tokens[close + 1..];
    let first = tokens.first().map_or("", |token| token.text);
    after.len() >= 2
        && after[0].kind == Kind::Ident
        && after[0].first
        && (is_type_word(after[0].text) || matches!(after[0].text, "const" | "register"))
        && !matches!(first, "typedef" | "struct" | "union" | "enum" | "extern")
        && !tokens.iter().any(|token| token.is("="))
        && tokens.len() < DECLARATION_TOKENS_MAX
}

/// Where a function's name and parameters are in its head.
struct Header {
    name: usize,
    /// The name's argument, for `STRINGLIB(find)(…)`.
    inner: Option<usize>,
    /// The parenthesis that opens the parameters.
    open: usize,
}

impl Header {
    fn find(head: &[Token]) -> Option<Header> {
        if head.first()?.is_word("typedef") || head.iter().any(|token| token.is("=")) {
            return None;
        }
        let mut end = head.len();
        // Skips attributes between the parameters and the body, from the back.
        for _ in 0..16 {
            let last = head[..end].last()?;
            if last.kind == Kind::Ident {
                if matches!(last.text, "struct" | "union" | "enum")
                    || end >= 2 && matches!(head[end - 2].text, "struct" | "union" | "enum")
                {
                    return None;
                }
                end -= 1;
                continue;
            }
            if last.is(";") {
                // Old-style parameters.
                end = head[..end].iter().rposition(|token| token.is(")"))? + 1;
                continue;
            }
            if !last.is(")") {
                return None;
            }
            let open = opening(head, end - 1)?;
            let before = open.checked_sub(1)?;
            let token = &head[before];
            if token.kind == Kind::Ident {
                if matches!(
                    token.text,
                    "__attribute__"
                        | "__attribute"
                        | "Py_GCC_ATTRIBUTE"
                        | "__declspec"
                        | "Py_DEPRECATED"
                        | "_Py_ALIGNED_DEF"
                ) {
                    end = before;
                    continue;
                }
                return Some(Header {
                    name: before,
                    inner: None,
                    open,
                });
            }
            if token.is(")") {
                let outer = opening(head, before)?;
                // `void (*f(int))(int)`
                if head.get(outer + 1).is_some_and(|token| token.is("*")) {
                    let name = (outer + 2..before).find(|at| head[*at].kind == Kind::Ident)?;
                    let open = (name + 1..before).find(|at| head[*at].is("("))?;
                    return Some(Header {
                        name,
                        inner: None,
                        open,
                    });
                }
                let name = outer
                    .checked_sub(1)
                    .filter(|at| head[*at].kind == Kind::Ident);
                let inner = (outer + 1..before).find(|at| head[*at].kind == Kind::Ident)?;
                return Some(match name {
                    Some(name) => Header {
                        name,
                        inner: Some(inner),
                        open,
                    },
                    None => Header {
                        name: inner,
                        inner: None,
                        open,
                    },
                });
            }
            return None;
        }
        None
    }
}

/// The `(` of the `)` at `close`.
fn opening(tokens: &[Token], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for at in (0..=close).rev() {
        if tokens[at].is(")") {
            depth += 1;
        } else if tokens[at].is("(") {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

impl Splitter<'_> {
    fn function(&mut self, head: &[Token], header: &Header, body: &[Token], balanced: bool) {
        let mut hasher = FastHash.build_hasher();
        for token in head[header.name..].iter().chain(body) {
            hasher.write_usize(token.text.as_ptr() as usize ^ token.text.len());
            hasher.write_u32(token.pos);
        }
        if !self.seen.insert(hasher.finish()) {
            return;
        }
        let types = &*self.types;
        let name_token = head[header.name];
        let mut result = Type::UNKNOWN;
        let mut is_static = false;
        {
            let mut parser = Parser::new(&head[..header.name], types);
            // Macros that end without a semicolon may stand in front.
            while parser.peek().kind == Kind::Ident
                && parser.ahead(1).is("(")
                && !matches!(
                    parser.peek().text,
                    "__attribute__" | "__declspec" | "Py_LOCAL" | "Py_LOCAL_INLINE" | "PyAPI_FUNC"
                )
            {
                match parser.parenthesis_end(1) {
                    Some(end)
                        if parser.ahead(end).first && parser.ahead(end).kind == Kind::Ident =>
                    {
                        parser.at += end
                    }
                    _ => break,
                }
            }
            if let Ok(specifiers) = parser.specifiers() {
                result = specifiers.ty;
                if result.name == "PyMODINIT_FUNC" {
                    result = Type {
                        pointers: 1,
                        ..Type::named("PyObject")
                    };
                }
                is_static = specifiers.is_static;
                parser.stars(&mut result);
            }
        }
        let (mut name, mut shown) = (name_token.text, name_token.text);
        if let Some(inner) = header.inner {
            name = intern(&format!("{}({})", name_token.text, head[inner].text));
            shown = name;
        } else if name_token.expanded {
            shown = intern(word_at(self.text, name_token.pos));
        }
        let mut tokens = Vec::with_capacity(head.len() - header.open + body.len());
        tokens.extend_from_slice(&head[header.open + 1..]);
        let body_at = tokens.len();
        tokens.extend_from_slice(body);
        let mut parser = Parser::new(&tokens, types);
        if parser.parameters().is_err() {
            // The names may still be declared; unknown ones read as globals.
            parser.depth = 0;
        }
        let params = parser.vars.len();
        parser.at = body_at;
        let block = match parser.block() {
            Ok(block) => block,
            Err(_) => {
                parser.errors += 1;
                Stmt {
                    kind: StmtKind::Empty,
                    pos: name_token.pos,
                }
            }
        };
        let end = body.last().map_or(name_token.pos, |token| token.pos) + 1;
        self.unit.functions.push(Function {
            name,
            shown,
            pos: name_token.pos,
            end,
            result,
            is_static,
            params,
            errors: parser.errors + u32::from(!balanced),
            vars: parser.vars,
            exprs: parser.exprs,
            body: block,
            variant: self.variant,
        });
    }

    fn declaration(&mut self, tokens: &[Token]) {
        if tokens.is_empty() || tokens.len() > DECLARATION_TOKENS_MAX {
            return;
        }
        if tokens[0].is_word("typedef") {
            // The last name outside of parentheses, or the one in `(*name)`.
            let name = match tokens
                .windows(3)
                .find(|w| w[0].is("(") && w[1].is("*") && w[2].kind == Kind::Ident)
            {
                Some(found) => Some(found[2]),
                None => tokens
                    .iter()
                    .rev()
                    .find(|token| token.kind == Kind::Ident)
                    .copied(),
            };
            if let Some(name) = name {
                self.types.insert(name.text);
                let mut parser = Parser::new(tokens, self.types);
                if let Ok(specifiers) = parser.specifiers() {
                    if let Ok(declarator) = parser.declarator(specifiers.ty) {
                        if declarator.name == name.text {
                            self.unit.typedefs.insert(name.text, declarator.ty);
                        }
                    }
                }
            }
            return;
        }
        let value = tokens.iter().position(|token| token.is("="));
        self.declare(
            &tokens[..value.unwrap_or(tokens.len())],
            value.map_or(&[], |at| &tokens[at + 1..]),
        );
    }

    fn declare(&mut self, head: &[Token], value: &[Token]) {
        if head.len() > DECLARATION_TOKENS_MAX {
            return;
        }
        let mut parser = Parser::new(head, self.types);
        let Ok(specifiers) = parser.specifiers() else {
            return;
        };
        let mut found = Vec::new();
        while let Ok(declarator) = parser.declarator(specifiers.ty) {
            found.push(declarator);
            if !parser.accept(",") {
                break;
            }
        }
        for declarator in found {
            if declarator.parameters.is_some() {
                self.unit.prototypes.insert(declarator.name, declarator.ty);
                continue;
            }
            self.unit.globals.push(Global {
                name: declarator.name,
                ty: declarator.ty,
                is_static: specifiers.is_static,
                pos: declarator.pos,
                mentions: mentions(value),
            });
        }
    }

    fn global(&mut self, head: &[Token], value: &[Token]) {
        self.declare(head, value);
    }

    fn record(&mut self, tag: Option<Name>, body: &[Token]) {
        let mut record = Record::default();
        if body.len() < 20_000 {
            self.fields(body, &mut record, 0);
        }
        let name = match tag {
            Some(tag) => intern(&format!("struct {tag}")),
            None => "struct",
        };
        self.unit.records.insert(name, record);
    }

    fn fields(&self, body: &[Token], record: &mut Record, depth: u32) {
        let mut start = 0;
        let mut at = 0;
        let mut braces = 0usize;
        let mut open = 0;
        while at < body.len() {
            if body[at].is("{") {
                if braces == 0 {
                    open = at;
                }
                braces += 1;
            } else if body[at].is("}") {
                braces = braces.saturating_sub(1);
                if braces == 0 && depth < 8 {
                    // Fields of an inner record can be reached by their names, too.
                    self.fields(&body[open + 1..at], record, depth + 1);
                }
            } else if body[at].is(";") && braces == 0 {
                let mut part = &body[start..at];
                // `PyObject_HEAD` has no semicolon of its own.
                while part.len() > 1
                    && matches!(
                        part[0].text,
                        "PyObject_HEAD" | "PyObject_VAR_HEAD" | "_PyErr_StackItem_HEAD"
                    )
                {
                    part = &part[1..];
                }
                if part.len() < DECLARATION_TOKENS_MAX && !part.is_empty() {
                    let mut parser = Parser::new(part, self.types);
                    if let Ok(specifiers) = parser.specifiers() {
                        while let Ok(declarator) = parser.declarator(specifiers.ty) {
                            record.fields.push((declarator.name, declarator.ty));
                            if !parser.accept(",") {
                                break;
                            }
                        }
                    }
                }
                start = at + 1;
            }
            at += 1;
        }
    }

    /// `typedef struct tag { … } name`
    fn alias(&mut self, name: Name, tag: Name) {
        let record = if tag.is_empty() {
            "struct"
        } else {
            intern(&format!("struct {tag}"))
        };
        if tag.is_empty() {
            if let Some(found) = self.unit.records.remove("struct") {
                self.unit.records.insert(name, found);
            }
        } else {
            self.unit.typedefs.insert(name, Type::named(record));
        }
    }
}

/// The names that an initialiser mentions.
fn mentions(tokens: &[Token]) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut index = 0;
    let mut slot: Name = "";
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Punct => match token.text {
                "{" | "(" => {
                    depth += 1;
                    if token.text == "{" {
                        slot = "";
                    }
                }
                "}" | ")" => depth = depth.saturating_sub(1),
                "," if depth <= 1 => {
                    index += 1;
                    slot = "";
                }
                _ => {}
            },
            Kind::Ident => {
                let designates = at > 0 && tokens[at - 1].is(".");
                if designates
                    || token.text.starts_with("Py_tp_")
                    || token.text.starts_with("Py_mod_")
                    || token.text.starts_with("Py_nb_")
                    || token.text.starts_with("Py_sq_")
                    || token.text.starts_with("Py_mp_")
                {
                    slot = token.text;
                } else if found.len() < MENTIONS_MAX {
                    found.push(Mention {
                        name: token.text,
                        slot,
                        index,
                    });
                }
            }
            _ => {}
        }
    }
    found
}

/// The identifier that begins at `pos`.
pub fn word_at(text: &str, pos: u32) -> &str {
    let rest = text.get(pos as usize..).unwrap_or("");
    let end = rest
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80))
        .unwrap_or(rest.len());
    &rest[..end]
}

/// Object-like macros with integer values.
pub fn constants(macros: &super::macros::Macros) -> FastMap<Name, i64> {
    macros
        .names()
        .filter_map(|(name, _)| Some((name, macros.integer(name)?)))
        .collect()
}
