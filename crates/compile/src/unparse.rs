//! Expressions as text: what `from __future__ import annotations` leaves in `__annotations__`.
//!
//! CPython: Python/ast_unparse.c. Its spacing and parentheses are what programs see, so they are kept; where nesting gets too deep for recursion
//! the source's own text stands in.

use crate::source::Source;
use mesapy_bytecode::Const;
use mesapy_syntax::ast::{
    self, BoolOp, CmpOp, ConversionFlag, Expr, FStringPart, InterpolatedStringElement, Number,
    Operator, UnaryOp,
};
use mesapy_syntax::text_size::Ranged;

/// Nesting beyond which the source is quoted.
const DEPTH_MAX: u32 = 300;

/// Precedence levels; an expression of a lower one is put in parentheses.
mod level {
    pub const TUPLE: u8 = 0;
    pub const TEST: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const NOT: u8 = 4;
    pub const CMP: u8 = 5;
    pub const EXPR: u8 = 6;
    pub const BXOR: u8 = 7;
    pub const BAND: u8 = 8;
    pub const SHIFT: u8 = 9;
    pub const ARITH: u8 = 10;
    pub const TERM: u8 = 11;
    pub const FACTOR: u8 = 12;
    pub const POWER: u8 = 13;
    pub const AWAIT: u8 = 14;
    pub const ATOM: u8 = 15;
}

/// The text of an annotation.
pub fn expression(expr: &Expr, source: Source<'_>) -> Vec<u8> {
    let mut writer = Writer {
        source,
        out: Vec::new(),
        depth: 0,
    };
    writer.expr(expr, level::TEST);
    writer.out
}

struct Writer<'s> {
    source: Source<'s>,
    out: Vec<u8>,
    depth: u32,
}

