def f(a, b=1, *c, d, **e):
    "doc"
    x = a + 1
    def inner(): return x
    return inner
co = f.__code__
print(co.co_name, co.co_qualname, co.co_argcount, co.co_kwonlyargcount, co.co_nlocals, co.co_varnames, co.co_cellvars, co.co_freevars, co.co_firstlineno, co.co_consts[0], co.co_flags & 0x0C, f(1, d=2).__code__.co_freevars)
print(type(co).__name__, co == f.__code__, hash(co) == hash(f.__code__), callable(co), co.replace(co_name="renamed").co_name, isinstance(co.co_code, bytes))
g = type(f)(co, {"z": 1}, "gname", (5,), None)
print(g.__name__, g.__defaults__)
def h(): return v
h2 = type(h)(h.__code__, {"v": 42})
print(h2())
def x(): return 1
def y(): return 2
x.__code__ = y.__code__
print(x())
for t in ("x.__code__ = 1", "x.__defaults__ = 1", "x.__kwdefaults__ = 1", "x.__name__ = 1", "x.__dict__ = 1", "x.__globals__ = {}", "x.__closure__ = ()", "f.__code__ = f(1, d=1).__code__", "x.__type_params__ = 1", "del x.__code__", "x.__qualname__ = 1"):
    try: exec(t); print("fine", t)
    except Exception as e: print(t, type(e).__name__, e)
print(list(co.co_lines())[0][2], len(list(co.co_positions())) > 0, (lambda: 0).__code__.co_name, [c.co_name for c in co.co_consts if hasattr(c, "co_name")])
c = compile("a = 1\nb = 2", "file.py", "exec")
print(c.co_filename, c.co_name, c.co_names, c.co_firstlineno)
