//! Methods of `str`.

use super::{arg, two};
use crate::vm::Vm;
use mesapy_heap::{List, Str, Value, Word};
use mesapy_text::search::{self, Kind};
use mesapy_text::split;

fn receiver(vm: &Vm, base: u32) -> Option<Str<'_>> {
    arg(vm, base, 0).as_exact_str(vm)
}
fn text(vm: &Vm, base: u32, i: u32) -> Option<Str<'_>> {
    arg(vm, base, i).as_exact_str(vm)
}

/// White space among ASCII bytes, as `str` sees it.
fn is_space(byte: u8) -> bool {
    matches!(byte, 9..=13 | 28..=32)
}
pub(crate) fn str_split(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n > 3 {
        return None;
    }
    let s = receiver(vm, base)?;
    let max = match n {
        3 => usize::try_from(arg(vm, base, 2).as_small_int()?).unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    let sep = if n > 1 { arg(vm, base, 1) } else { Value::NONE };
    let bytes = s.bytes(vm);
    if sep.is_none() {
        if !s.is_ascii(vm) || max != usize::MAX {
            return None;
        }
        return words(vm, s);
    }
    let sep = sep.as_exact_str(vm)?.bytes(vm);
    let ranges = match *sep {
        [] => return None,
        [byte] => {
            let mut rest = bytes;
            let mut list = None;
            for _ in 0..max {
                let Some(at) = place(byte, rest) else { break };
                let list = match list {
                    Some(list) => list,
                    None => *list.insert(vm.list_with_capacity(PARTS).ok()?),
                };
                push(vm, list, &rest[..at])?;
                rest = &rest[at + 1..];
            }
            let Some(list) = list else {
                return whole(vm, s);
            };
            push(vm, list, rest)?;
            return Some(list.word());
        }
        _ => split::split_sep(bytes, sep, max),
    };
    if ranges.len() == 1 {
        return whole(vm, s);
    }
    let list = vm.list_with_capacity(ranges.len()).ok()?;
    for range in ranges {
        push(vm, list, bytes.get(range)?)?;
    }
    Some(list.word())
}
/// Parts that there is room for from the start.
const PARTS: usize = 8;

/// Where a byte is first; near the start this is sooner found by looking than by asking.
#[inline(always)]
fn place(byte: u8, s: &[u8]) -> Option<usize> {
    let near = s.len().min(16);
    match s[..near].iter().position(|b| *b == byte) {
        Some(at) => Some(at),
        None => Some(near + search::position(byte, s.get(near..).filter(|far| !far.is_empty())?)?),
    }
}
/// The string itself is the only part.
fn whole(vm: &Vm, s: Str<'_>) -> Option<Word> {
    let list = vm.list_with_capacity(1).ok()?;
    list.push(vm, s.value()).ok()?;
    Some(list.word())
}
#[inline(always)]
fn push(vm: &Vm, list: List<'_>, part: &[u8]) -> Option<()> {
    list.push(vm, vm.new_str(part).ok()?.value()).ok()
}
/// The words of an ASCII text.
fn words(vm: &Vm, s: Str<'_>) -> Option<Word> {
    let list = vm.new_list(&[]).ok()?;
    let bytes = s.bytes(vm);
    let mut rest = bytes;
    loop {
        let Some(start) = rest.iter().position(|b| !is_space(*b)) else {
            return Some(list.word());
        };
        rest = &rest[start..];
        let end = rest.iter().position(|b| is_space(*b));
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        if word.len() == bytes.len() {
            return whole(vm, s);
        }
        push(vm, list, word)?;
        rest = behind;
    }
}

pub(crate) fn str_join(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (sep, items) = two(vm, base, n)?;
    let sep = sep.as_exact_str(vm)?;
    if let Some(list) = items.as_exact_list(vm) {
        let items = (0..list.len(vm)).map(|i| list.get(vm, i));
        return joined(vm, sep, items);
    }
    let tuple = items.as_exact_tuple(vm)?;
    joined(vm, sep, (0..tuple.len(vm)).map(|i| tuple.get(vm, i)))
}
fn joined<'v>(
    vm: &'v Vm,
    sep: Str<'v>,
    items: impl ExactSizeIterator<Item = Value<'v>> + Clone,
) -> Option<Word> {
    if items.len() == 1 {
        let only = items.clone().next()?;
        return only.as_exact_str(vm).map(|s| s.word());
    }
    Some(vm.new_str_joined(sep, items).ok()??.word())
}

/// The only text that is looked for, and where: the other operands are left to the general function.
fn pair(vm: &Vm, base: u32, n: u32) -> Option<(&[u8], &[u8])> {
    let (s, part) = two(vm, base, n)?;
    let (s, part) = (s.as_exact_str(vm)?, part.as_exact_str(vm)?);
    Some((s.bytes(vm), part.bytes(vm)))
}
fn affix(vm: &Vm, base: u32, n: u32, has: fn(&[u8], &[u8]) -> bool) -> Option<Word> {
    if let Some((s, affix)) = pair(vm, base, n) {
        return Some(Value::bool(has(s, affix)).word());
    }
    let (s, several) = two(vm, base, n)?;
    let s = s.as_exact_str(vm)?.bytes(vm);
    for affix in several.as_exact_tuple(vm)?.iter(vm) {
        if has(s, affix.as_exact_str(vm)?.bytes(vm)) {
            return Some(Word::TRUE);
        }
    }
    Some(Word::FALSE)
}
pub(crate) fn str_startswith(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    affix(vm, base, n, |s, affix| s.starts_with(affix))
}
pub(crate) fn str_endswith(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    affix(vm, base, n, |s, affix| s.ends_with(affix))
}
pub(crate) fn str_find(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (s, part) = pair(vm, base, n)?;
    Some(match search::find(s, part) {
        Some(at) => Value::len(receiver(vm, base)?.byte_to_char(vm, at)).word(),
        None => Word::int_wrapping(-1),
    })
}
pub(crate) fn str_replace(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n != 3 {
        return None;
    }
    let s = receiver(vm, base)?;
    let (old, new) = (text(vm, base, 1)?, text(vm, base, 2)?);
    let (old, new) = (old.bytes(vm), new.bytes(vm));
    match search::replace(s.bytes(vm), old, new, usize::MAX, Kind::Str).ok()? {
        Some(text) => Some(vm.new_str(&text).ok()?.word()),
        None => Some(s.word()),
    }
}
