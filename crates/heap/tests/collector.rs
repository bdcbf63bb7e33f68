//! The collector: what is reachable lives with its content intact, all else goes; in minor, full and stress mode.

use std::collections::{HashMap, HashSet};

use mesapy_heap::*;

fn config() -> HeapConfig {
    HeapConfig {
        cage_bytes_max: 1 << 30,
        stack_bytes_max: 1 << 20,
        ..HeapConfig::default()
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// A node: what kind of object it is, its name, and the nodes it refers to.
#[derive(Clone)]
struct Node {
    word: Word,
    kind: usize,
    edges: Vec<usize>,
}

const KINDS: usize = 7;

/// A new object that carries its number.
fn make(h: &Heap, kind: usize, id: usize, size: usize) -> Word {
    let tag = h.int(id as i64);
    match kind {
        0 => h.new_list(&[tag]).unwrap().word(),
        1 => {
            let d = h.new_dict();
            d.set_str(h, h.str_from("id").unwrap(), tag).unwrap();
            d.word()
        }
        2 => {
            let o = h.new_object(Kind::Generator, 0, None, 1 + size);
            o.set_slot(h, 0, tag);
            o.word()
        }
        3 => {
            let o = h.new_instance(h.new_class_shapes(Value::NONE, 1, 2, true), 0);
            o.set_slot(h, 0, tag);
            o.word()
        }
        4 => {
            let a = h.new_value_array(2 + size).unwrap();
            a.set(h, 0, tag);
            a.word()
        }
        5 => {
            let b = h.new_bytearray(&vec![id as u8; size]).unwrap();
            b.set_extra(h, 0, tag);
            b.word()
        }
        _ => h
            .new_str(format!("é string {id}").repeat(1 + size / 4).as_bytes())
            .unwrap()
            .word(),
    }
}

/// Makes a node's edges what they should be.
fn link(h: &Heap, node: &Node, targets: &[Word]) {
    let v = node.word.value(h);
    let values: Vec<Value> = targets.iter().map(|w| w.value(h)).collect();
    match node.kind {
        0 => {
            let l = v.as_list(h).unwrap();
            l.truncate(h, 1);
            values.iter().for_each(|t| l.push(h, *t).unwrap());
        }
        1 => {
            let d = v.as_dict(h).unwrap();
            while d.len(h) > 1 {
                d.popitem_last(h);
            }
            for (i, t) in values.iter().enumerate() {
                if i % 2 == 0 {
                    d.insert_new(h, i as u64, h.int(i as i64), *t).unwrap();
                } else {
                    d.insert_new(h, 77, *t, Value::NONE).unwrap();
                }
            }
        }
        2 => {
            let o = v.as_obj().unwrap();
            (0..o.slot_count(h) - 1)
                .for_each(|i| o.set_slot(h, 1 + i, values.get(i).copied().unwrap_or(Value::EMPTY)));
        }
        3 => {
            let o = v.as_obj().unwrap();
            for name in h.attr_names(o) {
                h.attr_del(o, name);
            }
            for (i, t) in values.iter().enumerate() {
                h.attr_set(o, h.str_from(&format!("edge{i}")).unwrap(), *t)
                    .unwrap();
            }
        }
        4 => {
            let a = v.as_value_array(h).unwrap();
            (1..a.len(h))
                .for_each(|i| a.set(h, i, values.get(i - 1).copied().unwrap_or(Value::EMPTY)));
        }
        5 => {
            let b = v.as_bytearray(h).unwrap();
            b.set_extra(h, 1, values.first().copied().unwrap_or(Value::EMPTY));
        }
        _ => {}
    }
}

/// How many edges a node of that kind and size can hold.
fn edges_max(kind: usize, size: usize) -> usize {
    match kind {
        0 | 1 | 3 => 12,
        2 => size,
        4 => size + 1,
        5 => 1,
        _ => 0,
    }
}

fn check(h: &Heap, id: usize, node: &Node, nodes: &HashMap<usize, Node>) {
    let v = node.word.value(h);
    let tag = h.int(id as i64);
    let found: Vec<Value> = match node.kind {
        0 => v.as_list(h).unwrap().to_vec(h),
        1 => v
            .as_dict(h)
            .unwrap()
            .iter(h)
            .flat_map(|(k, v)| [k, v])
            .filter(|v| !v.is_none())
            .collect(),
        2 => (0..v.as_obj().unwrap().slot_count(h))
            .map(|i| v.as_obj().unwrap().slot(h, i))
            .collect(),
        3 => {
            let o = v.as_obj().unwrap();
            let mut all = vec![o.slot(h, 0)];
            all.extend(
                h.attr_names(o)
                    .into_iter()
                    .map(|n| h.attr_get(o, n).unwrap()),
            );
            all
        }
        4 => v.as_value_array(h).unwrap().to_vec(h),
        5 => {
            let b = v.as_bytearray(h).unwrap();
            assert!(b.to_vec(h, 0..usize::MAX).iter().all(|x| *x == id as u8));
            vec![b.extra(h, 0), b.extra(h, 1)]
        }
        _ => {
            let s = v.as_str(h).unwrap();
            assert!(
                s.as_utf8(h).unwrap().starts_with(&format!("é string {id}")),
                "{id}"
            );
            assert_eq!(
                s.chars(h).nth(s.char_len(h) - 1),
                s.char_at(h, s.char_len(h) - 1)
            );
            return;
        }
    };
    assert!(
        found.contains(&tag),
        "node {id} of kind {} has lost its number",
        node.kind
    );
    for edge in &node.edges {
        assert!(
            found.contains(&nodes[edge].word.value(h)),
            "edge {id} -> {edge}"
        );
    }
}

fn reachable(nodes: &HashMap<usize, Node>, roots: &[usize]) -> HashSet<usize> {
    let mut seen = HashSet::new();
    let mut todo = roots.to_vec();
    while let Some(id) = todo.pop() {
        if seen.insert(id) {
            todo.extend(&nodes[&id].edges);
        }
    }
    seen
}

fn fuzz(stress: bool, seed: u64, steps: usize) {
    let mut h = Heap::new(HeapConfig { stress, ..config() }).unwrap();
    let mut random = Random(seed);
    let mut nodes: HashMap<usize, Node> = HashMap::new();
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    let mut roots: Vec<usize> = Vec::new();
    let mut next = 0;
    for step in 0..steps {
        for _ in 0..20 {
            let ids: Vec<usize> = reachable(&nodes, &roots).into_iter().collect();
            match random.below(4) {
                0 | 1 => {
                    let kind = random.below(KINDS);
                    let size = if random.below(30) == 0 {
                        500 + random.below(3000)
                    } else {
                        random.below(20)
                    };
                    nodes.insert(
                        next,
                        Node {
                            word: make(&h, kind, next, size),
                            kind,
                            edges: Vec::new(),
                        },
                    );
                    sizes.insert(next, size);
                    roots.push(next);
                    next += 1;
                }
                2 if !ids.is_empty() => {
                    let mut ids = ids;
                    ids.sort_unstable();
                    let id = ids[random.below(ids.len())];
                    let kind = nodes[&id].kind;
                    let n = random.below(edges_max(kind, sizes[&id]).min(12) + 1);
                    let edges: Vec<usize> = (0..n).map(|_| ids[random.below(ids.len())]).collect();
                    let targets: Vec<Word> = edges.iter().map(|e| nodes[e].word).collect();
                    link(&h, &nodes[&id], &targets);
                    nodes.get_mut(&id).unwrap().edges = edges;
                }
                _ if roots.len() > 10 => {
                    roots.swap_remove(random.below(roots.len()));
                }
                _ => {}
            }
        }
        let live = reachable(&nodes, &roots);
        nodes.retain(|id, _| live.contains(id));
        let what = if step % 5 == 4 {
            Collection::Full
        } else {
            Collection::Minor
        };
        let words: Vec<Word> = roots.iter().map(|r| nodes[r].word).collect();
        h.collect(what, &mut |m| words.iter().for_each(|w| m.mark(*w)));
        assert_eq!(h.gc_requested(), stress);
        nodes
            .iter()
            .for_each(|(id, node)| check(&h, *id, node, &nodes));
        if what == Collection::Full {
            let known: HashSet<u32> = nodes
                .values()
                .map(|n| (n.word.bits() >> 32) as u32)
                .collect();
            let mut left = 0;
            h.for_each_object(&mut |o| {
                let carries = matches!(
                    o.kind(&h),
                    Kind::List | Kind::Dict | Kind::Generator | Kind::Instance | Kind::ByteArray
                );
                assert!(
                    !carries || known.contains(&o.index()),
                    "{:?} should be dead",
                    o.kind(&h)
                );
                left += carries as usize;
            });
            assert_eq!(
                left,
                nodes.values().filter(|n| !matches!(n.kind, 4 | 6)).count()
            );
        }
    }
    h.collect(Collection::Full, &mut |_| {});
    let mut left = 0;
    h.for_each_object(&mut |o| left += !matches!(o.kind(&h), Kind::Str | Kind::Tuple) as usize);
    assert_eq!(left, 0);
}

#[test]
fn reachability() {
    for seed in 1..5 {
        fuzz(false, seed, 150);
    }
}

#[test]
fn reachability_under_stress() {
    for seed in 11..14 {
        fuzz(true, seed, 100);
    }
}

#[test]
fn checkpoint_tables_live_with_their_string() {
    let mut h = Heap::new(HeapConfig {
        stress: true,
        ..config()
    })
    .unwrap();
    let text = "日本語x".repeat(1000);
    let word = h.str_from(&text).unwrap().word();
    h.collect(Collection::Minor, &mut |m| m.mark(word));
    // The string is old now, and its table young.
    assert_eq!(
        word.value(&h).as_str(&h).unwrap().char_at(&h, 3999),
        Some('x' as u32)
    );
    for _ in 0..3 {
        h.collect(Collection::Minor, &mut |m| m.mark(word));
        h.new_bytes(&[1; 200]).unwrap();
        assert_eq!(
            word.value(&h).as_str(&h).unwrap().char_at(&h, 3998),
            Some('語' as u32)
        );
    }
    h.collect(Collection::Full, &mut |m| m.mark(word));
    assert_eq!(
        word.value(&h).as_str(&h).unwrap().char_to_byte(&h, 2000),
        5000
    );
}

#[test]
fn deep_and_wide() {
    let mut h = Heap::new(config()).unwrap();
    let mut chain = h.new_list(&[]).unwrap();
    for _ in 0..1_000_000 {
        chain = h.new_list(&[chain.value()]).unwrap();
    }
    let wide = h.new_list(&[chain.value()]).unwrap();
    for _ in 0..300_000 {
        wide.push(&h, h.new_tuple(&[Value::NONE]).unwrap().value())
            .unwrap();
    }
    let word = wide.word();
    let before = h.bytes_in_use();
    assert!(
        h.collect(Collection::Full, &mut |m| m.mark(word))
            .freed_objects
            < 10
    );
    assert!(h.collect(Collection::Full, &mut |_| {}).freed_objects > 2_300_000);
    assert!(h.bytes_in_use() < before / 50, "{}", h.bytes_in_use());
}

#[test]
fn garbage_is_collected_when_asked() {
    let mut h = Heap::new(config()).unwrap();
    let mut collections = 0;
    for i in 0..3_000_000 {
        h.new_list(&[h.int(i)]).unwrap();
        if h.gc_requested() {
            let due = h.collection_due();
            h.collect(due, &mut |_| {});
            collections += 1;
        }
    }
    assert!((5..40).contains(&collections), "{collections}");
    assert!(h.bytes_in_use() < 30 << 20);
    assert_eq!(h.stats().full, 0);
}

#[test]
fn weak_references() {
    for how in [Collection::Minor, Collection::Full] {
        let mut h = Heap::new(HeapConfig {
            stress: true,
            ..config()
        })
        .unwrap();
        let (keep, gone) = (
            h.new_list(&[]).unwrap().word(),
            h.new_list(&[]).unwrap().word(),
        );
        let (keep_obj, gone_obj) = (
            keep.value(&h).as_obj().unwrap(),
            gone.value(&h).as_obj().unwrap(),
        );
        let to_keep = h.new_weakref(keep_obj, Value::TRUE).unwrap().word();
        let to_gone = h.new_weakref(gone_obj, Value::TRUE).unwrap().word();
        let silent = h.new_weakref(gone_obj, Value::NONE).unwrap().word();
        h.new_weakref(gone_obj, Value::TRUE).unwrap();
        h.new_weakref(keep_obj, Value::TRUE).unwrap();
        let wrapped = h.new_weakref(gone_obj, Value::TRUE).unwrap();
        let root = h.new_class_shapes(Value::NONE, 1, 1, true);
        let owner = h.new_wrapped(root, 0, wrapped.value());
        wrapped.set_owner(&h, owner);
        let owner = owner.word();
        assert_eq!(h.weakrefs_of(gone_obj).len(), 4);
        let roots = [keep, to_keep, to_gone, silent, owner];
        let out = h.collect(how, &mut |m| roots.iter().for_each(|w| m.mark(*w)));
        // Of one object the newest comes first.
        assert_eq!(out.callbacks, [owner, to_gone]);
        let target = |w: Word| {
            w.value(&h)
                .as_weakref(&h)
                .unwrap()
                .target(&h)
                .map(Value::word)
        };
        assert_eq!(
            (target(to_keep), target(to_gone), target(silent)),
            (Some(keep), None, None)
        );
        assert_eq!(h.weakrefs_of(keep.value(&h).as_obj().unwrap()).len(), 1);
        let out = h.collect(Collection::Full, &mut |m| m.mark(to_keep));
        assert_eq!(out.callbacks, [to_keep]);
    }
}

#[test]
fn finalizers() {
    for how in [Collection::Minor, Collection::Full] {
        let mut h = Heap::new(HeapConfig {
            stress: true,
            ..config()
        })
        .unwrap();
        let child = h.new_list(&[h.int(7)]).unwrap();
        let obj = h.new_object(Kind::Instance, 0, None, 1);
        obj.set_slot(&h, 0, child.value());
        let weak = h.new_weakref(obj, Value::NONE).unwrap().word();
        h.register_finalizer(obj);
        let word = obj.word();
        let out = h.collect(how, &mut |m| {
            [word, weak].into_iter().for_each(|w| m.mark(w))
        });
        assert!(out.finalize.is_empty());
        let out = h.collect(Collection::Full, &mut |m| m.mark(weak));
        assert_eq!(out.finalize, [word], "reported once it is unreachable");
        let child = word
            .value(&h)
            .as_obj()
            .unwrap()
            .slot(&h, 0)
            .as_list(&h)
            .unwrap();
        assert_eq!(child.get(&h, 0), h.int(7), "what it refers to lives, too");
        assert!(weak.value(&h).as_weakref(&h).unwrap().target(&h).is_some());
        assert!(
            h.collect(Collection::Full, &mut |m| m.mark(weak))
                .finalize
                .is_empty(),
            "once"
        );
        assert!(weak.value(&h).as_weakref(&h).unwrap().target(&h).is_none());
    }
}

#[test]
fn young_finalizers_in_minor_collections() {
    let mut h = Heap::new(config()).unwrap();
    let obj = h.new_object(Kind::Instance, 0, None, 1);
    h.register_finalizer(obj);
    let word = obj.word();
    assert_eq!(h.collect(Collection::Minor, &mut |_| {}).finalize, [word]);
    assert_eq!(h.collect(Collection::Full, &mut |_| {}).finalize, []);
}

#[test]
fn limits() {
    let mut h = Heap::new(HeapConfig {
        limit_bytes: Some(8 << 20),
        ..config()
    })
    .unwrap();
    assert_eq!(h.new_bytes(&vec![0; 9 << 20]).map(|_| ()), Err(NoMemory));
    assert!(h.limit_exceeded() && h.gc_requested() && h.collection_due() == Collection::Full);
    let list = h.new_list(&[]).unwrap();
    let word = list.word();
    let mut pushed = 0;
    while list
        .push(&h, h.new_list(&[]).map_or(Value::NONE, |l| l.value()))
        .is_ok()
    {
        pushed += 1;
    }
    assert!(pushed > 50_000);
    assert_eq!(list.len(&h), pushed);
    assert!(h.new_str_repeated(b"ab", 1 << 20).is_err());
    // The reserve serves small objects on the way to a MemoryError.
    for _ in 0..1000 {
        h.new_cell(Value::NONE);
    }
    h.collect(Collection::Full, &mut |m| m.mark(word));
    word.value(&h).as_list(&h).unwrap().clear(&h);
    h.collect(Collection::Full, &mut |m| m.mark(word));
    assert!(!h.limit_exceeded());
    assert!(h.new_bytes(&vec![0; 6 << 20]).is_ok());
    let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        loop {
            h.new_cell(Value::NONE);
        }
    }));
    assert!(end.unwrap_err().is::<NoMemory>());
}

