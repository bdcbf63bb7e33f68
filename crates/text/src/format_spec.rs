//! The format mini-language of PEP 3101: parsing a specification, and `format` of str, int, float and complex by it.
//!
//! CPython: Python/formatter_unicode.c. The order of the checks decides which error a bad specification gets.

use crate::number::bigint::{self, BigRef};
use crate::number::float::{self, FloatFlags};
use crate::number::{complex, int};
use crate::{Step, TextError, unicode, wtf8};

/// No number gets wider than this; what would is a `MemoryError`. Numbers are put together in several steps, some of
/// which take many times their width. Strings may be as wide as memory allows.
pub const WIDTH_MAX: usize = 1 << 26;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    Comma,
    Underscore,
}

impl Grouping {
    fn char(self) -> char {
        match self {
            Grouping::Comma => ',',
            Grouping::Underscore => '_',
        }
    }
}

/// A parsed specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    pub fill: u32,
    /// `<`, `>`, `^` or `=`.
    pub align: u8,
    /// `+`, `-`, space, or nothing.
    pub sign: Option<u8>,
    pub no_negative_zero: bool,
    pub alternate: bool,
    pub width: Option<usize>,
    pub grouping: Option<Grouping>,
    pub precision: Option<usize>,
    pub fraction_grouping: Option<Grouping>,
    /// The type character; `None` if there is none.
    pub kind: Option<u32>,
}

/// How a locale writes numbers, for the type `n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberLocale {
    pub decimal_point: String,
    pub thousands_separator: String,
    /// Sizes of groups from the right, the last repeating, as in C's `localeconv`; 127 ends grouping.
    pub grouping: Vec<u8>,
}

impl NumberLocale {
    pub fn c() -> Self {
        NumberLocale {
            decimal_point: ".".into(),
            thousands_separator: String::new(),
            grouping: Vec::new(),
        }
    }
}

fn too_many_digits() -> TextError {
    TextError::value("Too many decimal digits in format string")
}

/// A run of decimal digits: the number, if there are any.
fn number(cps: &[u32], at: &mut usize) -> Result<Option<usize>, TextError> {
    let mut value: Option<usize> = None;
    while let Some(digit) = cps.get(*at).and_then(|&cp| unicode::decimal(cp)) {
        let next = value
            .unwrap_or(0)
            .checked_mul(10)
            .and_then(|v| v.checked_add(digit as usize));
        value = Some(
            next.filter(|&v| v <= isize::MAX as usize)
                .ok_or_else(too_many_digits)?,
        );
        *at += 1;
    }
    Ok(value)
}

fn char_in_message(cp: u32) -> String {
    match char::from_u32(cp) {
        Some(c) if (33..128).contains(&cp) => c.to_string(),
        _ => format!("\\x{cp:x}"),
    }
}

fn unknown_type(cp: u32, type_name: &str) -> TextError {
    TextError::value(format!(
        "Unknown format code '{}' for object of type '{type_name}'",
        char_in_message(cp)
    ))
}

fn both_separators() -> TextError {
    TextError::value("Cannot specify both ',' and '_'.")
}

fn wrong_separator(grouping: Grouping, kind: u32) -> TextError {
    TextError::value(format!(
        "Cannot specify '{}' with '{}'.",
        grouping.char(),
        char_in_message(kind)
    ))
}

/// Zero or one separator; both is an error, as is one twice (which is left to fail later).
fn separator(cps: &[u32], at: &mut usize) -> Result<Option<Grouping>, TextError> {
    let mut found = None;
    if cps.get(*at) == Some(&(b',' as u32)) {
        found = Some(Grouping::Comma);
        *at += 1;
    }
    if cps.get(*at) == Some(&(b'_' as u32)) {
        if found.is_some() {
            return Err(both_separators());
        }
        found = Some(Grouping::Underscore);
        *at += 1;
    }
    if cps.get(*at) == Some(&(b',' as u32)) && found == Some(Grouping::Underscore) {
        return Err(both_separators());
    }
    Ok(found)
}

