//! `match`. A pattern is a run of tests that jump to the case's failure label; what it captures stays in temporaries until the whole
//! pattern has matched, and is then stored.

use super::{Codegen, Result};
use crate::emit::{Label, Reg};
use mesapy_bytecode::{Const, Instr, Op};
use mesapy_syntax::ast::{self, Pattern, Singleton};
use mesapy_syntax::text_size::{Ranged, TextRange};
use rustc_hash::FxHashSet;

/// The names bound so far by one pattern, and where their values are.
#[derive(Default)]
struct Captures<'a> {
    stores: Vec<(&'a str, Reg, TextRange)>,
    /// Whether a pattern that always matches may stand here.
    allow_irrefutable: bool,
}

fn is_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::MatchAs(node) if node.pattern.is_none() && node.name.is_none())
}

fn is_wildcard_star(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::MatchStar(node) if node.name.is_none())
}

impl<'a> Codegen<'a> {
    pub fn match_statement(&mut self, node: &'a ast::StmtMatch) -> Result {
        let subject = self.temp();
        self.expr_to(&node.subject, subject)?;
        let done = self.e().label();
        let count = node.cases.len();
        for (index, case) in node.cases.iter().enumerate() {
            let last = index + 1 == count;
            let next = self.e().label();
            let mark = self.mark();
            let mut captures = Captures {
                allow_irrefutable: case.guard.is_some() || last,
                ..Captures::default()
            };
            self.pattern(&case.pattern, subject, next, &mut captures)?;
            for (name, reg, range) in captures.stores {
                self.at(range);
                self.store_name(name, reg)?;
            }
            self.release(mark);
            if let Some(guard) = &case.guard {
                self.jump_if(guard, false, next)?;
            }
            self.conditional_body(&case.body)?;
            if !last {
                self.e().goto(done);
            }
            self.e().bind(next);
        }
        self.e().bind(done);
        Ok(())
    }

    fn capture(
        &mut self,
        name: &'a str,
        reg: Reg,
        range: TextRange,
        captures: &mut Captures<'a>,
    ) -> Result {
        if captures.stores.iter().any(|(n, ..)| *n == name) {
            return self.error(
                format!("multiple assignments to name '{name}' in pattern"),
                range,
            );
        }
        captures.stores.push((name, reg, range));
        Ok(())
    }

    fn pattern(
        &mut self,
        pattern: &'a Pattern,
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
    ) -> Result {
        self.deeper(pattern.range())?;
        self.at(pattern.range());
        match pattern {
            Pattern::MatchValue(node)
                if node.value.is_f_string_expr() || node.value.is_t_string_expr() =>
            {
                return self.error(
                    "patterns may only match literals and attribute lookups",
                    node.range,
                );
            }
            Pattern::MatchValue(node) => {
                let constant = self.fold(&node.value);
                let small = constant.and_then(|value| self.e().small_constant(value));
                match small {
                    Some(at) => {
                        self.at(node.range);
                        self.e().jump_ab(Op::JumpNotEqK, subject, at, fail);
                    }
                    None => {
                        let value = self.operand(&node.value)?;
                        self.at(node.range);
                        self.e().jump_ab(Op::JumpNotEq, subject, value, fail);
                    }
                }
            }
            Pattern::MatchSingleton(node) => match node.value {
                Singleton::None => self.e().jump_a(Op::JumpIfNotNone, subject, fail),
                Singleton::True | Singleton::False => {
                    let t = self.temp();
                    self.load_const(t, Const::Bool(node.value == Singleton::True));
                    self.e().jump_ab(Op::JumpIsNot, subject, t, fail);
                }
            },
            Pattern::MatchSequence(node) => self.sequence_pattern(node, subject, fail, captures)?,
            Pattern::MatchMapping(node) => self.mapping_pattern(node, subject, fail, captures)?,
            Pattern::MatchClass(node) => self.class_pattern(node, subject, fail, captures)?,
            Pattern::MatchStar(node) => {
                if let Some(name) = &node.name {
                    self.capture(name.as_str(), subject, node.range, captures)?;
                }
            }
            Pattern::MatchAs(node) => match (&node.pattern, &node.name) {
                (None, name) => {
                    if !captures.allow_irrefutable {
                        return match name {
                            Some(name) => self.error(
                                format!(
                                    "name capture '{name}' makes remaining patterns unreachable"
                                ),
                                node.range,
                            ),
                            None => self
                                .error("wildcard makes remaining patterns unreachable", node.range),
                        };
                    }
                    if let Some(name) = name {
                        self.capture(name.as_str(), subject, node.range, captures)?;
                    }
                }
                (Some(inner), name) => {
                    self.pattern(inner, subject, fail, captures)?;
                    if let Some(name) = name {
                        self.capture(name.as_str(), subject, node.range, captures)?;
                    }
                }
            },
            Pattern::MatchOr(node) => self.or_pattern(node, subject, fail, captures)?,
        }
        self.depth -= 1;
        Ok(())
    }