#[test]
fn large_objects() {
    let mut h = Heap::new(HeapConfig {
        stress: true,
        ..config()
    })
    .unwrap();
    let mut random = Random(3);
    let mut live: Vec<(Word, u8, usize)> = Vec::new();
    for step in 0..600 {
        let len = 8000 + random.below(200_000);
        let fill = step as u8;
        live.push((h.new_bytes(&vec![fill; len]).unwrap().word(), fill, len));
        if live.len() > 40 {
            live.swap_remove(random.below(live.len()));
        }
        if step % 7 == 0 {
            let words: Vec<Word> = live.iter().map(|l| l.0).collect();
            let what = if step % 3 == 0 {
                Collection::Full
            } else {
                Collection::Minor
            };
            h.collect(what, &mut |m| words.iter().for_each(|w| m.mark(*w)));
        }
        for (word, fill, len) in &live {
            let bytes = word.value(&h).as_bytes(&h).unwrap().bytes(&h);
            assert!(bytes.len() == *len && bytes[0] == *fill && bytes[len - 1] == *fill);
        }
    }
}

#[test]
fn inline_caches_are_cleared() {
    let mut h = Heap::new(HeapConfig {
        code_cache_slot: Some(2),
        ..config()
    })
    .unwrap();
    let code = h.new_object(Kind::Code, 0, None, 4);
    let cache = h.new_raw(64).unwrap();
    code.set_slot(&h, 2, cache.value());
    let (code, cache) = (code.word(), cache.word());
    let first = |h: &Heap| cache.value(h).as_raw(h).unwrap().word_at(h, 0);
    let fill = |h: &Heap| cache.value(h).as_raw(h).unwrap().set_word_at(h, 0, 42);
    fill(&h);
    h.collect(Collection::Minor, &mut |m| m.mark(code));
    assert_eq!(first(&h), 42);
    h.cache_filled(code);
    h.collect(Collection::Minor, &mut |m| m.mark(code));
    assert_eq!(first(&h), 0);
    fill(&h);
    h.collect(Collection::Full, &mut |m| m.mark(code));
    assert_eq!(first(&h), 0);
}