impl Spec {
    /// Parses a specification. `default_align` is `<` for strings and `>` for numbers; `default_kind` is the type that is
    /// meant when there is none (`s`, `d`, or `None` for floats); `type_name` is for messages.
    pub fn parse(
        spec: &[u8],
        default_kind: Option<u8>,
        default_align: u8,
        type_name: &str,
    ) -> Result<Spec, TextError> {
        let cps = wtf8::to_code_points(spec);
        let mut at = 0;
        let align_at = |i: usize| match cps.get(i) {
            Some(&cp @ (0x3C | 0x3D | 0x3E | 0x5E)) => Some(cp as u8),
            _ => None,
        };
        let is = |i: usize, byte: u8| cps.get(i) == Some(&(byte as u32));
        let mut out = Spec {
            fill: b' ' as u32,
            align: default_align,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: None,
            grouping: None,
            precision: None,
            fraction_grouping: None,
            kind: default_kind.map(u32::from),
        };
        let (mut fill_given, mut align_given) = (false, false);
        if let Some(align) = align_at(1) {
            (out.align, out.fill) = (align, cps[0]);
            (fill_given, align_given) = (true, true);
            at = 2;
        } else if let Some(align) = align_at(0) {
            out.align = align;
            align_given = true;
            at = 1;
        }
        if let Some(&cp @ (0x20 | 0x2B | 0x2D)) = cps.get(at) {
            out.sign = Some(cp as u8);
            at += 1;
        }
        if is(at, b'z') {
            out.no_negative_zero = true;
            at += 1;
        }
        if is(at, b'#') {
            out.alternate = true;
            at += 1;
        }
        if !fill_given && is(at, b'0') {
            out.fill = b'0' as u32;
            if !align_given && default_align == b'>' {
                out.align = b'=';
            }
            at += 1;
        }
        out.width = number(&cps, &mut at)?;
        out.grouping = separator(&cps, &mut at)?;
        if is(at, b'.') {
            at += 1;
            out.precision = number(&cps, &mut at)?;
            out.fraction_grouping = separator(&cps, &mut at)?;
            if out.precision.is_none() && out.fraction_grouping.is_none() {
                return Err(TextError::value("Format specifier missing precision"));
            }
        }
        match cps.len() - at {
            0 => {}
            1 => out.kind = Some(cps[at]),
            _ => {
                let mut message = b"Invalid format specifier '".to_vec();
                message.extend_from_slice(spec);
                message.extend_from_slice(format!("' for object of type '{type_name}'").as_bytes());
                return Err(TextError::value(message));
            }
        }
        let kind = out.kind.unwrap_or(0);
        let byte = u8::try_from(kind).unwrap_or(b'?');
        if let Some(grouping) = out.grouping {
            let allowed = match byte {
                b'd' | b'e' | b'f' | b'g' | b'E' | b'G' | b'%' | b'F' | 0 => true,
                b'b' | b'o' | b'x' | b'X' => grouping == Grouping::Underscore,
                _ => false,
            };
            if !allowed {
                return Err(wrong_separator(grouping, kind));
            }
        }
        // A separator for the fraction is allowed, and without effect, where there is no fraction.
        if let (Some(grouping), b'n') = (out.fraction_grouping, byte) {
            return Err(wrong_separator(grouping, kind));
        }
        Ok(out)
    }

    /// The type as a byte; 0 if there is none, `?` for what no type has.
    fn kind_byte(&self) -> u8 {
        self.kind.map_or(0, |cp| u8::try_from(cp).unwrap_or(b'?'))
    }

    fn check_width(&self) -> Result<(), TextError> {
        if self.width.is_some_and(|w| w > WIDTH_MAX)
            || self.precision.is_some_and(|p| p > WIDTH_MAX)
        {
            return Err(TextError::memory());
        }
        Ok(())
    }
}

fn push_fill(out: &mut Vec<u8>, fill: u32, count: usize) {
    let (bytes, len) = wtf8::encode(fill);
    if len == 1 {
        out.resize(out.len() + count, bytes[0]);
    } else {
        (0..count).for_each(|_| out.extend_from_slice(&bytes[..len]));
    }
}

/// Pads text of `chars` characters.
fn pad(text: &[u8], chars: usize, spec: &Spec) -> Result<Vec<u8>, TextError> {
    let padding = spec.width.unwrap_or(0).saturating_sub(chars);
    let left = match spec.align {
        b'>' | b'=' => padding,
        b'^' => padding / 2,
        _ => 0,
    };
    let total = padding
        .checked_mul(wtf8::encoded_len(spec.fill))
        .and_then(|n| n.checked_add(text.len()));
    let mut out = Vec::new();
    out.try_reserve_exact(total.ok_or_else(TextError::memory)?)
        .map_err(|_| TextError::memory())?;
    push_fill(&mut out, spec.fill, left);
    out.extend_from_slice(text);
    push_fill(&mut out, spec.fill, padding - left);
    Ok(out)
}

