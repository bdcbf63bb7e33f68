//! Hashing as CPython does it: keyed SipHash-1-3 for text, xxHash mixing for tuples, arithmetic modulo 2^61-1 for numbers.
//!
//! Numbers that compare equal must hash equal across int, float, complex, Fraction and Decimal, which is why their hash
//! is reduction modulo a prime; Python code depends on `sys.hash_info`. Text hashes are keyed against flooding attacks.

/// `sys.hash_info.modulus`.
pub const MODULUS: u64 = (1 << BITS) - 1;
const BITS: u32 = 61;
/// `sys.hash_info.inf`.
pub const INF: i64 = 314159;
/// `sys.hash_info.imag`.
pub const IMAG: u64 = 1_000_003;

/// The secret of a process's text hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashKey {
    pub k0: u64,
    pub k1: u64,
}

impl HashKey {
    /// The key that `PYTHONHASHSEED` names; 0 disables randomisation. CPython: Python/bootstrap_hash.c, lcg_urandom.
    pub fn from_seed(seed: u32) -> HashKey {
        if seed == 0 {
            return HashKey { k0: 0, k1: 0 };
        }
        let mut bytes = [0u8; 16];
        let mut x = seed;
        for byte in &mut bytes {
            x = x.wrapping_mul(214013).wrapping_add(2531011);
            *byte = (x >> 16) as u8;
        }
        let word = |at: usize| {
            bytes[at..at + 8]
                .iter()
                .rev()
                .fold(0u64, |acc, &b| acc << 8 | b as u64)
        };
        HashKey {
            k0: word(0),
            k1: word(8),
        }
    }
}

/// SipHash-1-3 of some bytes.
pub fn siphash13(key: HashKey, data: &[u8]) -> u64 {
    let mut v0 = key.k0 ^ 0x736f6d6570736575;
    let mut v1 = key.k1 ^ 0x646f72616e646f6d;
    let mut v2 = key.k0 ^ 0x6c7967656e657261;
    let mut v3 = key.k1 ^ 0x7465646279746573;
    macro_rules! round {
        () => {
            v0 = v0.wrapping_add(v1);
            v2 = v2.wrapping_add(v3);
            v1 = v1.rotate_left(13) ^ v0;
            v3 = v3.rotate_left(16) ^ v2;
            v0 = v0.rotate_left(32);
            v2 = v2.wrapping_add(v1);
            v0 = v0.wrapping_add(v3);
            v1 = v1.rotate_left(17) ^ v2;
            v3 = v3.rotate_left(21) ^ v0;
            v2 = v2.rotate_left(32);
        };
    }
    let (chunks, rest) = data.as_chunks::<8>();
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk);
        v3 ^= word;
        round!();
        v0 ^= word;
    }
    let mut last = (data.len() as u64) << 56;
    for (i, &byte) in rest.iter().enumerate() {
        last |= (byte as u64) << (8 * i);
    }
    v3 ^= last;
    round!();
    v0 ^= last;
    v2 ^= 0xFF;
    round!();
    round!();
    round!();
    v0 ^ v1 ^ v2 ^ v3
}

/// The hash of a `bytes`, and of an ASCII `str`, equal to CPython's under the same key. A `str` that isn't ASCII hashes
/// its UTF-8 here and its internal form there, so those values differ (nothing may depend on them).
#[inline]
pub fn hash_bytes(key: HashKey, data: &[u8]) -> i64 {
    if data.is_empty() {
        return 0;
    }
    not_minus_one(siphash13(key, data) as i64)
}

#[inline]
pub fn not_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

#[inline]
pub fn hash_i64(value: i64) -> i64 {
    let magnitude = value.unsigned_abs();
    let reduced = if magnitude < MODULUS {
        magnitude
    } else {
        magnitude % MODULUS
    } as i64;
    not_minus_one(if value < 0 { -reduced } else { reduced })
}

/// The hash of an int of any size from its magnitude, least significant limb first.
pub fn hash_limbs(negative: bool, limbs: &[u64]) -> i64 {
    let mut x: u64 = 0;
    for &limb in limbs.iter().rev() {
        x = ((((x as u128) << 64) | limb as u128) % MODULUS as u128) as u64;
    }
    not_minus_one(if negative { -(x as i64) } else { x as i64 })
}

/// The hash of a float that isn't NaN (a NaN hashes by identity: `None`).
pub fn hash_f64(value: f64) -> Option<i64> {
    if !value.is_finite() {
        return if value.is_nan() {
            None
        } else {
            Some(if value > 0.0 { INF } else { -INF })
        };
    }
    let bits = value.abs().to_bits();
    let (mantissa, exponent) = match (bits >> 52) as i64 {
        0 => (bits, -1074),
        e => (bits & ((1 << 52) - 1) | 1 << 52, e - 1075),
    };
    // Multiplying by a power of two modulo 2^61-1 is a rotation of 61 bits.
    let shift = exponent.rem_euclid(BITS as i64) as u32;
    let rotated = ((mantissa as u128) << shift) % MODULUS as u128;
    let hash = rotated as i64;
    Some(not_minus_one(if value < 0.0 { -hash } else { hash }))
}

