# Integers of any size.
big = 2 ** 200
print(big, -big, big + 1, big - 1, big * big)
print(big // 7, big % 7, -big // 7, -big % 7, divmod(-big, 10 ** 20), divmod(big, -10 ** 20))
print(big >> 100, big << 3, -big >> 199, big & (2 ** 100 - 1), big | 1, big ^ -1, ~big)
print((-big) & 0xFF, (-big) | 0xFF, (-big) ^ 0xFF)
print(hex(big), oct(2 ** 40), bin(-10), hex(-255))
print(big.bit_length(), (-5).bit_length(), (0).bit_length(), (255).bit_count(), (-255).bit_count())
print(int("123"), int(" -42 "), int("1_000"), int("ff", 16), int("0xff", 0), int("0b101", 0), int("0o17", 0), int("z", 36), int(b"12"), int("١٢"))
for args in [("x",), ("",), ("1__0",), ("_1",), ("0x", 16), ("9", 8), ("1", 1), ("1", 37), (1, 10), ("012", 0), (None,), ([],), ("1" * 5000,), ("\u2460",), (b"\xff",), ("1\0",)]:
    try:
        print(int(*args))
    except Exception as e:
        print(type(e).__name__, str(e)[:150])
for v in (float("inf"), float("nan")):
    try:
        int(v)
    except Exception as e:
        print(type(e).__name__, e)
try:
    str(10 ** 5000)
except ValueError as e:
    print(e)
print((1000).to_bytes(2, "big"), (1000).to_bytes(4, "little"), (-2).to_bytes(2, "big", signed=True), (5).to_bytes(), int.from_bytes(b"\x03\xe8"), int.from_bytes(b"\xff\xfe", "little", signed=True), int.from_bytes([1, 2]))
for f in (lambda: (256).to_bytes(1), lambda: (-1).to_bytes(1), lambda: (1).to_bytes(-1), lambda: (1).to_bytes(1, "middle")):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
print(int(3.99), int(-3.99), int(1e30), int(True), (7).as_integer_ratio(), (7).is_integer(), (3).conjugate(), (3).real, (3).imag, (3).numerator, (3).denominator)
print(10 ** 30 == 10.0 ** 30, hash(2 ** 61 - 1), hash(2 ** 61), hash(-1), hash(-2), hash(2 ** 100), hash(1.0), hash(0.5), hash(float("inf")))
print(sum(range(101)), sum([2 ** 70] * 3), max(2 ** 70, 2 ** 71, 5), 2 ** 64 // 2 ** 32, (2 ** 64) ** 2)
print(1_000_000, 0xFF_FF, 0b1010_1010, 0o7_7)
class I(int):
    def __repr__(self): return "I!"
    def __add__(self, o): return I(int(self) + o)
i = I(5)
print(i, i + 1, i * 2, type(i + 1).__name__, type(i * 2).__name__, str(i), f"{i}", f"{i:3}", int(i), i == 5, [0, 1, 2, 3, 4, 5][i])
f = 1
for k in range(1, 60): f *= k
print(f)
a, b = 0, 1
for _ in range(300): a, b = b, a + b
print(a, a % 1000007, pow(a, b, 10 ** 9 + 7))
print(3 ** 500 // 3 ** 490, (10 ** 100 + 1) // (10 ** 50 - 1), isinstance(True, int), True.__class__)
