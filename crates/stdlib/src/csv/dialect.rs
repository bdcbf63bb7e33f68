//! `_csv.Dialect`: the checked description of a format. CPython: Modules/_csv.c, dialect_new

use crate::support::*;
use mesapy_text::wtf8;

pub const QUOTE_MINIMAL: i64 = 0;
pub const QUOTE_ALL: i64 = 1;
pub const QUOTE_NONNUMERIC: i64 = 2;
pub const QUOTE_NONE: i64 = 3;
pub const QUOTE_STRINGS: i64 = 4;
pub const QUOTE_NOTNULL: i64 = 5;
pub static QUOTING: &[(&str, i64)] = &[
    ("QUOTE_MINIMAL", QUOTE_MINIMAL),
    ("QUOTE_ALL", QUOTE_ALL),
    ("QUOTE_NONNUMERIC", QUOTE_NONNUMERIC),
    ("QUOTE_NONE", QUOTE_NONE),
    ("QUOTE_STRINGS", QUOTE_STRINGS),
    ("QUOTE_NOTNULL", QUOTE_NOTNULL),
];

const DELIMITER: u16 = 0;
const DOUBLEQUOTE: u16 = 1;
const ESCAPECHAR: u16 = 2;
const LINETERMINATOR: u16 = 3;
const QUOTECHAR: u16 = 4;
const QUOTING_SLOT: u16 = 5;
const SKIPINITIALSPACE: u16 = 6;
const STRICT: u16 = 7;
const COUNT: u16 = 8;

pub static DIALECT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_csv.Dialect",
    doc: "CSV dialect\n\nThe Dialect type records CSV dialect options.",
    layout: Layout::Slots(COUNT),
    flags: BASE,
    methods: methods! {
        "__new__(cls, /, dialect=None, delimiter=',', doublequote=True, escapechar=None, lineterminator='\\r\\n', quotechar='\"', quoting=0, skipinitialspace=False, strict=False)" => static calls new(cls, dialect, delimiter, doublequote, escapechar, lineterminator, quotechar, quoting, skipinitialspace, strict), "Create and return a new object.  See help(type) for accurate signature.";
        "__reduce__(self, /)" => calls refuse_pickle(this), "raises an exception to avoid pickling";
        "__reduce_ex__(self, protocol, /)" => calls refuse_pickle_ex(this, protocol), "raises an exception to avoid pickling";
    },
    members: &[
        ("delimiter", DELIMITER, ""),
        ("doublequote", DOUBLEQUOTE, ""),
        ("escapechar", ESCAPECHAR, ""),
        ("lineterminator", LINETERMINATOR, ""),
        ("quotechar", QUOTECHAR, ""),
        ("quoting", QUOTING_SLOT, ""),
        ("skipinitialspace", SKIPINITIALSPACE, ""),
        ("strict", STRICT, ""),
    ],
    ..TypeDef::EMPTY
};

/// A dialect's settings, read out of the object.
#[derive(Clone)]
pub struct Dialect {
    pub delimiter: u32,
    pub quote: Option<u32>,
    pub escape: Option<u32>,
    pub terminator: Vec<u8>,
    pub quoting: i64,
    pub double_quote: bool,
    pub skip_space: bool,
    pub strict: bool,
}

impl Dialect {
    pub fn of(vm: &Vm, object: Local) -> Dialect {
        let at = |i: u16| slot(vm, object, usize::from(i));
        let flag = |i: u16| at(i) == Value::TRUE;
        let character = |i: u16| {
            at(i)
                .as_str(vm)
                .and_then(|s| wtf8::decode_at(s.bytes(vm), 0))
                .map(|(c, _)| c)
        };
        Dialect {
            delimiter: character(DELIMITER).unwrap_or(u32::from(b',')),
            quote: character(QUOTECHAR),
            escape: character(ESCAPECHAR),
            terminator: at(LINETERMINATOR)
                .as_str(vm)
                .map_or_else(Vec::new, |s| s.bytes(vm).to_vec()),
            quoting: at(QUOTING_SLOT).as_i64(vm).unwrap_or(QUOTE_MINIMAL),
            double_quote: flag(DOUBLEQUOTE),
            skip_space: flag(SKIPINITIALSPACE),
            strict: flag(STRICT),
        }
    }
}

