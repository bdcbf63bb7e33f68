//! Small fixed objects: cells of closures, slices, ranges.

use crate::Heap;
use crate::kind::Kind;
use crate::object::{Obj, typed};
use crate::word::Value;

typed! {
    /// A variable shared by closures.
    Cell as_exact_cell as_cell Cell;
    /// A slice object: start, stop, step.
    Slice as_exact_slice as_slice Slice;
    /// A range object: start, stop, step and length, any of them big integers.
    Range as_exact_range as_range Range;
}

macro_rules! slots {
    ($ty:ident $($(#[$doc:meta])* $name:ident = $slot:literal,)*) => {
        impl<'v> $ty<'v> {$(
            $(#[$doc])*
            #[inline(always)]
            pub fn $name(self, heap: &'v Heap) -> Value<'v> {
                self.obj().slot(heap, $slot)
            }
        )*}
    };
}

slots! { Slice
    /// start
    start = 0,
    /// stop
    stop = 1,
    /// step
    step = 2,
}
slots! { Range
    /// start
    start = 0,
    /// stop
    stop = 1,
    /// step
    step = 2,
    /// length
    len = 3,
}
slots! { Cell
    /// The content; EMPTY while unbound.
    get = 0,
}

impl Cell<'_> {
    /// Stores the content; EMPTY unbinds.
    #[inline(always)]
    pub fn set(self, heap: &Heap, value: Value<'_>) {
        self.obj().set_slot(heap, 0, value);
    }
}

impl Heap {
    fn small<'v>(&'v self, kind: Kind, slots: &[Value<'_>]) -> Value<'v> {
        let obj: Obj<'v> = self.new_object(kind, 0, None, slots.len());
        for (i, v) in slots.iter().enumerate() {
            self.put(obj.index() as usize + 1 + i, v.bits());
        }
        obj.value()
    }

    /// A cell.
    pub fn new_cell(&self, content: Value<'_>) -> Cell<'_> {
        Cell(self.small(Kind::Cell, &[content]))
    }

    /// A slice.
    pub fn new_slice(&self, start: Value<'_>, stop: Value<'_>, step: Value<'_>) -> Slice<'_> {
        Slice(self.small(Kind::Slice, &[start, stop, step]))
    }

    /// A range, its length worked out by the caller.
    pub fn new_range(
        &self,
        start: Value<'_>,
        stop: Value<'_>,
        step: Value<'_>,
        len: Value<'_>,
    ) -> Range<'_> {
        Range(self.small(Kind::Range, &[start, stop, step, len]))
    }
}
