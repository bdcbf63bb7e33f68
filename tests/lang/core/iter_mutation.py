d = {1: 1}
i = iter(d); d[2] = 2
try: next(i)
except RuntimeError as e: print(e)
try: next(i)
except RuntimeError as e: print(e)
s = {1, 2}; i = iter(s); s.add(99)
try: next(i)
except RuntimeError as e: print(e)
l = [1, 2, 3]; out = []
for x in l:
    out.append(x)
    if x == 1: l.insert(0, 0)
    if len(out) > 6: break
print(out, l)
l = [1, 2, 3]; r = reversed(l); next(r); l.clear(); print(list(r))
l = [1, 2]; i = iter(l); list(i); l.append(3); print(list(i))
b = bytearray(b"ab"); i = iter(b); next(i); b.clear(); print(list(i))
d = dict.fromkeys(range(5))
for k in list(d): del d[k]
print(d)
d = {i: i for i in range(3)}
try:
    for k, v in d.items(): d[k + 10] = v
except RuntimeError as e: print(e)
d = {1: 1}
for k in d: d[k] = "changed"
print(d)
try:
    for k in (d := {1: 2}): d.pop(k); d[5] = 1
except RuntimeError as e: print(e)
else: print("fine", d)
it = iter({1: 2, 3: 4}.items()); print(next(it), next(it), next(it, "end"))
