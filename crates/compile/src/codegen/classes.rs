//! Class statements.

use super::{Codegen, Result, UnitKind};
use crate::emit::Reg;
use crate::scope::{BlockRole, Key};
use mesapy_bytecode::{CodeUnit, Const, Intrinsic1, Op};
use mesapy_syntax::ast;
use mesapy_syntax::text_size::TextRange;

impl<'a> Codegen<'a> {
    pub fn class_def(&mut self, node: &'a ast::StmtClassDef) -> Result {
        let (callees, dst) = self.decorators(&node.decorator_list)?;
        let range = self.definition_range(node.range, &node.decorator_list);
        let first_line = self.first_line(node.range, &node.decorator_list);
        self.at(range);
        match &node.type_params {
            None => {
                let code = self.class_body(node, range, first_line)?;
                self.build_class(node, range, code, None, dst)?;
            }
            Some(params) => {
                let callee = self.temp();
                self.enter_type_params(params, node.name.as_str(), first_line, range, 0)?;
                self.u().private = Some(node.name.as_str().into());
                let types = self.temp();
                self.type_params(params, types)?;
                self.at(range);
                self.store_name(".type_params", types)?;
                let code = self.class_body(node, range, first_line)?;
                let base = self.temp();
                self.load_name(".type_params", base)?;
                self.e().op_abcd(
                    Op::Intrinsic1,
                    base,
                    base,
                    0,
                    Intrinsic1::SubscriptGeneric as u8,
                );
                self.store_name(".generic_base", base)?;
                let result = self.temp();
                self.build_class(node, range, code, Some(base), result)?;
                self.at(range);
                self.e().op_a(Op::Return, result);
                let code = self.leave_unit()?;
                self.at(range);
                let base = self.e().temps(5);
                self.make_function(code, base, 0, callee)?;
                self.e().op_abc(Op::Call, dst, callee, 0);
            }
        }
        let value = self.apply_decorators(&node.decorator_list, &callees, dst);
        self.at(range);
        self.store_name(node.name.as_str(), value)
    }

    /// `__build_class__(body, name, *bases, **keywords)`; a generic class has its `Generic[…]` as the last base.
    fn build_class(
        &mut self,
        node: &'a ast::StmtClassDef,
        range: TextRange,
        code: CodeUnit,
        generic: Option<Reg>,
        dst: Reg,
    ) -> Result {
        self.at(range);
        let body = self.temp();
        let name = self.temp();
        let base = self.e().temps(5);
        self.make_function(code, base, 0, body)?;
        self.release(base as u32);
        self.load_str(name, node.name.as_str());
        let callee = self.temp();
        self.e().op_a(Op::LoadBuildClass, callee);
        let (args, keywords): (&'a [ast::Expr], &'a [ast::Keyword]) = match &node.arguments {
            Some(arguments) => (&arguments.args, &arguments.keywords),
            None => (&[], &[]),
        };
        self.call_with_extra(callee, &[body, name], args, generic, keywords, range, dst)
    }

    fn class_body(
        &mut self,
        node: &'a ast::StmtClassDef,
        range: TextRange,
        first_line: u32,
    ) -> Result<CodeUnit> {
        let block = self.block_of(Key::new(node, BlockRole::Body), node.range)?;
        self.enter_unit(
            UnitKind::Class,
            block,
            node.name.as_str(),
            first_line,
            Some(node.name.as_str().into()),
        )?;
        let mark = self.mark();
        let t = self.temp();
        self.load_name("__name__", t)?;
        self.store_name("__module__", t)?;
        let qualname = self.unit().qualname.clone();
        self.load_str(t, &qualname);
        self.store_name("__qualname__", t)?;
        self.load_const(t, Const::Int(first_line as i64));
        self.store_name("__firstlineno__", t)?;
        if node.type_params.is_some() {
            self.load_name(".type_params", t)?;
            self.store_name("__type_params__", t)?;
        }
        let classdict = self.scopes.names.intern("__classdict__");
        let needs_classdict = self.scopes.blocks[block].needs_classdict;
        if needs_classdict && let Some(cell) = self.cell_reg(classdict) {
            self.e().op_a(Op::LoadLocals, t);
            self.e().op_ab(Op::StoreCell, cell, t);
        }
        self.release(mark);
        self.top_body(&node.body)?;
        self.at(TextRange::empty(range.start()));
        self.class_end(block, needs_classdict)?;
        self.leave_unit()
    }

    fn class_end(&mut self, block: crate::scope::BlockId, needs_classdict: bool) -> Result {
        let t = self.temp();
        let mut attributes = std::mem::take(&mut self.u().static_attributes);
        attributes.sort();
        let attributes = attributes
            .into_iter()
            .map(|a| Const::Str(a.into_bytes()))
            .collect();
        self.load_const(t, Const::Tuple(attributes));
        self.store_name("__static_attributes__", t)?;
        if needs_classdict {
            let sym = self.scopes.names.intern("__classdict__");
            if let Some(cell) = self.cell_reg(sym) {
                self.e().moves(t, cell);
                self.store_name("__classdictcell__", t)?;
            }
        }
        if self.scopes.blocks[block].needs_class_closure {
            let sym = self.scopes.names.intern("__class__");
            if let Some(cell) = self.cell_reg(sym) {
                self.e().moves(t, cell);
                self.store_name("__classcell__", t)?;
            }
        } else {
            self.load_const(t, Const::None);
        }
        self.e().op_a(Op::Return, t);
        Ok(())
    }
}
