//! The functions of `cmath` on pairs of floats, as accurate near branch cuts, zeros and the ends of the exponent range as in the middle.
//!
//! The inverse functions are Kahan's ("Branch cuts for complex elementary functions", 1987); arguments so large that a square would overflow take the
//! asymptotic form. Arguments that are not finite are looked up in `special`.

use super::special;
use std::f64::consts::{FRAC_PI_2, LN_2, LN_10};

/// Real and imaginary part.
pub type C = (f64, f64);

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Domain,
    Range,
}

/// Beyond it squares and sums are kept from overflowing.
const LARGE: f64 = f64::MAX / 4.0;
const SQRT_LARGE: f64 = 6.703903964971298e153;
const LOG_LARGE: f64 = 708.3964185322641;
const SQRT_TINY: f64 = 1.4916681462400413e-154;

fn is_finite(z: C) -> bool {
    z.0.is_finite() && z.1.is_finite()
}
/// An infinite result of a finite argument is an overflow.
fn ranged(z: C) -> Result<C, Fault> {
    if z.0.is_infinite() || z.1.is_infinite() {
        Err(Fault::Range)
    } else {
        Ok(z)
    }
}
/// log(hypot(x, y)) where the hypotenuse itself could overflow.
fn log_hypot_large(z: C) -> f64 {
    (z.0 / 2.0).hypot(z.1 / 2.0).ln() + LN_2
}
/// log(2 hypot(x, y)), likewise.
fn log_twice_hypot_large(z: C) -> f64 {
    (z.0 / 2.0).hypot(z.1 / 2.0).ln() + LN_2 * 2.0
}
fn is_large(z: C) -> bool {
    z.0.abs() > LARGE || z.1.abs() > LARGE
}
/// i·z, and the way back from a function of it.
fn turn(z: C) -> C {
    (-z.1, z.0)
}
fn turn_back(z: C) -> C {
    (z.1, -z.0)
}

pub fn acos(z: C) -> Result<C, Fault> {
    if !is_finite(z) {
        return Ok(special::value(&special::ACOS, z));
    }
    if is_large(z) {
        let size = log_twice_hypot_large(z);
        let im = if z.0 < 0.0 {
            -size.copysign(z.1)
        } else {
            size.copysign(-z.1)
        };
        return Ok((z.1.abs().atan2(z.0), im));
    }
    let s1 = root((1.0 - z.0, -z.1));
    let s2 = root((1.0 + z.0, z.1));
    Ok((2.0 * s1.0.atan2(s2.0), (s2.0 * s1.1 - s2.1 * s1.0).asinh()))
}
pub fn acosh(z: C) -> Result<C, Fault> {
    if !is_finite(z) {
        return Ok(special::value(&special::ACOSH, z));
    }
    if is_large(z) {
        return Ok((log_twice_hypot_large(z), z.1.atan2(z.0)));
    }
    let s1 = root((z.0 - 1.0, z.1));
    let s2 = root((z.0 + 1.0, z.1));
    Ok(((s1.0 * s2.0 + s1.1 * s2.1).asinh(), 2.0 * s1.1.atan2(s2.0)))
}
pub fn asin(z: C) -> Result<C, Fault> {
    asinh(turn(z)).map(turn_back)
}
pub fn asinh(z: C) -> Result<C, Fault> {
    if !is_finite(z) {
        return Ok(special::value(&special::ASINH, z));
    }
    if is_large(z) {
        let size = log_twice_hypot_large(z);
        let re = if z.1 >= 0.0 {
            size.copysign(z.0)
        } else {
            -size.copysign(-z.0)
        };
        return Ok((re, z.1.atan2(z.0.abs())));
    }
    let s1 = root((1.0 + z.1, -z.0));
    let s2 = root((1.0 - z.1, z.0));
    Ok((
        (s1.0 * s2.1 - s2.0 * s1.1).asinh(),
        z.1.atan2(s1.0 * s2.0 - s1.1 * s2.1),
    ))
}
pub fn atan(z: C) -> Result<C, Fault> {
    atanh(turn(z)).map(turn_back)
}
pub fn atanh(z: C) -> Result<C, Fault> {
    if !is_finite(z) {
        return Ok(special::value(&special::ATANH, z));
    }
    // The function is odd: compute in the right half-plane.
    if z.0.is_sign_negative() {
        return atanh((-z.0, -z.1)).map(|(re, im)| (-re, -im));
    }
    let (x, y) = (z.0, z.1.abs());
    if x > SQRT_LARGE || y > SQRT_LARGE {
        // 1/z, with care for the overflow of |z|².
        let h = (x / 2.0).hypot(y / 2.0);
        return Ok((x / 4.0 / h / h, -FRAC_PI_2.copysign(-z.1)));
    }
    if x == 1.0 && y < SQRT_TINY {
        if y == 0.0 {
            return Err(Fault::Domain);
        }
        return Ok((
            -(y.sqrt() / y.hypot(2.0).sqrt()).ln(),
            (2.0f64.atan2(-y) / 2.0).copysign(z.1),
        ));
    }
    let re = (4.0 * x / ((1.0 - x) * (1.0 - x) + y * y)).ln_1p() / 4.0;
    let im = -(-2.0 * z.1).atan2((1.0 - x) * (1.0 + x) - y * y) / 2.0;
    Ok((re, im))
}

