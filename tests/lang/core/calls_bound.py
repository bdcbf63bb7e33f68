# How arguments become parameters, the same call many times over: what is found once must hold for what comes after.
def show(f, *args, **kwargs):
    for _ in range(3):
        try:
            print(f(*args, **kwargs))
        except TypeError as e:
            print(type(e).__name__, e)
            return
def f(a, b, c=3, *, d=4, e=5): return a, b, c, d, e
def g(*args, x=1, **kwargs): return args, x, sorted(kwargs.items()), list(kwargs)
def h(a, /, b, **kwargs): return a, b, kwargs
def k(*, only): return only
def sites():
    for i in range(3):
        print(f(1, 2), f(1, b=2), f(b=2, a=1), f(1, 2, e=i), f(e=i, d=0, c=1, b=2, a=3), f(1, c=7, b=i))
        print(g(), g(1, 2), g(1, z=i, y=2), g(x=i), g(1, 2, x=3, q=i), g(c=1, b=2, a=3))
        print(h(1, 2), h(1, b=2), h(1, b=2, a=i), h(1, c=3, b=i), k(only=i))
sites()
for call in (lambda: f(1), lambda: f(1, 2, 3, 4), lambda: f(1, a=2), lambda: f(1, 2, z=3), lambda: h(a=1, b=2), lambda: k(), lambda: k(1),
             lambda: k(onyl=1), lambda: f(b=1), lambda: h(1), lambda: f(**{'a': 1}), lambda: f(*(1, 2), **{'a': 1}), lambda: g(**{'x': 1}, **{'x': 2})):
    for _ in range(2):
        try: print(call())
        except TypeError as e: print(e)
show(f, 1, 2, d=9); show(g, 1, 2, k=3, x=4); show(h, 1, b=2, a=3); show(k, only=1); show(f, *[1, 2, 3]); show(f, **dict(b=1, a=2))
class C:
    def __init__(self, a, b=2, *rest, c=3, **more): self.all = a, b, rest, c, more
    def m(self, a, *, b): return a, b
    @property
    def seen(self): return self.all
    @property
    def other(self): return self.m(1, b=self.all)
class D(C): pass
for _ in range(3):
    for made in (C(1), C(1, c=4), D(1, 2, 3, 4, d=5), D(a=1, z=0), C(*(1, 2), **{'q': 1})):
        print(made.seen, made.other, made.m(b=1, a=2), made.m(1, b=2))
c = C(1)
def reads():
    out = []
    for i in range(4):
        out.append(c.seen)
        if i == 1: c.all = 'changed'
        if i == 2: del c.all
    return out
try: reads()
except AttributeError as e: print(e)
def default(a, b=[]): b.append(a); return b
for i in range(3): print(default(a=i))
f.__defaults__ = (30,); f.__kwdefaults__ = {'e': 50, 'd': 40}
print(f(1, b=2), f(a=1, b=2, e=6))
f.__defaults__ = None
try: print(f(1, b=2))
except TypeError as e: print(e)
many = {f'n{i}': i for i in range(40)}
print(sum(g(**many)[2][i][1] for i in range(40)), len(g(**many)[3]))
def eight(a, b, c, d, e, f, g, h, i, j): return a, b, c, d, e, f, g, h, i, j
for _ in range(2): print(eight(j=1, i=2, h=3, g=4, f=5, e=6, d=7, c=8, b=9, a=10), eight(1, 2, j=3, i=4, h=5, g=6, f=7, e=8, d=9, c=0))
