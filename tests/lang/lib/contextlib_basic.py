from contextlib import *
@contextmanager
def cm(x):
    print("enter", x)
    try: yield x * 2
    except ValueError as e: print("caught", e)
    finally: print("exit", x)
with cm(1) as v: print(v)
with cm(2): raise ValueError("v")
try:
    with cm(3): raise KeyError("k")
except KeyError as e: print(repr(e))
@cm(4)
def f(): return "decorated"
print(f())
with suppress(ZeroDivisionError): 1 / 0
with ExitStack() as s:
    s.enter_context(cm(5)); s.callback(print, "callback"); s.push(lambda *e: print("push", e[0]) or True)
    raise OSError
import io
b = io.StringIO()
with redirect_stdout(b): print("captured")
print(repr(b.getvalue()))
class C:
    def close(self): print("closed")
with closing(C()): pass
with nullcontext(7) as n: print(n)
@contextmanager
def bad(): 
    if False: yield
try:
    with bad(): pass
except RuntimeError as e: print(e)
@contextmanager
def twice(): yield; yield
try:
    with twice(): pass
except RuntimeError as e: print(e)
with cm(6) as a, closing(C()) as b: print(a)
