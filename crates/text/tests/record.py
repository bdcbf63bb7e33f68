"""Records CPython 3.14's answers for the tests of this crate: `python3.14 crates/text/tests/record.py`.

Writes tests/data/*.txt: one case a line, fields separated by tabs. Fields are ASCII; strings are written as hex of
their UTF-8 (with "surrogatepass"), ints as hex digits with a sign, floats as the hex of their bits. An exception is
"!Type: text".
"""
import math, os, random, struct, sys

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data')
RNG = random.Random(314)
sys.set_int_max_str_digits(0)


def s(text):
    return text.encode('utf-8', 'surrogatepass').hex() if isinstance(text, str) else bytes(text).hex()


def f(x):
    return struct.pack('>d', x).hex()


def i(n):
    return '%x' % n


def attempt(function, show=s):
    try:
        return show(function())
    except Exception as error:
        return '!' + type(error).__name__ + ': ' + str(error).encode('unicode_escape').decode()


def write(name, rows):
    with open(os.path.join(HERE, name + '.txt'), 'w') as out:
        for row in dict.fromkeys('\t'.join(row) for row in rows):
            out.write(row + '\n')


def some_int(bits=None):
    bits = RNG.choice([1, 8, 31, 63, 64, 65, 127, 128, 129, 200, 400, 1000]) if bits is None else bits
    kind = RNG.randrange(4)
    if kind == 0:
        n = (1 << bits) - RNG.randrange(3)
    elif kind == 1:
        n = (1 << bits) + RNG.randrange(3)
    else:
        n = RNG.getrandbits(bits)
    return -n if RNG.randrange(2) else n


