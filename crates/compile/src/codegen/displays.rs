//! List, tuple, set and dict displays. Short ones are laid out in registers, long ones and those with stars are built piece by piece.

use super::{Codegen, Result};
use crate::emit::Reg;
use crate::limits::DISPLAY_MAX;
use mesapy_bytecode::{Const, Op};
use mesapy_syntax::ast::{self, Expr};
use mesapy_syntax::text_size::TextRange;

impl<'a> Codegen<'a> {
    /// A list, tuple or set display.
    pub fn sequence(&mut self, op: Op, elts: &'a [Expr], range: TextRange, dst: Reg) -> Result {
        let starred = elts.iter().any(Expr::is_starred_expr);
        if !starred && op != Op::BuildTuple && elts.len() > 2 {
            // Constants come as one tuple.
            if let Some(items) = elts
                .iter()
                .map(|e| self.fold(e))
                .collect::<Option<Vec<Const>>>()
            {
                let work = self.scratch(dst);
                let t = self.temp();
                self.at(range);
                self.e().op_abc(op, work, 0, 0);
                let (constant, extend) = if op == Op::BuildSet {
                    (Const::FrozenSet(unique(items)), Op::SetUpdate)
                } else {
                    (Const::Tuple(items), Op::ListExtend)
                };
                self.load_const(t, constant);
                self.e().op_ab(extend, work, t);
                self.e().moves(dst, work);
                return Ok(());
            }
        }
        if !starred && elts.len() <= DISPLAY_MAX {
            let first = self.exprs_to(elts)?;
            self.at(range);
            self.e().op_abc(op, dst, first, elts.len() as u16);
            return Ok(());
        }
        // Piece by piece: a tuple by way of a list.
        let (build, append, extend) = match op {
            Op::BuildSet => (Op::BuildSet, Op::SetAdd, Op::SetUpdate),
            _ => (Op::BuildList, Op::ListAppend, Op::ListExtend),
        };
        let work = self.scratch(dst);
        let leading = elts
            .iter()
            .take(DISPLAY_MAX)
            .take_while(|e| !e.is_starred_expr())
            .count();
        let (head, tail) = elts.split_at(if elts.len() > DISPLAY_MAX && !starred {
            0
        } else {
            leading
        });
        let mark = self.mark();
        let first = self.exprs_to(head)?;
        self.at(range);
        self.e().op_abc(build, work, first, head.len() as u16);
        self.release(mark);
        for elt in tail {
            let (add, inner) = match elt {
                Expr::Starred(node) => (extend, &*node.value),
                other => (append, other),
            };
            let value = self.operand(inner)?;
            self.at(range);
            self.e().op_ab(add, work, value);
            self.release(mark);
        }
        self.at(range);
        if op == Op::BuildTuple {
            self.e().op_ab(Op::ListToTuple, dst, work);
        } else {
            self.e().moves(dst, work);
        }
        Ok(())
    }

    pub fn dict(&mut self, node: &'a ast::ExprDict, dst: Reg) -> Result {
        let plain = node.items.iter().all(|item| item.key.is_some());
        let pairs = DISPLAY_MAX / 2;
        if plain && node.items.len() <= pairs {
            let first = self.mark() as Reg;
            for item in &node.items {
                if let Some(key) = &item.key {
                    let t = self.temp();
                    self.expr_to(key, t)?;
                }
                let t = self.temp();
                self.expr_to(&item.value, t)?;
            }
            self.at(node.range);
            self.e()
                .op_abc(Op::BuildMap, dst, first, node.items.len() as u16);
            return Ok(());
        }
        let work = self.scratch(dst);
        let mark = self.mark();
        self.at(node.range);
        self.e().op_abc(Op::BuildMap, work, 0, 0);
        for item in &node.items {
            match &item.key {
                Some(key) => {
                    let k = self.operand(key)?;
                    let v = self.operand(&item.value)?;
                    self.at(node.range);
                    self.e().op_abc(Op::MapAdd, work, k, v);
                }
                None => {
                    let v = self.operand(&item.value)?;
                    self.at(node.range);
                    self.e().op_ab(Op::DictUpdate, work, v);
                }
            }
            self.release(mark);
        }
        self.e().moves(dst, work);
        Ok(())
    }
}

/// The elements of a constant set, first ones first.
pub(super) fn unique(items: Vec<Const>) -> Vec<Const> {
    let mut seen = rustc_hash::FxHashSet::default();
    items
        .into_iter()
        .filter(|item| {
            let mut key = Vec::new();
            crate::emit::const_key(item, &mut key);
            seen.insert(key)
        })
        .collect()
}
