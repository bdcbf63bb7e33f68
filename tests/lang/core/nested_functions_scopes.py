def a():
    x = "a"
    def b():
        x = "b"
        def c():
            nonlocal x
            x = "c"
            def d():
                global x
                x = "global"
                return x
            return d(), x
        r = c()
        return r, x
    r = b()
    return r, x
print(a(), x)
def make():
    fs = []
    for i in range(3):
        def f(j=i):
            return i, j
        fs.append(f)
    return [f() for f in fs]
print(make())
class K:
    x = "class x"
    def get(self): return x
    y = [x for _ in range(1)]
    z = (lambda: x)()
    class Inner:
        w = x
print(K().get(), K.y, K.z, K.Inner.w)
def deep(n):
    def inner(m):
        return n + m if m == 0 else inner(m - 1)
    return inner(n)
print(deep(5))
def both():
    try:
        raise ValueError("v")
    except ValueError as err:
        f = lambda: err
        print(f())
    try:
        f()
    except NameError as e:
        print(e)
both()
def comp():
    n = 2
    return [[(lambda: (i, j, n))() for j in range(n)] for i in range(n)]
print(comp())
