//! The methods that `bytes` and `bytearray` share. Each works on a copy or a loan of the receiver's bytes that is taken after all arguments have been
//! converted, so that an argument's `__index__` or `__buffer__` can't pull them away.

use super::str_methods::{check_size, check_tabs, pad_width, tab_size};
use super::support::{fast_sequence, item_of, len_of};
use super::text_support::{limit, window};
use crate::convert::SliceIndex;
use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret, k};
use crate::objects::exceptions as exc;
use crate::vm::Vm;
use mesapy_heap::Value;
use mesapy_text::search::{self, Kind};
use mesapy_text::{case, pad, repr, split as cut};
use std::borrow::Cow;
use std::ops::Range;

/// The rows of both types, behind those that a type has for itself.
macro_rules! with_shared_methods {
    ($($own:tt)*) => { $crate::methods! {
        $($own)*
        "capitalize(self, /)" => leaf capitalize(this), "B.capitalize() -> copy of B\n\nReturn a copy of B with only its first character capitalized (ASCII)\nand the rest lower-cased.";
        "center(self, width, fillchar=b' ', /)" => calls center(this, width, fill), "Return a centered string of length width.\n\nPadding is done using the specified fill character.";
        "count(self, sub, start=None, end=None, /)" => calls count(this, sub, start, end), "Return the number of non-overlapping occurrences of subsection 'sub' in bytes B[start:end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.";
        "decode(self, /, encoding='utf-8', errors='strict')" => calls decode(this, encoding, errors), "Decode the bytes using the codec registered for encoding.\n\n  encoding\n    The encoding with which to decode the bytes.\n  errors\n    The error handling scheme to use for the handling of decoding errors.\n    The default is 'strict' meaning that decoding errors raise a\n    UnicodeDecodeError. Other possible values are 'ignore' and 'replace'\n    as well as any other name registered with codecs.register_error that\n    can handle UnicodeDecodeErrors.";
        "endswith(self, suffix, start=None, end=None, /)" => calls endswith(this, suffix, start, end), "Return True if the bytes ends with the specified suffix, False otherwise.\n\n  suffix\n    A bytes or a tuple of bytes to try.\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.";
        "expandtabs(self, /, tabsize=8)" => calls expandtabs(this, size), "Return a copy where all tab characters are expanded using spaces.\n\nIf tabsize is not given, a tab size of 8 characters is assumed.";
        "find(self, sub, start=None, end=None, /)" => calls find(this, sub, start, end), "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nReturn -1 on failure.";
        "hex(self, /, sep=<unrepresentable>, bytes_per_sep=1)" => calls hex(this, sep, group), "Create a string of hexadecimal numbers from a bytes object.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nExample:\n>>> value = b'\\xb9\\x01\\xef'\n>>> value.hex()\n'b901ef'\n>>> value.hex(':')\n'b9:01:ef'\n>>> value.hex(':', 2)\n'b9:01ef'\n>>> value.hex(':', -2)\n'b901:ef'";
        "index(self, sub, start=None, end=None, /)" => calls index(this, sub, start, end), "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nRaise ValueError if the subsection is not found.";
        "isalnum(self, /)" => leaf isalnum(this), "B.isalnum() -> bool\n\nReturn True if all characters in B are alphanumeric\nand there is at least one character in B, False otherwise.";
        "isalpha(self, /)" => leaf isalpha(this), "B.isalpha() -> bool\n\nReturn True if all characters in B are alphabetic\nand there is at least one character in B, False otherwise.";
        "isascii(self, /)" => leaf isascii(this), "B.isascii() -> bool\n\nReturn True if B is empty or all characters in B are ASCII,\nFalse otherwise.";
        "isdigit(self, /)" => leaf isdigit(this), "B.isdigit() -> bool\n\nReturn True if all characters in B are digits\nand there is at least one character in B, False otherwise.";
        "islower(self, /)" => leaf islower(this), "B.islower() -> bool\n\nReturn True if all cased characters in B are lowercase and there is\nat least one cased character in B, False otherwise.";
        "isspace(self, /)" => leaf isspace(this), "B.isspace() -> bool\n\nReturn True if all characters in B are whitespace\nand there is at least one character in B, False otherwise.";
        "istitle(self, /)" => leaf istitle(this), "B.istitle() -> bool\n\nReturn True if B is a titlecased string and there is at least one\ncharacter in B, i.e. uppercase characters may only follow uncased\ncharacters and lowercase characters only cased ones. Return False\notherwise.";
        "isupper(self, /)" => leaf isupper(this), "B.isupper() -> bool\n\nReturn True if all cased characters in B are uppercase and there is\nat least one cased character in B, False otherwise.";
        "join(self, iterable_of_bytes, /)" => calls join(this, iterable), "Concatenate any number of bytes objects.\n\nThe bytes whose method is called is inserted in between each pair.\n\nThe result is returned as a new bytes object.\n\nExample: b'.'.join([b'ab', b'pq', b'rs']) -> b'ab.pq.rs'.";
        "ljust(self, width, fillchar=b' ', /)" => calls ljust(this, width, fill), "Return a left-justified string of length width.\n\nPadding is done using the specified fill character.";
        "lower(self, /)" => leaf lower(this), "B.lower() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to lowercase.";
        "lstrip(self, bytes=None, /)" => calls lstrip(this, chars), "Strip leading bytes contained in the argument.\n\nIf the argument is omitted or None, strip leading  ASCII whitespace.";
        "maketrans(frm, to, /)" => static calls maketrans(from, to), "Return a translation table usable for the bytes or bytearray translate method.\n\nThe returned table will be one where each byte in frm is mapped to the byte at\nthe same position in to.\n\nThe bytes objects frm and to must be of the same length.";
        "partition(self, sep, /)" => calls partition(this, sep), "Partition the bytes into three parts using the given separator.\n\nThis will search for the separator sep in the bytes. If the separator is found,\nreturns a 3-tuple containing the part before the separator, the separator\nitself, and the part after it.\n\nIf the separator is not found, returns a 3-tuple containing the original bytes\nobject and two empty bytes objects.";
        "removeprefix(self, prefix, /)" => calls removeprefix(this, prefix), "Return a bytes object with the given prefix string removed if present.\n\nIf the bytes starts with the prefix string, return bytes[len(prefix):].\nOtherwise, return a copy of the original bytes.";
        "removesuffix(self, suffix, /)" => calls removesuffix(this, suffix), "Return a bytes object with the given suffix string removed if present.\n\nIf the bytes ends with the suffix string and that suffix is not empty,\nreturn bytes[:-len(prefix)].  Otherwise, return a copy of the original\nbytes.";
        "replace(self, old, new, count=-1, /)" => calls replace(this, old, new, count), "Return a copy with all occurrences of substring old replaced by new.\n\n  count\n    Maximum number of occurrences to replace.\n    -1 (the default value) means replace all occurrences.\n\nIf the optional argument count is given, only the first count occurrences are\nreplaced.";
        "rfind(self, sub, start=None, end=None, /)" => calls rfind(this, sub, start, end), "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nReturn -1 on failure.";
        "rindex(self, sub, start=None, end=None, /)" => calls rindex(this, sub, start, end), "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nRaise ValueError if the subsection is not found.";
        "rjust(self, width, fillchar=b' ', /)" => calls rjust(this, width, fill), "Return a right-justified string of length width.\n\nPadding is done using the specified fill character.";
        "rpartition(self, sep, /)" => calls rpartition(this, sep), "Partition the bytes into three parts using the given separator.\n\nThis will search for the separator sep in the bytes, starting at the end. If the\nseparator is found, returns a 3-tuple containing the part before the separator,\nthe separator itself, and the part after it.\n\nIf the separator is not found, returns a 3-tuple containing two empty bytes\nobjects and the original bytes object.";
        "rsplit(self, /, sep=None, maxsplit=-1)" => calls rsplit(this, sep, max), "Return a list of the sections in the bytes, using sep as the delimiter.\n\n  sep\n    The delimiter according which to split the bytes.\n    None (the default value) means split on ASCII whitespace characters\n    (space, tab, return, newline, formfeed, vertical tab).\n  maxsplit\n    Maximum number of splits to do.\n    -1 (the default value) means no limit.\n\nSplitting is done starting at the end of the bytes and working to the front.";
        "rstrip(self, bytes=None, /)" => calls rstrip(this, chars), "Strip trailing bytes contained in the argument.\n\nIf the argument is omitted or None, strip trailing ASCII whitespace.";
        "split(self, /, sep=None, maxsplit=-1)" => calls split(this, sep, max), "Return a list of the sections in the bytes, using sep as the delimiter.\n\n  sep\n    The delimiter according which to split the bytes.\n    None (the default value) means split on ASCII whitespace characters\n    (space, tab, return, newline, formfeed, vertical tab).\n  maxsplit\n    Maximum number of splits to do.\n    -1 (the default value) means no limit.";
        "splitlines(self, /, keepends=False)" => calls splitlines(this, keepends), "Return a list of the lines in the bytes, breaking at line boundaries.\n\nLine breaks are not included in the resulting list unless keepends is given and\ntrue.";
        "startswith(self, prefix, start=None, end=None, /)" => calls startswith(this, prefix, start, end), "Return True if the bytes starts with the specified prefix, False otherwise.\n\n  prefix\n    A bytes or a tuple of bytes to try.\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.";
        "strip(self, bytes=None, /)" => calls strip(this, chars), "Strip leading and trailing bytes contained in the argument.\n\nIf the argument is omitted or None, strip leading and trailing ASCII whitespace.";
        "swapcase(self, /)" => leaf swapcase(this), "B.swapcase() -> copy of B\n\nReturn a copy of B with uppercase ASCII characters converted\nto lowercase ASCII and vice versa.";
        "title(self, /)" => leaf title(this), "B.title() -> copy of B\n\nReturn a titlecased version of B, i.e. ASCII words start with uppercase\ncharacters, all remaining cased characters have lowercase.";
        "translate(self, table, /, delete=b'')" => calls translate(this, table, delete), "Return a copy with each character mapped by the given translation table.\n\n  table\n    Translation table, which must be a bytes object of length 256.\n\nAll characters occurring in the optional argument delete are removed.\nThe remaining characters are mapped through the given translation table.";
        "upper(self, /)" => leaf upper(this), "B.upper() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to uppercase.";
        "zfill(self, width, /)" => calls zfill(this, width), "Pad a numeric string with zeros on the left, to fill a field of the given width.\n\nThe original string is never truncated.";
    } };
}
pub(super) use with_shared_methods;

