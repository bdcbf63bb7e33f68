# Collecting from generators, and operators of Python classes: with every way out.
import sys, traceback

def frames():
    f = sys._getframe()
    names = []
    while f:
        names.append(f.f_code.co_name)
        f = f.f_back
    return names

def gen(*items, fail=None):
    for i in items:
        yield i
    if fail:
        raise fail
    return 'done'

def shown(f, *a, **k):
    try:
        print(repr(f(*a, **k)))
    except BaseException as e:
        names = [t.name for t in traceback.extract_tb(e.__traceback__)]
        print(type(e).__name__, e, names)

class H:
    def __init__(self, n): self.n = n
    def __hash__(self): return self.n % 2
    def __eq__(self, other): return isinstance(other, H) and self.n == other.n
    def __repr__(self): return f'H{self.n}'
    def __bool__(self): return self.n > 0
    def __add__(self, other): return H(self.n + (other.n if isinstance(other, H) else other))
    def __radd__(self, other): return H(self.n + other)

for fail in (None, ValueError('inside'), StopIteration(3)):
    for f in (list, tuple, lambda g: sorted(g, key=str), sum, any, all, lambda g: ''.join(map(str, g)), max):
        shown(f, gen(1, 2, 3, fail=fail))
    shown(lambda: [*gen(1, fail=fail), *gen(2)])
    shown(lambda: (lambda *a: a)(*gen(1, 2, fail=fail)))
shown(lambda: sorted(set(gen(H(1), H(2), H(3), H(1))), key=lambda h: h.n))
shown(set, gen(1, [], 2))
shown(sum, gen(1, 2.5, 3, True, 1 << 70, 2j, 1))
shown(sum, gen(1, H(2), 3, 4.5))
shown(sum, gen(1, 'x'))
shown(sum, (1e100 if i == 0 else 1.0 if i < 3 else -1e100 for i in range(4)))
shown(sum, (i for i in range(3000)))
shown(sum, (i * 0.1 for i in range(3000)))
shown(any, gen(0, [], H(0), H(1), 1 // 1))
shown(all, gen(1, [0], H(1), H(0)))
shown(all, (1 // x for x in (1, 0)))
shown(len, list(i for i in range(2500)))

def looking():
    yield frames()[:2]
    yield [type(me).__name__, me.gi_running, me.gi_frame.f_lineno - looking.__code__.co_firstlineno]
    try:
        next(me)
    except ValueError as e:
        yield str(e)
me = looking()
print(list(me), me.gi_running, me.gi_frame)
def half(n):
    for i in range(n):
        if i == 2:
            rest.append(list(me2))
        yield i
rest = []
me2 = half(5)
shown(list, me2)
print(rest)
def sends():
    got = []
    for i in range(3):
        got.append((yield i))
    return got
def delegate():
    print((yield from sends()))
print(list(delegate()))

# Operators
class V:
    def __init__(self, x): self.x = x
    def __add__(self, other):
        if not isinstance(other, V):
            return NotImplemented
        return V(self.x + other.x)
    def __iadd__(self, other):
        if other == 'decline':
            return NotImplemented
        self.x += getattr(other, 'x', 100)
        return self
    def __sub__(self, other): raise LookupError(f'no {other!r}')
    def __mul__(self, other):
        yield self.x * other
    def __getitem__(self, key): return (self.x, key)
    def __setitem__(self, key, value):
        self.x = (key, value)
        return 'dropped'
    def __pow__(self, other, mod=None): return ('pow', other, mod)
    def __matmul__(self, other): return f'{self.x}@{other}'
    def __repr__(self): return f'V({self.x!r})'
class R:
    def __repr__(self): return "R()"
    def __radd__(self, other): return f'radd {other!r}'
    def __rsub__(self, other): return f'rsub {other!r}'
class W(V):
    def __radd__(self, other): return f'W first, {other!r}'
class Same(V):
    pass
class StarArgs:
    def __add__(self, *args): return args
    __or__ = lambda self, other, extra=5: (other, extra)
    __and__ = staticmethod(lambda other: ('static', other))
    __xor__ = len
a = V(1)
print(a + V(2), a + R(), a + W(5), a + Same(6))
shown(lambda: a + 1)
shown(lambda: 1 + a)
shown(lambda: a - 1)
shown(lambda: a - R())
print(list(a * 3), a ** 2, a @ 'm', a['k'], a[1], a[1:2])
a['k'] = 'v'
a[0] = 1
print(a)
a = V(1)
a += 5
print(a)
def in_place(v, other):
    v += other
    return v
shown(in_place, a, V(2))
shown(in_place, a, 'decline')
shown(in_place, V(1), R())
s = StarArgs()
print(s + 1, s | 2, s & 3)
shown(lambda: s ^ 3)
class Deep:
    def __add__(self, other): return self + other
    def __getitem__(self, i): return self[i]
for op in (lambda: Deep() + 1, lambda: Deep()[0]):
    try:
        op()
    except RecursionError as e:
        print(type(e).__name__)
class Gone:
    def __add__(self, other):
        del Gone.__add__
        return NotImplemented
shown(lambda: Gone() + 1)
shown(lambda: Gone() + 1)

# Globals that come and go
total = 0
for i in range(10):
    total += i
    if i == 5:
        globals()['total'] = 1000
    if i == 7:
        fresh = total
    if i > 7:
        fresh += 1
print(total, fresh)
def late():
    out = []
    for k in range(4):
        try:
            out.append(maybe)
        except NameError:
            out.append(None)
        if k == 0: globals()['maybe'] = 1
        if k == 1: globals()['maybe'] = 2
        if k == 2: del globals()['maybe']
    return out
print(late())
def shadow():
    out = [len('ab')]
    globals()['len'] = lambda x: 'shadowed'
    out.append(len('ab'))
    del globals()['len']
    return out
def many():
    return [x for _ in range(3) for x in shadow()]
print(many())

# More attributes than there is room for in the object
class Wide:
    pass
def widen(w, n):
    for i in range(n):
        setattr(w, f'a{i}', i)
    return w
def read(w):
    return w.a0 + w.a5 + w.a17 + w.a29
def bump(w):
    w.a29 += 1
    w.a0 += 1
    w.a30 = 1
ws = [widen(Wide(), 30) for _ in range(3)]
for w in ws:
    for _ in range(3):
        bump(w)
    print(read(w), w.a30, len(vars(w)))
w = widen(Wide(), 30)
print(read(w))
del w.a17
shown(read, w)
