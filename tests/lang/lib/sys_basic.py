import sys
print(sys.version_info[:2], sys.version_info.major, sys.maxsize, sys.byteorder, sys.getrecursionlimit(), sys.maxunicode, sys.argv == [__file__.rsplit("/", 1)[-1]], sys.flags.optimize, sys.float_info.max, sys.int_info.default_max_str_digits, sys.hash_info.width, sys.platform, sys.getdefaultencoding(), sys.getfilesystemencoding(), sys.stdout.encoding, type(sys.implementation.version).__name__, sys.intern("a") == "a", sys.getsizeof([]) > 0)
def f():
    fr = sys._getframe()
    return fr.f_code.co_name, fr.f_back.f_code.co_name, fr.f_lineno, sorted(fr.f_locals)
print(f())
try: 1 / 0
except ZeroDivisionError: print(sys.exc_info()[0].__name__, type(sys.exception()).__name__)
print(sys.exc_info(), sys.exception())
for t in ("sys.setrecursionlimit(0)", "sys.setrecursionlimit('a')", "sys._getframe(1000)", "sys.intern(1)", "sys.getsizeof()", "sys.set_int_max_str_digits(5)", "sys.exit(1, 2)"):
    try: exec(t)
    except Exception as e: print(t, type(e).__name__, e)
sys.setrecursionlimit(150)
def d(n): return d(n + 1)
try: d(0)
except RecursionError as e: print(e)
sys.setrecursionlimit(1000)
sys.set_int_max_str_digits(0); print(len(str(10 ** 5000)))
def hook(t, v, tb): print("hook", t.__name__, v)
sys.excepthook = hook
sys.displayhook(5); sys.displayhook(None)
sys.stdout.write("written\n"); print("to stderr" if False else "x", file=sys.stdout, flush=True)
def tracer(frame, event, arg):
    print("trace", event, frame.f_code.co_name)
    return None
def traced(): return 1
sys.settrace(tracer); traced(); sys.settrace(None)
print("end")
raise ValueError("seen by hook")
