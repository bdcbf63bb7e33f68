# Many cycles of garbage; memory must not grow without end, and what is alive stays alive.
class N:
    __slots__ = ("a", "b", "pad")
keep = []
for i in range(20000):
    x, y = N(), N()
    x.a, y.a = y, x
    x.b = [x, y]
    y.pad = {"k": x}
    if i % 1000 == 0: keep.append(x)
print(len(keep), all(k.a.a is k for k in keep), keep[3].b[1].pad["k"] is keep[3])
d = {}
for i in range(5000):
    d[i % 50] = {"prev": d.get(i % 50 - 1), "v": str(i)}
    if i % 50 == 0: d = {0: d[0]}
print(len(d), d[0]["v"])
s = []
for i in range(3000): s = [s, str(i)] if i % 100 else [str(i)]
n = 0
while len(s) == 2: s = s[0]; n += 1
print(n, s)
print(sum(len(str(i) * 10) for i in range(10000)))
