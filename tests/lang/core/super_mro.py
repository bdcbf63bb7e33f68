class Base:
    def f(self): return ["Base"]
class L(Base):
    def f(self): return ["L"] + super().f()
class R(Base):
    def f(self): return ["R"] + super().f()
class D(L, R):
    def f(self): return ["D"] + super().f()
print(D().f(), [c.__name__ for c in D.__mro__], D.mro() == list(D.__mro__))
for src in ("class X(Base, L): pass", "class X(L, R): pass\nclass Y(R, L): pass\nclass Z(X, Y): pass", "class X(object, Base): pass"):
    try:
        exec(src)
    except TypeError as e:
        print(e)
print(super(D, D()).f(), super(L, D()).f(), super(R, D()).f(), super(D, D).f(D()))
for f in (lambda: super(D, L()), lambda: super(1), lambda: super(D, 1), lambda: super(Base, D()).f(), lambda: super()):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
class P:
    @classmethod
    def make(cls): return cls.__name__
    @property
    def p(self): return "P.p"
class Q(P):
    @classmethod
    def make(cls): return "Q" + super().make()
    @property
    def p(self): return "Q" + super().p
    def lam(self): return (lambda: super().p)
    def gen(self): return [x for x in [__class__.__name__]]
print(Q.make(), Q().p, Q().gen())
try:
    print(Q().lam()())
except Exception as e:
    print(type(e).__name__, e)
s = super(Q, Q())
print(s.__thisclass__, s.__self_class__, type(s.__self__).__name__)
class M:
    def __init__(self, **kw): print("M", kw); super().__init__(**kw)
class N:
    def __init__(self, n=0, **kw): print("N", n); super().__init__(**kw)
class O(M, N): pass
O(n=5)
try:
    O(q=1)
except TypeError as e:
    print(e)
class MetaMro(type):
    def mro(cls): return [cls, object]
class Odd(Base, metaclass=MetaMro): pass
print(Odd.__mro__, issubclass(Odd, Base), hasattr(Odd, "f"))
class Attr(Base):
    def set(self):
        try:
            super().x = 1
        except AttributeError as e:
            print(e)
Attr().set()
