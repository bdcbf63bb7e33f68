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


if __name__ == '__main__':
    os.makedirs(HERE, exist_ok=True)
    write('ints', fixed(ints()))
    write('unicode', unicode_checksums())
    write('normalize', normalizations())
