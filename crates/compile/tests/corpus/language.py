def f(a, b=2, *c, d=3, **e):
    y = a + b * 2
    for i in range(10):
        if i == 3 and not y: continue
        if i == 8 or a < b < 0: break
        y += i
    else: print("no break")
    return [z*2 for z in c if z], y, d, e
print(f(1, 2, 3, 4, d=5, q=6))
class A:
    "doc"
    n = 0
    def __init__(self, x): self.x = x
    def m(self, *a, **k): return ("A.m", self.x, a, k)
class B(A):
    def m(self, *a, **k): return super().m(1, *a, k=2)
print(B(5).m(3), B.__doc__, A.__doc__)
def t(n):
    out = []
    for i in range(n):
        try:
            if i == 1: continue
            if i == 2: raise ValueError(i)
            if i == 4: break
            out.append(i)
        except ValueError as e:
            out.append(e.args)
            try: e2 = 1/0
            except ZeroDivisionError: out.append("z")
        finally:
            out.append("f")
    try: e
    except UnboundLocalError as x: out.append(str(x))
    return out
print(t(6))
class M:
    def __init__(s, n): s.n = n
    def __enter__(s): print("enter", s.n); return s
    def __exit__(s, *a): print("exit", s.n, a[0]); return s.n == 2
def w():
    for i in range(3):
        with M(1) as a, M(2) as b:
            if i == 0: continue
            if i == 1: raise KeyError(3)
            return a.n + b.n
print(w())
def g():
    x = yield 1
    print("got", x)
    try: yield from [2, 3]
    finally: print("fin")
    return 9
def h():
    r = yield from g()
    print("r", r)
print(list(h()))
def clos():
    a = 1
    def inc():
        nonlocal a
        a += 1
        return a
    return [inc() for _ in range(3)], [(lambda: i) for i in range(3)], {k: v for k, v in zip("ab", range(2))}, {x for x in "aa"}
r = clos(); print(r[0], [q() for q in r[1]], r[2], r[3])
def m(x):
    match x:
        case 0 | 1: return "small"
        case [a, *b, c]: return ("seq", a, b, c)
        case {"k": v, **rest}: return ("map", v, rest)
        case int(n) if n > 5: return ("int", n)
        case A(x=y): return ("A", y)
        case (str() as s) | [s]: return ("s", s)
        case None: return "none"
        case _: return "other"
for v in [0, [1,2,3,4], {"k": 1, "z": 2}, 9, 3, A(4), "q", ["w"], None]: print(m(v))
a, (b, *c) = 1, (2, 3, 4); print(a, b, c)
x = [1,2,3,4]; x[1:3] = [9]; x[0] += 5; print(x, x[::2], x[-1:], x[1:])
print(f"{a!r:>5}|{b=}|{x[0]:0{3}d}", "%s-%5s-%r" % (a, b, "c"))
print((lambda *a, **k: (a, k))(1, *[2, 3], z=1, **{"y": 2}))
print(1 < 2 < 3, 1 < 2 > 5, not 1, None is None, 1 in [1], 3 not in (1, 2))
y = (n := 5) + n * (n := 2) + n; print(y)
def deco(p):
    print("deco", p)
    return lambda f: (print("apply", p), f)[1]
@deco(1)
@deco(2)
def dd(): pass
try:
    try: raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError as e: print("ve", e.exceptions)
except ExceptionGroup as e: print("left", e.exceptions)
i = 0
while True:
    i += 1
    if i > 3: break
else: print("never")
print(i)
print([i for i in range(3) for j in range(i)], [[j for j in range(i)] for i in range(3)], i)
def dl(q):
    if q: z = 1
    del q
    try: print(z)
    except UnboundLocalError as e: print(e)
dl(0); dl(1)
class C[T]:
    v: T
    @property
    def p(self): return __class__
print(C().p is C, C.__type_params__)
def gen2():
    try:
        while True: yield 1
    except GeneratorExit: print("closed"); raise
q = gen2(); next(q); q.close()
import os.path as P
from os import path as P2, sep
print(P is P2, sep)
def ff():
    try: return "try"
    finally: print("finally")
print(ff())
def nest():
    for a in range(2):
        for b in range(2):
            try:
                try:
                    if b: break
                finally: print("in", a, b)
            finally: print("out", a, b)
nest()
global_x = 1
def gx():
    global global_x
    global_x += 1
    del global_x
gx()
print("global_x" in globals())
async def co(): return 5
async def co2():
    async with AM() as v: print("v", v)
    return await co() + 1
class AM:
    async def __aenter__(s): return 1
    async def __aexit__(s, *a): print("aexit")
try: co2().send(None)
except StopIteration as e: print(e.value)
print({**{"a": 1}, "b": 2, **{"c": 3}}, [*range(2), 5, *"ab"], {*[1], 2}, (*"x", 1))
print(max(i for i in range(5)), sum(x*y for x in range(3) for y in range(3)))
l = []
for l[len(l):], z in [([1], 2), ([3], 4)]: print(l, z)
assert 1, "no"
try: assert 0, "yes"
except AssertionError as e: print(e)
print(eval("1+1") if "x" else 0)
