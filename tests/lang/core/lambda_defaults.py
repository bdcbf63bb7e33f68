fs = {}
for op, fn in {"+": lambda a, b: a + b, "*": lambda a, b: a * b}.items(): fs[op] = fn
print(fs["+"](2, 3), fs["*"](2, 3), (lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3, z=4), (lambda: (lambda: 5))()())
print((lambda a, /, b, *, c: (a, b, c))(1, b=2, c=3), (lambda x=[]: x.append(1) or x)(), sorted([(1, "b"), (0, "c")], key=lambda t: t[1]))
y = lambda f: (lambda x: x(x))(lambda x: f(lambda *a: x(x)(*a)))
print(y(lambda self: lambda n: 1 if n < 2 else n * self(n - 1))(10))
print([f(2) for f in [lambda x, n=n: x ** n for n in range(4)]], (lambda: [i for i in range(3)])(), (lambda x: x if x else (yield))(1).__class__.__name__)
try: (lambda x: x)()
except TypeError as e: print(e)