impl Writer<'_> {
    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn list<'e>(&mut self, items: impl IntoIterator<Item = &'e Expr>) {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.put(", ");
            }
            self.expr(item, level::TEST);
        }
    }

    fn wrapped(&mut self, own: u8, outer: u8, body: impl FnOnce(&mut Self)) {
        let parens = outer > own;
        if parens {
            self.put("(");
        }
        body(self);
        if parens {
            self.put(")");
        }
    }

    fn expr(&mut self, expr: &Expr, outer: u8) {
        if self.depth >= DEPTH_MAX {
            let text = self.source.slice(expr.range());
            self.out.extend_from_slice(text.as_bytes());
            return;
        }
        self.depth += 1;
        self.inner(expr, outer);
        self.depth -= 1;
    }

    fn inner(&mut self, expr: &Expr, outer: u8) {
        match expr {
            Expr::BoolOp(node) => {
                let (own, word) = match node.op {
                    BoolOp::And => (level::AND, " and "),
                    BoolOp::Or => (level::OR, " or "),
                };
                self.wrapped(own, outer, |w| {
                    for (index, value) in node.values.iter().enumerate() {
                        if index > 0 {
                            w.put(word);
                        }
                        w.expr(value, own + 1);
                    }
                });
            }
            Expr::Named(node) => self.wrapped(level::TUPLE, outer, |w| {
                w.expr(&node.target, level::ATOM);
                w.put(" := ");
                w.expr(&node.value, level::ATOM);
            }),
            Expr::BinOp(node) => {
                let (own, word, right_assoc) = binary(node.op);
                self.wrapped(own, outer, |w| {
                    w.expr(&node.left, own + right_assoc as u8);
                    w.put(word);
                    w.expr(&node.right, own + !right_assoc as u8);
                });
            }
            Expr::UnaryOp(node) => {
                let (own, word) = match node.op {
                    UnaryOp::Invert => (level::FACTOR, "~"),
                    UnaryOp::Not => (level::NOT, "not "),
                    UnaryOp::UAdd => (level::FACTOR, "+"),
                    UnaryOp::USub => (level::FACTOR, "-"),
                };
                self.wrapped(own, outer, |w| {
                    w.put(word);
                    w.expr(&node.operand, own);
                });
            }
            Expr::Lambda(node) => self.wrapped(level::TEST, outer, |w| {
                match &node.parameters {
                    Some(parameters) if !parameters.is_empty() => {
                        w.put("lambda ");
                        w.parameters(parameters);
                        w.put(": ");
                    }
                    _ => w.put("lambda: "),
                }
                w.expr(&node.body, level::TEST);
            }),
            Expr::If(node) => self.wrapped(level::TEST, outer, |w| {
                w.expr(&node.body, level::TEST + 1);
                w.put(" if ");
                w.expr(&node.test, level::TEST + 1);
                w.put(" else ");
                w.expr(&node.orelse, level::TEST);
            }),
            Expr::Dict(node) => {
                self.put("{");
                for (index, item) in node.items.iter().enumerate() {
                    if index > 0 {
                        self.put(", ");
                    }
                    match &item.key {
                        Some(key) => {
                            self.expr(key, level::TEST);
                            self.put(": ");
                            self.expr(&item.value, level::TEST);
                        }
                        None => {
                            self.put("**");
                            self.expr(&item.value, level::EXPR);
                        }
                    }
                }
                self.put("}");
            }
            Expr::Set(node) => {
                self.put("{");
                self.list(&node.elts);
                self.put("}");
            }
            Expr::List(node) => {
                self.put("[");
                self.list(&node.elts);
                self.put("]");
            }
            Expr::Tuple(node) => {
                if node.elts.is_empty() {
                    return self.put("()");
                }
                self.wrapped(level::TUPLE, outer, |w| {
                    w.list(&node.elts);
                    if node.elts.len() == 1 {
                        w.put(",");
                    }
                });
            }
            Expr::ListComp(node) => self.comprehension("[", &node.elt, None, &node.generators, "]"),
            Expr::SetComp(node) => self.comprehension("{", &node.elt, None, &node.generators, "}"),
            Expr::Generator(node) => {
                self.comprehension("(", &node.elt, None, &node.generators, ")")
            }
            Expr::DictComp(node) => match &node.key {
                Some(key) => self.comprehension("{", key, Some(&node.value), &node.generators, "}"),
                None => self.comprehension("{", &node.value, None, &node.generators, "}"),
            },
            Expr::Await(node) => self.wrapped(level::AWAIT, outer, |w| {
                w.put("await ");
                w.expr(&node.value, level::ATOM);
            }),
            Expr::Yield(node) => match &node.value {
                None => self.put("(yield)"),
                Some(value) => {
                    self.put("(yield ");
                    self.expr(value, level::TUPLE);
                    self.put(")");
                }
            },
            Expr::YieldFrom(node) => {
                self.put("(yield from ");
                self.expr(&node.value, level::TEST);
                self.put(")");
            }
            Expr::Compare(node) => self.wrapped(level::CMP, outer, |w| {
                w.expr(&node.left, level::CMP + 1);
                for (op, right) in node.ops.iter().zip(&node.comparators) {
                    w.put(compare(*op));
                    w.expr(right, level::CMP + 1);
                }
            }),
            Expr::Call(node) => self.call(node),
            Expr::FString(node) => self.f_string(node),
            Expr::TString(node) => {
                let mut body = Vec::new();
                for part in &node.value {
                    self.elements(&part.elements, part.flags.prefix().is_raw(), &mut body);
                }
                self.put("t");
                repr(&body, &mut self.out);
            }
            Expr::StringLiteral(node) => {
                let text = self.source.string(node);
                if node.value.is_unicode() {
                    self.put("u");
                }
                repr(&text, &mut self.out);
            }
            Expr::BytesLiteral(node) => {
                let bytes: Vec<u8> = node.value.bytes().collect();
                let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
                    '"'
                } else {
                    '\''
                };
                self.put(&format!("b{quote}"));
                for &byte in &bytes {
                    match byte {
                        b'\n' => self.put("\\n"),
                        b'\r' => self.put("\\r"),
                        b'\t' => self.put("\\t"),
                        b'\\' => self.put("\\\\"),
                        _ if byte as char == quote => self.put(&format!("\\{quote}")),
                        0x20..0x7f => self.out.push(byte),
                        _ => self.put(&format!("\\x{byte:02x}")),
                    }
                }
                self.put(&quote.to_string());
            }
            Expr::NumberLiteral(node) => self.number(node),
            Expr::BooleanLiteral(node) => self.put(if node.value { "True" } else { "False" }),
            Expr::NoneLiteral(_) => self.put("None"),
            Expr::EllipsisLiteral(_) => self.put("..."),
            Expr::Attribute(node) => {
                self.expr(&node.value, level::ATOM);
                // `1 .real`: the dot would belong to the number.
                if let Expr::NumberLiteral(number) = &*node.value
                    && matches!(number.value, Number::Int(_))
                {
                    self.put(" ");
                }
                self.put(".");
                self.put(&node.attr);
            }
            Expr::Subscript(node) => {
                self.expr(&node.value, level::ATOM);
                self.put("[");
                self.expr(&node.slice, level::TUPLE);
                self.put("]");
            }
            Expr::Starred(node) => {
                self.put("*");
                self.expr(&node.value, level::EXPR);
            }
            Expr::Name(node) => self.put(&node.id),
            Expr::Slice(node) => {
                if let Some(lower) = &node.lower {
                    self.expr(lower, level::TEST);
                }
                self.put(":");
                if let Some(upper) = &node.upper {
                    self.expr(upper, level::TEST);
                }
                if let Some(step) = &node.step {
                    self.put(":");
                    self.expr(step, level::TEST);
                }
            }
            Expr::IpyEscapeCommand(_) => {}
        }
    }

    fn number(&mut self, node: &ast::ExprNumberLiteral) {
        if let Some(value) = self.source.given(node.range) {
            self.constant(value);
            return;
        }
        match &node.value {
            Number::Int(int) => match int.as_i64() {
                Some(small) => self.put(&small.to_string()),
                None => {
                    let text = self.source.slice(node.range).replace('_', "");
                    self.put(&text);
                }
            },
            Number::Float(f) => self.put(&float_repr(*f)),
            Number::Complex { imag, .. } => {
                let text = float_repr(*imag);
                self.put(text.strip_suffix(".0").unwrap_or(&text));
                self.put("j");
            }
        }
    }

    /// A constant that has no literal of its own in the tree.
    fn constant(&mut self, value: &Const) {
        match value {
            Const::Int(i) => self.put(&i.to_string()),
            Const::BigInt(negative, limbs) => {
                self.put(if *negative { "-0x" } else { "0x" });
                for (index, limb) in limbs.iter().rev().enumerate() {
                    self.put(&if index == 0 {
                        format!("{limb:x}")
                    } else {
                        format!("{limb:016x}")
                    });
                }
            }
            Const::Float(f) => self.put(&float_repr(*f)),
            Const::Complex(_, imag) => {
                let text = float_repr(*imag);
                self.put(text.strip_suffix(".0").unwrap_or(&text));
                self.put("j");
            }
            Const::Str(text) => repr(text, &mut self.out),
            Const::None => self.put("None"),
            Const::Bool(true) => self.put("True"),
            Const::Bool(false) => self.put("False"),
            Const::Tuple(items) => {
                self.put("(");
                for (index, item) in items.iter().enumerate() {
                    self.put(if index > 0 { ", " } else { "" });
                    self.constant(item);
                }
                self.put(if items.len() == 1 { ",)" } else { ")" });
            }
            _ => self.put("..."),
        }
    }

    fn call(&mut self, node: &ast::ExprCall) {
        self.expr(&node.func, level::ATOM);
        if let ([Expr::Generator(generator)], []) =
            (&*node.arguments.args, &*node.arguments.keywords)
        {
            return self.comprehension("(", &generator.elt, None, &generator.generators, ")");
        }
        self.put("(");
        self.list(&node.arguments.args);
        for (index, keyword) in node.arguments.keywords.iter().enumerate() {
            if index > 0 || !node.arguments.args.is_empty() {
                self.put(", ");
            }
            match &keyword.arg {
                Some(name) => self.put(&format!("{name}=")),
                None => self.put("**"),
            }
            self.expr(&keyword.value, level::TEST);
        }
        self.put(")");
    }

    fn comprehension(
        &mut self,
        open: &str,
        elt: &Expr,
        value: Option<&Expr>,
        generators: &[ast::Comprehension],
        close: &str,
    ) {
        self.put(open);
        self.expr(elt, level::TEST);
        if let Some(value) = value {
            self.put(": ");
            self.expr(value, level::TEST);
        }
        for generator in generators {
            self.put(if generator.is_async {
                " async for "
            } else {
                " for "
            });
            self.expr(&generator.target, level::TUPLE);
            self.put(" in ");
            self.expr(&generator.iter, level::TEST + 1);
            for test in &generator.ifs {
                self.put(" if ");
                self.expr(test, level::TEST + 1);
            }
        }
        self.put(close);
    }

    fn parameters(&mut self, parameters: &ast::Parameters) {
        let mut first = true;
        let mut comma = |w: &mut Self| {
            if !std::mem::take(&mut first) {
                w.put(", ");
            }
        };
        let one = |w: &mut Self, parameter: &ast::ParameterWithDefault| {
            w.put(&parameter.parameter.name);
            if let Some(default) = &parameter.default {
                w.put("=");
                w.expr(default, level::TEST);
            }
        };
        for parameter in &parameters.posonlyargs {
            comma(self);
            one(self, parameter);
        }
        if !parameters.posonlyargs.is_empty() {
            self.put(", /");
        }
        for parameter in &parameters.args {
            comma(self);
            one(self, parameter);
        }
        if parameters.vararg.is_some() || !parameters.kwonlyargs.is_empty() {
            comma(self);
            self.put("*");
            if let Some(vararg) = &parameters.vararg {
                self.put(&vararg.name);
            }
        }
        for parameter in &parameters.kwonlyargs {
            comma(self);
            one(self, parameter);
        }
        if let Some(kwarg) = &parameters.kwarg {
            comma(self);
            self.put("**");
            self.put(&kwarg.name);
        }
    }

    fn f_string(&mut self, node: &ast::ExprFString) {
        let mut body = Vec::new();
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => {
                    braces(&self.source.string_part(literal), &mut body);
                }
                FStringPart::FString(part) => {
                    self.elements(&part.elements, part.flags.prefix().is_raw(), &mut body);
                }
            }
        }
        self.put("f");
        repr(&body, &mut self.out);
    }

    fn elements(
        &mut self,
        elements: &ast::InterpolatedStringElements,
        raw: bool,
        body: &mut Vec<u8>,
    ) {
        self.depth += 1;
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    braces(&self.source.piece(literal, raw), body);
                }
                InterpolatedStringElement::Interpolation(field) => {
                    if let Some(debug) = &field.debug_text {
                        braces(debug.as_str().as_bytes(), body);
                    }
                    let mut inner = Writer {
                        source: self.source,
                        out: Vec::new(),
                        depth: self.depth,
                    };
                    inner.expr(&field.expression, level::TEST + 1);
                    // A brace at the start would be an escaped one.
                    body.extend_from_slice(if inner.out.first() == Some(&b'{') {
                        b"{ "
                    } else {
                        b"{"
                    });
                    body.extend_from_slice(&inner.out);
                    let plain_debug = field.debug_text.is_some() && field.format_spec.is_none();
                    match field.conversion {
                        ConversionFlag::None if plain_debug => body.extend_from_slice(b"!r"),
                        ConversionFlag::None => {}
                        ConversionFlag::Str => body.extend_from_slice(b"!s"),
                        ConversionFlag::Repr => body.extend_from_slice(b"!r"),
                        ConversionFlag::Ascii => body.extend_from_slice(b"!a"),
                    }
                    if let Some(spec) = &field.format_spec {
                        body.push(b':');
                        if self.depth < DEPTH_MAX {
                            self.elements(&spec.elements, raw, body);
                        }
                    }
                    body.push(b'}');
                }
            }
        }
        self.depth -= 1;
    }
}

