//! A code object taken apart again to the unit that it was made of: for `marshal`, whose form of code is the unit's serial one.
//!
//! The instructions are given in their general form: quickening is undone.

use crate::code;
use crate::layout::code as c;
use crate::local::Py;
use crate::vm::Vm;
use mesapy_bytecode::{CodeFlags, CodeUnit, Const, ExceptionEntry, Positions, Text};
use mesapy_heap::{Kind, Obj, Tuple, Value};

impl Vm {
    /// The file name of a code object.
    pub fn code_filename<'v>(&'v self, code_obj: Obj<'v>) -> Value<'v> {
        code_obj.slot(self, c::FILENAME)
    }
    /// The unit of a code object; ValueError if a constant was put into it (by `replace`) that no source gives.
    pub fn code_unit(&self, code_obj: Obj<'_>) -> Py<CodeUnit> {
        self.check_native_stack()?;
        let names_of = |slot| texts(self, code::names(self, code_obj, slot));
        let text_of = |slot| Text::Owned(text(self, code_obj.slot(self, slot)));
        let int_of = |slot| code::int_slot(self, code_obj, slot) as u32;
        let names = names_of(c::NAMES);
        let sites = code::names(self, code_obj, c::SITE_NAMES)
            .iter(self)
            .map(|site| {
                let wanted = text(self, site);
                let at = if site.is_none() {
                    None
                } else {
                    names.iter().position(|n| *n == wanted)
                };
                at.map_or(u32::MAX, |i| i as u32)
            })
            .collect();
        let table = |slot: usize, width: usize| -> Vec<Vec<u32>> {
            let Some(raw) = code_obj.slot(self, slot).as_raw(self) else {
                return Vec::new();
            };
            (0..raw.len(self) / (width * 4))
                .map(|i| {
                    (0..width)
                        .map(|j| raw.get_u32(self, (i * width + j) * 4).unwrap_or(0))
                        .collect()
                })
                .collect()
        };
        let positions = code_obj.slot(self, c::POSITIONS).as_bytes(self);
        let positions = Positions(
            positions
                .map_or(Vec::new(), |b| b.bytes(self).to_vec())
                .into(),
        );
        let constants = code_obj.slot(self, c::CONSTS).as_value_array(self);
        let mut consts = Vec::new();
        for value in constants.into_iter().flat_map(|a| a.iter(self)) {
            consts.push(self.constant_of(value)?);
        }
        let flags = code::flags(self, code_obj);
        let cell_regs = code::names(self, code_obj, c::CELL_REGS)
            .iter(self)
            .map(|r| r.as_small_int().unwrap_or(0) as u16)
            .collect();
        Ok(CodeUnit {
            name: text_of(c::NAME),
            qualname: text_of(c::QUALNAME),
            flags,
            arg_count: int_of(c::ARGCOUNT),
            posonly_count: int_of(c::POSONLY),
            kwonly_count: int_of(c::KWONLY),
            varnames: names_of(c::VARNAMES),
            cellvars: names_of(c::CELLVARS),
            cell_regs,
            freevars: names_of(c::FREEVARS),
            first_free: int_of(c::FIRST_FREE) as u16,
            registers: int_of(c::REGISTERS) as u16,
            instrs: crate::objects::code::instructions(self, code_obj),
            docstring: flags.has(CodeFlags::HAS_DOCSTRING)
                && matches!(consts.first(), Some(Const::Str(_))),
            consts,
            names,
            sites,
            exceptions: table(c::EXCEPTIONS, 4)
                .iter()
                .map(|e| ExceptionEntry {
                    start: e[0],
                    end: e[1],
                    handler: e[2],
                    reg: e[3] as u16,
                })
                .collect(),
            positions,
            live: table(c::LIVE, 2)
                .iter()
                .map(|l| (l[0], l[1] as u16))
                .collect(),
            first_line: int_of(c::FIRST_LINE),
        })
    }
    /// A value as a constant of code.
    ///
    /// # Errors
    /// ValueError, for what no constant may be.
    pub fn constant_of(&self, value: Value<'_>) -> Py<Const> {
        self.check_native_stack()?;
        let refused = || self.value_error("unmarshallable object");
        let all = |items: Vec<Value<'_>>| -> Py<Vec<Const>> {
            items.into_iter().map(|v| self.constant_of(v)).collect()
        };
        if value.is_none() {
            return Ok(Const::None);
        }
        if value == Value::TRUE || value == Value::FALSE {
            return Ok(Const::Bool(value == Value::TRUE));
        }
        if value == Value::ELLIPSIS {
            return Ok(Const::Ellipsis);
        }
        if let Some(i) = value.as_small_int() {
            return Ok(Const::Int(i));
        }
        if let Some(f) = value.as_f64(self) {
            return Ok(Const::Float(f));
        }
        Ok(match value.kind(self) {
            Kind::BigInt => match value.as_bigint(self) {
                Some(b) => match b.as_i64(self) {
                    Some(i) => Const::Int(i),
                    None => Const::BigInt(b.is_negative(self), b.limbs(self).to_vec()),
                },
                None => return Err(refused()),
            },
            Kind::Complex => match value.as_complex(self) {
                Some(z) => Const::Complex(z.re(self), z.im(self)),
                None => return Err(refused()),
            },
            Kind::Str => Const::Str(text(self, value)),
            Kind::Bytes => Const::Bytes(
                value
                    .as_bytes(self)
                    .map_or_else(Vec::new, |b| b.bytes(self).to_vec()),
            ),
            Kind::Tuple => Const::Tuple(all(value
                .as_tuple(self)
                .map_or_else(Vec::new, |t| t.to_vec(self)))?),
            Kind::FrozenSet => Const::FrozenSet(all(value
                .as_any_set(self)
                .map_or_else(Vec::new, |s| s.iter(self).collect()))?),
            Kind::Slice => match value.as_slice(self) {
                Some(s) => Const::Slice(Box::new([
                    self.constant_of(s.start(self))?,
                    self.constant_of(s.stop(self))?,
                    self.constant_of(s.step(self))?,
                ])),
                None => return Err(refused()),
            },
            Kind::Code => match value.as_obj() {
                Some(o) => Const::Code(Box::new(self.code_unit(o)?)),
                None => return Err(refused()),
            },
            _ => return Err(refused()),
        })
    }
}

fn text(vm: &Vm, value: Value<'_>) -> Vec<u8> {
    value
        .as_str(vm)
        .map_or_else(Vec::new, |s| s.bytes(vm).to_vec())
}
fn texts(vm: &Vm, names: Tuple<'_>) -> Vec<Text> {
    names.iter(vm).map(|n| text(vm, n).into()).collect()
}
