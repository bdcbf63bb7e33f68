//! Nothing panics on arbitrary bytes: every function that takes text gets noise, valid strings or not.

use mesapy_text::codec::{Endian, escape, utf7, utf8, utf16, utf32};
use mesapy_text::number::{complex, float, float_hex, int};
use mesapy_text::search::Kind;
use mesapy_text::unicode::normalize::{Form, normalize};
use mesapy_text::{
    case, format_spec, no_step, pad, percent, repr, search, split, str_format, wtf8,
};

#[test]
fn noise() {
    let alphabet =
        b"{}%[]().:!0159_-+ #*,<>=^szdfgxnj\\uUNx\t\n\r\xc3\xa9\xe2\x80\xa8\xed\xa0\xf0\x9f\xff";
    let mut seed = 1u64;
    let mut next = |n: usize| {
        seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (seed >> 33) as usize % n
    };
    for _ in 0..20_000 {
        let s: Vec<u8> = (0..next(12))
            .map(|_| alphabet[next(alphabet.len())])
            .collect();
        let t: Vec<u8> = (0..next(3))
            .map(|_| alphabet[next(alphabet.len())])
            .collect();
        let number = next(20);
        for kind in [Kind::Str, Kind::Bytes] {
            let _ = search::replace(&s, &t, b"xyz", number, kind);
            search::count(&s, &t, kind);
            split::split_whitespace(&s, number, kind);
            split::rsplit_whitespace(&s, number, kind);
            split::lines(&s, true, kind);
            split::strip_chars(&s, &t, true, true, kind);
            let _ = pad::expandtabs(&s, number as isize, kind);
            let _ = pad::zfill(&s, number, kind);
            percent::Template::new(&s, kind).for_each(drop);
        }
        str_format::Template::new(&s).for_each(drop);
        if let Ok((_, path)) = str_format::split_name(&s) {
            path.for_each(drop);
        }
        // Widths of up to six digits only, so that no gigabytes are made.
        if s.iter().filter(|b| b.is_ascii_digit()).count() < 5 {
            let locale = format_spec::NumberLocale::c();
            let _ = format_spec::format_str(&t, &s, "str");
            let _ = format_spec::format_float(1234.5, &s, "float", &locale);
            let _ = format_spec::format_complex(-0.0, 1e9, &s, "complex", &locale);
        }
        for f in [
            case::lower,
            case::upper,
            case::title,
            case::swapcase,
            case::capitalize,
            case::casefold,
        ] {
            f(&s);
        }
        for form in [Form::Nfc, Form::Nfd, Form::Nfkc, Form::Nfkd] {
            normalize(form, &s);
        }
        repr::repr_str(&s);
        let _ = repr::from_hex(&s);
        float::parse_float(&s);
        let _ = float_hex::from_hex(&s);
        let _ = complex::parse_complex(&s, Vec::new);
        let _ = int::parse_int(&s, [0, 2, 10, 36][number % 4], true, 4300, &mut no_step);
        let out = &mut Vec::new();
        for is_final in [false, true] {
            let _ = utf8::decode(&s, 0, is_final, out);
            let _ = utf7::decode(&s, 0, is_final, out);
            let _ = utf16::decode(&s, 0, is_final, Endian::Little, out);
            let _ = utf32::decode(&s, 0, is_final, Endian::Big, out);
            let _ = escape::decode_unicode_escape(&s, 0, is_final, out, &mut None);
            let _ = escape::decode_raw_unicode_escape(&s, 0, is_final, out);
        }
        let _ = escape::decode_bytes_escape(&s, &mut None);
        utf7::encode(&s);
        let _ = utf8::encode(&s, 0, out);
        wtf8::offset_of_char(&s, number);
        wtf8::slice_with_step(&s, number, -1, number);
    }
}
