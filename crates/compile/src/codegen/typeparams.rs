//! Type parameters and type aliases (PEP 695, 696): a scope of their own around what they belong to, bounds and defaults evaluated on demand.

use super::{Codegen, Result, UnitKind};
use crate::emit::Reg;
use crate::limits::DISPLAY_MAX;
use crate::scope::{BlockRole, Key};
use mesapy_bytecode::{Const, FRAME_HEADER, Intrinsic1, Intrinsic2, Op};
use mesapy_syntax::ast::{self, Expr, TypeParam, TypeParams};
use mesapy_syntax::text_size::{Ranged, TextRange};

impl<'a> Codegen<'a> {
    /// Opens the code of a type parameter scope, a function of `arguments` arguments.
    pub fn enter_type_params(
        &mut self,
        params: &'a TypeParams,
        name: &str,
        first_line: u32,
        range: TextRange,
        arguments: u32,
    ) -> Result {
        let block = self.block_of(Key::new(params, BlockRole::TypeParams), params.range)?;
        self.enter_unit(
            UnitKind::TypeParams,
            block,
            &format!("<generic parameters of {name}>"),
            first_line,
            None,
        )?;
        self.u().arg_count = arguments;
        self.at(range);
        Ok(())
    }

    /// Makes the parameters, binds their names, and puts the tuple of them into `dst`.
    pub fn type_params(&mut self, params: &'a TypeParams, dst: Reg) -> Result {
        let list = &params.type_params;
        let long = list.len() > DISPLAY_MAX;
        let mark = self.mark();
        if long {
            self.e().op_abc(Op::BuildList, dst, 0, 0);
        }
        let mut seen_default = false;
        for param in list {
            let inner = self.mark();
            let value = self.temp();
            let default = self.type_param(param, value)?;
            match default {
                Some(default) => {
                    seen_default = true;
                    let _ = default;
                }
                None if seen_default => {
                    let name = match param {
                        TypeParam::TypeVar(p) => &p.name,
                        TypeParam::TypeVarTuple(p) => &p.name,
                        TypeParam::ParamSpec(p) => &p.name,
                    };
                    return self.error(
                        format!(
                            "non-default type parameter '{name}' follows default type parameter"
                        ),
                        param.range(),
                    );
                }
                None => {}
            }
            if long {
                self.e().op_ab(Op::ListAppend, dst, value);
                self.release(inner);
            }
        }
        self.at(params.range);
        if long {
            self.e().op_ab(Op::ListToTuple, dst, dst);
        } else {
            self.e()
                .op_abc(Op::BuildTuple, dst, mark as Reg, list.len() as u16);
        }
        self.release(mark);
        Ok(())
    }

