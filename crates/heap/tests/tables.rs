//! Dicts and sets against a model, with keys whose equality only the caller can tell.

use mesapy_heap::*;

fn heap() -> Heap {
    Heap::new(HeapConfig {
        cage_bytes_max: 1 << 30,
        stack_bytes_max: 1 << 20,
        ..HeapConfig::default()
    })
    .unwrap()
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }
}

/// Python's hash of the keys used here, with few distinct hashes for tuples so that candidates come up.
fn hash(h: &Heap, key: Value) -> u64 {
    if let Some(s) = key.as_str(h) {
        s.hash(h)
    } else if let Some(t) = key.as_tuple(h) {
        t.get(h, 0).as_small_int().unwrap() as u64 % 7
    } else {
        key.as_small_int().unwrap() as u64
    }
}

fn equal(h: &Heap, a: Value, b: Value) -> bool {
    match (a.as_tuple(h), b.as_tuple(h)) {
        (Some(a), Some(b)) => a.get(h, 0) == b.get(h, 0),
        _ => false,
    }
}

fn find<'v>(
    h: &'v Heap,
    probe_once: impl Fn(&mut Probe) -> Found<'v>,
    key: Value<'v>,
) -> Option<usize> {
    let mut probe = Probe::new(hash(h, key));
    loop {
        match probe_once(&mut probe) {
            Found::Entry(e) => return Some(e),
            Found::Candidate(e, other) if equal(h, key, other) => return Some(e),
            Found::Candidate(..) => {}
            Found::Absent => return None,
        }
    }
}

fn make_key<'v>(h: &'v Heap, n: usize) -> Value<'v> {
    match n % 3 {
        0 => h.int(n as i64),
        1 => h.str_from(&format!("key{n}")).unwrap().value(),
        _ => h.new_tuple(&[h.int(n as i64)]).unwrap().value(),
    }
}

#[test]
fn dict_against_model() {
    for (seed, keys, tuples) in [
        (1, 10, true),
        (2, 300, true),
        (3, 5000, true),
        (4, 9, false),
        (5, 400, false),
        (6, 9000, false),
    ] {
        let h = heap();
        let dict = h.new_dict();
        // Insertion-ordered model.
        let mut model: Vec<(usize, i64)> = Vec::new();
        let mut random = Random(seed);
        for step in 0..20_000i64 {
            let mut n = random.below(keys);
            if !tuples && n % 3 == 2 {
                n -= 1;
            }
            let key = make_key(&h, n);
            let at = model.iter().position(|(k, _)| *k == n);
            let found = find(&h, |p| dict.probe(&h, key, p), key);
            assert_eq!(found.is_some(), at.is_some(), "step {step} key {n}");
            if let Some(s) = key.as_str(&h) {
                assert_eq!(dict.entry_of_str(&h, s), found);
            }
            if let Some(i) = key.as_small_int() {
                assert_eq!(dict.find_int(&h, i), found);
            }
            let version = dict.keys_version(&h);
            match (
                random.below(if step % 4000 > 2000 { 3 } else { 8 }),
                found,
                at,
            ) {
                (0 | 1, Some(e), Some(at)) => {
                    assert!(dict.remove_at(&h, e) && !dict.remove_at(&h, e));
                    model.remove(at);
                    assert_ne!(version, dict.keys_version(&h));
                }
                (2, Some(e), Some(at)) => {
                    let new = dict.move_to_end(&h, e).unwrap();
                    assert_eq!(dict.entry(&h, new).unwrap().1, h.int(model[at].1));
                    let item = model.remove(at);
                    model.push(item);
                }
                (_, Some(e), Some(at)) => {
                    assert_eq!(dict.entry(&h, e).unwrap().1, h.int(model[at].1));
                    assert!(dict.set_value_at(&h, e, h.int(step)));
                    assert_eq!(version, dict.keys_version(&h));
                    model[at].1 = step;
                }
                (_, None, None) => {
                    dict.insert_new(&h, hash(&h, key), key, h.int(step))
                        .unwrap();
                    model.push((n, step));
                    assert_ne!(version, dict.keys_version(&h));
                }
                _ => unreachable!(),
            }
            assert_eq!(dict.len(&h), model.len());
            if step % 1000 == 0 {
                let values: Vec<i64> = dict
                    .iter(&h)
                    .map(|(_, v)| v.as_small_int().unwrap())
                    .collect();
                assert_eq!(values, model.iter().map(|(_, v)| *v).collect::<Vec<_>>());
                let copy = dict.copy(&h).unwrap();
                assert!(copy.iter(&h).eq(dict.iter(&h)));
            }
        }
        while let Some((_, v)) = if model.len().is_multiple_of(2) {
            dict.popitem_last(&h)
        } else {
            dict.pop_first(&h)
        } {
            let (_, expected) = if model.len().is_multiple_of(2) {
                model.pop().unwrap()
            } else {
                model.remove(0)
            };
            assert_eq!(v, h.int(expected));
        }
        assert!(model.is_empty() && dict.is_empty(&h));
    }
}

