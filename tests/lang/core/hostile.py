# Special methods that change what is being worked on.
class Evil:
    def __init__(self, f): self.f = f
    def __eq__(self, o): self.f(); return False
    def __hash__(self): return 1
    def __index__(self): self.f(); return 0
    def __repr__(self): self.f(); return "evil"
l = [0, 1, 2]
l.append(Evil(lambda: l.clear()))
print(5 in l, l)
l = [Evil(lambda: l.clear()), 1, 2]
print(l.count(5), l)
l = [Evil(lambda: l.clear()), 1, 2]
try: l.index(5)
except ValueError as e: print(e)
l = [Evil(lambda: l.clear()), 1]
try: l.remove(5)
except ValueError as e: print(e)
l = [1, 2, 3]
i = Evil(lambda: l.clear())
try: l[i]
except IndexError as e: print(e)
l = [1, 2, 3]
try: l[i] = 5
except IndexError as e: print(e)
l = [Evil(lambda: l.clear()), 2, 3]
print(repr(l))
d = {}
d[Evil(lambda: d.clear())] = 1
try: d[Evil(lambda: None)]
except KeyError: print("KeyError")
print(d)
d = {i: i for i in range(3)}; d[Evil(lambda: d.clear())] = 1
print(d == {0: 0, 1: 1, 2: 2, Evil(lambda: None): 1})
s = {Evil(lambda: s.clear())}
print(Evil(lambda: None) in s, s)
b = bytearray(b"abc")
try: b[Evil(lambda: b.clear())]
except IndexError as e: print(e)
b = bytearray(b"abc")
try: b[Evil(lambda: b.clear())] = 1
except IndexError as e: print(e)
a = [1, 2, 3]
class It:
    def __iter__(self): a.clear(); return iter([9, 9])
a[0:2] = It()
print(a)
a = [3, 2, 1]
class Cmp:
    def __init__(self, v): self.v = v
    def __lt__(self, o): a.append(1) if False else a.clear(); return self.v < o.v
a[:] = [Cmp(3), Cmp(1), Cmp(2)]
try: a.sort()
except ValueError as e: print(e)
class Del:
    def __eq__(self, o): x.pop(); return True
x = [Del(), Del()]
try: print(x == [1, 1])
except IndexError as e: print(e)
t = [1, 2]
class Ext:
    def __iter__(self):
        for i in range(3): t.append("side"); yield i
t.extend(Ext()); print(t)
class J:
    def __len__(self): return 2
    def __getitem__(self, i):
        if i > 1: raise IndexError
        return "x"
print("".join(J()), ",".join(J()))
