import warnings
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    warnings.warn("one"); warnings.warn("two", DeprecationWarning)
    eval(compile("'a' is 'b'", "f", "eval")); exec("x = '\\d'")
    print([(str(x.message), x.category.__name__) for x in w])
warnings.simplefilter("error")
try: warnings.warn("fatal", UserWarning)
except UserWarning as e: print(e)
try: exec("1 is 1")
except SyntaxError as e: print(e.msg)
warnings.resetwarnings(); warnings.simplefilter("ignore"); warnings.warn("silent")
@warnings.deprecated("use new")
def old(): return "old"
print(old(), old.__deprecated__)
warnings.filterwarnings("error", message="match")
try: warnings.warn("match this")
except UserWarning as e: print(e)
for f in (lambda: warnings.warn(1, "x"), lambda: warnings.simplefilter("bad"), lambda: warnings.warn()):
    try: f()
    except Exception as e: print(type(e).__name__, e)
