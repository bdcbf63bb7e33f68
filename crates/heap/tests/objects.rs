//! Every layout: what is put in comes out, and nothing else.

use mesapy_heap::*;

fn heap() -> Heap {
    Heap::new(HeapConfig {
        cage_bytes_max: 1 << 30,
        stack_bytes_max: 1 << 20,
        ..HeapConfig::default()
    })
    .unwrap()
}

#[test]
fn numbers() {
    let h = heap();
    for i in [
        0,
        -1,
        i64::MAX,
        i64::MIN,
        SMALL_INT_MAX,
        SMALL_INT_MAX + 1,
        SMALL_INT_MIN - 1,
    ] {
        assert_eq!(h.int(i).as_i64(&h), Some(i));
    }
    assert_eq!(
        h.uint(u64::MAX).as_bigint(&h).unwrap().limbs(&h),
        &[u64::MAX]
    );
    assert_eq!(h.uint(u64::MAX).as_i64(&h), None);
    assert_eq!(
        h.new_bigint(true, &[5, 0, 0]).unwrap().as_small_int(),
        Some(-5)
    );
    assert_eq!(h.new_bigint(true, &[0, 0]).unwrap().as_small_int(), Some(0));
    let big = h
        .new_bigint(true, &[1, 2, 3, 0])
        .unwrap()
        .as_bigint(&h)
        .unwrap();
    assert!(big.is_negative(&h));
    assert_eq!(big.limbs(&h), &[1, 2, 3]);
    for f in [
        0.0,
        -0.0,
        1.5,
        1e300,
        f64::INFINITY,
        f64::MIN_POSITIVE,
        5e-324,
        -1e-200,
    ] {
        assert_eq!(h.float(f).as_f64(&h).unwrap().to_bits(), f.to_bits());
    }
    assert!(h.float(f64::NAN).as_f64(&h).unwrap().is_nan());
    let c = h.new_complex(1.0, -2.0);
    assert_eq!((c.re(&h), c.im(&h)), (1.0, -2.0));
    assert_eq!(Value::TRUE.as_i64(&h), None);
    assert_eq!(Value::TRUE.kind(&h), Kind::Bool);
    assert_eq!(h.float(2.0).kind(&h), Kind::Float);
}

#[test]
fn strings() {
    let h = heap();
    let samples = [
        "",
        "a",
        "é",
        "hello",
        "naïve café",
        "日本語",
        "😀 smile",
        &"xé日😀".repeat(500),
        &"plain ".repeat(400),
    ];
    for text in samples {
        let s = h.str_from(text).unwrap();
        let chars: Vec<u32> = text.chars().map(|c| c as u32).collect();
        assert_eq!(s.as_utf8(&h), Some(text));
        assert_eq!(s.is_ascii(&h), text.is_ascii());
        assert_eq!(s.char_len(&h), chars.len());
        assert_eq!(s.chars(&h).collect::<Vec<_>>(), chars);
        for (i, (at, c)) in text.char_indices().enumerate() {
            assert_eq!(s.char_at(&h, i), Some(c as u32));
            assert_eq!(s.char_to_byte(&h, i), at);
            assert_eq!(s.byte_to_char(&h, at), i);
        }
        assert_eq!(s.char_at(&h, chars.len()), None);
        assert_eq!(s.char_to_byte(&h, usize::MAX), text.len());
        assert_eq!(s.byte_to_char(&h, usize::MAX), chars.len());
        let other = h.str_from(text).unwrap();
        assert!(s.eq(&h, other) && s.hash(&h) == other.hash(&h));
        assert_eq!(h.intern(text.as_bytes()), h.intern(text.as_bytes()));
    }
    assert_eq!(h.str_from("a").unwrap(), h.str_from("a").unwrap());
    assert_eq!(h.str_from("é").unwrap(), h.str_from_char(0xE9));
    let surrogate = h.str_from_char(0xD800);
    assert_eq!(surrogate.bytes(&h), b"\xED\xA0\x80");
    assert_eq!(
        (
            surrogate.as_utf8(&h),
            surrogate.char_len(&h),
            surrogate.char_at(&h, 0)
        ),
        (None, 1, Some(0xD800))
    );
    assert_eq!(
        h.new_str_repeated("aé".as_bytes(), 3).unwrap().as_utf8(&h),
        Some("aéaéaé")
    );
    assert_eq!(h.new_str_repeated(b"abc", 0).unwrap(), h.empty_str());
    assert!(h.new_str_repeated(b"abc", usize::MAX / 2).is_err());
    assert_eq!(
        h.new_str_parts(&[b"ab", "é".as_bytes(), b""])
            .unwrap()
            .as_utf8(&h),
        Some("abé")
    );
}

