//! Combinatorics: `product`, `combinations`, `combinations_with_replacement`, `permutations`.
//!
//! All four hold pools of items (tuples) and a list of indices into them that is advanced at each step. Nothing here runs Python code once the pools
//! are made.

use super::itself;
use crate::support::*;

const POOL: usize = 0;
/// A list of small integers; Empty before the first step, None at the end.
const INDICES: usize = 1;
/// combinations: how many to choose; permutations the same.
const R: usize = 2;
/// permutations: how often each place is still to be swapped.
const CYCLES: usize = 3;

fn load(vm: &Vm, this: Local, at: usize) -> Vec<usize> {
    slot(vm, this, at).as_list(vm).map_or_else(Vec::new, |l| {
        l.iter(vm)
            .map(|v| v.as_small_int().unwrap_or(0) as usize)
            .collect()
    })
}
fn save(vm: &Vm, this: Local, at: usize, indices: &[usize]) -> Py<()> {
    if let Some(l) = slot(vm, this, at).as_list(vm) {
        if l.len(vm) == indices.len() {
            for (i, n) in indices.iter().enumerate() {
                l.set(vm, i, vm.int(*n as i64));
            }
            return Ok(());
        }
    }
    let values: Vec<Value<'_>> = indices.iter().map(|n| vm.int(*n as i64)).collect();
    set_slot(vm, this, at, vm.new_list(&values)?.value());
    Ok(())
}
/// Items of a pool by indices, as the step's result.
fn select(vm: &Vm, this: Local, indices: &[usize]) -> Py<bool> {
    let Some(pool) = slot(vm, this, POOL).as_tuple(vm) else {
        return Ok(false);
    };
    let values: Vec<Value<'_>> = indices
        .iter()
        .map(|i| pool.at(vm, *i).unwrap_or(Value::NONE))
        .collect();
    super::give(vm.ret(vm.new_tuple(&values)?.value()))
}
fn over(vm: &Vm, this: Local) -> Py<bool> {
    set_slot(vm, this, INDICES, Value::NONE);
    Ok(false)
}
fn pool_len(vm: &Vm, this: Local) -> usize {
    slot(vm, this, POOL).as_tuple(vm).map_or(0, |t| t.len(vm))
}
fn choice(vm: &mut Vm, cls: Local, def: &'static TypeDef, iterable: Local, r: i64) -> Py<Local> {
    let pool = vm.tuple_from_iterable(iterable)?.keep(vm);
    if r < 0 {
        return Err(vm.value_error("r must be non-negative"));
    }
    let made = make(vm, cls, def)?;
    set_slot(vm, made, POOL, pool.value(vm));
    set_int_slot(vm, made, R, r);
    Ok(made)
}
/// How many indices there are to be: more than this would be refused by memory anyway.
fn count(vm: &Vm, this: Local) -> Py<usize> {
    let r = int_slot(vm, this, R) as usize;
    if r > 1 << 28 {
        return Err(vm.memory_error());
    }
    Ok(r)
}

pub static COMBINATIONS: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.combinations",
    doc: "Return successive r-length combinations of elements in the iterable.\n\ncombinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)",
    layout: Layout::Slots(3),
    flags: BASE,
    methods: methods! {
        "__new__(cls, iterable, r)" => static calls combinations_new(cls, iterable, r), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(combinations_next),
    ..TypeDef::EMPTY
};
fn combinations_new(vm: &mut Vm, cls: Local, iterable: Local, r: i64) -> Py<Local> {
    choice(vm, cls, &COMBINATIONS, iterable, r)
}
fn combinations_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let vm: &Vm = vm;
    let state = slot(vm, this, INDICES);
    if state.is_none() {
        return Ok(false);
    }
    let n = pool_len(vm, this);
    let indices = if state.is_empty() {
        if int_slot(vm, this, R) as usize > n {
            return over(vm, this);
        }
        (0..count(vm, this)?).collect()
    } else {
        let mut indices = load(vm, this, INDICES);
        let r = indices.len();
        // The rightmost index that can still move.
        let Some(i) = (0..r).rev().find(|i| indices[*i] + r != i + n) else {
            return over(vm, this);
        };
        let start = indices[i] + 1;
        for (offset, index) in indices[i..].iter_mut().enumerate() {
            *index = start + offset;
        }
        indices
    };
    save(vm, this, INDICES, &indices)?;
    select(vm, this, &indices)
}

pub static COMBINATIONS_WITH_REPLACEMENT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.combinations_with_replacement",
    doc: "Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.\n\ncombinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')",
    layout: Layout::Slots(3),
    flags: BASE,
    methods: methods! {
        "__new__(cls, iterable, r)" => static calls replacement_new(cls, iterable, r), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(replacement_next),
    ..TypeDef::EMPTY
};
fn replacement_new(vm: &mut Vm, cls: Local, iterable: Local, r: i64) -> Py<Local> {
    choice(vm, cls, &COMBINATIONS_WITH_REPLACEMENT, iterable, r)
}
fn replacement_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let vm: &Vm = vm;
    let state = slot(vm, this, INDICES);
    if state.is_none() {
        return Ok(false);
    }
    let n = pool_len(vm, this);
    let indices = if state.is_empty() {
        if n == 0 && int_slot(vm, this, R) > 0 {
            return over(vm, this);
        }
        vec![0; count(vm, this)?]
    } else {
        let mut indices = load(vm, this, INDICES);
        let Some(i) = (0..indices.len()).rev().find(|i| indices[*i] + 1 != n) else {
            return over(vm, this);
        };
        let next = indices[i] + 1;
        indices[i..].fill(next);
        indices
    };
    save(vm, this, INDICES, &indices)?;
    select(vm, this, &indices)
}

