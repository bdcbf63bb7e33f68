//! f-strings, t-strings, docstrings.

use super::{Codegen, Result};
use crate::emit::Reg;
use crate::limits::DISPLAY_MAX;
use crate::source::{Source, without_comments};
use mesapy_bytecode::{Const, Op};
use mesapy_syntax::ast::{
    self, ConversionFlag, ExprStringLiteral, FStringPart, InterpolatedElement,
    InterpolatedStringElement,
};
use mesapy_syntax::text_size::TextRange;

/// One piece of an f-string after joining neighbouring texts.
enum Piece<'a> {
    Text(Vec<u8>, TextRange),
    /// A replacement field, and whether its string is raw.
    Field(&'a InterpolatedElement, bool),
}

fn conversion(flag: ConversionFlag) -> u8 {
    match flag {
        ConversionFlag::None => 0,
        ConversionFlag::Str => 1,
        ConversionFlag::Repr => 2,
        ConversionFlag::Ascii => 3,
    }
}

impl<'a> Codegen<'a> {
    /// A docstring's text with its common indentation taken away. CPython: Python/compile.c, _PyCompile_CleanDoc.
    pub fn docstring_value(&self, literal: &ExprStringLiteral) -> Vec<u8> {
        clean_doc(&self.source.string(literal))
    }

    fn add_text(pieces: &mut Vec<Piece<'a>>, text: &[u8], range: TextRange) {
        if text.is_empty() {
            return;
        }
        match pieces.last_mut() {
            Some(Piece::Text(before, before_range)) => {
                before.extend_from_slice(text);
                *before_range = before_range.cover(range);
            }
            _ => pieces.push(Piece::Text(text.to_vec(), range)),
        }
    }

