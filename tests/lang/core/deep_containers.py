# stress: skip (the structures are large)
# Nested far beyond any native stack: building, dropping, comparing, printing.
l = []
for _ in range(100000): l = [l]
for f in (repr, lambda x: x == x[0] if False else [x] == [[x[0]]] , str):
    try: f(l); print("fine")
    except RecursionError as e: print("RecursionError")
m = []
for _ in range(100000): m = [m]
try: print(l == m)
except RecursionError: print("RecursionError")
d = {}
for _ in range(100000): d = {1: d}
try: repr(d)
except RecursionError: print("RecursionError")
t = ()
for _ in range(100000): t = (t,)
try: hash(t); print("hashed")
except RecursionError: print("RecursionError")
del l, m, d, t
class N: pass
n = None
for _ in range(200000):
    x = N(); x.next = n; n = x
del n, x
it = iter([1, 2])
for _ in range(5000): it = map(lambda x: x, it)
try: print(list(it))
except RecursionError: print("RecursionError")
a, b = [], []
a.append(b); b.append(a)
try: print(a == b)
except RecursionError: print("RecursionError")
print(a)
e = ValueError(0)
for i in range(10000):
    n = ValueError(i); n.__context__ = e; e = n
del e, n
print("end")