/// `str.__format__`.
pub fn format_str(s: &[u8], spec: &[u8], type_name: &str) -> Result<Vec<u8>, TextError> {
    if spec.is_empty() {
        return Ok(s.to_vec());
    }
    let spec = Spec::parse(spec, Some(b's'), b'<', type_name)?;
    let fail = |text: &str| Err(TextError::value(text));
    if spec.kind_byte() != b's' {
        return Err(unknown_type(spec.kind.unwrap_or(0), type_name));
    }
    match spec.sign {
        Some(b' ') => return fail("Space not allowed in string format specifier"),
        Some(_) => return fail("Sign not allowed in string format specifier"),
        None => {}
    }
    if spec.no_negative_zero {
        return fail("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return fail("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == b'=' {
        return fail("'=' alignment not allowed in string format specifier");
    }
    let shown = match spec.precision {
        Some(precision) => &s[..wtf8::offset_of_char(s, precision)],
        None => s,
    };
    pad(shown, wtf8::count(shown), &spec)
}

/// The parts of a printed number.
struct Parts<'a> {
    /// Was there a minus sign?
    negative: bool,
    /// `0x` and the like.
    prefix: &'a str,
    /// Digits before the point; empty for a character, infinity or NaN.
    whole: &'a str,
    /// Is there a point?
    point: bool,
    fraction: &'a str,
    /// Exponent, percent sign, or all of `inf` and `nan`, or a character.
    rest: &'a [u8],
}

/// The separators in force.
struct Separators<'a> {
    point: &'a str,
    thousands: &'a str,
    grouping: &'a [u8],
    fraction: &'a str,
}

fn separators<'a>(spec: &Spec, locale: &'a NumberLocale, group_of_four: bool) -> Separators<'a> {
    fn text(grouping: Option<Grouping>) -> &'static str {
        match grouping {
            Some(Grouping::Comma) => ",",
            Some(Grouping::Underscore) => "_",
            None => "",
        }
    }
    let fraction = text(spec.fraction_grouping);
    if spec.kind_byte() == b'n' {
        let point = locale.decimal_point.as_str();
        return Separators {
            point,
            thousands: &locale.thousands_separator,
            grouping: &locale.grouping,
            fraction,
        };
    }
    let grouping: &[u8] = match (spec.grouping, group_of_four) {
        (None, _) => &[],
        (Some(_), true) => &[4],
        (Some(_), false) => &[3],
    };
    Separators {
        point: ".",
        thousands: text(spec.grouping),
        grouping,
        fraction,
    }
}

/// Digits in groups, with zeros in front so that the result has at least `min_chars` characters.
/// CPython: `_PyUnicode_InsertThousandsGrouping`.
fn group(digits: &str, separator: &str, grouping: &[u8], min_chars: usize) -> String {
    let separator_chars = separator.chars().count();
    let mut groups: Vec<String> = Vec::new();
    let (mut left, mut wanted) = (digits.len(), min_chars);
    let mut sizes = grouping.iter();
    let mut size = usize::MAX;
    let mut ended = false;
    loop {
        match sizes.next() {
            Some(127) => ended = true,
            Some(&n) if n > 0 && !ended => size = n as usize,
            _ => {}
        }
        let size_now = if ended { usize::MAX } else { size };
        let len = size_now.min(left.max(wanted).max(1));
        let taken = left.min(len);
        let mut text = "0".repeat(len - taken);
        text.push_str(&digits[left - taken..left]);
        groups.push(text);
        left -= taken;
        wanted = wanted.saturating_sub(len);
        if left == 0 && wanted == 0 {
            break;
        }
        wanted = wanted.saturating_sub(separator_chars);
        // A separator that fills the width still needs a digit before it, which the next round adds.
    }
    groups.reverse();
    groups.join(separator)
}

fn group_fraction(digits: &str, separator: &str) -> String {
    if separator.is_empty() {
        return digits.to_owned();
    }
    let parts: Vec<&str> = (0..digits.len())
        .step_by(3)
        .map(|at| &digits[at..digits.len().min(at + 3)])
        .collect();
    parts.join(separator)
}

