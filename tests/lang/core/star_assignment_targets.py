first, *middle, last = range(6)
print(first, middle, last)
(a, *b), [c, (d, *e)] = "xyz", [1, "uvw"]
print(a, b, c, d, e)
for i, *rest in [(1, 2, 3), (4,), "ab"]: print(i, rest)
x = [0, 0, 0]
x[0], *x[1:], y = range(5)
print(x, y)
class O: pass
o = O()
o.a, o.b = o.c, *o.d = 1, 2
print(vars(o))
*a, = "abc"
print(a)
a = b, c = 1, 2
print(a, b, c)
[p, q], r = [1, 2], 3
print(p, q, r)
for x[0], o.a in [(7, 8)]: print(x[0], o.a)
with open.__class__ and type("C", (), {"__enter__": lambda s: (1, (2, 3)), "__exit__": lambda s, *a: None})() as (m, (n, k)): print(m, n, k)
print([v for k, *v in [(1, 2, 3)]], {k: v for k, (v, *_) in {"a": "xy"}.items()})
