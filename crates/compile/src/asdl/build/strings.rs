//! String literals, f-strings, t-strings. Neighbouring texts are one constant, also across literals that are concatenated.
//!
//! CPython: Parser/action_helpers.c, _PyPegen_concatenate_strings and _PyPegen_formatted_value.

use super::Builder;
use crate::asdl::{Class, Field, NodeId};
use crate::source::{Source, without_comments};
use mesapy_bytecode::Const;
use mesapy_syntax::ast::str_prefix::StringLiteralPrefix;
use mesapy_syntax::ast::{
    self, ConversionFlag, FStringPart, InterpolatedElement, InterpolatedStringElement,
};
use mesapy_syntax::text_size::TextRange;

/// The values of a JoinedStr or TemplateStr in the making; the text at the end may still grow.
#[derive(Default)]
struct Values {
    done: Vec<NodeId>,
    text: Option<(Vec<u8>, TextRange, Field)>,
}

/// Which node a replacement field is.
#[derive(Clone, Copy, PartialEq)]
enum Fields {
    Formatted,
    Interpolated,
}

fn kind_of(part: &ast::StringLiteral) -> Field {
    if part.flags.prefix() == StringLiteralPrefix::Unicode {
        "u".into()
    } else {
        Field::None
    }
}

impl<'a> Builder<'a> {
    pub fn string(&mut self, node: &'a ast::ExprStringLiteral) -> NodeId {
        let text = self.source.string(node);
        let kind = node.value.iter().next().map_or(Field::None, kind_of);
        let fields = vec![Field::Constant(Const::Str(text)), kind];
        self.node(Class::Constant, node.range, fields)
    }

    pub fn f_string(&mut self, node: &'a ast::ExprFString) -> NodeId {
        let mut values = Values::default();
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => {
                    let text = self.source.string_part(literal);
                    values.add(&text, literal.range, kind_of(literal));
                }
                FStringPart::FString(part) => {
                    let raw = part.flags.prefix().is_raw();
                    self.elements(&mut values, &part.elements, raw, Fields::Formatted);
                }
            }
        }
        let values = self.finish(values);
        self.node(Class::JoinedStr, node.range, vec![values])
    }

    pub fn t_string(&mut self, node: &'a ast::ExprTString) -> NodeId {
        let mut values = Values::default();
        for part in &node.value {
            let raw = part.flags.prefix().is_raw();
            self.elements(&mut values, &part.elements, raw, Fields::Interpolated);
        }
        let values = self.finish(values);
        self.node(Class::TemplateStr, node.range, vec![values])
    }

    fn finish(&mut self, mut values: Values) -> Field {
        self.flush(&mut values);
        values.done.into()
    }
    /// Makes a constant of the text at the end.
    fn flush(&mut self, values: &mut Values) {
        if let Some((text, range, kind)) = values.text.take()
            && !text.is_empty()
        {
            let fields = vec![Field::Constant(Const::Str(text)), kind];
            values.done.push(self.node(Class::Constant, range, fields));
        }
    }

    fn elements(
        &mut self,
        values: &mut Values,
        elements: &'a ast::InterpolatedStringElements,
        raw: bool,
        fields: Fields,
    ) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    let text = self.source.piece(literal, raw);
                    values.add(&text, literal.range, Field::None);
                }
                InterpolatedStringElement::Interpolation(field) => {
                    if let Some(debug) = &field.debug_text {
                        let text = debug.as_str();
                        let range = Source::debug_range(field, text);
                        values.add(without_comments(text).as_bytes(), range, Field::None);
                    }
                    self.flush(values);
                    let id = self.field(field, raw, fields);
                    values.done.push(id);
                }
            }
        }
    }

    fn field(&mut self, field: &'a InterpolatedElement, raw: bool, fields: Fields) -> NodeId {
        let value = self.expr(&field.expression).into();
        let conversion = match field.conversion {
            // `{x=}` shows the repr unless something else is asked for.
            ConversionFlag::None if field.debug_text.is_some() && field.format_spec.is_none() => {
                ConversionFlag::Repr
            }
            given => given,
        };
        let conversion = Field::Int(conversion as i8 as i64);
        let spec = match &field.format_spec {
            None => Field::None,
            Some(spec) => {
                let mut values = Values::default();
                self.elements(&mut values, &spec.elements, raw, Fields::Formatted);
                let values = self.finish(values);
                let range = self.source.spec_range(spec);
                self.node(Class::JoinedStr, range, vec![values]).into()
            }
        };
        match fields {
            Fields::Formatted => {
                let fields = vec![value, conversion, spec];
                self.node(Class::FormattedValue, field.range, fields)
            }
            Fields::Interpolated => {
                let text = Field::Constant(Const::Str(self.source.interpolation(field)));
                let fields = vec![value, text, conversion, spec];
                self.node(Class::Interpolation, field.range, fields)
            }
        }
    }
}

impl Values {
    fn add(&mut self, text: &[u8], range: TextRange, kind: Field) {
        match &mut self.text {
            Some((before, before_range, _)) => {
                before.extend_from_slice(text);
                *before_range = before_range.cover(range);
            }
            None => self.text = Some((text.to_vec(), range, kind)),
        }
    }
}