def ints():
    for _ in range(260):
        a, b = some_int(), some_int()
        yield 'add', i(a), i(b), i(a + b)
        yield 'sub', i(a), i(b), i(a - b)
        yield 'mul', i(a), i(b), i(a * b)
        if b:
            yield 'div', i(a), i(b), i(a // b), i(a % b)
            yield 'truediv', i(a), i(b), attempt(lambda: a / b, f)
        yield 'and', i(a), i(b), i(a & b)
        yield 'or', i(a), i(b), i(a | b)
        yield 'xor', i(a), i(b), i(a ^ b)
        yield 'gcd', i(a), i(b), i(math.gcd(a, b))
        n = RNG.choice([0, 1, 63, 64, 65, 130, 500])
        yield 'shl', i(a), str(n), i(a << n)
        yield 'shr', i(a), str(n), i(a >> n)
        yield 'float', i(a), attempt(lambda: float(a), f)
        yield 'hash', i(a), str(hash(a))
        yield 'isqrt', i(abs(a)), i(math.isqrt(abs(a)))
        yield 'bits', i(a), str(a.bit_length()), str(a.bit_count())
        yield 'dec', i(a), str(a)
        length = (a.bit_length() + RNG.choice([-1, 0, 7, 8, 9, 70])) // 8
        if length >= 0:
            for signed in (0, 1):
                yield 'bytes', i(a), str(length), str(signed), attempt(lambda: a.to_bytes(length, 'big', signed=bool(signed)))
        m = some_int()
        if m:
            yield 'powmod', i(a), i(b), i(m), attempt(lambda: pow(a, b, m), i)
        small, e = some_int(RNG.choice([1, 2, 8, 70])), RNG.randrange(40)
        yield 'pow', i(small), str(e), i(small ** e)
    for _ in range(300):
        # Near the ties of conversion to float.
        bits = RNG.choice([53, 54, 55, 64, 100, 300, 1023])
        a = (RNG.getrandbits(53) | 1 << 52) << bits | (1 << bits - 1) | RNG.choice([0, 0, 1, 1 << bits // 2])
        a += RNG.choice([0, -1, 1])
        yield 'float', i(a), attempt(lambda: float(a), f)
        b = RNG.getrandbits(RNG.choice([3, 53, 64, 1000])) | 1
        yield 'truediv', i(a), i(b), attempt(lambda: a / b, f)
        yield 'truediv', i(a * b), i(b << RNG.choice([1, 60, 1070, 1074, 1100, 1150])), attempt(lambda: a / b, f) and None
    for n in (0, 1, -1, 2**1024, 2**1024 - 2**970, 2**1024 - 2**970 - 1, -2**1024):
        yield 'float', i(n), attempt(lambda: float(n), f)


def fixed(rows):
    """Recomputes the rows whose result was left open."""
    for row in rows:
        if row[0] == 'truediv' and row[3] is None:
            a, b = int(row[1], 16), int(row[2], 16)
            row = (*row[:3], attempt(lambda: a / b, f))
        yield row


def unicode_checksums():
    import unicodedata as ud
    import zlib

    def row(name, function):
        data = ''.join(f'{function(chr(cp))}\n' for cp in range(0x110000)).encode('utf-8', 'surrogatepass')
        return name, str(zlib.crc32(data))

    bit = lambda method: lambda c: int(getattr(c, method)())
    for method in 'isalpha isdecimal isdigit isnumeric isalnum islower isupper istitle isspace isprintable isidentifier'.split():
        yield row(method, bit(method))
    yield row('id_continue', lambda c: int(('a' + c).isidentifier()))
    for method in 'upper lower title casefold swapcase capitalize'.split():
        yield row(method, lambda c: getattr(c, method)())
    for name in 'category bidirectional combining east_asian_width mirrored decomposition'.split():
        yield row(name, getattr(ud, name))
    yield row('decimal', lambda c: ud.decimal(c, -1))
    yield row('digit', lambda c: ud.digit(c, -1))
    yield row('numeric', lambda c: f(ud.numeric(c, -1)))
    yield row('name', lambda c: ud.name(c, ''))
    for form in 'NFC NFD NFKC NFKD'.split():
        yield row(form, lambda c: ud.normalize(form, c))
        # Neighbours interact: each character after a base and before two marks.
        yield row(form + '+', lambda c: ud.normalize(form, 'A\u1100' + c + '\u0301\u0323\u11a8'))


def normalizations():
    import unicodedata as ud
    pool = [chr(c) for c in [0x41, 0x61, 0x300, 0x301, 0x323, 0x327, 0x345, 0x1100, 0x1161, 0x11A7, 0x11A8, 0xAC00, 0xAC01, 0x1E9B, 0xFB01, 0x212B, 0xD800, 0x1D15E, 0x9C7, 0x9BE, 0x5D0, 0x5BC, 0x2126, 0x10400, 0xF900]]
    for _ in range(500):
        text = ''.join(RNG.choices(pool, k=RNG.randrange(1, 9)))
        for form in 'NFC NFD NFKC NFKD'.split():
            yield form, s(text), s(ud.normalize(form, text))


def some_float():
    kind = RNG.randrange(8)
    if kind == 0:
        return struct.unpack('<d', RNG.randbytes(8))[0]
    if kind == 1:
        return RNG.choice([0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e16, 1e22, 1e23, 9007199254740993.0, 123456789012345678.0, 1e-5, 1e-4, 0.5, 1.5, 2.5, 0.125, 1e15, 1e17])
    if kind == 2:
        return RNG.randrange(-10**6, 10**6) / RNG.choice([1, 2, 4, 8, 10, 100, 1000])
    if kind == 3:
        return RNG.random() * 10.0 ** RNG.randrange(-20, 25)
    if kind == 4:
        return -RNG.random() * 2.0 ** RNG.randrange(-1070, 1023)
    if kind == 5:
        return 2.0 ** RNG.randrange(-1074, 1024)
    if kind == 6:
        return float(RNG.randrange(10 ** RNG.randrange(1, 20)))
    return float('%.*e' % (RNG.randrange(8), RNG.random() * 10.0 ** RNG.randrange(-12, 20)))


NUMBER_TEXTS = '''1 1. .5 . 1e5 1e 1e+ 1E-5 +1.5 -1.5 1_0 1__0 _1 1_ 1_.5 1._5 1.5_5 1e1_0 1_e1 inf -inf +inf Inf INFINITY infinit infinityx nan -nan +nan nanx
 1e400 -1e400 1e-400 5e-324 2.4703282292062327e-324 2.4703282292062328e-324 0x10 0x1p3 --1 +-1 1.5.5 1,5 1e5.5 9007199254740993 9007199254740992.5000000000000000000001
 00012 1e0000000000000000000005 0e99999999999 1e99999999999999999999 1e-99999999999999999999 123456789012345678901234567890e-10 j 1j -j +j 1+j 1-j 1+2j (1+2j) (1+2j (1) ((1)) 1e5j 1e5+1e6j infj inf+nanj nan-infj 1+2 j1 1j+2 1jj
 1+-2j 1+2jx -1-2J 1_0+1_0j 0b1 0o7 0xf 0b2 0o8 0xg 0b 0x 0_1 0b_1 0x_1_f 07 00 0_0 1a z zz 10 -10 +10 - + 1_000_000 ٣ ٣.٣ -٣٤ ٣j \ud800 é 0٣ 0x٣ 12345678901234567890123'''.split()
NUMBER_TEXTS += ['', ' ', ' 1 ', '\t1\n', '1 2', '\x1c1', '\x1c\u0663', '\xa01.5\u2003', '- 1', '1 + 2j', ' ( 1+2j ) ', '(\t1j)', '1\x00', '0' * 50 + '1', '1' * 400, '.' + '0' * 400 + '1e400', '1' + '0' * 400 + 'e-400']


def floats():
    for text in NUMBER_TEXTS:
        yield 'parse', s(text), attempt(lambda: float(text), f)
        yield 'complex', s(text), attempt(lambda: complex(text), lambda z: f(z.real) + ' ' + f(z.imag))
        for base in (0, 2, 8, 10, 16, 36):
            yield 'int', s(text), str(base), attempt(lambda: int(text, base), i)
    for text in '''0x1p0 1p0 0x.8p1 0x1.8 -0x1.8p-3 inf -Infinity nan 0x 0x. 0x.p0 1p 1p+ 0x1p1024 0x1.fffffffffffffp1023 0x1.fffffffffffff8p1023 0x1.fffffffffffff7p1023 0x1p-1074 0x1p-1075
      0x1.8p-1075 0x0.8p-1074 0x0p99999999999999 0x1p-9999999999999 0x1.00000000000008p0 0x1.000000000000080000000000000000000000000000001p0 0x1.00000000000018p0 ab.cdef 0xABCDEF0123456789abcdef0123456789abcdefp-100 1x 0x1p0x +0x1 --1 0x_1 1_0'''.split():
        yield 'fromhex', s(text), attempt(lambda: float.fromhex(text), f)
    for _ in range(900):
        x = some_float()
        yield 'repr', f(x), s(repr(x))
        yield 'parse', s(repr(x)), attempt(lambda: float(repr(x)), f)
        yield 'hex', f(x), s(x.hex())
        yield 'fromhex', s(x.hex()), attempt(lambda: float.fromhex(x.hex()), f)
        yield 'ratio', f(x), attempt(x.as_integer_ratio, lambda r: i(r[0]) + ' ' + i(r[1]))
        yield 'hash', f(x), '-' if x != x else str(hash(x))
        y = some_float()
        yield 'cmprepr', f(x), f(y), s(repr(complex(x, y)))
        for n in (RNG.randrange(-5, 6), RNG.randrange(-330, 330)):
            yield 'round', f(x), str(n), attempt(lambda: round(x, n), f)
        for kind in 'efgEFG':
            if abs(x) > 1e60 and kind in 'fF':
                continue
            precision = RNG.choice([0, 1, 2, 3, 6, 10, 17, 30])
            flags = ''.join(c for c in '+#' if RNG.randrange(3) == 0)
            yield 'percent', f(x), kind, str(precision), flags, s('%{}.{}{}'.format(flags, precision, kind) % x)
    for x in (5e-324, 1.1, 1e300, 2.0**-1074 * 12345):
        for kind in 'efg':
            yield 'percent', f(x), kind, '1200', '', s('%.1200' + kind) and s(('%.1200' + kind) % x)
    for x in (0.5, 1.5, 2.5, 0.25, 0.35, 1.005, 2.675, 1e22, 25.0, 35.0, 250.0, 5e15, 1.5e308, 5.0, 50.0, 15.0, 0.05):
        for n in range(-4, 6):
            yield 'round', f(x), str(n), attempt(lambda: round(x, n), f)
    yield 'round', f(1.7976931348623157e308), '-308', attempt(lambda: round(1.7976931348623157e308, -308), f)


POOL = ['a', 'b', 'A', 'Z', '0', '9', ' ', '\t', '\n', '\r', '\x0b', '\x0c', '\x1c', '\x1d', '\x1f', '\x00', '\x7f', '\x85', '\xa0', '\xad', "'", '"', '\\', '.', ',', '_', 'é', 'ß', 'İ', 'ı', 'Σ', 'σ', 'ς', 'ŉ', 'ǅ', 'Ǆ', 'ﬁ', '\u0301', '\u0345', '\u2028', '\u2029', '\u3000', '٣', '½', '²', '中', '\ud800', '\udfff', '\ue000', '\ufeff', '𝔸', '🎉', '\U0010ffff', '𐐀', 'ª', 'ʰ', "·", '­']


def some_text(pool=POOL, most=12):
    return ''.join(RNG.choices(pool, k=RNG.randrange(most)))


def some_bytes(most=12):
    return bytes(RNG.choices(b"aZ09 \t\n\r\x0b\x0c\x1c\x85\xa0\x00\x7f\xff'\"\\.,_", k=RNG.randrange(most)))


def texts():
    for _ in range(500):
        t = some_text()
        b = some_bytes()
        yield 'repr', s(t), s(repr(t))
        yield 'ascii', s(t), s(ascii(t))
        yield 'bytesrepr', s(b), s(repr(b))
        for method in 'lower upper title capitalize swapcase casefold'.split():
            yield method, s(t), s(getattr(t, method)())
            if method != 'casefold':
                yield 'b' + method, s(b), s(getattr(b, method)())
        for method in 'isalpha isalnum isdecimal isdigit isnumeric isspace isprintable islower isupper istitle isidentifier'.split():
            for pool in (POOL, ['a', 'A', 'ǅ', '0', '٣', ' ', 'ß'], ['A', 'b', '\x1c', '1', '.']):
                t = some_text(pool, 4)
                yield method, s(t), str(int(getattr(t, method)()))
        for method in 'isalpha isalnum isdigit isspace islower isupper istitle'.split():
            for b in (some_bytes(3), bytes(RNG.choices(b'aB1 .', k=RNG.randrange(4)))):
                yield 'b' + method, s(b), str(int(getattr(b, method)()))
    for t in ('ΑΣ', 'ΑΣ.', 'ΑΣ.Α', 'Σ', 'ΣΣ', "Α'Σ", "ΑΣ'", "ΑΣ'Β", 'ΑΣ ΒΣ', '·Σ', 'a·Σ·b'):
        for method in 'lower title capitalize swapcase'.split():
            yield method, s(t), s(getattr(t, method)())


def some_spec():
    pick = RNG.choice
    spec = ''
    if RNG.randrange(3) == 0:
        spec += pick(['', '', '*', '0', 'é', '🎉', '=', '<', '{']) + pick('<>^=')
    spec += pick(['', '', '', '+', '-', ' '])
    spec += pick(['', '', '', '', 'z'])
    spec += pick(['', '', '', '', '#'])
    spec += pick(['', '', '0'])
    spec += pick(['', '', '1', '5', '8', '12', '23', '٣'])
    spec += pick(['', '', '', ',', '_'])
    spec += pick(['', '', '.0', '.1', '.3', '.10'])
    spec += pick(['', '', '', '', '', '_', ','])
    spec += pick(['', '', '', 'd', 'b', 'o', 'x', 'X', 'c', 'n', 'e', 'E', 'f', 'F', 'g', 'G', '%', 's'])
    return spec


def formats():
    fixed = ['', ',_', '_,', ',,', '__', '5,_', '.', '.d', 'dd', 'd5', '5d5', 'abc', '\x00', '\n', 'é', '🎉', '=', '<', '<<', '<<<', '<<<<', '0=5', '99999999999999999999', '.99999999999999999999f', '9999999999999999999', '.2147483648f',
             '.3_', '._', '.,', '._,', '.,_', '.5,_f', '._f', '.,e', '.,d', '._x', '._s', ',.2_f', '_.9,f', '+#', '#', 'z', '0', '00', '000', '05', '<05', '05s', '=5s', '06,', '05,', '04,', '07,', '08,', '09,', '010,', '011,', '_x', '_b', '010_x', '09_x', '08_b', '#_x', '#010_x', ',n', ',s', ',c', 'z.1f', '-z.0f',
             '\xff', '}', '!r', 'q', 'i', 'u', 'r', '5.5', '5.5s', '.0', '.1', '^10', '_^11', '%', '.1%', '010%', 'N', 'L']
    specs = fixed + [some_spec() for _ in range(700)]
    for spec in specs:
        for _ in range(2 if spec in fixed else 1):
            t = RNG.choice(['', 'abc', 'é中🎉', 'hello world'])
            n = RNG.choice([0, 1, -1, 42, 65, 0x1F389, 123, 1234, -1234567, 10**15, -2**70, 3**50])
            x = RNG.choice([0.0, -0.0, 1.0, -1.5, 0.001, 3.14159265358979, 1234567.891, -1e10, 1e16, 1e100, 1e-7, math.inf, -math.inf, math.nan, 0.5, 99.95, -0.04, 123456789.123456789])
            z = complex(RNG.choice([0.0, -0.0, 1.5, -1234.5678, math.inf]), RNG.choice([0.0, -0.0, 2.0, -1e20, math.nan, 12345.678]))
            if spec == '9999999999999999999':
                continue
            yield 'str', s(t), s(spec), attempt(lambda: format(t, spec))
            yield 'int', i(n), s(spec), attempt(lambda: format(n, spec))
            yield 'float', f(x), s(spec), attempt(lambda: format(x, spec))
            yield 'complex', f(z.real) + ' ' + f(z.imag), s(spec), attempt(lambda: format(z, spec))


def searches():
    def both():
        pool = RNG.choice([['a', 'b'], ['a', 'b', ' ', '\t', '\n'], POOL, ['é', 'a', '🎉', '\r', '\n', '\x85', '\u2028'], ['+', '-', '1', '٣']])
        t = some_text(pool, 14)
        yield 'str', t, some_text(pool, 3), some_text(POOL, 4)
        b = bytes(RNG.choices(RNG.choice([b'ab', b'ab \t\n', b'a\r\n\x0b\x1c\x85\xff', b'+-1']), k=RNG.randrange(14)))
        yield 'bytes', b, bytes(RNG.choices(b'ab \n1', k=RNG.randrange(3))), b'xy'[:RNG.randrange(3)]

    parts = lambda result: ','.join(s(p) for p in result)
    for _ in range(250):
        for kind, t, u, v in both():
            n = RNG.choice([-1, 0, 1, 2, 5])
            yield kind, 'count', s(t), s(u), str(t.count(u))
            yield kind, 'find', s(t), s(u), s(t[:t.find(u)]) if t.find(u) >= 0 else '-'
            yield kind, 'rfind', s(t), s(u), s(t[:t.rfind(u)]) if t.rfind(u) >= 0 else '-'
            yield kind, 'replace', s(t), s(u), s(v), str(n), s(t.replace(u, v, n))
            yield kind, 'split', s(t), str(n), parts(t.split(None, n))
            yield kind, 'rsplit', s(t), str(n), parts(t.rsplit(None, n))
            if u:
                yield kind, 'splitsep', s(t), s(u), str(n), parts(t.split(u, n))
                yield kind, 'rsplitsep', s(t), s(u), str(n), parts(t.rsplit(u, n))
            for keep in (0, 1):
                yield kind, 'lines', s(t), str(keep), parts(t.splitlines(bool(keep)))
            for which in ('strip', 'lstrip', 'rstrip'):
                yield kind, which, s(t), s(getattr(t, which)())
                yield kind, which + 'chars', s(t), s(u), s(getattr(t, which)(u))
            width = RNG.randrange(20)
            fill = RNG.choice(['*', 'é', '🎉']) if kind == 'str' else b'*'
            for which in ('ljust', 'rjust', 'center'):
                yield kind, which, s(t), str(width), s(fill), s(getattr(t, which)(width, fill))
            yield kind, 'zfill', s(t), str(width), s(t.zfill(width))
            yield kind, 'expandtabs', s(t), str(n), s(t.expandtabs(n))
            yield kind, 'expandtabs', s(t), '8', s(t.expandtabs())


def templates():
    import _string
    fixed = ['', 'abc', '{}', '{0}', '{a}', '{a.b}', '{a[b]}', '{a[0].c}', '{', '}', '{{', '}}', '{{}}', '{}}', '{{}', '{!r}', '{!', '{!r', '{!rx}', '{!r:}', '{:', '{:}', '{:{}}', '{:{}', '{a{b}', '{[}]}', '{[:!]:x}', '{[', '{[}', '{a!é:x}', 'é{é}é', '{:{{}}}', '{!}', '{!}}', '{a!r:>{w}.{p}}', '}{', '{ a }', '{:}}', '{0!r:}x', '{!:}', '{!r }', 'a{', 'a}b', '{a']
    pool = ['{', '}', '{}', '{{', '}}', 'a', '!', ':', '[', ']', '.', 'r', '0', 'é']
    for t in fixed + [''.join(RNG.choices(pool, k=RNG.randrange(1, 9))) for _ in range(600)]:
        show = lambda x: '-' if x is None else s(x)
        yield 'parse', s(t), attempt(lambda: list(_string.formatter_parser(t)), lambda r: ' '.join(','.join(map(show, p)) for p in r))
    names = ['', 'a', '0', '12', '007', '٣', 'a.b', 'a..b', 'a.', '.a', 'a[', 'a[]', 'a[0]', 'a[x]y', 'a[x].y[1][z]', '[0]', '0.a[b]', 'a]b', 'a[b]]', '99999999999999999999', 'a[99999999999999999999]', 'a[-1]', 'é.é', '1a', 'a[b[c]']
    show = lambda x: str(x) if isinstance(x, int) else '=' + s(x)
    for t in names:
        def split():
            first, rest = _string.formatter_field_name_split(t)
            return [show(first)] + [str(int(attribute)) + show(value) for attribute, value in rest]
        yield 'name', s(t), attempt(split, ','.join)


def percents():
    values = [0, 1, -1, 255, -12345, 2**70, 1.5, -0.0, 1e100, math.inf, math.nan, 2.5]
    for _ in range(900):
        flags = ''.join(RNG.choices('-+ #0', k=RNG.randrange(3)))
        width = RNG.choice(['', '', '5', '12', '*'])
        precision = RNG.choice(['', '', '.', '.0', '.3', '.8', '.*'])
        kind = RNG.choice('diuoxXeEfFgGsrc')
        template = '%' + flags + width + precision + RNG.choice(['', '', 'l']) + kind
        stars = [RNG.choice([-7, 0, 9]) if width == '*' else 0, RNG.choice([-2, 0, 4]) if precision == '.*' else 0]
        arguments = [stars[0]] * (width == '*') + [stars[1]] * (precision == '.*')
        if kind in 'src':
            value = RNG.choice(['é', 'a']) if kind == 'c' else some_text()
            shown = s(repr(value) if kind == 'r' else value)
        elif kind in 'diuoxX':
            value = RNG.choice(values[:6])
            shown = i(value)
        else:
            value = float(RNG.choice(values))
            shown = f(value)
        yield 'format', s(template), str(stars[0]), str(stars[1]), shown, attempt(lambda: template % (*arguments, value))
    for t in ['%', 'abc%', '%y', '%é', '%(a', '%(a)y', '%l', '%5', '%.5', '%99999999999999999999d', '%.99999999999d', '%.-5d', '%-5%', 'a%%b%y', 'é%\x01', '%\ud800', '%5.5\x7f']:
        yield 'error', s(t), attempt(lambda: t % ({'a': 1} if '(' in t else (1,)))


def codecs_():
    import codecs, warnings
    warnings.simplefilter('ignore')
    names = ['utf-8', 'utf-16-le', 'utf-16-be', 'utf-32-le', 'utf-32-be', 'ascii', 'latin-1', 'utf-7', 'unicode_escape', 'raw_unicode_escape', 'cp1252']
    def decode(data, name, handler='strict'):
        try:
            return s(data.decode(name, handler))
        except UnicodeDecodeError as e:
            return f'!{e.start} {e.end} {e.reason}'
    def encode(text, name, handler='strict'):
        try:
            return s(text.encode(name, handler))
        except UnicodeEncodeError as e:
            return f'!{e.start} {e.end} {e.reason}'
    handlers = ['strict', 'strict', 'ignore', 'replace', 'backslashreplace', 'surrogateescape', 'surrogatepass']
    utf8 = [b'a', b'\x80', b'\xc2', b'\xc3\xa9', b'\xe0', b'\xe0\x80', b'\xed\xa0\x80', b'\xed\xb0', b'\xf0', b'\xf0\x9f\x8e\x89', b'\xf4\x90', b'\xf5', b'\xff', b'\xc1', b'\xe4\xb8', b'\xf1\x80\x80']
    pieces = {
        'utf-8': utf8,
        'utf-7': [b'+', b'-', b'AGE', b'a', b'!', b'\xff', b'2D3eAA', b'+AGEAYg-', b'A', b'/', b'2AA'],
        'unicode_escape': [b'\\', b'x4', b'1', b'u00e9', b'U0001F389', b'U00110000', b'N{DIGIT ONE}', b'N{', b'}', b'n', b'777', b'\xe9', b'q', b'\n'],
        'raw_unicode_escape': [b'\\', b'\\\\', b'u00e9', b'U0001F389', b'U00110000', b'u12', b'a', b'\xe9'],
    }
    for name in names:
        pool = pieces.get(name, [b'a', b'\0', b'\xd8', b'\xdc', b'\xff', b'\x81', b'\0\0', b'\x10'])
        for _ in range(160):
            data = b''.join(RNG.choices(pool, k=RNG.randrange(9)))
            handler = RNG.choice(handlers)
            yield 'decode', name, handler, s(data), decode(data, name, handler)
        if name in ('utf-7', 'utf-8', 'utf-16-le', 'unicode_escape', 'raw_unicode_escape'):
            for _ in range(120):
                data = b''.join(RNG.choices(pool, k=RNG.randrange(7)))
                function = {'utf-7': codecs.utf_7_decode, 'utf-8': codecs.utf_8_decode, 'utf-16-le': codecs.utf_16_le_decode, 'unicode_escape': codecs.unicode_escape_decode, 'raw_unicode_escape': codecs.raw_unicode_escape_decode}[name]
                def partial():
                    try:
                        text, used = function(data, 'strict', False)
                        return s(text) + ' ' + str(used)
                    except UnicodeDecodeError as e:
                        return f'!{e.start} {e.end} {e.reason}'
                yield 'partial', name, 'strict', s(data), partial()
        for _ in range(120):
            text = some_text(POOL + ['\udc80', '\udcff', '+', '~', '-', '€'])
            handler = RNG.choice(handlers + ['xmlcharrefreplace', 'namereplace'])
            yield 'encode', name, handler, s(text), encode(text, name, handler)
    table = bytes(range(256)).decode('cp1252', 'replace').replace('\ufffd', '\ufffe')
    yield 'table', 'cp1252', '', '', s(table)


if __name__ == '__main__':
    os.makedirs(HERE, exist_ok=True)
    write('ints', fixed(ints()))
    write('unicode', unicode_checksums())
    write('normalize', normalizations())
    write('floats', floats())
    write('texts', texts())
    write('formats', formats())
    write('searches', searches())
    write('templates', templates())
    write('percents', percents())
    write('codecs', codecs_())
