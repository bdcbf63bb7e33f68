//! `str`: the type, its constructor, its operators and its subscripts. The methods are in `str_methods`, formatting in `str_format`.
//!
//! Text is WTF-8, so that comparison by bytes is comparison by code points and a match of bytes is a match of characters. Where only ASCII is
//! involved a character is a byte, and everything here takes that short way first.

use super::str_format::{format_map, format_method, mod_, rmod};
use super::str_methods::*;
use super::support::{self, Subscript, subscript, wrap_index};
use super::text_support::substring;
use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret, k};
use crate::native::Method;
use crate::objects::object;
use crate::quick::text::{
    str_endswith, str_find, str_join, str_replace, str_split, str_startswith,
};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Str, Tuple, Value};
use mesapy_text::{format_spec, repr, wtf8};

pub static STR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "str",
    doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.",
    base: None,
    layout: Layout::Kind(Kind::Str),
    flags: TypeFlags::BASETYPE.with(TypeFlags::MATCH_SELF),
    methods: METHODS,
    getset: &[],
    members: &[],
    iternext: None,
    endless: None,
};

pub static METHODS: &[Method] = crate::methods! {
    "__new__(cls, object='', encoding='utf-8', errors='strict')" => static calls str_new(cls, object, encoding, errors), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => leaf str_repr(this), "Return repr(self).";
    "__str__(self, /)" => leaf str_str(this), "Return str(self).";
    "__hash__(self, /)" => leaf str_hash(this), "Return hash(self).";
    "__len__(self, /)" => leaf str_len(this), "Return len(self).";
    "__lt__(self, value, /)" => leaf lt(this, other), "Return self<value.";
    "__le__(self, value, /)" => leaf le(this, other), "Return self<=value.";
    "__eq__(self, value, /)" => leaf eq(this, other), "Return self==value.";
    "__ne__(self, value, /)" => leaf ne(this, other), "Return self!=value.";
    "__gt__(self, value, /)" => leaf gt(this, other), "Return self>value.";
    "__ge__(self, value, /)" => leaf ge(this, other), "Return self>=value.";
    "__iter__(self, /)" => leaf str_iter(this), "Implement iter(self).";
    "__contains__(self, key, /)" => leaf str_contains(this, key), "Return bool(key in self).";
    "__getitem__(self, key, /)" => calls getitem(this, key), "Return self[key].";
    "__add__(self, value, /)" => leaf add(this, other), "Return self+value.";
    "__mul__(self, value, /)" => calls mul(this, times), "Return self*value.";
    "__rmul__(self, value, /)" => calls mul(this, times), "Return value*self.";
    "__mod__(self, value, /)" => calls mod_(this, args), "Return self%value.";
    "__rmod__(self, value, /)" => calls rmod(this, template), "Return value%self.";
    "__format__(self, format_spec, /)" => calls str_dunder_format(this, spec), "Return a formatted version of the string as described by format_spec.";
    "__getnewargs__(self, /)" => leaf getnewargs(this), "";
    "__sizeof__(self, /)" => leaf sizeof(this), "Return the size of the string in memory, in bytes.";
    "capitalize(self, /)" => leaf capitalize(this), "Return a capitalized version of the string.\n\nMore specifically, make the first character have upper case and the rest lower\ncase.";
    "casefold(self, /)" => leaf casefold(this), "Return a version of the string suitable for caseless comparisons.";
    "center(self, width, fillchar=' ', /)" => calls center(this, width, fill), "Return a centered string of length width.\n\nPadding is done using the specified fill character (default is a space).";
    "count(self, sub, start=None, end=None, /)" => calls count(this, sub, start, end), "Return the number of non-overlapping occurrences of substring sub in string S[start:end].\n\nOptional arguments start and end are interpreted as in slice notation.";
    "encode(self, /, encoding='utf-8', errors='strict')" => calls encode(this, encoding, errors), "Encode the string using the codec registered for encoding.\n\n  encoding\n    The encoding in which to encode the string.\n  errors\n    The error handling scheme to use for encoding errors.\n    The default is 'strict' meaning that encoding errors raise a\n    UnicodeEncodeError.  Other possible values are 'ignore', 'replace' and\n    'xmlcharrefreplace' as well as any other name registered with\n    codecs.register_error that can handle UnicodeEncodeErrors.";
    "endswith(self, suffix, start=None, end=None, /)" => quick str_endswith calls endswith(this, suffix, start, end), "Return True if the string ends with the specified suffix, False otherwise.\n\n  suffix\n    A string or a tuple of strings to try.\n  start\n    Optional start position. Default: start of the string.\n  end\n    Optional stop position. Default: end of the string.";
    "expandtabs(self, /, tabsize=8)" => calls expandtabs(this, size), "Return a copy where all tab characters are expanded using spaces.\n\nIf tabsize is not given, a tab size of 8 characters is assumed.";
    "find(self, sub, start=None, end=None, /)" => quick str_find calls find(this, sub, start, end), "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice notation.\nReturn -1 on failure.";
    "format(self, /, *args, **kwargs)" => calls format_method(this, args, kwargs), "Return a formatted version of the string, using substitutions from args and kwargs.\n\nThe substitutions are identified by braces ('{' and '}').";
    "format_map(self, mapping, /)" => calls format_map(this, mapping), "Return a formatted version of the string, using substitutions from mapping.\n\nThe substitutions are identified by braces ('{' and '}').";
    "index(self, sub, start=None, end=None, /)" => calls index(this, sub, start, end), "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice notation.\nRaises ValueError when the substring is not found.";
    "isalnum(self, /)" => leaf isalnum(this), "Return True if the string is an alpha-numeric string, False otherwise.\n\nA string is alpha-numeric if all characters in the string are alpha-numeric and\nthere is at least one character in the string.";
    "isalpha(self, /)" => leaf isalpha(this), "Return True if the string is an alphabetic string, False otherwise.\n\nA string is alphabetic if all characters in the string are alphabetic and there\nis at least one character in the string.";
    "isascii(self, /)" => leaf isascii(this), "Return True if all characters in the string are ASCII, False otherwise.\n\nASCII characters have code points in the range U+0000-U+007F.\nEmpty string is ASCII too.";
    "isdecimal(self, /)" => leaf isdecimal(this), "Return True if the string is a decimal string, False otherwise.\n\nA string is a decimal string if all characters in the string are decimal and\nthere is at least one character in the string.";
    "isdigit(self, /)" => leaf isdigit(this), "Return True if the string is a digit string, False otherwise.\n\nA string is a digit string if all characters in the string are digits and there\nis at least one character in the string.";
    "isidentifier(self, /)" => leaf isidentifier(this), "Return True if the string is a valid Python identifier, False otherwise.\n\nCall keyword.iskeyword(s) to test whether string s is a reserved identifier,\nsuch as \"def\" or \"class\".";
    "islower(self, /)" => leaf islower(this), "Return True if the string is a lowercase string, False otherwise.\n\nA string is lowercase if all cased characters in the string are lowercase and\nthere is at least one cased character in the string.";
    "isnumeric(self, /)" => leaf isnumeric(this), "Return True if the string is a numeric string, False otherwise.\n\nA string is numeric if all characters in the string are numeric and there is at\nleast one character in the string.";
    "isprintable(self, /)" => leaf isprintable(this), "Return True if all characters in the string are printable, False otherwise.\n\nA character is printable if repr() may use it in its output.";
    "isspace(self, /)" => leaf isspace(this), "Return True if the string is a whitespace string, False otherwise.\n\nA string is whitespace if all characters in the string are whitespace and there\nis at least one character in the string.";
    "istitle(self, /)" => leaf istitle(this), "Return True if the string is a title-cased string, False otherwise.\n\nIn a title-cased string, upper- and title-case characters may only\nfollow uncased characters and lowercase characters only cased ones.";
    "isupper(self, /)" => leaf isupper(this), "Return True if the string is an uppercase string, False otherwise.\n\nA string is uppercase if all cased characters in the string are uppercase and\nthere is at least one cased character in the string.";
    "join(self, iterable, /)" => quick str_join calls join(this, iterable), "Concatenate any number of strings.\n\nThe string whose method is called is inserted in between each given string.\nThe result is returned as a new string.\n\nExample: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'";
    "ljust(self, width, fillchar=' ', /)" => calls ljust(this, width, fill), "Return a left-justified string of length width.\n\nPadding is done using the specified fill character (default is a space).";
    "lower(self, /)" => leaf lower(this), "Return a copy of the string converted to lowercase.";
    "lstrip(self, chars=None, /)" => leaf lstrip(this, chars), "Return a copy of the string with leading whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.";
    "maketrans(x, y=<unrepresentable>, z=<unrepresentable>, /)" => static calls maketrans(x, y, z), "Return a translation table usable for str.translate().\n\nIf there is only one argument, it must be a dictionary mapping Unicode\nordinals (integers) or characters to Unicode ordinals, strings or None.\nCharacter keys will be then converted to ordinals.\nIf there are two arguments, they must be strings of equal length, and\nin the resulting dictionary, each character in x will be mapped to the\ncharacter at the same position in y. If there is a third argument, it\nmust be a string, whose characters will be mapped to None in the result.";
    "partition(self, sep, /)" => leaf partition(this, sep), "Partition the string into three parts using the given separator.\n\nThis will search for the separator in the string.  If the separator is found,\nreturns a 3-tuple containing the part before the separator, the separator\nitself, and the part after it.\n\nIf the separator is not found, returns a 3-tuple containing the original string\nand two empty strings.";
    "removeprefix(self, prefix, /)" => leaf removeprefix(this, prefix), "Return a str with the given prefix string removed if present.\n\nIf the string starts with the prefix string, return string[len(prefix):].\nOtherwise, return a copy of the original string.";
    "removesuffix(self, suffix, /)" => leaf removesuffix(this, suffix), "Return a str with the given suffix string removed if present.\n\nIf the string ends with the suffix string and that suffix is not empty,\nreturn string[:-len(suffix)]. Otherwise, return a copy of the original\nstring.";
    "replace(self, old, new, /, count=-1)" => quick str_replace calls replace(this, old, new, count), "Return a copy with all occurrences of substring old replaced by new.\n\n  count\n    Maximum number of occurrences to replace.\n    -1 (the default value) means replace all occurrences.\n\nIf the optional argument count is given, only the first count occurrences are\nreplaced.";
    "rfind(self, sub, start=None, end=None, /)" => calls rfind(this, sub, start, end), "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice notation.\nReturn -1 on failure.";
    "rindex(self, sub, start=None, end=None, /)" => calls rindex(this, sub, start, end), "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice notation.\nRaises ValueError when the substring is not found.";
    "rjust(self, width, fillchar=' ', /)" => calls rjust(this, width, fill), "Return a right-justified string of length width.\n\nPadding is done using the specified fill character (default is a space).";
    "rpartition(self, sep, /)" => leaf rpartition(this, sep), "Partition the string into three parts using the given separator.\n\nThis will search for the separator in the string, starting at the end. If\nthe separator is found, returns a 3-tuple containing the part before the\nseparator, the separator itself, and the part after it.\n\nIf the separator is not found, returns a 3-tuple containing two empty strings\nand the original string.";
    "rsplit(self, /, sep=None, maxsplit=-1)" => calls rsplit(this, sep, max), "Return a list of the substrings in the string, using sep as the separator string.\n\n  sep\n    The separator used to split the string.\n\n    When set to None (the default value), will split on any whitespace\n    character (including \\n \\r \\t \\f and spaces) and will discard\n    empty strings from the result.\n  maxsplit\n    Maximum number of splits.\n    -1 (the default value) means no limit.\n\nSplitting starts at the end of the string and works to the front.";
    "rstrip(self, chars=None, /)" => leaf rstrip(this, chars), "Return a copy of the string with trailing whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.";
    "split(self, /, sep=None, maxsplit=-1)" => quick str_split calls split(this, sep, max), "Return a list of the substrings in the string, using sep as the separator string.\n\n  sep\n    The separator used to split the string.\n\n    When set to None (the default value), will split on any whitespace\n    character (including \\n \\r \\t \\f and spaces) and will discard\n    empty strings from the result.\n  maxsplit\n    Maximum number of splits.\n    -1 (the default value) means no limit.\n\nSplitting starts at the front of the string and works to the end.\n\nNote, str.split() is mainly useful for data that has been intentionally\ndelimited.  With natural text that includes punctuation, consider using\nthe regular expression module.";
    "splitlines(self, /, keepends=False)" => calls splitlines(this, keepends), "Return a list of the lines in the string, breaking at line boundaries.\n\nLine breaks are not included in the resulting list unless keepends is given and\ntrue.";
    "startswith(self, prefix, start=None, end=None, /)" => quick str_startswith calls startswith(this, prefix, start, end), "Return True if the string starts with the specified prefix, False otherwise.\n\n  prefix\n    A string or a tuple of strings to try.\n  start\n    Optional start position. Default: start of the string.\n  end\n    Optional stop position. Default: end of the string.";
    "strip(self, chars=None, /)" => leaf strip(this, chars), "Return a copy of the string with leading and trailing whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.";
    "swapcase(self, /)" => leaf swapcase(this), "Convert uppercase characters to lowercase and lowercase characters to uppercase.";
    "title(self, /)" => leaf title(this), "Return a version of the string where each word is titlecased.\n\nMore specifically, words start with uppercased characters and all remaining\ncased characters have lower case.";
    "translate(self, table, /)" => calls translate(this, table), "Replace each character in the string using the given translation table.\n\n  table\n    Translation table, which must be a mapping of Unicode ordinals to\n    Unicode ordinals, strings, or None.\n\nThe table must implement lookup/indexing via __getitem__, for instance a\ndictionary or list.  If this operation raises LookupError, the character is\nleft untouched.  Characters mapped to None are deleted.";
    "upper(self, /)" => leaf upper(this), "Return a copy of the string converted to uppercase.";
    "zfill(self, width, /)" => calls zfill(this, width), "Pad a numeric string with zeros on the left, to fill a field of the given width.\n\nThe string is never truncated.";
};

