//! Comprehensions and generator expressions. All but generators run inline in the code around them (PEP 709); their variables are then
//! registers of their own, so that nothing has to be saved and restored.

use super::names::Var;
use super::{Codegen, CompScope, Result, UnitKind};
use crate::emit::{Label, Reg};
use crate::scope::{BlockId, BlockRole, Comprehension, Key, Reach, def};
use mesapy_bytecode::{FRAME_HEADER, Op};
use mesapy_syntax::ast::{self, Expr};
use mesapy_syntax::text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

/// The parts that the four kinds have in common.
#[derive(Clone, Copy)]
struct Parts<'a> {
    kind: Comprehension,
    key: Key,
    name: &'static str,
    generators: &'a [ast::Comprehension],
    elt: &'a Expr,
    value: Option<&'a Expr>,
    range: TextRange,
}

impl<'a> Codegen<'a> {
    pub fn comprehension(&mut self, expr: &'a Expr, dst: Reg) -> Result {
        let parts = match expr {
            Expr::ListComp(node) => Parts {
                kind: Comprehension::List,
                key: Key::new(node, BlockRole::Body),
                name: "<listcomp>",
                generators: &node.generators,
                elt: &node.elt,
                value: None,
                range: node.range,
            },
            Expr::SetComp(node) => Parts {
                kind: Comprehension::Set,
                key: Key::new(node, BlockRole::Body),
                name: "<setcomp>",
                generators: &node.generators,
                elt: &node.elt,
                value: None,
                range: node.range,
            },
            Expr::DictComp(node) => Parts {
                kind: Comprehension::Dict,
                key: Key::new(node, BlockRole::Body),
                name: "<dictcomp>",
                generators: &node.generators,
                elt: node.key.as_deref().unwrap_or(&node.value),
                value: Some(&node.value),
                range: node.range,
            },
            Expr::Generator(node) => Parts {
                kind: Comprehension::Generator,
                key: Key::new(node, BlockRole::Body),
                name: "<genexpr>",
                generators: &node.generators,
                elt: &node.elt,
                value: None,
                range: self.generator_range(node),
            },
            other => return self.error("invalid syntax", other.range()),
        };
        let Some((first, _)) = parts.generators.split_first() else {
            return Ok(());
        };
        let block = self.block_of(parts.key, parts.range)?;
        let is_async = self.scopes.blocks[block].coroutine;
        if is_async && parts.kind != Comprehension::Generator && !self.may_await() {
            return self.error(
                "asynchronous comprehension outside of an asynchronous function",
                parts.range,
            );
        }
        if self.scopes.blocks[block].comp_inlined {
            return self.inline(parts, first, block, dst);
        }
        self.as_function(parts, first, block, is_async, dst)
    }

    /// A generator that is a call's only argument has the call's parentheses.
    fn generator_range(&self, node: &ast::ExprGenerator) -> TextRange {
        if node.parenthesized {
            return node.range;
        }
        let source = self.source.text.as_bytes();
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c');
        let (start, end) = (
            usize::from(node.range.start()),
            usize::from(node.range.end()),
        );
        let before = source.get(..start).unwrap_or(&[]);
        let open = before
            .iter()
            .rposition(|b| !blank(b))
            .filter(|&at| before[at] == b'(');
        let behind = source.get(end..).unwrap_or(&[]);
        let close = behind
            .iter()
            .position(|b| !blank(b))
            .filter(|&at| behind[at] == b')');
        match (
            open.map(TextSize::try_from),
            close.map(|at| TextSize::try_from(end + at + 1)),
        ) {
            (Some(Ok(open)), Some(Ok(close))) => TextRange::new(open, close),
            _ => node.range,
        }
    }

    fn may_await(&self) -> bool {
        let unit = self.unit();
        matches!(unit.kind, UnitKind::AsyncFunction)
            || (unit.kind == UnitKind::Comprehension && self.scopes.blocks[unit.block].coroutine)
            || (unit.kind == UnitKind::Module && self.options.top_level_await)
            || (unit.kind == UnitKind::Comprehension
                && self.scopes.blocks[unit.block].comprehension == Comprehension::Generator)
    }

