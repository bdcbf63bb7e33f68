for x in (0.0, -0.0, 1.0, 0.1, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 1.5e300, 5e-324, 1.7976931348623157e308, 1 / 3, 2 / 3, 1e22, 1e23, 100.0, -2.5):
    print(x, repr(x), x.hex(), x.is_integer(), x.as_integer_ratio() if abs(x) < 1e20 and abs(x) > 1e-10 else "")
inf, nan = float("inf"), float("nan")
print(inf, -inf, nan, inf - inf, inf * 0, inf > 1e308, nan != nan, min(nan, 1), max(1, nan))
for t in ("1.5", " 1e3 ", "inf", "-Infinity", "nan", "+nan", "1_0.0_1", ".5", "5.", "1e400", "-1e-400", "１.５"):
    print(t.strip(), float(t))
for t in ("", "x", "1__0", "1e", "0x1p3", ".", "1_.5", None, [], "1 2", b"\xff", "1\0"):
    try:
        print(float(t))
    except Exception as e:
        print(type(e).__name__, e)
print(float.fromhex("0x1.8p3"), float.fromhex("-0x.1p-4"), float.fromhex("inf"), float(10 ** 20), float("1e5"))
for f in (lambda: float.fromhex("zz"), lambda: float(10 ** 400), lambda: 10 ** 400 * 1.0, lambda: inf.as_integer_ratio(), lambda: nan.as_integer_ratio(), lambda: round(inf), lambda: round(nan), lambda: 2.0 ** 5000, lambda: 10 ** 400 / 3, lambda: float.fromhex("0x1p5000")):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
print(10 ** 400 / 10 ** 399, 1e308 * 10, -1e308 * 10, 5.5 // 2, -5.5 // 2, 5.5 % 2, -5.5 % 2, 5.5 % -2, divmod(-5.5, 2), -0.0 % 5, 0.0 % -5)
for n in (0, 1, 2, 3, -1, -2):
    print(n, round(1234.5678, n), round(2.5, n), round(-0.5, n))
print(round(0.5), round(1.5), round(1e20), round(0.1 + 0.2, 20), round(5e-324, 400), round(1.5, -400), type(round(1.0)), type(round(1.0, 0)))
print(0.1 + 0.2, 1.1 * 3, 1e16 + 1, 3.0 == 3, 1.0.__add__(2), 1.0.__eq__("x"), (1.5).__ceil__(), (1.5).__floor__(), (-1.5).__trunc__())
print(sum([0.1] * 10), sum([1e16, 1.0, -1e16]), sum([0.1, 0.2], 1), float.__getformat__("double").startswith("IEEE"))
class F(float): pass
print(F(1.5) + 1, type(F(1.5) + 1).__name__, repr(F(2)), F.fromhex("0x1p1"), type(F.fromhex("0x1p1")).__name__, float.from_number(3))
print(2.0 ** 0.5, (-8) ** (1 / 3), 0.0 ** 0, inf ** 0, nan ** 0, 1 ** nan, (-inf) ** 3, (-2.0) ** -1)