/// CPython: Objects/unicodeobject.c, unicode_new_impl
fn str_new(
    vm: &mut Vm,
    cls: Local,
    object: Option<Local>,
    encoding: Option<Local>,
    errors: Option<Local>,
) -> Py<Ret> {
    let exact = {
        let vm: &Vm = vm;
        let class = object::check_new_class(vm, cls, &STR)?;
        class == vm.type_object(&STR)
    };
    let encoding = vm.text_option(encoding, "str", "encoding")?;
    let errors = vm.text_option(errors, "str", "errors")?;
    let made = match object {
        None => vm.ret(vm.empty_str().value()),
        Some(object) if encoding.is_none() && errors.is_none() => vm.str(object)?,
        Some(object) => decode_object(
            vm,
            object,
            encoding.as_deref().unwrap_or("utf-8"),
            errors.as_deref().unwrap_or("strict"),
        )?,
    };
    if exact {
        return Ok(made);
    }
    let made = made.keep(vm);
    let vm: &Vm = vm;
    let Some(text) = made.value(vm).as_str(vm) else {
        return Ok(vm.ret(made.value(vm)));
    };
    let class = object::check_new_class(vm, cls, &STR)?;
    Ok(vm.ret(object::wrap(vm, class, text.value())?))
}

/// `str(object, encoding, errors)`. CPython: PyUnicode_FromEncodedObject
pub(crate) fn decode_object(vm: &mut Vm, object: Local, encoding: &str, errors: &str) -> Py<Ret> {
    if object.value(vm).as_str(vm).is_some() {
        return Err(vm.type_error("decoding str is not supported"));
    }
    if object.value(vm).as_bytes(vm).is_none() && !vm.has_buffer(object.value(vm)) {
        return Err(vm.type_error(format!(
            "decoding to str: need a bytes-like object, {} found",
            vm.type_name_for_error(object.value(vm))
        )));
    }
    vm.decode(object, encoding, errors)
}