// ---- receivers, arguments, results

/// The bytes of a bytes (lent) or bytearray (copied).
#[inline]
pub(crate) fn own<'v>(vm: &'v Vm, value: Value<'v>) -> Cow<'v, [u8]> {
    if let Some(bytes) = value.as_bytes(vm) {
        return Cow::Borrowed(bytes.bytes(vm));
    }
    Cow::Owned(
        value
            .as_bytearray(vm)
            .map(|b| b.to_vec(vm, 0..usize::MAX))
            .unwrap_or_default(),
    )
}
/// Something whose bytes `own` can take: the argument itself, or a copy of its buffer as bytes.
pub(crate) fn plain(vm: &mut Vm, x: Local) -> Py<Local> {
    let value = x.value(vm);
    if value.as_bytes(vm).is_some() || value.as_bytearray(vm).is_some() {
        return Ok(x);
    }
    let bytes = vm.buffer_bytes(x)?;
    let vm: &Vm = vm;
    Ok(vm.local(vm.new_bytes(&bytes)?.value()))
}
/// A result of the receiver's own kind.
pub(crate) fn alike<'v>(vm: &'v Vm, this: Value<'_>, bytes: &[u8]) -> Py<Value<'v>> {
    if this.as_bytearray(vm).is_some() {
        return Ok(vm.new_bytearray(bytes)?.value());
    }
    Ok(vm.new_bytes(bytes)?.value())
}
/// An unchanged result: bytes are shared, bytearrays copied.
fn unchanged<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    match this.as_bytes(vm) {
        Some(bytes) => Ok(bytes.value()),
        None => alike(vm, this, &own(vm, this)),
    }
}
fn cut_to<'v>(vm: &'v Vm, this: Value<'v>, range: Range<usize>) -> Py<Value<'v>> {
    let bytes = own(vm, this);
    if range == (0..bytes.len()) {
        return unchanged(vm, this);
    }
    alike(vm, this, bytes.get(range).unwrap_or(&[]))
}

