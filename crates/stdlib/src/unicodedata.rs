//! `unicodedata`: the Unicode Character Database, version 16, on the tables of crate `text`.
//!
//! `ucd_3_2_0` is an object with the module's functions as methods, over the database as it was in version 3.2.

use mesapy_heap::Value;
use mesapy_text::unicode::normalize::{self, Form};
use mesapy_text::unicode::{self, names, v3_2};
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::exceptions::KEY_ERROR;
use mesapy_vm::objects::object::new_native_instance;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{GetSet, Local, Py, Ret, Vm, k, methods};

pub static MODULE: NativeModule = NativeModule {
    name: "unicodedata",
    doc: "This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters. The data in\nthis database is based on the UnicodeData.txt file version\n16.0.0 which is publicly available from the Unicode Consortium\nat https://www.unicode.org/.\n\nThe module uses the same names and symbols as defined by the\nUnicodeData File Format 16.0.0.",
    functions: FUNCTIONS,
    types: &[&UCD],
    init: Some(init),
};
static UCD: TypeDef = TypeDef {
    name: "unicodedata.UCD",
    layout: Layout::Slots(0),
    flags: TypeFlags::NO_NEW.with(TypeFlags::IMMUTABLE),
    methods: UCD_METHODS,
    getset: &[GetSet {
        name: "unidata_version",
        get: |vm, _| Ok(vm.ret(vm.new_str(v3_2::VERSION.as_bytes())?.value())),
        set: None,
        doc: "",
    }],
    ..TypeDef::EMPTY
};

static UCD_METHODS: &[Method] = methods! {
    "bidirectional(self, chr, /)" => leaf old_bidirectional(_this, c), "Returns the bidirectional class assigned to the character chr as string.\n\nIf no such value is defined, an empty string is returned.";
    "category(self, chr, /)" => leaf old_category(_this, c), "Returns the general category assigned to the character chr as string.";
    "combining(self, chr, /)" => leaf old_combining(_this, c), "Returns the canonical combining class assigned to the character chr as integer.\n\nReturns 0 if no combining class is defined.";
    "decimal(self, chr, default=<unrepresentable>, /)" => leaf old_decimal(_this, c, default), "Converts a Unicode character into its equivalent decimal value.\n\nReturns the decimal value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
    "decomposition(self, chr, /)" => leaf old_decomposition(_this, c), "Returns the character decomposition mapping assigned to the character chr as string.\n\nAn empty string is returned in case no such mapping is defined.";
    "digit(self, chr, default=<unrepresentable>, /)" => leaf old_digit(_this, c, default), "Converts a Unicode character into its equivalent digit value.\n\nReturns the digit value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
    "east_asian_width(self, chr, /)" => leaf old_east_asian_width(_this, c), "Returns the east asian width assigned to the character chr as string.";
    "is_normalized(self, form, unistr, /)" => leaf old_is_normalized(_this, form, text), "Return whether the Unicode string unistr is in the normal form 'form'.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.";
    "lookup(self, name, /)" => calls old_lookup(_this, name), "Look up character by name.\n\nIf a character with the given name is found, return the\ncorresponding character.  If not found, KeyError is raised.";
    "mirrored(self, chr, /)" => leaf old_mirrored(_this, c), "Returns the mirrored property assigned to the character chr as integer.\n\nReturns 1 if the character has been identified as a \"mirrored\"\ncharacter in bidirectional text, 0 otherwise.";
    "name(self, chr, default=<unrepresentable>, /)" => leaf old_name(_this, c, default), "Returns the name assigned to the character chr as a string.\n\nIf no name is defined, default is returned, or, if not given,\nValueError is raised.";
    "normalize(self, form, unistr, /)" => leaf old_normalized(_this, form, text), "Return the normal form 'form' for the Unicode string unistr.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.";
    "numeric(self, chr, default=<unrepresentable>, /)" => leaf old_numeric(_this, c, default), "Converts a Unicode character into its equivalent numeric value.\n\nReturns the numeric value assigned to the character chr as float.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
};
static FUNCTIONS: &[Method] = methods! {
    "bidirectional(chr, /)" => static leaf bidirectional(c), "Returns the bidirectional class assigned to the character chr as string.\n\nIf no such value is defined, an empty string is returned.";
    "category(chr, /)" => static leaf category(c), "Returns the general category assigned to the character chr as string.";
    "combining(chr, /)" => static leaf combining(c), "Returns the canonical combining class assigned to the character chr as integer.\n\nReturns 0 if no combining class is defined.";
    "decimal(chr, default=<unrepresentable>, /)" => static leaf decimal(c, default), "Converts a Unicode character into its equivalent decimal value.\n\nReturns the decimal value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
    "decomposition(chr, /)" => static leaf decomposition(c), "Returns the character decomposition mapping assigned to the character chr as string.\n\nAn empty string is returned in case no such mapping is defined.";
    "digit(chr, default=<unrepresentable>, /)" => static leaf digit(c, default), "Converts a Unicode character into its equivalent digit value.\n\nReturns the digit value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
    "east_asian_width(chr, /)" => static leaf east_asian_width(c), "Returns the east asian width assigned to the character chr as string.";
    "is_normalized(form, unistr, /)" => static leaf is_normalized(form, text), "Return whether the Unicode string unistr is in the normal form 'form'.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.";
    "lookup(name, /)" => static calls lookup(name), "Look up character by name.\n\nIf a character with the given name is found, return the\ncorresponding character.  If not found, KeyError is raised.";
    "mirrored(chr, /)" => static leaf mirrored(c), "Returns the mirrored property assigned to the character chr as integer.\n\nReturns 1 if the character has been identified as a \"mirrored\"\ncharacter in bidirectional text, 0 otherwise.";
    "name(chr, default=<unrepresentable>, /)" => static leaf name(c, default), "Returns the name assigned to the character chr as a string.\n\nIf no name is defined, default is returned, or, if not given,\nValueError is raised.";
    "normalize(form, unistr, /)" => static leaf normalized(form, text), "Return the normal form 'form' for the Unicode string unistr.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.";
    "numeric(chr, default=<unrepresentable>, /)" => static leaf numeric(c, default), "Converts a Unicode character into its equivalent numeric value.\n\nReturns the numeric value assigned to the character chr as float.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
};

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let vm: &Vm = vm;
    let set = |name: &[u8], value: Value<'_>| dict.get(vm).set_str(vm, vm.intern(name), value);
    set(
        b"unidata_version",
        vm.new_str(unicode::VERSION.as_bytes())?.value(),
    )?;
    set(b"ucd_3_2_0", new_native_instance(vm, &UCD)?.value())?;
    Ok(())
}