    /// A pattern inside another one: there anything may always match.
    fn sub_pattern(
        &mut self,
        pattern: &'a Pattern,
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
    ) -> Result {
        let outer = std::mem::replace(&mut captures.allow_irrefutable, true);
        let done = self.pattern(pattern, subject, fail, captures);
        captures.allow_irrefutable = outer;
        done
    }

    fn or_pattern(
        &mut self,
        node: &'a ast::PatternMatchOr,
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
    ) -> Result {
        let matched = self.e().label();
        let mut names: Vec<&'a str> = Vec::new();
        if let Some(first) = node.patterns.first() {
            bound_names(first, &mut names, 0);
        }
        // Every alternative leaves its captures in the same registers.
        let regs = self.e().temps(names.len() as u32);
        let mark = self.mark();
        let count = node.patterns.len();
        for (index, alternative) in node.patterns.iter().enumerate() {
            let last = index + 1 == count;
            let next = if last { fail } else { self.e().label() };
            let mut inner = Captures {
                allow_irrefutable: last && captures.allow_irrefutable,
                ..Captures::default()
            };
            self.pattern(alternative, subject, next, &mut inner)?;
            let same: FxHashSet<&str> = inner.stores.iter().map(|(n, ..)| *n).collect();
            if same.len() != names.len() || !names.iter().all(|n| same.contains(n)) {
                return self.error("alternative patterns bind different names", node.range);
            }
            for (name, reg, _) in inner.stores {
                if let Some(at) = names.iter().position(|n| *n == name) {
                    self.e().moves(regs + at as Reg, reg);
                }
            }
            self.release(mark);
            if !last {
                self.e().goto(matched);
                self.e().bind(next);
            }
        }
        self.e().bind(matched);
        for (index, name) in names.into_iter().enumerate() {
            self.capture(name, regs + index as Reg, node.range, captures)?;
        }
        Ok(())
    }

    fn sequence_pattern(
        &mut self,
        node: &'a ast::PatternMatchSequence,
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
    ) -> Result {
        let size = node.patterns.len();
        let stars: Vec<usize> = node
            .patterns
            .iter()
            .enumerate()
            .filter(|(_, p)| matches!(p, Pattern::MatchStar(_)))
            .map(|(i, _)| i)
            .collect();
        if stars.len() > 1 {
            return self.error("multiple starred names in sequence pattern", node.range);
        }
        let star = stars.first().copied();
        let t = self.temp();
        self.e().op_ab(Op::MatchSequence, t, subject);
        self.e().jump_a(Op::JumpIfFalse, t, fail);
        let wanted = if star.is_some() { size - 1 } else { size };
        if star.is_none() || wanted > 0 {
            self.e().op_ab(Op::GetLen, t, subject);
            self.length_jump(t, wanted, star.is_some(), fail);
        }
        if node
            .patterns
            .iter()
            .all(|p| is_wildcard(p) || is_wildcard_star(p))
        {
            return Ok(());
        }
        if let Some(at) = star
            && is_wildcard_star(&node.patterns[at])
        {
            // The middle isn't wanted: pick the others by index.
            for (index, pattern) in node.patterns.iter().enumerate() {
                if is_wildcard(pattern) || index == at {
                    continue;
                }
                self.at(pattern.range());
                let key = self.temp();
                let item = self.temp();
                if index < at {
                    self.load_const(key, Const::Int(index as i64));
                } else {
                    self.e().op_ab(Op::GetLen, key, subject);
                    let back = self.temp();
                    self.load_const(back, Const::Int((size - index) as i64));
                    self.e().op_abc(Op::Sub, key, key, back);
                }
                self.e().op_abc(Op::LoadItem, item, subject, key);
                self.sub_pattern(pattern, item, fail, captures)?;
            }
            return Ok(());
        }
        let first = self.e().temps(size as u32);
        match star {
            None => self
                .e()
                .op_abc(Op::UnpackSequence, first, subject, size as u16),
            Some(at) => {
                if at >= 256 {
                    return self.error(
                        "too many expressions in star-unpacking sequence pattern",
                        node.range,
                    );
                }
                let e = self.e();
                e.op_abc(Op::UnpackEx, first, subject, at as u16);
                e.emit(Instr::abx(Op::Nop, 0, (size - at - 1) as u32));
            }
        }
        for (index, pattern) in node.patterns.iter().enumerate() {
            self.sub_pattern(pattern, first + index as Reg, fail, captures)?;
        }
        Ok(())
    }

