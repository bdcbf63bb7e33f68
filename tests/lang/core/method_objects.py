class A:
    def m(self, x=1): "doc m"; return (self.n, x)
    n = 5
a = A()
m = a.m
print(m(), m(2), m.__name__, m.__doc__, m.__self__ is a, m.__func__ is A.m, A.m(a, 3), m == a.m, m is a.m, hash(m) == hash(a.m), m.__defaults__, type(m).__name__)
try: m.attr = 1
except AttributeError as e: print(e)
A.m.attr = "on function"; print(m.attr)
M = type(m)
b = M(lambda self, y: (self, y), "bound to str"); print(b(1))
for t in ("M(1, 2)", "M(len, None)", "M(len)", "A.m()", "[].append.__self__", "len.__self__.__name__", "'a'.join.__self__", "str.join.__objclass__", "list.append([], 1)", "list.append((), 1)", "list.append()", "dict.get({1: 2}, 1)", "int.__add__(1, 2)", "int.__add__(1, 'a')", "int.__add__('a', 1)", "str.__len__('abc')", "type.mro(int)", "type.__call__(int, '5')", "object.__repr__(5)[:12]", "int.__repr__(True)", "[].append.__name__", "[].append.__qualname__", "str.join.__qualname__", "len.__qualname__", "int.from_bytes.__self__", "dict.fromkeys.__qualname__", "[].__len__.__name__", "[].__len__.__self__", "list.__len__.__objclass__", "(1).__add__.__qualname__", "object.__init__.__text_signature__", "len.__text_signature__", "list.append.__text_signature__", "classmethod(len).__func__", "staticmethod(len)([1])", "classmethod(lambda c: c).__get__(1, int)()"):
    try: print(t, "->", eval(t))
    except Exception as e: print(t, "->", type(e).__name__, e)
class CM:
    @classmethod
    def c(cls, *a): return cls, a
    @staticmethod
    def s(*a): return a
    @classmethod
    @property
    def p(cls): return "cp"
print(CM.c(1), CM().c(2), CM.s(3), CM().s(4), CM.c.__self__, CM.__dict__["s"].__wrapped__ is CM.s, CM.__dict__["c"].__name__)
