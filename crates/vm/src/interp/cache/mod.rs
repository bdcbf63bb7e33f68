//! Inline caches: quickened instructions' fast paths, and the general forms that fill them.
//!
//! A site has two words. A *guard* of 32 bits says what the receiver physically is: its shape, or for objects without one their kind.
//! - attribute in a slot:   word 0 = guard | type version, word 1 = class | slot
//!   (with `OVERFLOW` set: in the array that the object's last inline slot holds)
//! - method:                word 0 = guard | type version, word 1 = class | function
//! - class's attribute of an instance: word 0 = shape | type version, word 1 = class | place of the value in the cage
//! - method of a class:     word 0 = the class object | its version, word 1 = whether it binds the class | callable
//! - method of super():     word 0 = shape of self | version of its class, word 1 = where the search starts | function
//! - attribute of a class:  word 0 = the class object | its version, word 1 = the value
//! - module attribute:      word 0 = the module | keys version of its dict, word 1 = place of the value in the cage
//! - global, builtin:       word 0 = keys version of globals | of builtins, word 1 = place of the value
//! - added attribute:       word 0 = old shape | type version, word 1 = new shape | slot
//!
//! Every fast path checks all that it relies on; a miss falls back to the general form, which fills the site anew. Full collections zero the words.

use super::Fr;
use crate::attr::{Binds, Found};
use crate::code::CACHE_WORDS;
use crate::layout::{code, header, module, types};
use crate::local::{Local, Py, Ret, k};
use crate::objects::descriptors;
use crate::objects::module as module_object;
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_bytecode::{Instr, Op};
use mesapy_heap::{Dict, Kind, Location, Obj, Str, Value, Word, Words};

mod attributes;
mod globals;
mod methods;

pub(crate) use attributes::*;
pub(crate) use globals::*;
pub(crate) use methods::*;

/// A site number that stands for "no cache".
const NO_SITE: u16 = u16::MAX;

#[inline(always)]
fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
#[inline(always)]
fn read(vm: &Vm, f: &Fr, site: u16) -> (u64, u64) {
    let at = f.caches + u32::from(site) * CACHE_WORDS as u32;
    (vm.heap.word_at(at), vm.heap.word_at(at + 1))
}
fn write(vm: &Vm, site: u16, first: u64, second: u64) {
    if site == NO_SITE {
        return;
    }
    if let Some(caches) = vm
        .frame_code(vm.base.get())
        .slot(vm, code::CACHES)
        .as_raw(vm)
    {
        caches.set_word_at(vm, usize::from(site) * CACHE_WORDS, first);
        caches.set_word_at(vm, usize::from(site) * CACHE_WORDS + 1, second);
        vm.cache_filled(vm.frame_code(vm.base.get()).word());
    }
}
/// What a site remembers of a shape that it saw when its own two words were taken by another: an entry of a table that all sites share, found by site and
/// guard. The words have the form that the site's would have for the quickened opcode `op`. Every collection clears the table.
#[derive(Clone, Copy, Default)]
pub(crate) struct More {
    site: u32,
    op: u32,
    words: [u64; 2],
}
/// Entries of the table; a power of two.
pub(crate) const MORE_SIZE: usize = 2048;

#[inline(always)]
fn more_slot(site: u32, guard: u32) -> usize {
    (site ^ (guard ^ site << 7).wrapping_mul(0x9E37_79B1) >> 16) as usize & (MORE_SIZE - 1)
}
/// What the shared table has for the site at this place in the cage.
#[inline(always)]
pub(crate) fn more(vm: &Vm, site: u32, guard: u32, op: Op) -> Option<[u64; 2]> {
    let entry = vm.more_shapes[more_slot(site, guard)].get();
    let fits = entry.site == site
        && entry.op == op as u32
        && (entry.words[0] >> 32) as u32 == guard
        && site != 0;
    fits.then_some(entry.words)
}
/// All that the shared table has for a site, for one opcode.
pub(crate) fn all_more(vm: &Vm, site: u32, op: Op) -> Vec<[u64; 2]> {
    let entries = vm.more_shapes.iter().map(|entry| entry.get());
    let fitting = entries.filter(|e| e.site == site && e.op == op as u32);
    fitting.map(|e| e.words).collect()
}
/// Fills a site for receivers with the guard in the high half of the first word.
fn write_guarded(vm: &Vm, site: u16, op: Op, first: u64, second: u64) {
    write(vm, site, first, second);
    let caches = vm.field(vm.frame_code(vm.base.get()), code::CACHES_AT);
    let at = (caches.bits() >> 3) as u32 + u32::from(site) * CACHE_WORDS as u32;
    if site != NO_SITE {
        vm.more_shapes[more_slot(at, (first >> 32) as u32)].set(More {
            site: at,
            op: op as u32,
            words: [first, second],
        });
    }
    quicken(vm, op);
}
/// Rewrites the instruction in progress.
pub(crate) fn quicken(vm: &Vm, op: Op) {
    let c = vm.frame_code(vm.base.get());
    let at = vm.pc.get().saturating_sub(1) as usize;
    if let Some(instrs) = c.slot(vm, code::INSTRS).as_raw(vm) {
        let old = Instr(instrs.word_at(vm, at));
        instrs.set_word_at(vm, at, old.with_op(op).0);
    }
}

/// The name of a site of the running frame's code.
pub(crate) fn site_name(vm: &Vm, site: u16) -> Str<'_> {
    let c = vm.frame_code(vm.base.get());
    let name = c
        .slot(vm, code::SITE_NAMES)
        .as_tuple(vm)
        .and_then(|t| t.at(vm, usize::from(site)))
        .and_then(|v| v.as_exact_str(vm));
    name.unwrap_or_else(|| vm.intern(b"?"))
}
pub(crate) fn site_name_local(vm: &Vm, site: u16) -> Local<k::Str> {
    vm.local_of(site_name(vm, site).value())
}

/// What a receiver physically is.
#[inline(always)]
fn guard_of(vm: &Vm, word: Word) -> u32 {
    match word.as_ref_index() {
        Some(index) => {
            let h = vm.heap.word_at(index);
            let shape = (h >> 32) as u32;
            if shape != 0 { shape } else { h as u8 as u32 }
        }
        None => 0,
    }
}
#[inline(always)]
fn version_is(vm: &Vm, class: u32, version: u32) -> bool {
    vm.heap.word_at(class + 1 + types::VERSION as u32) == u64::from(version) << 3
}
