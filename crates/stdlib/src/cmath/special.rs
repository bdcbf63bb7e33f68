//! Values of complex functions where a part of the argument is an infinity, a zero or a nan (C11, annex G).
//!
//! A table's rows are the classes of the real part, its columns those of the imaginary part, both in the order −∞, negative, −0, +0, positive, +∞, nan.

use super::functions::C;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// One function's values.
pub type Table = [[C; 7]; 7];

/// The value of a function at an argument that is not finite.
pub fn value(table: &Table, z: C) -> C {
    table[class(z.0)][class(z.1)]
}
fn class(x: f64) -> usize {
    if x.is_nan() {
        6
    } else if x.is_infinite() {
        if x > 0.0 { 5 } else { 0 }
    } else if x == 0.0 {
        if x.is_sign_negative() { 2 } else { 3 }
    } else if x > 0.0 {
        4
    } else {
        1
    }
}

const I: f64 = f64::INFINITY;
const N: f64 = f64::NAN.copysign(1.0);
const Z: f64 = 0.0;
const P: f64 = PI;
const H: f64 = FRAC_PI_2;
const Q: f64 = FRAC_PI_4;
const T: f64 = 3.0 * FRAC_PI_4;
/// Arguments that are finite in both parts are never looked up.
const U: C = (N, N);

