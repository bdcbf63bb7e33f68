//! Functions that the platform's mathematics rounds worse than CPython's: computed in double-double arithmetic (about 100 bits) and rounded once, so that
//! practically every result is the float nearest to the true value. The gamma functions, which CPython defines itself, follow its algorithm (Lanczos).

#![allow(
    clippy::excessive_precision,
    clippy::approx_constant,
    reason = "coefficients are written as they were computed; constants are pairs whose second half fits the digits of the first"
)]

use super::sums::{two_product, two_sum};
use std::f64::consts::PI;

/// An unevaluated sum of two floats, the second at most half a unit in the last place of the first.
#[derive(Clone, Copy)]
struct Wide(f64, f64);

const LN_2: Wide = Wide(0.6931471805599453, 2.3190468138462996e-17);
const TWO_OVER_SQRT_PI: Wide = Wide(1.1283791670955126, 1.533545961316588e-17);
const ONE_OVER_SQRT_PI: Wide = Wide(0.5641895835477563, 7.66772980658294e-18);
const ONE: Wide = Wide(1.0, 0.0);

impl Wide {
    fn of(x: f64) -> Wide {
        Wide(x, 0.0)
    }
    fn round(self) -> f64 {
        self.0 + self.1
    }
    fn normal(hi: f64, lo: f64) -> Wide {
        let sum = hi + lo;
        Wide(sum, lo - (sum - hi))
    }
    fn add(self, other: Wide) -> Wide {
        let (s, e) = two_sum(self.0, other.0);
        let (t, f) = two_sum(self.1, other.1);
        let step = Wide::normal(s, e + t);
        Wide::normal(step.0, step.1 + f)
    }
    fn neg(self) -> Wide {
        Wide(-self.0, -self.1)
    }
    fn sub(self, other: Wide) -> Wide {
        self.add(other.neg())
    }
    fn mul(self, other: Wide) -> Wide {
        let (p, e) = two_product(self.0, other.0);
        Wide::normal(p, e + (self.0 * other.1 + self.1 * other.0))
    }
    fn div(self, other: Wide) -> Wide {
        let first = self.0 / other.0;
        let rest = self.sub(other.mul(Wide::of(first)));
        let second = rest.0 / other.0;
        let rest = rest.sub(other.mul(Wide::of(second)));
        let third = rest.0 / other.0;
        let sum = Wide::normal(first, second);
        Wide::normal(sum.0, sum.1 + third)
    }
    fn times(self, x: f64) -> Wide {
        self.mul(Wide::of(x))
    }
    fn sqrt(self) -> Wide {
        if self.0 <= 0.0 {
            return Wide::of(0.0);
        }
        let root = self.0.sqrt();
        let rest = self.sub(Wide::of(root).mul(Wide::of(root)));
        Wide::normal(root, rest.0 / (2.0 * root))
    }
}

/// Halvings of the argument before the series of [`exp_m1`], which then needs few terms.
const HALVINGS: i32 = 9;
/// exp(x) - 1 for an argument of at most about one.
fn exp_m1(x: Wide) -> Wide {
    let scale = 2.0f64.powi(-HALVINGS);
    let r = Wide(x.0 * scale, x.1 * scale);
    let mut sum = Wide::of(0.0);
    for n in (1..=9).rev() {
        sum = ONE.add(sum).mul(r).div(Wide::of(f64::from(n)));
    }
    for _ in 0..HALVINGS {
        sum = sum.times(2.0).add(sum.mul(sum));
    }
    sum
}
/// exp(x) as a number near one and a power of two.
fn exp(x: Wide) -> (Wide, i32) {
    let k = (x.0 / LN_2.0).round();
    (exp_m1(x.sub(LN_2.times(k))).add(ONE), k as i32)
}
/// By a step of Newton's method from the float that is nearly right.
fn ln(x: Wide) -> Wide {
    let guess = x.0.ln();
    let (e, k) = exp(Wide::of(guess));
    // Scaled alike, so that nothing overflows.
    let scale = |w: Wide| Wide(libm::scalbn(w.0, -k), libm::scalbn(w.1, -k));
    let x = scale(x);
    Wide::of(guess).add(x.sub(e).times(2.0).div(x.add(e)))
}
fn ln_1p(t: Wide) -> Wide {
    let guess = t.0.ln_1p();
    if guess.abs() > 0.7 {
        return ln(ONE.add(t));
    }
    let rest = t.sub(exp_m1(Wide::of(guess)));
    Wide::of(guess).add(rest.div(ONE.add(t)))
}

