//! `_heapq`: heaps in lists, the least item first or the greatest.
//!
//! Comparisons run Python code, which may change the list: every step compares its length with what it was and gives up if it changed.

use crate::support::*;

pub static MODULE: NativeModule = NativeModule {
    name: "_heapq",
    doc: "Heap queue algorithm: lists in which heap[k] <= heap[2*k+1] and heap[k] <= heap[2*k+2] for all k.",
    functions: methods! {
        "heappush(heap, item, /)" => static calls heappush(heap, item), "Push item onto heap, maintaining the heap invariant.";
        "heappushpop(heap, item, /)" => static calls heappushpop(heap, item), "Push item on the heap, then pop and return the smallest item.";
        "heappop(heap, /)" => static calls heappop(heap), "Pop the smallest item off the heap, maintaining the heap invariant.";
        "heapreplace(heap, item, /)" => static calls heapreplace(heap, item), "Pop and return the smallest item, and add the new one.";
        "heapify(heap, /)" => static calls heapify(heap), "Transform list into a heap, in-place, in O(len(heap)) time.";
        "heappush_max(heap, item, /)" => static calls heappush_max(heap, item), "Push item onto max heap, maintaining the heap invariant.";
        "heappushpop_max(heap, item, /)" => static calls heappushpop_max(heap, item), "Maxheap variant of heappushpop.";
        "heappop_max(heap, /)" => static calls heappop_max(heap), "Maxheap variant of heappop.";
        "heapreplace_max(heap, item, /)" => static calls heapreplace_max(heap, item), "Maxheap variant of heapreplace.";
        "heapify_max(heap, /)" => static calls heapify_max(heap), "Maxheap variant of heapify.";
    },
    types: &[],
    init: Some(|vm, dict| {
        let vm: &Vm = vm;
        let about = vm
            .new_str(b"A heap is a binary tree kept in a list.")?
            .value();
        set_global(vm, dict, "__about__", about)
    }),
};

type Heap = Local<k::List>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Min,
    Max,
}
/// Whether `x` belongs above `y`.
fn above(vm: &mut Vm, order: Order, x: Local, y: Local) -> Py<bool> {
    match order {
        Order::Min => vm.less(x, y),
        Order::Max => vm.less(y, x),
    }
}
fn load(vm: &Vm, heap: Heap, i: usize, into: Local) -> Py<()> {
    match heap.get(vm).at(vm, i) {
        Some(v) => {
            into.set(vm, v);
            Ok(())
        }
        None => Err(changed(vm)),
    }
}
fn changed(vm: &Vm) -> Raised {
    vm.runtime_error("list changed size during iteration")
}
/// Moves the item at `at` up, not past `top`.
fn rise(vm: &mut Vm, order: Order, heap: Heap, top: usize, mut at: usize) -> Py<()> {
    let len = heap.get(vm).len(vm);
    let [item, parent] = vm.locals([Value::NONE, Value::NONE]);
    load(vm, heap, at, item)?;
    while at > top {
        let up = (at - 1) >> 1;
        load(vm, heap, up, parent)?;
        let rises = above(vm, order, item, parent)?;
        if heap.get(vm).len(vm) != len {
            return Err(changed(vm));
        }
        if !rises {
            break;
        }
        heap.get(vm).swap(vm, up, at);
        at = up;
    }
    Ok(())
}
/// Moves the item at `start` down to a leaf along the better children, and up again to where it belongs: that takes fewer comparisons than stopping on the way down.
fn sink(vm: &mut Vm, order: Order, heap: Heap, start: usize) -> Py<()> {
    let len = heap.get(vm).len(vm);
    let [left, right] = vm.locals([Value::NONE, Value::NONE]);
    let mut at = start;
    while at < len >> 1 {
        let mut child = 2 * at + 1;
        if child + 1 < len {
            load(vm, heap, child, left)?;
            load(vm, heap, child + 1, right)?;
            if !above(vm, order, left, right)? {
                child += 1;
            }
            if heap.get(vm).len(vm) != len {
                return Err(changed(vm));
            }
        }
        heap.get(vm).swap(vm, child, at);
        at = child;
    }
    rise(vm, order, heap, start, at)
}

fn push(vm: &mut Vm, order: Order, heap: Heap, item: Local) -> Py<()> {
    heap.get(vm).push(vm, item.value(vm))?;
    let last = heap.get(vm).len(vm) - 1;
    rise(vm, order, heap, 0, last)
}
fn pop(vm: &mut Vm, order: Order, heap: Heap) -> Py<Local> {
    let Some(last) = heap.get(vm).pop(vm) else {
        return Err(vm.index_error("index out of range"));
    };
    let last = vm.local(last);
    if heap.get(vm).is_empty(vm) {
        return Ok(last);
    }
    replace_top(vm, order, heap, last)
}
/// Puts an item in the place of the first, which is returned.
fn replace_top(vm: &mut Vm, order: Order, heap: Heap, item: Local) -> Py<Local> {
    let Some(top) = heap.get(vm).at(vm, 0) else {
        return Err(vm.index_error("index out of range"));
    };
    let top = vm.local(top);
    heap.get(vm).set(vm, 0, item.value(vm));
    sink(vm, order, heap, 0)?;
    Ok(top)
}
fn push_pop(vm: &mut Vm, order: Order, heap: Heap, item: Local) -> Py<Local> {
    let Some(top) = heap.get(vm).at(vm, 0) else {
        return Ok(item);
    };
    let top = vm.local(top);
    if above(vm, order, top, item)? {
        replace_top(vm, order, heap, item)
    } else {
        Ok(item)
    }
}
fn transform(vm: &mut Vm, order: Order, heap: Heap) -> Py<()> {
    for i in (0..heap.get(vm).len(vm) / 2).rev() {
        vm.scope(|vm| sink(vm, order, heap, i))?;
        vm.poll()?;
    }
    Ok(())
}

fn heappush(vm: &mut Vm, heap: Heap, item: Local) -> Py<()> {
    push(vm, Order::Min, heap, item)
}
fn heappushpop(vm: &mut Vm, heap: Heap, item: Local) -> Py<Local> {
    push_pop(vm, Order::Min, heap, item)
}
fn heappop(vm: &mut Vm, heap: Heap) -> Py<Local> {
    pop(vm, Order::Min, heap)
}
fn heapreplace(vm: &mut Vm, heap: Heap, item: Local) -> Py<Local> {
    replace_top(vm, Order::Min, heap, item)
}
fn heapify(vm: &mut Vm, heap: Heap) -> Py<()> {
    transform(vm, Order::Min, heap)
}
fn heappush_max(vm: &mut Vm, heap: Heap, item: Local) -> Py<()> {
    push(vm, Order::Max, heap, item)
}
fn heappushpop_max(vm: &mut Vm, heap: Heap, item: Local) -> Py<Local> {
    push_pop(vm, Order::Max, heap, item)
}
fn heappop_max(vm: &mut Vm, heap: Heap) -> Py<Local> {
    pop(vm, Order::Max, heap)
}
fn heapreplace_max(vm: &mut Vm, heap: Heap, item: Local) -> Py<Local> {
    replace_top(vm, Order::Max, heap, item)
}
fn heapify_max(vm: &mut Vm, heap: Heap) -> Py<()> {
    transform(vm, Order::Max, heap)
}