#[rustfmt::skip]
pub const ACOS: Table = [
    [(T, I), (P, I), (P, I), (P, -I), (P, -I), (T, -I), (N, I)],
    [(H, I), U, U, U, U, (H, -I), (N, N)],
    [(H, I), U, (H, Z), (H, -Z), U, (H, -I), (H, N)],
    [(H, I), U, (H, Z), (H, -Z), U, (H, -I), (H, N)],
    [(H, I), U, U, U, U, (H, -I), (N, N)],
    [(Q, I), (Z, I), (Z, I), (Z, -I), (Z, -I), (Q, -I), (N, I)],
    [(N, I), (N, N), (N, N), (N, N), (N, N), (N, -I), (N, N)],
];
#[rustfmt::skip]
pub const ACOSH: Table = [
    [(I, -T), (I, -P), (I, -P), (I, P), (I, P), (I, T), (I, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -H), U, (Z, -H), (Z, H), U, (I, H), (N, H)],
    [(I, -H), U, (Z, -H), (Z, H), U, (I, H), (N, H)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -Q), (I, -Z), (I, -Z), (I, Z), (I, Z), (I, Q), (I, N)],
    [(I, N), (N, N), (N, N), (N, N), (N, N), (I, N), (N, N)],
];
#[rustfmt::skip]
pub const ASINH: Table = [
    [(-I, -Q), (-I, -Z), (-I, -Z), (-I, Z), (-I, Z), (-I, Q), (-I, N)],
    [(-I, -H), U, U, U, U, (-I, H), (N, N)],
    [(-I, -H), U, (-Z, -Z), (-Z, Z), U, (-I, H), (N, N)],
    [(I, -H), U, (Z, -Z), (Z, Z), U, (I, H), (N, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -Q), (I, -Z), (I, -Z), (I, Z), (I, Z), (I, Q), (I, N)],
    [(I, N), (N, N), (N, -Z), (N, Z), (N, N), (I, N), (N, N)],
];
#[rustfmt::skip]
pub const ATANH: Table = [
    [(-Z, -H), (-Z, -H), (-Z, -H), (-Z, H), (-Z, H), (-Z, H), (-Z, N)],
    [(-Z, -H), U, U, U, U, (-Z, H), (N, N)],
    [(-Z, -H), U, (-Z, -Z), (-Z, Z), U, (-Z, H), (-Z, N)],
    [(Z, -H), U, (Z, -Z), (Z, Z), U, (Z, H), (Z, N)],
    [(Z, -H), U, U, U, U, (Z, H), (N, N)],
    [(Z, -H), (Z, -H), (Z, -H), (Z, H), (Z, H), (Z, H), (Z, N)],
    [(Z, -H), (N, N), (N, N), (N, N), (N, N), (Z, H), (N, N)],
];
#[rustfmt::skip]
pub const COSH: Table = [
    [(I, N), U, (I, Z), (I, -Z), U, (I, N), (I, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, Z), U, (1.0, Z), (1.0, -Z), U, (N, Z), (N, Z)],
    [(N, Z), U, (1.0, -Z), (1.0, Z), U, (N, Z), (N, Z)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(I, N), U, (I, -Z), (I, Z), U, (I, N), (I, N)],
    [(N, N), (N, N), (N, Z), (N, Z), (N, N), (N, N), (N, N)],
];
#[rustfmt::skip]
pub const EXP: Table = [
    [(Z, Z), U, (Z, -Z), (Z, Z), U, (Z, Z), (Z, Z)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), U, (1.0, -Z), (1.0, Z), U, (N, N), (N, N)],
    [(N, N), U, (1.0, -Z), (1.0, Z), U, (N, N), (N, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(I, N), U, (I, -Z), (I, Z), U, (I, N), (I, N)],
    [(N, N), (N, N), (N, -Z), (N, Z), (N, N), (N, N), (N, N)],
];
#[rustfmt::skip]
pub const LOG: Table = [
    [(I, -T), (I, -P), (I, -P), (I, P), (I, P), (I, T), (I, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -H), U, (-I, -P), (-I, P), U, (I, H), (N, N)],
    [(I, -H), U, (-I, -Z), (-I, Z), U, (I, H), (N, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -Q), (I, -Z), (I, -Z), (I, Z), (I, Z), (I, Q), (I, N)],
    [(I, N), (N, N), (N, N), (N, N), (N, N), (I, N), (N, N)],
];
#[rustfmt::skip]
pub const SINH: Table = [
    [(I, N), U, (-I, -Z), (-I, Z), U, (I, N), (I, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(Z, N), U, (-Z, -Z), (-Z, Z), U, (Z, N), (Z, N)],
    [(Z, N), U, (Z, -Z), (Z, Z), U, (Z, N), (Z, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(I, N), U, (I, -Z), (I, Z), U, (I, N), (I, N)],
    [(N, N), (N, N), (N, -Z), (N, Z), (N, N), (N, N), (N, N)],
];
#[rustfmt::skip]
pub const SQRT: Table = [
    [(I, -I), (Z, -I), (Z, -I), (Z, I), (Z, I), (I, I), (N, I)],
    [(I, -I), U, U, U, U, (I, I), (N, N)],
    [(I, -I), U, (Z, -Z), (Z, Z), U, (I, I), (N, N)],
    [(I, -I), U, (Z, -Z), (Z, Z), U, (I, I), (N, N)],
    [(I, -I), U, U, U, U, (I, I), (N, N)],
    [(I, -I), (I, -Z), (I, -Z), (I, Z), (I, Z), (I, I), (I, N)],
    [(I, -I), (N, N), (N, N), (N, N), (N, N), (I, I), (N, N)],
];
#[rustfmt::skip]
pub const TANH: Table = [
    [(-1.0, Z), U, (-1.0, -Z), (-1.0, Z), U, (-1.0, Z), (-1.0, Z)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(-Z, N), U, (-Z, -Z), (-Z, Z), U, (-Z, N), (-Z, N)],
    [(Z, N), U, (Z, -Z), (Z, Z), U, (Z, N), (Z, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(1.0, Z), U, (1.0, -Z), (1.0, Z), U, (1.0, Z), (1.0, Z)],
    [(N, N), (N, N), (N, -Z), (N, Z), (N, N), (N, N), (N, N)],
];
#[rustfmt::skip]
pub const RECT: Table = [
    [(I, N), U, (-I, Z), (-I, -Z), U, (I, N), (I, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(Z, Z), U, (-Z, Z), (-Z, -Z), U, (Z, Z), (Z, Z)],
    [(Z, Z), U, (Z, -Z), (Z, Z), U, (Z, Z), (Z, Z)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(I, N), U, (I, -Z), (I, Z), U, (I, N), (I, N)],
    [(N, N), (N, N), (N, Z), (N, Z), (N, N), (N, N), (N, N)],
];
