from decimal import Decimal as D, getcontext, localcontext, ROUND_HALF_UP, InvalidOperation, DivisionByZero
from fractions import Fraction as F
print(D("0.1") + D("0.2"), D(1) / D(3), D("1.10") * 2, D("2") ** D("0.5"), D(5).sqrt(), D("1E+5"), D("123.456").quantize(D("0.01")), D("-0"), D("NaN"), D("Infinity"), round(D("2.5")), int(D("3.7")), D(0.1), D("1.5") == 1.5, D("1") < 2, hash(D(1)) == hash(1), str(D("1e-10")), D("10").to_integral(), f"{D('1234.5'):,.2f}", D((0, (1, 2), -1)), D("7") // 2, D("-7") % 3, D(2).exp())
for f in (lambda: D("x"), lambda: D(1) / 0, lambda: D(1) + 1.5, lambda: D("sNaN") + 1, lambda: D(0) / 0):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
with localcontext() as c: c.prec = 5; print(D(1) / 3)
print(F(1, 3) + F(1, 6), F("0.125"), F(0.5), F(3, 6), F(1, 3) ** 2, F(7, 2) // 1, F(-7, 2) % 2, float(F(1, 3)), round(F(5, 2)), F(1, 2) == 0.5, F(22, 7).limit_denominator(5), repr(F(1, 2)), f"{F(1, 3):.3f}", F("1/3") < 1, hash(F(1, 2)) == hash(0.5))
try: F(1, 0)
except ZeroDivisionError as e: print(e)
