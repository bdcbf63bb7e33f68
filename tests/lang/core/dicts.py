d = {"a": 1, "b": 2, 3: [4]}
print(d, len(d), d["a"], d.get("z"), d.get("z", 0), "a" in d, 3 in d, list(d), list(d.values()), list(d.items()))
d["c"] = 5; d["a"] = 10; del d["b"]
print(d, d.pop("c"), d.pop("zz", None), d.setdefault("n", []), d.setdefault("a", 0), d.popitem(), d)
print({**d, "x": 1}, d | {"y": 2}, dict(a=1, b=2), dict([(1, 2), "ab"]), dict({1: 2}, c=3), dict(zip("ab", (1, 2))), dict.fromkeys("ab"), dict.fromkeys([1, 2], 0), {k: v for k, v in [(1, 2)]})
d.update({"q": 1}, r=2); d.update([("s", 3)]); d |= {"t": 4}; d |= [("u", 5)]
print(d, d.copy() == d, list(reversed(d)), list(reversed(d.values())), list(reversed(d.items())))
for t in ("{}['x']", "{}[1, 2]", "{}.pop('x')", "{}.popitem()", "{[]: 1}", "{}.update(1)", "{}.update([1])", "{}.update(['abc'])", "dict(1)", "dict([(1,)])", "dict(1, 2)", "{} | []", "{} < {}", "hash({})", "dict.fromkeys(1)", "{}.get()", "{}.get(1, 2, 3)", "{}.setdefault()", "{1: 2}.items() + 1", "{}.foo", "dict(**{1: 2})", "dict(a=1, **{'a': 2})", "{**1}", "{}.__delitem__(1)", "{}.keys()[0]", "{} + {}", "del_ = {}.pop()"):
    try:
        print(t, eval(t))
    except SyntaxError as e:
        print(t, "SyntaxError")
    except Exception as e:
        print(t, type(e).__name__, e)
k = d.keys()
d["new"] = 1
print(k, len(k), "new" in k, k & {"a", "new", "zz"} == {"a", "new"}, sorted(map(str, k - {"a"})), k | {"z"} == set(d) | {"z"}, k.isdisjoint(["zz"]), ("a", 10) in d.items(), d.values(), k == set(d), sorted(map(str, k ^ {"a", "zz"})))
print({1: "a", 1.0: "b", True: "c"}, {0: 1, False: 2, 0.0: 3}, {1: 2} == {1.0: 2}, {"a": 1, "b": 2} == {"b": 2, "a": 1})
e = {}
e["self"] = e
print(e, {1: {2: {3: {}}}})
x = {i: i for i in range(10)}
for mutate in ("x[99] = 1", "del x[5]", "x.clear()", "x.update({7: 0, 100: 1})"):
    x = {i: i for i in range(10)}
    try:
        for key in x:
            exec(mutate)
    except (RuntimeError, KeyError) as err:
        print(mutate, type(err).__name__, err)
x = {i: i for i in range(5)}
for key in x: x[key] = key * 2
print(x)
try:
    for v in x.values(): x["n" + str(v)] = 1
except RuntimeError as err:
    print(err)
x = {1: 1, 2: 2}
try:
    for key in x:
        del x[key]
        x[key + 10] = 1
except RuntimeError as err:
    print(err)
class D(dict):
    def __missing__(self, key): return f"missing {key}"
print(D()["q"], D().get("q"), D(a=1), D(a=1)["a"], "q" in D(), type(D() | {}).__name__, type(D().copy()).__name__)
class H:
    def __init__(self, n): self.n = n
    def __hash__(self): return 1
    def __eq__(self, o): return self.n == o.n
    def __repr__(self): return f"H{self.n}"
h = {H(i): i for i in range(6)}
print(h, h[H(3)], H(9) in h); del h[H(2)]; h[H(2)] = "again"; print(h)
big = {}
for i in range(2000): big[i * 37 % 2003] = i
for i in range(0, 2003, 3): big.pop(i, None)
print(len(big), sum(big), sum(big.values()), list(big)[:5], next(iter(big)))
print(repr({}.keys()), repr({1: 2}.values()), repr({1: 2}.items()), type({}.keys()).__name__, type(iter({})).__name__, {}.items() == set(), {1: 2}.items() == {(1, 2)}, {1: 2}.keys().mapping)
it = iter({1: 1, 2: 2}); next(it); print(it.__length_hint__(), list(it))
