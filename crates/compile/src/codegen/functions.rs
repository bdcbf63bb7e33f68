//! Functions and lambdas: what is evaluated where they are defined, and the code of their bodies.

use super::{Codegen, Result, UnitKind};
use crate::emit::Reg;
use crate::scope::{BlockRole, Key};
use mesapy_bytecode::{CodeUnit, Const, FRAME_HEADER, Intrinsic2, Op};
use mesapy_syntax::ast::{self, Decorator, Expr, Parameters};
use mesapy_syntax::text_size::{Ranged, TextRange, TextSize};

/// MakeFunction's flags.
pub(super) mod attribute {
    pub const DEFAULTS: u8 = 1;
    pub const KWDEFAULTS: u8 = 2;
    pub const ANNOTATE: u8 = 4;
    pub const CLOSURE: u8 = 8;
}

impl<'a> Codegen<'a> {
    /// Where `def`, `async def` or `class` stands behind the decorators: the node's range in CPython.
    pub fn definition_range(&self, range: TextRange, decorators: &[Decorator]) -> TextRange {
        let range = self.source.block_range(range);
        let Some(last) = decorators.last() else {
            return range;
        };
        let from = usize::from(last.range.end());
        let text = self.source.text.as_bytes();
        let mut at = from;
        let mut comment = false;
        while let Some(&byte) = text.get(at) {
            match byte {
                b'\n' => comment = false,
                _ if comment => {}
                b'#' => comment = true,
                b' ' | b'\t' | b'\x0c' | b'\r' | b'\\' | b')' => {}
                _ => break,
            }
            at += 1;
        }
        let start = TextSize::try_from(at).unwrap_or(range.start());
        if start < range.end() {
            TextRange::new(start, range.end())
        } else {
            range
        }
    }

    /// The first line of a definition's code: its first decorator's.
    pub fn first_line(&self, range: TextRange, decorators: &[Decorator]) -> u32 {
        let start = decorators
            .first()
            .map_or(range.start(), |d| d.expression.start());
        self.lines.line(start.into())
    }

    /// Evaluates the decorators into nested call layouts; gives the callables and the register for what is decorated.
    pub fn decorators(&mut self, list: &'a [Decorator]) -> Result<(Vec<Reg>, Reg)> {
        let mut callees = Vec::with_capacity(list.len());
        for decorator in list {
            let callee = self.temp();
            self.expr_to(&decorator.expression, callee)?;
            callees.push(callee);
            self.e().temps(FRAME_HEADER as u32 - 1);
        }
        let decorated = self.temp();
        Ok((callees, decorated))
    }

    /// Applies the decorators, last one first; gives the register of the result.
    pub fn apply_decorators(
        &mut self,
        list: &'a [Decorator],
        callees: &[Reg],
        decorated: Reg,
    ) -> Reg {
        let mut value = decorated;
        for (decorator, &callee) in list.iter().zip(callees).rev() {
            self.at(decorator.expression.range());
            let argument = callee + FRAME_HEADER;
            self.e().moves(argument, value);
            self.e().op_abc(Op::Call, callee, callee, 1);
            value = callee;
        }
        value
    }

    pub fn function_def(&mut self, node: &'a ast::StmtFunctionDef) -> Result {
        let (callees, mut dst) = self.decorators(&node.decorator_list)?;
        let range = self.definition_range(node.range, &node.decorator_list);
        self.at(range);
        if node.decorator_list.is_empty()
            && crate::scope::has_defaults(&node.parameters) == (false, false)
        {
            let sym = self.sym(node.name.as_str());
            if let super::names::Var::Fast(reg) = self.resolve(sym) {
                dst = reg;
            }
        }
        self.generic_or_plain(node, range, dst)?;
        let value = self.apply_decorators(&node.decorator_list, &callees, dst);
        self.at(range);
        self.store_name(node.name.as_str(), value)
    }

