//! Numbers that do not fit a word: big integers, floats of extreme exponents, complex numbers.

use crate::kind::Kind;
use crate::object::typed;
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

typed! {
    /// An integer beyond 61 bits. Layout: limb count and sign, then the limbs of the magnitude, least first.
    BigInt as_exact_bigint as_bigint BigInt;
    /// A float whose exponent does not fit the immediate form, an infinity or a nan.
    BoxedFloat as_exact_boxed_float as_boxed_float BoxedFloat;
    /// A complex number.
    Complex as_exact_complex as_complex Complex;
}

const NEGATIVE: u64 = 1 << 63;

impl<'v> BigInt<'v> {
    /// The limbs of the magnitude, least significant first; the last is not zero.
    #[inline]
    pub fn limbs(self, heap: &Heap) -> &[u64] {
        let n = (heap.load(self.place(1)) & !NEGATIVE) as usize;
        heap.cage.lend_words(self.place(2), n)
    }

    /// Whether it is below zero.
    #[inline]
    pub fn is_negative(self, heap: &Heap) -> bool {
        heap.load(self.place(1)) & NEGATIVE != 0
    }

    /// The integer, if it fits.
    pub fn as_i64(self, heap: &Heap) -> Option<i64> {
        let &[limb] = self.limbs(heap) else {
            return None;
        };
        if self.is_negative(heap) {
            0i64.checked_sub_unsigned(limb)
        } else {
            i64::try_from(limb).ok()
        }
    }
}

impl BoxedFloat<'_> {
    /// The float.
    #[inline]
    pub fn get(self, heap: &Heap) -> f64 {
        f64::from_bits(heap.load(self.place(1)))
    }
}

impl Complex<'_> {
    /// The real part.
    #[inline]
    pub fn re(self, heap: &Heap) -> f64 {
        f64::from_bits(heap.load(self.place(1)))
    }

    /// The imaginary part.
    #[inline]
    pub fn im(self, heap: &Heap) -> f64 {
        f64::from_bits(heap.load(self.place(2)))
    }
}

impl<'v> Value<'v> {
    /// The float, if this is exactly a float (immediate or boxed).
    #[inline(always)]
    pub fn as_f64(self, heap: &Heap) -> Option<f64> {
        if let Some(f) = self.as_float_imm() {
            return Some(f);
        }
        self.as_exact_boxed_float(heap).map(|b| b.get(heap))
    }

    /// The integer, if this is exactly an int (not a bool) that fits.
    #[inline]
    pub fn as_i64(self, heap: &Heap) -> Option<i64> {
        if let Some(i) = self.as_small_int() {
            return Some(i);
        }
        self.as_exact_bigint(heap)?.as_i64(heap)
    }
}

impl Heap {
    /// An int.
    #[inline(always)]
    pub fn int(&self, i: i64) -> Value<'_> {
        match Value::small_int(i) {
            Some(v) => v,
            None => self.int_boxed(i < 0, i.unsigned_abs()),
        }
    }

    /// An int.
    #[inline]
    pub fn uint(&self, i: u64) -> Value<'_> {
        match i64::try_from(i) {
            Ok(i) => self.int(i),
            Err(_) => self.int_boxed(false, i),
        }
    }

    #[cold]
    fn int_boxed(&self, negative: bool, magnitude: u64) -> Value<'_> {
        let at = self.alloc_small(Kind::BigInt, 0, 0, 3) as usize;
        self.put(at + 1, 1 | if negative { NEGATIVE } else { 0 });
        self.put(at + 2, magnitude);
        Word::reference(at as u32).value(self)
    }

    /// An int of 128 bits.
    #[inline]
    pub fn int_wide(&self, i: i128) -> Value<'_> {
        match i64::try_from(i) {
            Ok(i) => self.int(i),
            Err(_) => self.int_of_two(i < 0, i.unsigned_abs()),
        }
    }

    fn int_of_two(&self, negative: bool, magnitude: u128) -> Value<'_> {
        let limbs = 1 + u64::from(magnitude >> 64 != 0);
        let at = self.alloc_small(Kind::BigInt, 0, 0, 4) as usize;
        self.put(at + 1, limbs | if negative { NEGATIVE } else { 0 });
        self.put(at + 2, magnitude as u64);
        self.put(at + 3, (magnitude >> 64) as u64);
        Word::reference(at as u32).value(self)
    }

    /// An int from sign and magnitude (least limb first); small ones become immediate.
    pub fn new_bigint(&self, negative: bool, limbs: &[u64]) -> Result<Value<'_>, NoMemory> {
        let n = limbs.iter().rposition(|l| *l != 0).map_or(0, |i| i + 1);
        let limbs = &limbs[..n];
        match *limbs {
            [] => return Ok(Value::int32(0)),
            [limb] => {
                let small = if negative {
                    0i64.checked_sub_unsigned(limb)
                } else {
                    i64::try_from(limb).ok()
                };
                if let Some(v) = small.and_then(Value::small_int) {
                    return Ok(v);
                }
            }
            _ => {}
        }
        let (at, _) = self.alloc(Kind::BigInt, 0, 0, n + 2)?;
        let at = at as usize;
        self.put(at + 1, n as u64 | if negative { NEGATIVE } else { 0 });
        if let Some(cells) = self.cage.words().get(at + 2..at + 2 + n) {
            cells.iter().zip(limbs).for_each(|(c, l)| c.set(*l));
        }
        Ok(Word::reference(at as u32).value(self))
    }

    /// A float.
    #[inline(always)]
    pub fn float(&self, f: f64) -> Value<'_> {
        match Value::float_imm(f) {
            Some(v) => v,
            None => self.float_boxed(f),
        }
    }

    #[cold]
    fn float_boxed(&self, f: f64) -> Value<'_> {
        let at = self.alloc_small(Kind::BoxedFloat, 0, 0, 2);
        self.put(at as usize + 1, f.to_bits());
        Word::reference(at).value(self)
    }

    /// A complex number.
    pub fn new_complex(&self, re: f64, im: f64) -> Complex<'_> {
        let at = self.alloc_small(Kind::Complex, 0, 0, 3);
        self.put(at as usize + 1, re.to_bits());
        self.put(at as usize + 2, im.to_bits());
        Complex(Word::reference(at).value(self))
    }
}
