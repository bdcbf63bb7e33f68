# Every binary and unary special method, plain, reflected and in place.
names = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
signs = "+ - * / // % ** @ & | ^ << >>".split()
class Left: pass
class Right: pass
class Both: pass
for n in names:
    setattr(Left, f"__{n}__", lambda s, o, n=n: f"{n}({type(o).__name__})")
    setattr(Right, f"__r{n}__", lambda s, o, n=n: f"r{n}({type(o).__name__})")
    setattr(Both, f"__i{n}__", lambda s, o, n=n: f"i{n}({type(o).__name__})")
for s in signs:
    env = {"l": Left(), "r": Right(), "b": Both()}
    print(s, eval(f"l {s} 1", env), eval(f"1 {s} r", env), eval(f"l {s} r", env))
    exec(f"b {s}= 5", env)
    print(env["b"])
class U:
    def __neg__(self): return "neg"
    def __pos__(self): return "pos"
    def __invert__(self): return "invert"
    def __abs__(self): return "abs"
    def __round__(self, *a): return ("round", a)
    def __trunc__(self): return "trunc"
    def __floor__(self): return "floor"
    def __divmod__(self, o): return "divmod"
    def __rdivmod__(self, o): return "rdivmod"
    def __pow__(self, o, m=None): return ("pow", o, m)
    def __index__(self): return 3
    def __bool__(self): return False
u = U()
print(-u, +u, ~u, abs(u), round(u), round(u, 2), round(u, None), divmod(u, 1), divmod(1, u), pow(u, 2), pow(u, 2, 5))
print([10, 20, 30, 40][u], hex(u), bin(u), oct(u), range(u), "abcdef"[u:], bool(u), not u, int(u), float(u), complex(u))
class L:
    def __len__(self): return 0
print(bool(L()), not L())