/// Below this a function that is like x near zero is x.
const TINY: f64 = 1.0 / (1u64 << 28) as f64;
/// Above this squares could overflow, and the area functions are log(2x).
const HUGE: f64 = 1e150;

pub(super) fn asinh(x: f64) -> f64 {
    let a = x.abs();
    if !a.is_finite() || a < TINY {
        return x;
    }
    let size = if a > HUGE {
        ln(Wide::of(a)).add(LN_2)
    } else {
        let w = Wide::of(a);
        let square = w.mul(w);
        ln_1p(w.add(square.div(ONE.add(ONE.add(square).sqrt()))))
    };
    size.round().copysign(x)
}
pub(super) fn acosh(x: f64) -> f64 {
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x < 1.0 {
        return f64::NAN;
    }
    let w = Wide::of(x);
    if x > HUGE {
        return ln(w).add(LN_2).round();
    }
    let above = w.sub(ONE);
    ln_1p(above.add(above.mul(w.add(ONE)).sqrt())).round()
}
pub(super) fn atanh(x: f64) -> f64 {
    let a = x.abs();
    if a < TINY || a.is_nan() {
        return x;
    }
    if a >= 1.0 {
        return if a == 1.0 {
            f64::INFINITY.copysign(x)
        } else {
            f64::NAN
        };
    }
    let w = Wide::of(a);
    let size = ln_1p(w.times(2.0).div(ONE.sub(w)));
    (0.5 * size.round()).copysign(x)
}

/// From here erfc is computed by its continued fraction, below by the series of erf.
const FRACTION_FROM: f64 = 2.0;
/// The error function of what is less than [`FRACTION_FROM`]: all terms of this series have one sign.
fn erf_series(a: f64) -> Wide {
    let w = Wide::of(a);
    let square = w.mul(w);
    let (mut term, mut sum) = (w, w);
    let mut n = 1.0;
    while term.0.abs() > sum.0.abs() * 1e-33 {
        term = term.mul(square.times(2.0)).div(Wide::of(2.0 * n + 1.0));
        sum = sum.add(term);
        n += 1.0;
    }
    let (e, k) = exp(square.neg());
    let scaled = Wide(libm::scalbn(e.0, k), libm::scalbn(e.1, k));
    TWO_OVER_SQRT_PI.mul(scaled).mul(sum)
}
/// erfc of what is not less than [`FRACTION_FROM`], as a number and a power of two.
fn erfc_fraction(a: f64) -> (Wide, i32) {
    let w = Wide::of(a);
    let mut below = w;
    let terms = 30 + (600.0 / (a * a)) as i32;
    for n in (1..=terms).rev() {
        below = w.add(Wide::of(f64::from(n) / 2.0).div(below));
    }
    let (e, k) = exp(w.mul(w).neg());
    (ONE_OVER_SQRT_PI.mul(e).div(below), k)
}
pub(super) fn erf(x: f64) -> f64 {
    let a = x.abs();
    if a.is_nan() {
        return x;
    }
    let size = if a < TINY {
        TWO_OVER_SQRT_PI.times(a).round()
    } else if a < FRACTION_FROM {
        erf_series(a).round()
    } else if a > 6.0 {
        1.0
    } else {
        let (w, k) = erfc_fraction(a);
        ONE.sub(Wide(libm::scalbn(w.0, k), libm::scalbn(w.1, k)))
            .round()
    };
    size.copysign(x)
}
pub(super) fn erfc(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let a = x.abs();
    if a < FRACTION_FROM {
        let e = if a < TINY {
            TWO_OVER_SQRT_PI.times(a)
        } else {
            erf_series(a)
        };
        return if x < 0.0 { ONE.add(e) } else { ONE.sub(e) }.round();
    }
    if x < 0.0 {
        return 1.0 + erf(a);
    }
    if x > 27.5 {
        return 0.0;
    }
    let (w, k) = erfc_fraction(x);
    libm::scalbn(w.round(), k)
}

/// The cube root as the C library computes it: a polynomial for the mantissa, then one step of Halley's method. Not the nearest float always, but the same one.
pub(super) fn cbrt(x: f64) -> f64 {
    const CBRT_2: f64 = 1.259_921_049_894_873_2;
    const CBRT_4: f64 = 1.587_401_051_968_199_6;
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let (m, e) = libm::frexp(x.abs());
    let u = 0.354895765043919860
        + ((1.50819193781584896
            - ((2.11499494167371287
                - ((2.4469312256353444
                    - ((1.83469277483613086
                        - (0.784932344976639262 - 0.145263899385486367 * m) * m)
                        * m))
                    * m))
                * m))
            * m);
    let cube = u * u * u;
    let factor = match e % 3 {
        -2 => 1.0 / CBRT_4,
        -1 => 1.0 / CBRT_2,
        1 => CBRT_2,
        2 => CBRT_4,
        _ => 1.0,
    };
    let root = u * (cube + 2.0 * m) / (2.0 * cube + m) * factor;
    libm::scalbn(root, e / 3).copysign(x)
}