/// An argument that must be one character.
fn character(vm: &Vm, function: &str, alone: bool, c: Value<'_>) -> Py<u32> {
    let place = if alone { "argument" } else { "argument 1" };
    match c.as_str(vm) {
        None => Err(vm.type_error(format!(
            "{function}() {place} must be a unicode character, not {}",
            vm.type_name_for_error(c)
        ))),
        Some(s) => match (s.char_len(vm), s.char_at(vm, 0)) {
            (1, Some(c)) => Ok(c),
            (n, _) => Err(vm.type_error(format!(
                "{function}(): {place} must be a unicode character, not a string of length {n}"
            ))),
        },
    }
}
macro_rules! properties {
    ($($name:ident -> $type:ty = $of:expr;)*) => { $(
        fn $name(vm: &Vm, c: Value<'_>) -> Py<$type> {
            let of: fn(u32) -> $type = $of;
            Ok(of(character(vm, stringify!($name), true, c)?))
        }
    )* };
}
properties! {
    bidirectional -> &'static str = unicode::bidirectional;
    category -> &'static str = unicode::category;
    combining -> i64 = |c| unicode::combining(c) as i64;
    decomposition -> String = normalize::decomposition;
    east_asian_width -> &'static str = unicode::east_asian_width;
    mirrored -> i64 = |c| unicode::mirrored(c) as i64;
}
fn or_default<'v>(
    vm: &'v Vm,
    found: Option<Value<'v>>,
    default: Option<Value<'v>>,
    missing: &str,
) -> Py<Value<'v>> {
    found.or(default).ok_or_else(|| vm.value_error(missing))
}
fn decimal<'v>(vm: &'v Vm, c: Value<'v>, default: Option<Value<'v>>) -> Py<Value<'v>> {
    let found = unicode::decimal(character(vm, "decimal", false, c)?).map(|d| vm.int(d as i64));
    or_default(vm, found, default, "not a decimal")
}
fn digit<'v>(vm: &'v Vm, c: Value<'v>, default: Option<Value<'v>>) -> Py<Value<'v>> {
    let found = unicode::digit(character(vm, "digit", false, c)?).map(|d| vm.int(d as i64));
    or_default(vm, found, default, "not a digit")
}
fn numeric<'v>(vm: &'v Vm, c: Value<'v>, default: Option<Value<'v>>) -> Py<Value<'v>> {
    let found = unicode::numeric(character(vm, "numeric", false, c)?).map(|d| vm.float(d));
    or_default(vm, found, default, "not a numeric character")
}
fn name<'v>(vm: &'v Vm, c: Value<'v>, default: Option<Value<'v>>) -> Py<Value<'v>> {
    let found = match names::name(character(vm, "name", false, c)?) {
        Some(name) => Some(vm.new_str(name.as_bytes())?.value()),
        None => None,
    };
    or_default(vm, found, default, "no such name")
}
fn lookup(vm: &mut Vm, name: Local<k::Str>) -> Py<Ret> {
    let vm: &Vm = vm;
    let wanted = name.get(vm).bytes(vm);
    match names::lookup(wanted) {
        Some(text) => vm.ret_str(&text),
        None => {
            let message = [b"undefined character name '", wanted, b"'"].concat();
            Err(vm.raise_with(&KEY_ERROR, &[vm.new_str(&message)?.value()]))
        }
    }
}
fn form_of(vm: &Vm, form: mesapy_heap::Str<'_>) -> Py<Form> {
    form.as_utf8(vm)
        .and_then(Form::parse)
        .ok_or_else(|| vm.value_error("invalid normalization form"))
}
fn normalized<'v>(
    vm: &'v Vm,
    form: mesapy_heap::Str<'v>,
    text: mesapy_heap::Str<'v>,
) -> Py<Value<'v>> {
    if text.byte_len(vm) == 0 {
        return Ok(text.value());
    }
    let form = form_of(vm, form)?;
    if text.is_ascii(vm) {
        return Ok(text.value());
    }
    Ok(vm
        .new_str(&normalize::normalize(form, text.bytes(vm)))?
        .value())
}
fn is_normalized(vm: &Vm, form: mesapy_heap::Str<'_>, text: mesapy_heap::Str<'_>) -> Py<bool> {
    if text.byte_len(vm) == 0 {
        return Ok(true);
    }
    Ok(normalize::is_normalized(form_of(vm, form)?, text.bytes(vm)))
}

