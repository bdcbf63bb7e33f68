class A:
    "doc of A"
    x = 1
    def __init__(self, v=0): self.v = v
    def m(self): return ("m", self.v)
    @classmethod
    def c(cls): return cls.__name__
    @staticmethod
    def s(a): return a * 2
    def __repr__(self): return f"A({self.v})"
class B(A):
    x = 2
    def m(self): return ("B", super().m())
a, b = A(1), B(2)
print(a, b, a.m(), b.m(), A.c(), b.c(), A.s(2), a.s(3), A.x, b.x, A.__doc__, B.__doc__, A.__name__, A.__module__, A.__qualname__, B.__bases__, B.__mro__, B.__base__)
print(isinstance(b, A), issubclass(B, A), isinstance(a, B), isinstance(a, (int, A)), type(a) is A, a.__class__, a.__dict__, isinstance(1, int | str))
a.new = 5; a.x = 9; A.y = "added"
print(a.__dict__, a.y, B.y, vars(b), hasattr(a, "zz"), getattr(a, "zz", "dflt"), getattr(a, "v"))
del a.new
for t in ("a.new", "A.zz", "del a.zz", "B.zz", "a.m = 1", "a.m()", "del a.m, a.m", "A()()", "A.m()", "None.x", "(1).x = 1", "[].append = 1", "object().x = 1", "int.x = 1", "a.__class__ = int", "a.__dict__ = 1", "a.__dict__ = {'q': 1}\nprint(a.q)", "del A.nope", "len.x = 1", "a.__class__ = B\nprint(a.m())", "A.__name__ = 1", "A.__name__ = 'AA'\nprint(A)", "A.__bases__ = ()", "A.__bases__ = (int,)", "class X(1): pass", "class X(A, A): pass", "class X(int, str): pass", "class X(bool): pass", "class X(type(None)): pass", "class X(A, metaclass=1): pass", "class X(A, q=1): pass", "class X(*[A], **{}): print('body')"):
    try:
        exec(t)
    except Exception as e:
        print(t, "->", type(e).__name__, e)
class Nested:
    class Inner:
        z = 1
    i = Inner()
print(Nested.Inner.__qualname__, Nested.i.z, Nested().i.z)
class Counter:
    n = 0
    def __init__(self): Counter.n += 1
[Counter() for _ in range(3)]
print(Counter.n, type(A.__dict__["c"]).__name__, type(A.__dict__).__name__, a.m.__self__ is a, a.m.__func__ is type(a).m, a.m == a.m)
def method(self): return "late"
A.late = method
print(a.late(), sorted(k for k in A.__dict__ if not k.startswith("_")), [k for k in dir(a) if not k.startswith("_")])
