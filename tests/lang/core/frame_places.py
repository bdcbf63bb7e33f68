# Where a frame that was left by an exception says it is, and what locals() shows within inlined comprehensions.
import sys
def lines(f):
    try: f()
    except Exception as e: tb = e.__traceback__.tb_next
    found = []
    while tb:
        found.append(tb.tb_frame.f_lineno - tb.tb_frame.f_code.co_firstlineno)
        tb = tb.tb_next
    return found
def in_handler():
    try:
        1/0
    except ArithmeticError as e:
        [][0]
        pass
def no_match():
    try:
        1/0
    except KeyError:
        pass
    except TypeError as e:
        pass
def in_finally():
    try:
        1/0
    finally:
        pass
class Noop:
    def __enter__(self): return self
    def __exit__(self, *args): pass
def in_with():
    with Noop():
        1/0
        pass
class Fails(Noop):
    def __exit__(self, *args): raise ValueError
def at_exit():
    with Fails():
        1/0
for f in (in_handler, no_match, in_finally, in_with, at_exit): print(f.__name__, lines(f))
a = 1
print([sorted(locals()) for x in [1]], [eval("a + x") for x in [1]], [type(sys._getframe().f_locals).__name__ for x in [1]], a)
class C:
    b = 3
    print([sorted(locals()) for x in [1]], [sorted(sys._getframe().f_locals) for x in [1, 2]])
    try: print([eval("b") for x in [1]])
    except NameError as e: print(e)
def g(p):
    q = 2
    return [sorted(locals()) for r in [1]], sorted(locals())
print(g(1))
# Names and constants of code objects.
def h(x, y):
    z = len(x).real
    def inner(): return z + y
    return inner
for c in (h.__code__, h("", 1).__code__, (lambda: a).__code__): print(c.co_names, c.co_varnames, c.co_cellvars, c.co_freevars, [k for k in c.co_consts if not hasattr(k, "co_code")], [l for _, _, l in c.co_lines()][:2] != [])
for source in ("(yield x for x in y)", "[i for i in (j := [1])]", "[i for i in (lambda: (j := 1))()]", "[i for i in [(j := True) for j in range(5)]]"):
    try: compile(source, "s", "exec")
    except SyntaxError as e: print(source, "->", e.msg)