pub fn cos(z: C) -> Result<C, Fault> {
    cosh(turn(z))
}
pub fn cosh(z: C) -> Result<C, Fault> {
    let (x, y) = z;
    if !is_finite(z) {
        let value = if x.is_infinite() && y.is_finite() && y != 0.0 {
            let (c, s) = (
                f64::INFINITY.copysign(y.cos()),
                f64::INFINITY.copysign(y.sin()),
            );
            if x > 0.0 { (c, s) } else { (c, -s) }
        } else {
            special::value(&special::COSH, z)
        };
        return if y.is_infinite() && !x.is_nan() {
            Err(Fault::Domain)
        } else {
            Ok(value)
        };
    }
    ranged(if x.abs() > LOG_LARGE {
        let near = x - 1.0f64.copysign(x);
        (
            y.cos() * near.cosh() * std::f64::consts::E,
            y.sin() * near.sinh() * std::f64::consts::E,
        )
    } else {
        (y.cos() * x.cosh(), y.sin() * x.sinh())
    })
}
pub fn exp(z: C) -> Result<C, Fault> {
    let (x, y) = z;
    if !is_finite(z) {
        let value = if x.is_infinite() && y.is_finite() && y != 0.0 {
            let size = if x > 0.0 { f64::INFINITY } else { 0.0 };
            (size.copysign(y.cos()), size.copysign(y.sin()))
        } else {
            special::value(&special::EXP, z)
        };
        return if y.is_infinite() && (x.is_finite() || x > 0.0) {
            Err(Fault::Domain)
        } else {
            Ok(value)
        };
    }
    ranged(if x > LOG_LARGE {
        let size = (x - 1.0).exp();
        (
            size * y.cos() * std::f64::consts::E,
            size * y.sin() * std::f64::consts::E,
        )
    } else {
        let size = x.exp();
        (size * y.cos(), size * y.sin())
    })
}
pub fn log(z: C) -> Result<C, Fault> {
    if !is_finite(z) {
        return Ok(special::value(&special::LOG, z));
    }
    let (x, y) = (z.0.abs(), z.1.abs());
    let re = if is_large(z) {
        log_hypot_large((x, y))
    } else if x < f64::MIN_POSITIVE && y < f64::MIN_POSITIVE {
        if x == 0.0 && y == 0.0 {
            return Err(Fault::Domain);
        }
        let scale = 2.0f64.powi(53);
        (x * scale).hypot(y * scale).ln() - 53.0 * LN_2
    } else {
        let h = x.hypot(y);
        if (0.71..=1.73).contains(&h) {
            // Near the unit circle the logarithm of the hypotenuse would cancel.
            let (most, least) = if x > y { (x, y) } else { (y, x) };
            ((most - 1.0) * (most + 1.0) + least * least).ln_1p() / 2.0
        } else {
            h.ln()
        }
    };
    Ok((re, z.1.atan2(z.0)))
}
pub fn log10(z: C) -> Result<C, Fault> {
    log(z).map(|(re, im)| (re / LN_10, im / LN_10))
}
pub fn sin(z: C) -> Result<C, Fault> {
    sinh(turn(z)).map(turn_back)
}
pub fn sinh(z: C) -> Result<C, Fault> {
    let (x, y) = z;
    if !is_finite(z) {
        let value = if x.is_infinite() && y.is_finite() && y != 0.0 {
            let (c, s) = (
                f64::INFINITY.copysign(y.cos()),
                f64::INFINITY.copysign(y.sin()),
            );
            if x > 0.0 { (c, s) } else { (-c, s) }
        } else {
            special::value(&special::SINH, z)
        };
        return if y.is_infinite() && !x.is_nan() {
            Err(Fault::Domain)
        } else {
            Ok(value)
        };
    }
    ranged(if x.abs() > LOG_LARGE {
        let near = x - 1.0f64.copysign(x);
        (
            y.cos() * near.sinh() * std::f64::consts::E,
            y.sin() * near.cosh() * std::f64::consts::E,
        )
    } else {
        (y.cos() * x.sinh(), y.sin() * x.cosh())
    })
}
/// The principal square root of a finite or special value: it has no faults.
fn root(z: C) -> C {
    if !is_finite(z) {
        return special::value(&special::SQRT, z);
    }
    if z.0 == 0.0 && z.1 == 0.0 {
        return (0.0, z.1);
    }
    let (x, y) = (z.0.abs(), z.1.abs());
    let s = if x < f64::MIN_POSITIVE && y < f64::MIN_POSITIVE {
        // Subnormal parts are scaled up by an even power of two.
        let (x, y) = (x * 2.0f64.powi(54), y * 2.0f64.powi(54));
        ((x + x.hypot(y)) / 2.0).sqrt() * 2.0f64.powi(-27)
    } else {
        let x = x / 8.0;
        2.0 * (x + x.hypot(y / 8.0)).sqrt()
    };
    let d = y / (2.0 * s);
    if z.0 >= 0.0 {
        (s, d.copysign(z.1))
    } else {
        (d, s.copysign(z.1))
    }
}
pub fn sqrt(z: C) -> Result<C, Fault> {
    Ok(root(z))
}
pub fn tan(z: C) -> Result<C, Fault> {
    tanh(turn(z)).map(turn_back)
}
pub fn tanh(z: C) -> Result<C, Fault> {
    let (x, y) = z;
    if !is_finite(z) {
        let value = if x.is_infinite() && y.is_finite() && y != 0.0 {
            (1.0f64.copysign(x), 0.0f64.copysign(2.0 * y.sin() * y.cos()))
        } else {
            special::value(&special::TANH, z)
        };
        return if y.is_infinite() && x.is_finite() {
            Err(Fault::Domain)
        } else {
            Ok(value)
        };
    }
    if x.abs() > LOG_LARGE {
        return Ok((
            1.0f64.copysign(x),
            4.0 * y.sin() * y.cos() * (-2.0 * x.abs()).exp(),
        ));
    }
    let (tx, ty, cx) = (x.tanh(), y.tan(), 1.0 / x.cosh());
    let product = tx * ty;
    let denominator = 1.0 + product * product;
    Ok((
        tx * (1.0 + ty * ty) / denominator,
        ((ty / denominator) * cx) * cx,
    ))
}

/// The modulus: infinite only where a part is.
pub fn absolute(z: C) -> Result<f64, Fault> {
    if !is_finite(z) {
        return Ok(if z.0.is_infinite() || z.1.is_infinite() {
            f64::INFINITY
        } else {
            f64::NAN
        });
    }
    let h = z.0.hypot(z.1);
    if h.is_finite() {
        Ok(h)
    } else {
        Err(Fault::Range)
    }
}
pub fn rect(r: f64, phi: f64) -> Result<C, Fault> {
    if !r.is_finite() || !phi.is_finite() {
        let value = if r.is_infinite() && phi.is_finite() && phi != 0.0 {
            let (c, s) = (
                f64::INFINITY.copysign(phi.cos()),
                f64::INFINITY.copysign(phi.sin()),
            );
            if r > 0.0 { (c, s) } else { (-c, -s) }
        } else {
            special::value(&special::RECT, (r, phi))
        };
        return if r != 0.0 && !r.is_nan() && phi.is_infinite() {
            Err(Fault::Domain)
        } else {
            Ok(value)
        };
    }
    // The sign of a zero angle is kept.
    Ok(if phi == 0.0 {
        (r, r * phi)
    } else {
        (r * phi.cos(), r * phi.sin())
    })
}