/// Puts a number together: sign, padding, prefix, grouped digits.
fn assemble(parts: &Parts, spec: &Spec, seps: &Separators) -> Vec<u8> {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => "-",
        (false, Some(b'+')) => "+",
        (false, Some(b' ')) => " ",
        _ => "",
    };
    let point = if parts.point { seps.point } else { "" };
    let fraction = group_fraction(parts.fraction, seps.fraction);
    let around = sign.len()
        + parts.prefix.len()
        + point.chars().count()
        + fraction.len()
        + wtf8::count(parts.rest);
    let width = spec.width.unwrap_or(0);
    let zero_padded = spec.fill == b'0' as u32 && spec.align == b'=';
    let min_chars = if zero_padded {
        width.saturating_sub(around)
    } else {
        0
    };
    let whole = if parts.whole.is_empty() {
        String::new()
    } else {
        group(parts.whole, seps.thousands, seps.grouping, min_chars)
    };
    let padding = width.saturating_sub(around + whole.chars().count());
    let (left, inner) = match spec.align {
        b'>' => (padding, 0),
        b'^' => (padding / 2, 0),
        b'=' => (0, padding),
        _ => (0, 0),
    };
    let mut out = Vec::with_capacity(around + whole.len() + padding);
    push_fill(&mut out, spec.fill, left);
    out.extend_from_slice(sign.as_bytes());
    out.extend_from_slice(parts.prefix.as_bytes());
    push_fill(&mut out, spec.fill, inner);
    out.extend_from_slice(whole.as_bytes());
    out.extend_from_slice(point.as_bytes());
    out.extend_from_slice(fraction.as_bytes());
    out.extend_from_slice(parts.rest);
    push_fill(&mut out, spec.fill, padding - left - inner);
    out
}

/// `int.__format__`. `max_digits` is `sys.get_int_max_str_digits()`, 0 for no limit.
pub fn format_int(
    value: BigRef,
    spec: &[u8],
    type_name: &str,
    locale: &NumberLocale,
    max_digits: usize,
    step: Step,
) -> Result<Vec<u8>, TextError> {
    if spec.is_empty() {
        if int::exceeds_digits(value, max_digits, &mut *step)? {
            return Err(int::too_many_digits_to_print(max_digits));
        }
        return Ok(bigint::to_decimal(value, step)?.into_bytes());
    }
    let spec = Spec::parse(spec, Some(b'd'), b'>', type_name)?;
    let kind = spec.kind_byte();
    match kind {
        b'b' | b'c' | b'd' | b'o' | b'x' | b'X' | b'n' => {}
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%' => {
            let Some(x) = bigint::to_f64(value) else {
                return Err(TextError::overflow("int too large to convert to float"));
            };
            return format_float_by(x, &spec, locale);
        }
        _ => return Err(unknown_type(spec.kind.unwrap_or(0), type_name)),
    }
    let fail = |text: &str| Err(TextError::value(text));
    if spec.precision.is_some() {
        return fail("Precision not allowed in integer format specifier");
    }
    if spec.no_negative_zero {
        return fail("Negative zero coercion (z) not allowed in integer format specifier");
    }
    spec.check_width()?;
    let mut parts = Parts {
        negative: false,
        prefix: "",
        whole: "",
        point: false,
        fraction: "",
        rest: b"",
    };
    if kind == b'c' {
        if spec.sign.is_some() {
            return fail("Sign not allowed with integer format specifier 'c'");
        }
        if spec.alternate {
            return fail("Alternate form (#) not allowed with integer format specifier 'c'");
        }
        let cp = value
            .to_u64()
            .filter(|&cp| cp <= wtf8::CODE_POINT_MAX as u64);
        let Some(cp) = cp else {
            return Err(match value.to_i64() {
                Some(_) => TextError::overflow("%c arg not in range(0x110000)"),
                None => TextError::overflow("Python int too large to convert to C long"),
            });
        };
        let text = wtf8::from_code_point(cp as u32);
        parts.rest = &text;
        return Ok(assemble(&parts, &spec, &separators(&spec, locale, false)));
    }
    let (base, prefix) = match kind {
        b'b' => (2, "0b"),
        b'o' => (8, "0o"),
        b'x' => (16, "0x"),
        b'X' => (16, "0X"),
        _ => (10, ""),
    };
    if base == 10 && int::exceeds_digits(value, max_digits, &mut *step)? {
        return Err(int::too_many_digits_to_print(max_digits));
    }
    let mut text = bigint::to_radix(value, base, step)?;
    if kind == b'X' {
        text.make_ascii_uppercase();
    }
    parts.negative = text.starts_with('-');
    parts.whole = text.trim_start_matches('-');
    parts.prefix = if spec.alternate { prefix } else { "" };
    Ok(assemble(
        &parts,
        &spec,
        &separators(&spec, locale, base != 10),
    ))
}

