//! Strings: representation, case and predicates against CPython's answers.

mod common;
use common::*;
use mesapy_text::{case, repr, unicode};

#[test]
fn texts() {
    let yes = |b: bool| (b as u8).to_string();
    replay("texts", |fields| {
        let s = &unhex(fields[1])[..];
        match fields[0] {
            "repr" => hex(&repr::repr_str(s)),
            "ascii" => hex(&repr::ascii_str(s)),
            "bytesrepr" => hex(&repr::repr_bytes(s)),
            "lower" => hex(&case::lower(s)),
            "upper" => hex(&case::upper(s)),
            "title" => hex(&case::title(s)),
            "capitalize" => hex(&case::capitalize(s)),
            "swapcase" => hex(&case::swapcase(s)),
            "casefold" => hex(&case::casefold(s)),
            "blower" => hex(&case::ascii_lower(s)),
            "bupper" => hex(&case::ascii_upper(s)),
            "btitle" => hex(&case::ascii_title(s)),
            "bcapitalize" => hex(&case::ascii_capitalize(s)),
            "bswapcase" => hex(&case::ascii_swapcase(s)),
            "isalpha" => yes(case::is_alpha(s)),
            "isalnum" => yes(case::is_alnum(s)),
            "isdecimal" => yes(case::is_decimal(s)),
            "isdigit" => yes(case::is_digit(s)),
            "isnumeric" => yes(case::is_numeric(s)),
            "isspace" => yes(case::is_space(s)),
            "isprintable" => yes(case::is_printable(s)),
            "islower" => yes(case::is_lower(s)),
            "isupper" => yes(case::is_upper(s)),
            "istitle" => yes(case::is_title(s)),
            "isidentifier" => yes(unicode::is_identifier(s)),
            "bisalpha" => yes(case::ascii_is_alpha(s)),
            "bisalnum" => yes(case::ascii_is_alnum(s)),
            "bisdigit" => yes(case::ascii_is_digit(s)),
            "bisspace" => yes(case::ascii_is_space(s)),
            "bislower" => yes(case::ascii_is_lower(s)),
            "bisupper" => yes(case::ascii_is_upper(s)),
            "bistitle" => yes(case::ascii_is_title(s)),
            other => panic!("unknown operation {other}"),
        }
    });
}
