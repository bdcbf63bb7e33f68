def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw
print(f(1, c=3), f(1, 5, 6, 7, c=3, e=9), f(*[1, 2], **{"c": 3, "z": 0}), f(c=1, a=2))
def g(a, b, /, c, *, d): return a, b, c, d
print(g(1, 2, 3, d=4), g(1, 2, c=3, d=4))
def h(*, k=1): return k
print(h(), h(k=2))
def m(x, acc=[]):
    acc.append(x)
    return acc
print(m(1), m(2), m(3, []))
print((lambda a, *b, c=1, **d: (a, b, c, d))(1, 2, c=3, e=4), (lambda: None)(), f.__name__, f.__defaults__, f.__kwdefaults__, f.__qualname__, g.__code__.co_varnames, g.__code__.co_argcount, g.__code__.co_posonlyargcount, g.__code__.co_kwonlyargcount)
def doc():
    "docstring"
print(doc.__doc__, doc(), doc.__module__, (lambda: 0).__name__, doc.__dict__)
doc.attr = 1
print(doc.attr, doc.__dict__)
def deco(n):
    def wrap(fn):
        def inner(*a): return (n, fn(*a))
        return inner
    return wrap
@deco(1)
@deco(2)
def decorated(x): return x
print(decorated(5))
def order(*a): print("call", a); return lambda f: f
@order("A")
@order("B")
def o(p=print("default")): pass
def count(n): return 0 if n == 0 else 1 + count(n - 1)
print(count(500))
def annotated(a: int, b: "str" = "x", *c: float, d: list = [], **e: dict) -> bool: pass
print(annotated.__annotations__)
f.__defaults__ = (10, 20)
print(f(c=0))
f.__name__ = "renamed"
print(f.__name__, f.__qualname__)
def outer():
    def inner(): pass
    class K:
        def meth(self): pass
    return inner, K
print(outer()[0].__qualname__, outer()[1].__qualname__, outer()[1].meth.__qualname__)
print(callable(f), callable(1), callable(int), type(f).__name__, type(len).__name__, type("".join).__name__, type(str.join).__name__, type((lambda: (yield))()).__name__)
def many(a,b,c,d,e,f,g,h,i,j): return j
print(many(*range(10)), max(*[1, 2], *[5, 3]), dict(**{"a": 1}, **{"b": 2}), print(*[], *(), sep="") )
print(f"{g(*(1, 2), *(3,), **{'d': 4})}")
