//! Deferred annotations (PEP 649 and 749): they are compiled into `__annotate__` functions that run when somebody asks.
//!
//! A module's or class's function is made from all annotations of its body. Those that stand where control may not pass (everywhere in a module, in
//! conditional blocks of a class) are numbered; passing one adds its number to the set `__conditional_annotations__`, and the function leaves out
//! what is not in the set.

use super::{Codegen, Result, UnitKind};
use crate::emit::Reg;
use crate::scope::{BlockId, BlockKind, BlockRole, Key};
use mesapy_bytecode::{CodeFlags, CodeUnit, Const, Op};
use mesapy_syntax::ast::{self, Expr, Parameters};
use mesapy_syntax::text_size::TextRange;

impl<'a> Codegen<'a> {
    pub fn future_annotations(&self) -> bool {
        self.options.future.has(CodeFlags::FUTURE_ANNOTATIONS)
    }

    /// The beginning of a module's or class's body.
    pub fn annotations_setup(&mut self) -> Result {
        let block = &self.scopes.blocks[self.unit().block];
        if self.future_annotations() {
            if block.annotations_used {
                self.e().op_ab(Op::SetupAnnotations, 0, 0);
            }
            return Ok(());
        }
        if block.kind == BlockKind::Module && block.annotation_block.is_some() {
            // A module's function exists from the start, but is compiled at the end.
            let (function, back) = (self.e().label(), self.e().label());
            self.e()
                .jump(mesapy_bytecode::Instr::asbx(Op::Jump, 0, 0), function);
            self.e().bind(back);
            self.u().annotate_labels = Some((function, back));
        }
        let block = &self.scopes.blocks[self.unit().block];
        if block.has_conditional_annotations {
            let mark = self.mark();
            let set = self.temp();
            self.e().op_abc(Op::BuildSet, set, 0, 0);
            match self.conditional_cell() {
                Some(cell) => self.e().op_ab(Op::StoreCell, cell, set),
                None => self.store_name("__conditional_annotations__", set)?,
            }
            self.release(mark);
        }
        Ok(())
    }

    fn conditional_cell(&mut self) -> Option<Reg> {
        let sym = self.scopes.names.intern("__conditional_annotations__");
        self.cell_reg(sym)
    }

    fn load_conditional(&mut self, dst: Reg) -> Result {
        match self.conditional_cell() {
            Some(cell) => {
                let free = self.unit().kind != UnitKind::Class;
                let e = self.e();
                let name = e.local_name("__conditional_annotations__") as u16;
                e.op_abcd(Op::LoadCell, dst, cell, name, free as u8);
                Ok(())
            }
            None => self.load_name("__conditional_annotations__", dst),
        }
    }

    /// Remembers a variable's annotation for the end of the body.
    pub fn defer_annotation(&mut self, node: &'a ast::StmtAnnAssign) -> Result {
        let unit = self.unit();
        let conditional = unit.kind == UnitKind::Module || unit.conditional_depth > 0;
        let mut index = None;
        if conditional {
            let number = self
                .unit()
                .deferred
                .iter()
                .filter(|(_, i)| i.is_some())
                .count() as u32;
            index = Some(number);
            let set = self.temp();
            let key = self.temp();
            self.at(node.range);
            self.load_conditional(set)?;
            self.load_const(key, Const::Int(number as i64));
            self.e().op_ab(Op::SetAdd, set, key);
        }
        self.u().deferred.push((node, index));
        Ok(())
    }

    /// The end of a module's or class's body.
    pub fn finish_annotations(&mut self) -> Result {
        let deferred = std::mem::take(&mut self.u().deferred);
        let labels = self.u().annotate_labels.take();
        let block = self.scopes.blocks[self.unit().block].annotation_block;
        let (Some(block), Some((first, _))) = (block, deferred.first()) else {
            if let Some((function, back)) = labels {
                // Only dead code was annotated.
                self.implicit_return()?;
                self.e().bind(function);
                self.e().goto_back(back);
            }
            return Ok(());
        };
        let is_class = self.unit().kind == UnitKind::Class;
        let range = if is_class {
            TextRange::empty(self.lines.start(self.unit().first_line).into())
        } else {
            self.unit().body_range.unwrap_or(first.range)
        };
        let first_line = self.lines.line(range.start().into());
        if let Some((function, _)) = labels {
            self.implicit_return()?;
            self.e().bind(function);
        }
        self.enter_annotate(block, "__annotate__", first_line, range)?;
        let map = self.temp();
        self.e().op_abc(Op::BuildMap, map, 0, 0);
        for (node, index) in &deferred {
            let mark = self.mark();
            let skip = self.e().label();
            self.at(range);
            if let Some(index) = index {
                let key = self.temp();
                let set = self.temp();
                self.load_const(key, Const::Int(*index as i64));
                self.load_conditional(set)?;
                self.e().op_abc(Op::Contains, key, key, set);
                self.e().jump_a(Op::JumpIfFalse, key, skip);
            }
            let value = self.temp();
            self.expr_to(&node.annotation, value)?;
            let key = self.temp();
            if let Expr::Name(name) = &*node.target {
                let mangled = self.mangled(&name.id);
                self.load_str(key, &mangled);
            }
            self.at(range);
            self.e().op_abc(Op::StoreItem, map, key, value);
            self.e().bind(skip);
            self.release(mark);
        }
        self.e().op_a(Op::Return, map);
        let code = self.leave_unit()?;
        self.at(range);
        let function = self.temp();
        let base = self.e().temps(5);
        self.make_function(code, base, 0, function)?;
        self.store_name(
            if is_class {
                "__annotate_func__"
            } else {
                "__annotate__"
            },
            function,
        )?;
        if let Some((_, back)) = labels {
            self.e().goto_back(back);
        }
        Ok(())
    }

