//! Integer arithmetic against CPython's answers, and against its own identities at sizes where the fast algorithms work.

mod common;
use common::*;
use mesapy_text::no_step;
use mesapy_text::number::bigint::{self, Big};

#[test]
fn recorded() {
    replay("ints", |fields| {
        let (op, a) = (fields[0], int(fields[1]));
        let (a, b) = (a.view(), fields.get(2).map(|f| int(f)).unwrap_or_default());
        let b = b.view();
        let count = || fields[2].parse::<u64>().unwrap();
        let step = &mut no_step;
        match op {
            "add" => int_field(&bigint::add(a, b)),
            "sub" => int_field(&bigint::sub(a, b)),
            "mul" => int_field(&bigint::mul(a, b, step).unwrap()),
            "div" => {
                let (q, r) = bigint::div_rem_floor(a, b, step).unwrap();
                assert_eq!(int_field(&q), fields[3]);
                int_field(&r)
            }
            "truediv" => match bigint::true_div(a, b, step) {
                Ok(x) => float_field(x),
                Err(e) => error_field(&e),
            },
            "and" => int_field(&bigint::and(a, b)),
            "or" => int_field(&bigint::or(a, b)),
            "xor" => int_field(&bigint::xor(a, b)),
            "gcd" => int_field(&bigint::gcd(a, b, step).unwrap()),
            "shl" => int_field(&bigint::shl(a, count()).unwrap()),
            "shr" => int_field(&bigint::shr(a, count())),
            "float" => match bigint::to_f64(a) {
                Some(x) => float_field(x),
                None => "!OverflowError: int too large to convert to float".into(),
            },
            "hash" => mesapy_text::hash::hash_limbs(a.negative, a.limbs).to_string(),
            "isqrt" => int_field(&bigint::isqrt(a, step).unwrap().unwrap()),
            "bits" => {
                assert_eq!(bigint::bit_length(a).to_string(), fields[2]);
                bigint::bit_count(a).to_string()
            }
            "dec" => {
                let text = bigint::to_decimal(a, step).unwrap();
                let digits = text.trim_start_matches('-').as_bytes();
                assert_eq!(
                    bigint::parse_radix(digits, 10, step)
                        .unwrap()
                        .unwrap()
                        .limbs,
                    a.limbs
                );
                text
            }
            "bytes" => {
                let signed = fields[3] == "1";
                let result = bigint::to_bytes(a, fields[2].parse().unwrap(), false, signed);
                if let Ok(bytes) = &result {
                    assert_eq!(bigint::from_bytes(bytes, false, signed), a.to_big());
                    let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
                    assert_eq!(bigint::from_bytes(&reversed, true, signed), a.to_big());
                }
                bytes_field(result)
            }
            "powmod" => match bigint::pow_mod(a, b, int(fields[3]).view(), step) {
                Ok(x) => int_field(&x),
                Err(e) => error_field(&e),
            },
            "pow" => int_field(&bigint::pow(a, count(), step).unwrap()),
            _ => panic!("unknown operation {op}"),
        }
    });
}

/// A cheap source of limbs, with runs of ones and zeros now and then, where carries go wrong.
fn limbs(count: usize, seed: &mut u64) -> Vec<u64> {
    let mut next = || {
        *seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        *seed ^ *seed >> 29
    };
    (0..count)
        .map(|_| match next() % 5 {
            0 => u64::MAX,
            1 => 0,
            _ => next(),
        })
        .collect()
}

#[test]
fn large_division_undoes_multiplication() {
    let mut seed = 7;
    let step = &mut no_step;
    for (m, n) in [
        (1, 1),
        (40, 39),
        (81, 160),
        (85, 41),
        (100, 300),
        (333, 170),
        (500, 81),
        (700, 700),
        (1500, 90),
        (90, 1500),
    ] {
        for _ in 0..4 {
            let a = Big::new(false, limbs(m, &mut seed));
            let b = Big::new(false, limbs(n, &mut seed));
            if a.is_zero() || b.is_zero() {
                continue;
            }
            let r = bigint::sub(a.view(), Big::from_i64(1).view());
            let product = bigint::add(
                bigint::mul(a.view(), b.view(), step).unwrap().view(),
                r.view(),
            );
            let (q, rest) = bigint::div_rem_floor(product.view(), a.view(), step).unwrap();
            assert!(q == b && rest == r, "{m} {n}");
            // (a + b)² - (a - b)² = 4ab, by different splits.
            let plus = bigint::add(a.view(), b.view());
            let minus = bigint::sub(a.view(), b.view());
            let left = bigint::sub(
                bigint::mul(plus.view(), plus.view(), step).unwrap().view(),
                bigint::mul(minus.view(), minus.view(), step)
                    .unwrap()
                    .view(),
            );
            assert_eq!(
                left,
                bigint::shl(bigint::mul(a.view(), b.view(), step).unwrap().view(), 2).unwrap()
            );
        }
    }
}

#[test]
fn large_digits_round_trip() {
    let mut seed = 11;
    let step = &mut no_step;
    for n in [1, 39, 41, 80, 200, 1000] {
        let a = Big::new(false, limbs(n, &mut seed));
        for base in [2, 3, 7, 8, 10, 16, 32, 36] {
            let text = bigint::to_radix(a.view(), base, step).unwrap();
            assert_eq!(
                bigint::parse_radix(text.as_bytes(), base, step)
                    .unwrap()
                    .unwrap(),
                a,
                "{n} {base}"
            );
        }
        let root = bigint::isqrt(a.view(), step).unwrap().unwrap();
        let square = bigint::mul(root.view(), root.view(), step).unwrap();
        let rest = bigint::sub(a.view(), square.view());
        assert!(
            !rest.negative
                && bigint::cmp(rest.view(), bigint::shl(root.view(), 1).unwrap().view()).is_le()
        );
    }
}

#[test]
fn interruption_stops_work() {
    let mut seed = 5;
    let a = Big::new(false, limbs(20_000, &mut seed));
    let mut stop = || Err(mesapy_text::Interrupted);
    assert!(bigint::mul(a.view(), a.view(), &mut stop).is_err());
    assert!(bigint::to_decimal(a.view(), &mut stop).is_err());
}
