class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        print("prepare", name, bases, kw)
        return {"injected": 1}
    def __new__(mcs, name, bases, ns, **kw):
        print("new", name, sorted(k for k in ns if not k.startswith("__")), kw)
        return super().__new__(mcs, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw):
        print("init", name)
        super().__init__(name, bases, ns)
    def __call__(cls, *a, **k):
        print("call", a, k)
        return super().__call__(*a, **k)
    def __len__(cls): return 42
    def __getitem__(cls, k): return (cls.__name__, k)
    def __iter__(cls): return iter("ab")
    def __contains__(cls, x): return x == 1
    def __instancecheck__(cls, o): return o == "instance"
    def __subclasscheck__(cls, c): return c is int
    def __repr__(cls): return f"<Meta {cls.__name__}>"
    def __add__(cls, o): return "added"
class A(metaclass=Meta, flag=True):
    def __init__(self, x): self.x = x
a = A(5)
print(a.x, A.injected, len(A), A["k"], list(A), 1 in A, isinstance("instance", A), isinstance(3, A), issubclass(int, A), issubclass(str, A), A, A + 1, type(A))
class B(A): pass
print(type(B).__name__, B.__mro__[1:])
class M2(type): pass
try:
    class X(A, metaclass=M2): pass
except TypeError as e:
    print(e)
class M3(Meta): pass
class Y(A, metaclass=M3): pass
print(type(Y))
def func_meta(name, bases, ns, **kw):
    return (name, bases, sorted(k for k in ns if not k.startswith("__")), kw)
class F(1 .__class__, metaclass=func_meta, z=1): q = 2
print(F)
T = type("T", (int,), {"f": lambda self: self + 1, "__doc__": "made"})
print(T(4).f(), T.__name__, T.__doc__, T.__module__, type(5), type("x") is str)
class NotMapping(type):
    @classmethod
    def __prepare__(mcs, *a): return 5
try:
    class Z(metaclass=NotMapping): pass
except TypeError as e:
    print(e)
class Tracking(dict):
    def __setitem__(self, k, v):
        if not k.startswith("__"): print("ns set", k)
        super().__setitem__(k, v)
class TM(type):
    @classmethod
    def __prepare__(mcs, name, bases): return Tracking()
class W(metaclass=TM):
    a = 1
    def f(self): pass
    a = 2
class Single(type):
    inst = {}
    def __call__(cls, *a):
        if cls not in Single.inst: Single.inst[cls] = super().__call__(*a)
        return Single.inst[cls]
class S(metaclass=Single): pass
print(S() is S())
class ME:
    def __mro_entries__(self, bases): return (dict,)
class UsesEntries(ME()): pass
print(UsesEntries.__bases__, type(UsesEntries.__orig_bases__[0]).__name__)
