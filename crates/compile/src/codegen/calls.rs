//! Calls: arguments are compiled into the registers that become the callee's first ones.

use super::{Codegen, Result};
use crate::emit::Reg;
use crate::limits::DISPLAY_MAX;
use crate::scope::{BlockKind, Reach};
use mesapy_bytecode::{Const, FRAME_HEADER, Op};
use mesapy_syntax::ast::{self, Expr, Keyword};
use mesapy_syntax::text_size::{Ranged, TextRange};

const HEADER: u32 = FRAME_HEADER as u32;

/// Whether the arguments can't be laid out one register each.
fn unpacks(args: &[Expr], keywords: &[Keyword]) -> bool {
    args.len() + keywords.len() > DISPLAY_MAX
        || args.iter().any(Expr::is_starred_expr)
        || keywords.iter().any(|k| k.arg.is_none())
}

impl<'a> Codegen<'a> {
    pub fn calls_method(&self, node: &ast::ExprCall) -> bool {
        node.func.is_attribute_expr() && !unpacks(&node.arguments.args, &node.arguments.keywords)
    }

    /// `super().name(…)` or `super(a, b).name(…)`: the inner call is not made.
    pub fn is_super_call(&self, node: &ast::ExprCall) -> bool {
        match &*node.func {
            Expr::Attribute(attribute) => {
                self.calls_method(node) && self.is_super_attribute(attribute)
            }
            _ => false,
        }
    }

    /// Whether `attribute` is `super(…).name` that can skip making the super object. CPython: can_optimize_super_call.
    pub fn is_super_attribute(&self, attribute: &ast::ExprAttribute) -> bool {
        let Expr::Call(call) = &*attribute.value else {
            return false;
        };
        let Expr::Name(name) = &*call.func else {
            return false;
        };
        if name.id != "super"
            || attribute.attr.as_str() == "__class__"
            || !call.arguments.keywords.is_empty()
        {
            return false;
        }
        let unit = self.unit();
        let block = &self.scopes.blocks[unit.block];
        // `super` must be the builtin as far as the scopes can tell.
        let find = |text: &str| {
            block
                .symbols
                .iter()
                .find(|(sym, _)| &**self.scopes.names.text(*sym) == text)
                .map(|(_, s)| s.reach)
        };
        if block.kind != BlockKind::Function
            || !unit.comp_scopes.is_empty()
            || find("super").is_some_and(|r| r != Reach::GlobalImplicit)
        {
            return false;
        }
        match call.arguments.args.len() {
            2 => !call.arguments.args.iter().any(Expr::is_starred_expr),
            0 => unit.arg_count > 0 && find("__class__") == Some(Reach::Free),
            _ => false,
        }
    }

    /// The three operands of LoadSuperAttr in consecutive registers; true if they were written out.
    fn super_operands(&mut self, call: &'a ast::ExprCall) -> Result<(Reg, bool)> {
        let first = self.mark() as Reg;
        let t = self.temp();
        self.at(call.func.range());
        self.load_name("super", t)?;
        if call.arguments.args.is_empty() {
            self.at(call.range());
            let class = self.temp();
            self.load_name("__class__", class)?;
            let this = self.temp();
            let block = self.unit().block;
            if let Some(&sym) = self.scopes.blocks[block].params.first() {
                self.load_sym(sym, this);
            }
            Ok((first, false))
        } else {
            self.exprs_to(&call.arguments.args)?;
            Ok((first, true))
        }
    }

    /// `super().name` as a value.
    pub fn super_attribute(&mut self, node: &'a ast::ExprAttribute, dst: Reg) -> Result {
        let Expr::Call(call) = &*node.value else {
            return Ok(());
        };
        let mark = self.mark();
        let (first, written) = self.super_operands(call)?;
        let name = self.mangled(&node.attr);
        let range = self.attribute_range(node);
        self.at(range);
        let site = self.e().site(&name);
        self.e()
            .op_abcd(Op::LoadSuperAttr, dst, first, site, written as u8);
        self.release(mark);
        Ok(())
    }

