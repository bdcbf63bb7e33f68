class Once:
    def __init__(self): self.done = False
    def __iter__(self): print("iter"); return self
    def __next__(self):
        print("next")
        if self.done: raise StopIteration
        self.done = True
        return 1
for x in Once(): print(x)
a, = Once()
print(*Once())
i = iter([1, 2, 3])
print(next(i), [*i], next(i, None))
l = [1, 2, 3]
i = iter(l); next(i); l.append(4); print(list(i)); l.append(5); print(list(i))
i = iter("ab"); j = i; print(next(i), next(j))
print(list(zip(i := iter(range(6)), i)), [a + b for a, b in zip(*[iter(range(6))] * 2)])
r = reversed([1, 2, 3]); print(next(r), list(r), list(reversed("abc")), list(reversed((1, 2))), list(reversed({1: 2, 3: 4})))
g = (i for i in range(3)); print(2 in g, list(g))
class StopInGet:
    def __getitem__(self, i):
        if i == 2: raise StopIteration
        return i
print(list(StopInGet()))
class Err:
    def __iter__(self): return self
    def __next__(self): raise ValueError("during")
for f in (list, tuple, set, sum, max, sorted, dict, "".join, lambda x: [*x], lambda x: 1 in x, any, lambda x: list(zip(x, [1])), bytes, list(map(lambda q: q, []).__class__ for _ in [0])[0].__class__):
    try: f(Err())
    except Exception as e: print(type(e).__name__, e)
i = iter([1, 2]); print(i.__reduce__()[1:], i.__length_hint__()); i.__setstate__(1); print(list(i))
print(iter(i) is i, hasattr([], "__next__"), hasattr(i, "__iter__"))
try: next([])
except TypeError as e: print(e)
try:
    for x in None: pass
except TypeError as e: print(e)
try: a, b = 5
except TypeError as e: print(e)
for i, (a, *b) in enumerate([(1, 2, 3), "xy"]): print(i, a, b)
for l[0] in range(2): print(l)
