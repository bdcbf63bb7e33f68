class Meta(type):
    def __instancecheck__(cls, i): return "x" in dir(i)
    def __subclasscheck__(cls, c): return hasattr(c, "x")
class Has(metaclass=Meta): pass
class Y: x = 1
print(isinstance(Y(), Has), isinstance(5, Has), issubclass(Y, Has), issubclass(int, (str, Has)), isinstance(Has(), Has))
class Fake:
    @property
    def __class__(self): return int
print(isinstance(Fake(), int), type(Fake()).__name__, Fake().__class__, isinstance(Fake(), Fake))
class Dup:
    __bases__ = (int,)
print(issubclass(Dup(), int))
try: issubclass(Dup(), "x")
except TypeError as e: print(e)
class Boom(type):
    def __instancecheck__(cls, o): raise RuntimeError("boom")
class B(metaclass=Boom): pass
try: isinstance(1, B)
except RuntimeError as e: print(e)
print(isinstance(B(), B))
def nested(n):
    t = int
    for _ in range(n): t = (t,)
    return t
print(isinstance(1, nested(50)))
try: isinstance("a", nested(100000))
except RecursionError as e: print("RecursionError")