/// Splits what [`float::format_double`] printed.
fn split_float(text: &str) -> Parts<'_> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let whole_len = body.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = body.split_at(whole_len);
    let (point, rest) = match rest.strip_prefix('.') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let fraction_len = if point {
        rest.bytes().take_while(u8::is_ascii_digit).count()
    } else {
        0
    };
    let (fraction, rest) = rest.split_at(fraction_len);
    Parts {
        negative,
        prefix: "",
        whole,
        point,
        fraction,
        rest: rest.as_bytes(),
    }
}

fn precision_too_big(spec: &Spec) -> Result<(), TextError> {
    if spec.precision.is_some_and(|p| p > i32::MAX as usize) {
        return Err(TextError::value("precision too big"));
    }
    spec.check_width()
}

fn format_float_by(
    mut value: f64,
    spec: &Spec,
    locale: &NumberLocale,
) -> Result<Vec<u8>, TextError> {
    precision_too_big(spec)?;
    let mut flags = FloatFlags {
        alternate: spec.alternate,
        no_negative_zero: spec.no_negative_zero,
        ..Default::default()
    };
    let mut kind = spec.kind_byte();
    let mut precision = 6;
    let percent = kind == b'%';
    match kind {
        0 => {
            flags.add_dot_0 = true;
            kind = b'r';
            precision = 0;
        }
        b'n' => kind = b'g',
        b'%' => {
            kind = b'f';
            value *= 100.0;
        }
        _ => {}
    }
    if let Some(given) = spec.precision {
        precision = given;
        if kind == b'r' {
            kind = b'g';
        }
    }
    let mut text = float::format_double(value, kind, precision, flags);
    if percent {
        text.push('%');
    }
    Ok(assemble(
        &split_float(&text),
        spec,
        &separators(spec, locale, false),
    ))
}

/// `float.__format__`.
pub fn format_float(
    value: f64,
    spec: &[u8],
    type_name: &str,
    locale: &NumberLocale,
) -> Result<Vec<u8>, TextError> {
    if spec.is_empty() {
        return Ok(float::repr(value).into_bytes());
    }
    let spec = Spec::parse(spec, None, b'>', type_name)?;
    match spec.kind_byte() {
        0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n' | b'%' => {}
        _ => return Err(unknown_type(spec.kind.unwrap_or(0), type_name)),
    }
    format_float_by(value, &spec, locale)
}

/// `complex.__format__`.
pub fn format_complex(
    real: f64,
    imaginary: f64,
    spec: &[u8],
    type_name: &str,
    locale: &NumberLocale,
) -> Result<Vec<u8>, TextError> {
    if spec.is_empty() {
        return Ok(complex::repr(real, imaginary).into_bytes());
    }
    let spec = Spec::parse(spec, None, b'>', type_name)?;
    let mut kind = spec.kind_byte();
    match kind {
        0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n' => {}
        _ => return Err(unknown_type(spec.kind.unwrap_or(0), type_name)),
    }
    precision_too_big(&spec)?;
    if spec.fill == b'0' as u32 {
        return Err(TextError::value(
            "Zero padding is not allowed in complex format specifier",
        ));
    }
    if spec.align == b'=' {
        return Err(TextError::value(
            "'=' alignment flag is not allowed in complex format specifier",
        ));
    }
    let mut precision = 6;
    let (mut parens, mut skip_real) = (false, false);
    match kind {
        0 => {
            kind = b'r';
            precision = 0;
            skip_real = real == 0.0 && real.is_sign_positive();
            parens = !skip_real;
        }
        b'n' => kind = b'g',
        _ => {}
    }
    if let Some(given) = spec.precision {
        precision = given;
        if kind == b'r' {
            kind = b'g';
        }
    }
    let flags = FloatFlags {
        alternate: spec.alternate,
        no_negative_zero: spec.no_negative_zero,
        ..Default::default()
    };
    let seps = separators(&spec, locale, false);
    let part = |x: f64, sign: Option<u8>| {
        let inner = Spec {
            width: None,
            align: b'<',
            sign,
            ..spec.clone()
        };
        assemble(
            &split_float(&float::format_double(x, kind, precision, flags)),
            &inner,
            &seps,
        )
    };
    let mut text = Vec::new();
    if parens {
        text.push(b'(');
    }
    if !skip_real {
        text.extend(part(real, spec.sign));
    }
    text.extend(part(
        imaginary,
        if skip_real { spec.sign } else { Some(b'+') },
    ));
    text.push(b'j');
    if parens {
        text.push(b')');
    }
    pad(&text, wtf8::count(&text), &spec)
}