    /// Opens the code of a function that computes annotations (or a bound, default or alias) in a given format.
    pub fn enter_annotate(
        &mut self,
        block: BlockId,
        name: &str,
        first_line: u32,
        range: TextRange,
    ) -> Result {
        self.enter_unit(UnitKind::Annotations, block, name, first_line, None)?;
        let unit = self.u();
        unit.arg_count = 1;
        unit.posonly_count = 1;
        self.at(range);
        // VALUE (1) and VALUE_WITH_FAKE_GLOBALS (2) are what compiled code can do.
        let known = self.e().label();
        let format: Reg = 0;
        match self.e().small_constant(Const::Int(2)) {
            Some(two) => self.e().jump_ab(Op::JumpNotGtK, format, two, known),
            None => return Ok(()),
        }
        let t = self.temp();
        self.e().op_abcd(Op::LoadCommon, t, 0, 0, 1);
        self.e().op_abcd(Op::Raise, t, 0, 0, 1);
        self.release(t as u32);
        self.e().bind(known);
        Ok(())
    }

    /// A function's annotations as an annotate function in `dst`; false if it has none.
    pub fn function_annotations(
        &mut self,
        function: &str,
        parameters: &'a Parameters,
        returns: Option<&'a Expr>,
        range: TextRange,
        dst: Reg,
    ) -> Result<bool> {
        let mut list: Vec<(&'a str, &'a Expr)> = Vec::new();
        let plain = |p: &'a ast::ParameterWithDefault| {
            p.parameter
                .annotation
                .as_deref()
                .map(|a| (p.parameter.name.as_str(), a))
        };
        let star = |p: &'a Option<Box<ast::Parameter>>| {
            p.as_ref()
                .and_then(|p| p.annotation.as_deref().map(|a| (p.name.as_str(), a)))
        };
        list.extend(parameters.posonlyargs.iter().filter_map(plain));
        list.extend(parameters.args.iter().filter_map(plain));
        list.extend(star(&parameters.vararg));
        list.extend(parameters.kwonlyargs.iter().filter_map(plain));
        list.extend(star(&parameters.kwarg));
        list.extend(returns.map(|r| ("return", r)));
        if list.is_empty() {
            return Ok(false);
        }
        let block = self.block_of(Key::new(parameters, BlockRole::Annotations), range)?;
        let first_line = self.lines.line(range.start().into());
        let qualname = self.qualname(UnitKind::Function, function);
        self.enter_annotate(block, "__annotate__", first_line, range)?;
        self.u().qualname = format!("{qualname}.__annotate__");
        let code = self.annotations_dict(list, range)?;
        self.at(range);
        let mark = self.mark();
        let base = self.e().temps(5);
        self.make_function(code, base, 0, dst)?;
        self.release(mark);
        Ok(true)
    }

    fn annotations_dict(
        &mut self,
        list: Vec<(&'a str, &'a Expr)>,
        range: TextRange,
    ) -> Result<CodeUnit> {
        let map = self.temp();
        self.at(range);
        self.e().op_abc(Op::BuildMap, map, 0, 0);
        for (name, annotation) in list {
            let mark = self.mark();
            let key = self.temp();
            let value = self.temp();
            self.at(range);
            let mangled = self.mangled(name);
            self.load_str(key, &mangled);
            if self.future_annotations() {
                let text = self.annotation_text(annotation);
                self.load_const(value, Const::Str(text));
            } else if let Expr::Starred(star) = annotation {
                // `*args: *Ts`
                let tuple = self.operand(&star.value)?;
                self.e().op_abc(Op::UnpackSequence, value, tuple, 1);
            } else {
                self.expr_to(annotation, value)?;
            }
            self.at(range);
            self.e().op_abc(Op::MapAdd, map, key, value);
            self.release(mark);
        }
        self.e().op_a(Op::Return, map);
        self.leave_unit()
    }

    /// An annotation's text under `from __future__ import annotations`.
    pub fn annotation_text(&self, annotation: &'a Expr) -> Vec<u8> {
        crate::unparse::expression(annotation, self.source)
    }
}
