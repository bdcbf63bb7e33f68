def g():
    yield 1
    raise LookupError("in generator")
def h():
    yield from g()
print(next(it := h()))
next(it)
