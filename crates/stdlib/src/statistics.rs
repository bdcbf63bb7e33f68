//! `_statistics`: the quantile function of the normal distribution.
//!
//! Source: M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37 (1988): rational approximations
//! in three regions, with the coefficients of its double-precision version PPND16.

use crate::support::*;

pub static MODULE: NativeModule = NativeModule {
    name: "_statistics",
    doc: "Accelerators for the statistics module.\n",
    functions: methods! {
        "_normal_dist_inv_cdf(p, mu, sigma, /)" => static calls inv_cdf(p, mu, sigma), "";
    },
    types: &[],
    init: None,
};

/// Coefficients of numerator and denominator, highest power first.
type Rational = [[f64; 8]; 2];

const CENTRE: Rational = [
    [
        2509.0809287301227,
        33430.57558358813,
        67265.7709270087,
        45921.95393154987,
        13731.69376550946,
        1971.5909503065513,
        133.14166789178438,
        3.3871328727963665,
    ],
    [
        5226.495278852854,
        28729.085735721943,
        39307.89580009271,
        21213.794301586597,
        5394.196021424751,
        687.1870074920579,
        42.31333070160091,
        1.0,
    ],
];
const MIDDLE: Rational = [
    [
        0.0007745450142783414,
        0.022723844989269184,
        0.2417807251774506,
        1.2704582524523684,
        3.6478483247632045,
        5.769497221460691,
        4.630337846156546,
        1.4234371107496835,
    ],
    [
        1.0507500716444169e-09,
        0.0005475938084995345,
        0.015198666563616457,
        0.14810397642748008,
        0.6897673349851,
        1.6763848301838038,
        2.053191626637759,
        1.0,
    ],
];
const TAIL: Rational = [
    [
        2.0103343992922881e-07,
        2.7115555687434876e-05,
        0.0012426609473880784,
        0.026532189526576124,
        0.29656057182850487,
        1.7848265399172913,
        5.463784911164114,
        6.657904643501103,
    ],
    [
        2.0442631033899397e-15,
        1.421511758316446e-07,
        1.8463183175100548e-05,
        0.0007868691311456133,
        0.014875361290850615,
        0.1369298809227358,
        0.599832206555888,
        1.0,
    ],
];

fn polynomial(coefficients: &[f64; 8], r: f64) -> f64 {
    coefficients[1..]
        .iter()
        .fold(coefficients[0], |sum, c| sum * r + c)
}
fn quotient(of: &Rational, r: f64) -> (f64, f64) {
    (polynomial(&of[0], r), polynomial(&of[1], r))
}
fn quantile(p: f64, mu: f64, sigma: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let (num, den) = quotient(&CENTRE, 0.180625 - q * q);
        return mu + (num * q / den) * sigma;
    }
    let r = (-(if q <= 0.0 { p } else { 1.0 - p }).ln()).sqrt();
    let (num, den) = if r <= 5.0 {
        quotient(&MIDDLE, r - 1.6)
    } else {
        quotient(&TAIL, r - 5.0)
    };
    let x = num / den;
    mu + (if q < 0.0 { -x } else { x }) * sigma
}
fn inv_cdf(vm: &mut Vm, p: f64, mu: f64, sigma: f64) -> Py<f64> {
    if p <= 0.0 || p >= 1.0 {
        return Err(vm.value_error("inv_cdf undefined for these parameters"));
    }
    Ok(quantile(p, mu, sigma))
}