    fn type_param(&mut self, param: &'a TypeParam, dst: Reg) -> Result<Option<&'a Expr>> {
        let mark = self.mark();
        let pair = self.e().temps(2);
        let (name, bound, default, kind) = match param {
            TypeParam::TypeVar(p) => (
                &p.name,
                p.bound.as_deref(),
                p.default.as_deref(),
                Intrinsic1::TypeVar,
            ),
            TypeParam::TypeVarTuple(p) => (
                &p.name,
                None,
                p.default.as_deref(),
                Intrinsic1::TypeVarTuple,
            ),
            TypeParam::ParamSpec(p) => (&p.name, None, p.default.as_deref(), Intrinsic1::ParamSpec),
        };
        self.at(param.range());
        let mangled = self.mangled(name.as_str());
        self.load_str(pair, name.as_str());
        match bound {
            None => self.e().op_abcd(Op::Intrinsic1, dst, pair, 0, kind as u8),
            Some(bound) => {
                self.evaluator(
                    name.as_str(),
                    Key::new(param, BlockRole::Bound),
                    bound,
                    pair + 1,
                )?;
                self.at(param.range());
                let how = if bound.is_tuple_expr() {
                    Intrinsic2::TypeVarWithConstraints
                } else {
                    Intrinsic2::TypeVarWithBound
                };
                self.e().op_abcd(Op::Intrinsic2, dst, pair, 0, how as u8);
            }
        }
        if let Some(default) = default {
            self.e().moves(pair, dst);
            self.evaluator(
                name.as_str(),
                Key::new(param, BlockRole::Default),
                default,
                pair + 1,
            )?;
            self.at(param.range());
            self.e().op_abcd(
                Op::Intrinsic2,
                dst,
                pair,
                0,
                Intrinsic2::SetTypeParamDefault as u8,
            );
        }
        let _ = mangled;
        self.store_name(name.as_str(), dst)?;
        self.release(mark);
        Ok(default)
    }

    /// A function that computes `value` when asked.
    fn evaluator(&mut self, name: &str, key: Key, value: &'a Expr, dst: Reg) -> Result {
        let block = self.block_of(key, value.range())?;
        let first_line = self.lines.line(value.range().start().into());
        self.enter_annotate(block, name, first_line, value.range())?;
        let result = if let Expr::Starred(star) = value {
            let tuple = self.operand(&star.value)?;
            let t = self.temp();
            self.at(value.range());
            self.e().op_abc(Op::UnpackSequence, t, tuple, 1);
            t
        } else {
            self.operand(value)?
        };
        self.at(value.range());
        self.e().op_a(Op::Return, result);
        let code = self.leave_unit()?;
        self.at(value.range());
        self.evaluator_function(code, dst)
    }

    /// The function has the format VALUE as its argument's default.
    fn evaluator_function(&mut self, code: mesapy_bytecode::CodeUnit, dst: Reg) -> Result {
        let mark = self.mark();
        let base = self.e().temps(5);
        self.load_const(base + 1, Const::Tuple(vec![Const::Int(1)]));
        self.make_function(code, base, super::functions::attribute::DEFAULTS, dst)?;
        self.release(mark);
        Ok(())
    }

    /// `type X[T] = value`.
    pub fn type_alias(&mut self, node: &'a ast::StmtTypeAlias) -> Result {
        let Expr::Name(name) = &*node.name else {
            return self.error("cannot assign to expression", node.range);
        };
        let dst = self.temp();
        match &node.type_params {
            None => self.alias_object(node, &name.id, None, dst)?,
            Some(params) => {
                let callee = self.temp();
                self.e().temps(FRAME_HEADER as u32 - 1);
                let first_line = self.lines.line(node.range.start().into());
                self.enter_type_params(params, &name.id, first_line, node.range, 0)?;
                let types = self.temp();
                self.type_params(params, types)?;
                let result = self.temp();
                self.alias_object(node, &name.id, Some(types), result)?;
                self.at(node.range);
                self.e().op_a(Op::Return, result);
                let code = self.leave_unit()?;
                self.at(node.range);
                let base = self.e().temps(5);
                self.make_function(code, base, 0, callee)?;
                self.e().op_abc(Op::Call, dst, callee, 0);
            }
        }
        self.at(name.range);
        self.store_name(&name.id, dst)
    }

    fn alias_object(
        &mut self,
        node: &'a ast::StmtTypeAlias,
        name: &str,
        types: Option<Reg>,
        dst: Reg,
    ) -> Result {
        let mark = self.mark();
        let parts = self.e().temps(3);
        self.at(node.range);
        self.load_str(parts, name);
        match types {
            Some(types) => self.e().moves(parts + 1, types),
            None => self.load_const(parts + 1, Const::None),
        }
        let block = self.block_of(Key::new(node, BlockRole::Value), node.range)?;
        let first_line = self.lines.line(node.range.start().into());
        self.enter_annotate(block, name, first_line, node.range)?;
        let value = self.operand(&node.value)?;
        self.at(node.range);
        self.e().op_a(Op::Return, value);
        let code = self.leave_unit()?;
        self.at(node.range);
        self.evaluator_function(code, parts + 2)?;
        self.e().op_abc(Op::BuildTuple, dst, parts, 3);
        self.e()
            .op_abcd(Op::Intrinsic1, dst, dst, 0, Intrinsic1::TypeAlias as u8);
        self.release(mark);
        Ok(())
    }
}
