//! `_csv.reader`: a state machine over the characters of lines. CPython: Modules/_csv.c, parse_process_char
//!
//! Where all special characters are ASCII, which is nearly always, the machine steps over the bytes of lines, and over runs of ordinary ones at once.

use super::dialect::{
    DIALECT, Dialect, QUOTE_NONE, QUOTE_NONNUMERIC, QUOTE_NOTNULL, QUOTE_STRINGS,
};
use super::{Shared, error};
use crate::support::*;
use mesapy_text::wtf8;

const ITERATOR: usize = 0;
const DIALECT_SLOT: usize = 1;
const LINE_NUM: usize = 2;
/// How many rows were begun: an iterator of lines that asks its own reader for a row is noticed.
const BEGUN: usize = 3;

pub static READER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_csv.reader",
    doc: "CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin CSV format.\n",
    layout: Layout::Slots(4),
    flags: TypeFlags::NO_NEW,
    methods: methods! {
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    members: &[
        ("dialect", DIALECT_SLOT as u16, ""),
        ("line_num", LINE_NUM as u16, ""),
    ],
    iternext: Some(next),
    ..TypeDef::EMPTY
};
fn itself<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}

pub fn make_reader(vm: &mut Vm, iterator: Local, dialect: Local) -> Py<Local> {
    debug_assert!(vm.is_instance_of(dialect.value(vm), &DIALECT));
    let made = make_exact(vm, &READER)?;
    set_slot(vm, made, ITERATOR, iterator.value(vm));
    set_slot(vm, made, DIALECT_SLOT, dialect.value(vm));
    set_int_slot(vm, made, LINE_NUM, 0);
    set_int_slot(vm, made, BEGUN, 0);
    Ok(made)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    EscapedChar,
    InField,
    InQuotedField,
    EscapeInQuotedField,
    QuoteInQuotedField,
    EatLineEnd,
    AfterEscapedLineEnd,
}

/// What a row is being parsed into.
struct Parser {
    dialect: Dialect,
    state: State,
    field: Vec<u8>,
    /// The field began without a quote.
    unquoted: bool,
    /// Places in the row of texts that stand for numbers.
    numbers: Vec<usize>,
    limit: i64,
    /// ASCII characters that mean something, if all that do are ASCII.
    special: Option<Box<[bool; 256]>>,
}

