# Operators on small numbers, with signs and zero.
for a in (7, -7, 0, 1):
    for b in (2, -2, 3, -3):
        print(a, b, a + b, a - b, a * b, a / b, a // b, a % b, divmod(a, b))
print(2 ** 10, 2 ** -1, (-2) ** 3, (-2) ** 0.5)
print(-3 ** 2, (-3) ** 2, 2 ** 3 ** 2)
print(7 & 3, 7 | 8, 7 ^ 2, ~7, 1 << 10, -1 >> 1, -8 >> 1)
print(1 < 2 < 3, 1 < 3 < 2, 1 == 1.0, 1 != 1.0, 3 > 2 >= 2)
for text in ("1/0", "1//0", "1%0", "1.0/0", "1.0//0", "1.0%0", "0**-1", "divmod(1,0)", "divmod(1.0,0)", "1<<-1", "1>>-1", "0.0**-1", "pow(2,-1,4)", "pow(2,3,0)", "1j/0"):
    try:
        print(eval(text))
    except Exception as e:
        print(text, type(e).__name__, e)
print(pow(3, -1, 7), pow(2, 100, 1000007), pow(-2, 3, 5), pow(2, 3, -5))
print(True + True, True * 3, -True, +True, ~True if False else "", abs(-5), abs(-5.5), round(2.5), round(3.5), round(-2.5), round(1234, -2), round(2.675, 2))
