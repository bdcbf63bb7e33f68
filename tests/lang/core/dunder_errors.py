# Special methods that return the wrong thing.
def err(f, *a):
    try:
        print("fine", f(*a))
    except Exception as e:
        print(type(e).__name__, e)
def make(**kw):
    return type("T", (), {k: (lambda v: lambda self, *a: v)(v) for k, v in kw.items()})()
err(len, make(__len__=-1))
err(len, make(__len__="x"))
err(len, make(__len__=2 ** 100))
err(bool, make(__bool__=1))
err(bool, make(__len__=-1))
err(str, make(__str__=1))
err(repr, make(__repr__=1))
err(hash, make(__hash__="x"))
err(hash, make(__hash__=2 ** 200))
err(int, make(__int__="x"))
err(int, make(__index__=1.5))
err(float, make(__float__=1))
err(complex, make(__complex__=1))
err(bytes, make(__bytes__="x"))
err(format, make(__format__=1))
err(iter, make(__iter__=1))
err(next, make(__next__=1))
err(list, make(__iter__=1))
err(dir, make(__dir__=1))
err(reversed, make(x=1))
err(lambda: [1, 2][make(__index__="a")])
err(lambda: 1 in make())
err(lambda: make()())
err(lambda: make()[0])
err(lambda: make().missing)
def setitem(o): o[0] = 1
def delitem(o): del o[0]
err(setitem, make())
err(delitem, make())
class Callable:
    __call__ = None
err(Callable())
class NoHash:
    __hash__ = None
err(hash, NoHash())
class NoIter:
    __iter__ = None
err(iter, NoIter())
class NoContains:
    __contains__ = None
err(lambda: 1 in NoContains())
class Eq:
    def __eq__(self, other): return True
err(hash, Eq())
err(lambda: {Eq(): 1})
err(lambda: {[]: 1})
err(lambda: {1, [2]})
err(lambda: {}[[]])
