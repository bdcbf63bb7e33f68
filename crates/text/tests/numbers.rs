//! Parsing and printing of numbers against CPython's answers.

mod common;
use common::*;
use mesapy_text::number::{complex, float, float_hex, int};
use mesapy_text::{hash, no_step, repr};

#[test]
fn floats() {
    replay("floats", |fields| {
        let show = |r: Result<f64, mesapy_text::TextError>| match r {
            Ok(x) => float_field(x),
            Err(e) => error_field(&e),
        };
        let argument = fields[1];
        match fields[0] {
            "parse" => match float::parse_float(&unhex(argument)) {
                Some(x) => float_field(x),
                None => {
                    let shown = String::from_utf8(repr::repr_str(&unhex(argument))).unwrap();
                    error_field(&mesapy_text::TextError::value(format!(
                        "could not convert string to float: {shown}"
                    )))
                }
            },
            "complex" => {
                let text = unhex(argument);
                match complex::parse_complex(&text, || repr::repr_str(&text)) {
                    Ok((re, im)) => format!("{} {}", float_field(re), float_field(im)),
                    Err(e) => error_field(&e),
                }
            }
            "int" => {
                let text = unhex(argument);
                let base = fields[2].parse().unwrap();
                match int::parse_int(&text, base, true, 0, &mut no_step) {
                    Ok(n) => int_field(&n),
                    Err(e) => error_field(&e.into_error(&repr::repr_str(&text), base, 0)),
                }
            }
            "fromhex" => show(float_hex::from_hex(&unhex(argument))),
            "repr" => hex(float::repr(float(argument)).as_bytes()),
            "hex" => hex(float_hex::to_hex(float(argument)).as_bytes()),
            "ratio" => match float::as_integer_ratio(float(argument)) {
                Ok((n, d)) => format!("{} {}", int_field(&n), int_field(&d)),
                Err(e) => error_field(&e),
            },
            "hash" => hash::hash_f64(float(argument)).map_or("-".into(), |h| h.to_string()),
            "cmprepr" => hex(complex::repr(float(argument), float(fields[2])).as_bytes()),
            "round" => show(float::round_digits(
                float(argument),
                fields[2].parse().unwrap(),
            )),
            "percent" => {
                let flags = float::FloatFlags {
                    plus: fields[4].contains('+'),
                    alternate: fields[4].contains('#'),
                    ..Default::default()
                };
                let text = float::format_double(
                    float(argument),
                    fields[2].as_bytes()[0],
                    fields[3].parse().unwrap(),
                    flags,
                );
                hex(text.as_bytes())
            }
            other => panic!("unknown operation {other}"),
        }
    });
}