fn str_repr<'v>(vm: &'v Vm, this: Str<'v>) -> Py<Value<'v>> {
    let bytes = this.bytes(vm);
    if repr::is_plain(bytes) {
        return Ok(vm.new_str_parts(&[b"'", bytes, b"'"])?.value());
    }
    Ok(vm.new_str(&repr::repr_str(bytes))?.value())
}
fn str_str<'v>(_: &'v Vm, this: Str<'v>) -> Py<Value<'v>> {
    Ok(this.value())
}
fn str_hash(vm: &Vm, this: Str<'_>) -> Py<i64> {
    Ok(this.hash(vm) as i64)
}
fn str_len(vm: &Vm, this: Str<'_>) -> Py<usize> {
    Ok(this.char_len(vm))
}
fn getnewargs<'v>(vm: &'v Vm, this: Str<'v>) -> Py<Tuple<'v>> {
    // A copy: pickles of instances of subclasses are not to hold the instance's own text.
    let text = vm.new_str(this.bytes(vm))?;
    Ok(vm.new_tuple(&[text.value()])?)
}
/// What CPython's object would take: programs compare sizes of strings.
fn sizeof(vm: &Vm, this: Str<'_>) -> Py<usize> {
    let chars = this.char_len(vm);
    Ok(match wtf8::max_code_point(this.bytes(vm)) {
        0..0x80 => 41 + chars,
        0x80..0x100 => 57 + chars,
        0x100..0x10000 => 58 + 2 * chars,
        _ => 60 + 4 * chars,
    })
}
fn str_dunder_format(vm: &mut Vm, this: Local, spec: Local<k::Str>) -> Py<Ret> {
    if spec.get(vm).byte_len(vm) == 0 {
        // A subclass may have its own `__str__`.
        return vm.str(this);
    }
    let vm: &Vm = vm;
    let text = match this.value(vm).as_str(vm) {
        Some(s) => format_spec::format_str(s.bytes(vm), spec.get(vm).bytes(vm), "str")
            .map_err(|e| vm.text_error(e))?,
        None => return Err(vm.type_error("a str is required")),
    };
    Ok(vm.ret(vm.new_str(&text)?.value()))
}
fn str_iter<'v>(vm: &'v Vm, this: Str<'v>) -> Py<Value<'v>> {
    Ok(crate::objects::iterators::str_iterator(vm, this.value()))
}

