class T:
    def __format__(self, spec): return f"[{spec}]"
print(f"{T()}", f"{T():>10}", format(T(), "x"), "{:{}}".format(T(), "y"), "{0:{1}{2}}".format(T(), "a", "b"), f"{T():{'a'}{1}}")
class U:
    def __str__(self): return "U-str"
print(f"{U()}", format(U()), "{!s:>8}".format(U()), f"{U()!s:^9}|")
try: format(U(), "x")
except TypeError as e: print(e)
for v in (None, [], {}, (), U, len, object):
    try: print(format(v, ">5"))
    except TypeError as e: print(e)
print(f"{True:d} {True} {True:>6}", f"{'a':*<3}", f"{b'x'!r:>6}", f"{3:c}" == "\x03", f"{1e10:g} {1e-5} {1234567.891:,.1f} {0.5:%} {255:#06x} {-5:+d} {5:+d} {5: d}", f"{10:08.3f} {10:>8.3e} {3.0} {3.0:.0f} {2.5:.0f} {1e16}")