    fn length_jump(&mut self, length: Reg, wanted: usize, at_least: bool, fail: Label) {
        let (k, plain) = if at_least {
            (Op::JumpNotGeK, Op::JumpNotGe)
        } else {
            (Op::JumpNotEqK, Op::JumpNotEq)
        };
        match self.e().small_constant(Const::Int(wanted as i64)) {
            Some(at) => self.e().jump_ab(k, length, at, fail),
            None => {
                let t = self.temp();
                self.load_const(t, Const::Int(wanted as i64));
                self.e().jump_ab(plain, length, t, fail);
            }
        }
    }

    fn mapping_pattern(
        &mut self,
        node: &'a ast::PatternMatchMapping,
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
    ) -> Result {
        let size = node.keys.len();
        let t = self.temp();
        self.e().op_ab(Op::MatchMapping, t, subject);
        self.e().jump_a(Op::JumpIfFalse, t, fail);
        if size == 0 && node.rest.is_none() {
            return Ok(());
        }
        if size > 0 {
            self.e().op_ab(Op::GetLen, t, subject);
            self.length_jump(t, size, true, fail);
        }
        let mut seen: FxHashSet<Vec<u8>> = FxHashSet::default();
        let keys = self.e().temps(size as u32);
        for (index, key) in node.keys.iter().enumerate() {
            match self.fold(key) {
                Some(value) => {
                    let mut bytes = Vec::new();
                    crate::emit::const_key(&as_key(&value), &mut bytes);
                    if !seen.insert(bytes) {
                        return self.error(
                            format!(
                                "mapping pattern checks duplicate key ({})",
                                key_repr(&value)
                            ),
                            node.range,
                        );
                    }
                    self.load_const(keys + index as Reg, value);
                }
                None if key.is_attribute_expr() => self.expr_to(key, keys + index as Reg)?,
                None => {
                    return self.error(
                        "mapping pattern keys may only match literals and attribute lookups",
                        node.range,
                    );
                }
            }
        }
        self.at(node.range);
        let tuple = self.temp();
        let values = self.temp();
        self.e().op_abc(Op::BuildTuple, tuple, keys, size as u16);
        self.e().op_abc(Op::MatchKeys, values, subject, tuple);
        self.e().jump_a(Op::JumpIfNone, values, fail);
        let items = self.e().temps(size as u32);
        self.e()
            .op_abc(Op::UnpackSequence, items, values, size as u16);
        if let Some(rest) = &node.rest {
            let copy = self.temp();
            self.e().op_abc(Op::BuildMap, copy, 0, 0);
            self.e().op_ab(Op::DictUpdate, copy, subject);
            for index in 0..size {
                self.e().op_ab(Op::DeleteItem, copy, keys + index as Reg);
            }
            for (index, pattern) in node.patterns.iter().enumerate() {
                self.sub_pattern(pattern, items + index as Reg, fail, captures)?;
            }
            return self.capture(rest.as_str(), copy, node.range, captures);
        }
        for (index, pattern) in node.patterns.iter().enumerate() {
            self.sub_pattern(pattern, items + index as Reg, fail, captures)?;
        }
        Ok(())
    }

