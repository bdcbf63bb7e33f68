class D(dict):
    def __getitem__(self, k): return "d" + str(super().__getitem__(k))
    def __setitem__(self, k, v): super().__setitem__(k, v * 2)
    def get(self, k, d=None): return "get"
d = D(a=1); d["b"] = 2; d.update(c=3); d.setdefault("e", 5)
print(d, d["a"], d["b"], d.get("zz"), list(d.items()), {**d}, dict(d), "%(a)s" % d, "{a}".format(**d), "{a}".format_map(d))
class S(str):
    def __len__(self): return 100
    def __getitem__(self, i): return "item"
    def __eq__(self, o): return True
    __hash__ = str.__hash__
s = S("abc"); print(len(s), s[0], s == "zzz", s.upper(), list(s), "".join(s), s + "d", s * 2, s in ["q"], s.find("c"))
class F(float):
    def __mul__(self, o): return "fmul"
print(F(2) * 3, 3 * F(2), F(2) + 1, int(F(2.7)), round(F(2.5)))
class E(Exception): pass
class L(list):
    def append(self, x): super().append(x * 10)
l = L(); l.append(1); l.extend([2]); l += [3]; print(l, sorted(l), l + [4], isinstance(l, list), L("ab"), l.copy(), type(l.copy()).__name__)
class T(tuple):
    def __iter__(self): return iter("custom")
t = T((1, 2)); a = [*t]; print(a, list(t), tuple(t), t[0], len(t)); x, y, *z = t; print(x, y, z)
class B(bytes):
    def __new__(cls, n): return super().__new__(cls, [n] * n)
print(B(3), B(2) + b"x", type(B(1)[:]).__name__)
class I(int):
    def __new__(cls, v, extra): self = super().__new__(cls, v); self.extra = extra; return self
    def __bool__(self): return False
    def __index__(self): return 99
i = I(5, "e"); print(i, i.extra, bool(i), [0] * i, "abcdefghij"[i] if False else "", range(i), hex(i), i + 1, i.bit_length(), isinstance(i, int), {5: "five"}[i])
class C(complex): pass
print(C(1, 2), type(C(1) + 1).__name__)
class St(set):
    def __contains__(self, x): return True
print(5 in St(), St([1]) | {2}, 3 in (St() | {1}))