// ---- comparison

macro_rules! compare {
    ($($name:ident $test:ident;)*) => { $(
        fn $name<'v>(vm: &'v Vm, this: Str<'v>, other: Value<'v>) -> Py<Value<'v>> {
            Ok(match other.as_str(vm) {
                Some(other) => Value::bool(this.bytes(vm).cmp(other.bytes(vm)).$test()),
                None => Value::NOT_IMPLEMENTED,
            })
        }
    )* };
}
compare! { lt is_lt; le is_le; gt is_gt; ge is_ge; }
fn eq<'v>(vm: &'v Vm, this: Str<'v>, other: Value<'v>) -> Py<Value<'v>> {
    Ok(other.as_str(vm).map_or(Value::NOT_IMPLEMENTED, |other| {
        Value::bool(this.eq(vm, other))
    }))
}
fn ne<'v>(vm: &'v Vm, this: Str<'v>, other: Value<'v>) -> Py<Value<'v>> {
    Ok(other.as_str(vm).map_or(Value::NOT_IMPLEMENTED, |other| {
        Value::bool(!this.eq(vm, other))
    }))
}
fn str_contains(vm: &Vm, this: Str<'_>, key: Value<'_>) -> Py<bool> {
    match key.as_str(vm) {
        Some(key) => Ok(mesapy_text::search::contains(this.bytes(vm), key.bytes(vm))),
        None => Err(vm.type_error(format!(
            "'in <string>' requires string as left operand, not {}",
            vm.type_name_for_error(key)
        ))),
    }
}

