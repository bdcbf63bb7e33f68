class Data:
    def __set_name__(self, owner, name): self.name = name; print("set_name", owner.__name__, name)
    def __get__(self, obj, typ=None): return ("get", obj is None, typ.__name__)
    def __set__(self, obj, v): print("set", v)
    def __delete__(self, obj): print("delete")
class NonData:
    def __get__(self, obj, typ=None): return "nondata"
class C:
    d = Data()
    n = NonData()
c = C()
print(c.d, C.d, c.n)
c.d = 5; del c.d
c.n = "own"
print(c.n, c.__dict__)
c.__dict__["d"] = "hidden"
print(c.d)
class ReadOnly:
    def __get__(self, o, t): return 1
    def __set__(self, o, v): raise AttributeError("read only!")
class E: r = ReadOnly()
try:
    E().r = 2
except AttributeError as e:
    print(e)
try:
    del E().r
except AttributeError as e:
    print(e)
class SetOnly:
    def __set__(self, o, v): o.__dict__["s"] = v * 2
class F: s = SetOnly()
f = F()
print(type(f.s).__name__)
f.s = 4
print(f.s)
class Meta(type):
    x = property(lambda cls: "meta prop")
    def __getattr__(cls, n): return "meta getattr " + n
class G(metaclass=Meta): pass
print(G.x, G.y)
try:
    G().y
except AttributeError as e:
    print(e)
class BadName:
    def __set_name__(self, o, n): raise ValueError("bad")
try:
    class H: b = BadName()
except Exception as e:
    print(type(e).__name__, e, e.__notes__)
print(type(C.__dict__["d"]).__name__, int.__add__.__get__(3)(4), str.upper.__get__("a", str)(), (lambda self: self).__get__(7)())
try:
    str.upper.__get__(1)
except TypeError as e:
    print(e)
class Lazy:
    def __init__(self, fn): self.fn = fn
    def __set_name__(self, o, n): self.n = n
    def __get__(self, o, t=None):
        if o is None: return self
        v = o.__dict__[self.n] = self.fn(o)
        return v
class K:
    @Lazy
    def value(self): print("computing"); return 42
k = K()
print(k.value, k.value)
