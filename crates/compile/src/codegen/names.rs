//! Names: how each is reached from the current code, and the instructions that load, store and delete it.
//!
//! CPython: Python/codegen.c, codegen_nameop.

use super::{Codegen, Result, UnitKind};
use crate::emit::Reg;
use crate::scope::{BlockKind, Reach, Sym};
use mesapy_bytecode::{Instr, Op};
use mesapy_syntax::ast;

/// Where a variable lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Var {
    Fast(Reg),
    Cell {
        reg: Reg,
        free: bool,
    },
    /// A cell, unless the class's namespace has the name.
    ClassCell(Reg),
    /// A global or builtin, unless the enclosing class's namespace has the name.
    ClassGlobal,
    Global,
    Name,
}

impl<'a> Codegen<'a> {
    /// The register of a function's local; the first mention assigns it, so that `co_varnames` has CPython's order.
    pub fn local_reg(&mut self, sym: Sym) -> Reg {
        let unit = self.u();
        if let Some(&reg) = unit.locals.get(&sym) {
            return reg;
        }
        let reg = unit.varnames.len() as Reg;
        unit.varnames.push(sym);
        unit.locals.insert(sym, reg);
        reg
    }

    pub fn resolve(&mut self, sym: Sym) -> Var {
        let unit = self.unit();
        let block = &self.scopes.blocks[unit.block];
        let function = block.function_like();
        let class = block.kind == BlockKind::Class;
        let in_comprehension = !unit.comp_scopes.is_empty();
        let mut free_in_comprehension = false;
        for scope in unit.comp_scopes.iter().rev() {
            if let Some(&var) = scope.vars.get(&sym) {
                return var;
            }
            match self.scopes.blocks[scope.block].lookup(sym).map(|s| s.reach) {
                Some(Reach::GlobalExplicit) => return Var::Global,
                Some(Reach::GlobalImplicit) => {
                    return if function || class {
                        Var::Global
                    } else {
                        Var::Name
                    };
                }
                Some(Reach::Free) => free_in_comprehension = true,
                _ => {}
            }
        }
        // What a comprehension takes from outside of the class is not what the class itself calls so.
        if class
            && free_in_comprehension
            && let Some(&(_, reg)) = unit.free.iter().find(|(s, _)| *s == sym)
        {
            return Var::Cell { reg, free: true };
        }
        let sees_class = block.can_see_class_scope;
        let reach = block.lookup(sym).map_or(Reach::GlobalImplicit, |s| s.reach);
        let cell = |list: &[(Sym, Reg)]| list.iter().find(|(s, _)| *s == sym).map(|(_, r)| *r);
        match reach {
            Reach::Free | Reach::Cell => {
                // A class body has a cell `__class__` for its functions, and still sees the one around it.
                if let Some(reg) = cell(&unit.free).filter(|_| class && !in_comprehension) {
                    return Var::ClassCell(reg);
                }
                if let Some(reg) = cell(&unit.cells) {
                    return Var::Cell { reg, free: false };
                }
                match cell(&unit.free) {
                    Some(reg) if (class || sees_class) && !in_comprehension => Var::ClassCell(reg),
                    Some(reg) => Var::Cell { reg, free: true },
                    None => Var::Global,
                }
            }
            Reach::Local if function => Var::Fast(self.local_reg(sym)),
            Reach::GlobalExplicit => Var::Global,
            Reach::GlobalImplicit | Reach::Unknown if function && sees_class => Var::ClassGlobal,
            Reach::GlobalImplicit | Reach::Unknown if function => Var::Global,
            _ => Var::Name,
        }
    }

    /// Register of the cell of a name that this unit closes over, or passes on to an inner function.
    pub fn cell_reg(&mut self, sym: Sym) -> Option<Reg> {
        let unit = self.unit();
        for scope in unit.comp_scopes.iter().rev() {
            if let Some(Var::Cell { reg, .. }) = scope.vars.get(&sym) {
                return Some(*reg);
            }
        }
        unit.cells
            .iter()
            .chain(&unit.free)
            .find(|(s, _)| *s == sym)
            .map(|(_, r)| *r)
    }

    /// The local's register if the name is one that can be an operand in place.
    pub fn local_operand(&mut self, name: &ast::ExprName) -> Option<Reg> {
        let sym = self.sym(&name.id);
        let Var::Fast(reg) = self.resolve(sym) else {
            return None;
        };
        let block = self.unit().block;
        if self.scopes.blocks[block].walrus.contains(&sym) {
            return None;
        }
        self.at(name.range);
        self.check_local(reg, sym);
        Some(reg)
    }