// ---- operators

fn add<'v>(vm: &'v Vm, this: Str<'v>, other: Value<'v>) -> Py<Value<'v>> {
    let Some(other) = other.as_str(vm) else {
        return Err(vm.type_error(format!(
            "can only concatenate str (not \"{}\") to str",
            vm.type_name_for_error(other)
        )));
    };
    concat(vm, this, other)
}
/// `x + y`, also for the interpreter's own fast path.
#[inline]
pub(crate) fn concat<'v>(vm: &'v Vm, x: Str<'v>, y: Str<'v>) -> Py<Value<'v>> {
    if y.byte_len(vm) == 0 {
        return Ok(x.value());
    }
    if x.byte_len(vm) == 0 {
        return Ok(y.value());
    }
    Ok(vm.new_str_concat(x, y)?.value())
}
fn mul(vm: &mut Vm, this: Local<k::Str>, times: Local) -> Py<Ret> {
    let Some(times) = support::repeat_count(vm, times)? else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let vm: &Vm = vm;
    let s = this.get(vm);
    if times == 1 {
        return Ok(vm.ret(s.value()));
    }
    let chars = s.char_len(vm).checked_mul(times);
    if chars.is_none_or(|n| n > isize::MAX as usize) {
        return Err(vm.overflow_error("repeated string is too long"));
    }
    // The heap refuses what doesn't fit before it is built.
    Ok(vm.ret(vm.new_str_repeated(s.bytes(vm), times)?.value()))
}

