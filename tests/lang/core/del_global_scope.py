x = 1
def f():
    global x
    x = 2
    del x
f()
try: x
except NameError as e: print(e)
l = [1, 2, 3, 4]
del l[0], l[-1]
d = {"a": 1, "b": 2}
del d["a"]
a = b = c = 1
del a, (b, [c])
for n in "abc":
    try: eval(n)
    except NameError as e: print(e)
print(l, d)
def g():
    y = 1
    del y
    try: del y
    except UnboundLocalError as e: print(e)
g()
try: del nothing
except NameError as e: print(e)
class C:
    z = 1
    del z
    try: del q
    except NameError as e: print(e)
print(hasattr(C, "z"))
def loc():
    a = 1
    d = locals()
    d["b"] = 2
    a = 3
    return sorted(d.items()), sorted(locals().items())
print(loc())
print(sorted(k for k in globals() if not k.startswith("_"))[:5], globals() is globals(), "C" in globals())
ns = {"v": 1}
exec("w = v + 1\ndef fn(): return w * 2", ns)
print(ns["w"], ns["fn"](), eval("v + w", ns), eval("a + b", {"a": 1}, {"b": 2}), eval(" 1+1 "), eval(b"2+2"), eval(compile("3*3", "", "eval")))
exec("q = 1; print(q)")
exec(compile("for i in range(2): print(i)", "n", "exec"))
exec(compile("1 + 1", "n", "single"))
exec(compile("None", "n", "single"))
for t in ("eval('x = 1')", "eval('')", "eval('1 2')", "exec(1)", "eval('1', 1)", "eval('1', {}, 1)", "exec('1', [])", "compile('1', 's', 'bad')", "compile('x = 1', 's', 'eval')", "compile('1', 's', 'exec', 99999)", "compile(1, 's', 'exec')", "compile('1\\n2', 's', 'single')", "eval('a\\0b')", "compile('1', 's', 'exec', 0, True, 5)"):
    try: print(t, eval(t))
    except SyntaxError as e: print(t, "SyntaxError", e.msg)
    except Exception as e: print(t, type(e).__name__, e)
def h():
    exec("inner = 5")
    try: return inner
    except NameError as e: return str(e)
print(h(), (lambda: eval("1 + 1"))(), [eval("i") for i in range(2)])
import_builtin = eval("len([1])", {"__builtins__": {"len": lambda x: "fake"}})
print(import_builtin)
try: eval("print(1)", {"__builtins__": {}})
except NameError as e: print(e)
print(__name__, __debug__, __builtins__ is not None, __doc__, __annotations__ if False else "")
