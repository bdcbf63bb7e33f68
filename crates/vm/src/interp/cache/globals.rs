//! Sites of globals and builtins.

use super::*;

/// The keys version of the dict that a word refers to; 0 for anything else.
#[inline(always)]
fn keys_version(words: Words<'_>, dict: Word) -> u32 {
    let version = dict.as_ref_index().and_then(|at| words.keys_version(at));
    version.unwrap_or(0)
}
/// A global or builtin where it was found before.
#[inline(always)]
pub(crate) fn global(
    vm: &Vm,
    words: Words<'_>,
    globals: Word,
    [versions, place]: [u64; 2],
) -> Option<Word> {
    let (version, of_builtins) = ((versions >> 32) as u32, versions as u32);
    if version == 0 || keys_version(words, globals) != version {
        return None;
    }
    if of_builtins != 0 && keys_version(words, vm.roots.builtins(vm).word()) != of_builtins {
        return None;
    }
    words.get(place as u32).map(Word::from_bits)
}
/// The same, for the general loop.
#[inline]
pub(crate) fn global_of(vm: &Vm, f: &Fr, site: u16) -> Option<Word> {
    let (versions, place) = read(vm, f, site);
    let globals = vm.stack_word(f.base - header::GLOBALS);
    global(vm, vm.heap.view(), globals, [versions, place])
}
/// Remembers where a global or builtin was found.
pub(crate) fn fill_global(vm: &Vm, site: u16, name: Str<'_>) {
    if let Some(builtin) = fill_global_site(vm, site, name) {
        let cached = if builtin {
            Op::LoadBuiltinCached
        } else {
            Op::LoadGlobalCached
        };
        quicken(vm, cached);
    }
}
/// The same for a site of an instruction that stays as it is; whether it is a builtin.
pub(crate) fn fill_global_site(vm: &Vm, site: u16, name: Str<'_>) -> Option<bool> {
    let globals = vm.frame_globals(vm.base.get()).as_exact_dict(vm)?;
    let builtins = vm.roots.builtins(vm).as_exact_dict(vm)?;
    if let Some(entry) = globals.entry_of_str(vm, name) {
        let place = globals.value_place(vm, entry) as u64;
        write(vm, site, pair(globals.keys_version(vm), 0), place);
        return Some(false);
    }
    if crate::interp::names::frame_builtins(vm) != builtins.value() {
        return None;
    }
    let entry = builtins.entry_of_str(vm, name)?;
    let versions = pair(globals.keys_version(vm), builtins.keys_version(vm));
    write(vm, site, versions, builtins.value_place(vm, entry) as u64);
    Some(true)
}
/// Stores to a global that is there, where it was found before; false: nothing was done.
#[inline]
pub(crate) fn store_global(vm: &Vm, f: &Fr, globals: Word, site: u16, value: Word) -> bool {
    let (versions, place) = read(vm, f, site);
    let Some(dict) = globals.value(vm).as_exact_dict(vm) else {
        return false;
    };
    versions != 0
        && dict.keys_version(vm) == (versions >> 32) as u32
        && dict.set_value_place(vm, place as usize, value.value(vm))
}
/// Remembers where a global was stored.
pub(crate) fn fill_store_global(vm: &Vm, site: u16, globals: Dict<'_>, name: Str<'_>) {
    if let Some(entry) = globals.entry_of_str(vm, name) {
        let place = globals.value_place(vm, entry) as u64;
        write(vm, site, pair(globals.keys_version(vm), 0), place);
    }
}