/// A byte given as an int; the errors are those of `bytearray.append`.
pub(crate) fn byte_value(vm: &mut Vm, x: Local) -> Py<u8> {
    if let Some(n) = x.value(vm).as_small_int() {
        return u8::try_from(n).map_err(|_| vm.value_error("byte must be in range(0, 256)"));
    }
    let value = vm.index_value(x)?.keep(vm);
    match vm
        .int_value(value.value(vm))
        .and_then(|n| u8::try_from(n).ok())
    {
        Some(byte) => Ok(byte),
        None => Err(vm.value_error("byte must be in range(0, 256)")),
    }
}
/// Reads an argument by `f`. A bytearray that is worked on can't change its size meanwhile, whatever the argument's methods do.
fn exporting<R>(
    vm: &mut Vm,
    this: Local,
    argument: Local,
    f: impl FnOnce(&mut Vm) -> Py<R>,
) -> Py<R> {
    let value = argument.value(vm);
    let harmless = value.as_exact_bytes(vm).is_some()
        || value.as_exact_str(vm).is_some()
        || vm.is_int(value)
        || value.is_none();
    if harmless || this.value(vm).as_bytearray(vm).is_none() {
        return f(vm);
    }
    let view = vm.native_view(this, false)?;
    let result = f(vm);
    vm.view_release(view)?;
    result
}
/// What is searched for: a byte or bytes.
fn needle(vm: &mut Vm, x: Local) -> Py<Local> {
    if vm.has_buffer(x.value(vm)) {
        return plain(vm, x);
    }
    if vm.is_int(x.value(vm)) || vm.special_of(x.value(vm), Dunder::Index).is_some() {
        let byte = byte_value(vm, x)?;
        let vm: &Vm = vm;
        return Ok(vm.local(vm.new_bytes(&[byte])?.value()));
    }
    Err(vm.type_error(format!(
        "argument should be integer or bytes-like object, not '{}'",
        vm.type_name_for_error(x.value(vm))
    )))
}
/// `x in self`.
pub(crate) fn contains(vm: &mut Vm, this: Local, x: Local) -> Py<bool> {
    let wanted = exporting(vm, this, x, |vm| wanted_in(vm, x))?;
    Ok(search::contains(
        &own(vm, this.value(vm)),
        &own(vm, wanted.value(vm)),
    ))
}
fn wanted_in(vm: &mut Vm, x: Local) -> Py<Local> {
    let wanted = if !vm.has_buffer(x.value(vm))
        && (vm.is_int(x.value(vm)) || vm.special_of(x.value(vm), Dunder::Index).is_some())
    {
        let byte = needle(vm, x);
        match byte {
            // CPython: Objects/bytes_methods.c, _Py_bytes_contains. Only a number out of range is told.
            Err(raised) if !vm.raised_is(&raised, &exc::VALUE_ERROR) => {
                vm.take_exception(raised);
                return Err(vm.not_bytes_like(x.value(vm)));
            }
            byte => byte?,
        }
    } else {
        plain(vm, x)?
    };
    Ok(wanted)
}

