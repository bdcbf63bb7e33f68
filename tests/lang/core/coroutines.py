class Await:
    def __init__(self, v): self.v = v
    def __await__(self):
        r = yield self.v
        return ("resumed", r)
async def co(x):
    print("co", x)
    r = await Await(x)
    print(r)
    return x * 2
async def outer():
    a = await co(1)
    b = await co(2)
    return a + b
c = outer()
print(type(c).__name__, c.send(None), c.send("A"))
try:
    c.send("B")
except StopIteration as e:
    print("value", e.value)
try:
    c.send(None)
except RuntimeError as e:
    print(e)
def run(c):
    try:
        while True: c.send(None)
    except StopIteration as e:
        return e.value
async def err():
    try:
        await Await(1)
    except ValueError as e:
        return f"caught {e}"
c = err(); c.send(None)
try:
    c.throw(ValueError("thrown"))
except StopIteration as e:
    print(e.value)
class ACM:
    async def __aenter__(self): print("aenter"); await Await(0); return "res"
    async def __aexit__(self, t, v, tb): print("aexit", t and t.__name__); await Await(0); return t is KeyError
async def w():
    async with ACM() as r, ACM(): print(r)
    async with ACM(): raise KeyError
    return "ok"
print(run(w()))
class AIt:
    def __init__(self, n): self.n = n
    def __aiter__(self): return self
    async def __anext__(self):
        if self.n == 0: raise StopAsyncIteration
        self.n -= 1
        await Await(0)
        return self.n
async def loop():
    out = []
    async for x in AIt(3): out.append(x)
    else: out.append("else")
    out.append([x async for x in AIt(3) if x != 1])
    out.append({x: y async for x in AIt(2) for y in [x]})
    out.append([await co(5)])
    out.append(sum([x async for x in AIt(4)]))
    return out
print(run(loop()))
async def bad1(): await 5
async def bad2():
    async for x in [1]: pass
async def bad3():
    async with 5: pass
async def bad4():
    with ACM(): pass
async def bad5():
    for x in AIt(1): pass
async def bad6(): return len(co(1).cr_frame.f_locals) if False else None
async def bad7():
    class X:
        def __await__(self): return 5
    await X()
async def bad8():
    async with open: pass
for b in (bad1, bad2, bad3, bad4, bad5, bad7, bad8):
    try:
        print(run(b()))
    except Exception as e:
        print(b.__name__, type(e).__name__, e)
c = co(1); c.close()
c = outer(); c.send(None); print(c.cr_running, c.cr_await is not None); c.close()
def notasync():
    c = co(1)
    try:
        for _ in c: pass
    except TypeError as e: print(e)
    c.close()
import_none = notasync()
c2 = co(9); c2.close()
for src in ("await x", "def f():\n await x", "def f():\n async with x: pass", "def f():\n async for x in y: pass", "async def f():\n yield from x", "[x async for x in y]", "def f():\n return [x async for x in y]", "async def f():\n yield 1\n return 2"):
    try:
        compile(src, "s", "exec")
        print("fine", src)
    except SyntaxError as e:
        print(e.msg)
