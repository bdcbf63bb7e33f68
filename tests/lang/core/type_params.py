def f[T](x: T) -> T: return x
class C[T, *Ts, **P]:
    def m(self, x: T): return x
class B[T: int, U: (int, str) = str]: pass
type A[X] = list[X] | None
type R = R | int
print(f(5), f.__type_params__, C.__type_params__, C().m(1), A, A.__type_params__, A.__value__, A.__name__, A[int], type(A).__name__)
T, U = B.__type_params__
print(T.__name__, T.__bound__, U.__constraints__, U.__default__, U.has_default(), T.has_default(), T, U, repr(C.__type_params__[1]), repr(C.__type_params__[2]))
print(C.__mro__[1].__name__, C.__orig_bases__, C[int, str, [int]].__args__ if False else "", B[int, str], R.__value__)
type Lazy = undefined_name
try: Lazy.__value__
except NameError as e: print(e)
class D[T](list[T]):
    x: T
    def gen[U](self, a: T, b: U): return [T.__name__, U.__name__]
print(D().gen(1, 2), D.__bases__, D.gen.__type_params__)
type Fn[**P, Ret] = dict[P, Ret]
print(Fn.__type_params__)
for src in ("def f[T, T](): pass", "class A[T=int, U]: pass", "type A[] = 1", "def f[T: (yield)](): pass", "class A[T]:\n def f[T](self): pass", "type X[T := 1] = T", "def f[1](): pass", "type A[*T: int] = T", "def f[T]():\n nonlocal T"):
    try: exec(src); print("fine", src)
    except SyntaxError as e: print(src, "->", e.msg)
type = 5
print(type)
