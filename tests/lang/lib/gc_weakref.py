import gc, weakref
class A:
    def __init__(self, n): self.n = n
    def __del__(self): print("del", self.n)
a = A(1); r = weakref.ref(a, lambda r: print("callback", r() is None))
print(r() is a, weakref.getweakrefcount(a))
del a; gc.collect(); print(r())
class C: pass
c = C(); c.me = c; w = weakref.ref(c); del c; gc.collect(); print(w())
x, y = A("x"), A("y"); x.o, y.o = y, x
del x.o; del x, y; gc.collect()
d = weakref.WeakValueDictionary(); k = C(); d["k"] = k; print(len(d)); del k; gc.collect(); print(len(d))
wk = weakref.WeakKeyDictionary(); k = C(); wk[k] = 1; print(len(wk)); del k; gc.collect(); print(len(wk))
s = weakref.WeakSet(); k = C(); s.add(k); print(k in s); del k; gc.collect(); print(len(s))
p = C(); p.v = 5; q = weakref.proxy(p); print(q.v); q.z = 6; print(p.z); del p; gc.collect()
try: q.v
except ReferenceError as e: print(e)
class M:
    def f(self): return "f"
m = M(); wm = weakref.WeakMethod(m.f); print(wm()()); del m; gc.collect(); print(wm())
o = C(); fin = weakref.finalize(o, print, "finalized", 1); print(fin.alive); del o; gc.collect(); print(fin.alive)
class Res:
    saved = None
    def __del__(self): Res.saved = self
v = Res(); v.data = [1]; del v; gc.collect(); print(Res.saved.data); Res.saved = None; gc.collect()
for f in (lambda: weakref.ref(1), lambda: weakref.ref([]), lambda: weakref.ref("a"), lambda: weakref.proxy(None)):
    try: f()
    except TypeError as e: print(e)
class S: __slots__ = ()
try: weakref.ref(S())
except TypeError as e: print(e)
k = C(); r1, r2 = weakref.ref(k), weakref.ref(k); print(r1 is r2, r1 == r2, hash(r1) == hash(k)); print(gc.isenabled(), gc.get_threshold()[0] > 0 or True, gc.is_tracked([]), type(gc.collect()).__name__)
class BadDel:
    def __del__(self): raise ValueError("in del")
import sys
sys.unraisablehook = lambda u: print("unraisable", type(u.exc_value).__name__, u.exc_value)
b = BadDel(); del b; gc.collect()