fn binary(op: Operator) -> (u8, &'static str, bool) {
    match op {
        Operator::Add => (level::ARITH, " + ", false),
        Operator::Sub => (level::ARITH, " - ", false),
        Operator::Mult => (level::TERM, " * ", false),
        Operator::MatMult => (level::TERM, " @ ", false),
        Operator::Div => (level::TERM, " / ", false),
        Operator::Mod => (level::TERM, " % ", false),
        Operator::FloorDiv => (level::TERM, " // ", false),
        Operator::LShift => (level::SHIFT, " << ", false),
        Operator::RShift => (level::SHIFT, " >> ", false),
        Operator::BitOr => (level::EXPR, " | ", false),
        Operator::BitXor => (level::BXOR, " ^ ", false),
        Operator::BitAnd => (level::BAND, " & ", false),
        Operator::Pow => (level::POWER, " ** ", true),
    }
}

fn compare(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}

fn braces(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        if matches!(byte, b'{' | b'}') {
            out.push(byte);
        }
        out.push(byte);
    }
}

/// `repr()` of a WTF-8 string. Of what isn't printable only controls, soft hyphen and surrogates are escaped.
fn repr(text: &[u8], out: &mut Vec<u8>) {
    let quote = if text.contains(&b'\'') && !text.contains(&b'"') {
        b'"'
    } else {
        b'\''
    };
    out.push(quote);
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => out.extend_from_slice(b"\\n"),
                '\r' => out.extend_from_slice(b"\\r"),
                '\t' => out.extend_from_slice(b"\\t"),
                '\\' => out.extend_from_slice(b"\\\\"),
                _ if c as u32 == quote as u32 => out.extend_from_slice(&[b'\\', quote]),
                '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' => {
                    out.extend_from_slice(format!("\\x{:02x}", c as u32).as_bytes());
                }
                _ => {
                    let mut buffer = [0; 4];
                    out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                }
            }
        }
        out.extend_from_slice(chunk.invalid());
    }
    out.push(quote);
}