    fn generic_or_plain(
        &mut self,
        node: &'a ast::StmtFunctionDef,
        range: TextRange,
        dst: Reg,
    ) -> Result {
        let Some(params) = &node.type_params else {
            let base = self.e().temps(5);
            let flags = self.defaults(&node.parameters, base)?;
            return self.function_object(node, range, base, flags, dst);
        };
        // The defaults are evaluated out here and handed to the scope of the type parameters as arguments.
        let callee = self.temp();
        self.e().temps(FRAME_HEADER as u32 - 1);
        let mut count = 0;
        let (positional, keyword) = crate::scope::has_defaults(&node.parameters);
        if positional {
            let t = self.temp();
            self.positional_defaults(&node.parameters, t)?;
            count += 1;
        }
        if keyword {
            let t = self.temp();
            self.keyword_defaults(&node.parameters, t)?;
            count += 1;
        }
        self.at(range);
        let first_line = self.first_line(node.range, &node.decorator_list);
        self.enter_type_params(params, node.name.as_str(), first_line, range, count)?;
        let types = self.temp();
        self.type_params(params, types)?;
        let base = self.e().temps(5);
        let mut flags = 0;
        self.at(range);
        let mut argument = 0;
        for (present, offset, flag) in [
            (positional, 1, attribute::DEFAULTS),
            (keyword, 2, attribute::KWDEFAULTS),
        ] {
            if present {
                self.e().moves(base + offset, argument);
                argument += 1;
                flags |= flag;
            }
        }
        let pair = self.e().temps(2);
        self.function_object(node, range, base, flags, pair)?;
        self.at(range);
        self.e().moves(pair + 1, types);
        self.e().op_abcd(
            Op::Intrinsic2,
            pair,
            pair,
            0,
            Intrinsic2::SetFunctionTypeParams as u8,
        );
        self.e().op_a(Op::Return, pair);
        let code = self.leave_unit()?;
        self.at(range);
        let base = self.e().temps(5);
        self.make_function(code, base, 0, callee)?;
        self.e().op_abc(Op::Call, dst, callee, count as u16);
        Ok(())
    }

    /// The function itself, its defaults already in `base + 1` and `base + 2`.
    fn function_object(
        &mut self,
        node: &'a ast::StmtFunctionDef,
        range: TextRange,
        base: Reg,
        mut flags: u8,
        dst: Reg,
    ) -> Result {
        self.at(range);
        if self.function_annotations(
            &node.name,
            &node.parameters,
            node.returns.as_deref(),
            range,
            base + 3,
        )? {
            flags |= attribute::ANNOTATE;
        }
        let first_line = self.first_line(node.range, &node.decorator_list);
        let code = self.function_body(node, first_line)?;
        self.at(range);
        self.make_function(code, base, flags, dst)
    }

    fn function_body(
        &mut self,
        node: &'a ast::StmtFunctionDef,
        first_line: u32,
    ) -> Result<CodeUnit> {
        let kind = if node.is_async {
            UnitKind::AsyncFunction
        } else {
            UnitKind::Function
        };
        let block = self.block_of(Key::new(node, BlockRole::Body), node.range)?;
        self.enter_unit(kind, block, node.name.as_str(), first_line, None)?;
        self.count_parameters(&node.parameters);
        let mut rest = &node.body[..];
        if let Some(literal) = crate::docstring::find(&node.body) {
            rest = rest.get(1..).unwrap_or(&[]);
            if self.options.optimize < 2 {
                let text = self.docstring_value(literal);
                self.e().constant(Const::Str(text));
                self.u().docstring = true;
            }
        }
        if let Some(first) = node.body.first() {
            self.at(first.range());
        }
        self.body(rest)?;
        self.implicit_return()?;
        self.leave_unit()
    }

    pub fn count_parameters(&mut self, parameters: &Parameters) {
        let unit = self.u();
        unit.posonly_count = parameters.posonlyargs.len() as u32;
        unit.arg_count = unit.posonly_count + parameters.args.len() as u32;
        unit.kwonly_count = parameters.kwonlyargs.len() as u32;
    }