    /// A call whose result goes to `dst`. `value`: the object of the method or the callee if it has been evaluated (see `call_base`).
    pub fn call(&mut self, node: &'a ast::ExprCall, value: Option<Reg>, dst: Reg) -> Result {
        let range = node.range();
        self.check_caller(&node.func);
        let mark = self.mark();
        let (args, keywords) = (&*node.arguments.args, &*node.arguments.keywords);
        if self.calls_method(node)
            && let Expr::Attribute(attribute) = &*node.func
        {
            let name = self.mangled(&attribute.attr);
            let attribute_range = self.attribute_range(attribute);
            let pair = if self.is_super_attribute(attribute)
                && let Expr::Call(inner) = &*attribute.value
            {
                let (first, written) = self.super_operands(inner)?;
                let pair = self.e().temps(HEADER + 1);
                self.at(attribute_range);
                let site = self.e().site(&name);
                self.e()
                    .op_abcd(Op::LoadSuperMethod, pair, first, site, written as u8);
                pair
            } else {
                let object = match value {
                    Some(value) => value,
                    None => self.operand(&attribute.value)?,
                };
                let pair = self.e().temps(HEADER + 1);
                self.at(attribute_range);
                self.e().op_site(Op::LoadMethod, pair, object, &name);
                pair
            };
            self.plain_arguments(args, keywords)?;
            let count = (1 + args.len() + keywords.len()) as u16;
            let op = if keywords.is_empty() {
                Op::CallMethod
            } else {
                Op::CallMethodKw
            };
            // The call starts at the method's name when that is on a line of its own.
            let call_range = if attribute_range == attribute.range {
                range
            } else {
                TextRange::new(attribute_range.start(), range.end())
            };
            self.at(call_range);
            self.keyword_names(keywords, pair);
            self.e().op_abc(op, dst, pair, count);
            self.release(mark);
            return Ok(());
        }
        let callee = self.temp();
        match value {
            Some(value) => {
                self.at(node.func.range());
                self.e().moves(callee, value);
            }
            None => self.expr_to(&node.func, callee)?,
        }
        self.call_layout(callee, args, keywords, range, dst)?;
        self.release(mark);
        Ok(())
    }

    fn plain_arguments(&mut self, args: &'a [Expr], keywords: &'a [Keyword]) -> Result {
        for arg in args {
            let t = self.temp();
            self.expr_to(arg, t)?;
        }
        for keyword in keywords {
            let t = self.temp();
            self.expr_to(&keyword.value, t)?;
        }
        Ok(())
    }

    fn keyword_names(&mut self, keywords: &'a [Keyword], layout: Reg) {
        if keywords.is_empty() {
            return;
        }
        let names = keywords
            .iter()
            .filter_map(|k| k.arg.as_ref())
            .map(|name| Const::Str(name.as_str().as_bytes().to_vec()))
            .collect();
        self.load_const(layout + 2, Const::Tuple(names));
    }

    /// The rest of a call whose callable is in the last temporary.
    pub fn call_layout(
        &mut self,
        callee: Reg,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        range: TextRange,
        dst: Reg,
    ) -> Result {
        self.call_with_extra(callee, &[], args, None, keywords, range, dst)
    }

