class Await:
    def __await__(self): yield
async def ag():
    try:
        for i in range(3):
            await Await()
            got = yield i
            if got: print("got", got)
    finally:
        await Await()
        print("ag finally")
def run(c):
    try:
        while True: c.send(None)
    except StopIteration as e:
        return e.value
async def main():
    print([x async for x in ag()])
    g = ag()
    print(await g.__anext__(), await g.asend("hi"))
    try:
        await g.athrow(ValueError("x"))
    except ValueError as e:
        print("out", e)
    try:
        await g.__anext__()
    except StopAsyncIteration:
        print("exhausted")
    g = ag(); await g.__anext__(); await g.aclose(); await g.aclose()
    print(type(aiter(g)).__name__)
    async def empty():
        return
        yield
    print(await anext(empty(), "default"), [x async for x in empty()])
    gen = (x async for x in ag() if x)
    print(type(gen).__name__, [y async for y in gen])
    async def raising():
        yield 1
        raise StopAsyncIteration
    try:
        async for x in raising(): print(x)
    except RuntimeError as e:
        print(e)
    async def stubborn():
        try: yield 1
        finally: yield 2
    s = stubborn(); await s.__anext__()
    try:
        await s.aclose()
    except RuntimeError as e:
        print(e)
    g = ag()
    try:
        await g.asend(1)
    except TypeError as e:
        print(e)
    async for i in ag(): print(i)
    return "end"
print(run(main()))
for f in (lambda: aiter(1), lambda: anext(1), lambda: iter(ag()), lambda: next(ag())):
    try: f()
    except TypeError as e: print(e)
