import traceback, sys
def f(): g()
def g(): raise ValueError("deep")
try: f()
except ValueError as e:
    lines = traceback.format_exception(e)
    print("".join(l for l in lines if not l.strip().startswith("File")), [fr.name for fr in traceback.extract_tb(e.__traceback__)], traceback.format_exception_only(e))
    te = traceback.TracebackException.from_exception(e); print(te.exc_type_str if hasattr(te, "exc_type_str") else "", str(te), te.stack[-1].line)
print([f.name for f in traceback.extract_stack()], traceback.format_list([("file.py", 3, "fn", "x = 1")]))
try: exec(compile("x = 1\ny = undefined_thing\n", "virtual.py", "exec"))
except NameError: print(traceback.format_exc().splitlines()[-1], "virtual.py" in traceback.format_exc())
import linecache
linecache.cache["fake.py"] = (10, None, ["a = 1 / 0\n"], "fake.py")
try: exec(compile("a = 1 / 0", "fake.py", "exec"))
except ZeroDivisionError: print("\n".join(traceback.format_exc().splitlines()[3:]))
print("".join(traceback.format_exception(ExceptionGroup("g", [ValueError(1), KeyError("k")]))))
