//! Expressions and types. Recursion is limited in depth; an error is a value that the caller's statement answers for.

use super::ast::*;
use super::intern::{FastMap, FastSet, Name, intern};
use super::lexer::{Kind, Token};
use super::numbers;

/// Nested parentheses, braces and operators beyond this are an error of the statement.
const DEPTH_MAX: u32 = 200;
/// The longest chain of operators of one expression: trees lean left, and later stages walk them recursively.
const CHAIN_MAX: usize = 1000;

/// What could not be understood. The message is for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUnderstood(pub &'static str);

pub type Parsed<T> = Result<T, NotUnderstood>;

pub struct Parser<'a> {
    pub tokens: &'a [Token],
    pub at: usize,
    pub depth: u32,
    pub types: &'a FastSet<Name>,
    pub exprs: Vec<Expr>,
    pub vars: Vec<Var>,
    /// Names in scope, innermost last.
    pub scopes: Vec<FastMap<Name, VarId>>,
    pub errors: u32,
}

impl<'a> Parser<'a> {
    pub fn new(tokens: &'a [Token], types: &'a FastSet<Name>) -> Parser<'a> {
        Parser {
            tokens,
            at: 0,
            depth: 0,
            types,
            exprs: Vec::new(),
            vars: Vec::new(),
            scopes: vec![FastMap::default()],
            errors: 0,
        }
    }

    pub fn peek(&self) -> Token {
        self.ahead(0)
    }

    pub fn ahead(&self, by: usize) -> Token {
        self.tokens.get(self.at + by).copied().unwrap_or(Token::END)
    }

    pub fn accept(&mut self, punct: &str) -> bool {
        let found = self.peek().is(punct);
        self.at += usize::from(found);
        found
    }

    pub fn accept_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_word(word);
        self.at += usize::from(found);
        found
    }

    pub fn expect(&mut self, punct: &'static str) -> Parsed<()> {
        if self.accept(punct) {
            Ok(())
        } else {
            Err(NotUnderstood(punct))
        }
    }

    /// The place of the next token, or of the last.
    pub fn pos(&self) -> u32 {
        match self.tokens.get(self.at).or(self.tokens.last()) {
            Some(token) => token.pos,
            None => 0,
        }
    }

    pub fn add(&mut self, kind: ExprKind, pos: u32) -> ExprId {
        self.exprs.push(Expr { kind, pos });
        ExprId(self.exprs.len() as u32 - 1)
    }

    pub fn lookup(&self, name: &str) -> Option<VarId> {
        self.scopes
            .iter()
            .rev()
            .find_map(|scope| scope.get(name).copied())
    }

    pub fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH_MAX {
            return Err(NotUnderstood("too deeply nested"));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// With commas.
    pub fn expression(&mut self) -> Parsed<ExprId> {
        let mut left = self.assignment()?;
        for length in 0.. {
            if !self.peek().is(",") {
                break;
            }
            if length > CHAIN_MAX {
                return Err(NotUnderstood("too long"));
            }
            let pos = self.pos();
            self.at += 1;
            let right = self.assignment()?;
            left = self.add(ExprKind::Binary(BinaryOp::Comma, left, right), pos);
        }
        Ok(left)
    }

    pub fn assignment(&mut self) -> Parsed<ExprId> {
        self.nested(|parser| {
            let left = parser.conditional()?;
            let token = parser.peek();
            let op = match token.text {
                _ if token.kind != Kind::Punct => return Ok(left),
                "=" => None,
                "+=" => Some(BinaryOp::Add),
                "-=" => Some(BinaryOp::Sub),
                "*=" => Some(BinaryOp::Mul),
                "/=" => Some(BinaryOp::Div),
                "%=" => Some(BinaryOp::Rem),
                "<<=" => Some(BinaryOp::Shl),
                ">>=" => Some(BinaryOp::Shr),
                "&=" => Some(BinaryOp::BitAnd),
                "|=" => Some(BinaryOp::BitOr),
                "^=" => Some(BinaryOp::BitXor),
                _ => return Ok(left),
            };
            let pos = parser.pos();
            parser.at += 1;
            let right = if parser.peek().is("{") {
                parser.braces()?
            } else {
                parser.assignment()?
            };
            Ok(parser.add(ExprKind::Assign(op, left, right), pos))
        })
    }

    fn conditional(&mut self) -> Parsed<ExprId> {
        let condition = self.binary(0)?;
        if !self.peek().is("?") {
            return Ok(condition);
        }
        let pos = self.pos();
        self.at += 1;
        // `a ?: b` is `a ? a : b`.
        let yes = if self.peek().is(":") {
            condition
        } else {
            self.nested(Self::expression)?
        };
        self.expect(":")?;
        let no = self.assignment()?;
        Ok(self.add(ExprKind::Conditional(condition, yes, no), pos))
    }

    fn binary(&mut self, least: u8) -> Parsed<ExprId> {
        let mut left = self.unary()?;
        for length in 0.. {
            let token = self.peek();
            if length > CHAIN_MAX {
                break;
            }
            let Some((op, precedence)) =
                binary_operator(&token).filter(|(_, precedence)| *precedence > least)
            else {
                return Ok(left);
            };
            self.at += 1;
            let right = self.nested(|parser| parser.binary(precedence))?;
            left = self.add(ExprKind::Binary(op, left, right), token.pos);
        }
        Err(NotUnderstood("too long"))
    }

    fn unary(&mut self) -> Parsed<ExprId> {
        let token = self.peek();
        if token.kind == Kind::Punct {
            let op = match token.text {
                "-" => Some(UnaryOp::Neg),
                "+" => Some(UnaryOp::Plus),
                "!" => Some(UnaryOp::Not),
                "~" => Some(UnaryOp::BitNot),
                "*" => Some(UnaryOp::Deref),
                "&" => Some(UnaryOp::AddrOf),
                "++" => Some(UnaryOp::PreInc),
                "--" => Some(UnaryOp::PreDec),
                _ => None,
            };
            if let Some(op) = op {
                self.at += 1;
                let operand = self.nested(Self::unary)?;
                return Ok(self.add(ExprKind::Unary(op, operand), token.pos));
            }
            if token.is("&&") && self.ahead(1).kind == Kind::Ident {
                // The address of a label.
                self.at += 2;
                return Ok(self.add(ExprKind::Opaque, token.pos));
            }
            if token.is("(") {
                if let Some(after) = self.cast_ahead() {
                    return self.nested(|parser| parser.cast(after));
                }
            }
        }
        if token.kind == Kind::Ident {
            match token.text {
                "sizeof" | "_Alignof" | "__alignof__" | "alignof" => {
                    self.at += 1;
                    if self.peek().is("(")
                        && self
                            .type_ahead(1)
                            .is_some_and(|after| self.ahead(after).is(")"))
                    {
                        self.at += 1;
                        let ty = self.type_name()?;
                        self.expect(")")?;
                        return Ok(self.add(ExprKind::SizeofType(ty), token.pos));
                    }
                    let operand = self.nested(Self::unary)?;
                    return Ok(self.add(ExprKind::SizeofExpr(operand), token.pos));
                }
                "__extension__" => {
                    self.at += 1;
                    return self.nested(Self::unary);
                }
                _ => {}
            }
        }
        self.postfix()
    }

    /// `(type) operand` and `(type){ … }`, from the parenthesis; `after` is the index ahead of the closing one.
    fn cast(&mut self, after: usize) -> Parsed<ExprId> {
        let pos = self.pos();
        let end = self.at + after;
        self.at += 1;
        let ty = self.type_name()?;
        if self.at != end {
            return Err(NotUnderstood("cast"));
        }
        self.at += 1;
        let operand = if self.peek().is("{") {
            let list = self.braces()?;
            self.postfix_of(list)?
        } else {
            self.unary()?
        };
        Ok(self.add(ExprKind::Cast(ty, operand), pos))
    }

    /// If a cast begins at this parenthesis: how far its `)` is.
    fn cast_ahead(&self) -> Option<usize> {
        let after = self.type_ahead(1)?;
        if !self.ahead(after).is(")") {
            return None;
        }
        let next = self.ahead(after + 1);
        let operand = match next.kind {
            Kind::Ident | Kind::Int | Kind::Float | Kind::Str | Kind::Char => true,
            Kind::Punct => matches!(
                next.text,
                "(" | "{" | "!" | "~" | "*" | "&" | "-" | "+" | "++" | "--" | "&&"
            ),
            _ => false,
        };
        if !operand {
            return None;
        }
        // `(a) - b`: only a name that is known for a type makes it a cast.
        let word = self.ahead(1);
        let alone = after == 2;
        if alone && !self.is_type_name(word.text) {
            if self.lookup(word.text).is_some() {
                return None;
            }
            return match next.kind {
                Kind::Punct if next.text == "{" => Some(after),
                Kind::Ident | Kind::Int | Kind::Float | Kind::Str | Kind::Char => Some(after),
                // `(f)(x)`; but a name in capitals calls nothing.
                _ => None,
            };
        }
        Some(after)
    }

    pub fn is_type_name(&self, name: &str) -> bool {
        if self.lookup(name).is_some() {
            return false;
        }
        is_type_word(name) || self.types.contains(name) || looks_like_type(name)
    }

    /// If a type name begins `from` tokens ahead: how many tokens ahead it ends. Says yes to any identifier.
    fn type_ahead(&self, from: usize) -> Option<usize> {
        let mut at = from;
        let mut named = false;
        let mut known = false;
        loop {
            let token = self.ahead(at);
            if token.kind != Kind::Ident {
                break;
            }
            match token.text {
                "struct" | "union" | "enum" => {
                    at += 2;
                    named = true;
                    known = true;
                    continue;
                }
                "typeof" | "__typeof__" if self.ahead(at + 1).is("(") => {
                    at = self.parenthesis_end(at + 1)?;
                    named = true;
                    known = true;
                    continue;
                }
                text if is_qualifier(text) => {
                    at += 1;
                    continue;
                }
                text if is_type_word(text) => {
                    named = true;
                    known = true;
                }
                text => {
                    if named || self.lookup(text).is_some() {
                        break;
                    }
                    named = true;
                    known = self.types.contains(text) || looks_like_type(text);
                }
            }
            at += 1;
        }
        if !named {
            return None;
        }
        let stars = at;
        while self.ahead(at).is("*") || is_qualifier(self.ahead(at).text) {
            at += 1;
        }
        // `(int (*)(void))`, `(int[2])`
        if self.ahead(at).is("(") && self.ahead(at + 1).is("*") && (known || at > stars) {
            at = self.parenthesis_end(at)?;
            if self.ahead(at).is("(") {
                at = self.parenthesis_end(at)?;
            }
        } else if self.ahead(at).is("(") && known && self.ahead(at + 1).kind == Kind::Ident {
            // `(int (STDCALL *)(void))`
            at = self.parenthesis_end(at)?;
            if !self.ahead(at).is("(") {
                return None;
            }
            at = self.parenthesis_end(at)?;
        }
        while known && self.ahead(at).is("[") {
            while !self.ahead(at).is("]") && self.ahead(at).kind != Kind::End {
                at += 1;
            }
            at += 1;
        }
        Some(at)
    }

    /// The number of tokens ahead just after the parenthesis that opens `from` tokens ahead.
    pub fn parenthesis_end(&self, from: usize) -> Option<usize> {
        let mut depth = 0usize;
        let mut at = from;
        loop {
            let token = self.ahead(at);
            match token.kind {
                Kind::End => return None,
                Kind::Punct if token.text == "(" => depth += 1,
                Kind::Punct if token.text == ")" => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
            at += 1;
            if at - from > 4096 {
                return None;
            }
        }
    }

    /// A type without a name, as in a cast.
    pub fn type_name(&mut self) -> Parsed<Type> {
        let mut ty = self.specifiers()?.ty;
        self.abstract_declarator(&mut ty)?;
        Ok(ty)
    }

    fn abstract_declarator(&mut self, ty: &mut Type) -> Parsed<()> {
        self.stars(ty);
        if self.peek().is("(") {
            // A pointer to a function, or to an array.
            let end = self.parenthesis_end(0).ok_or(NotUnderstood("type"))?;
            self.at += end;
            ty.pointers = ty.pointers.max(1);
            ty.is_function = true;
            if self.peek().is("(") {
                let end = self.parenthesis_end(0).ok_or(NotUnderstood("type"))?;
                self.at += end;
            }
        }
        while self.accept("[") {
            ty.arrays = ty.arrays.saturating_add(1);
            while !self.accept("]") {
                if self.peek().kind == Kind::End {
                    return Err(NotUnderstood("type"));
                }
                self.at += 1;
            }
        }
        Ok(())
    }

    pub fn stars(&mut self, ty: &mut Type) {
        loop {
            if self.accept("*") {
                ty.pointers = ty.pointers.saturating_add(1);
            } else if self.peek().kind == Kind::Ident
                && (is_qualifier(self.peek().text) || is_calling_convention(self.peek().text))
            {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn postfix(&mut self) -> Parsed<ExprId> {
        let primary = self.primary()?;
        self.postfix_of(primary)
    }

    fn postfix_of(&mut self, mut left: ExprId) -> Parsed<ExprId> {
        for _ in 0..CHAIN_MAX {
            let token = self.peek();
            if token.kind != Kind::Punct {
                return Ok(left);
            }
            match token.text {
                "(" => {
                    self.at += 1;
                    let arguments = self.nested(Self::arguments)?;
                    let pos = self.exprs[left.0 as usize].pos;
                    left = self.add(ExprKind::Call(left, arguments), pos);
                }
                "[" => {
                    self.at += 1;
                    let index = self.nested(Self::expression)?;
                    self.expect("]")?;
                    left = self.add(ExprKind::Index(left, index), token.pos);
                }
                "." | "->" => {
                    self.at += 1;
                    let name = self.peek();
                    if name.kind != Kind::Ident {
                        return Err(NotUnderstood("field"));
                    }
                    self.at += 1;
                    left = self.add(
                        ExprKind::Member(left, name.text, token.text == "->"),
                        name.pos,
                    );
                }
                "++" | "--" => {
                    self.at += 1;
                    let op = if token.text == "++" {
                        UnaryOp::PostInc
                    } else {
                        UnaryOp::PostDec
                    };
                    left = self.add(ExprKind::Unary(op, left), token.pos);
                }
                _ => return Ok(left),
            }
        }
        Err(NotUnderstood("too long"))
    }

    fn arguments(&mut self) -> Parsed<Vec<ExprId>> {
        let mut arguments = Vec::new();
        if self.accept(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.argument()?);
            if self.accept(")") {
                return Ok(arguments);
            }
            self.expect(",")?;
        }
    }

    /// An expression, or what only a macro takes: a type, an operator, nothing.
    fn argument(&mut self) -> Parsed<ExprId> {
        let pos = self.pos();
        let token = self.peek();
        if token.is(",") || token.is(")") {
            return Ok(self.add(ExprKind::Opaque, pos));
        }
        if token.is("{") {
            return self.braces();
        }
        if let Some(after) = self.type_ahead(0) {
            let next = self.ahead(after);
            let plain_name = after == 1 && !is_type_word(token.text);
            if (next.is(",") || next.is(")")) && !plain_name {
                self.at += after;
                return Ok(self.add(ExprKind::Opaque, pos));
            }
        }
        if token.kind == Kind::Punct && (self.ahead(1).is(",") || self.ahead(1).is(")")) {
            // `CMP(<, a, b)`
            self.at += 1;
            return Ok(self.add(ExprKind::Opaque, pos));
        }
        self.assignment()
    }

    fn primary(&mut self) -> Parsed<ExprId> {
        let token = self.peek();
        self.at += 1;
        let kind = match token.kind {
            Kind::Ident => match self.lookup(token.text) {
                Some(var) => ExprKind::Var(var),
                None if is_keyword(token.text) => {
                    self.at -= 1;
                    return Err(NotUnderstood("keyword in expression"));
                }
                None if self.peek().kind == Kind::Str => {
                    // `"%" PRIu64 "x"`, `T("text")` without parentheses
                    return self.strings(token);
                }
                None => ExprKind::Global(token.text),
            },
            Kind::Int => match numbers::integer(token.text) {
                Some(value) => ExprKind::Int(value),
                None => ExprKind::Opaque,
            },
            Kind::Char => match numbers::character(token.text) {
                Some(value) => ExprKind::Int(value),
                None => ExprKind::Opaque,
            },
            Kind::Float => ExprKind::Float(
                token
                    .text
                    .trim_end_matches(['f', 'F', 'l', 'L'])
                    .parse()
                    .unwrap_or(f64::NAN),
            ),
            Kind::Str => return self.strings(token),
            Kind::Punct if token.text == "(" => {
                if self.peek().is("{") {
                    let body = self.nested(Self::block)?;
                    self.expect(")")?;
                    return Ok(self.add(ExprKind::Statements(Box::new(body)), token.pos));
                }
                let inner = self.nested(Self::expression)?;
                self.expect(")")?;
                return Ok(inner);
            }
            _ => {
                self.at -= 1;
                return Err(NotUnderstood("expression"));
            }
        };
        Ok(self.add(kind, token.pos))
    }

    /// Adjacent literals, with the macros between them (`PRIu64`), of which the first is read already.
    fn strings(&mut self, first: Token) -> Parsed<ExprId> {
        let mut text = String::new();
        let mut token = first;
        loop {
            match token.kind {
                Kind::Str => text.push_str(
                    token
                        .text
                        .trim_start_matches('"')
                        .strip_suffix('"')
                        .unwrap_or(""),
                ),
                // Length modifiers of formats: the letter is what matters.
                _ => text.push_str(format_macro(token.text)),
            }
            let next = self.peek();
            let joins = next.kind == Kind::Str
                || next.kind == Kind::Ident
                    && !is_keyword(next.text)
                    && self.lookup(next.text).is_none()
                    && (matches!(self.ahead(1).kind, Kind::Str | Kind::Ident)
                        || matches!(self.ahead(1).text, ")" | "," | "(" | ";"));
            if !joins {
                break;
            }
            token = next;
            self.at += 1;
            if next.kind == Kind::Ident && self.peek().is("(") {
                // `Py_STRINGIFY(…)`
                self.at += self.parenthesis_end(0).ok_or(NotUnderstood("literal"))?;
            }
        }
        Ok(self.add(ExprKind::Str(intern(&text)), first.pos))
    }

    /// An initialiser in braces.
    pub fn braces(&mut self) -> Parsed<ExprId> {
        let pos = self.pos();
        self.expect("{")?;
        self.nested(|parser| {
            let mut items = Vec::new();
            while !parser.accept("}") {
                let mut designator = None;
                loop {
                    if parser.peek().is(".") && parser.ahead(1).kind == Kind::Ident {
                        designator = Some(parser.ahead(1).text);
                        parser.at += 2;
                    } else if parser.peek().is("[") {
                        parser.at += 1;
                        parser.conditional()?;
                        if parser.accept("...") {
                            parser.conditional()?;
                        }
                        parser.expect("]")?;
                    } else {
                        break;
                    }
                }
                parser.accept("=");
                let value = if parser.peek().is("{") {
                    parser.braces()?
                } else {
                    parser.argument()?
                };
                items.push((designator, value));
                if !parser.accept(",") {
                    parser.expect("}")?;
                    break;
                }
            }
            Ok(parser.add(ExprKind::List(items), pos))
        })
    }
}

fn format_macro(name: &str) -> &'static str {
    match name {
        "PRIu64" | "PRId64" | "PRIx64" | "PRIX64" => "ll",
        _ => "",
    }
}

fn binary_operator(token: &Token) -> Option<(BinaryOp, u8)> {
    use BinaryOp::*;
    if token.kind != Kind::Punct {
        return None;
    }
    Some(match token.text {
        "||" => (Or, 1),
        "&&" => (And, 2),
        "|" => (BitOr, 3),
        "^" => (BitXor, 4),
        "&" => (BitAnd, 5),
        "==" => (Eq, 6),
        "!=" => (Ne, 6),
        "<" => (Lt, 7),
        ">" => (Gt, 7),
        "<=" => (Le, 7),
        ">=" => (Ge, 7),
        "<<" => (Shl, 8),
        ">>" => (Shr, 8),
        "+" => (Add, 9),
        "-" => (Sub, 9),
        "*" => (Mul, 10),
        "/" => (Div, 10),
        "%" => (Rem, 10),
        _ => return None,
    })
}

pub fn is_qualifier(word: &str) -> bool {
    matches!(
        word,
        "const"
            | "volatile"
            | "restrict"
            | "__restrict"
            | "__restrict__"
            | "register"
            | "_Atomic"
            | "__const"
            | "__volatile__"
            | "Py_UNUSED"
    ) && word != "Py_UNUSED"
}

pub fn is_calling_convention(word: &str) -> bool {
    matches!(
        word,
        "__cdecl"
            | "__stdcall"
            | "WINAPI"
            | "CALLBACK"
            | "__fastcall"
            | "APIENTRY"
            | "STDMETHODCALLTYPE"
            | "XMLCALL"
            | "PASCAL"
            | "FAR"
            | "_Py_HOT_FUNCTION"
    )
}

/// Words that only occur in types.
pub fn is_type_word(word: &str) -> bool {
    matches!(
        word,
        "void"
            | "char"
            | "short"
            | "int"
            | "long"
            | "float"
            | "double"
            | "signed"
            | "unsigned"
            | "_Bool"
            | "bool"
            | "struct"
            | "union"
            | "enum"
            | "__int64"
            | "__int128"
            | "_Complex"
            | "__signed__"
            | "__int128_t"
            | "__uint128_t"
    )
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "else"
            | "while"
            | "do"
            | "for"
            | "switch"
            | "case"
            | "default"
            | "break"
            | "continue"
            | "return"
            | "goto"
            | "typedef"
            | "extern"
            | "static"
            | "const"
            | "volatile"
            | "inline"
            | "auto"
    ) || is_type_word(word)
}

/// Types by how they are named; only consulted where both readings are possible.
pub fn looks_like_type(word: &str) -> bool {
    word.ends_with("_t")
        || word.ends_with("Object")
        || matches!(
            word,
            "Py_UCS4"
                | "Py_UCS2"
                | "Py_UCS1"
                | "Py_UNICODE"
                | "digit"
                | "sdigit"
                | "twodigits"
                | "stwodigits"
                | "FILE"
                | "PyCFunction"
                | "destructor"
                | "Py_buffer"
                | "DWORD"
                | "HANDLE"
                | "BOOL"
                | "LPVOID"
                | "LPWSTR"
                | "LPCWSTR"
                | "LPSTR"
                | "PVOID"
                | "UINT"
                | "ULONG"
                | "LONG"
                | "WORD"
                | "BYTE"
                | "HRESULT"
                | "uchar"
                | "uint"
                | "ulong"
                | "ushort"
                | "visitproc"
                | "traverseproc"
                | "inquiry"
                | "reprfunc"
                | "getter"
                | "setter"
                | "newfunc"
                | "initproc"
                | "hashfunc"
                | "richcmpfunc"
                | "getiterfunc"
                | "iternextfunc"
                | "binaryfunc"
                | "unaryfunc"
                | "ternaryfunc"
                | "lenfunc"
                | "ssizeargfunc"
                | "PyCFunctionWithKeywords"
                | "_PyCFunctionFast"
                | "_PyCFunctionFastWithKeywords"
                | "getattrofunc"
                | "setattrofunc"
                | "allocfunc"
                | "freefunc"
        )
}
