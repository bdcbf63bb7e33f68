r = range(2, 20, 3)
print(r, list(r), len(r), r[0], r[-1], r[1:3], r[::-1], 5 in r, 6 in r, 5.0 in r, "a" in r, r.index(8), r.count(8), r.count(9), r == range(2, 19, 3), hash(r) == hash(range(2, 19, 3)), range(0) == range(5, 2), r.start, r.stop, r.step, list(reversed(r)), bool(range(0)))
print(range(10)[2:8:2], range(10, 0, -3)[1], list(range(10, 0, -3)), range(2 ** 70, 2 ** 70 + 3)[1], list(range(2 ** 70, 2 ** 70 + 3)), 2 ** 70 + 1 in range(2 ** 70, 2 ** 70 + 3), range(2 ** 70)[-1], range(5)[True])
for t in ("range()", "range(1.5)", "range('a')", "range(1, 2, 0)", "range(1, 2, 3, 4)", "range(5)[5]", "range(5).__getitem__('a')", "range(5).index(9)", "len(range(2**70))", "range(5).__setitem__(0, 1)", "range(a=1)", "range(3) < range(4)", "range(3) + range(3)", "range(3)[::0]", "slice()", "slice(1).indices(-1)", "list(range(2))[1:'a']", "slice(1).indices('a')"):
    try:
        print(t, eval(t))
    except Exception as e:
        print(t, type(e).__name__, e)
s = slice(1, 10, 2)
print(s, s.start, s.stop, s.step, s.indices(5), slice(None).indices(3), slice(None, None, -1).indices(3), slice(-2, None).indices(5), slice(5, -10, -2).indices(4), s == slice(1, 10, 2) , slice(1) < slice(2), hash(s) == hash(slice(1, 10, 2)), slice(2 ** 70).indices(5))
class X:
    def __getitem__(self, k): return k
x = X()
print(x[1], x[1:2], x[1:2:3], x[:], x[1, 2], x[1:2, ::3], x[...], x[()], x[1,], x[*(1, 2)], x[*range(2), 5], x[lambda: 1 if False else 2].__name__)
for i in range(3): pass
print(i, [i for i in range(5) if i % 2], sum(range(1000000)), max(range(5)), list(range(-3, 3)), list(enumerate(range(3), 1)))
l = list(range(10))
print(l[-1:-5:-1], l[100:0:-4], l[:-100:-1], l[-100:100:5], "abcdef"[4:1:-1], (1, 2, 3)[-2:], b"abc"[::-1])
it = iter(range(3)); print(next(it), it.__length_hint__(), list(it), next(it, None), list(zip(range(3), range(2 ** 80, 2 ** 80 + 9))))
