//! Opening and closing a code object: its registers for parameters, locals, cells and free variables, its flags and its names.

use super::{Codegen, Result, Unit, UnitKind};
use crate::emit::{Emitter, Reg};
use crate::error::CompileError;
use crate::limits::{REGISTERS_MAX, UNITS_MAX};
use crate::scope::{Block, BlockId, BlockKind, Reach, Sym, def};
use mesapy_bytecode::{CodeFlags, CodeUnit, Instr, Op, Text};
use mesapy_syntax::text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

impl<'a> Codegen<'a> {
    /// The names of a block that `wanted` picks, by code points (the order of their UTF-8 bytes).
    fn sorted(&self, block: &Block, wanted: impl Fn(u32, Reach) -> bool) -> Vec<Sym> {
        let mut list: Vec<Sym> = block
            .symbols
            .iter()
            .filter(|(_, s)| wanted(s.flags, s.reach))
            .map(|(name, _)| *name)
            .collect();
        list.sort_by(|x, y| {
            self.scopes
                .names
                .text(*x)
                .as_bytes()
                .cmp(self.scopes.names.text(*y).as_bytes())
        });
        list
    }

    /// Starts a code object for `block`. `private` overrides the class whose names are mangled.
    pub fn enter_unit(
        &mut self,
        kind: UnitKind,
        block: BlockId,
        name: &str,
        first_line: u32,
        private: Option<Rc<str>>,
    ) -> Result {
        if self.units.len() >= UNITS_MAX {
            return Err(CompileError::recursion(self.scopes.blocks[block].range));
        }
        let b = &self.scopes.blocks[block];
        let function = b.function_like();
        let mut cells = self.sorted(b, |_, reach| reach == Reach::Cell);
        let free = self.sorted(b, |flags, reach| {
            reach == Reach::Free || flags & def::FREE_CLASS != 0
        });
        let mut class_cells = Vec::new();
        if b.kind == BlockKind::Class {
            if b.needs_class_closure {
                class_cells.push("__class__");
            }
            if b.needs_classdict {
                class_cells.push("__classdict__");
            }
            if b.has_conditional_annotations {
                class_cells.push("__conditional_annotations__");
            }
        }
        let params = b.params.clone();
        // Modules and classes have variables of comprehensions only.
        let others = if function {
            b.symbols
                .iter()
                .filter(|(_, s)| s.flags & def::PARAM == 0 && s.reach == Reach::Local)
                .count()
        } else {
            b.comp_vars.len()
        };
        let locals_max = (params.len() + others) as u32;
        let private = private.or_else(|| b.private.clone());
        for name in class_cells {
            cells.push(self.scopes.names.intern(name));
        }
        let param_index: FxHashMap<Sym, usize> =
            params.iter().enumerate().map(|(i, &p)| (p, i)).collect();
        let total = locals_max as usize + cells.len() + free.len();
        if total as u32 + 300 > REGISTERS_MAX {
            return Err(CompileError::overflow(
                "too many local variables",
                TextRange::default(),
            ));
        }
        let mut next = locals_max;
        let cells: Vec<(Sym, Reg)> = cells
            .into_iter()
            .map(|sym| match param_index.get(&sym) {
                Some(&index) => (sym, index as Reg),
                None => {
                    next += 1;
                    (sym, (next - 1) as Reg)
                }
            })
            .collect();
        // Cells of parameters first, as in CPython's list of all variables.
        let mut cells = cells;
        cells.sort_by_key(|&(_, reg)| reg);
        let first_free = next as Reg;
        let free: Vec<(Sym, Reg)> = free.into_iter().zip(first_free..).collect();
        next += free.len() as u32;
        let locals = params
            .iter()
            .enumerate()
            .map(|(i, &p)| (p, i as Reg))
            .collect();
        let qualname = self.qualname(kind, name);
        let mut emit = Emitter::new(next);
        emit.placed = false;
        if !free.is_empty() {
            emit.emit(Instr::asbx(Op::CopyFree, first_free, free.len() as i32));
        }
        for &(_, reg) in &cells {
            emit.op_a(Op::MakeCell, reg);
        }
        emit.placed = true;
        emit.range = TextRange::empty(self.lines.start(first_line).into());
        self.units.push(Unit {
            kind,
            block,
            emit,
            name: name.to_owned(),
            qualname,
            private,
            first_line,
            arg_count: 0,
            posonly_count: 0,
            kwonly_count: 0,
            locals,
            varnames: params,
            first_temp: next,
            cells,
            free,
            first_free,
            frames: Vec::new(),
            comp_scopes: Vec::new(),
            static_attributes: Vec::new(),
            static_attributes_seen: FxHashSet::default(),
            deferred: Vec::new(),
            conditional_depth: 0,
            annotate_labels: None,
            docstring: false,
            body_range: None,
        });
        Ok(())
    }