    /// Defaults to `base + 1` and `base + 2`; gives MakeFunction's flags.
    fn defaults(&mut self, parameters: &'a Parameters, base: Reg) -> Result<u8> {
        let (positional, keyword) = crate::scope::has_defaults(parameters);
        let mut flags = 0;
        if positional {
            self.positional_defaults(parameters, base + 1)?;
            flags |= attribute::DEFAULTS;
        }
        if keyword {
            self.keyword_defaults(parameters, base + 2)?;
            flags |= attribute::KWDEFAULTS;
        }
        Ok(flags)
    }

    fn positional_defaults(&mut self, parameters: &'a Parameters, dst: Reg) -> Result {
        let values: Vec<&'a Expr> = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .filter_map(|p| p.default.as_deref())
            .collect();
        if let Some(constants) = values
            .iter()
            .map(|v| self.fold(v))
            .collect::<Option<Vec<Const>>>()
        {
            self.load_const(dst, Const::Tuple(constants));
            return Ok(());
        }
        let mark = self.mark();
        for value in &values {
            let t = self.temp();
            self.expr_to(value, t)?;
        }
        self.e()
            .op_abc(Op::BuildTuple, dst, mark as Reg, values.len() as u16);
        self.release(mark);
        Ok(())
    }

    fn keyword_defaults(&mut self, parameters: &'a Parameters, dst: Reg) -> Result {
        let mark = self.mark();
        let mut count = 0;
        for parameter in &parameters.kwonlyargs {
            if let Some(default) = &parameter.default {
                let key = self.temp();
                let name = self.mangled(parameter.parameter.name.as_str());
                self.load_str(key, &name);
                let value = self.temp();
                self.expr_to(default, value)?;
                count += 1;
            }
        }
        self.e().op_abc(Op::BuildMap, dst, mark as Reg, count);
        self.release(mark);
        Ok(())
    }

    pub fn lambda(&mut self, node: &'a ast::ExprLambda, dst: Reg) -> Result {
        let base = self.e().temps(5);
        let flags = match &node.parameters {
            Some(parameters) => {
                self.at(node.range);
                self.defaults(parameters, base)?
            }
            None => 0,
        };
        let block = self.block_of(Key::new(node, BlockRole::Body), node.range)?;
        let first_line = self.lines.line(node.range.start().into());
        self.enter_unit(UnitKind::Lambda, block, "<lambda>", first_line, None)?;
        if let Some(parameters) = &node.parameters {
            self.count_parameters(parameters);
        }
        let value = self.operand(&node.body)?;
        self.at(node.body.range());
        self.e().op_a(Op::Return, value);
        let code = self.leave_unit()?;
        self.at(node.range);
        self.make_function(code, base, flags, dst)
    }

    /// A function object from `code`; what `flags` name is in `base + 1 …` already. Adds the closure.
    pub fn make_function(&mut self, code: CodeUnit, base: Reg, mut flags: u8, dst: Reg) -> Result {
        if !code.freevars.is_empty() {
            let mark = self.mark();
            for name in &code.freevars {
                let name = String::from_utf8_lossy(name).into_owned();
                let sym = self.scopes.names.intern(&name);
                let Some(cell) = self.cell_reg(sym) else {
                    return Err(crate::CompileError {
                        kind: crate::ErrorKind::Value,
                        message: format!("no cell for '{name}'"),
                        range: TextRange::default(),
                    });
                };
                let t = self.temp();
                self.e().moves(t, cell);
            }
            self.e().op_abc(
                Op::BuildTuple,
                base + 4,
                mark as Reg,
                code.freevars.len() as u16,
            );
            self.release(mark);
            flags |= attribute::CLOSURE;
        }
        self.load_const(base, Const::Code(Box::new(code)));
        self.e().op_abcd(Op::MakeFunction, dst, base, 0, flags);
        Ok(())
    }
}