    fn as_function(
        &mut self,
        parts: Parts<'a>,
        first: &'a ast::Comprehension,
        block: BlockId,
        is_async: bool,
        dst: Reg,
    ) -> Result {
        let callee = self.temp();
        let base = self.e().temps(FRAME_HEADER as u32 - 1);
        let argument = self.temp();
        let mark = self.mark();
        // The first iterable is evaluated outside, and, as in CPython, before the function is made.
        let source = self.iterable(&first.iter)?;
        self.at(first.iter.range());
        if first.is_async {
            self.e().op_ab(Op::GetAIter, argument, source);
        } else {
            self.e().op_ab(Op::GetIter, argument, source);
        }
        self.release(mark);
        let _ = base;
        let first_line = self.lines.line(parts.range.start().into());
        self.enter_unit(UnitKind::Comprehension, block, parts.name, first_line, None)?;
        self.u().arg_count = 1;
        self.at(parts.range);
        if parts.kind == Comprehension::Generator {
            self.generators(parts, 0, Some(0), 0)?;
            self.at(parts.range);
            self.implicit_return()?;
        } else {
            let result = self.temp();
            self.e().op_abc(build_op(parts.kind), result, 0, 0);
            self.generators(parts, 0, Some(0), result)?;
            self.at(parts.range);
            self.e().op_a(Op::Return, result);
        }
        let code = self.leave_unit()?;
        self.at(parts.range);
        let base = self.e().temps(5);
        self.make_function(code, base, 0, callee)?;
        self.release(mark);
        if is_async && parts.kind != Comprehension::Generator {
            self.e().op_abc(Op::Call, callee, callee, 1);
            self.await_value(callee, 0, dst);
        } else {
            self.e().op_abc(Op::Call, dst, callee, 1);
        }
        Ok(())
    }

    fn inline(
        &mut self,
        parts: Parts<'a>,
        first: &'a ast::Comprehension,
        block: BlockId,
        dst: Reg,
    ) -> Result {
        let work = self.scratch(dst);
        let iter = self.temp();
        let mark = self.mark();
        let source = self.iterable(&first.iter)?;
        self.at(first.iter.range());
        self.e().op_ab(
            if first.is_async {
                Op::GetAIter
            } else {
                Op::GetIter
            },
            iter,
            source,
        );
        self.release(mark);
        let mut vars = FxHashMap::default();
        let mut shared = Vec::new();
        let unit_block = self.unit().block;
        let symbols = self.scopes.blocks[block].symbols.clone();
        self.at(parts.range);
        for (sym, symbol) in symbols {
            if symbol.flags & def::PARAM != 0 || !matches!(symbol.reach, Reach::Local | Reach::Cell)
            {
                continue;
            }
            // A name that nothing else here binds has a register of the function's; another one a temporary.
            let outer = &self.scopes.blocks[unit_block];
            let same = outer.comp_only.contains(&sym)
                && outer.lookup(sym).is_some_and(|s| s.reach == symbol.reach);
            let alone = (if outer.function_like() {
                same
            } else {
                symbol.reach == Reach::Local
            }) && !self
                .unit()
                .comp_scopes
                .iter()
                .any(|scope| scope.vars.contains_key(&sym));
            let reg = match symbol.reach {
                Reach::Cell if alone => match self.cell_reg(sym) {
                    Some(reg) => reg,
                    None => self.temp(),
                },
                _ if alone => self.local_reg(sym),
                _ => self.temp(),
            };
            if symbol.reach == Reach::Cell {
                self.e().op_a(Op::LoadEmpty, reg);
                self.e().op_a(Op::MakeCell, reg);
                vars.insert(sym, Var::Cell { reg, free: false });
            } else {
                if !alone {
                    self.e().op_a(Op::LoadEmpty, reg);
                    let outer = &self.scopes.blocks[unit_block];
                    if outer.function_like()
                        && outer.lookup(sym).is_some_and(|s| s.reach == Reach::Local)
                    {
                        // The name counts as mentioned, for the order of `co_varnames`.
                        self.local_reg(sym);
                    }
                } else {
                    shared.push(reg);
                }
                vars.insert(sym, Var::Fast(reg));
            }
        }
        self.u().comp_scopes.push(CompScope { block, vars });
        self.e().op_abc(build_op(parts.kind), work, 0, 0);
        self.generators(parts, 0, Some(iter), work)?;
        self.u().comp_scopes.pop();
        self.at(parts.range);
        for reg in shared {
            self.e().op_a(Op::LoadEmpty, reg);
        }
        self.e().moves(dst, work);
        Ok(())
    }

