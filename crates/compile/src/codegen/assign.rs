//! Assignment, augmented assignment, deletion.

use super::{Codegen, Result, UnitKind};
use crate::emit::Reg;
use mesapy_bytecode::{Const, Instr, Op};
use mesapy_syntax::ast::{self, Expr};
use mesapy_syntax::text_size::{Ranged, TextRange};

impl<'a> Codegen<'a> {
    pub fn assign(&mut self, node: &'a ast::StmtAssign) -> Result {
        if let [target] = node.targets.as_slice() {
            if let Some(reg) = self.direct_target(target, &node.value) {
                return self.expr_to(&node.value, reg);
            }
            // `a, b = b, a`: no tuple is made.
            if let (
                Expr::Tuple(ast::ExprTuple { elts: targets, .. })
                | Expr::List(ast::ExprList { elts: targets, .. }),
                Expr::Tuple(values),
            ) = (target, &*node.value)
                && targets.len() == values.elts.len()
                && targets.len() <= 3
                && !targets
                    .iter()
                    .chain(&values.elts)
                    .any(Expr::is_starred_expr)
            {
                let first = self.exprs_to(&values.elts)?;
                for (index, target) in targets.iter().enumerate() {
                    self.store(target, first + index as Reg)?;
                }
                return Ok(());
            }
        }
        let value = self.operand(&node.value)?;
        let value = if node.targets.len() > 1 && self.is_local(value) {
            // The first target may be that very local.
            let t = self.temp();
            self.e().moves(t, value);
            t
        } else {
            value
        };
        for target in &node.targets {
            self.store(target, value)?;
        }
        Ok(())
    }

    /// The register that `value` can be computed into for `target = value`. Not one for a local's first mention when the value itself may mention
    /// new locals: the order of `co_varnames` is the order of evaluation.
    fn direct_target(&mut self, target: &'a Expr, value: &'a Expr) -> Option<Reg> {
        if let Expr::Name(name) = target {
            let sym = self.sym(&name.id);
            if !self.unit().locals.contains_key(&sym) && binds_names(value, 0) {
                return None;
            }
        }
        self.fast_target(target)
    }

    /// Stores the value of a register to a target.
    pub fn store(&mut self, target: &'a Expr, value: Reg) -> Result {
        self.deeper(target.range())?;
        let mark = self.mark();
        match target {
            Expr::Name(node) => {
                self.at(node.range);
                self.store_name(&node.id, value)?;
            }
            Expr::Attribute(node) => {
                self.note_static_attribute(node);
                let object = self.operand(&node.value)?;
                let name = self.mangled(&node.attr);
                let range = self.attribute_range(node);
                self.at(range);
                self.e().op_site(Op::StoreAttr, object, value, &name);
            }
            Expr::Subscript(node) => {
                let object = self.operand(&node.value)?;
                self.store_item(node, object, value)?;
            }
            Expr::Tuple(node) => self.unpack(&node.elts, value, node.range)?,
            Expr::List(node) => self.unpack(&node.elts, value, node.range)?,
            Expr::Starred(node) => {
                return self.error(
                    "starred assignment target must be in a list or tuple",
                    node.range,
                );
            }
            other => return self.error("cannot assign to expression", other.range()),
        }
        self.release(mark);
        self.depth -= 1;
        Ok(())
    }

    fn store_item(&mut self, node: &'a ast::ExprSubscript, object: Reg, value: Reg) -> Result {
        if let Expr::Slice(slice) = &*node.slice
            && slice.step.is_none()
            && self.const_slice(slice).is_none()
        {
            let (first, _) = self.slice_parts(slice)?;
            self.at(node.range);
            self.e().op_abc(Op::StoreSlice, object, first, value);
        } else {
            let index = self.operand(&node.slice)?;
            self.at(node.range);
            self.e().op_abc(Op::StoreItem, object, index, value);
        }
        Ok(())
    }

    fn unpack(&mut self, elts: &'a [Expr], value: Reg, range: TextRange) -> Result {
        self.at(range);
        let starred: Vec<usize> = elts
            .iter()
            .enumerate()
            .filter(|(_, e)| e.is_starred_expr())
            .map(|(i, _)| i)
            .collect();
        if starred.len() > 1 {
            return self.error("multiple starred expressions in assignment", range);
        }
        if elts.len() > 60_000
            || starred
                .first()
                .is_some_and(|&at| at >= 256 || elts.len() - at > 1 << 24)
        {
            return self.error("too many expressions in star-unpacking assignment", range);
        }
        // Straight into the locals if they are consecutive registers, as the names of `for a, b in …` mostly are.
        if starred.is_empty() {
            let regs: Option<Vec<Reg>> = elts.iter().map(|e| self.fast_target(e)).collect();
            if let Some(regs) = regs
                && let Some(&first) = regs.first()
                && regs
                    .iter()
                    .enumerate()
                    .all(|(i, &r)| r as usize == first as usize + i)
            {
                self.e()
                    .op_abc(Op::UnpackSequence, first, value, elts.len() as u16);
                return Ok(());
            }
        }
        let first = self.e().temps(elts.len() as u32);
        match starred.first() {
            None => self
                .e()
                .op_abc(Op::UnpackSequence, first, value, elts.len() as u16),
            Some(&at) => {
                let e = self.e();
                e.op_abc(Op::UnpackEx, first, value, at as u16);
                e.emit(Instr::abx(Op::Nop, 0, (elts.len() - at - 1) as u32));
            }
        }
        for (index, elt) in elts.iter().enumerate() {
            let target = match elt {
                Expr::Starred(node) => &*node.value,
                other => other,
            };
            self.store(target, first.saturating_add(index as Reg))?;
        }
        Ok(())
    }

