def err(fn, *a, **k):
    try:
        print("fine", fn(*a, **k))
    except TypeError as e:
        print(e)
def f0(): pass
def f1(a): pass
def f2(a, b): pass
def f3(a, b, c=1): pass
def fk(a, *, k): pass
def fkk(*, k, l, m=1): pass
def fp(a, b, /): pass
def fp2(a, b=1, /, c=2): pass
def fv(*args): pass
def fkw(**kw): pass
err(f0, 1); err(f0, 1, 2); err(f0, x=1)
err(f1); err(f1, 1, 2); err(f1, b=1); err(f1, 1, a=2); err(f1, 1, b=2)
err(f2); err(f2, 1); err(f2, b=1); err(f2, 1, 2, 3); err(f2, 1, 2, 3, 4, 5)
err(f3); err(f3, 1); err(f3, 1, 2, 3, 4); err(f3, c=1)
err(fk, 1); err(fk); err(fk, 1, 2); err(fk, 1, 2, k=3); err(fk, k=1); err(fk, 1, 2, 3, k=3)
err(fkk); err(fkk, k=1); err(fkk, 1); err(fkk, 1, k=1)
err(fp, a=1, b=2); err(fp, 1, b=2); err(fp, 1); err(fp); err(fp2, a=1); err(fp2, 1, b=2); err(fp2, 1, 2, 3, 4)
err(fv, x=1); err(fkw, 1)
err(lambda: 0, 1); err(lambda x: 0)
class C:
    def m(self, a): pass
    @classmethod
    def c(cls, a): pass
    @staticmethod
    def s(a): pass
    def __init__(self, x): pass
err(C); err(C, 1, 2); err(C(1).m); err(C(1).m, 1, 2); err(C.m); err(C.c); err(C.s); err(C.s, 1, 2); err(C(1).c, 1, 2)
class E: pass
err(E, 1); err(E, x=1); err(object, 1); err(object.__new__); err(object().__init__, 1)
def a5(alpha, beta, gamma, delta, eps): pass
err(a5); err(a5, 1, 2); err(a5, 1, 2, 3)
err(a5, alpah=1)
def colour(color=1, size=2): pass
err(colour, colour=3)
err(lambda: f1(*1)); err(lambda: f1(**1)); err(lambda: f1(**{1: 2})); err(lambda: fkw(**{"a": 1}, **{"a": 2})); err(lambda: f1(1, *[2], a=3)); err(lambda: f1(**[("a", 1)]))
err(len); err(len, 1, 2); err(len, 1); err(len, obj=[]); err(abs); err(abs, 1, 2); err(ord, x=1); err(isinstance, 1); err(isinstance, 1, 2); err(getattr, 1); err(getattr, 1, 2); err(setattr, 1, "a"); err(print, foo=1); err(print, sep=1); err(sorted); err(int, 1, 2, 3); err(int, foo=1); err(int, x=1); err(str, 1, 2, 3, 4); err(pow, 1); err(round); err(round, "a"); err(sum, 1); err(sum, ["a"]); err(sum, [], "a"); err(enumerate); err(enumerate, 1); err(zip, 1); err(map); err(map, 1); err(filter, 1); err(iter, 1); err(iter, 1, 2); err(next, 1); err(reversed, 1); err(divmod, 1); err(hash); err(id); err(chr, "a"); err(bin, "a"); err(type, 1, 2); err(type, "a", (), {}, 1); err(type, 1, (), {}); err(issubclass, 1, int); err(issubclass, int, 1); err(input, 1, 2); err(all); err(any, 1); err(slice); err(vars, 1); err(dir, 1, 2); err(format); err(format, 1, 2); err(exec); err(eval, 1); err(compile, 1); err(open); err(bool, 1, 2); err(bool, x=1); err(float, 1, 2); err(list, x=1); err(tuple, x=1); err("a".join); err([].append); err({}.get); err(callable); err(delattr, 1); err(hasattr, 1, 1); err(globals, 1); err(locals, 1); err(property, 1, 2, 3, 4, 5); err(staticmethod); err(classmethod); err(min, key=1); err(max, 1, 2, ky=1); err(bytes, 1, 2, 3, 4); err(memoryview); err(range)