#[test]
fn lists() {
    let h = heap();
    let list = h.new_list(&[]).unwrap();
    let mut model: Vec<i64> = Vec::new();
    let mut seed = 1u64;
    for step in 0..20_000 {
        seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let (r, n) = ((seed >> 33) as usize, model.len());
        let v = h.int(step);
        match r % 16 {
            0..=6 => {
                list.push(&h, v).unwrap();
                model.push(step);
            }
            7 => assert_eq!(list.pop(&h).and_then(|v| v.as_i64(&h)), model.pop()),
            8 => {
                list.insert(&h, r % (n + 1), v).unwrap();
                model.insert(r % (n + 1), step);
            }
            9 if n > 0 => {
                let (i, j) = (r % n, (r % n + r / 16 % 5).min(n));
                list.remove_range(&h, i, j);
                model.drain(i..j);
            }
            10 if n > 0 => {
                let (i, j) = (r % n, (r % n + r / 16 % 5).min(n));
                list.splice(&h, i, j, &[v, v]).unwrap();
                model.splice(i..j, [step, step]);
            }
            11 if n > 0 => {
                assert!(list.set(&h, r % n, v));
                model[r % n] = step;
            }
            12 if r % 64 == 12 => {
                list.reverse(&h);
                model.reverse();
            }
            13 if r % 512 == 13 => {
                list.truncate(&h, n / 3);
                model.truncate(n / 3);
            }
            14 if n > 0 => {
                list.swap(&h, r % n, r / 16 % n);
                model.swap(r % n, r / 16 % n);
            }
            _ => {}
        }
        assert_eq!(list.len(&h), model.len());
    }
    assert_eq!(
        list.iter(&h)
            .map(|v| v.as_i64(&h).unwrap())
            .collect::<Vec<_>>(),
        model
    );
    assert!(list.get(&h, model.len()).is_empty() && !list.set(&h, model.len(), Value::NONE));
    list.clear(&h);
    assert!(list.is_empty(&h) && list.pop(&h).is_none());
}

#[test]
fn large_lists() {
    let h = heap();
    let list = h.new_list(&[]).unwrap();
    for i in 0..1_000_000 {
        list.push(&h, h.int(i)).unwrap();
    }
    assert!((0..1_000_000).all(|i| list.get(&h, i as usize).as_small_int() == Some(i)));
    assert!(
        h.bytes_in_use() < 20 << 20,
        "old storages are freed at once: {}",
        h.bytes_in_use()
    );
    list.truncate(&h, 10);
    assert_eq!(list.to_vec(&h).len(), 10);
    assert!(h.bytes_in_use() < 1 << 20, "{}", h.bytes_in_use());
}