#[test]
fn interned_strings_die_when_unused() {
    let mut h = Heap::new(config()).unwrap();
    let kept = h.intern(b"kept name").word();
    h.intern(b"lost name");
    h.collect(Collection::Minor, &mut |_| {});
    assert!(h.interned(b"lost name").is_some());
    h.collect(Collection::Full, &mut |m| m.mark(kept));
    assert!(h.interned(b"lost name").is_none());
    assert_eq!(h.intern(b"kept name").word(), kept);
}

#[test]
fn old_large_arrays_are_scanned_where_stored_to() {
    let mut h = Heap::new(HeapConfig {
        stress: true,
        ..config()
    })
    .unwrap();
    let word = h.new_list(&vec![Value::NONE; 200_000]).unwrap().word();
    let mut model = vec![0i64; 200_000];
    h.collect(Collection::Full, &mut |m| m.mark(word));
    let mut random = Random(5);
    for step in 1..300i64 {
        let list = word.value(&h).as_list(&h).unwrap();
        let fresh = || h.new_list(&[h.int(step)]).unwrap().value();
        let (i, j) = (random.below(model.len()), random.below(model.len()));
        match step % 8 {
            0 => {
                list.swap(&h, i, j);
                model.swap(i, j);
            }
            1 if step % 3 == 0 => {
                list.reverse(&h);
                model.reverse();
            }
            2 => {
                list.insert(&h, i, fresh()).unwrap();
                model.insert(i, step);
            }
            3 => {
                list.push(&h, fresh()).unwrap();
                model.push(step);
            }
            4 => {
                list.remove_range(&h, i, i + 3);
                model.drain(i..(i + 3).min(model.len()));
            }
            5 => {
                list.extend(&h, &[fresh(), fresh(), fresh()]).unwrap();
                model.extend([step; 3]);
            }
            _ => {
                list.set(&h, i, fresh());
                model[i] = step;
                list.swap(&h, i, j);
                model.swap(i, j);
            }
        }
        if step % 4 != 0 {
            h.collect(Collection::Minor, &mut |m| m.mark(word));
        }
        let list = word.value(&h).as_list(&h).unwrap();
        assert_eq!(list.len(&h), model.len());
        for (v, n) in list.iter(&h).zip(&model) {
            assert_eq!(
                v.as_list(&h)
                    .map_or(0, |l| l.get(&h, 0).as_small_int().unwrap()),
                *n
            );
        }
    }
}

#[test]
fn a_heap_may_move_to_another_thread() {
    fn check<T: Send>(_: &T) {}
    check(&Heap::new(config()).unwrap());
}
