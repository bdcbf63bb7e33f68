//! The format mini-language against CPython's answers.

mod common;
use common::*;
use mesapy_text::format_spec::{self, NumberLocale};
use mesapy_text::no_step;

#[test]
fn formats() {
    let locale = NumberLocale::c();
    replay("formats", |fields| {
        let spec = unhex(fields[2]);
        bytes_field(match fields[0] {
            "str" => format_spec::format_str(&unhex(fields[1]), &spec, "str"),
            "int" => format_spec::format_int(
                int(fields[1]).view(),
                &spec,
                "int",
                &locale,
                4300,
                &mut no_step,
            ),
            "float" => format_spec::format_float(float(fields[1]), &spec, "float", &locale),
            _ => {
                let (re, im) = fields[1].split_once(' ').unwrap();
                format_spec::format_complex(float(re), float(im), &spec, "complex", &locale)
            }
        })
    });
}
