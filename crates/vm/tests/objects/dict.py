def raises(kind, text, f, *args):
    try:
        f(*args)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError("not raised: " + text)

d = {"a": 1, 2: "b", (1, 2): 3, None: 4, 1.5: 5}
assert d["a"] == 1 and d[2] == "b" and d[(1, 2)] == 3 and d[None] == 4 and d[1.5] == 5 and len(d) == 5
assert d[2.0] == "b" and True not in d
d[True] = 7
assert d[1] == 7 and 1 in d and 1.0 in d
raises(KeyError, "'x'", lambda: d["x"])
raises(TypeError, "cannot use 'list' as a dict key (unhashable type: 'list')", lambda: d[[]])
del d[None]
assert None not in d and list(d) == ["a", 2, (1, 2), 1.5, True]
assert list(d.values()) == [1, "b", 3, 5, 7] and list(d.items())[0] == ("a", 1)
assert d.get("zz") is None and d.get("zz", 5) == 5 and d.pop("a") == 1 and d.pop("a", 0) == 0
assert d.setdefault("n", []) == [] and d.setdefault("n") == []
assert {"a": 1} == {"a": 1.0} and {"a": 1} != {"a": 2} and {1: 2} != {1: 2, 3: 4}
assert repr({"a": [1], 2: {}}) == "{'a': [1], 2: {}}"
r = {}
r["self"] = r
assert repr(r) == "{'self': {...}}"
assert dict([(1, 2), [3, 4]], x=5) == {1: 2, 3: 4, "x": 5} and dict({1: 2}) == {1: 2} and dict(a=1) == {"a": 1}
raises(ValueError, "dictionary update sequence element #0 has length 3; 2 is required", dict, [(1, 2, 3)])
raises(TypeError, "object is not iterable", dict, [1])
raises(KeyError, "'popitem(): dictionary is empty'", {}.popitem)
assert {1: 2} | {3: 4} == {1: 2, 3: 4}
e = {1: 1}
e |= [(2, 2)]
assert e == {1: 1, 2: 2} and e.popitem() == (2, 2)
assert dict.fromkeys("ab", 0) == {"a": 0, "b": 0}
assert {1: 2, 3: 4}.keys() & [1] == {1} and {1: 2}.keys() | {5} == {1, 5} and {1: 2, 3: 4}.keys() - {1} == {3} and {1: 2}.keys() ^ {1, 2} == {2}
assert {1: 2}.items() == {(1, 2)} and (1, 2) in {1: 2}.items() and {1: 2}.keys() <= {1, 2} and {1: 2}.keys().isdisjoint([3])
assert repr({1: 2}.keys()) == "dict_keys([1])" and repr({1: 2}.items()) == "dict_items([(1, 2)])" and repr({1: 2}.values()) == "dict_values([2])"
assert list(reversed({1: 2, 3: 4})) == [3, 1] and list(reversed({1: 2, 3: 4}.items())) == [(3, 4), (1, 2)]
f = {1: 1, 2: 2}
def change():
    for k in f:
        f[k + 10] = 1
raises(RuntimeError, "dictionary changed size during iteration", change)
def churn():
    g = {1: 1, 0: 0}
    n = 0
    for k in g:
        del g[k]
        g[k + 1] = 1
        n += 1
    return n
raises(RuntimeError, "dictionary keys changed during iteration", churn)
class M(dict):
    def __missing__(self, key):
        return key * 2
m = M()
assert m[4] == 8 and m.get(4) is None
class K:
    def __init__(self, v): self.v = v
    def __hash__(self): return 1
    def __eq__(self, other): return self.v == other.v
h = {K(i): i for i in range(20)}
assert h[K(7)] == 7 and K(21) not in h and len(h) == 20
del h[K(3)]
assert K(3) not in h and h[K(4)] == 4
big = {i: str(i) for i in range(5000)}
for i in range(0, 5000, 2):
    del big[i]
assert len(big) == 2500 and big[4999] == "4999" and 4998 not in big
class Evil:
    def __hash__(self): return hash("k")
    def __eq__(self, other):
        victim.clear()
        return False
victim = {"k": 1, "j": 2}
assert victim.get(Evil()) is None
p = type(int.__dict__)({"a": 1})
assert p["a"] == 1 and repr(p) == "mappingproxy({'a': 1})" and list(p) == ["a"] and p | {"b": 2} == {"a": 1, "b": 2} and "a" in p
raises(TypeError, "'mappingproxy' object does not support item assignment", lambda: p.__class__.__setitem__ if False else exec("p['x'] = 1", globals()))
s = {1, 2, 3}
assert s == {3, 2, 1} and 2 in s and len(s) == 3 and s | {4} == {1, 2, 3, 4} and s & {1, 9} == {1} and s - {1} == {2, 3} and s ^ {3, 4} == {1, 2, 4}
s.add(2)
s.discard(7)
s.remove(1)
assert s == {2, 3}
raises(KeyError, "9", s.remove, 9)
raises(KeyError, "'pop from an empty set'", set().pop)
raises(TypeError, "cannot use 'list' as a set element (unhashable type: 'list')", s.add, [])
assert {1} < {1, 2} and {1, 2} >= {2} and not {1} < {1} and {1}.issubset([1, 2]) and {1}.isdisjoint([2])
assert repr({1}) == "{1}" and repr(set()) == "set()" and repr(frozenset({1})) == "frozenset({1})"
assert hash(frozenset([-5, 2**61, 3])) == -2945922948312654227 and hash(frozenset()) == 133146708735736
assert {frozenset([1])} == {frozenset([1])} and {1} in {frozenset({1})}
assert type(frozenset([1]) | {2}) is frozenset and type({1} | frozenset([2])) is set
raises(TypeError, "unsupported operand type(s) for |: 'set' and 'list'", lambda: {1} | [2])
u = {1, 2}
u |= {3}
u &= {2, 3}
u -= {2}
u ^= {5}
u.update([7], "x")
assert u == {3, 5, 7, "x"}
assert set("abc").union("d", [1]) == {"a", "b", "c", "d", 1} and set("abc").intersection("bcd", "c") == {"c"} and set("abc").difference("a") == {"b", "c"}
class S(set): pass
assert repr(S([1])) == "S({1})" and type(S([1]).union([2])) is set
def grow():
    for v in u:
        u.add(str(v) + "!")
raises(RuntimeError, "Set changed size during iteration", grow)
