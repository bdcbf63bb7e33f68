# Rich comparison of containers and mixed types.
class P:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return "eq" if isinstance(o, P) else NotImplemented
    def __ne__(self, o): return "ne"
    def __lt__(self, o): return []
    def __repr__(self): return f"P({self.v})"
print(P(1) == P(2), P(1) != P(2), P(1) < P(2), P(1) == 3)
print([1, 2] < [1, 3], [1, 2] < [1, 2, 0], (1,) < (1, 2), "a" < "b", b"a" < b"b", [1, [2, 3]] < [1, [2, 4]])
print([1] == (1,), "a" == b"a", 1 == True, {1: 2} == {1: 2.0}, {1} == frozenset([1]))
print({1, 2} < {1, 2, 3}, {1, 2} <= {1, 2}, {1, 4} < {1, 2, 3}, {1} > set())
nan = float("nan")
print(nan == nan, [nan] == [nan], nan in [nan], (nan,) == (nan,), [float("nan")] == [float("nan")])
print(1 < 1.5, 2 ** 70 > 1e21, 2 ** 53 + 1 == float(2 ** 53 + 1), 2 ** 53 + 1 > float(2 ** 53))
print(10 ** 400 > 1e308, -10 ** 400 < -1e308, 10 ** 400 > float("inf"), 10 ** 400 == float("inf"), 10 ** 400 > float("nan"))
print(None == None, None is None, NotImplemented is NotImplemented, ... == Ellipsis)
print(None is not Ellipsis, not 1 == 2, 1 in (1, 2), 3 not in (1, 2))
for a, b in [([], {}), (None, 1), ({}, {}), (1j, 2j), ([1], (1,)), (b"", ""), (range(1), range(2)), (object, object)]:
    try:
        a < b
    except TypeError as e:
        print(e)
try:
    sorted([1, "a"])
except TypeError as e:
    print(e)
try:
    max([1, None])
except TypeError as e:
    print(e)
def f(x):
    print("f", x)
    return x
print(f(1) < f(2) < f(3))
print(f(2) < f(1) < f(3))
