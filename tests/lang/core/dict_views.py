d = {"a": 1, "b": 2}
k, v, i = d.keys(), d.values(), d.items()
print(k & {"a"}, k | {"c"} == {"a", "b", "c"}, k - {"a"}, sorted(k ^ {"a", "z"}), i & {("a", 1)}, ("b", 2) in i, ("b", 3) in i, 5 in i, 2 in v, len(i), k <= {"a", "b"}, k == {"a", "b"}, i == {("a", 1), ("b", 2)}, v == d.values(), k.isdisjoint("xy"))
d["c"] = 3
print(list(k), list(v), list(i), list(reversed(k)), repr(i), k.mapping["a"], type(k.mapping).__name__)
try:
    k.mapping["z"] = 1
except TypeError as e:
    print(e)
try:
    i - 5
except TypeError as e:
    print(e)
try:
    hash(k)
except TypeError as e:
    print(e)
print({1: []}.items() & {(1, 2)} if False else "", {"a"} & k, {"a", "z"} - k, ["a"] == k, "".join(k), max(v), dict(i) == d, sorted(i, reverse=True), set(k) == k)