#[test]
fn set_against_model() {
    let h = heap();
    let set = h.new_set().any();
    let mut model = std::collections::BTreeSet::new();
    let mut random = Random(9);
    for _ in 0..30_000 {
        let n = random.below(2000);
        let key = make_key(&h, n);
        match find(&h, |p| set.probe(&h, key, p), key) {
            Some(e) => {
                assert!(model.remove(&n));
                assert!(set.remove_at(&h, e));
            }
            None => {
                assert!(model.insert(n));
                set.insert_new(&h, hash(&h, key), key).unwrap();
            }
        }
        assert_eq!(set.len(&h), model.len());
    }
    let other = h.new_frozenset().any();
    other.copy_from(&h, set).unwrap();
    assert_eq!(other.iter(&h).count(), model.len());
}

#[test]
fn a_million_names_are_small() {
    let h = heap();
    let dict = h.new_dict();
    let mut strings = 0;
    for i in 0..1_000_000 {
        let key = h.str_from(&format!("key{i}")).unwrap();
        strings += h.size_of(key.value());
        dict.set_str(&h, key, h.int(i)).unwrap();
    }
    let per_entry = (h.size_of(dict.value()) as f64) / 1e6;
    assert!(per_entry <= 31.0, "{per_entry}");
    let beyond = (h.bytes_in_use() - strings) as f64 / 1e6;
    assert!(beyond <= 36.0, "{beyond}: outgrown storages are reused");
    for i in (0..1_000_000).step_by(997) {
        let key = h.str_from(&format!("key{i}")).unwrap();
        assert_eq!(dict.get_str(&h, key), Some(h.int(i)));
    }
}

#[test]
fn subclasses_of_str_count_by_content() {
    let h = heap();
    let root = h.new_class_shapes(Value::NONE, 1, 1, true);
    let key = h.new_wrapped(root, 0, h.str_from("name").unwrap().value());
    let dict = h.new_dict();
    dict.insert_new(
        &h,
        h.str_from("name").unwrap().hash(&h),
        key.value(),
        Value::TRUE,
    )
    .unwrap();
    assert_eq!(
        dict.get_str(&h, h.str_from("name").unwrap()),
        Some(Value::TRUE)
    );
}

#[test]
fn a_queue_is_not_quadratic() {
    let h = heap();
    let dict = h.new_dict();
    for i in 0..200_000 {
        dict.insert_new(&h, i as u64, h.int(i), Value::NONE)
            .unwrap();
        if i >= 1000 {
            assert_eq!(dict.pop_first(&h).unwrap().0, h.int(i - 1000));
        }
    }
    assert_eq!(dict.len(&h), 1000);
    assert!(h.size_of(dict.value()) < 200_000);
}

#[test]
fn taking_from_the_end_and_adding_again_ends() {
    let h = heap();
    let dict = h.new_dict();
    for i in 0..1000 {
        let e = dict.insert_new(&h, i as u64, h.int(i), h.int(i));
        assert!(e.is_ok());
    }
    for round in 0..20_000i64 {
        let (k, _) = dict.popitem_last(&h).unwrap();
        let k = k.as_small_int().unwrap();
        assert_eq!(k, if round == 0 { 999 } else { 4999 + round });
        let key = 5000 + round;
        dict.insert_new(&h, key as u64, h.int(key), h.int(0))
            .unwrap();
        assert_eq!(dict.find_int(&h, 999), None);
    }
    assert_eq!(dict.len(&h), 1000);
    while dict.popitem_last(&h).is_some() {}
    assert_eq!(dict.len(&h), 0);
}

#[test]
fn sets_exchange_their_elements() {
    let h = heap();
    let (a, b) = (h.new_set().any(), h.new_set().any());
    for i in 0..100 {
        a.insert_new(&h, i as u64, h.int(i)).unwrap();
    }
    a.swap(&h, b);
    assert_eq!((a.len(&h), b.len(&h)), (0, 100));
    assert_eq!(
        (a.find_int(&h, 7), b.find_int(&h, 7).is_some()),
        (None, true)
    );
    let order: Vec<i64> = b.iter(&h).filter_map(|v| v.as_small_int()).collect();
    assert_eq!(order, (0..100).collect::<Vec<i64>>());
}
