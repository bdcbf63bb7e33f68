//! Shapes: attributes by shape, beyond the inline slots, and in dict mode.

use mesapy_heap::*;

fn heap() -> Heap {
    Heap::new(HeapConfig {
        cage_bytes_max: 1 << 30,
        stack_bytes_max: 1 << 20,
        ..HeapConfig::default()
    })
    .unwrap()
}

fn name<'v>(h: &'v Heap, i: usize) -> Str<'v> {
    h.intern(format!("attr{i}").as_bytes())
}

#[test]
fn same_order_same_shape() {
    let h = heap();
    let root = h.new_class_shapes(Value::TRUE, 2, 3, true);
    let (a, b) = (h.new_instance(root, 5), h.new_instance(root, 5));
    for o in [a, b] {
        assert!(o.slot_count(&h) >= 5 && o.layout(&h) == 5);
        for i in 0..7 {
            assert_eq!(h.attr_set(o, name(&h, i), h.int(i as i64)), Ok(true));
        }
    }
    assert_eq!(a.shape_index(&h), b.shape_index(&h));
    assert_eq!(h.class_of(a.value()), Some(Value::TRUE));
    let shape = a.shape(&h).unwrap();
    let locations: Vec<_> = (0..7)
        .map(|i| shape.lookup(&h, name(&h, i)).unwrap())
        .collect();
    use Location::*;
    assert_eq!(
        locations,
        [
            Inline(2),
            Inline(3),
            Overflow(0),
            Overflow(1),
            Overflow(2),
            Overflow(3),
            Overflow(4)
        ]
    );
    assert!((0..7).all(|i| h.attr_get(a, name(&h, i)) == Some(h.int(i as i64))));
    assert_eq!(shape.lookup(&h, name(&h, 7)), None);
    let c = h.new_instance(root, 0);
    h.attr_set(c, name(&h, 1), Value::NONE).unwrap();
    assert_ne!(
        c.shape_index(&h),
        root.add(&h, name(&h, 0)).unwrap().index()
    );
    assert_eq!(root.add(&h, name(&h, 1)), c.shape(&h));
}

#[test]
fn attributes_against_model() {
    for inline in [1, 2, 5, 40] {
        let h = heap();
        let root = h.new_class_shapes(Value::NONE, 0, inline, true);
        let obj = h.new_instance(root, 0);
        let mut model: Vec<(usize, i64)> = Vec::new();
        let mut seed = inline as u64;
        for step in 0..5000i64 {
            seed = seed
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let r = (seed >> 33) as usize;
            let n = r % if step < 4000 { 20 } else { 90 };
            let at = model.iter().position(|(k, _)| *k == n);
            assert_eq!(h.attr_get(obj, name(&h, n)), at.map(|i| h.int(model[i].1)));
            if (r / 128).is_multiple_of(3) {
                assert_eq!(h.attr_del(obj, name(&h, n)), at.is_some());
                at.map(|i| model.remove(i));
            } else {
                assert_eq!(h.attr_set(obj, name(&h, n), h.int(step)), Ok(true));
                match at {
                    Some(i) => model[i].1 = step,
                    None => model.push((n, step)),
                }
            }
            if step % 100 == 0 {
                let names: Vec<_> = model.iter().map(|(n, _)| name(&h, *n)).collect();
                assert_eq!(h.attr_names(obj), names);
            }
        }
        let dict = h.attr_dict(obj).unwrap().unwrap();
        assert_eq!(
            dict.iter(&h).map(|(_, v)| v).collect::<Vec<_>>(),
            model.iter().map(|(_, v)| h.int(*v)).collect::<Vec<_>>()
        );
        assert!(obj.shape(&h).unwrap().is_dict_mode(&h));
        h.attr_set(obj, name(&h, 1000), Value::TRUE).unwrap();
        assert_eq!(dict.get_str(&h, name(&h, 1000)), Some(Value::TRUE));
    }
}

#[test]
fn no_attributes_without_dict() {
    let h = heap();
    let root = h.new_class_shapes(Value::NONE, 2, 5, false);
    let obj = h.new_instance(root, 0);
    assert_eq!(h.attr_set(obj, name(&h, 0), Value::NONE), Ok(false));
    assert_eq!(h.attr_dict(obj), Ok(None));
    assert_eq!(h.size_of(obj.value()), 24);
}

#[test]
fn another_class() {
    let h = heap();
    let root = h.new_class_shapes(Value::TRUE, 0, 4, true);
    let obj = h.new_instance(root, 0);
    (0..6).for_each(|i| assert_eq!(h.attr_set(obj, name(&h, i), h.int(i as i64)), Ok(true)));
    let other = h.new_class_shapes(Value::FALSE, 0, 2, true);
    assert_eq!(h.change_root(obj, other), Ok(true));
    assert_eq!(h.class_of(obj.value()), Some(Value::FALSE));
    assert!((0..6).all(|i| h.attr_get(obj, name(&h, i)) == Some(h.int(i as i64))));
    assert_eq!(
        h.change_root(obj, h.new_class_shapes(Value::FALSE, 1, 2, true)),
        Ok(false)
    );
    h.attr_dict(obj).unwrap();
    assert_eq!(h.change_root(obj, root), Ok(true));
    assert_eq!(h.attr_get(obj, name(&h, 3)), Some(h.int(3)));
}

#[test]
fn many_attributes_use_a_table() {
    let h = heap();
    let root = h.new_class_shapes(Value::TRUE, 0, 3, true);
    let obj = h.new_instance(root, 0);
    (0..SHAPE_ATTRS_MAX)
        .for_each(|i| assert_eq!(h.attr_set(obj, name(&h, i), h.int(i as i64)), Ok(true)));
    assert!(!obj.shape(&h).unwrap().is_dict_mode(&h));
    for _ in 0..3 {
        assert!(
            (0..SHAPE_ATTRS_MAX).all(|i| h.attr_get(obj, name(&h, i)) == Some(h.int(i as i64)))
        );
    }
    h.attr_set(obj, name(&h, 99), Value::NONE).unwrap();
    assert!(obj.shape(&h).unwrap().is_dict_mode(&h));
    assert!((0..SHAPE_ATTRS_MAX).all(|i| h.attr_get(obj, name(&h, i)) == Some(h.int(i as i64))));
}