    fn class_pattern(
        &mut self,
        node: &'a ast::PatternMatchClass,
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
    ) -> Result {
        let (positional, keywords) = (&node.arguments.patterns, &node.arguments.keywords);
        let mut seen = FxHashSet::default();
        for keyword in keywords {
            if !seen.insert(keyword.attr.as_str()) {
                return self.error(
                    format!("attribute name repeated in class pattern: {}", keyword.attr),
                    keyword.pattern.range(),
                );
            }
        }
        let base = self.e().temps(3);
        self.e().moves(base, subject);
        self.expr_to(&node.cls, base + 1)?;
        self.at(node.range);
        let names = keywords
            .iter()
            // As in CPython, these names are not mangled.
            .map(|k| Const::Str(k.attr.as_str().as_bytes().to_vec()))
            .collect();
        self.load_const(base + 2, Const::Tuple(names));
        let found = self.temp();
        self.e()
            .op_abc(Op::MatchClass, found, base, positional.len() as u16);
        self.e().jump_a(Op::JumpIfNone, found, fail);
        let count = positional.len() + keywords.len();
        let items = self.e().temps(count as u32);
        self.e()
            .op_abc(Op::UnpackSequence, items, found, count as u16);
        let patterns = positional.iter().chain(keywords.iter().map(|k| &k.pattern));
        for (index, pattern) in patterns.enumerate() {
            if is_wildcard(pattern) {
                continue;
            }
            self.sub_pattern(pattern, items + index as Reg, fail, captures)?;
        }
        Ok(())
    }
}

/// How a key reads in an error text.
fn key_repr(value: &Const) -> String {
    match value {
        Const::Str(text) => format!("'{}'", String::from_utf8_lossy(text)),
        other => mesapy_bytecode::dump::constant(other),
    }
}

/// The names that a pattern binds, in order.
fn bound_names<'a>(pattern: &'a Pattern, names: &mut Vec<&'a str>, depth: u32) {
    if depth > crate::limits::DEPTH_MAX {
        return;
    }
    let mut add = |name: &'a Option<ast::Identifier>| {
        if let Some(name) = name
            && !names.contains(&name.as_str())
        {
            names.push(name.as_str());
        }
    };
    match pattern {
        Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        Pattern::MatchSequence(node) => node
            .patterns
            .iter()
            .for_each(|p| bound_names(p, names, depth + 1)),
        Pattern::MatchMapping(node) => {
            node.patterns
                .iter()
                .for_each(|p| bound_names(p, names, depth + 1));
            if let Some(rest) = &node.rest
                && !names.contains(&rest.as_str())
            {
                names.push(rest.as_str());
            }
        }
        Pattern::MatchClass(node) => {
            node.arguments
                .patterns
                .iter()
                .for_each(|p| bound_names(p, names, depth + 1));
            node.arguments
                .keywords
                .iter()
                .for_each(|k| bound_names(&k.pattern, names, depth + 1));
        }
        Pattern::MatchStar(node) => add(&node.name),
        Pattern::MatchAs(node) => {
            if let Some(inner) = &node.pattern {
                bound_names(inner, names, depth + 1);
            }
            if let Some(name) = &node.name
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        }
        Pattern::MatchOr(node) => {
            if let Some(first) = node.patterns.first() {
                bound_names(first, names, depth + 1);
            }
        }
    }
}

/// Numbers that are equal are one key.
fn as_key(value: &Const) -> Const {
    let integral = |f: f64| f.fract() == 0.0 && f.abs() < 9e15;
    match *value {
        Const::Bool(b) => Const::Int(b.into()),
        Const::Float(f) if integral(f) => Const::Int(f as i64),
        Const::Complex(re, im) if im == 0.0 && integral(re) => Const::Int(re as i64),
        Const::Complex(re, 0.0) => Const::Float(re),
        _ => value.clone(),
    }
}
