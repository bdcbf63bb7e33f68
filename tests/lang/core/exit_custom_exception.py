class MyError(Exception):
    def __str__(self): return "line one\nline two"
class Outer:
    class Inner(Exception): pass
try:
    raise MyError
except MyError as e:
    err = e
try:
    raise Outer.Inner("x") from err
except Outer.Inner as e:
    raise RuntimeError(1, 2) from None
