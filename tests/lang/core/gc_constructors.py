# Collections while constructors run: of classes that are attributes of modules and instances, too.
import gc, types
class C:
    def __init__(self, *args, **kwargs):
        gc.collect()
        [args, kwargs]
        gc.collect()
        self.args = args
space = types.SimpleNamespace(C=C)
def f():
    o = space.C(1, [2]); p = C(o, k=3); q = space.C(*[p], k=1)
    gc.collect()
    return o, p, q
o, p, q = f()
print(o.args, p.args == (o,), q.args == (p,))
# Nothing that only dead temporaries hold is kept.
import weakref
def g(make):
    c = C(); w = weakref.ref(c)
    box = make(c)
    c = None; box = None
    gc.collect()
    return w()
print(g(lambda c: (c,)), g(lambda c: [c]), g(lambda c: {c: 1}), [g(lambda c: {1: c}) for _ in range(2)])
def h():
    c = C(); w = weakref.ref(c)
    l = (c,)
    c = None; l = None
    gc.collect()
    return w()
print(h(), max(1, 2, key=lambda x: h() or x))
# What leads to another is finalized first; what was finalized is freed by the same collection.
class D:
    def __init__(self, name, holds=None): self.name, self.holds = name, holds
    def __del__(self): print("del", self.name)
a = D("a"); b = D("b", a); c = D("c", b); w = weakref.ref(a, lambda r: print("a is gone"))
del a, b, c
gc.collect(); print(w())
x, y = D("x"), D("y"); x.holds, y.holds = y, x
wx = weakref.ref(x)
del x, y
gc.collect(); print(wx())