pub static PERMUTATIONS: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.permutations",
    doc: "Return successive r-length permutations of elements in the iterable.\n\npermutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)",
    layout: Layout::Slots(4),
    flags: BASE,
    methods: methods! {
        "__new__(cls, iterable, r=None)" => static calls permutations_new(cls, iterable, r), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(permutations_next),
    ..TypeDef::EMPTY
};
fn permutations_new(vm: &mut Vm, cls: Local, iterable: Local, r: Option<Local>) -> Py<Local> {
    let pool = vm.tuple_from_iterable(iterable)?.keep(vm);
    let r = match r.filter(|r| !r.value(vm).is_none()) {
        Some(r) if !vm.is_int(r.value(vm)) => return Err(vm.type_error("Expected int as r")),
        Some(r) => vm.index(r)?,
        None => tuple_len(vm, pool) as i64,
    };
    choice(vm, cls, &PERMUTATIONS, pool, r)
}
fn permutations_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let vm: &Vm = vm;
    let state = slot(vm, this, INDICES);
    if state.is_none() {
        return Ok(false);
    }
    let n = pool_len(vm, this);
    let r = int_slot(vm, this, R) as usize;
    if state.is_empty() {
        if r > n {
            return over(vm, this);
        }
        let indices: Vec<usize> = (0..n).collect();
        let cycles: Vec<usize> = (0..r).map(|i| n - i).collect();
        save(vm, this, INDICES, &indices)?;
        save(vm, this, CYCLES, &cycles)?;
        return select(vm, this, &indices[..r]);
    }
    let mut indices = load(vm, this, INDICES);
    let mut cycles = load(vm, this, CYCLES);
    if n == 0 {
        return over(vm, this);
    }
    for i in (0..r).rev() {
        cycles[i] -= 1;
        if cycles[i] == 0 {
            indices[i..].rotate_left(1);
            cycles[i] = n - i;
        } else {
            let j = n - cycles[i];
            indices.swap(i, j);
            save(vm, this, INDICES, &indices)?;
            save(vm, this, CYCLES, &cycles)?;
            return select(vm, this, &indices[..r]);
        }
    }
    over(vm, this)
}

pub static PRODUCT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.product",
    doc: "Cartesian product of input iterables.  Equivalent to nested for-loops.\n\nFor example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).\nThe leftmost iterators are in the outermost for-loop, so the output tuples\ncycle in a manner similar to an odometer (with the rightmost element changing\non every iteration).\n\nTo compute the product of an iterable with itself, specify the number\nof repetitions with the optional repeat keyword argument. For example,\nproduct(A, repeat=4) means the same as product(A, A, A, A).",
    layout: Layout::Slots(2),
    flags: BASE,
    methods: methods! {
        "__new__(cls, /, *iterables, repeat=1)" => static calls product_new(cls, iterables, repeat), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(product_next),
    ..TypeDef::EMPTY
};
fn product_new(vm: &mut Vm, cls: Local, iterables: Local, repeat: Option<i64>) -> Py<Local> {
    let repeat = repeat.unwrap_or(1);
    if repeat < 0 {
        return Err(vm.value_error("repeat argument cannot be negative"));
    }
    let given = tuple_len(vm, iterables);
    let total = match (given as i64).checked_mul(repeat) {
        None => return Err(vm.overflow_error("repeat argument too large")),
        Some(n) if n > 1 << 28 => return Err(vm.memory_error()),
        Some(n) => n as usize,
    };
    let pools = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    // With repeat=0 no iterable is looked at.
    if total > 0 {
        let one = vm.local(Value::NONE);
        for i in 0..given {
            one.set(vm, tuple_at(vm, iterables, i));
            vm.tuple_from_iterable(one)?.put(vm, one);
            pools.get(vm).push(vm, one.value(vm))?;
        }
        for _ in 1..repeat {
            for i in 0..given {
                one.set(vm, pools.get(vm).at(vm, i).unwrap_or(Value::NONE));
                pools.get(vm).push(vm, one.value(vm))?;
            }
        }
    }
    let pools = vm.tuple_from_iterable(pools.any())?.keep(vm);
    let made = make(vm, cls, &PRODUCT)?;
    set_slot(vm, made, POOL, pools.value(vm));
    Ok(made)
}
fn product_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let vm: &Vm = vm;
    let state = slot(vm, this, INDICES);
    if state.is_none() {
        return Ok(false);
    }
    let pools: Vec<Tuple<'_>> = slot(vm, this, POOL)
        .as_tuple(vm)
        .map(|t| t.iter(vm).filter_map(|p| p.as_tuple(vm)).collect())
        .unwrap_or_default();
    let mut indices = load(vm, this, INDICES);
    if state.is_empty() {
        if pools.iter().any(|p| p.is_empty(vm)) {
            return over(vm, this);
        }
        indices = vec![0; pools.len()];
    } else {
        // Like an odometer, from the right.
        let mut moved = false;
        for (index, pool) in indices.iter_mut().zip(&pools).rev() {
            *index += 1;
            if *index < pool.len(vm) {
                moved = true;
                break;
            }
            *index = 0;
        }
        if !moved {
            return over(vm, this);
        }
    }
    save(vm, this, INDICES, &indices)?;
    let values: Vec<Value<'_>> = indices
        .iter()
        .zip(&pools)
        .map(|(i, p)| p.at(vm, *i).unwrap_or(Value::NONE))
        .collect();
    super::give(vm.ret(vm.new_tuple(&values)?.value()))
}