    pub fn check_local(&mut self, reg: Reg, sym: Sym) {
        let text = self.scopes.names.text(sym).clone();
        let e = self.e();
        let name = e.local_name(&text);
        e.emit(Instr::abx(Op::CheckLocal, reg, name));
    }

    pub fn load_name(&mut self, name: &str, dst: Reg) -> Result {
        let sym = self.sym(name);
        self.load_sym(sym, dst);
        Ok(())
    }

    pub fn load_sym(&mut self, sym: Sym, dst: Reg) {
        let text = self.scopes.names.text(sym).clone();
        let var = self.resolve(sym);
        match var {
            Var::Fast(reg) => {
                self.check_local(reg, sym);
                self.e().moves(dst, reg);
            }
            Var::Cell { reg, free } => {
                let e = self.e();
                let name = e.local_name(&text) as u16;
                e.op_abcd(Op::LoadCell, dst, reg, name, free as u8);
            }
            Var::ClassCell(reg) => {
                let mark = self.mark();
                let t = self.scratch(dst);
                self.load_class_namespace(t);
                self.e().op_site(Op::LoadFromDictOrCell, t, reg, &text);
                self.e().moves(dst, t);
                self.release(mark);
            }
            Var::ClassGlobal => {
                let mark = self.mark();
                let t = self.temp();
                self.load_class_namespace(t);
                self.e().op_site(Op::LoadFromDictOrGlobal, dst, t, &text);
                self.release(mark);
            }
            Var::Global => self.e().op_site(Op::LoadGlobal, dst, 0, &text),
            Var::Name => self.e().op_site(Op::LoadName, dst, 0, &text),
        }
    }

    /// The namespace of the class that this code is in: its own, or through `__classdict__`.
    fn load_class_namespace(&mut self, dst: Reg) {
        let sym = self.scopes.names.intern("__classdict__");
        match self.cell_reg(sym) {
            Some(reg) if self.unit().kind != UnitKind::Class => {
                let e = self.e();
                let name = e.local_name("__classdict__") as u16;
                e.op_abcd(Op::LoadCell, dst, reg, name, 1);
            }
            _ => self.e().op_a(Op::LoadLocals, dst),
        }
    }

    pub fn store_name(&mut self, name: &str, from: Reg) -> Result {
        let sym = self.sym(name);
        self.store_sym(sym, from);
        Ok(())
    }

    pub fn store_sym(&mut self, sym: Sym, from: Reg) {
        let text = self.scopes.names.text(sym).clone();
        match self.resolve(sym) {
            Var::Fast(reg) => self.e().moves(reg, from),
            Var::Cell { reg, .. } | Var::ClassCell(reg) => self.e().op_ab(Op::StoreCell, reg, from),
            Var::Global | Var::ClassGlobal => self.e().op_site(Op::StoreGlobal, from, 0, &text),
            Var::Name => self.e().op_site(Op::StoreName, from, 0, &text),
        }
    }

    pub fn delete_name(&mut self, name: &str) -> Result {
        let sym = self.sym(name);
        let text = self.scopes.names.text(sym).clone();
        match self.resolve(sym) {
            Var::Fast(reg) => {
                let e = self.e();
                let name = e.local_name(&text);
                e.emit(Instr::abx(Op::DeleteLocal, reg, name));
            }
            Var::Cell { reg, free } => {
                let e = self.e();
                let name = e.local_name(&text) as u16;
                e.op_abcd(Op::DeleteCell, reg, 0, name, free as u8);
            }
            Var::ClassCell(reg) => {
                let e = self.e();
                let name = e.local_name(&text) as u16;
                e.op_abcd(Op::DeleteCell, reg, 0, name, 1);
            }
            Var::Global | Var::ClassGlobal => self.e().op_site(Op::DeleteGlobal, 0, 0, &text),
            Var::Name => self.e().op_site(Op::DeleteName, 0, 0, &text),
        }
        Ok(())
    }

    /// Sets a name to None and deletes it: the end of an `except … as name` body.
    pub fn forget_name(&mut self, name: &str) -> Result {
        let sym = self.sym(name);
        if let Var::Fast(reg) = self.resolve(sym) {
            self.e().op_a(Op::LoadEmpty, reg);
            return Ok(());
        }
        let mark = self.mark();
        let t = self.load_none();
        self.store_name(name, t)?;
        self.delete_name(name)?;
        self.release(mark);
        Ok(())
    }

    /// The register that an assignment to `name` can be computed into directly.
    pub fn fast_target(&mut self, target: &ast::Expr) -> Option<Reg> {
        let ast::Expr::Name(name) = target else {
            return None;
        };
        let sym = self.sym(&name.id);
        match self.resolve(sym) {
            Var::Fast(reg) => Some(reg),
            _ => None,
        }
    }
}
