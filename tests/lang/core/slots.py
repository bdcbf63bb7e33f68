class P:
    __slots__ = ("x", "y")
    def __init__(self, x): self.x = x
p = P(1)
print(p.x, hasattr(p, "y"), hasattr(p, "__dict__"), P.__slots__, type(P.x).__name__, P.x)
for t in ("p.y", "p.z", "p.z = 1", "del p.y", "p.__dict__", "P.x.__get__(1)", "class Q:\n __slots__ = ('a', 1)", "class Q:\n __slots__ = ('a b',)", "class Q:\n __slots__ = 'a',\n a = 1", "class Q(int):\n __slots__ = ('a',)", "class Q(tuple):\n __slots__ = ('a',)", "class Q:\n __slots__ = ('__dict__', '__dict__')", "class A:\n __slots__ = 'a'\nclass B:\n __slots__ = 'b'\nclass C(A, B): pass"):
    try:
        exec(t)
        print(t, "fine")
    except Exception as e:
        print(t, "->", type(e).__name__, e)
class S(P):
    __slots__ = "z"
class D(P): pass
s, d = S(1), D(2)
s.z = 3; d.anything = 4; s.y = 5
print(s.x, s.y, s.z, d.__dict__, d.x)
del s.z
try:
    s.z
except AttributeError as e:
    print(e)
class WithDict:
    __slots__ = ("a", "__dict__")
w = WithDict(); w.a = 1; w.b = 2
print(w.__dict__, w.a)
class Private:
    __slots__ = ("__secret",)
    def __init__(self): self.__secret = 1
print(Private()._Private__secret)
class DictSlots:
    __slots__ = {"a": "doc for a"}
print(DictSlots.a.__doc__, DictSlots.__slots__)
class E: __slots__ = ()
try:
    E().x = 1
except AttributeError as e:
    print(e)
class F1: __slots__ = ("a",)
class F2: __slots__ = ("a",)
f = F1(); f.__class__ = F2
print(type(f).__name__)
try:
    f.__class__ = D
except TypeError as e:
    print(e)
