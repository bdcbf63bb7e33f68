# What the interpreter has a short way for must notice when a class takes the method into its own hands.
import collections

class L(list): pass
class LenL(list):
    def __len__(self): return 42
class IterL(list):
    def __iter__(self): return iter('xyz')
class GetL(list):
    def __getitem__(self, i): return ('got', i)
class SetL(list):
    def __setitem__(self, i, v): list.__setitem__(self, i, ('set', v))
class InL(list):
    def __contains__(self, x): return 'maybe'
class BoolL(list):
    def __bool__(self): return False
for cls in (L, LenL, IterL, GetL, SetL, InL, BoolL):
    for round in range(3):
        x = cls([1, 2, 3])
        x.append(4)
        x[0] = 10
        a, *b = x
        print(cls.__name__, len(x), [i for i in x], x[0], x[-1], 2 in x, 9 in x, bool(x), a, b, x.pop(), list(zip(x, 'ab')), sep=' ')
        if x: print('true')
class D(dict):
    def __missing__(self, k): return ('missing', k)
d = D(a=1)
d['b'] = 2
print(d['a'], d['c'], 'c' in d, len(d), list(d), d.get('c'), d.setdefault('e', 5), d.pop('a'), sorted(d))
o = collections.OrderedDict(a=1, b=2)
o['c'] = 3
o['a'] = 4
o.move_to_end('a')
print(o, list(o), len(o), 'b' in o, o['a'])
P = collections.namedtuple('P', 'x y')
class Q(P):
    def __iter__(self): return iter((7, 8))
for p in (P(1, 2), Q(1, 2)):
    x, y = p
    print(x, y, p[0], p.y, len(p), 2 in p, list(zip(p, p)))
class S(str):
    def __getitem__(self, i): return 'S' + str.__getitem__(self, i)
print(S('abc')[1], len(S('abc')), 'b' in S('abc'), [c for c in S('abc')])

# Classes that change under way
class C:
    shared = 1
    def m(self): return 'C.m'
    @classmethod
    def cm(cls): return cls.__name__
    @staticmethod
    def sm(): return 'sm'
class E(C):
    def m(self): return 'E+' + super().m()
    def old(self): return super(E, self).m()
def look(obj, cls):
    return obj.shared, obj.m(), cls.cm(), cls.sm(), cls.m(obj), bool(obj), obj == obj, obj != obj
e = E()
out = []
for step in range(9):
    out.append(look(e, E))
    if step == 0: C.shared = 2
    if step == 1: e.shared = 'own'
    if step == 2: C.cm = classmethod(lambda cls: 'new ' + cls.__name__)
    if step == 3: E.sm = staticmethod(lambda: 'E.sm')
    if step == 4: C.m = lambda self: 'replaced'
    if step == 5: E.__eq__ = lambda self, other: 'eq'
    if step == 6: E.__len__ = lambda self: 0
    if step == 7:
        E.shared = property(lambda self: 'property')
for line in out: print(line)
print(look(e, E), e.old())
class F(C): pass
def supers(objs):
    return [o.old() for o in objs]
E.__bases__ = (F,)
F.m = lambda self: 'F.m'
print(supers([e, E()]))
class Meta(type):
    def cm(cls): return 'meta ' + cls.__name__
class G(C, metaclass=Meta):
    pass
print([c.cm() for c in (C, E, G, C, G)])
class Made:
    def __init__(self, x=1): self.x = x
made = [Made(2).x, Made().x]
Made.__new__ = staticmethod(lambda cls, *a: object.__new__(E))
made.append(type(Made(3)).__name__)
print(made)
def make(cls): return cls()
class N: pass
kinds = [type(make(N)).__name__]
N.__init__ = lambda self: kinds.append('init')
make(N)
del N.__init__
kinds.append(type(make(N)).__name__)
print(kinds)
class X(Exception):
    def __init__(self, a, *, k=0): self.k = k
print(X(1, k=2).args, X(1, k=2).k)

# zip, enumerate, reversed
a, b = iter([1, 2, 3]), iter([4, 5])
print(list(zip(b, a)), list(a), list(zip()), list(zip([1])), list(zip([1], 'ab', (3, 4), range(9), b'xy')))
a, b = iter([1, 2, 3]), iter([4])
print(list(zip(a, b)), list(a))
try:
    print(list(zip([1, 2], [1], strict=True)))
except ValueError as err:
    print(err)
print(list(enumerate('ab')), list(enumerate(x for x in 'cd')), list(enumerate([1], 5)))
print(list(reversed([1, 2, 3])), list(reversed(range(1, 10, 3))), list(reversed(range(0))), list(reversed((1, 2))), list(reversed('ab')), list(reversed({1: 2, 3: 4})))
for bad in (lambda: zip(1), lambda: enumerate(), lambda: enumerate(3), lambda: reversed(3), lambda: reversed({1}), lambda: reversed()):
    try:
        bad()
    except TypeError as err:
        print(err)
changing = [1, 2, 3]
for x, y in zip(changing, range(10)):
    changing.append(x) if y < 3 else None
print(changing)
