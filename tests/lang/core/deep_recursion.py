# stress: skip (a million frames, each scanned at every call)
def down(n): return down(n + 1)
try: down(0)
except RecursionError as e: print(e)
class A:
    def __getattr__(self, n): return getattr(self, n + "x")
try: A().y
except RecursionError as e: print(e)
class B:
    def __eq__(self, o): return self == o
try: B() == B()
except RecursionError as e: print("eq")
class C:
    def __repr__(self): return repr(self)
try: repr(C())
except RecursionError: print("repr")
class D:
    def __call__(self): return self()
try: D()()
except RecursionError: print("call")
def gen(n): yield from gen(n + 1)
try: list(gen(0))
except RecursionError: print("gen")
def a(n): return b(n)
def b(n): return a(n)
try: a(1)
except RecursionError: print("mutual")
def fin(n):
    try: return fin(n + 1)
    finally: pass
try: fin(0)
except RecursionError: print("finally")
def ok(n): return n if n == 0 else ok(n - 1)
print(ok(900))
class H:
    def __hash__(self): return hash(self)
try: hash(H())
except RecursionError: print("hash")
f = lambda: [*map(lambda _: f(), [1])]
try: f()
except RecursionError: print("map")
try: sorted([2, 1], key=lambda x: down(x))
except RecursionError: print("sort")
