import functools
from functools import partial, reduce, lru_cache, cache, wraps, total_ordering, cmp_to_key, singledispatch, cached_property, partialmethod
p = partial(pow, 2)
print(p(5), p.func is pow, p.args, p.keywords, partial(int, base=2)("101"), partial(p, 3)(), repr(partial(print, 1, sep="-"))[:17])
print(reduce(lambda a, b: a * b, [1, 2, 3, 4]), reduce(lambda a, b: a + b, [], 5))
try: reduce(lambda a, b: a, [])
except TypeError as e: print(e)
@lru_cache(maxsize=2)
def sq(x): print("compute", x); return x * x
print(sq(2), sq(2), sq(3), sq(4), sq(2), sq.cache_info(), sq.cache_parameters()); sq.cache_clear(); print(sq.cache_info())
@cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(90))
def deco(f):
    @wraps(f)
    def inner(*a): return f(*a)
    return inner
@deco
def documented(): "docs"
print(documented.__name__, documented.__doc__, documented.__wrapped__.__name__)
@total_ordering
class T:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
print(T(1) <= T(1), T(2) > T(1), T(1) >= T(2), sorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a)))
@singledispatch
def show(x): return "object"
@show.register
def _(x: int): return "int"
@show.register(list)
def _(x): return "list"
print(show(1), show([]), show("a"), show(True), show.dispatch(bool) is show.dispatch(int))
class C:
    @cached_property
    def v(self): print("once"); return 5
    def f(self, a, b): return a, b
    g = partialmethod(f, 1)
c = C(); print(c.v, c.v, c.g(2), vars(c))
print(functools.partial(lambda a, b: (a, b), functools.Placeholder, 2)(1))
