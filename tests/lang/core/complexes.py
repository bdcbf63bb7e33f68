for z in (1j, 1 + 2j, -0j, complex(0, -0.0), complex(-0.0, 1), 3 - 4j, complex(float("inf"), float("nan")), 1e20 + 1j, 0.1j):
    print(z, repr(z), z.real, z.imag, z.conjugate())
print(abs(3 + 4j), (1 + 2j) * (3 - 1j), (1 + 2j) / (3 - 1j), (1 + 2j) ** 2, (1 + 2j) ** 0.5, 2 ** 1j, -(1 + 2j), +(1j), (1 + 2j) == (1 + 2j), 1j == 1, 1 + 0j == 1)
for t in ("1+2j", " 1j ", "(1-1j)", "j", "-j", "1e3+1e-3J", "inf+nanj", "3", "1_0+2j"):
    print(complex(t))
for a in (("x",), ("1+",), ("1 + 2j",), ("",), ("1", 2), (1, "2"), (None,), ([],)):
    try:
        print(complex(*a))
    except Exception as e:
        print(type(e).__name__, e)
for t in ("1j < 2j", "1j // 2", "1j % 2", "divmod(1j, 1)", "int(1j)", "float(1j)", "round(1j)", "1j / 0j", "0j ** -1", "0j ** 1j"):
    try:
        print(eval(t))
    except Exception as e:
        print(t, type(e).__name__, e)
print(hash(1 + 0j) == hash(1), complex(1.5), complex(2, 3), complex(real=1, imag=2), complex(), complex.from_number(3))
print(f"{1+2j:.2f}", f"{1.5-2.25j:>20}", f"{1j!r:>5}", format(3 + 4j, "e"), format(complex(1, -1), "+.1f"))
