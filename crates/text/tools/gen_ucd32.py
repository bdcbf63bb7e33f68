"""Writes src/unicode/v3_2_data.rs: how Unicode 3.2 differs from the current version, as an interpreter that has `unicodedata.ucd_3_2_0` tells it."""

import unicodedata as new

old = new.ucd_3_2_0
END = 0x110000


def ranges(of):
    """Runs of code points of equal value; None has no run."""
    runs = []
    for cp in range(END):
        value = of(chr(cp))
        if value is None:
            continue
        if runs and runs[-1][1] == cp - 1 and runs[-1][2] == value:
            runs[-1][1] = cp
        else:
            runs.append([cp, cp, value])
    return runs


def assigned(c):
    return old.category(c) != "Cn"


def changed(name, default=...):
    args = () if default is ... else (default,)

    def of(c):
        if not assigned(c):
            return None
        was, now = getattr(old, name)(c, *args), getattr(new, name)(c, *args)
        return (was,) if was != now else None

    return ranges(of)


def show(value):
    if isinstance(value, str):
        return f'"{value}"'
    return "f64::NAN" if value is None else repr(value)


def table(name, kind, rows, doc):
    print(f"\n/// {doc}\n#[rustfmt::skip]\npub(super) static {name}: &[{kind}] = &[")
    line = "   "
    for row in rows:
        if len(line) + len(row) > 150:
            print(line)
            line = "   "
        line += f" {row},"
    print(line + "\n];")


print("//! Where Unicode 3.2 differs from the current version. Written by `tools/gen_ucd32.py`.")
table("UNASSIGNED", "(u32, u32)", [f"({a:#x}, {b:#x})" for a, b, _ in ranges(lambda c: None if assigned(c) else 1)], "What was not assigned yet.")
for name, kind, doc in (
    ("category", "&str", "General categories that were others."),
    ("bidirectional", "&str", "Bidirectional classes that were others."),
    ("east_asian_width", "&str", "Widths that were others."),
    ("mirrored", "u8", "Mirroring that was other."),
):
    table(name.upper(), f"(u32, u32, {kind})", [f"({a:#x}, {b:#x}, {show(v[0])})" for a, b, v in changed(name)], doc)
table("NUMERIC", "(u32, u32, f64)", [f"({a:#x}, {b:#x}, {show(v[0])})" for a, b, v in changed("numeric", None)], "Numeric values that were others; nan: there was none.")
table("DECIMAL", "(u32, u32, i8)", [f"({a:#x}, {b:#x}, {-1 if v[0] is None else v[0]})" for a, b, v in changed("decimal", None)], "Decimal digits that were others; -1: it was none.")
corrected = [cp for cp in range(END) if not 0xD800 <= cp < 0xE000 and assigned(chr(cp)) and old.normalize("NFD", chr(cp)) != new.normalize("NFD", chr(cp))]
table("CORRECTED", "(u32, u32)", [f"({cp:#x}, {ord(old.normalize('NFD', chr(cp))):#x})" for cp in corrected], "Characters whose canonical decomposition was another.")
