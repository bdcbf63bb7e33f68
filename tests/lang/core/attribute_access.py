class A:
    cls_attr = 1
    def __getattribute__(self, n):
        if n.startswith("log_"): print("getattribute", n)
        return super().__getattribute__(n)
    def __getattr__(self, n):
        if n.endswith("bad"): raise AttributeError("custom " + n)
        return "getattr " + n
    def __setattr__(self, n, v):
        print("setattr", n, v)
        super().__setattr__(n, v)
    def __delattr__(self, n):
        print("delattr", n)
        super().__delattr__(n)
    def __dir__(self): return ["z", "a"]
a = A()
a.x = 1
print(a.x, a.nope, a.log_me, a.cls_attr, dir(a), hasattr(a, "bad"), getattr(a, "bad", 0))
del a.x
try:
    del a.x
except AttributeError as e:
    print(e)
try:
    a.very_bad
except AttributeError as e:
    print(e)
setattr(a, "dyn", 2); print(getattr(a, "dyn")); delattr(a, "dyn")
for f in (lambda: getattr(a, 1), lambda: setattr(a, 1, 2), lambda: hasattr(a, 1), lambda: delattr(1, "x"), lambda: setattr(1, "x", 1)):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
class Boom:
    def __getattr__(self, n): raise ValueError("boom")
try:
    hasattr(Boom(), "x")
except ValueError as e:
    print(e)
class NoSet:
    def __setattr__(self, n, v): raise TypeError("frozen")
try:
    NoSet().x = 1
except TypeError as e:
    print(e)
class Special:
    pass
s = Special()
s.__len__ = lambda: 5
try:
    len(s)
except TypeError as e:
    print(e)
Special.__len__ = lambda self: 7
print(len(s))
class Mangled:
    __a = 1
    def __b(self): return self.__a
    def get(self): return self.__b()
print(Mangled().get(), sorted(k for k in vars(Mangled) if "Mangled" in k), Mangled._Mangled__a)
try:
    Mangled().__a
except AttributeError as e:
    print(e)
class Typo:
    def __init__(self): self.colour = 1
try:
    Typo().color
except AttributeError as e:
    print(e, e.name)
class Del:
    def __init__(self): self.a = 1
d = Del()
for i in range(3):
    d.a = i; d.b = i; del d.b
print(vars(d))