// ---- subscripts

fn getitem(vm: &mut Vm, this: Local<k::Str>, key: Local) -> Py<Ret> {
    if let Some(i) = key.value(vm).as_small_int() {
        return item(vm, this, i);
    }
    let value = key.value(vm);
    if value.kind(vm) != Kind::Slice
        && !vm.is_int(value)
        && vm.special_of(value, Dunder::Index).is_none()
    {
        return Err(vm.type_error(format!(
            "string indices must be integers, not '{}'",
            vm.type_name_for_error(value)
        )));
    }
    match subscript(vm, key, "string")? {
        Subscript::Index(i) => item(vm, this, i),
        Subscript::Slice(raw) => {
            let vm: &Vm = vm;
            let s = this.get(vm);
            let span = raw.adjust(s.char_len(vm));
            if span.step == 1 {
                return Ok(vm.ret(substring(vm, s, span.start, span.n)?));
            }
            if span.n == 0 {
                return Ok(vm.ret(vm.empty_str().value()));
            }
            let bytes = s.bytes(vm);
            let text: Vec<u8> = if s.is_ascii(vm) {
                span.indices()
                    .filter_map(|i| bytes.get(i).copied())
                    .collect()
            } else {
                every(bytes, s.char_to_byte(vm, span.start), span.step, span.n)
            };
            Ok(vm.ret(vm.new_str(&text)?.value()))
        }
    }
}

fn item(vm: &Vm, this: Local<k::Str>, i: i64) -> Py<Ret> {
    let s = this.get(vm);
    match wrap_index(i, s.char_len(vm)).and_then(|i| s.char_at(vm, i)) {
        Some(c) => Ok(vm.ret(vm.str_from_char(c).value())),
        None => Err(vm.index_error("string index out of range")),
    }
}

/// `n` characters from byte `at` on, `step` characters apart.
fn every(bytes: &[u8], mut at: usize, step: i64, n: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..n {
        let Some((_, width)) = wtf8::decode_at(bytes, at) else {
            break;
        };
        out.extend_from_slice(bytes.get(at..at + width).unwrap_or(&[]));
        let far = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
        at = if step > 0 {
            wtf8::forward(bytes, at, far)
        } else {
            wtf8::backward(bytes, at, far)
        };
    }
    out
}