    /// `self.x = …` in a method makes x one of the class's `__static_attributes__`.
    fn note_static_attribute(&mut self, node: &ast::ExprAttribute) {
        let Expr::Name(name) = &*node.value else {
            return;
        };
        if name.id != "self" {
            return;
        }
        // CPython: the nearest enclosing class unit, from inside a function.
        if self.unit().kind == UnitKind::Class || self.unit().kind == UnitKind::Module {
            return;
        }
        if let Some(class) = self
            .units
            .iter_mut()
            .rev()
            .find(|u| u.kind == UnitKind::Class)
            && class.static_attributes_seen.insert(node.attr.to_string())
        {
            class.static_attributes.push(node.attr.to_string());
        }
    }

    pub fn aug_assign(&mut self, node: &'a ast::StmtAugAssign) -> Result {
        let (op, k) = super::expressions::binary_ops(node.op);
        match &*node.target {
            Expr::Name(name) => {
                let target = self.fast_target(&node.target);
                let left = match (target, self.local_operand(name)) {
                    (_, Some(reg)) => reg,
                    _ => {
                        let t = self.temp();
                        self.at(name.range);
                        self.load_name(&name.id, t)?;
                        t
                    }
                };
                let to = target.unwrap_or(left);
                self.in_place(op, k, to, left, node)?;
                self.at(name.range);
                self.store_name(&name.id, to)?;
            }
            Expr::Attribute(attribute) => {
                self.note_static_attribute(attribute);
                let object = self.operand(&attribute.value)?;
                let name = self.mangled(&attribute.attr);
                let range = self.attribute_range(attribute);
                let t = self.temp();
                self.at(range);
                self.e().op_site(Op::LoadAttr, t, object, &name);
                self.in_place(op, k, t, t, node)?;
                self.at(range);
                self.e().op_site(Op::StoreAttr, object, t, &name);
            }
            Expr::Subscript(item) => {
                let object = self.operand(&item.value)?;
                if let Expr::Slice(slice) = &*item.slice
                    && slice.step.is_none()
                    && self.const_slice(slice).is_none()
                {
                    let (first, _) = self.slice_parts(slice)?;
                    let t = self.temp();
                    self.at(item.range);
                    self.e().op_abc(Op::LoadSlice, t, object, first);
                    self.in_place(op, k, t, t, node)?;
                    self.at(item.range);
                    self.e().op_abc(Op::StoreSlice, object, first, t);
                    return Ok(());
                }
                let index = self.operand(&item.slice)?;
                let t = self.temp();
                self.at(item.range);
                self.e().op_abc(Op::LoadItem, t, object, index);
                self.in_place(op, k, t, t, node)?;
                self.at(item.range);
                self.e().op_abc(Op::StoreItem, object, index, t);
            }
            other => {
                return self.error("illegal expression for augmented assignment", other.range());
            }
        }
        Ok(())
    }

    fn in_place(
        &mut self,
        op: Op,
        k: Option<Op>,
        to: Reg,
        left: Reg,
        node: &'a ast::StmtAugAssign,
    ) -> Result {
        let constant = k.and_then(|k| {
            let value = self.fold(&node.value)?;
            Some((k, self.e().small_constant(value)?))
        });
        let (op, right) = match constant {
            Some((k, at)) => (k, at),
            None => (op, self.operand(&node.value)?),
        };
        self.at(node.range);
        self.e().op_abcd(op, to, left, right, 1);
        Ok(())
    }

