"""Names in every kind of block."""
from __future__ import annotations

x: int = 1
y = [z for z in range(3) if (w := z)]


class Outer[T: int = str, *Ts, **P](object):
    "doc"
    __private = 1
    items = [(lambda: i) for i in range(3)]
    pairs = {a: b for a, b in zip("ab", "cd")}

    def method(self, a, /, b: T, *c: *Ts, d=__private, **e) -> None:
        "doc"
        global g
        g = lambda q=a, *, r: (q, r, b, self.__private)

        def inner():
            nonlocal a
            a = __class__
            return [b for b in c if d], {k: a for k in e}, (j + b for j in c)

        return super().method(inner)

    def generic[U](self, u: U, v: int = 2, *, w: U = 3) -> U:
        type Alias[V] = list[tuple[U, V]]
        return Alias

    if x:
        conditional: str
    async def coroutine(self):
        async with self as (p, q), q:
            yield [await r async for r in p]


type Plain = Outer
for _ in []:
    try:
        import os.path as path, sys
    except ImportError as error:
        del path
    else:
        with path as f, sys as (h, *rest):
            pass


def match(subject, seq):
    match subject:
        case {"k": value, **others} | [value, *others]:
            return value, others
    total = [n for n in seq]
    for n in total:
        n += 1
    return n, total, lambda: total
