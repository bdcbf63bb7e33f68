class A:
    def __init__(self): self.v = []
    def __getitem__(self, k): print("get", k); return 10
    def __setitem__(self, k, v): print("set", k, v)
a = A()
def idx(): print("idx"); return "i"
a[idx()] += 5
a.v += [1]
l = m = [1]
l += [2]; l = l + [3]
print(l, m, a.v)
t = ([1],)
try: t[0] += [2]
except TypeError as e: print(e, t)
x = 5
x += 1; x -= 2; x *= 3; x //= 2; x **= 2; x %= 7; x <<= 3; x >>= 1; x |= 1; x &= 0xF; x ^= 2
print(x)
x = 7; x /= 2; print(x)
s = "a"; s += "b"; s *= 3; print(s)
def f():
    y += 1
    y = 0
try: f()
except UnboundLocalError as e: print(e)
class I:
    def __init__(self, n): self.n = n
    def __iadd__(self, o): self.n += o; return self
    def __imul__(self, o): return NotImplemented
    def __mul__(self, o): return ("mul", o)
i = j = I(1)
i += 5; print(i is j, i.n); i *= 2; print(i)
for src in ("x += 'a'", "x -= []", "l += 5", "s += 1", "None += 1", "f() += 1", "(a, b) += 1", "x @= 2"):
    try: exec(src)
    except SyntaxError as e: print(src, e.msg)
    except TypeError as e: print(src, e)