// ---- gamma functions

const LANCZOS_G: f64 = 6.024680040776729583740234375;
const LANCZOS_G_MINUS_HALF: f64 = 5.524680040776729583740234375;
/// Numerator and denominator of the rational function that approximates the sum.
const LANCZOS: [(f64, f64); 13] = [
    (23531376880.410759688572007674451636754734846804940, 0.0),
    (
        42919803642.649098768957899047001988850926355848959,
        39916800.0,
    ),
    (
        35711959237.355668049440185451547166705960488635843,
        120543840.0,
    ),
    (
        17921034426.037209699919755754458931112671403265390,
        150917976.0,
    ),
    (
        6039542586.3520280050642916443072979210699388420708,
        105258076.0,
    ),
    (
        1439720407.3117216736632230727949123939715485786372,
        45995730.0,
    ),
    (
        248874557.86205415651146038641322942321632125127801,
        13339535.0,
    ),
    (
        31426415.585400194380614231628318205362874684987640,
        2637558.0,
    ),
    (
        2876370.6289353724412254090516208496135991145378768,
        357423.0,
    ),
    (186056.26539522349504029498971604569928220784236328, 32670.0),
    (8071.6720023658162106380029022722506138218516325024, 1925.0),
    (210.82427775157934587250973392071336271166969580291, 66.0),
    (2.5066282746310002701649081771338373386264310793408, 1.0),
];
fn lanczos_sum(x: f64) -> f64 {
    let (mut num, mut den) = (0.0, 0.0);
    if x < 5.0 {
        for (n, d) in LANCZOS.iter().rev() {
            (num, den) = (num * x + n, den * x + d);
        }
    } else {
        for (n, d) in &LANCZOS {
            (num, den) = (num / x + n, den / x + d);
        }
    }
    num / den
}
/// sin(pi x), exact where it is zero.
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let sine = match (2.0 * y).round() as i32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    };
    1.0f64.copysign(x) * sine
}
/// Gamma of an argument that is not a pole; infinite where it overflows.
pub(super) fn gamma(x: f64) -> f64 {
    if !x.is_finite() {
        return x;
    }
    if x == x.floor() && (1.0..=23.0).contains(&x) {
        // Exact factorials.
        return (1..x as u64).fold(1.0, |product, n| product * n as f64);
    }
    let a = x.abs();
    if a < 1e-20 {
        return 1.0 / x;
    }
    if a > 200.0 {
        return if x < 0.0 {
            0.0 / sin_pi(x)
        } else {
            f64::INFINITY
        };
    }
    let y = a + LANCZOS_G_MINUS_HALF;
    // What rounding lost in y, corrected for below.
    let lost = if a > LANCZOS_G_MINUS_HALF {
        (y - a) - LANCZOS_G_MINUS_HALF
    } else {
        (y - LANCZOS_G_MINUS_HALF) - a
    };
    let z = lost * LANCZOS_G / y;
    if x < 0.0 {
        let mut r = -PI / sin_pi(a) / a * y.exp() / lanczos_sum(a);
        r -= z * r;
        if a < 140.0 {
            r / y.powf(a - 0.5)
        } else {
            let root = y.powf(a / 2.0 - 0.25);
            r / root / root
        }
    } else {
        let mut r = lanczos_sum(a) / y.exp();
        r += z * r;
        if a < 140.0 {
            r * y.powf(a - 0.5)
        } else {
            let root = y.powf(a / 2.0 - 0.25);
            r * root * root
        }
    }
}
/// The logarithm of the size of gamma of an argument that is not a pole.
pub(super) fn ln_gamma(x: f64) -> f64 {
    const LN_PI: f64 = 1.144729885849400174143427351353058711647;
    if x.is_nan() {
        return x;
    }
    if x.is_infinite() {
        return f64::INFINITY;
    }
    if x == x.floor() && x <= 2.0 {
        return 0.0;
    }
    let a = x.abs();
    if a < 1e-20 {
        return -a.ln();
    }
    let mut r = lanczos_sum(a).ln() - LANCZOS_G;
    r += (a - 0.5) * ((a + LANCZOS_G - 0.5).ln() - 1.0);
    if x < 0.0 {
        r = LN_PI - sin_pi(a).abs().ln() - a.ln() - r;
    }
    r
}