/// The hash of a complex number from those of its parts.
pub fn hash_complex(real: i64, imag: i64) -> i64 {
    not_minus_one((real as u64).wrapping_add(IMAG.wrapping_mul(imag as u64)) as i64)
}

/// An identity, spread so that the low bits vary: identities are multiples of 8 here. CPython, whose objects lie at multiples of 16, rotates by 4.
#[inline]
pub fn hash_identity(id: u64) -> i64 {
    not_minus_one(id.rotate_right(3) as i64)
}

/// Combines the hashes of a tuple's items, one [`TupleHash::add`] each. CPython: Objects/tupleobject.c, tuple_hash.
#[derive(Debug, Clone, Copy)]
pub struct TupleHash {
    acc: u64,
    len: u64,
}

const XX_PRIME_1: u64 = 11400714785074694791;
const XX_PRIME_2: u64 = 14029467366897019727;
const XX_PRIME_5: u64 = 2870177450012600261;

impl Default for TupleHash {
    fn default() -> Self {
        TupleHash::new()
    }
}

impl TupleHash {
    pub fn new() -> Self {
        TupleHash {
            acc: XX_PRIME_5,
            len: 0,
        }
    }
    #[inline]
    pub fn add(&mut self, item: i64) {
        self.acc = self
            .acc
            .wrapping_add((item as u64).wrapping_mul(XX_PRIME_2))
            .rotate_left(31)
            .wrapping_mul(XX_PRIME_1);
        self.len += 1;
    }
    #[inline]
    pub fn finish(self) -> i64 {
        let acc = self.acc.wrapping_add(self.len ^ (XX_PRIME_5 ^ 3527539));
        if acc == u64::MAX {
            1546275796
        } else {
            acc as i64
        }
    }
}

/// Combines the hashes of a frozenset's items in any order. CPython: Objects/setobject.c, frozenset_hash.
#[derive(Debug, Clone, Copy, Default)]
pub struct SetHash {
    acc: u64,
    len: u64,
}

impl SetHash {
    pub fn new() -> Self {
        Self::default()
    }
    #[inline]
    pub fn add(&mut self, item: i64) {
        let h = item as u64;
        self.acc ^= ((h ^ 89869747) ^ (h << 16)).wrapping_mul(3644798167);
        self.len += 1;
    }
    pub fn finish(self) -> i64 {
        let mut hash = self.acc ^ self.len.wrapping_add(1).wrapping_mul(1927868237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69069).wrapping_add(907133923);
        if hash == u64::MAX {
            590923713
        } else {
            hash as i64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are CPython's under PYTHONHASHSEED=0, 1 and 42.
    #[test]
    fn text_hashes_are_cpythons() {
        let h = |seed, s: &[u8]| hash_bytes(HashKey::from_seed(seed), s);
        assert_eq!(h(0, b"abc"), -4594863902769663758);
        assert_eq!(h(0, b"hello world, 17 b"), 9211751358351514576);
        assert_eq!(h(1, b"abc"), -4667308735975688587);
        assert_eq!(h(42, b"hello world, 17 b"), 6270597590538968755);
        assert_eq!(h(42, b""), 0);
    }

    #[test]
    fn number_hashes_are_cpythons() {
        assert_eq!(hash_f64(1.5), Some(1152921504606846977));
        assert_eq!(hash_f64(-1e300), Some(-1224995262755759164));
        assert_eq!(hash_f64(5e-324), Some(16777216));
        assert_eq!(hash_f64(-(2f64.powi(61))), Some(-2));
        assert_eq!(hash_f64(1e22), Some(1864712049423028464));
        assert_eq!(hash_f64(0.1), Some(230584300921369408));
        assert_eq!(hash_f64(f64::NEG_INFINITY), Some(-314159));
        assert_eq!(hash_f64(f64::NAN), None);
        assert_eq!(hash_i64(1 << 61), 1);
        assert_eq!(hash_i64(-1), -2);
        assert_eq!(hash_i64(i64::MIN), -4);
        assert_eq!(hash_limbs(true, &[0, 0, 0, 256]), -131072);
        assert_eq!(hash_complex(hash_i64(1), hash_i64(2)), 2000007);
    }

    #[test]
    fn container_hashes_are_cpythons() {
        let mut t = TupleHash::new();
        assert_eq!(t.finish(), 5740354900026072187);
        [1, 2, 3].into_iter().for_each(|h| t.add(h));
        assert_eq!(t.finish(), 529344067295497451);
        let mut s = SetHash::new();
        assert_eq!(s.finish(), 133146708735736);
        [3, 1, 2].into_iter().for_each(|h| s.add(h));
        assert_eq!(s.finish(), -272375401224217160);
    }
}
