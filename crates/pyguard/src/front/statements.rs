//! Statements and declarations in bodies. An error loses one statement: parsing goes on after the next `;` or `}` of the same depth.

use super::ast::*;
use super::intern::{FastMap, Name};
use super::lexer::Kind;
use super::parser::{
    NotUnderstood, Parsed, Parser, is_calling_convention, is_qualifier, is_type_word,
};

/// What precedes a declarator.
#[derive(Clone, Copy, Debug)]
pub struct Specifiers {
    pub ty: Type,
    pub is_static: bool,
    pub is_typedef: bool,
    pub is_extern: bool,
}

/// A declared name.
#[derive(Clone, Copy, Debug)]
pub struct Declarator {
    pub name: Name,
    pub pos: u32,
    pub ty: Type,
    /// It declares a function: where its parameters begin, just after the parenthesis.
    pub parameters: Option<usize>,
}

impl Parser<'_> {
    /// `{ … }`, with the braces.
    pub fn block(&mut self) -> Parsed<Stmt> {
        let pos = self.pos();
        self.expect("{")?;
        self.scopes.push(FastMap::default());
        let mut body = Vec::new();
        loop {
            if self.accept("}") {
                break;
            }
            if self.peek().kind == Kind::End {
                self.errors += 1;
                break;
            }
            self.statement_or_skip(&mut body);
        }
        self.scopes.pop();
        Ok(Stmt {
            kind: StmtKind::Block(body),
            pos,
        })
    }

    fn statement_or_skip(&mut self, body: &mut Vec<Stmt>) {
        let start = self.at;
        let depth = self.depth;
        let scopes = self.scopes.len();
        match self.nested(Self::statement) {
            Ok(statement) => body.push(statement),
            Err(_) => {
                self.errors += 1;
                self.depth = depth;
                self.scopes.truncate(scopes);
                self.at = self.at.max(start);
                self.skip();
                // Always forward, or a stray token would be met for ever.
                if self.at == start && !self.peek().is("}") {
                    self.at += 1;
                }
            }
        }
    }

    /// To the end of the statement.
    fn skip(&mut self) {
        let mut depth = 0usize;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::End => return,
                Kind::Punct => match token.text {
                    "{" => depth += 1,
                    "}" if depth == 0 => return,
                    "}" => {
                        depth -= 1;
                        if depth == 0 {
                            self.at += 1;
                            return;
                        }
                    }
                    ";" if depth == 0 => {
                        self.at += 1;
                        return;
                    }
                    _ => {}
                },
                _ => {}
            }
            self.at += 1;
        }
    }

    fn boxed(&mut self) -> Parsed<Box<Stmt>> {
        self.nested(Self::statement).map(Box::new)
    }

    fn condition(&mut self) -> Parsed<ExprId> {
        self.expect("(")?;
        let condition = self.expression()?;
        self.expect(")")?;
        Ok(condition)
    }

    fn statement(&mut self) -> Parsed<Stmt> {
        let token = self.peek();
        let pos = token.pos;
        let kind = match token.kind {
            Kind::Punct if token.text == "{" => return self.block(),
            Kind::Punct if token.text == ";" => {
                self.at += 1;
                StmtKind::Empty
            }
            Kind::Ident => {
                self.at += 1;
                match token.text {
                    "if" => {
                        let condition = self.condition()?;
                        let yes = self.boxed()?;
                        let no = if self.accept_word("else") {
                            Some(self.boxed()?)
                        } else {
                            None
                        };
                        StmtKind::If(condition, yes, no)
                    }
                    "while" => {
                        let condition = self.condition()?;
                        StmtKind::While(condition, self.boxed()?)
                    }
                    "do" => {
                        let body = self.boxed()?;
                        if !self.accept_word("while") {
                            return Err(NotUnderstood("do without while"));
                        }
                        let condition = self.condition()?;
                        // A macro's `do … while (0)` may lack it at its use.
                        self.accept(";");
                        StmtKind::DoWhile(body, condition)
                    }
                    "for" => return self.for_loop(pos),
                    "switch" => {
                        let on = self.condition()?;
                        StmtKind::Switch(on, self.boxed()?)
                    }
                    "case" => {
                        let value = self.nested(|parser| {
                            let value = parser.case_value()?;
                            if parser.accept("...") {
                                parser.case_value()?;
                            }
                            Ok(value)
                        })?;
                        self.expect(":")?;
                        StmtKind::Case(value)
                    }
                    "default" if self.peek().is(":") => {
                        self.at += 1;
                        StmtKind::Default
                    }
                    "break" => {
                        self.accept(";");
                        StmtKind::Break
                    }
                    "continue" => {
                        self.accept(";");
                        StmtKind::Continue
                    }
                    "goto" => {
                        if self.accept("*") {
                            let to = self.expression()?;
                            self.expect(";")?;
                            StmtKind::GotoComputed(to)
                        } else {
                            let label = self.peek();
                            if label.kind != Kind::Ident {
                                return Err(NotUnderstood("goto"));
                            }
                            self.at += 1;
                            self.accept(";");
                            StmtKind::Goto(label.text)
                        }
                    }
                    "return" => {
                        let value = if self.peek().is(";") {
                            None
                        } else if self.peek().is("{") {
                            Some(self.braces()?)
                        } else {
                            Some(self.expression()?)
                        };
                        if !self.accept(";") && !self.peek().is("}") && !self.peek().expanded {
                            return Err(NotUnderstood("return"));
                        }
                        StmtKind::Return(value)
                    }
                    "asm" | "__asm__" | "__asm" => {
                        while matches!(self.peek().text, "volatile" | "__volatile__" | "goto") {
                            self.at += 1;
                        }
                        if let Some(end) = self.parenthesis_end(0) {
                            self.at += end;
                        }
                        self.accept(";");
                        StmtKind::Empty
                    }
                    "__try" | "__except" | "__finally" => {
                        if self.peek().is("(") {
                            let end = self.parenthesis_end(0).ok_or(NotUnderstood("__except"))?;
                            self.at += end;
                        }
                        return self.block();
                    }
                    "_Static_assert" | "static_assert" => {
                        self.skip();
                        StmtKind::Empty
                    }
                    "typedef" => {
                        self.skip();
                        StmtKind::Empty
                    }
                    _ if self.peek().is(":") && !self.ahead(1).is(":") => {
                        self.at += 1;
                        while self.peek().is_word("__attribute__")
                            || self.peek().is_word("Py_UNUSED")
                        {
                            self.at += 1;
                            if let Some(end) = self.parenthesis_end(0) {
                                self.at += end;
                            }
                            self.accept(";");
                        }
                        StmtKind::Label(token.text)
                    }
                    _ => {
                        self.at -= 1;
                        return self.declaration_or_expression();
                    }
                }
            }
            _ => return self.declaration_or_expression(),
        };
        Ok(Stmt { kind, pos })
    }

    fn case_value(&mut self) -> Parsed<ExprId> {
        // A conditional would swallow the colon; in parentheses it may stand.
        self.assignment()
    }

    fn for_loop(&mut self, pos: u32) -> Parsed<Stmt> {
        self.expect("(")?;
        self.scopes.push(FastMap::default());
        let first = if self.accept(";") {
            None
        } else {
            Some(Box::new(self.declaration_or_expression()?))
        };
        let condition = if self.peek().is(";") {
            None
        } else {
            Some(self.expression()?)
        };
        self.expect(";")?;
        let step = if self.peek().is(")") {
            None
        } else {
            Some(self.expression()?)
        };
        self.expect(")")?;
        let body = self.boxed()?;
        self.scopes.pop();
        Ok(Stmt {
            kind: StmtKind::For(first, condition, step, body),
            pos,
        })
    }

    fn declaration_or_expression(&mut self) -> Parsed<Stmt> {
        let pos = self.pos();
        if self.is_marker() {
            let name = self.peek().text;
            self.at += 1;
            self.accept(";");
            return Ok(Stmt {
                kind: StmtKind::Marker(name),
                pos,
            });
        }
        if self.declaration_ahead() {
            return self.declaration();
        }
        let value = self.expression()?;
        if !self.accept(";") {
            // `MACRO(x)` may end a statement by itself.
            let is_macro = matches!(
                self.exprs[value.0 as usize].kind,
                ExprKind::Call(..) | ExprKind::Global(_)
            );
            let next = self.peek();
            if !(is_macro && (next.first || next.is("}") || next.expanded || next.is("{")))
                && !next.is("}")
            {
                return Err(NotUnderstood("expression without end"));
            }
        }
        Ok(Stmt {
            kind: StmtKind::Expr(value),
            pos,
        })
    }

    /// A name alone on its line, without an end: a macro that is a statement.
    fn is_marker(&self) -> bool {
        let (token, next) = (self.peek(), self.ahead(1));
        if token.kind != Kind::Ident
            || self.lookup(token.text).is_some()
            || is_type_word(token.text)
            || is_qualifier(token.text)
        {
            return false;
        }
        let known = token.text.starts_with("Py_BEGIN_")
            || token.text.starts_with("Py_END_")
            || token.text.starts_with("_Py_BEGIN_")
            || token.text.starts_with("_Py_END_")
            || token.text.starts_with("Py_RETURN_")
            || matches!(
                token.text,
                "Py_UNBLOCK_THREADS"
                    | "Py_BLOCK_THREADS"
                    | "Py_ALLOW_RECURSION"
                    | "PySSL_BEGIN_ALLOW_THREADS"
                    | "PySSL_END_ALLOW_THREADS"
            );
        if known && (!next.is("(") || next.first) {
            return true;
        }
        let capitals = token
            .text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
            && token.text.bytes().any(|byte| byte == b'_');
        if next.is(";") {
            return capitals;
        }
        capitals
            && next.first
            && matches!(next.kind, Kind::Ident | Kind::Punct)
            && (next.kind == Kind::Ident || matches!(next.text, "}" | "{"))
    }

    fn declaration_ahead(&self) -> bool {
        let token = self.peek();
        if token.kind != Kind::Ident {
            return false;
        }
        if is_type_word(token.text) || is_qualifier(token.text) || is_storage(token.text) {
            return true;
        }
        if self.lookup(token.text).is_some() {
            return false;
        }
        let next = self.ahead(1);
        match next.kind {
            Kind::Ident => !matches!(
                next.text,
                "if" | "else"
                    | "while"
                    | "do"
                    | "for"
                    | "switch"
                    | "return"
                    | "goto"
                    | "break"
                    | "continue"
                    | "case"
            ),
            Kind::Punct if next.text == "*" => {
                // `T *x;`: a product as a statement has no sense.
                let mut at = 1;
                while self.ahead(at).is("*") || is_qualifier(self.ahead(at).text) {
                    at += 1;
                }
                let name = self.ahead(at);
                let after = self.ahead(at + 1);
                name.kind == Kind::Ident
                    && (after.is("=")
                        || after.is(";")
                        || after.is(",")
                        || after.is("[")
                        || after.is(")")
                        || name.text == "Py_UNUSED"
                        || after.is("(") && self.is_type_name(token.text))
                    || name.is("(") && self.is_type_name(token.text)
            }
            Kind::Punct if next.text == "(" => {
                self.ahead(2).is("*") && self.is_type_name(token.text)
            }
            _ => false,
        }
    }

    fn declaration(&mut self) -> Parsed<Stmt> {
        let pos = self.pos();
        let specifiers = self.specifiers()?;
        let mut declared = Vec::new();
        if self.accept(";") {
            return Ok(Stmt {
                kind: StmtKind::Empty,
                pos,
            });
        }
        loop {
            let declarator = self.declarator(specifiers.ty)?;
            self.attributes();
            if declarator.parameters.is_some() || specifiers.is_extern || specifiers.is_typedef {
                // A prototype; `T x(…)` with arguments is C++.
                if self.accept("=") {
                    self.assignment()?;
                }
            } else {
                let var = self.declare(Var {
                    name: declarator.name,
                    ty: declarator.ty,
                    pos: declarator.pos,
                    is_param: false,
                    is_static: specifiers.is_static,
                });
                let value = if self.accept("=") {
                    Some(if self.peek().is("{") {
                        self.braces()?
                    } else {
                        self.assignment()?
                    })
                } else {
                    None
                };
                declared.push((var, value));
            }
            if self.accept(";") {
                break;
            }
            if self.peek().is("{") || self.peek().is("}") {
                return Err(NotUnderstood("declaration"));
            }
            if !self.accept(",") {
                if self.peek().first && !declared.is_empty() {
                    // An attribute macro instead of an end.
                    break;
                }
                return Err(NotUnderstood("declaration without end"));
            }
        }
        Ok(Stmt {
            kind: StmtKind::Decl(declared),
            pos,
        })
    }

    pub fn declare(&mut self, var: Var) -> VarId {
        let id = VarId(self.vars.len() as u32);
        self.vars.push(var);
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(var.name, id);
        }
        id
    }

    /// `__attribute__((…))` and its like.
    pub fn attributes(&mut self) {
        loop {
            let token = self.peek();
            let attribute = token.kind == Kind::Ident
                && (matches!(
                    token.text,
                    "__attribute__"
                        | "__attribute"
                        | "__declspec"
                        | "asm"
                        | "__asm__"
                        | "_Alignas"
                        | "Py_GCC_ATTRIBUTE"
                        | "Py_ALIGNED"
                        | "_Py_ALIGN_AS"
                ) || token.text.starts_with("Py_DEPRECATED"));
            if !attribute {
                if token.kind == Kind::Ident
                    && matches!(
                        token.text,
                        "_Py_NO_RETURN" | "Py_UNUSED_ATTR" | "_Py_NO_SANITIZE_MEMORY" | "UNUSED"
                    )
                    && !self.ahead(1).is("(")
                {
                    self.at += 1;
                    continue;
                }
                return;
            }
            self.at += 1;
            match self.parenthesis_end(0) {
                Some(end) if self.peek().is("(") => self.at += end,
                _ => return,
            }
        }
    }

    /// The words in front of a declarator.
    pub fn specifiers(&mut self) -> Parsed<Specifiers> {
        let mut ty = Type::UNKNOWN;
        let mut result = Specifiers {
            ty,
            is_static: false,
            is_typedef: false,
            is_extern: false,
        };
        let (mut unsigned, mut longs, mut basic, mut signed, mut short) =
            (false, 0u8, "", false, false);
        loop {
            self.attributes();
            let token = self.peek();
            if token.kind != Kind::Ident {
                break;
            }
            match token.text {
                "const" => ty.is_const = true,
                "static" => result.is_static = true,
                "typedef" => result.is_typedef = true,
                "extern" => result.is_extern = true,
                text if is_qualifier(text) || is_storage(text) || is_calling_convention(text) => {}
                "unsigned" => unsigned = true,
                "signed" | "__signed__" => signed = true,
                "long" => longs += 1,
                "short" => short = true,
                "typeof" | "__typeof__" => {
                    self.at += 1;
                    let end = self.parenthesis_end(0).ok_or(NotUnderstood("typeof"))?;
                    self.at += end;
                    basic = "typeof";
                    continue;
                }
                "struct" | "union" | "enum" => {
                    self.at += 1;
                    self.attributes();
                    let tag = self.peek();
                    let mut name = "struct";
                    if tag.kind == Kind::Ident {
                        self.at += 1;
                        name = if token.text == "enum" {
                            "int"
                        } else {
                            super::intern::intern(&format!("struct {}", tag.text))
                        };
                    }
                    basic = name;
                    if self.peek().is("{") {
                        self.skip_braces()?;
                    }
                    continue;
                }
                text if is_type_word(text) => basic = text,
                text => {
                    if !basic.is_empty() || unsigned || longs > 0 || signed || short {
                        // `ATTRIBUTE type name`: while another name follows, this one is not the declarator.
                        let next = self.ahead(1);
                        let more = next.kind == Kind::Ident
                            && !is_qualifier(next.text)
                            && !matches!(next.text, "__attribute__" | "__asm__" | "asm")
                            || next.is("*")
                                && self.ahead(2).kind == Kind::Ident
                                && is_macro_word(basic);
                        if more
                            && (is_macro_word(basic) || self.is_type_name(text))
                            && self.lookup(text).is_none()
                        {
                            basic = text;
                            self.at += 1;
                            continue;
                        }
                        break;
                    }
                    let next = self.ahead(1);
                    if (text == "Py_LOCAL"
                        || text == "Py_LOCAL_INLINE"
                        || text == "PyAPI_FUNC"
                        || text == "PyAPI_DATA"
                        || text.ends_with("_API")
                        || text == "PyMODINIT_FUNC_OF"
                        || text == "JEMALLOC_EXPORT"
                        || text == "EXPORT"
                        || text == "HIDDEN"
                        || text == "_Py_EXPORTED")
                        && next.is("(")
                    {
                        // `PyAPI_FUNC(type)`
                        self.at += 2;
                        ty = self.type_name()?;
                        self.expect(")")?;
                        basic = ty.name;
                        result.is_static |= text.starts_with("Py_LOCAL");
                        continue;
                    }
                    basic = text;
                }
            }
            self.at += 1;
        }
        ty.name = match (unsigned, longs, short, basic) {
            (false, 0, false, "") if signed => "int",
            (false, 0, false, "") => return Err(NotUnderstood("type")),
            (false, 0, true, _) => "short",
            (true, 0, true, _) => "unsigned short",
            (true, 0, false, "char") => "unsigned char",
            (false, 0, false, "char") if signed => "signed char",
            (true, 0, false, "" | "int") => "unsigned int",
            (true, 0, false, other) => super::intern::intern(&format!("unsigned {other}")),
            (false, 1, _, "double") => "long double",
            (false, 1, ..) => "long",
            (true, 1, ..) => "unsigned long",
            (false, 2.., ..) => "long long",
            (true, 2.., ..) => "unsigned long long",
            (_, _, _, other) => other,
        };
        result.ty = ty;
        Ok(result)
    }

    fn skip_braces(&mut self) -> Parsed<()> {
        let mut depth = 0usize;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::End => return Err(NotUnderstood("braces")),
                Kind::Punct if token.text == "{" => depth += 1,
                Kind::Punct if token.text == "}" => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return Ok(());
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// `*name[3]`, `(*name)(…)`, `name(…)`, `name : 3`.
    pub fn declarator(&mut self, base: Type) -> Parsed<Declarator> {
        let mut ty = base;
        self.stars(&mut ty);
        self.attributes();
        self.stars(&mut ty);
        let mut parameters = None;
        let (name, pos);
        if self.peek().is("(") {
            // A pointer to a function or an array; or a name in parentheses.
            self.at += 1;
            let inner = self.nested(|parser| parser.declarator(Type::named(base.name)))?;
            self.expect(")")?;
            name = inner.name;
            pos = inner.pos;
            if inner.ty.pointers > 0 {
                ty.pointers = ty.pointers.saturating_add(inner.ty.pointers);
                ty.arrays = inner.ty.arrays;
                ty.length = inner.ty.length;
                if self.peek().is("(") {
                    ty.is_function = true;
                    ty.pointers = inner.ty.pointers;
                    let end = self.parenthesis_end(0).ok_or(NotUnderstood("parameters"))?;
                    self.at += end;
                } else {
                    while self.peek().is("[") {
                        self.array(&mut ty)?;
                    }
                }
                if inner.parameters.is_some() {
                    parameters = inner.parameters;
                }
                return Ok(Declarator {
                    name,
                    pos,
                    ty,
                    parameters,
                });
            }
        } else {
            let token = self.peek();
            if token.kind != Kind::Ident {
                // `int : 0` pads a record.
                if token.is(":") {
                    self.at += 1;
                    self.assignment()?;
                    return Ok(Declarator {
                        name: "",
                        pos: token.pos,
                        ty,
                        parameters,
                    });
                }
                return Err(NotUnderstood("declarator"));
            }
            name = token.text;
            pos = token.pos;
            self.at += 1;
        }
        if self.peek().is("(") {
            if name == "Py_UNUSED" && self.ahead(1).kind == Kind::Ident {
                let inner = self.ahead(1).text;
                let end = self.parenthesis_end(0).ok_or(NotUnderstood("parameters"))?;
                self.at += end;
                return Ok(Declarator {
                    name: inner,
                    pos,
                    ty,
                    parameters,
                });
            }
            parameters = Some(self.at + 1);
            let end = self.parenthesis_end(0).ok_or(NotUnderstood("parameters"))?;
            self.at += end;
        }
        while self.peek().is("[") {
            self.array(&mut ty)?;
        }
        if self.accept(":") {
            self.assignment()?;
        }
        Ok(Declarator {
            name,
            pos,
            ty,
            parameters,
        })
    }

    fn array(&mut self, ty: &mut Type) -> Parsed<()> {
        self.expect("[")?;
        let mut length = None;
        if !self.peek().is("]") {
            while is_qualifier(self.peek().text) || self.peek().is_word("static") {
                self.at += 1;
            }
            if !self.peek().is("]") {
                let value = self.nested(Self::assignment)?;
                length = constant(&self.exprs, value);
            }
        }
        self.expect("]")?;
        if ty.arrays == 0 {
            ty.length = length;
        }
        ty.arrays = ty.arrays.saturating_add(1);
        Ok(())
    }

    /// The parameters of a function, up to its `)`.
    pub fn parameters(&mut self) -> Parsed<()> {
        if self.accept(")") {
            return Ok(());
        }
        if self.peek().is_word("void") && self.ahead(1).is(")") {
            self.at += 2;
            return Ok(());
        }
        loop {
            if self.accept("...") {
                self.expect(")")?;
                return Ok(());
            }
            let specifiers = self.specifiers()?;
            let mut ty = specifiers.ty;
            let unnamed = self.peek().is(",") || self.peek().is(")");
            let mut var = Var {
                name: "",
                ty,
                pos: self.pos(),
                is_param: true,
                is_static: false,
            };
            if !unnamed {
                let start = self.at;
                match self.declarator(ty) {
                    Ok(declarator) => {
                        var.name = declarator.name;
                        var.pos = declarator.pos;
                        var.ty = declarator.ty;
                        if declarator.parameters.is_some() {
                            var.ty.is_function = true;
                            var.ty.pointers = 1;
                        }
                    }
                    Err(_) => {
                        self.at = start;
                        self.stars(&mut ty);
                        while self.accept("[") {
                            ty.pointers = ty.pointers.saturating_add(1);
                            while !self.accept("]") && self.peek().kind != Kind::End {
                                self.at += 1;
                            }
                        }
                        if self.peek().is("(") {
                            let end = self.parenthesis_end(0).ok_or(NotUnderstood("parameters"))?;
                            self.at += end;
                            ty.is_function = true;
                            if self.peek().is("(") {
                                let end =
                                    self.parenthesis_end(0).ok_or(NotUnderstood("parameters"))?;
                                self.at += end;
                            }
                        }
                        var.ty = ty;
                    }
                }
            }
            if var.ty.arrays > 0 {
                // A parameter of array type is a pointer.
                var.ty.arrays -= 1;
                var.ty.pointers = var.ty.pointers.saturating_add(1);
                var.ty.length = None;
            }
            self.attributes();
            self.declare(var);
            if self.accept(")") {
                return Ok(());
            }
            self.expect(",")?;
        }
    }
}