/// `repr()` of a finite float; infinity as a literal that overflows.
fn float_repr(value: f64) -> String {
    if value.is_infinite() {
        return "1e309".into();
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        format!("{value:?}")
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_cpython_writes_them() {
        for (source, expected) in [
            ("list[int]", "list[int]"),
            ("Dict[ str,int ]", "Dict[str, int]"),
            ("a+b*(c-d)**-e", "a + b * (c - d) ** (-e)"),
            ("not(a or b)and c", "not (a or b) and c"),
            (
                "lambda x,/,y=1,*z,k,**w:x",
                "lambda x, /, y=1, *z, k, **w: x",
            ),
            ("'it\\'s'", "\"it's\""),
            ("f'{x!r:>{w}}{{'", "f'{x!r:>{w}}{{'"),
            ("(yield)", "(yield)"),
            ("x[1:2, ::3]", "x[1:2, ::3]"),
            ("(a,)", "(a,)"),
            ("a if b else c", "a if b else c"),
            ("1e20 + 0x10", "1e+20 + 16"),
            ("[x for x in y if z]", "[x for x in y if z]"),
            ("f(a, *b, c=1, **d)", "f(a, *b, c=1, **d)"),
        ] {
            let parsed = mesapy_syntax::parse(
                source,
                mesapy_syntax::Mode::Eval,
                &mesapy_syntax::Options::default(),
            )
            .expect("parses");
            let expr = parsed.expression().expect("expression");
            assert_eq!(
                String::from_utf8_lossy(&expression(expr, Source::new(source))),
                expected,
                "{source}"
            );
        }
    }
}
