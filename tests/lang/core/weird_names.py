__x__ = 1
class _A:
    __y = 2
    def f(self): return self.__y, __x__
    def g(self): __z = 3; return __z, sorted(locals())
    class __B: pass
class ___: 
    __q = 5
print(_A().f(), _A().g(), hasattr(_A, "_A__B"), ___._____q if hasattr(___, "_____q") else ___.__dict__.get("__q"))
print = print
_ = 5; __ = 6
print(_, __)
class C:
    def __init__(self, **kw): self.__dict__.update(kw)
c = C(**{"class": 1, "not valid": 2})
print(getattr(c, "class"), getattr(c, "not valid"), sorted(vars(c)))
def f(**k): return k
print(f(**{"1": 2, "": 3}))
globals()["strange name"] = 9
print(globals()["strange name"])
match_, type_, case = 1, 2, 3
type = lambda x: "type!"
print(type(1), case)
del type
print(type(1))
lambda_ = lambda: 0
print(lambda_.__name__)