pub fn is_storage(word: &str) -> bool {
    matches!(
        word,
        "static"
            | "extern"
            | "inline"
            | "__inline"
            | "__inline__"
            | "auto"
            | "_Thread_local"
            | "__thread"
            | "typedef"
            | "Py_ALWAYS_INLINE"
            | "Py_NO_INLINE"
            | "_Noreturn"
            | "__forceinline"
            | "thread_local"
            | "Py_LOCAL_SYMBOL"
            | "constexpr"
    )
}

fn is_macro_word(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
}

/// The value of a constant expression.
pub fn constant(exprs: &[Expr], id: ExprId) -> Option<u64> {
    constant_within(exprs, id, 40)
}

fn constant_within(exprs: &[Expr], id: ExprId, depth: u32) -> Option<u64> {
    let depth = depth.checked_sub(1)?;
    match &exprs.get(id.0 as usize)?.kind {
        ExprKind::Int(value) => Some(*value),
        ExprKind::Cast(_, inner) => constant_within(exprs, *inner, depth),
        ExprKind::Unary(UnaryOp::Neg, inner) => {
            Some(constant_within(exprs, *inner, depth)?.wrapping_neg())
        }
        ExprKind::Unary(UnaryOp::Plus, inner) => constant_within(exprs, *inner, depth),
        ExprKind::Unary(UnaryOp::BitNot, inner) => Some(!constant_within(exprs, *inner, depth)?),
        ExprKind::Binary(op, left, right) => {
            let (left, right) = (
                constant_within(exprs, *left, depth)?,
                constant_within(exprs, *right, depth)?,
            );
            match op {
                BinaryOp::Add => Some(left.wrapping_add(right)),
                BinaryOp::Sub => Some(left.wrapping_sub(right)),
                BinaryOp::Mul => Some(left.wrapping_mul(right)),
                BinaryOp::Div => left.checked_div(right),
                BinaryOp::Shl => left.checked_shl(right as u32),
                BinaryOp::Shr => left.checked_shr(right as u32),
                BinaryOp::BitOr => Some(left | right),
                BinaryOp::BitAnd => Some(left & right),
                _ => None,
            }
        }
        _ => None,
    }
}
