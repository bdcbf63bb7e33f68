from collections import namedtuple
P = namedtuple("P", "x y", defaults=[5])
p = P(1)
print(p, p.x, p[1], p._asdict(), p._replace(x=9), P._fields, P._field_defaults, P._make([1, 2]), p == (1, 5), isinstance(p, tuple), *p)
x, y = p; print(x, y, hash(p) == hash((1, 5)), P.__doc__, p.__class__.__name__, P.x.__doc__)
for f in (lambda: P(), lambda: P(1, 2, 3), lambda: P(z=1), lambda: namedtuple("A", "x x"), lambda: namedtuple("A", "class"), lambda: namedtuple("A", "_x"), lambda: p._replace(q=1), lambda: namedtuple("1", "a"), lambda: P._make([1, 2, 3]), lambda: setattr(p, "x", 1)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(namedtuple("R", "x class _y", rename=True)._fields)
class Q(namedtuple("Q", "a b")):
    __slots__ = ()
    def total(self): return self.a + self.b
print(Q(1, 2).total(), Q(1, 2))
match p:
    case P(1, y): print("matched", y)