fn refuse_pickle(vm: &mut Vm, this: Local) -> Py<Ret> {
    let name = vm.type_name_for_error(this.value(vm));
    Err(vm.type_error(format!("cannot pickle '{name}' instances")))
}
fn refuse_pickle_ex(vm: &mut Vm, this: Local, _: Local) -> Py<Ret> {
    refuse_pickle(vm, this)
}

/// A parameter: what was given, or else the attribute of the template, or else absent.
fn parameter(
    vm: &mut Vm,
    given: Option<Local>,
    template: Option<Local>,
    name: &str,
) -> Py<Option<Local>> {
    if given.is_some() {
        return Ok(given);
    }
    let Some(template) = template else {
        return Ok(None);
    };
    match vm.lookup_attr_str(template, name) {
        Ok(found) => Ok(found.map(|r| r.keep(vm))),
        Err(raised) => {
            vm.take_exception(raised);
            Ok(None)
        }
    }
}
/// A single character; None where `optional` allows it.
fn character(
    vm: &Vm,
    given: Option<Local>,
    name: &str,
    optional: bool,
    default: Option<u32>,
) -> Py<Option<u32>> {
    let Some(given) = given else {
        return Ok(default);
    };
    let value = given.value(vm);
    if optional && value.is_none() {
        return Ok(None);
    }
    let or_none = if optional { " or None" } else { "" };
    let Some(text) = value.as_str(vm) else {
        return Err(vm.type_error(format!(
            "\"{name}\" must be a unicode character{or_none}, not {}",
            vm.type_name_for_error(value)
        )));
    };
    match (text.char_len(vm), wtf8::decode_at(text.bytes(vm), 0)) {
        (1, Some((c, _))) => Ok(Some(c)),
        (n, _) => Err(vm.type_error(format!(
            "\"{name}\" must be a unicode character{or_none}, not a string of length {n}"
        ))),
    }
}

