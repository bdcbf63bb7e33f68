//! Strings, f-strings, t-strings: their values go into the table of overrides.

use super::Lowering;
use crate::asdl::{Class, Field, Node, NodeId};
use mesapy_bytecode::Const;
use mesapy_syntax::ast::str_prefix::StringLiteralPrefix;
use mesapy_syntax::ast::{
    self, ConversionFlag, Expr, InterpolatedElement, InterpolatedStringElement,
};
use mesapy_syntax::text_size::TextRange;

impl<'t> Lowering<'t> {
    pub fn string(&mut self, text: Vec<u8>, range: TextRange, unicode: bool) -> Expr {
        let mut flags = ast::StringLiteralFlags::empty();
        if unicode {
            flags = flags.with_prefix(StringLiteralPrefix::Unicode);
        }
        let value = String::from_utf8_lossy(&text).into();
        self.override_with(range, Const::Str(text));
        Expr::StringLiteral(ast::ExprStringLiteral {
            node_index: Default::default(),
            range,
            value: ast::StringLiteralValue::single(ast::StringLiteral {
                range,
                node_index: Default::default(),
                value,
                flags,
            }),
        })
    }

    pub fn f_string(elements: Vec<InterpolatedStringElement>, range: TextRange) -> Expr {
        Expr::FString(ast::ExprFString {
            node_index: Default::default(),
            range,
            value: ast::FStringValue::single(ast::FString {
                range,
                node_index: Default::default(),
                elements: elements.into(),
                flags: ast::FStringFlags::empty(),
            }),
        })
    }
    pub fn t_string(elements: Vec<InterpolatedStringElement>, range: TextRange) -> Expr {
        Expr::TString(ast::ExprTString {
            node_index: Default::default(),
            range,
            value: ast::TStringValue::single(ast::TString {
                range,
                node_index: Default::default(),
                elements: elements.into(),
                flags: ast::TStringFlags::empty(),
            }),
        })
    }

    /// The pieces of a JoinedStr or TemplateStr, or one that stands alone.
    pub fn elements(&mut self, node: &'t Node) -> Vec<InterpolatedStringElement> {
        match node.class {
            Class::JoinedStr | Class::TemplateStr => node
                .list(0)
                .iter()
                .map(|item| self.element(item.node()))
                .collect(),
            _ => vec![self.field(node)],
        }
    }
    fn element(&mut self, id: Option<NodeId>) -> InterpolatedStringElement {
        match self.node(id) {
            Some(node) => match (node.class, node.fields.first()) {
                (Class::Constant, Some(Field::Constant(Const::Str(text)))) => {
                    let open = self.open(node);
                    let range = self.close(open);
                    self.override_with(range, Const::Str(text.clone()));
                    InterpolatedStringElement::Literal(ast::InterpolatedStringLiteralElement {
                        range,
                        node_index: Default::default(),
                        value: String::from_utf8_lossy(text).into(),
                    })
                }
                (Class::FormattedValue | Class::Interpolation, _) => self.field(node),
                _ => self.plain(id),
            },
            None => self.plain(id),
        }
    }
    /// Any other expression is a field without conversion or format.
    fn plain(&mut self, id: Option<NodeId>) -> InterpolatedStringElement {
        let last = self.last;
        let open = self.open_at(last);
        let expression = self.boxed(id);
        let range = self.close(open);
        InterpolatedStringElement::Interpolation(InterpolatedElement {
            range,
            node_index: Default::default(),
            expression,
            debug_text: None,
            conversion: ConversionFlag::None,
            format_spec: None,
        })
    }
    fn field(&mut self, node: &'t Node) -> InterpolatedStringElement {
        let template = node.class == Class::Interpolation;
        let after_value = if template { 2 } else { 1 };
        let open = self.open(node);
        let expression = self.boxed(node.child(0));
        let conversion = match node.int(after_value) {
            115 => ConversionFlag::Str,
            114 => ConversionFlag::Repr,
            97 => ConversionFlag::Ascii,
            _ => ConversionFlag::None,
        };
        let format_spec = self.node(node.child(after_value + 1)).map(|spec| {
            let open = self.open(spec);
            let elements = match spec.class {
                Class::JoinedStr => self.elements(spec),
                _ => vec![self.element(node.child(after_value + 1))],
            };
            let range = self.close(open);
            Box::new(ast::InterpolatedStringFormatSpec {
                range,
                node_index: Default::default(),
                elements: elements.into(),
            })
        });
        let range = self.close(open);
        if template && let Some(Field::Constant(text)) = node.fields.get(1) {
            self.override_with(range, text.clone());
        }
        InterpolatedStringElement::Interpolation(InterpolatedElement {
            range,
            node_index: Default::default(),
            expression,
            debug_text: None,
            conversion,
            format_spec,
        })
    }
}
