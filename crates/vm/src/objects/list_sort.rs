//! Sorting of lists: stable, adaptive to runs, without recursion.
//!
//! The elements leave the list for an array that a local keeps alive, and what is sorted is a vector of indices into it. So at every moment, also when a
//! comparison raises, the indices are a permutation, and the list gets all its elements back. Keys that are all small integers, all floats or all
//! strings are compared without Python.

use crate::local::{Local, Py, k};
use crate::vm::Vm;
use mesapy_heap::{Str, Value};
use std::cmp::Ordering;

pub(crate) fn sort(
    vm: &mut Vm,
    this: Local<k::List>,
    key: Option<Local>,
    reverse: Option<bool>,
) -> Py<()> {
    let reverse = reverse.unwrap_or(false);
    let items = {
        let vm: &Vm = vm;
        let items = vm.new_value_array_from(&this.get(vm).to_vec(vm))?;
        let items = vm.local(items.value());
        this.get(vm).clear_and_mark(vm);
        items
    };
    let key = key.filter(|f| !f.value(vm).is_none());
    let sorted = sorted_order(vm, items, key, reverse);
    let vm: &Vm = vm;
    let list = this.get(vm);
    // What was put in and taken out again counts too.
    let modified = !list.is_untouched(vm);
    let (order, result) = sorted;
    if let Some(array) = items.value(vm).as_value_array(vm) {
        let values: Vec<Value<'_>> = if order.is_empty() {
            array.to_vec(vm)
        } else {
            order.iter().map(|i| array.get(vm, *i as usize)).collect()
        };
        list.clear(vm);
        list.extend(vm, &values)?;
    }
    if modified && result.is_ok() {
        return Err(vm.value_error("list modified during sort"));
    }
    result
}

/// The order that sorts the array `items`; an empty one stands for the order as it is.
fn sorted_order(
    vm: &mut Vm,
    items: Local,
    key: Option<Local>,
    reverse: bool,
) -> (Vec<u32>, Py<()>) {
    let n = items.value(vm).as_value_array(vm).map_or(0, |a| a.len(vm));
    let keys = match key {
        None => items,
        Some(f) => match make_keys(vm, items, f, n) {
            Ok(keys) => keys,
            Err(raised) => return (Vec::new(), Err(raised)),
        },
    };
    if n < 2 {
        return (Vec::new(), Ok(()));
    }
    if let Some(order) = order_natively(vm, keys, reverse) {
        return (order, Ok(()));
    }
    // Stability under reversal: sort the mirrored sequence upwards, then mirror the result.
    let mut order: Vec<u32> = (0..n as u32).collect();
    if reverse {
        order.reverse();
    }
    let mut sorter = Sorter {
        keys,
        scratch: vm.locals([Value::NONE, Value::NONE]),
    };
    let result = sorter.sort(vm, &mut order);
    if reverse {
        order.reverse();
    }
    (order, result)
}

fn make_keys(vm: &mut Vm, items: Local, f: Local, n: usize) -> Py<Local> {
    let keys = vm.local(vm.new_value_array(n)?.value());
    let item = vm.local(Value::NONE);
    for i in 0..n {
        item.set(vm, element(vm, items, i));
        let ret = vm.call(f, &[item])?;
        let key = ret.get(vm);
        if let Some(array) = keys.value(vm).as_value_array(vm) {
            array.set(vm, i, key);
        }
    }
    Ok(keys)
}
#[inline]
fn element<'v>(vm: &'v Vm, array: Local, i: usize) -> Value<'v> {
    array
        .value(vm)
        .as_value_array(vm)
        .map_or(Value::NONE, |a| a.get(vm, i))
}

