from enum import *
class C(Enum):
    RED = 1
    GREEN = 2
    ALIAS = 1
    def hi(self): return f"hi {self.name}"
print(C.RED, repr(C.RED), C(1), C["GREEN"], C.RED.name, C.RED.value, list(C), C.ALIAS is C.RED, C.RED.hi(), len(C), C.RED in C, 1 in C, C.__members__, isinstance(C.RED, C), C.RED == 1, hash(C.RED) == hash(C.RED), {C.RED: 1}[C(1)])
for t in ("C(9)", "C['X']", "C.X", "C.RED < C.GREEN", "setattr(C, 'RED', 5)", "class D(C): pass"):
    try: exec(t)
    except Exception as e: print(t, type(e).__name__, e)
class I(IntEnum): A = auto(); B = auto()
print(I.A + 1, I.B > I.A, I.A == 1, repr(I.A), str(I.A), f"{I.A}", [10, 20][I.A])
class F(Flag): R = auto(); W = auto(); X = auto(); RW = R | W
print(F.R | F.X, F.RW & F.R, ~F.R, F.RW ^ F.W, F(3), F(0), list(F.RW), bool(F(0)), F.R in F.RW, len(F.RW), F(5).name)
class S(StrEnum): A = auto(); B = "bee"
print(S.A, S.B.upper(), repr(S.A), S("bee"))
class IF(IntFlag): A = 1; B = 2
print(IF.A | 8, IF.A | IF.B, int(IF.A | IF.B), IF(7))
class P(Enum):
    EARTH = (1, 2)
    def __init__(self, a, b): self.a, self.b = a, b
    @property
    def s(self): return self.a + self.b
print(P.EARTH.s, P((1, 2)), Enum("Dyn", "A B")["B"], Enum("Dyn", {"X": 9}).X.value)
@unique
class U(Enum): A = 1
try:
    @unique
    class V(Enum): A = 1; B = 1
except ValueError as e: print(e)
class M(Enum):
    A = 1
    @classmethod
    def _missing_(cls, v): return cls.A if v == "a" else None
    _ignore_ = []
print(M("a"), [m.name for m in C], C.RED.__class__, C.RED.__doc__)
match C.RED:
    case C.GREEN: print("g")
    case C.RED: print("r")
