//! `_csv.writer`: rows as text, quoted and escaped as a dialect says. CPython: Modules/_csv.c, join_append_data

use super::dialect::{
    Dialect, QUOTE_ALL, QUOTE_NONE, QUOTE_NONNUMERIC, QUOTE_NOTNULL, QUOTE_STRINGS,
};
use super::error;
use crate::support::*;
use mesapy_text::wtf8;

const WRITE: usize = 0;
const DIALECT_SLOT: usize = 1;

pub static WRITER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_csv.writer",
    doc: "CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV format from sequence input.\n",
    layout: Layout::Slots(2),
    flags: TypeFlags::NO_NEW,
    methods: methods! {
        "writerow(self, row, /)" => calls write_row(this, row), "writerow(iterable)\n\nConstruct and write a CSV record from an iterable of fields.  Non-string\nelements will be converted to string.";
        "writerows(self, rows, /)" => calls write_rows(this, rows), "writerows(iterable of iterables)\n\nConstruct and write a series of iterables to a csv file.  Non-string\nelements will be converted to string.";
    },
    members: &[("dialect", DIALECT_SLOT as u16, "")],
    ..TypeDef::EMPTY
};

pub fn make_writer(vm: &mut Vm, write: Local, dialect: Local) -> Py<Local> {
    let made = make_exact(vm, &WRITER)?;
    set_slot(vm, made, WRITE, write.value(vm));
    set_slot(vm, made, DIALECT_SLOT, dialect.value(vm));
    Ok(made)
}

/// A record in the making.
struct Record {
    dialect: Dialect,
    text: Vec<u8>,
    fields: usize,
}

impl Record {
    /// One field; None is the empty field of a None.
    fn append(&mut self, vm: &Vm, field: Option<&[u8]>, quoted: bool) -> Py<()> {
        let d = &self.dialect;
        let mut quoted = quoted;
        let space = u32::from(b' ');
        if field.is_none_or(<[u8]>::is_empty) && d.delimiter == space && d.skip_space {
            let stays_bare = field.is_none() && matches!(d.quoting, QUOTE_STRINGS | QUOTE_NOTNULL);
            if d.quoting == QUOTE_NONE || stays_bare {
                return Err(error(
                    vm,
                    "empty field must be quoted if delimiter is a space and skipinitialspace is true",
                ));
            }
            quoted = true;
        }
        if self.fields > 0 {
            wtf8::push(&mut self.text, d.delimiter);
        }
        // The field itself, without quotes: whether it wants them is known at its end.
        let start = self.text.len();
        let field = field.unwrap_or_default();
        for (at, c) in wtf8::code_point_offsets(field) {
            let special = c == d.delimiter
                || Some(c) == d.escape
                || Some(c) == d.quote
                || matches!(c, 0x0a | 0x0d)
                || wtf8::code_points(&d.terminator).any(|t| t == c);
            if special {
                let mut escaped = d.quoting == QUOTE_NONE;
                if !escaped {
                    if Some(c) == d.quote {
                        if d.double_quote {
                            wtf8::push(&mut self.text, c);
                        } else {
                            escaped = true;
                        }
                    } else if Some(c) == d.escape {
                        escaped = true;
                    }
                    quoted |= !escaped;
                }
                if escaped {
                    let Some(escape) = d.escape else {
                        return Err(error(vm, "need to escape, but no escapechar set"));
                    };
                    wtf8::push(&mut self.text, escape);
                }
            }
            let end = at + wtf8::encoded_len(c);
            self.text
                .extend_from_slice(field.get(at..end).unwrap_or_default());
        }
        if quoted {
            let mut quote = Vec::new();
            if let Some(c) = d.quote {
                wtf8::push(&mut quote, c);
            }
            self.text.splice(start..start, quote.iter().copied());
            self.text.extend_from_slice(&quote);
        }
        self.fields += 1;
        Ok(())
    }
}

fn is_number(vm: &Vm, value: Value<'_>) -> bool {
    vm.is_int(value)
        || value.as_f64(vm).is_some()
        || [Dunder::Index, Dunder::Int, Dunder::Float]
            .into_iter()
            .any(|d| vm.special_of(value, d).is_some())
        || vm.is_instance_of(value, &mesapy_vm::objects::complex::COMPLEX)
}

fn write_row(vm: &mut Vm, this: Local, row: Local) -> Py<Ret> {
    let dialect = slot_local(vm, this, DIALECT_SLOT);
    let iterator = match vm.iter(row) {
        Ok(iterator) => iterator.keep(vm),
        Err(raised) if vm.raised_is(&raised, &exc::TYPE_ERROR) => {
            vm.take_exception(raised);
            let got = vm.type_name_for_error(row.value(vm));
            return Err(error(vm, &format!("iterable expected, not {got}")));
        }
        Err(raised) => return Err(raised),
    };
    let mut record = Record {
        dialect: Dialect::of(vm, dialect),
        text: Vec::new(),
        fields: 0,
    };
    let field = vm.local(Value::NONE);
    let mut null_field = false;
    while vm.next_into(iterator, field)? {
        let value = field.value(vm);
        null_field = value.is_none();
        let is_text = value.as_str(vm).is_some();
        let quoted = match record.dialect.quoting {
            QUOTE_NONNUMERIC => !is_number(vm, value),
            QUOTE_ALL => true,
            QUOTE_STRINGS => is_text,
            QUOTE_NOTNULL => !null_field,
            _ => false,
        };
        if !is_text && !null_field {
            vm.str(field)?.put(vm, field);
        }
        let text = field.value(vm).as_str(vm).map(|s| s.bytes(vm));
        record.append(vm, text, quoted)?;
    }
    if record.fields == 1 && record.text.is_empty() {
        let quoting = record.dialect.quoting;
        let stays_bare = null_field && matches!(quoting, QUOTE_STRINGS | QUOTE_NOTNULL);
        if quoting == QUOTE_NONE || stays_bare {
            return Err(error(vm, "single empty field record must be quoted"));
        }
        record.fields = 0;
        record.append(vm, None, true)?;
    }
    record.text.extend_from_slice(&record.dialect.terminator);
    let line = {
        let vm: &Vm = vm;
        vm.local(vm.new_str(&record.text)?.value())
    };
    let write = slot_local(vm, this, WRITE);
    vm.call(write, &[line])
}
fn write_rows(vm: &mut Vm, this: Local, rows: Local) -> Py<()> {
    let iterator = vm.iter(rows)?.keep(vm);
    let row = vm.local(Value::NONE);
    while vm.next_into(iterator, row)? {
        vm.scope(|vm| write_row(vm, this, row).map(drop))?;
    }
    Ok(())
}
