a = [3, 1, 2]
a.append(4); a.extend("ab"); a.insert(1, "x"); a.insert(-1, "y"); a.insert(100, "z"); a.insert(-100, "first")
print(a, a.pop(), a.pop(0), a.pop(-2), a, len(a))
a.remove("x")
print(a.index("a"), a.count(3), a.copy() == a, a.copy() is a)
a.reverse(); print(a)
b = list(range(10))
print(b[2:5], b[::-1], b[::3], b[-3:], b[5:2], b[8:100], b[slice(1, 9, 2)], b[True])
b[2:5] = "abc"; print(b)
b[2:5] = []; print(b)
b[::2] = [0, 0, 0, 0]; print(b)
b[1:1] = [9, 9]; print(b)
del b[0], b[-1], b[::2]; print(b)
b[:] = b[::-1]; print(b)
b += (1, 2); b *= 2; print(b, [1] * 3, 2 * [0], [] * 5, [1] + [2])
c = [[0]] * 3
c[0].append(1); print(c)
d = [1, 2, 3]; d[1:2] = d; print(d)
d[::-1] = d; print(d)
e = []; e.append(e); print(e, e == e, [e])
print(sorted([3, 1, 2], reverse=True), sorted("bca"), sorted(["b", "A", "c"], key=str.lower), sorted([(1, "b"), (1, "a"), (0, "z")]), sorted([(1, "b"), (1, "a"), (0, "z")], key=lambda t: t[0]), sorted([(1, "b"), (1, "a"), (0, "z")], key=lambda t: t[0], reverse=True))
for t in ("[].pop()", "[1].pop(5)", "[].remove(1)", "[].index(1)", "[1][5]", "a['a']", "a[1.0]", "[] + ()", "[].extend(1)", "[1, 2].__setitem__(slice(0, 2, 2), [1, 2])", "[1].__setitem__(3, 1)", "[1].__delitem__(3)", "[1, 2].__setitem__(slice(None), 1)", "[] * 'a'", "[1][::0]", "list(1)", "list(1, 2)", "list(x=1)", "[].append()", "[].append(1, 2)", "[].insert(1)", "[].sort(1)", "[].sort(key=1)", "[1, 2].sort(key=1)", "hash([])", "[].nope", "[0] * 2**62", "[1].index(2, 'a')", "sorted()", "sorted(1)", "[] < 1", "[].sort(foo=1)", "[1,2].sort(key=lambda: 1)"):
    try:
        print(t, eval(t))
    except Exception as e:
        print(t, type(e).__name__, e)
print([1, 2, 3].index(3, 1), [1, 2, 3].index(2, -2), list("abc"), list({1: 2}), list(), [*range(3), *"ab"], [1, 2] < [1, 2, 3], [[1, 2], [3]], repr([]))
f = [1, 2, 3, 4]
for x in f:
    if x < 4: f.append(x + 10)
    if len(f) > 8: break
print(f)
g = [1, 2, 3, 4]
for x in g: g.remove(x)
print(g)
class L(list):
    def __getitem__(self, i): return "got"
    def __len__(self): return 99
l = L([1, 2])
print(l[0], len(l), list(l), l, repr(l), l == [1, 2], type(l + [1]).__name__, type(l[:]).__name__, type(l.copy()).__name__, bool(L()))
it = iter([1, 2, 3]); print(next(it), it.__length_hint__(), list(it), next(it, "end"))
