# Stability, keys, errors and mutation while sorting.
data = [(i * 7919 % 13, i) for i in range(40)]
print(sorted(data, key=lambda t: t[0]))
print(sorted(data, key=lambda t: t[0], reverse=True)[:12])
print(sorted([3.5, 1, 2.25, True, -1]), sorted(["b", "a", "C"]), sorted([[2], [1, 5], [1]]), sorted([b"b", b"a"]))
class K:
    def __init__(self, v): self.v = v
    def __lt__(self, o): return self.v < o.v
    def __repr__(self): return f"K{self.v}"
print(sorted([K(3), K(1), K(2)]), min(K(2), K(1)), max([K(2), K(5), K(1)]))
calls = 0
class Counting:
    def __init__(self, v): self.v = v
    def __lt__(self, o):
        global calls
        calls += 1
        return self.v < o.v
sorted([Counting(i) for i in range(100)])
print(calls)
l = [3, 1, 2]
def key(x):
    print(len(l), end=" ")
    l.append(1) if False else None
    return x
l.sort(key=key)
print(l)
l = [3, 1, 2]
def bad(x):
    l.append(x)
    return x
try:
    l.sort(key=bad)
except ValueError as e:
    print(e, sorted(l))
class Boom:
    def __lt__(self, o): raise RuntimeError("boom")
l = [1, 2, Boom(), Boom()]
try:
    l.sort(key=lambda x: Boom())
except RuntimeError as e:
    print(e, len(l))
big = [(i * 1103515245 + 12345) % 65536 for i in range(5000)]
s = sorted(big)
print(all(s[i] <= s[i + 1] for i in range(len(s) - 1)), s[:5], s[-5:], sorted(s) == s, sorted(s[::-1]) == s)
pairs = sorted(((v % 10, i) for i, v in enumerate(big)), key=lambda p: p[0])
print(all(pairs[i][0] < pairs[i + 1][0] or pairs[i][1] < pairs[i + 1][1] for i in range(len(pairs) - 1)))
print(min([1, 2], default=5), min([], default=5), max("abc", key=lambda c: -ord(c)), min(1, 2, 3, key=lambda x: -x), max([(1, 2), (1, 3)]), max(1, 1.0), min(1.0, 1))
for t in ("min()", "min([])", "max(1)", "min(1, 2, default=3)", "max([], key=1)", "max(1, 2, key=1)", "max(1, 2, foo=1)"):
    try:
        print(eval(t))
    except Exception as e:
        print(t, type(e).__name__, e)
