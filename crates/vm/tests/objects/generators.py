def raises(kind, text, f, *args):
    try:
        f(*args)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError("not raised: " + text)

def g():
    x = yield 1
    y = yield x
    return (x, y)
i = g()
assert next(i) == 1 and i.send(5) == 5
try:
    i.send(6)
except StopIteration as e:
    assert e.value == (5, 6)
else:
    assert False
raises(StopIteration, "", next, i)
raises(TypeError, "can't send non-None value to a just-started generator", g().send, 1)

log = []
def h():
    try:
        yield 1
        yield 2
    except KeyError as e:
        log.append("key")
        yield 3
    finally:
        log.append("end")
i = h()
next(i)
assert i.throw(KeyError("x")) == 3
assert i.close() is None and log == ["key", "end"]
def stubborn():
    while True:
        try:
            yield
        except GeneratorExit:
            pass
i = stubborn()
next(i)
raises(RuntimeError, "generator ignored GeneratorExit", i.close)
def returning():
    try:
        yield
    except GeneratorExit:
        return 7
i = returning()
next(i)
assert i.close() == 7 and i.close() is None

def inner():
    try:
        r = yield "a"
    except ValueError:
        r = "caught"
    return r
def outer():
    r = yield from inner()
    yield ("got", r)
i = outer()
assert next(i) == "a" and i.gi_yieldfrom is not None and i.send(3) == ("got", 3)
i = outer()
next(i)
assert i.throw(ValueError) == ("got", "caught")
i = outer()
next(i)
raises(KeyError, "1", i.throw, KeyError(1))
class It:
    def __iter__(self): return self
    def __next__(self): return 1
    def throw(self, e): raise StopIteration(42)
    def close(self): log.append("closed")
def over():
    yield (yield from It())
i = over()
next(i)
assert i.throw(ValueError()) == 42
i = over()
next(i)
i.close()
assert log[-1] == "closed"
def pep479():
    raise StopIteration
    yield
raises(RuntimeError, "generator raised StopIteration", next, pep479())
def selfish():
    yield next(me)
me = selfish()
raises(ValueError, "generator already executing", next, me)
assert g.__name__ == "g" and g().__name__ == "g" and repr(g()).startswith("<generator object g at 0x")
i = g()
assert not i.gi_running and not i.gi_suspended and i.gi_frame is not None and i.gi_code is g.__code__
next(i)
assert i.gi_suspended
def setname(): i.__name__ = 1
raises(TypeError, "__name__ must be set to a string object", setname)
assert list(x * 2 for x in range(3)) == [0, 2, 4]
assert list(enumerate("ab", 1)) == [(1, "a"), (2, "b")] and list(zip([1, 2], "ab")) == [(1, "a"), (2, "b")]
assert list(map(lambda a, b: a + b, [1, 2], [3, 4])) == [4, 6] and list(filter(None, [0, 1, 2])) == [1, 2] and list(reversed((1, 2))) == [2, 1]
raises(ValueError, "zip() argument 2 is shorter than argument 1", lambda: list(zip([1], [], strict=True)))
raises(ValueError, "zip() argument 2 is longer than argument 1", lambda: list(zip([], [1], strict=True)))
raises(TypeError, "map() must have at least two arguments.", map, 1)
raises(TypeError, "'int' object is not reversible", reversed, 1)
raises(TypeError, "enumerate() missing required argument 'iterable'", enumerate)
assert list(iter("aé")) == ["a", "é"] and list(iter(b"ab")) == [97, 98] and list(reversed(range(3))) == [2, 1, 0]
assert list(range(10**20, 10**20 + 3)) == [10**20, 10**20 + 1, 10**20 + 2]
class Seq:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i
    def __len__(self): return 3
assert list(Seq()) == [0, 1, 2] and list(reversed(Seq())) == [2, 1, 0]
n = [0]
def count():
    n[0] += 1
    return n[0]
assert list(iter(count, 4)) == [1, 2, 3]
assert iter([1, 2]).__reduce__() == (iter, ([1, 2],), 0) and iter(range(5)).__reduce__()[1] == (range(0, 5),)
class E(enumerate):
    def __next__(self): return ("e", super().__next__())
assert list(E("a")) == [("e", (0, "a"))]

async def co(v):
    return v + 1
async def chain():
    return await co(1) + await co(2)
c = chain()
try:
    c.send(None)
except StopIteration as e:
    assert e.value == 5
raises(RuntimeError, "cannot reuse already awaited coroutine", c.send, None)
async def agen():
    try:
        got = yield 1
        log.append(got)
        yield 2
    finally:
        log.append("aclosed")
async def use():
    return [x async for x in agen()]
def run(c):
    try:
        while True:
            c.send(None)
    except StopIteration as e:
        return e.value
assert run(use()) == [1, 2]
async def use2():
    a = agen()
    x = await a.__anext__()
    y = await a.asend("sent")
    await a.aclose()
    try:
        await a.__anext__()
    except StopAsyncIteration:
        return (x, y, log[-2:])
assert run(use2()) == (1, 2, ["sent", "aclosed"])
async def use3():
    a = agen()
    await a.__anext__()
    try:
        await a.athrow(KeyError("k"))
    except KeyError as e:
        return e.args
assert run(use3()) == ("k",)