    fn add_elements(
        &self,
        pieces: &mut Vec<Piece<'a>>,
        elements: &'a ast::InterpolatedStringElements,
        raw: bool,
    ) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    let text = self.source.piece(literal, raw);
                    Self::add_text(pieces, &text, literal.range);
                }
                InterpolatedStringElement::Interpolation(field) => {
                    if let Some(debug) = &field.debug_text {
                        Self::add_text(
                            pieces,
                            without_comments(debug.as_str()).as_bytes(),
                            Source::debug_range(field, debug.as_str()),
                        );
                    }
                    pieces.push(Piece::Field(field, raw));
                }
            }
        }
    }

    pub fn f_string(&mut self, node: &'a ast::ExprFString, dst: Reg) -> Result {
        let mut pieces = Vec::new();
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => {
                    let text = self.source.string_part(literal);
                    Self::add_text(&mut pieces, &text, literal.range);
                }
                FStringPart::FString(part) => {
                    let raw = part.flags.prefix().is_raw();
                    self.add_elements(&mut pieces, &part.elements, raw);
                }
            }
        }
        self.join(pieces, node.range, dst)
    }

    fn join(&mut self, pieces: Vec<Piece<'a>>, range: TextRange, dst: Reg) -> Result {
        if let [Piece::Text(text, _)] = pieces.as_slice() {
            self.at(range);
            self.load_const(dst, Const::Str(text.clone()));
            return Ok(());
        }
        match pieces.len() {
            0 => {
                self.at(range);
                self.load_str(dst, "");
            }
            1 => self.piece(pieces.into_iter().next(), dst)?,
            count if count <= DISPLAY_MAX => {
                let first = self.mark() as Reg;
                for piece in pieces {
                    let t = self.temp();
                    self.piece(Some(piece), t)?;
                }
                self.at(range);
                self.e().op_abc(Op::BuildString, dst, first, count as u16);
            }
            _ => {
                // Very long ones by way of a list: "".join(list).
                let pair = self.e().temps(mesapy_bytecode::FRAME_HEADER as u32 + 1);
                let list = self.temp();
                self.at(range);
                let empty = self.temp();
                self.load_str(empty, "");
                self.e().op_site(Op::LoadMethod, pair, empty, "join");
                self.e().op_abc(Op::BuildList, list, 0, 0);
                for piece in pieces {
                    let mark = self.mark();
                    let t = self.temp();
                    self.piece(Some(piece), t)?;
                    self.at(range);
                    self.e().op_ab(Op::ListAppend, list, t);
                    self.release(mark);
                }
                self.at(range);
                self.e().op_abc(Op::CallMethod, dst, pair, 2);
            }
        }
        Ok(())
    }

    fn piece(&mut self, piece: Option<Piece<'a>>, dst: Reg) -> Result {
        match piece {
            None => Ok(()),
            Some(Piece::Text(text, range)) => {
                self.at(range);
                self.load_const(dst, Const::Str(text));
                Ok(())
            }
            Some(Piece::Field(field, raw)) => self.field(field, raw, dst),
        }
    }

    /// `{value!r:spec}`.
    fn field(&mut self, field: &'a InterpolatedElement, raw: bool, dst: Reg) -> Result {
        self.deeper(field.range)?;
        let mark = self.mark();
        let value = self.operand(&field.expression)?;
        let mut how = conversion(field.conversion);
        // `{x=}` shows the repr unless something else is asked for.
        if field.debug_text.is_some() && how == 0 && field.format_spec.is_none() {
            how = conversion(ConversionFlag::Repr);
        }
        let spec = match &field.format_spec {
            None => u16::MAX,
            Some(spec) => {
                let t = self.temp();
                let mut pieces = Vec::new();
                self.add_elements(&mut pieces, &spec.elements, raw);
                self.join(pieces, self.source.spec_range(spec), t)?;
                t
            }
        };
        self.at(field.range);
        self.e().op_abcd(Op::FormatValue, dst, value, spec, how);
        self.release(mark);
        self.depth -= 1;
        Ok(())
    }

    pub fn t_string(&mut self, node: &'a ast::ExprTString, dst: Reg) -> Result {
        let mut pieces = Vec::new();
        for part in &node.value {
            let raw = part.flags.prefix().is_raw();
            self.add_elements(&mut pieces, &part.elements, raw);
        }
        // Texts and interpolations alternate, a text at both ends.
        let mut texts = vec![Const::Str(Vec::new())];
        let mut fields = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text, _) => {
                    if let Some(last) = texts.last_mut() {
                        *last = Const::Str(text);
                    }
                }
                Piece::Field(field, raw) => {
                    fields.push((field, raw));
                    texts.push(Const::Str(Vec::new()));
                }
            }
        }
        let strings = self.temp();
        let interpolations = self.temp();
        self.at(node.range);
        self.load_const(strings, Const::Tuple(texts));
        let mark = self.mark();
        if fields.len() > DISPLAY_MAX {
            self.e().op_abc(Op::BuildList, interpolations, 0, 0);
            for (field, raw) in fields {
                let t = self.temp();
                self.interpolation(field, raw, t)?;
                self.e().op_ab(Op::ListAppend, interpolations, t);
                self.release(mark);
            }
            self.e()
                .op_ab(Op::ListToTuple, interpolations, interpolations);
        } else {
            let count = fields.len() as u16;
            for (field, raw) in fields {
                let t = self.temp();
                self.interpolation(field, raw, t)?;
            }
            self.at(node.range);
            self.e()
                .op_abc(Op::BuildTuple, interpolations, mark as Reg, count);
        }
        self.at(node.range);
        self.e()
            .op_abc(Op::BuildTemplate, dst, strings, interpolations);
        Ok(())
    }

    fn interpolation(&mut self, field: &'a InterpolatedElement, raw: bool, dst: Reg) -> Result {
        self.deeper(field.range)?;
        let mark = self.mark();
        let value = self.temp();
        let text = self.temp();
        let spec = self.temp();
        self.expr_to(&field.expression, value)?;
        self.at(field.range);
        let source = self.source.interpolation(field);
        self.load_const(text, Const::Str(source));
        let mut how = conversion(field.conversion);
        if field.debug_text.is_some() && how == 0 && field.format_spec.is_none() {
            how = conversion(ConversionFlag::Repr);
        }
        match &field.format_spec {
            None => self.load_str(spec, ""),
            Some(node) => {
                let mut pieces = Vec::new();
                self.add_elements(&mut pieces, &node.elements, raw);
                self.join(pieces, self.source.spec_range(node), spec)?;
            }
        }
        self.at(field.range);
        self.e().op_abcd(Op::BuildInterpolation, dst, value, 0, how);
        self.release(mark);
        self.depth -= 1;
        Ok(())
    }
}

/// Takes the common indentation of all lines but the first away, and the spaces in front of the first.
fn clean_doc(text: &[u8]) -> Vec<u8> {
    let Some(text) = std::str::from_utf8(text).ok() else {
        return text.to_vec();
    };
    // Tabs count as CPython's expandtabs counts them.
    let expanded = expand_tabs(text);
    let lines: Vec<&str> = expanded.split('\n').collect();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let margin = lines
        .iter()
        .skip(1)
        .filter(|l| indent(l) < l.len())
        .map(|l| indent(l))
        .min();
    let first = lines.first().map_or("", |l| l.trim_start_matches(' '));
    let mut out = first.as_bytes().to_vec();
    for line in lines.iter().skip(1) {
        out.push(b'\n');
        let cut = indent(line).min(margin.unwrap_or(usize::MAX));
        out.extend_from_slice(&line.as_bytes()[cut..]);
    }
    out
}

fn expand_tabs(text: &str) -> String {
    if !text.contains('\t') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let fill = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', fill));
                column += fill;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}
