class A: pass
print(repr(A), repr([1, "a", None, 1.5, (1,), {2: 3}, {4}]), str(("a",)), [A], {A: A})
l = [1]; l.append(l); d = {}; d[1] = d; d["l"] = l
print(l, d, [l, l], (l,))
s = type("S", (list,), {})([1, 2]); print(s)
class R:
    def __repr__(self): return "R"
    def __str__(self): return "S"
print(R(), [R()], {R(): R()}, (R(),), f"{R()} {R()!r}", "%s %r" % (R(), R()), str(R()), {"k": R()}.items(), {1: R()}.values())
class Bad:
    def __repr__(self): raise ValueError("bad repr")
for f in (lambda: [Bad()], lambda: {1: Bad()}, lambda: str(Bad()), lambda: f"{Bad()}"):
    try: print(f())
    except ValueError as e: print("ValueError", e)
print(repr(range(3)), repr(slice(1, None)), repr(frozenset({1})), repr(bytearray(b"a")), repr(...), repr(NotImplemented), repr(None), repr(1e100), repr(-0.0), repr(1j), repr({}.keys()), repr(type), repr(type(len)), repr(ValueError("x")), repr(set()), repr(()), repr((1,)), repr({}), repr(""), repr(b""))
print(repr(int.__add__), repr(str.join), repr(dict.__dict__["fromkeys"]), repr(int.__dict__["from_bytes"]), repr((1).__add__)[:38], repr(object.__init__), repr(A.__dict__["__dict__"]), repr(int.real), repr(type(int.real)))
def f(): pass
print(repr(f)[:12], repr(lambda: 1)[:22], repr(A().__class__), repr((x for x in []))[:20], repr(f.__code__)[:16], repr(super(A, A()))[:13], repr(property())[:16], repr(A.__init__))
deep = []
for _ in range(50): deep = [deep]
print(deep)
class Rec:
    def __repr__(self): return f"<{self.other!r}>" if hasattr(self, "other") else "leaf"
r = Rec(); r.other = Rec(); print(r)
r.other = r
try: repr(r)
except RecursionError as e: print(e)
