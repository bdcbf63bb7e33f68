log = []
class M(type):
    def __new__(m, *a, **k): log.append("M.new"); return super().__new__(m, *a)
    def __init__(c, *a, **k): log.append("M.init"); super().__init__(*a)
    def __call__(c, *a, **k): log.append("M.call"); return super().__call__(*a, **k)
class Desc:
    def __set_name__(s, o, n): log.append("set_name " + n)
class Base(metaclass=M):
    def __init_subclass__(c, **k): log.append(f"init_subclass {c.__name__} {k}")
class A(Base, key=1):
    log.append("body")
    d = Desc()
    def __new__(c, *a): log.append("new"); return super().__new__(c)
    def __init__(s, *a): log.append("init")
A(1)
print(log)
def deco(n):
    log.append("deco expr " + n)
    return lambda f: (log.append("deco apply " + n), f)[1]
log.clear()
def default(): log.append("default"); return 1
def ann(): log.append("ann"); return int
@deco("1")
@deco("2")
def f(x=default(), *, y: ann() = default()): pass
print(log)
log.clear()
def v(n): log.append(n); return n
d = {v(1): v(2), v(3): v(4)}
l = [0] * 9
l[v(5)] = v(6)
(v(7), v(8), *[v(9)])
print(v("f"), v("x"), end=f"{v('end')}\n")
l[v(0)], l[v(1)] = v(2), v(3)
v(4) < v(5) < v(3) < v(9)
x = v(0) or v(1) and v(2)
print(log)
