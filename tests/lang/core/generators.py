def g():
    print("start")
    x = yield 1
    print("got", x)
    try:
        y = yield 2
    except ValueError as e:
        print("caught", e)
        y = yield "recovered"
    print("y", y)
    return "done"
i = g()
print(next(i), i.send("hello"), i.throw(ValueError("oops")))
try:
    i.send("bye")
except StopIteration as e:
    print("value", e.value)
print(list(i), i.gi_frame, i.gi_running)
i = g()
try:
    i.send(5)
except TypeError as e:
    print(e)
i.close()
print(next(i, "closed"))
def fin():
    try:
        yield 1
        yield 2
    finally:
        print("cleanup")
f = fin(); next(f); f.close(); f.close()
enough = []
def stubborn():
    while True:
        try:
            yield 1
        except GeneratorExit:
            print("ignored")
            if enough: return
            enough.append(1)
s = stubborn(); next(s)
try:
    s.close()
except RuntimeError as e:
    print(e)
s.close()
def closing():
    try:
        yield
    except GeneratorExit:
        return "closed value"
c = closing(); next(c); print(c.close())
def rec():
    try:
        next(r)
    except ValueError as e:
        print(e)
    yield
r = rec(); next(r)
def stop():
    raise StopIteration("leak")
    yield
try:
    next(stop())
except RuntimeError as e:
    print(e, repr(e.__cause__))
def deleg():
    r = yield from sub()
    print("sub returned", r)
    yield from [10, 20]
    yield from "ab"
def sub():
    a = yield "s1"
    print("sub got", a)
    try:
        yield "s2"
    except KeyError:
        print("sub KeyError")
    return 99
d = deleg()
print(next(d), d.send("A"), d.throw(KeyError), list(d))
gen = (x * x for x in range(5) if x % 2)
print(type(gen).__name__, list(gen), sum(x for x in range(10)), gen.__name__, g.__name__)
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
print([x for x, _ in zip(fib(), range(15))])
for bad in (lambda: g().throw(1), lambda: g().throw(ValueError, ValueError()) if False else g().throw("x"), lambda: g().throw(int)):
    try:
        bad()
    except TypeError as e:
        print(e)
try:
    g().throw(KeyError("first"))
except KeyError as e:
    print(repr(e))
def tree(t):
    if t:
        yield from tree(t[0]); yield t[1]; yield from tree(t[2])
print(list(tree(((None, 1, None), 2, ((None, 3, None), 4, None)))))
e = (1 / x for x in (1, 0))
print(next(e))
try:
    next(e)
except ZeroDivisionError as z:
    print(z)
print(next(e, "finished"))
try:
    (x for x in 5)
except TypeError as e:
    print(e)
class Y:
    def __iter__(self):
        yield from range(3)
print(list(Y()), max(Y()), [*Y()])
def ctx():
    try:
        raise ValueError("outer")
    except ValueError:
        yield 1
        try:
            raise
        except ValueError as e:
            print("reraised", e)
list(ctx())