#[allow(
    clippy::too_many_arguments,
    reason = "they are the keywords that Python callers give"
)]
fn new(
    vm: &mut Vm,
    cls: Local,
    dialect: Option<Local>,
    delimiter: Option<Local>,
    doublequote: Option<Local>,
    escapechar: Option<Local>,
    lineterminator: Option<Local>,
    quotechar: Option<Local>,
    quoting: Option<Local>,
    skipinitialspace: Option<Local>,
    strict: Option<Local>,
) -> Py<Local> {
    let mut template = dialect;
    if let Some(name) = dialect.filter(|d| d.value(vm).as_str(vm).is_some()) {
        template = Some(super::registered(vm, name)?);
    }
    let nothing_else = [
        delimiter,
        doublequote,
        escapechar,
        lineterminator,
        quotechar,
        quoting,
        skipinitialspace,
        strict,
    ]
    .iter()
    .all(Option::is_none);
    if let Some(ready) = template.filter(|t| vm.is_instance_of(t.value(vm), &DIALECT)) {
        if nothing_else {
            return Ok(ready);
        }
    }
    let delimiter = parameter(vm, delimiter, template, "delimiter")?;
    let doublequote = parameter(vm, doublequote, template, "doublequote")?;
    let escapechar = parameter(vm, escapechar, template, "escapechar")?;
    let lineterminator = parameter(vm, lineterminator, template, "lineterminator")?;
    let quotechar = parameter(vm, quotechar, template, "quotechar")?;
    let quoting = parameter(vm, quoting, template, "quoting")?;
    let skipinitialspace = parameter(vm, skipinitialspace, template, "skipinitialspace")?;
    let strict = parameter(vm, strict, template, "strict")?;

    let delimiter_char = character(vm, delimiter, "delimiter", false, Some(u32::from(b',')))?;
    let doublequote = truth(vm, doublequote, true)?;
    let escape = character(vm, escapechar, "escapechar", true, None)?;
    let terminator = match lineterminator {
        None => b"\r\n".to_vec(),
        Some(t) => match t.value(vm).as_str(vm) {
            Some(s) => s.bytes(vm).to_vec(),
            None => {
                return Err(vm.type_error(format!(
                    "\"lineterminator\" must be a string, not {}",
                    vm.type_name_for_error(t.value(vm))
                )));
            }
        },
    };
    let quote = character(vm, quotechar, "quotechar", true, Some(u32::from(b'"')))?;
    let mut quoting_kind = match quoting {
        None => QUOTE_MINIMAL,
        Some(q) => {
            let value = q.value(vm);
            if !vm.is_int(value) || matches!(value, Value::TRUE | Value::FALSE) {
                return Err(vm.type_error(format!(
                    "\"quoting\" must be an integer, not {}",
                    vm.type_name_for_error(value)
                )));
            }
            vm.int_value(value).unwrap_or(-1)
        }
    };
    let skip_space = truth(vm, skipinitialspace, false)?;
    let strict = truth(vm, strict, false)?;

    if !(QUOTE_MINIMAL..=QUOTE_NOTNULL).contains(&quoting_kind) {
        return Err(vm.type_error("bad \"quoting\" value"));
    }
    let Some(delimiter_char) = delimiter_char else {
        return Err(vm.type_error("\"delimiter\" must be a 1-character string"));
    };
    if quotechar.is_some_and(|q| q.value(vm).is_none()) && quoting.is_none() {
        quoting_kind = QUOTE_NONE;
    }
    if quoting_kind != QUOTE_NONE && quote.is_none() {
        return Err(vm.type_error("quotechar must be set if quoting enabled"));
    }
    check(vm, "delimiter", Some(delimiter_char), &terminator, true)?;
    check(vm, "escapechar", escape, &terminator, !skip_space)?;
    check(vm, "quotechar", quote, &terminator, !skip_space)?;
    let delimiter_char = Some(delimiter_char);
    for ((a, x), (b, y)) in [
        (("delimiter", delimiter_char), ("escapechar", escape)),
        (("delimiter", delimiter_char), ("quotechar", quote)),
        (("escapechar", escape), ("quotechar", quote)),
    ] {
        if x.is_some() && x == y {
            return Err(vm.value_error(format!("bad {a} or {b} value")));
        }
    }

    let made = make(vm, cls, &DIALECT)?;
    let vm: &Vm = vm;
    let text = |c: Option<u32>| -> Py<Value<'_>> {
        Ok(match c {
            Some(c) => vm.str_from_char(c).value(),
            None => Value::NONE,
        })
    };
    let set = |i: u16, value: Value<'_>| set_slot(vm, made, usize::from(i), value);
    set(DELIMITER, text(delimiter_char)?);
    set(DOUBLEQUOTE, Value::bool(doublequote));
    set(ESCAPECHAR, text(escape)?);
    set(LINETERMINATOR, vm.new_str(&terminator)?.value());
    set(QUOTECHAR, text(quote)?);
    set(QUOTING_SLOT, vm.int(quoting_kind));
    set(SKIPINITIALSPACE, Value::bool(skip_space));
    set(STRICT, Value::bool(strict));
    Ok(made)
}
fn truth(vm: &mut Vm, given: Option<Local>, default: bool) -> Py<bool> {
    given.map_or(Ok(default), |x| vm.truth(x))
}
fn check(vm: &Vm, name: &str, c: Option<u32>, terminator: &[u8], space_allowed: bool) -> Py<()> {
    let Some(c) = c else { return Ok(()) };
    let is = |b: u8| c == u32::from(b);
    if is(b'\r') || is(b'\n') || is(b' ') && !space_allowed {
        return Err(vm.value_error(format!("bad {name} value")));
    }
    if wtf8::code_points(terminator).any(|t| t == c) {
        return Err(vm.value_error(format!("bad {name} or lineterminator value")));
    }
    Ok(())
}
