# A scheduler of our own: coroutines without asyncio.
import collections, types, contextvars
@types.coroutine
def switch(v=None): return (yield v)
log = []
async def worker(n, k):
    for i in range(k):
        log.append((n, i))
        await switch()
    return n * 10
def run(*cs):
    q = collections.deque(enumerate(cs)); out = {}
    while q:
        i, c = q.popleft()
        try: c.send(None)
        except StopIteration as e: out[i] = e.value
        else: q.append((i, c))
    return out
print(run(worker(1, 3), worker(2, 1), worker(3, 2)), log)
var = contextvars.ContextVar("var", default="d")
def f(): tok = var.set("inner"); r = var.get(); var.reset(tok); return r, var.get()
ctx = contextvars.copy_context(); print(ctx.run(f), var.get(), var in ctx, len(ctx)); ctx.run(var.set, 9); print(ctx[var], var.get())
tok = var.set(1)
try: var.reset(tok); var.reset(tok)
except RuntimeError as e: print("once only")
try: contextvars.ContextVar("x").get()
except LookupError as e: print("LookupError")