// ---- version 3.2

macro_rules! old_properties {
    ($($name:ident $shown:literal -> $type:ty = $of:expr;)*) => { $(
        fn $name(vm: &Vm, _this: Value<'_>, c: Value<'_>) -> Py<$type> {
            let of: fn(u32) -> $type = $of;
            Ok(of(character(vm, $shown, true, c)?))
        }
    )* };
}
old_properties! {
    old_bidirectional "bidirectional" -> &'static str = v3_2::bidirectional;
    old_category "category" -> &'static str = v3_2::category;
    old_combining "combining" -> i64 = |c| v3_2::combining(c) as i64;
    old_decomposition "decomposition" -> String = v3_2::decomposition;
    old_east_asian_width "east_asian_width" -> &'static str = v3_2::east_asian_width;
    old_mirrored "mirrored" -> i64 = |c| v3_2::mirrored(c) as i64;
}
fn old_decimal<'v>(
    vm: &'v Vm,
    _this: Value<'v>,
    c: Value<'v>,
    default: Option<Value<'v>>,
) -> Py<Value<'v>> {
    let found = v3_2::decimal(character(vm, "decimal", false, c)?).map(|d| vm.int(d as i64));
    or_default(vm, found, default, "not a decimal")
}
/// Of digits CPython keeps no former values.
fn old_digit<'v>(
    vm: &'v Vm,
    _this: Value<'v>,
    c: Value<'v>,
    default: Option<Value<'v>>,
) -> Py<Value<'v>> {
    digit(vm, c, default)
}
fn old_numeric<'v>(
    vm: &'v Vm,
    _this: Value<'v>,
    c: Value<'v>,
    default: Option<Value<'v>>,
) -> Py<Value<'v>> {
    let found = v3_2::numeric(character(vm, "numeric", false, c)?).map(|d| vm.float(d));
    or_default(vm, found, default, "not a numeric character")
}
fn old_name<'v>(
    vm: &'v Vm,
    _this: Value<'v>,
    c: Value<'v>,
    default: Option<Value<'v>>,
) -> Py<Value<'v>> {
    if v3_2::is_assigned(character(vm, "name", false, c)?) {
        name(vm, c, default)
    } else {
        or_default(vm, None, default, "no such name")
    }
}
fn old_lookup(vm: &mut Vm, _this: Local, name: Local<k::Str>) -> Py<Ret> {
    let known = names::lookup(name.get(vm).bytes(vm))
        .is_some_and(|text| mesapy_text::wtf8::code_points(&text).all(v3_2::is_assigned));
    if known {
        return lookup(vm, name);
    }
    let message = [b"undefined character name '", name.get(vm).bytes(vm), b"'"].concat();
    Err(vm.raise_with(&KEY_ERROR, &[vm.new_str(&message)?.value()]))
}
fn old_normalized<'v>(
    vm: &'v Vm,
    _this: Value<'v>,
    form: mesapy_heap::Str<'v>,
    text: mesapy_heap::Str<'v>,
) -> Py<Value<'v>> {
    if text.byte_len(vm) == 0 {
        return Ok(text.value());
    }
    let form = form_of(vm, form)?;
    Ok(vm.new_str(&v3_2::normalized(form, text.bytes(vm)))?.value())
}
fn old_is_normalized(
    vm: &Vm,
    _this: Value<'_>,
    form: mesapy_heap::Str<'_>,
    text: mesapy_heap::Str<'_>,
) -> Py<bool> {
    if text.byte_len(vm) == 0 {
        return Ok(true);
    }
    Ok(v3_2::normalized(form_of(vm, form)?, text.bytes(vm)) == text.bytes(vm))
}
