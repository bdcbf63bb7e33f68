s = {3, 1, 2}
s.add(4); s.add(1); s.discard(9); s.remove(3); s.update([5, 6], (7,))
print(sorted(s), len(s), 4 in s, set() == {*()}, repr(set()), repr(frozenset()), repr({1}), frozenset([1]), repr(type("S", (set,), {})([1])))
a, b = {1, 2, 3, 4}, {3, 4, 5}
print(a & b, a | b, a - b, a ^ b, a < b, a <= a, {3} < a, a >= {1}, a.isdisjoint({9}), a.issubset(range(10)), a.issuperset([1]))
print(a.union([9], (8,)), a.intersection([1, 2], [2]), a.difference([1], [2]), a.symmetric_difference([1, 9]), a.copy() == a)
a &= {1, 2}; print(a); a |= {7}; print(a); a -= {1}; print(a); a ^= {2, 8}; print(a)
a.intersection_update([7, 8, 9]); print(a); a.difference_update([8]); print(a); a.symmetric_difference_update([7, 1]); print(a, a.pop(), a); a.clear(); print(a)
for t in ("set().pop()", "set().remove(1)", "{1}.remove((1,))", "set([[]])", "{1} | [1]", "{1} + {1}", "{1} < [1]", "hash(set())", "set(1)", "set(1, 2)", "s[0]", "set().add()", "set().union(1)", "{[]}", "{1}.add([])", "frozenset().add(1)", "set(a=1)", "{1, 2}.update(5)", "{1} & 5", "[] in {1}"):
    try:
        print(t, eval(t))
    except Exception as e:
        print(t, type(e).__name__, e)
print({1, 1.0, True}, len({1, "1", b"1", (1,)}), {frozenset([1]): "x"}[frozenset([1])], {1} == frozenset([1]), hash(frozenset([1, 2])) == hash(frozenset([2, 1])), frozenset([1]) in {frozenset([1])}, {1} in {frozenset([1])}, type(frozenset([1]) | {2}).__name__, type({1} | frozenset([2])).__name__)
x = set(range(10))
try:
    for v in x: x.add(v + 100)
except RuntimeError as e:
    print(e)
x = set(range(10))
try:
    for v in x: x.discard(v)
except RuntimeError as e:
    print(e)
fs = frozenset("a"); print(frozenset(fs) is fs, fs.copy() is fs, set(fs) == fs, len(frozenset("abcabc")))
class S(set): pass
print(type(S([1]) | S([2])).__name__, type(S([1]).copy()).__name__, S([1]) == {1}, sorted(S("cab")))
y = set()
for i in range(1000): y.add(i * i % 997)
for i in range(0, 997, 2): y.discard(i)
print(len(y), sum(y), min(y), max(y))
it = iter({1, 2, 3}); next(it); print(it.__length_hint__(), sorted(set("hello") & set("world")), sorted({x % 5 for x in range(20)}))
