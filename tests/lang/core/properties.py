class C:
    def __init__(self): self._v = 1
    @property
    def v(self):
        "the v"
        return self._v
    @v.setter
    def v(self, x): self._v = x
    @v.deleter
    def v(self): print("deleting")
    @property
    def ro(self): return "ro"
    wo = property(None, lambda self, x: print("wrote", x))
    nothing = property()
c = C()
c.v = 5
print(c.v, C.v.__doc__, C.v.fget.__name__, C.v.__name__)
del c.v
c.wo = 3
for t in ("c.ro = 1", "del c.ro", "c.wo", "c.nothing", "c.nothing = 1", "C.v.__get__(1)", "property().setter(1).x"):
    try:
        exec(t)
    except Exception as e:
        print(t, type(e).__name__, e)
class D(C):
    @C.v.getter
    def v(self): return "D" + str(self._v)
d = D()
d.v = 9
print(d.v, isinstance(C.__dict__["v"], property))
class P(property):
    "subclass"
class E:
    @P
    def p(self):
        "doc p"
        return 1
print(E().p, E.p.__doc__, type(E.p).__name__)
class F:
    @property
    def bad(self): return self.missing
    def __getattr__(self, n): return "fallback " + n
print(F().bad)
class G:
    @property
    def bad(self): raise AttributeError("inner")
try:
    G().bad
except AttributeError as e:
    print(e, e.name, type(e.obj))
C.late = property(lambda s: "late")
print(c.late, property(lambda s: 1).__isabstractmethod__)
