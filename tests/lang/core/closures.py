def counter():
    n = 0
    def inc(by=1):
        nonlocal n
        n += by
        return n
    def get(): return n
    return inc, get
inc, get = counter()
inc(); inc(5)
print(get(), inc.__closure__[0].cell_contents, inc.__code__.co_freevars, counter.__code__.co_cellvars)
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
fs = [lambda i=i: i for i in range(3)]
print([f() for f in fs])
def a():
    x = 1
    def b():
        def c():
            nonlocal x
            x += 1
            return x
        return c
    return b()(), x
print(a())
x = "global"
def g():
    global x, newglobal
    x = "changed"
    newglobal = 1
g()
print(x, newglobal)
def late():
    def use(): return later
    later = 5
    return use()
print(late())
def unbound():
    def use(): return later
    try:
        use()
    except NameError as e:
        print(type(e).__name__, e)
    later = 1
unbound()
def local_unbound():
    try:
        print(y)
    except UnboundLocalError as e:
        print(e)
    y = 1
local_unbound()
def deleted():
    z = 1
    def use(): return z
    del z
    try:
        use()
    except NameError as e:
        print(e)
    try:
        z
    except UnboundLocalError as e:
        print(e)
deleted()
try:
    undefined_name
except NameError as e:
    print(e)
class C:
    v = "class"
    def m(self): return v if False else x
    l = [x for _ in range(1)]
    t = [q for q in (lambda: (1, 2))()]
print(C().m(), C.l, C.t)
def cls_scope():
    v = "outer"
    class K:
        v = "early"
        print(v)
        v = "inner"
        print(v)
        w = [v for _ in "a"]
        def m(self): return v
    return K().m(), K.w
print(cls_scope())
for src in ("def f():\n nonlocal q", "nonlocal q", "def f(a):\n global a", "def f():\n a = 1\n global a", "def f():\n print(a)\n global a", "def f(a, a): pass", "def f():\n x = 1\n def g():\n  print(x)\n  nonlocal x"):
    try:
        compile(src, "s", "exec")
    except SyntaxError as e:
        print(e.msg, e.lineno)
def params(a, b):
    def inner(): return a + b
    a += 10
    return inner
print(params(1, 2)())
def gen():
    for i in range(3):
        yield lambda: i
print([f() for f in gen()], [f() for f in list(gen())])
c = (lambda: x).__closure__
print(c)
def cellops():
    v = 1
    return lambda: v
cell = cellops().__closure__[0]
cell.cell_contents = 5
print(cell.cell_contents, cell == cell, type(cell).__name__)
del cell.cell_contents
try:
    cell.cell_contents
except ValueError as e:
    print(e)