impl Parser {
    fn new(dialect: Dialect, limit: i64) -> Parser {
        let mut table = Box::new([false; 256]);
        let chars = [
            Some(dialect.delimiter),
            dialect.quote,
            dialect.escape,
            Some(u32::from(b'\r')),
            Some(u32::from(b'\n')),
        ];
        let mut ascii = true;
        for c in chars.into_iter().flatten() {
            match table.get_mut(c as usize) {
                Some(place) if c < 0x80 => *place = true,
                _ => ascii = false,
            }
        }
        Parser {
            dialect,
            state: State::StartRecord,
            field: Vec::new(),
            unquoted: true,
            numbers: Vec::new(),
            limit,
            special: ascii.then_some(table),
        }
    }
    fn save(&mut self, vm: &Vm, row: List<'_>) -> Py<()> {
        let quoting = self.dialect.quoting;
        let bare = self.unquoted;
        if bare && self.field.is_empty() && matches!(quoting, QUOTE_NOTNULL | QUOTE_STRINGS) {
            row.push(vm, Value::NONE)?;
            return Ok(());
        }
        if bare && !self.field.is_empty() && matches!(quoting, QUOTE_NONNUMERIC | QUOTE_STRINGS) {
            self.numbers.push(row.len(vm));
        }
        row.push(vm, vm.new_str(&self.field)?.value())?;
        self.field.clear();
        Ok(())
    }
    fn add(&mut self, vm: &Vm, bytes: &[u8]) -> Py<()> {
        self.field.extend_from_slice(bytes);
        // Bytes are at least as many as characters.
        let limit = usize::try_from(self.limit).unwrap_or(0);
        if self.field.len() > limit && wtf8::count(&self.field) > limit {
            return Err(error(
                vm,
                &format!("field larger than field limit ({})", self.limit),
            ));
        }
        Ok(())
    }
    /// A whole line, and its end.
    fn line(&mut self, vm: &Vm, row: List<'_>, text: &[u8]) -> Py<()> {
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
            if let Some(special) = &self.special {
                if matches!(self.state, State::InField | State::InQuotedField) {
                    let is_special = |b: &u8| special.get(usize::from(*b)).is_some_and(|s| *s);
                    let run = rest.iter().position(is_special).unwrap_or(rest.len());
                    if run > 0 {
                        self.add(vm, rest.get(..run).unwrap_or_default())?;
                        at += run;
                        continue;
                    }
                }
            }
            let (c, width) = match (&self.special, rest) {
                (Some(_), [byte, ..]) => (u32::from(*byte), 1),
                _ => wtf8::decode_at(rest, 0).unwrap_or((0xfffd, 1)),
            };
            self.step(vm, row, Some(c), rest.get(..width).unwrap_or_default())?;
            at += width;
        }
        self.step(vm, row, None, b"\n")
    }
    /// One character (None: the end of a line), `raw` being its bytes.
    fn step(&mut self, vm: &Vm, row: List<'_>, c: Option<u32>, raw: &[u8]) -> Py<()> {
        let line_end = matches!(c, Some(0x0a | 0x0d));
        let is = |special: Option<u32>| c.is_some() && c == special;
        let is_delimiter = is(Some(self.dialect.delimiter));
        let is_quote = is(self.dialect.quote) && self.dialect.quoting != QUOTE_NONE;
        let is_escape = is(self.dialect.escape);
        let after_end = if c.is_none() {
            State::StartRecord
        } else {
            State::EatLineEnd
        };
        match self.state {
            State::StartRecord if c.is_none() => {}
            State::StartRecord if line_end => self.state = State::EatLineEnd,
            State::StartRecord | State::StartField => {
                self.unquoted = true;
                if line_end || c.is_none() {
                    self.save(vm, row)?;
                    self.state = after_end;
                } else if is_quote {
                    self.unquoted = false;
                    self.state = State::InQuotedField;
                } else if is_escape {
                    self.state = State::EscapedChar;
                } else if c == Some(0x20) && self.dialect.skip_space {
                    self.state = State::StartField;
                } else if is_delimiter {
                    self.save(vm, row)?;
                    self.state = State::StartField;
                } else {
                    self.add(vm, raw)?;
                    self.state = State::InField;
                }
            }
            State::EscapedChar => {
                self.add(vm, raw)?;
                self.state = if line_end {
                    State::AfterEscapedLineEnd
                } else {
                    State::InField
                };
            }
            State::AfterEscapedLineEnd if c.is_none() => {}
            State::AfterEscapedLineEnd | State::InField => {
                if line_end || c.is_none() {
                    self.save(vm, row)?;
                    self.state = after_end;
                } else if is_escape {
                    self.state = State::EscapedChar;
                } else if is_delimiter {
                    self.save(vm, row)?;
                    self.state = State::StartField;
                } else {
                    self.add(vm, raw)?;
                    self.state = State::InField;
                }
            }
            State::InQuotedField => {
                if c.is_none() {
                } else if is_escape {
                    self.state = State::EscapeInQuotedField;
                } else if is_quote {
                    self.state = if self.dialect.double_quote {
                        State::QuoteInQuotedField
                    } else {
                        State::InField
                    };
                } else {
                    self.add(vm, raw)?;
                }
            }
            State::EscapeInQuotedField => {
                self.add(vm, raw)?;
                self.state = State::InQuotedField;
            }
            State::QuoteInQuotedField => {
                if is_quote {
                    self.add(vm, raw)?;
                    self.state = State::InQuotedField;
                } else if is_delimiter {
                    self.save(vm, row)?;
                    self.state = State::StartField;
                } else if line_end || c.is_none() {
                    self.save(vm, row)?;
                    self.state = after_end;
                } else if !self.dialect.strict {
                    self.add(vm, raw)?;
                    self.state = State::InField;
                } else {
                    let shown =
                        |c: u32| String::from_utf8_lossy(&wtf8::from_code_point(c)).into_owned();
                    return Err(error(
                        vm,
                        &format!(
                            "'{}' expected after '{}'",
                            shown(self.dialect.delimiter),
                            shown(self.dialect.quote.unwrap_or_default())
                        ),
                    ));
                }
            }
            State::EatLineEnd if line_end => {}
            State::EatLineEnd if c.is_none() => self.state = State::StartRecord,
            State::EatLineEnd => {
                return Err(error(
                    vm,
                    "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                ));
            }
        }
        Ok(())
    }
}

fn next(vm: &mut Vm, this: Local) -> Py<bool> {
    let limit = vm.state::<Shared>().field_limit;
    let (iterator, dialect) = (
        slot_local(vm, this, ITERATOR),
        slot_local(vm, this, DIALECT_SLOT),
    );
    let mut parser = Parser::new(Dialect::of(vm, dialect), limit);
    let row: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
    let line = vm.local(Value::NONE);
    let begun = int_slot(vm, this, BEGUN) + 1;
    set_int_slot(vm, this, BEGUN, begun);
    loop {
        let more = vm.next_into(iterator, line)?;
        if int_slot(vm, this, BEGUN) != begun {
            return Err(error(vm, "iterator has already advanced the reader"));
        }
        if !more {
            if parser.field.is_empty() && parser.state != State::InQuotedField {
                return Ok(false);
            }
            if parser.dialect.strict {
                return Err(error(vm, "unexpected end of data"));
            }
            let vm: &Vm = vm;
            parser.save(vm, row.get(vm))?;
            break;
        }
        {
            let vm: &Vm = vm;
            let Some(text) = line.value(vm).as_str(vm) else {
                return Err(error(
                    vm,
                    &format!(
                        "iterator should return strings, not {} (the file should be opened in text mode)",
                        vm.type_name_for_error(line.value(vm))
                    ),
                ));
            };
            set_int_slot(vm, this, LINE_NUM, int_slot(vm, this, LINE_NUM) + 1);
            parser.line(vm, row.get(vm), text.bytes(vm))?;
        }
        convert(vm, row, &mut parser.numbers)?;
        if parser.state == State::StartRecord {
            break;
        }
        vm.poll()?;
    }
    convert(vm, row, &mut parser.numbers)?;
    let result = vm.ret(row.get(vm).value());
    let _ = result;
    Ok(true)
}
/// Turns the texts at these places into floats.
fn convert(vm: &mut Vm, row: Local<k::List>, places: &mut Vec<usize>) -> Py<()> {
    for i in places.drain(..) {
        vm.scope(|vm| {
            let [class, text] = {
                let vm: &Vm = vm;
                vm.locals([
                    vm.type_object(&mesapy_vm::objects::float::FLOAT).value(),
                    row.get(vm).at(vm, i).unwrap_or(Value::NONE),
                ])
            };
            let number = vm.call(class, &[text])?.keep(vm);
            row.get(vm).set(vm, i, number.value(vm));
            Ok::<(), Raised>(())
        })?;
    }
    Ok(())
}
