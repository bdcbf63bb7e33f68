//! `_bisect`: binary search in sorted sequences.

use crate::support::*;

pub static MODULE: NativeModule = NativeModule {
    name: "_bisect",
    doc: "Bisection algorithms: where an item belongs in a sorted list.",
    functions: methods! {
        "bisect_right(a, x, lo=0, hi=None, *, key=None)" => static calls bisect_right(a, x, lo, hi, key), "Return the index behind the last item of sorted a that is not greater than x.";
        "bisect_left(a, x, lo=0, hi=None, *, key=None)" => static calls bisect_left(a, x, lo, hi, key), "Return the index of the first item of sorted a that is not less than x.";
        "insort_right(a, x, lo=0, hi=None, *, key=None)" => static calls insort_right(a, x, lo, hi, key), "Insert item x in list a, and keep it sorted; to the right of items equal to it.";
        "insort_left(a, x, lo=0, hi=None, *, key=None)" => static calls insort_left(a, x, lo, hi, key), "Insert item x in list a, and keep it sorted; to the left of items equal to it.";
    },
    types: &[],
    init: None,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn given(vm: &Vm, x: Option<Local>) -> Option<Local> {
    x.filter(|x| !x.value(vm).is_none())
}
fn search(
    vm: &mut Vm,
    side: Side,
    a: Local,
    x: Local,
    lo: Option<i64>,
    hi: Option<Local>,
    key: Option<Local>,
) -> Py<usize> {
    let mut lo =
        usize::try_from(lo.unwrap_or(0)).map_err(|_| vm.value_error("lo must be non-negative"))?;
    let hi = match given(vm, hi) {
        Some(hi) => vm.index(hi)?,
        None => -1,
    };
    let mut hi = if hi == -1 {
        vm.len(a)?
    } else {
        hi.max(0) as usize
    };
    let [index, item] = vm.locals([Value::NONE, Value::NONE]);
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        index.set(vm, vm.int(middle as i64));
        vm.get_item(a, index)?.put(vm, item);
        if let Some(key) = key {
            vm.call(key, &[item])?.put(vm, item);
        }
        let left = match side {
            Side::Left => !vm.less(item, x)?,
            Side::Right => vm.less(x, item)?,
        };
        if left {
            hi = middle;
        } else {
            lo = middle + 1;
        }
    }
    Ok(lo)
}
fn insert(
    vm: &mut Vm,
    side: Side,
    a: Local,
    x: Local,
    lo: Option<i64>,
    hi: Option<Local>,
    key: Option<Local>,
) -> Py<()> {
    let key = given(vm, key);
    let sought = match key {
        Some(key) => vm.call(key, &[x])?.keep(vm),
        None => x,
    };
    let at = search(vm, side, a, sought, lo, hi, key)?;
    if let Some(list) = a.value(vm).as_exact_list(vm) {
        let at = at.min(list.len(vm));
        list.insert(vm, at, x.value(vm))?;
        return Ok(());
    }
    let index = vm.local(vm.int(at as i64));
    vm.call_method(a, "insert", &[index, x]).map(|_| ())
}

type Lo = Option<i64>;
type Opt = Option<Local>;
fn bisect_right(vm: &mut Vm, a: Local, x: Local, lo: Lo, hi: Opt, key: Opt) -> Py<usize> {
    let key = given(vm, key);
    search(vm, Side::Right, a, x, lo, hi, key)
}
fn bisect_left(vm: &mut Vm, a: Local, x: Local, lo: Lo, hi: Opt, key: Opt) -> Py<usize> {
    let key = given(vm, key);
    search(vm, Side::Left, a, x, lo, hi, key)
}
fn insort_right(vm: &mut Vm, a: Local, x: Local, lo: Lo, hi: Opt, key: Opt) -> Py<()> {
    insert(vm, Side::Right, a, x, lo, hi, key)
}
fn insort_left(vm: &mut Vm, a: Local, x: Local, lo: Lo, hi: Opt, key: Opt) -> Py<()> {
    insert(vm, Side::Left, a, x, lo, hi, key)
}