/// The order for keys that are all of one simple type.
fn order_natively(vm: &Vm, keys: Local, reverse: bool) -> Option<Vec<u32>> {
    let array = keys.value(vm).as_value_array(vm)?;
    let first = array.at(vm, 0)?;
    if first.is_small_int() {
        let keys: Option<Vec<i64>> = array.iter(vm).map(|v| v.as_small_int()).collect();
        return keys.map(|keys| order_by(keys, reverse, |a, b| a.cmp(b)));
    }
    if first.is_float_imm() {
        // Immediate floats are no NaNs, so they are totally ordered but for the two zeros, which are equal.
        let keys: Option<Vec<f64>> = array.iter(vm).map(|v| v.as_float_imm()).collect();
        return keys.map(|keys| {
            order_by(keys, reverse, |a, b| {
                a.partial_cmp(b).unwrap_or(Ordering::Equal)
            })
        });
    }
    if first.as_exact_str(vm).is_some() {
        // WTF-8 sorts by code points when sorted by bytes.
        let keys: Option<Vec<&[u8]>> = array
            .iter(vm)
            .map(|v| v.as_exact_str(vm).map(|s: Str<'_>| s.bytes(vm)))
            .collect();
        return keys.map(|keys| order_by(keys, reverse, |a, b| a.cmp(b)));
    }
    None
}
fn order_by<T>(keys: Vec<T>, reverse: bool, compare: impl Fn(&T, &T) -> Ordering) -> Vec<u32> {
    let mut pairs: Vec<(T, u32)> = keys.into_iter().zip(0u32..).collect();
    if reverse {
        pairs.sort_by(|a, b| compare(&b.0, &a.0));
    } else {
        pairs.sort_by(|a, b| compare(&a.0, &b.0));
    }
    pairs.into_iter().map(|(_, i)| i).collect()
}

/// Runs shorter than this are lengthened by binary insertion.
const MIN_RUN: usize = 32;

/// Merge sort over natural runs, by `__lt__`.
struct Sorter {
    keys: Local,
    scratch: [Local; 2],
}

impl Sorter {
    fn less(&mut self, vm: &mut Vm, a: u32, b: u32) -> Py<bool> {
        let [x, y] = self.scratch;
        x.set(vm, element(vm, self.keys, a as usize));
        y.set(vm, element(vm, self.keys, b as usize));
        vm.less(x, y)
    }

    fn sort(&mut self, vm: &mut Vm, order: &mut [u32]) -> Py<()> {
        // A stack of runs whose lengths shrink at least by half towards the top, so that merges are balanced and the stack is short.
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let mut start = 0;
        while start < order.len() {
            let mut end = self.natural_run(vm, order, start)?;
            let wanted = (start + MIN_RUN).min(order.len());
            if end < wanted {
                self.insert(vm, &mut order[start..wanted], end - start)?;
                end = wanted;
            }
            runs.push((start, end));
            start = end;
            while runs.len() > 1 && {
                let (a, b) = (runs[runs.len() - 2], runs[runs.len() - 1]);
                (b.1 - b.0) * 2 > a.1 - a.0
            } {
                self.merge_top(vm, order, &mut runs)?;
            }
        }
        while runs.len() > 1 {
            self.merge_top(vm, order, &mut runs)?;
        }
        Ok(())
    }

    /// The end of the run that starts at `start`; a strictly falling one is reversed.
    fn natural_run(&mut self, vm: &mut Vm, order: &mut [u32], start: usize) -> Py<usize> {
        let mut end = start + 1;
        if end == order.len() {
            return Ok(end);
        }
        let falling = self.less(vm, order[end], order[start])?;
        end += 1;
        while end < order.len() && self.less(vm, order[end], order[end - 1])? == falling {
            end += 1;
        }
        if falling {
            order[start..end].reverse();
        }
        Ok(end)
    }

    /// Binary insertion of `part[sorted..]` into `part[..sorted]`.
    fn insert(&mut self, vm: &mut Vm, part: &mut [u32], sorted: usize) -> Py<()> {
        for i in sorted..part.len() {
            let at = self.upper_bound(vm, &part[..i], part[i])?;
            part[at..=i].rotate_right(1);
        }
        Ok(())
    }
    /// How many elements of a sorted part are not greater than `x`.
    fn upper_bound(&mut self, vm: &mut Vm, part: &[u32], x: u32) -> Py<usize> {
        let (mut low, mut high) = (0, part.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.less(vm, x, part[middle])? {
                high = middle
            } else {
                low = middle + 1
            }
        }
        Ok(low)
    }
    /// How many elements of a sorted part are less than `x`.
    fn lower_bound(&mut self, vm: &mut Vm, part: &[u32], x: u32) -> Py<usize> {
        let (mut low, mut high) = (0, part.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.less(vm, part[middle], x)? {
                low = middle + 1
            } else {
                high = middle
            }
        }
        Ok(low)
    }

    fn merge_top(
        &mut self,
        vm: &mut Vm,
        order: &mut [u32],
        runs: &mut Vec<(usize, usize)>,
    ) -> Py<()> {
        let (Some(b), Some(a)) = (runs.pop(), runs.pop()) else {
            return Ok(());
        };
        runs.push((a.0, b.1));
        let (left, right) = order[a.0..b.1].split_at(a.1 - a.0);
        // What is in its place already at both ends needs no merging.
        let skip = self.upper_bound(vm, left, right[0])?;
        let left = &left[skip..];
        let Some(last) = left.last() else {
            return Ok(());
        };
        let right = &right[..self.lower_bound(vm, right, *last)?];
        let mut merged = Vec::with_capacity(left.len() + right.len());
        let (mut i, mut j) = (0, 0);
        while i < left.len() && j < right.len() {
            if self.less(vm, right[j], left[i])? {
                merged.push(right[j]);
                j += 1;
            } else {
                merged.push(left[i]);
                i += 1;
            }
        }
        merged.extend_from_slice(&left[i..]);
        merged.extend_from_slice(&right[j..]);
        let first = a.0 + skip;
        order[first..first + merged.len()].copy_from_slice(&merged);
        Ok(())
    }
}
