//! The order of finalization: of objects that died together, one that leads to another comes first, as it would if counts of references decided.
//!
//! Strongly connected components after Tarjan, without recursion. They are found with what they lead to first, so their numbers are ranks.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::gc::IndexHasher;
use crate::object::Obj;
use crate::word::Word;
use crate::{Heap, Value};

/// More garbage than this is not looked through.
const OBJECTS_MAX: usize = 1 << 16;

struct Node {
    low: u32,
    component: Option<u32>,
}
struct Visit {
    node: usize,
    referents: Vec<u32>,
    next: usize,
}

/// A rank for each of `dead`: objects of higher ranks are not reachable from those of lower ones. Equal where they reach each other, or where there is
/// too much garbage to tell. Independent objects have falling ranks in the order of `dead`.
pub(crate) fn ranks(heap: &Heap, dead: &[Word], is_garbage: impl Fn(u32) -> bool) -> Vec<u32> {
    let none = vec![0; dead.len()];
    if dead.len() < 2 {
        return none;
    }
    let mut known: HashMap<u32, usize, BuildHasherDefault<IndexHasher>> = HashMap::default();
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut components = 0;
    let mut visits: Vec<Visit> = Vec::new();
    let referents = |at: u32| -> Vec<u32> {
        let Some(object): Option<Obj<'_>> = Word::reference(at).value(heap).as_obj() else {
            return Vec::new();
        };
        let all = heap.referents(object).into_iter().map(Value::word);
        all.filter_map(Word::as_ref_index)
            .filter(|at| is_garbage(*at))
            .collect()
    };
    for root in dead.iter().rev().filter_map(|w| w.as_ref_index()) {
        let mut enter = Some(root);
        loop {
            if let Some(at) = enter.take().filter(|at| !known.contains_key(at)) {
                if nodes.len() >= OBJECTS_MAX {
                    return none;
                }
                let node = nodes.len();
                known.insert(at, node);
                nodes.push(Node {
                    low: node as u32,
                    component: None,
                });
                open.push(node);
                visits.push(Visit {
                    node,
                    referents: referents(at),
                    next: 0,
                });
            }
            let Some(visit) = visits.last_mut() else {
                break;
            };
            let node = visit.node;
            if let Some(to) = visit.referents.get(visit.next) {
                visit.next += 1;
                match known.get(to) {
                    Some(&other) if nodes[other].component.is_none() => {
                        nodes[node].low = nodes[node].low.min(other as u32);
                    }
                    Some(_) => {}
                    None => enter = Some(*to),
                }
                continue;
            }
            visits.pop();
            let low = nodes[node].low;
            if let Some(outer) = visits.last() {
                nodes[outer.node].low = nodes[outer.node].low.min(low);
            }
            if low as usize == node {
                while let Some(member) = open.pop() {
                    nodes[member].component = Some(components);
                    if member == node {
                        break;
                    }
                }
                components += 1;
            }
        }
    }
    dead.iter()
        .map(|w| {
            let node = w.as_ref_index().and_then(|at| known.get(&at));
            node.and_then(|n| nodes[*n].component).unwrap_or(0)
        })
        .collect()
}
