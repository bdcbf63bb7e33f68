from dataclasses import dataclass, field, asdict, astuple, replace, fields, FrozenInstanceError, KW_ONLY, InitVar
@dataclass
class P:
    x: int
    y: int = 2
    l: list = field(default_factory=list, repr=False, compare=False)
    def __post_init__(self): self.z = self.x + self.y
p = P(1); print(p, p == P(1, 2), p.z, asdict(p), astuple(p), replace(p, x=5), [f.name for f in fields(p)], P(1) == 5, P.__match_args__)
@dataclass(frozen=True, order=True, slots=True)
class F:
    a: int
    _: KW_ONLY
    b: str = "b"
f = F(1, b="q"); print(f, hash(f) == hash(F(1, b="q")), f < F(2), F.__slots__)
for t in (lambda: setattr(f, "a", 2), lambda: P(), lambda: F(1, 2), lambda: P(1, q=2), lambda: hash(p), lambda: delattr(f, "a"), lambda: asdict(5)):
    try: t()
    except Exception as e: print(type(e).__name__, e)
for src in ("@dataclass\nclass A:\n x: int = 1\n y: int", "@dataclass\nclass A:\n x: list = []"):
    try: exec(src)
    except Exception as e: print(type(e).__name__, e)
@dataclass
class I(P):
    extra: InitVar[int] = 0
    def __post_init__(self, extra): super().__post_init__(); self.e = extra
print(I(1, extra=4).e, I(1), I.__mro__[1].__name__)
match p:
    case P(x, y): print(x, y)
