class Seq:
    def __init__(self, *a): self.a = list(a)
    def __len__(self): return len(self.a)
    def __getitem__(self, i):
        print("get", i, end="; ")
        return self.a[i]
    def __setitem__(self, i, v): print("set", i, v)
    def __delitem__(self, i): print("del", i)
s = Seq(1, 2, 3)
print(list(s)); print(2 in s); print(9 in s); print(s[-1], s[0:2]); s[0] = 1; s[1:2, ...] = 5; del s[::2]
print(list(reversed(s)), [x for x in s], tuple(s)); a, b, c = s; print(a, b, c, *s, max(s))
class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n <= 0: raise StopIteration
        self.n -= 1
        return self.n
print(list(It(3)), sum(It(4)), 2 in It(5), dict(enumerate(It(2))), list(map(str, It(3))), list(zip(It(3), It(2))), sorted(It(4)), [*It(2)], {*It(2)}, next(It(1)), next(It(0), "dflt"))
class Contains:
    def __contains__(self, x): return "yes" if x else ""
print(1 in Contains(), 0 in Contains(), 0 not in Contains())
class Rev:
    def __reversed__(self): return "reversed!"
print(reversed(Rev()))
class Hint:
    def __iter__(self): return iter([1, 2])
    def __length_hint__(self): print("hint"); return 5
print(list(Hint()))
class BadHint(Hint):
    def __length_hint__(self): return "x"
try:
    list(BadHint())
except TypeError as e:
    print(e)
class Map:
    def keys(self): return ["a", "b"]
    def __getitem__(self, k): return k * 2
print(dict(Map()), {**Map()}, (lambda **k: k)(**Map()))
class Miss(dict):
    def __missing__(self, k): self[k] = k; return k
m = Miss(); print(m["x"], m)
it = iter([1, 2, 3].__getitem__, 3) if False else iter(iter([1, 2, 3]).__next__, 3)
print(list(it))
class Old:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i
print(list(Old()), 2 in Old(), list(zip(Old(), "abc")))
class Raises:
    def __iter__(self): raise RuntimeError("iter")
try:
    [*Raises()]
except RuntimeError as e:
    print(e)
