x: int = 5
y: "forward"
print(__annotate__(1)["x"])
class C:
    a: int
    b: str = "x"
    c: Undefined
try: C.__annotations__
except NameError as e: print(e)
Undefined = float
print(C.__annotations__, C.__annotate__(1), hasattr(C, "a"))
def f(p: Later, q: "str" = 1, *r: int, s: list[int] = None, **t) -> Result: pass
try: f.__annotations__
except NameError as e: print(e)
Later = Result = bytes
print(f.__annotations__)
f.__annotations__ = {"z": 1}
print(f.__annotations__, f.__annotate__)
def g():
    v: int = 1
    w: undefined_thing
    return v
print(g(), g.__annotations__)
class D:
    def m(self, x: C) -> "D": pass
    if True: cond: int = 1
    z: print("never evaluated")
print(D.m.__annotations__)
try:
    f.__annotations__ = 5
except TypeError as e: print(e)
(paren): int = 1
x.real
lst = [0]
lst[0]: int = 5
C.attr: str = "set"
print(lst, C.attr)
try: f.__annotate__(2)
except NotImplementedError as e: print("NotImplementedError", e)
except Exception as e: print(type(e).__name__, e)
class E(C): pass
print(E.__annotations__, (lambda: 0).__annotations__, type(C.__annotate__).__name__)
