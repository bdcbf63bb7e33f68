class Base:
    subs = []
    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        Base.subs.append((cls.__name__, tag))
class A(Base, tag="a"): pass
class B(A): pass
print(Base.subs, Base.__subclasses__(), A.__subclasses__())
try:
    class C(Base, other=1): pass
except TypeError as e:
    print(e)
class G:
    def __class_getitem__(cls, k): return f"{cls.__name__}[{k}]"
print(G[int], G[1, 2])
try:
    G()[1]
except TypeError as e:
    print(e)
try:
    int[1]
except TypeError as e:
    print(e)
print(list[int], dict[str, int], list[int](), type(list[int]), list[int].__origin__, list[int].__args__, list[int] == list[int], tuple[int, ...], isinstance([], list))
try:
    isinstance([], list[int])
except TypeError as e:
    print(e)
print(int | str, int | None, (int | str).__args__, isinstance(1, int | str), type(int | str).__name__, int | int, list[int] | None)
class New:
    def __new__(cls, *a):
        print("new", a)
        return super().__new__(cls)
    def __init__(self, *a): print("init", a)
New(1, 2)
class Other:
    def __new__(cls): return 5
    def __init__(self): print("never")
print(Other())
class BadInit:
    def __init__(self): return 1
try:
    BadInit()
except TypeError as e:
    print(e)
for src in ("object.__new__(int)", "int.__new__(str)", "int.__new__(1)", "object.__new__(1)", "object.__new__()", "str.__new__(int)"):
    try:
        eval(src)
    except TypeError as e:
        print(e)
