eg = ExceptionGroup("top", [ValueError(1), TypeError(2), ExceptionGroup("in", [ValueError(3), KeyError(4)])])
print(repr(eg), eg, eg.message, len(eg.exceptions))
m, r = eg.split(ValueError); print(repr(m), repr(r)); print(repr(eg.subgroup(KeyError)), eg.subgroup(OSError), repr(eg.subgroup(lambda e: not isinstance(e, ValueError))))
for a in (("x",), ("x", []), ("x", [1]), (1, [ValueError()]), ("x", 5), ("x", [KeyboardInterrupt()])):
    try: print(ExceptionGroup(*a))
    except Exception as e: print(type(e).__name__, e)
print(type(BaseExceptionGroup("b", [ValueError()])).__name__, type(BaseExceptionGroup("b", [KeyboardInterrupt()])).__name__)
try: raise eg
except* ValueError as e: print("values", repr(e))
except* (TypeError, KeyError) as e: print("others", repr(e))
try:
    try: raise eg
    except* ValueError: print("partial")
except ExceptionGroup as rest: print("rest", repr(rest))
try: raise ValueError("naked")
except* ValueError as e: print(repr(e))
try:
    try: raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
    except* ValueError: raise OSError("raised inside")
    except* KeyError as e: raise
except ExceptionGroup as e: print(repr(e), repr(e.exceptions[0].__context__) if e.exceptions else "")
try: pass
except* ValueError: print("no")
else: print("else")
finally: print("finally")
try:
    try: raise TypeError("naked")
    except* ValueError: print("no")
except TypeError as e: print(repr(e))
for src in ("try: pass\nexcept* ValueError: pass\nexcept KeyError: pass", "def f():\n try: pass\n except* E:\n  return", "while 1:\n try: pass\n except* E:\n  break", "try: pass\nexcept*: pass"):
    try: compile(src, "s", "exec")
    except SyntaxError as e: print(e.msg)
try:
    try: raise ExceptionGroup("g", [ValueError()])
    except* ExceptionGroup: pass
except TypeError as e: print(e)
class MyGroup(ExceptionGroup):
    def derive(self, excs): return MyGroup(self.message, excs)
x = MyGroup("mine", [ValueError(1), KeyError(2)]); x.add_note("note")
a, b = x.split(ValueError); print(repr(a), repr(b), a.__notes__)
print(ExceptionGroup("one", [ValueError()]), ExceptionGroup("two", [ValueError(), ValueError()]))
