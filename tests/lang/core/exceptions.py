try:
    try: 1 / 0
    except ZeroDivisionError as e: raise ValueError("new") from e
except ValueError as e: print(repr(e), repr(e.__cause__), e.__context__ is e.__cause__, e.__suppress_context__)
try:
    try: 1 / 0
    except ZeroDivisionError: raise ValueError("implicit")
except ValueError as e: print(repr(e.__context__), e.__cause__, e.__suppress_context__)
try:
    try: 1 / 0
    except ZeroDivisionError: raise ValueError("none") from None
except ValueError as e: print(repr(e.__context__), e.__cause__, e.__suppress_context__)
for src in ("raise", "raise 5", "raise 'x'", "raise ValueError from 5", "raise int", "raise ValueError(1) from KeyError", "try: pass\nexcept 5: pass", "try: 1/0\nexcept 5: pass", "try: 1/0\nexcept (ValueError, 5): pass", "raise type('E', (Exception,), {'__new__': lambda c: 5})"):
    try: exec(src)
    except Exception as e: print(src.replace("\n", "; "), "->", type(e).__name__, e)
def f():
    try: return 1
    finally: print("f")
def g():
    try: raise KeyError("k")
    except (ValueError, KeyError) as e: return e.args
    else: print("no")
    finally: print("g")
print(f(), g())
try:
    pass
except Exception: print("no")
else: print("else")
finally: print("finally")
try:
    e = 5
    try: 1 / 0
    except ZeroDivisionError as e: pass
    e
except NameError as x: print(x)
class My(Exception):
    def __init__(self, a, b): self.a = a; super().__init__(a, b)
    def __str__(self): return f"my {self.a}"
try: raise My(1, 2)
except My as e: print(e, repr(e), e.args, isinstance(e, Exception))
e = ValueError("x"); e.add_note("n1"); e.add_note("n2"); print(e.__notes__)
try: e.add_note(1)
except TypeError as t: print(t)
print(repr(ValueError()), str(ValueError()), repr(ValueError("a")), str(ValueError("a", 1)), repr(KeyError("k")), str(KeyError("k")), str(KeyError()), str(KeyError(1, 2)))
o = OSError(2, "No such file", "fn"); print(repr(o), o, o.errno, o.strerror, o.filename, type(o).__name__, OSError(17, "e"), OSError("only"), OSError(2, "a", "b", None, "c"))
print(StopIteration(5).value, SystemExit(3).code, SystemExit().code, ImportError("m", name="n", path="p").name, AttributeError("a", name="x", obj=1).obj, NameError("n", name="q").name)
print(repr(UnicodeDecodeError("utf-8", b"a\xff", 1, 2, "bad")), UnicodeDecodeError("utf-8", b"a\xff", 1, 2, "bad"), UnicodeEncodeError("ascii", "aé", 1, 2, "no"), UnicodeTranslateError("aé", 1, 2, "no"))
s = SyntaxError("msg", ("file", 3, 5, "text", 3, 8)); print(s, s.lineno, s.offset, s.text, s.end_offset, s.filename, repr(s))
print(ZeroDivisionError.__mro__, issubclass(FileNotFoundError, OSError), IOError is OSError, issubclass(BaseExceptionGroup, Exception), Exception.__base__)
try: ValueError(x=1)
except TypeError as t: print(t)
try: ValueError("a").with_traceback(5)
except TypeError as t: print(t)
v = ValueError("r"); v.__cause__ = KeyError(); print(v.__suppress_context__)
for a, b in (("__cause__", 1), ("__context__", 1), ("__traceback__", 1), ("args", 1)):
    try: setattr(v, a, b)
    except TypeError as t: print(t)
def reraise():
    try:
        try: raise ValueError("first")
        except ValueError:
            try: raise KeyError("second")
            except KeyError: pass
            raise
    except ValueError as e: print("again", e, repr(e.__context__))
reraise()
def ctxloop():
    try:
        try: raise ValueError(1)
        finally: raise KeyError(2)
    except KeyError as e: print(repr(e.__context__))
ctxloop()
l = []
for i in range(4):
    try:
        if i == 1: continue
        if i == 2: raise ValueError
        l.append(i)
    except ValueError: l.append("v")
    else: l.append("e")
    finally: l.append("f")
print(l)