    /// As `call_layout`, with values in registers to go before and behind the positional arguments: a class statement's body and name, and
    /// the generic base.
    #[allow(
        clippy::too_many_arguments,
        reason = "the parts of a class statement's call"
    )]
    pub fn call_with_extra(
        &mut self,
        callee: Reg,
        extra: &[Reg],
        args: &'a [Expr],
        generic: Option<Reg>,
        keywords: &'a [Keyword],
        range: TextRange,
        dst: Reg,
    ) -> Result {
        self.e().temps(HEADER - 1);
        if !unpacks(args, keywords) {
            for &reg in extra {
                let t = self.temp();
                self.e().moves(t, reg);
            }
            self.plain_arguments(args, &[])?;
            if let Some(reg) = generic {
                let t = self.temp();
                self.e().moves(t, reg);
            }
            self.plain_arguments(&[], keywords)?;
            self.at(range);
            self.keyword_names(keywords, callee);
            let count =
                (extra.len() + args.len() + generic.is_some() as usize + keywords.len()) as u16;
            let op = if keywords.is_empty() {
                Op::Call
            } else {
                Op::CallKw
            };
            self.e().op_abc(op, dst, callee, count);
            return Ok(());
        }
        let positional = self.temp();
        let named = self.temp();
        self.at(range);
        match args {
            [Expr::Starred(only)] if extra.is_empty() && generic.is_none() => {
                self.expr_to(&only.value, positional)?
            }
            _ => self.argument_list(extra, args, generic, range, positional)?,
        }
        self.at(range);
        if keywords.is_empty() {
            self.e().op_a(Op::LoadEmpty, named);
        } else {
            self.argument_dict(keywords, callee, range, named)?;
        }
        self.at(range);
        self.e().op_ab(Op::CallEx, dst, callee);
        Ok(())
    }

    fn argument_list(
        &mut self,
        extra: &[Reg],
        args: &'a [Expr],
        generic: Option<Reg>,
        range: TextRange,
        to: Reg,
    ) -> Result {
        if extra.is_empty() && generic.is_none() && !args.iter().any(Expr::is_starred_expr) {
            return self.sequence(Op::BuildTuple, args, range, to);
        }
        let mark = self.mark();
        let first = mark as Reg;
        for &reg in extra {
            let t = self.temp();
            self.e().moves(t, reg);
        }
        self.e()
            .op_abc(Op::BuildList, to, first, extra.len() as u16);
        self.release(mark);
        for arg in args {
            let (op, inner) = match arg {
                Expr::Starred(node) => (Op::ListExtend, &*node.value),
                other => (Op::ListAppend, other),
            };
            let value = self.operand(inner)?;
            self.at(range);
            self.e().op_ab(op, to, value);
            self.release(mark);
        }
        if let Some(reg) = generic {
            self.e().op_ab(Op::ListAppend, to, reg);
        }
        self.e().op_ab(Op::ListToTuple, to, to);
        Ok(())
    }

    fn argument_dict(
        &mut self,
        keywords: &'a [Keyword],
        callee: Reg,
        range: TextRange,
        to: Reg,
    ) -> Result {
        let mark = self.mark();
        self.e().op_abc(Op::BuildMap, to, 0, 0);
        let mut rest = keywords;
        while let Some(first) = rest.first() {
            if first.arg.is_none() {
                let value = self.operand(&first.value)?;
                self.at(range);
                self.e().op_abc(Op::DictMerge, to, value, callee);
                self.release(mark);
                rest = &rest[1..];
                continue;
            }
            // A run of named arguments; behind an unpacking they are merged, since they may collide with it.
            let run = rest
                .iter()
                .take_while(|k| k.arg.is_some())
                .take(DISPLAY_MAX / 2)
                .count();
            let at_start = rest.len() == keywords.len();
            let pairs = self.mark() as Reg;
            for keyword in &rest[..run] {
                let key = self.temp();
                self.at(range);
                if let Some(name) = &keyword.arg {
                    self.load_str(key, name.as_str());
                }
                let value = self.temp();
                self.expr_to(&keyword.value, value)?;
            }
            self.at(range);
            if at_start {
                self.e().op_abc(Op::BuildMap, to, pairs, run as u16);
            } else {
                self.e().op_abc(Op::BuildMap, pairs, pairs, run as u16);
                self.e().op_abc(Op::DictMerge, to, pairs, callee);
            }
            self.release(mark);
            rest = &rest[run..];
        }
        Ok(())
    }

    fn check_caller(&mut self, func: &'a Expr) {
        let name = match func {
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::Dict(_) | Expr::DictComp(_) => "dict",
            Expr::Set(_) | Expr::SetComp(_) => "set",
            Expr::Generator(_) => "generator",
            Expr::FString(_) => "str",
            Expr::TString(_) => "string.templatelib.Template",
            other => match self.literal(other) {
                Some(Const::None) => "NoneType",
                Some(Const::Ellipsis) => "ellipsis",
                Some(Const::Bool(_)) => "bool",
                Some(Const::Int(_) | Const::BigInt(..)) => "int",
                Some(Const::Float(_)) => "float",
                Some(Const::Complex(..)) => "complex",
                Some(Const::Str(_)) => "str",
                Some(Const::Bytes(_)) => "bytes",
                _ => return,
            },
        };
        self.warn(
            format!("'{name}' object is not callable; perhaps you missed a comma?"),
            func.range(),
        );
    }
}
