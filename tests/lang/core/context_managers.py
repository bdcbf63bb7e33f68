class CM:
    def __init__(self, n, swallow=False): self.n, self.swallow = n, swallow
    def __enter__(self): print("enter", self.n); return self.n
    def __exit__(self, t, v, tb):
        print("exit", self.n, t.__name__ if t else None, v, tb is not None)
        return self.swallow
with CM(1) as a, CM(2) as b: print(a, b)
with (CM(3) as a, CM(4),): print("body")
with CM(5, True): raise ValueError("swallowed")
try:
    with CM(6), CM(7): raise KeyError("through")
except KeyError as e: print("got", e)
def f():
    with CM("f"): return "ret"
print(f())
for i in range(3):
    with CM(i):
        if i == 0: continue
        if i == 1: break
class ExitRaises(CM):
    def __exit__(self, *a): raise RuntimeError("from exit")
try:
    with ExitRaises(8): raise ValueError("body")
except RuntimeError as e: print(e, repr(e.__context__))
class EnterRaises(CM):
    def __enter__(self): raise RuntimeError("from enter")
try:
    with CM(9), EnterRaises(10): print("never")
except RuntimeError as e: print(e)
for src in ("with 5: pass", "with object() as x: pass", "with type('E', (), {'__enter__': lambda s: 1})(): pass", "with type('X', (), {'__exit__': lambda s, *a: 1})(): pass", "with type('A', (), {'__aenter__': 1, '__aexit__': 1})(): pass"):
    try: exec(src)
    except TypeError as e: print(e)
class Target: pass
t = Target()
l = [0]
with CM(1) as t.attr, CM(2) as l[0], CM((3, 4)) as (x, y): pass
print(t.attr, l, x, y)
class Truthy(CM):
    def __exit__(self, *a): return [1]
with Truthy(1): 1 / 0
class BadBool:
    def __bool__(self): raise OverflowError("bool")
class BadExit(CM):
    def __exit__(self, *a): return BadBool()
try:
    with BadExit(1): 1 / 0
except OverflowError as e: print(repr(e), repr(e.__context__))