#[test]
fn bytes_and_byte_arrays() {
    let h = heap();
    assert_eq!(h.new_bytes(b"abc").unwrap().bytes(&h), b"abc");
    assert_eq!(h.new_bytes(b"").unwrap().bytes(&h), b"");
    let raw = h.new_raw(20).unwrap();
    assert!(raw.set_u32(&h, 16, 0x01020304) && !raw.set_u32(&h, 17, 0));
    assert_eq!(
        (raw.get_u8(&h, 16), raw.get_u16(&h, 18), raw.get_u64(&h, 13)),
        (Some(4), Some(0x0102), None)
    );
    let raw = raw.resize(&h, 5000).unwrap();
    assert_eq!(
        (raw.get_u32(&h, 16), raw.get_u32(&h, 20), raw.len(&h)),
        (Some(0x01020304), Some(0), 5000)
    );
    let b = h.new_bytearray(b"hello").unwrap();
    let mut model = b"hello".to_vec();
    let mut seed = 7usize;
    for i in 0..3000 {
        seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let r = seed >> 33;
        let start = r % (model.len() + 1);
        let end = (start + r / 64 % 9).min(model.len());
        let new = vec![i as u8; r / 1024 % 12];
        b.splice(&h, start..end, &new).unwrap();
        model.splice(start..end, new);
        assert_eq!(b.len(&h), model.len());
        if i % 100 == 0 {
            assert_eq!(b.to_vec(&h, 0..usize::MAX), model);
        }
    }
    assert_eq!(b.to_vec(&h, 0..usize::MAX), model);
    b.resize(&h, 0).unwrap();
    b.resize(&h, 3).unwrap();
    assert_eq!(b.to_vec(&h, 0..9), [0, 0, 0]);
}

#[test]
fn slots_are_checked() {
    let h = heap();
    let obj = h.new_object(Kind::Function, 7, None, 5);
    assert_eq!((obj.kind(&h), obj.layout(&h)), (Kind::Function, 7));
    assert!(obj.slot_count(&h) >= 5);
    obj.set_slot(&h, 4, h.int(3));
    obj.set_slot(&h, 5000, h.int(4));
    assert_eq!(obj.slot(&h, 4), h.int(3));
    assert!(obj.slot(&h, 5000).is_empty());
    assert!(obj.value().as_list(&h).is_none());
    let large = h.new_object(Kind::Generator, 0, None, 100_000);
    large.set_slot(&h, 99_999, Value::TRUE);
    assert_eq!(large.slot(&h, 99_999), Value::TRUE);
    let list = h.new_list(&[Value::NONE]).unwrap();
    assert!(list.obj().slot(&h, 0).is_empty(), "storages stay inside");
    list.obj().set_slot(&h, 0, Value::NONE);
    assert_eq!(list.get(&h, 0), Value::NONE);
    let nowhere = Word::reference(u32::MAX - 5).value(&h);
    assert_eq!(nowhere.kind(&h), Kind::Free);
    assert!(nowhere.as_obj().unwrap().slot(&h, 0).is_empty());
}

#[test]
fn host_resources() {
    let mut h = heap();
    let ids: Vec<u32> = (0..200u32).map(|i| h.host_insert(Box::new(i))).collect();
    assert!(
        ids.iter()
            .enumerate()
            .all(|(i, id)| h.host_get::<u32>(*id) == Some(&(i as u32)))
    );
    *h.host_get_mut::<u32>(ids[5]).unwrap() = 99;
    assert_eq!(h.host_get::<u32>(ids[5]), Some(&99));
    assert!(h.host_get::<u64>(ids[5]).is_none() && h.host_get::<u32>(1 << 30).is_none());
    let flag = std::sync::Arc::new(());
    let owner = h.new_object(Kind::Instance, 0, None, 1);
    h.set_host(owner, h.host_insert(Box::new(flag.clone())));
    let word = owner.word();
    h.collect(Collection::Minor, &mut |m| m.mark(word));
    h.collect(Collection::Full, &mut |m| m.mark(word));
    assert_eq!(std::sync::Arc::strong_count(&flag), 2);
    h.collect(Collection::Full, &mut |_| {});
    assert_eq!(std::sync::Arc::strong_count(&flag), 1);
}
