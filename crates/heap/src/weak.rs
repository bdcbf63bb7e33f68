//! Weak references and finalizers: the side tables, and what the collector does with them once it knows what lives.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::gc::{IndexHasher, Marker};
use crate::kind::Kind;
use crate::object::{Obj, typed};
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

typed! {
    /// A weak reference. Word 1: the referent's index as an integer (so not traced), EMPTY when it died; then callback, hash, owner, and slots for the VM.
    WeakRef as_exact_weakref as_weakref WeakRef;
}

const REFERENT: usize = 1;
const CALLBACK: usize = 2;
const HASH: usize = 3;
const OWNER: usize = 4;
const EXTRA: usize = 5;
const EXTRA_SLOTS: usize = 2;

#[derive(Default)]
pub(crate) struct WeakTable {
    /// The weak references to an object.
    by_target: HashMap<u32, Vec<u32>, BuildHasherDefault<IndexHasher>>,
    /// Weak references made since the last collection.
    young: Vec<u32>,
    /// Objects to be finalized when they become unreachable: those registered since the last collection, and the others.
    finalize_young: Vec<u32>,
    finalize_old: Vec<u32>,
}

impl<'v> WeakRef<'v> {
    fn field(self, heap: &'v Heap, field: usize) -> Value<'v> {
        heap.load_word(self.place(field)).value(heap)
    }

    fn set_field(self, heap: &Heap, field: usize, value: Value<'_>) {
        heap.store(
            self.index(),
            heap.load(self.place(0)),
            self.place(field),
            value.word(),
        );
    }

    /// The referent, while it lives.
    #[inline]
    pub fn target(self, heap: &'v Heap) -> Option<Value<'v>> {
        let index = heap.load_word(self.place(REFERENT)).as_small_int()?;
        Some(Word::reference(index as u32).value(heap))
    }

    /// The callback; EMPTY for none.
    pub fn callback(self, heap: &'v Heap) -> Value<'v> {
        self.field(heap, CALLBACK)
    }

    /// Drops the callback (it is called once).
    pub fn clear_callback(self, heap: &Heap) {
        heap.put(self.place(CALLBACK), Word::EMPTY.bits());
    }

    /// The referent's hash as the VM stored it; EMPTY before.
    pub fn hash(self, heap: &'v Heap) -> Value<'v> {
        self.field(heap, HASH)
    }

    /// Stores the referent's hash.
    pub fn set_hash(self, heap: &Heap, hash: Value<'_>) {
        self.set_field(heap, HASH, hash);
    }

    /// The instance of a subclass that wraps this reference, which the callback gets; EMPTY for none.
    pub fn owner(self, heap: &'v Heap) -> Value<'v> {
        self.field(heap, OWNER)
    }

    /// Sets the wrapping instance.
    pub fn set_owner(self, heap: &Heap, owner: Obj<'_>) {
        self.set_field(heap, OWNER, owner.value());
    }

    /// One of two slots for the VM's use.
    pub fn extra(self, heap: &'v Heap, i: usize) -> Value<'v> {
        if i < EXTRA_SLOTS {
            self.field(heap, EXTRA + i)
        } else {
            Value::EMPTY
        }
    }

    /// Sets a slot for the VM's use.
    pub fn set_extra(self, heap: &Heap, i: usize, value: Value<'_>) {
        if i < EXTRA_SLOTS {
            self.set_field(heap, EXTRA + i, value);
        }
    }

    /// Forgets the referent without calling back.
    pub fn clear(self, heap: &Heap) {
        if let Some(target) = heap.load_word(self.place(REFERENT)).as_small_int() {
            heap.put(self.place(REFERENT), Word::EMPTY.bits());
            heap.weak.borrow_mut().forget(target as u32, self.index());
        }
    }
}

impl WeakTable {
    fn forget(&mut self, target: u32, weakref: u32) {
        if let Some(list) = self.by_target.get_mut(&target) {
            list.retain(|w| *w != weakref);
            if list.is_empty() {
                self.by_target.remove(&target);
            }
        }
    }

    /// Marks what must be finalized, and tells it. In a minor collection only objects registered since the last can have died.
    pub fn finalize(
        &mut self,
        full: bool,
        heap: &Heap,
        marker: &mut Marker<'_>,
    ) -> (Vec<Word>, Vec<u32>) {
        let mut dead = Vec::new();
        let mut live = Vec::new();
        let old = if full {
            std::mem::take(&mut self.finalize_old)
        } else {
            Vec::new()
        };
        for at in old
            .into_iter()
            .chain(std::mem::take(&mut self.finalize_young))
        {
            if marker.is_marked(at) {
                live.push(at)
            } else {
                dead.push(Word::reference(at))
            }
        }
        self.finalize_old.append(&mut live);
        let ranks = crate::order::ranks(heap, &dead, |at| !marker.is_marked(at));
        // All are found before any is marked: one that is reachable only from another is unreachable, too.
        dead.iter().for_each(|w| marker.mark(*w));
        (dead, ranks)
    }

    /// Clears references to the dead and forgets dead references; those with callbacks to be called.
    pub fn clear_dead(&mut self, full: bool, heap: &Heap, marker: &Marker<'_>) -> Vec<Word> {
        let mut callbacks = Vec::new();
        let young = std::mem::take(&mut self.young);
        let targets: Vec<u32> = if full {
            self.by_target.keys().copied().collect()
        } else {
            // Old objects do not die in a minor collection, but young references to them may; old references to young objects are
            // impossible, since a reference is younger than its referent.
            let mut targets: Vec<u32> = young
                .iter()
                .filter_map(|w| heap.load_word(*w as usize + REFERENT).as_small_int())
                .map(|t| t as u32)
                .collect();
            targets.sort_unstable();
            targets.dedup();
            targets
        };
        for target in targets {
            let target_lives = marker.is_marked(target);
            let Some(list) = self.by_target.get_mut(&target) else {
                continue;
            };
            list.retain(|w| marker.is_marked(*w));
            if !target_lives {
                // The newest is called back first.
                for w in list.drain(..).rev() {
                    let w = WeakRef(Word::reference(w).value(heap));
                    heap.put(w.place(REFERENT), Word::EMPTY.bits());
                    if !w.callback(heap).is_empty() && !w.callback(heap).is_none() {
                        callbacks.push(w.owner(heap).non_empty().unwrap_or(w.value()).word());
                    }
                }
            }
            if list.is_empty() {
                self.by_target.remove(&target);
            }
        }
        callbacks
    }
}

impl Heap {
    /// A weak reference; the callback is EMPTY (or None) for none.
    pub fn new_weakref(
        &self,
        target: Obj<'_>,
        callback: Value<'_>,
    ) -> Result<WeakRef<'_>, NoMemory> {
        let (at, words) = self.alloc(Kind::WeakRef, 0, 0, EXTRA + EXTRA_SLOTS)?;
        self.fill_empty(at as usize + 1, words - 1);
        self.put(
            at as usize + REFERENT,
            Word::int_wrapping(target.index() as i64).bits(),
        );
        self.put(at as usize + CALLBACK, callback.bits());
        let mut weak = self.weak.borrow_mut();
        weak.by_target.entry(target.index()).or_default().push(at);
        weak.young.push(at);
        Ok(WeakRef(Word::reference(at).value(self)))
    }

    /// The referent of a weak reference (or of an instance of a subclass), while it lives.
    pub fn weakref_target<'v>(&'v self, weakref: Value<'v>) -> Option<Value<'v>> {
        weakref.as_weakref(self)?.target(self)
    }

    /// Takes the callback of a weak reference (or of an instance of a subclass), if it has one.
    pub fn take_weakref_callback<'v>(&'v self, weakref: Value<'v>) -> Option<Value<'v>> {
        let weakref = weakref.as_weakref(self)?;
        let callback = weakref.callback(self).non_empty().filter(|c| !c.is_none());
        weakref.clear_callback(self);
        callback
    }

    /// The weak references to an object, oldest first.
    pub fn weakrefs_of<'v>(&'v self, target: Obj<'v>) -> Vec<WeakRef<'v>> {
        let weak = self.weak.borrow();
        weak.by_target
            .get(&target.index())
            .into_iter()
            .flatten()
            .map(|w| WeakRef(Word::reference(*w).value(self)))
            .collect()
    }

    /// Reports the object once when it has become unreachable (PEP 442): for instances whose class has `__del__`.
    pub fn register_finalizer(&self, obj: Obj<'_>) {
        self.weak.borrow_mut().finalize_young.push(obj.index());
    }

    /// Forgets the finalizers of objects that need none any more; of those registered since the last collection, or of all. To be asked before a collection.
    pub fn retain_finalizers(&self, all: bool, wanted: impl Fn(Obj<'_>) -> bool) {
        let wanted = |at: &u32| wanted(Obj::from_index(self, *at));
        let mut table = self.weak.borrow_mut();
        table.finalize_young.retain(wanted);
        if all {
            table.finalize_old.retain(wanted);
        }
    }

    /// Whether an object's finalizer is still to run.
    pub fn has_finalizer(&self, obj: Obj<'_>) -> bool {
        let table = self.weak.borrow();
        let at = obj.index();
        table.finalize_young.contains(&at) || table.finalize_old.contains(&at)
    }

    /// The objects that wait for their finalizers.
    pub fn finalizable(&self) -> Vec<Word> {
        let table = self.weak.borrow();
        let all = table.finalize_old.iter().chain(&table.finalize_young);
        all.map(|at| Word::reference(*at)).collect()
    }

    /// The callbacks of all weak references.
    pub fn weakref_callbacks(&self) -> Vec<Value<'_>> {
        let table = self.weak.borrow();
        let all = table.by_target.values().flatten();
        all.map(|w| WeakRef(Word::reference(*w).value(self)).callback(self))
            .filter(|callback| !callback.is_empty() && !callback.is_none())
            .collect()
    }

    /// Every object that still waits for its finalizer: for the end of the interpreter. They are reported no more.
    pub fn take_finalizers(&self) -> Vec<Word> {
        let mut weak = self.weak.borrow_mut();
        let old = std::mem::take(&mut weak.finalize_old);
        let young = std::mem::take(&mut weak.finalize_young);
        old.into_iter().chain(young).map(Word::reference).collect()
    }
}