    /// One `for` clause and everything inside it. `iter` is the register of the first clause's iterator.
    fn generators(
        &mut self,
        parts: Parts<'a>,
        index: usize,
        iter: Option<Reg>,
        result: Reg,
    ) -> Result {
        self.deeper(parts.range)?;
        let Some(generator) = parts.generators.get(index) else {
            self.element(parts, result)?;
            self.depth -= 1;
            return Ok(());
        };
        let mark = self.mark();
        let (next, done) = (self.e().label(), self.e().label());
        // `for x in [value]` is an assignment.
        let single = match (&generator.iter, iter) {
            (
                Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }),
                None,
            ) if !generator.is_async => match elts.as_slice() {
                [only] if !only.is_starred_expr() => Some(only),
                _ => None,
            },
            _ => None,
        };
        if let Some(value) = single {
            let value = self.operand(value)?;
            self.store(&generator.target, value)?;
            self.conditions(generator, next)?;
            self.generators(parts, index + 1, None, result)?;
            self.e().bind(next);
            self.release(mark);
            self.depth -= 1;
            return Ok(());
        }
        let iter = match iter {
            Some(iter) => iter,
            None => {
                let iter = self.temp();
                let inner = self.mark();
                let source = self.iterable(&generator.iter)?;
                self.at(generator.iter.range());
                self.e().op_ab(
                    if generator.is_async {
                        Op::GetAIter
                    } else {
                        Op::GetIter
                    },
                    iter,
                    source,
                );
                self.release(inner);
                iter
            }
        };
        let exc = if generator.is_async { self.temp() } else { 0 };
        let inner = self.mark();
        let again: Label = self.e().here();
        if generator.is_async {
            let item = self.async_next(iter, done, exc, generator.iter.range());
            self.store(&generator.target, item)?;
        } else {
            let item = self.iteration_register(&generator.target);
            self.at(generator.iter.range());
            self.e().jump_ab(Op::ForIter, item, iter, done);
            self.store_iterated(&generator.target, item)?;
        }
        self.release(inner);
        self.conditions(generator, next)?;
        self.generators(parts, index + 1, None, result)?;
        self.e().bind(next);
        self.at(parts.elt.range());
        self.e().goto_back(again);
        self.e().bind(done);
        if generator.is_async {
            self.at(generator.iter.range());
            self.e().op_a(Op::EndAsyncFor, exc);
        }
        self.release(mark);
        self.depth -= 1;
        Ok(())
    }

    fn conditions(&mut self, generator: &'a ast::Comprehension, next: Label) -> Result {
        for test in &generator.ifs {
            self.jump_if(test, false, next)?;
        }
        Ok(())
    }

    fn element(&mut self, parts: Parts<'a>, result: Reg) -> Result {
        let mark = self.mark();
        match parts.kind {
            Comprehension::Generator => {
                let value = self.operand(parts.elt)?;
                let sent = self.temp();
                self.at(parts.elt.range());
                self.yield_value(value, sent);
            }
            Comprehension::Dict => {
                let key = self.operand(parts.elt)?;
                let value = self.operand(parts.value.unwrap_or(parts.elt))?;
                self.at(TextRange::new(
                    parts.elt.start(),
                    parts.value.unwrap_or(parts.elt).end(),
                ));
                self.e().op_abc(Op::MapAdd, result, key, value);
            }
            Comprehension::List | Comprehension::Set | Comprehension::No => {
                let value = self.operand(parts.elt)?;
                self.at(parts.elt.range());
                let op = if parts.kind == Comprehension::Set {
                    Op::SetAdd
                } else {
                    Op::ListAppend
                };
                self.e().op_ab(op, result, value);
            }
        }
        self.release(mark);
        Ok(())
    }
}

fn build_op(kind: Comprehension) -> Op {
    match kind {
        Comprehension::Set => Op::BuildSet,
        Comprehension::Dict => Op::BuildMap,
        Comprehension::List | Comprehension::Generator | Comprehension::No => Op::BuildList,
    }
}
