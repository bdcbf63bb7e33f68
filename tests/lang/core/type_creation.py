A = type("A", (), {"x": 1, "f": lambda self: self.x})
B = type("B", (A,), dict(y=2))
print(A().f(), B().f(), B.y, B.__bases__, type(B), A.__dict__["x"], B.__qualname__, B.__module__)
for args in (("C",), ("C", ()), ("C", (), {}, 1), (1, (), {}), ("C", [], {}), ("C", (), []), ("C", (1,), {}), ("C", (A, B), {}), ("C", (int, float), {}), ("a\0b", (), {}), ("C", (), {"__slots__": 5}), ("C", (), {"__qualname__": 1}), ("\ud800", (), {}), ("C", (A, A), {}), ("C", (bool,), {}), ("C", (type(len),), {}), ("C", (slice,), {}), ("C", (range,), {})):
    try:
        print(ascii(args[0]), type(*args))
    except Exception as e:
        print(ascii(args[0]), type(e).__name__, ascii(str(e)))
print(type("D", (), {"__doc__": "d"}).__doc__, type("E", (), {"__module__": "m"}), int.__name__, int.__qualname__, int.__module__, type.__module__, type(type).__mro__, type.__subclasses__(type)[0].__name__ != "", A.__subclasses__() == [B], int.__flags__ & 1024 != 0, object.__bases__, type.__base__)
B.__name__ = "Renamed"; B.__qualname__ = "Q.Renamed"
print(B, B.__name__)
A.__bases__ = (type("Z", (), {"z": "zed"}),) if False else A.__bases__
class P: pass
class Q1: v = 1
class Q2: v = 2
class R(Q1): pass
r = R(); print(r.v); R.__bases__ = (Q2,); print(r.v, R.__mro__[1].__name__)