    /// CPython: Python/compile.c, compiler_set_qualname.
    pub fn qualname(&mut self, kind: UnitKind, name: &str) -> String {
        if self.units.len() <= 1 {
            return name.to_owned();
        }
        let mut parent = self.units.len() - 1;
        if self.units[parent].kind == UnitKind::TypeParams {
            parent -= 1;
            if parent == 0 {
                return name.to_owned();
            }
        }
        if matches!(
            kind,
            UnitKind::Function | UnitKind::AsyncFunction | UnitKind::Class
        ) {
            let mangled =
                crate::scope::mangle(self.units[parent].private.as_deref(), name).into_owned();
            let sym = self.scopes.names.intern(&mangled);
            let block = &self.scopes.blocks[self.units[parent].block];
            if block
                .lookup(sym)
                .is_some_and(|s| s.reach == Reach::GlobalExplicit)
            {
                return name.to_owned();
            }
        }
        let outer = &self.units[parent];
        match outer.kind {
            UnitKind::Function | UnitKind::AsyncFunction | UnitKind::Lambda => {
                format!("{}.<locals>.{name}", outer.qualname)
            }
            _ => format!("{}.{name}", outer.qualname),
        }
    }

    fn flags(&self, unit: &Unit<'_>) -> CodeFlags {
        let block = &self.scopes.blocks[unit.block];
        let mut flags = self.options.future.0
            & (CodeFlags::FUTURE_ANNOTATIONS | CodeFlags::FUTURE_BARRY_AS_BDFL);
        if block.function_like() {
            flags |= CodeFlags::NEWLOCALS | CodeFlags::OPTIMIZED;
            if block.nested {
                flags |= CodeFlags::NESTED;
            }
            flags |= match (block.generator, block.coroutine) {
                (true, false) => CodeFlags::GENERATOR,
                (false, true) => CodeFlags::COROUTINE,
                (true, true) => CodeFlags::ASYNC_GENERATOR,
                (false, false) => 0,
            };
            if block.varargs {
                flags |= CodeFlags::VARARGS;
            }
            if block.varkeywords {
                flags |= CodeFlags::VARKEYWORDS;
            }
            if block.method {
                flags |= CodeFlags::METHOD;
            }
        } else if block.kind == BlockKind::Module && block.coroutine && self.options.top_level_await
        {
            flags |= CodeFlags::COROUTINE;
        }
        if unit.docstring {
            flags |= CodeFlags::HAS_DOCSTRING;
        }
        CodeFlags(flags)
    }

    /// Finishes the current code object.
    pub fn leave_unit(&mut self) -> Result<CodeUnit> {
        let Some(mut unit) = self.units.pop() else {
            return self.error("no code", TextRange::default());
        };
        if let Some(error) = unit.emit.overflow.take() {
            return Err(error);
        }
        let flags = self.flags(&unit);
        let params = self.scopes.blocks[unit.block].params.len() as u32;
        let tables = crate::assemble::assemble(&mut unit.emit, params, &self.lines);
        let text = |sym: &Sym| Text::Owned(self.scopes.names.text(*sym).as_bytes().to_vec());
        let mut names = std::mem::take(&mut unit.emit.names);
        names.append(&mut unit.emit.local_names);
        // The signature of an annotate function says `format`, though its code calls it `.format` to keep clear of the annotations' names.
        let varnames = unit
            .varnames
            .iter()
            .map(|sym| match &**self.scopes.names.text(*sym) {
                ".format" if unit.name == "__annotate__" => Text::Borrowed(b"format"),
                other => Text::Owned(other.as_bytes().to_vec()),
            })
            .collect();
        Ok(CodeUnit {
            name: unit.name.into_bytes().into(),
            qualname: unit.qualname.into_bytes().into(),
            flags,
            arg_count: unit.arg_count,
            posonly_count: unit.posonly_count,
            kwonly_count: unit.kwonly_count,
            varnames,
            cellvars: unit.cells.iter().map(|(s, _)| text(s)).collect(),
            cell_regs: unit.cells.iter().map(|(_, r)| *r).collect(),
            freevars: unit.free.iter().map(|(s, _)| text(s)).collect(),
            first_free: unit.first_free,
            registers: unit.emit.registers.min(u16::MAX as u32) as u16,
            instrs: tables.instrs,
            consts: unit.emit.consts,
            names: names.into_iter().map(Text::Owned).collect(),
            sites: unit.emit.sites,
            exceptions: tables.exceptions,
            positions: mesapy_bytecode::Positions::pack(&tables.positions),
            live: tables.live,
            first_line: unit.first_line,
            docstring: unit.docstring,
        })
    }
}