    pub fn delete(&mut self, target: &'a Expr) -> Result {
        self.deeper(target.range())?;
        let mark = self.mark();
        match target {
            Expr::Name(node) => {
                self.at(node.range);
                self.delete_name(&node.id)?;
            }
            Expr::Attribute(node) => {
                let object = self.operand(&node.value)?;
                let name = self.mangled(&node.attr);
                let range = self.attribute_range(node);
                self.at(range);
                self.e().op_site(Op::DeleteAttr, object, 0, &name);
            }
            Expr::Subscript(node) => {
                let object = self.operand(&node.value)?;
                let index = self.operand(&node.slice)?;
                self.at(node.range);
                self.e().op_ab(Op::DeleteItem, object, index);
            }
            Expr::Tuple(node) => node.elts.iter().try_for_each(|e| self.delete(e))?,
            Expr::List(node) => node.elts.iter().try_for_each(|e| self.delete(e))?,
            other => return self.error("cannot delete expression", other.range()),
        }
        self.release(mark);
        self.depth -= 1;
        Ok(())
    }

    /// `target: annotation = value`.
    pub fn ann_assign(&mut self, node: &'a ast::StmtAnnAssign) -> Result {
        if let Some(value) = &node.value {
            match self.direct_target(&node.target, value) {
                Some(reg) => self.expr_to(value, reg)?,
                None => {
                    let value = self.operand(value)?;
                    self.store(&node.target, value)?;
                }
            }
        }
        let unit = self.unit().kind;
        match &*node.target {
            Expr::Name(name) => {
                if node.simple && matches!(unit, UnitKind::Module | UnitKind::Class) {
                    if self.future_annotations() {
                        let text = self.annotation_text(&node.annotation);
                        let mapping = self.temp();
                        self.at(node.range);
                        let t = self.temp();
                        self.load_const(t, Const::Str(text));
                        self.at(node.range);
                        self.load_name("__annotations__", mapping)?;
                        let key = self.temp();
                        let mangled = self.mangled(&name.id);
                        self.load_str(key, &mangled);
                        self.e().op_abc(Op::StoreItem, mapping, key, t);
                    } else {
                        self.defer_annotation(node)?;
                    }
                }
            }
            Expr::Attribute(attribute) => {
                if node.value.is_none() {
                    self.effect(&attribute.value)?;
                }
            }
            Expr::Subscript(item) => {
                if node.value.is_none() {
                    self.effect(&item.value)?;
                    self.effect_of_index(&item.slice)?;
                }
            }
            other => {
                return self.error("invalid node type for annotated assignment", other.range());
            }
        }
        Ok(())
    }

    fn effect_of_index(&mut self, index: &'a Expr) -> Result {
        match index {
            Expr::Slice(slice) => {
                for part in [&slice.lower, &slice.upper, &slice.step]
                    .into_iter()
                    .flatten()
                {
                    self.effect(part)?;
                }
                Ok(())
            }
            other => self.effect(other),
        }
    }
}

/// Whether evaluating the expression may bind a variable of the block around it: by `:=` or in a comprehension.
fn binds_names(expr: &Expr, depth: u32) -> bool {
    if depth > 20 {
        return true;
    }
    let any = |list: &[Expr]| list.iter().any(|e| binds_names(e, depth + 1));
    match expr {
        Expr::Name(_)
        | Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::EllipsisLiteral(_)
        | Expr::Lambda(_) => false,
        Expr::Attribute(node) => binds_names(&node.value, depth + 1),
        Expr::Subscript(node) => {
            binds_names(&node.value, depth + 1) || binds_names(&node.slice, depth + 1)
        }
        Expr::BinOp(node) => {
            binds_names(&node.left, depth + 1) || binds_names(&node.right, depth + 1)
        }
        Expr::UnaryOp(node) => binds_names(&node.operand, depth + 1),
        Expr::BoolOp(node) => any(&node.values),
        Expr::Compare(node) => binds_names(&node.left, depth + 1) || any(&node.comparators),
        Expr::If(node) => [&node.test, &node.body, &node.orelse]
            .into_iter()
            .any(|e| binds_names(e, depth + 1)),
        Expr::Call(node) => {
            binds_names(&node.func, depth + 1)
                || any(&node.arguments.args)
                || node
                    .arguments
                    .keywords
                    .iter()
                    .any(|k| binds_names(&k.value, depth + 1))
        }
        Expr::Tuple(node) => any(&node.elts),
        Expr::List(node) => any(&node.elts),
        Expr::Set(node) => any(&node.elts),
        Expr::Starred(node) => binds_names(&node.value, depth + 1),
        Expr::Await(node) => binds_names(&node.value, depth + 1),
        Expr::Yield(node) => node
            .value
            .as_deref()
            .is_some_and(|e| binds_names(e, depth + 1)),
        Expr::YieldFrom(node) => binds_names(&node.value, depth + 1),
        Expr::Slice(node) => [&node.lower, &node.upper, &node.step]
            .into_iter()
            .flatten()
            .any(|e| binds_names(e, depth + 1)),
        Expr::Dict(node) => node.items.iter().any(|i| {
            i.key.as_ref().is_some_and(|k| binds_names(k, depth + 1))
                || binds_names(&i.value, depth + 1)
        }),
        _ => true,
    }
}