macro_rules! mapped {
    ($($name:ident $map:expr;)*) => { $(
        pub(super) fn $name<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
            alike(vm, this, &$map(&own(vm, this)))
        }
    )* };
}
mapped! {
    capitalize case::ascii_capitalize;
    lower case::ascii_lower;
    swapcase case::ascii_swapcase;
    title case::ascii_title;
    upper case::ascii_upper;
}
macro_rules! predicates {
    ($($name:ident $test:expr;)*) => { $(
        pub(super) fn $name(vm: &Vm, this: Value<'_>) -> Py<bool> {
            let test: fn(&[u8]) -> bool = $test;
            Ok(test(&own(vm, this)))
        }
    )* };
}
predicates! {
    isalnum case::ascii_is_alnum;
    isalpha case::ascii_is_alpha;
    isascii <[u8]>::is_ascii;
    isdigit case::ascii_is_digit;
    islower case::ascii_is_lower;
    isspace case::ascii_is_space;
    istitle case::ascii_is_title;
    isupper case::ascii_is_upper;
}

// ---- searching

type Search = fn(&[u8], &[u8]) -> Option<usize>;

fn search_in(
    vm: &mut Vm,
    this: Local,
    sub: Local,
    (start, end): (Option<SliceIndex>, Option<SliceIndex>),
    how: Search,
) -> Py<Option<usize>> {
    let sub = exporting(vm, this, sub, |vm| needle(vm, sub))?;
    let bytes = own(vm, this.value(vm));
    let Some((from, to)) = window(start.and_then(|i| i.0), end.and_then(|i| i.0), bytes.len())
    else {
        return Ok(None);
    };
    Ok(bytes
        .get(from..to)
        .and_then(|part| how(part, &own(vm, sub.value(vm))))
        .map(|at| from + at))
}
pub(super) fn find(
    vm: &mut Vm,
    this: Local,
    sub: Local,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<i64> {
    Ok(search_in(vm, this, sub, (start, end), search::find)?.map_or(-1, |i| i as i64))
}
pub(super) fn rfind(
    vm: &mut Vm,
    this: Local,
    sub: Local,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<i64> {
    Ok(search_in(vm, this, sub, (start, end), search::rfind)?.map_or(-1, |i| i as i64))
}
pub(super) fn index(
    vm: &mut Vm,
    this: Local,
    sub: Local,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<usize> {
    search_in(vm, this, sub, (start, end), search::find)?
        .ok_or_else(|| vm.value_error("subsection not found"))
}
pub(super) fn rindex(
    vm: &mut Vm,
    this: Local,
    sub: Local,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<usize> {
    search_in(vm, this, sub, (start, end), search::rfind)?
        .ok_or_else(|| vm.value_error("subsection not found"))
}
pub(super) fn count(
    vm: &mut Vm,
    this: Local,
    sub: Local,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<usize> {
    let sub = exporting(vm, this, sub, |vm| needle(vm, sub))?;
    let bytes = own(vm, this.value(vm));
    let Some((from, to)) = window(start.and_then(|i| i.0), end.and_then(|i| i.0), bytes.len())
    else {
        return Ok(0);
    };
    Ok(bytes.get(from..to).map_or(0, |part| {
        search::count(part, &own(vm, sub.value(vm)), Kind::Bytes)
    }))
}
type Affix = fn(&[u8], &[u8]) -> bool;
fn has_affix(
    vm: &mut Vm,
    name: &str,
    this: Local,
    affix: Local,
    (start, end): (Option<SliceIndex>, Option<SliceIndex>),
    how: Affix,
) -> Py<bool> {
    let test = |vm: &mut Vm, affix: Local| -> Py<bool> {
        let affix = plain(vm, affix)?;
        let bytes = own(vm, this.value(vm));
        let Some((from, to)) = window(start.and_then(|i| i.0), end.and_then(|i| i.0), bytes.len())
        else {
            return Ok(false);
        };
        Ok(bytes
            .get(from..to)
            .is_some_and(|part| how(part, &own(vm, affix.value(vm)))))
    };
    let Some(several) = affix.value(vm).as_tuple(vm).map(|t| t.len(vm)) else {
        if !vm.has_buffer(affix.value(vm)) {
            return Err(vm.type_error(format!(
                "{name} first arg must be bytes or a tuple of bytes, not {}",
                vm.type_name_for_error(affix.value(vm))
            )));
        }
        return test(vm, affix);
    };
    let one = vm.local(Value::NONE);
    for i in 0..several {
        one.set(
            vm,
            affix
                .value(vm)
                .as_tuple(vm)
                .and_then(|t| t.at(vm, i))
                .unwrap_or(Value::NONE),
        );
        if vm.scope(|vm| test(vm, one))? {
            return Ok(true);
        }
    }
    Ok(false)
}
pub(super) fn startswith(
    vm: &mut Vm,
    this: Local,
    prefix: Local,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<bool> {
    has_affix(
        vm,
        "startswith",
        this,
        prefix,
        (start, end),
        |part, affix| part.starts_with(affix),
    )
}
pub(super) fn endswith(
    vm: &mut Vm,
    this: Local,
    suffix: Local,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<bool> {
    has_affix(vm, "endswith", this, suffix, (start, end), |part, affix| {
        part.ends_with(affix)
    })
}
pub(super) fn removeprefix(vm: &mut Vm, this: Local, prefix: Local) -> Py<Ret> {
    let prefix = plain(vm, prefix)?;
    let vm: &Vm = vm;
    let (bytes, prefix) = (own(vm, this.value(vm)), own(vm, prefix.value(vm)));
    let start = if bytes.starts_with(&prefix) {
        prefix.len()
    } else {
        0
    };
    Ok(vm.ret(cut_to(vm, this.value(vm), start..bytes.len())?))
}
pub(super) fn removesuffix(vm: &mut Vm, this: Local, suffix: Local) -> Py<Ret> {
    let suffix = plain(vm, suffix)?;
    let vm: &Vm = vm;
    let (bytes, suffix) = (own(vm, this.value(vm)), own(vm, suffix.value(vm)));
    let end = if bytes.ends_with(&suffix) {
        bytes.len() - suffix.len()
    } else {
        bytes.len()
    };
    Ok(vm.ret(cut_to(vm, this.value(vm), 0..end)?))
}
pub(super) fn replace(
    vm: &mut Vm,
    this: Local,
    old: Local,
    new: Local,
    count: Option<i64>,
) -> Py<Ret> {
    let old = plain(vm, old)?;
    let new = plain(vm, new)?;
    let vm: &Vm = vm;
    let replaced = search::replace(
        &own(vm, this.value(vm)),
        &own(vm, old.value(vm)),
        &own(vm, new.value(vm)),
        limit(count),
        Kind::Bytes,
    );
    Ok(vm.ret(match replaced.map_err(|e| vm.text_error(e))? {
        Some(bytes) => alike(vm, this.value(vm), &bytes)?,
        None => unchanged(vm, this.value(vm))?,
    }))
}

// ---- splitting and stripping

fn parts(vm: &Vm, this: Local, bytes: &[u8], ranges: &[Range<usize>]) -> Py<Ret> {
    let mut list = Vec::with_capacity(ranges.len());
    for range in ranges {
        list.push(if ranges.len() == 1 {
            cut_to(vm, this.value(vm), range.clone())?
        } else {
            alike(vm, this.value(vm), bytes.get(range.clone()).unwrap_or(&[]))?
        });
    }
    Ok(vm.ret(vm.new_list(&list)?.value()))
}
/// A separator that isn't empty, or None.
fn separator(vm: &mut Vm, sep: Option<Local>) -> Py<Option<Local>> {
    let Some(sep) = sep.filter(|s| !s.value(vm).is_none()) else {
        return Ok(None);
    };
    let sep = plain(vm, sep)?;
    if own(vm, sep.value(vm)).is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    Ok(Some(sep))
}
pub(super) fn split(vm: &mut Vm, this: Local, sep: Option<Local>, max: Option<i64>) -> Py<Ret> {
    let sep = match sep {
        Some(given) => exporting(vm, this, given, |vm| separator(vm, sep))?,
        None => None,
    };
    let bytes = own(vm, this.value(vm));
    let ranges = match sep {
        Some(sep) => cut::split_sep(&bytes, &own(vm, sep.value(vm)), limit(max)),
        None => cut::split_whitespace(&bytes, limit(max), Kind::Bytes),
    };
    parts(vm, this, &bytes, &ranges)
}
pub(super) fn rsplit(vm: &mut Vm, this: Local, sep: Option<Local>, max: Option<i64>) -> Py<Ret> {
    let sep = match sep {
        Some(given) => exporting(vm, this, given, |vm| separator(vm, sep))?,
        None => None,
    };
    let bytes = own(vm, this.value(vm));
    let ranges = match sep {
        Some(sep) => cut::rsplit_sep(&bytes, &own(vm, sep.value(vm)), limit(max)),
        None => cut::rsplit_whitespace(&bytes, limit(max), Kind::Bytes),
    };
    parts(vm, this, &bytes, &ranges)
}
pub(super) fn splitlines(vm: &mut Vm, this: Local, keepends: Option<bool>) -> Py<Ret> {
    let bytes = own(vm, this.value(vm));
    parts(
        vm,
        this,
        &bytes,
        &cut::lines(&bytes, keepends.unwrap_or(false), Kind::Bytes),
    )
}
fn partitioned(vm: &mut Vm, this: Local, sep: Local, how: Search, last: bool) -> Py<Ret> {
    let given = sep;
    let sep = plain(vm, sep)?;
    let vm: &Vm = vm;
    let (bytes, wanted) = (own(vm, this.value(vm)), own(vm, sep.value(vm)));
    if wanted.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let value = this.value(vm);
    let three = match how(&bytes, &wanted) {
        Some(at) => {
            let middle = if value.as_bytes(vm).is_some() {
                given.value(vm)
            } else {
                alike(vm, value, &wanted)?
            };
            [
                alike(vm, value, &bytes[..at])?,
                middle,
                alike(vm, value, &bytes[at + wanted.len()..])?,
            ]
        }
        None if last => [
            alike(vm, value, b"")?,
            alike(vm, value, b"")?,
            unchanged(vm, value)?,
        ],
        None => [
            unchanged(vm, value)?,
            alike(vm, value, b"")?,
            alike(vm, value, b"")?,
        ],
    };
    Ok(vm.ret(vm.new_tuple(&three)?.value()))
}
pub(super) fn partition(vm: &mut Vm, this: Local, sep: Local) -> Py<Ret> {
    partitioned(vm, this, sep, search::find, false)
}
pub(super) fn rpartition(vm: &mut Vm, this: Local, sep: Local) -> Py<Ret> {
    partitioned(vm, this, sep, search::rfind, true)
}
fn stripped(vm: &mut Vm, this: Local, chars: Option<Local>, left: bool, right: bool) -> Py<Ret> {
    let chars = match chars.filter(|c| !c.value(vm).is_none()) {
        Some(chars) => Some(plain(vm, chars)?),
        None => None,
    };
    let vm: &Vm = vm;
    let bytes = own(vm, this.value(vm));
    let range = match chars {
        Some(chars) => {
            cut::strip_chars(&bytes, &own(vm, chars.value(vm)), left, right, Kind::Bytes)
        }
        None => cut::strip_whitespace(&bytes, left, right, Kind::Bytes),
    };
    Ok(vm.ret(cut_to(vm, this.value(vm), range)?))
}
pub(super) fn strip(vm: &mut Vm, this: Local, chars: Option<Local>) -> Py<Ret> {
    stripped(vm, this, chars, true, true)
}
pub(super) fn lstrip(vm: &mut Vm, this: Local, chars: Option<Local>) -> Py<Ret> {
    stripped(vm, this, chars, true, false)
}
pub(super) fn rstrip(vm: &mut Vm, this: Local, chars: Option<Local>) -> Py<Ret> {
    stripped(vm, this, chars, false, true)
}

// ---- padding

type Pad = fn(&[u8], usize, u32, Kind) -> Result<Option<Vec<u8>>, mesapy_text::TextError>;

fn padded(vm: &Vm, name: &str, this: Local, width: i64, fill: Option<Local>, how: Pad) -> Py<Ret> {
    let fill = match fill.map(|f| f.value(vm)) {
        None => b' ',
        Some(fill) if fill.as_bytes(vm).is_none() && fill.as_bytearray(vm).is_none() => {
            return Err(vm.type_error(format!(
                "{name}() argument 2 must be a byte string of length 1, not {}",
                vm.type_name_for_none(fill)
            )));
        }
        Some(fill) => match *own(vm, fill) {
            [byte] => byte,
            ref bytes => {
                let kind = vm.type_name_for_error(fill);
                return Err(vm.type_error(format!("{name}(): argument 2 must be a byte string of length 1, not a {kind} object of length {}", bytes.len())));
            }
        },
    };
    let bytes = own(vm, this.value(vm));
    if bytes.len() as i64 >= width {
        return Ok(vm.ret(unchanged(vm, this.value(vm))?));
    }
    check_size(vm, width)?;
    Ok(vm.ret(
        match how(&bytes, pad_width(width), fill as u32, Kind::Bytes)
            .map_err(|e| vm.text_error(e))?
        {
            Some(bytes) => alike(vm, this.value(vm), &bytes)?,
            None => unchanged(vm, this.value(vm))?,
        },
    ))
}
pub(super) fn center(vm: &mut Vm, this: Local, width: i64, fill: Option<Local>) -> Py<Ret> {
    padded(vm, "center", this, width, fill, pad::center)
}
pub(super) fn ljust(vm: &mut Vm, this: Local, width: i64, fill: Option<Local>) -> Py<Ret> {
    padded(vm, "ljust", this, width, fill, pad::ljust)
}
pub(super) fn rjust(vm: &mut Vm, this: Local, width: i64, fill: Option<Local>) -> Py<Ret> {
    padded(vm, "rjust", this, width, fill, pad::rjust)
}
pub(super) fn zfill(vm: &mut Vm, this: Local, width: i64) -> Py<Ret> {
    padded(vm, "zfill", this, width, None, |s, width, _, kind| {
        pad::zfill(s, width, kind)
    })
}
pub(super) fn expandtabs(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    let size = tab_size(vm, size)?;
    let vm: &Vm = vm;
    let bytes = own(vm, this.value(vm));
    check_tabs(vm, &bytes, size)?;
    let expanded = pad::expandtabs(&bytes, size, Kind::Bytes).map_err(|e| vm.text_error(e))?;
    Ok(vm.ret(alike(vm, this.value(vm), &expanded)?))
}

// ---- the rest

pub(super) fn decode(
    vm: &mut Vm,
    this: Local,
    encoding: Option<Local>,
    errors: Option<Local>,
) -> Py<Ret> {
    let encoding = vm.text_option(encoding, "decode", "encoding")?;
    let errors = vm.text_option(errors, "decode", "errors")?;
    if own(vm, this.value(vm)).is_empty() {
        return vm.ret_str(b"");
    }
    vm.decode(
        this,
        encoding.as_deref().unwrap_or("utf-8"),
        errors.as_deref().unwrap_or("strict"),
    )
}
/// The arguments of `hex`, for all types that have it.
pub(crate) fn hex_text(
    vm: &mut Vm,
    bytes: &[u8],
    sep: Option<Local>,
    group: Option<i64>,
) -> Py<Vec<u8>> {
    let Some(sep) = sep else {
        return Ok(repr::hex(bytes, None, 0));
    };
    if vm.len(sep)? != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    let value = sep.value(vm);
    let byte = match (value.as_str(vm), value.as_bytes(vm)) {
        (Some(text), _) => text.char_at(vm, 0),
        (None, Some(bytes)) => bytes.bytes(vm).first().map(|b| *b as u32),
        _ => return Err(vm.type_error("sep must be str or bytes.")),
    };
    let byte = byte
        .and_then(|c| u8::try_from(c).ok())
        .filter(u8::is_ascii)
        .ok_or_else(|| vm.value_error("sep must be ASCII."))?;
    let group = group.unwrap_or(1);
    Ok(repr::hex(bytes, Some(byte), group as isize))
}
pub(super) fn hex(vm: &mut Vm, this: Local, sep: Option<Local>, group: Option<i64>) -> Py<Ret> {
    let bytes = own(vm, this.value(vm)).into_owned();
    let text = match sep {
        Some(given) => exporting(vm, this, given, |vm| hex_text(vm, &bytes, sep, group))?,
        None => hex_text(vm, &bytes, sep, group)?,
    };
    vm.ret_str(&text)
}
/// The bytes of `fromhex`'s argument.
pub(crate) fn from_hex(vm: &mut Vm, text: Local) -> Py<Vec<u8>> {
    let digits = match text.cast::<k::Str>(vm) {
        Some(text) => vm.str_bytes(text),
        None if vm.has_buffer(text.value(vm)) => vm.buffer_bytes(text)?,
        None => {
            return Err(vm.type_error(format!(
                "fromhex() argument must be str or bytes-like, not {}",
                vm.type_name_for_error(text.value(vm))
            )));
        }
    };
    repr::from_hex(&digits).map_err(|place| match place {
        Some(at) => vm.value_error(format!(
            "non-hexadecimal number found in fromhex() arg at position {at}"
        )),
        None => vm.value_error("fromhex() arg must contain an even number of hexadecimal digits"),
    })
}
pub(super) fn join(vm: &mut Vm, this: Local, iterable: Local) -> Py<Ret> {
    let sequence = fast_sequence(vm, iterable, "can only join an iterable")?;
    let between = own(vm, this.value(vm)).into_owned();
    let mut out = Vec::new();
    let item = vm.local(Value::NONE);
    let mut i = 0;
    let n = len_of(vm, sequence);
    while let Some(word) = item_of(vm, sequence, i) {
        item.set(vm, word.value(vm));
        if i == 0
            && len_of(vm, sequence) == 1
            && item.value(vm).as_exact_bytes(vm).is_some()
            && this.value(vm).as_bytes(vm).is_some()
        {
            return Ok(vm.ret(item.value(vm)));
        }
        if i > 0 {
            out.extend_from_slice(&between);
        }
        if !vm.has_buffer(item.value(vm)) {
            return Err(vm.type_error(format!(
                "sequence item {i}: expected a bytes-like object, {} found",
                vm.type_name_for_error(item.value(vm))
            )));
        }
        if let Some(bytes) = item.value(vm).as_exact_bytes(vm) {
            out.extend_from_slice(bytes.bytes(vm));
        } else {
            out.extend_from_slice(&vm.buffer_bytes(item)?);
            if len_of(vm, sequence) != n {
                return Err(vm.runtime_error("sequence changed size during iteration"));
            }
        }
        if out.len() > u32::MAX as usize {
            return Err(vm.memory_error());
        }
        i += 1;
    }
    let vm: &Vm = vm;
    Ok(vm.ret(alike(vm, this.value(vm), &out)?))
}
pub(super) fn translate(vm: &mut Vm, this: Local, table: Local, delete: Option<Local>) -> Py<Ret> {
    let table = if table.value(vm).is_none() {
        None
    } else {
        Some(vm.buffer_bytes(table)?)
    };
    let table: Option<[u8; 256]> = match table {
        Some(table) => Some(
            <[u8; 256]>::try_from(table.as_slice())
                .map_err(|_| vm.value_error("translation table must be 256 characters long"))?,
        ),
        None => None,
    };
    let delete = delete
        .map(|d| vm.buffer_bytes(d))
        .transpose()?
        .unwrap_or_default();
    let vm: &Vm = vm;
    let bytes = search::translate_bytes(&own(vm, this.value(vm)), table.as_ref(), &delete);
    Ok(vm.ret(alike(vm, this.value(vm), &bytes)?))
}
pub(super) fn maketrans(vm: &mut Vm, from: Local, to: Local) -> Py<Ret> {
    let from = vm.buffer_bytes(from)?;
    let to = vm.buffer_bytes(to)?;
    if from.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: [u8; 256] = std::array::from_fn(|i| i as u8);
    from.iter()
        .zip(&to)
        .for_each(|(from, to)| table[*from as usize] = *to);
    vm.ret_bytes(&table)
}

/// Comparison of a bytes or bytearray with anything that has a buffer; None where Python's answer is NotImplemented.
pub(crate) fn ordering(vm: &mut Vm, this: Local, other: Local) -> Py<Option<std::cmp::Ordering>> {
    if other.value(vm).as_str(vm).is_some() || !vm.has_buffer(other.value(vm)) {
        return Ok(None);
    }
    let other = plain(vm, other)?;
    Ok(Some(own(vm, this.value(vm)).cmp(&own(vm, other.value(vm)))))
}
/// What `bytes(source, encoding, errors)` and `bytearray(…)` are to hold.
pub(crate) fn from_source(
    vm: &mut Vm,
    name: &str,
    source: Option<Local>,
    encoding: Option<Local>,
    errors: Option<Local>,
) -> Py<Vec<u8>> {
    let encoding = vm.text_option(encoding, name, "encoding")?;
    let errors = vm.text_option(errors, name, "errors")?;
    let stray = |vm: &Vm| match (&encoding, &errors) {
        (Some(_), _) => Err(vm.type_error("encoding without a string argument")),
        (None, Some(_)) => Err(vm.type_error("errors without a string argument")),
        _ => Ok(()),
    };
    let Some(source) = source else {
        stray(vm)?;
        return Ok(Vec::new());
    };
    // The method of a str's subclass goes before its text.
    let own_method = name == "bytes" && encoding.is_none() && errors.is_none() && {
        source.value(vm).as_exact_str(vm).is_none()
            && vm.special_of(source.value(vm), Dunder::Bytes).is_some()
    };
    if !own_method && let Some(text) = source.cast::<k::Str>(vm) {
        let Some(encoding) = encoding.as_deref() else {
            return Err(vm.type_error("string argument without an encoding"));
        };
        let encoded = vm
            .encode(text, encoding, errors.as_deref().unwrap_or("strict"))?
            .keep(vm);
        return vm.buffer_bytes(encoded);
    }
    stray(vm)?;
    if name == "bytes"
        && let Some(ret) = vm.call_dunder(source, Dunder::Bytes, &[])?
    {
        let made: Local = ret.keep(vm);
        return match made.value(vm).as_bytes(vm) {
            Some(bytes) => Ok(bytes.bytes(vm).to_vec()),
            None => Err(vm.type_error(format!(
                "__bytes__ returned non-bytes (type {})",
                vm.type_name_for_error(made.value(vm))
            ))),
        };
    }
    if vm.is_int(source.value(vm))
        || vm.special_of(source.value(vm), Dunder::Index).is_some()
            && !vm.has_buffer(source.value(vm))
    {
        let made = vm.index_value(source);
        if let Some(ret) = vm.caught(made, &crate::objects::exceptions::TYPE_ERROR)? {
            let n = ret.get(vm);
            return match vm.int_value(n) {
                None => Err(vm.overflow_error(format!(
                    "cannot fit '{}' into an index-sized integer",
                    vm.type_name_for_error(source.value(vm))
                ))),
                Some(n) if n < 0 => Err(vm.value_error("negative count")),
                Some(n) if n >= u32::MAX as i64 => Err(vm.memory_error()),
                Some(n) => {
                    let mut out = Vec::new();
                    out.try_reserve_exact(n as usize)
                        .map_err(|_| vm.memory_error())?;
                    out.resize(n as usize, 0);
                    Ok(out)
                }
            };
        }
    }
    if vm.has_buffer(source.value(vm)) {
        return vm.buffer_bytes(source);
    }
    if vm.special_of(source.value(vm), Dunder::Iter).is_none()
        && vm.special_of(source.value(vm), Dunder::GetItem).is_none()
    {
        return Err(vm.type_error(format!(
            "cannot convert '{}' object to {name}",
            vm.type_name_for_error(source.value(vm))
        )));
    }
    let range = if name == "bytes" {
        "bytes must be in range(0, 256)"
    } else {
        "byte must be in range(0, 256)"
    };
    bytes_from_iterable(vm, source, range)
}
/// The bytes that an iterable of ints gives.
pub(crate) fn bytes_from_iterable(vm: &mut Vm, source: Local, range: &str) -> Py<Vec<u8>> {
    let iterator = vm.iter(source)?.keep(vm);
    let item = vm.local(Value::NONE);
    let mut out = Vec::new();
    while vm.next_into(iterator, item)? {
        let n = match item.value(vm).as_small_int() {
            Some(n) => Some(n),
            None => vm.scope(|vm| -> Py<Option<i64>> {
                let ret = vm.index_value(item)?;
                let n = ret.get(vm);
                Ok(vm.int_value(n))
            })?,
        };
        match n.and_then(|n| u8::try_from(n).ok()) {
            Some(byte) => out.push(byte),
            None => return Err(vm.value_error(range)),
        }
        if out.len() > u32::MAX as usize {
            return Err(vm.memory_error());
        }
    }
    Ok(out)
}
