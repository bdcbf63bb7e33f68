def raises(kind, text, f, *args):
    try:
        f(*args)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError("not raised: " + text)

x = [3, 1, 2]
x.append(5)
assert x == [3, 1, 2, 5] and len(x) == 4
assert x[1] == 1 and x[-1] == 5 and x[1:3] == [1, 2] and x[::-1] == [5, 2, 1, 3] and x[::2] == [3, 2]
x.sort()
assert x == [1, 2, 3, 5]
x.sort(reverse=True)
assert x == [5, 3, 2, 1]
x.sort(key=lambda v: -v % 3)
assert x == [3, 5, 2, 1], x
raises(IndexError, "list index out of range", lambda: x[9])
raises(TypeError, "list indices must be integers or slices, not str", lambda: x["a"])
raises(IndexError, "pop from empty list", [].pop)
raises(IndexError, "pop index out of range", [1].pop, 4)
raises(ValueError, "list.index(x): x not in list", [].index, 1)
raises(ValueError, "list.remove(x): x not in list", [].remove, 1)
raises(TypeError, 'can only concatenate list (not "int") to list', lambda: [] + 1)
raises(TypeError, "list expected at most 1 argument, got 2", list, 1, 2)
raises(TypeError, "list() takes no keyword arguments", lambda: list(a=1))
raises(TypeError, "'int' object is not iterable", list, 1)
y = list(range(10))
y[2:5] = "ab"
assert y == [0, 1, "a", "b", 5, 6, 7, 8, 9]
del y[::3]
assert y == [1, "a", 5, 6, 8, 9], y
y[::2] = [0, 0, 0]
assert y == [0, "a", 0, 6, 0, 9]
def bad():
    y[::2] = [1]
raises(ValueError, "attempt to assign sequence of size 1 to extended slice of size 3", bad)
assert repr([1, "a", [2]]) == "[1, 'a', [2]]"
z = []
z.append(z)
assert repr(z) == "[[...]]"
assert [1, 2] < [1, 3] and [1] < [1, 0] and not [2] < [1, 5] and [1, 2] != [1] and [1, 2] >= [1, 2]
assert [1, 2] * 3 == [1, 2, 1, 2, 1, 2] and 2 * [0] == [0, 0] and [1] * -1 == []
w = [1, 2]
w *= 2
w += (7,)
assert w == [1, 2, 1, 2, 7]
w.insert(0, 9)
w.insert(-1, 8)
w.insert(99, 0)
assert w == [9, 1, 2, 1, 2, 8, 7, 0], w
assert w.count(1) == 2 and w.index(1) == 1 and w.index(1, 2) == 3
w.reverse()
assert w.pop(0) == 0 and w.pop() == 9
assert list(reversed([1, 2, 3])) == [3, 2, 1] and 2 in [1, 2] and 5 not in [1]
def grow(v):
    w.append(1)
    return v
raises(ValueError, "list modified during sort", lambda: w.sort(key=grow))
class L(list):
    pass
l = L([1, 2])
l.attr = 3
assert l == [1, 2] and isinstance(l, list) and l.attr == 3 and type(l[:]) is list and len(l) == 2
class Weird:
    def __init__(self, v): self.v = v
    def __lt__(self, other): return self.v < other.v
    def __repr__(self): return f"W{self.v}"
import_free = [Weird((i * 7919) % 1009) for i in range(500)]
import_free.sort()
assert [w.v for w in import_free] == sorted((i * 7919) % 1009 for i in range(500))
class Key:
    def __init__(self, v): self.v = v
    def __lt__(self, other): return self.v // 10 < other.v // 10
stable = sorted([Key(i) for i in range(99, -1, -1)], reverse=True)
assert [k.v for k in stable] == [t * 10 + o for t in range(9, -1, -1) for o in range(9, -1, -1)]
assert sorted(["b", "a", "é", "z"]) == ["a", "b", "z", "é"]
assert sorted([1.5, -2.0, 0.0]) == [-2.0, 0.0, 1.5]
def fail(v):
    if v == 3: raise KeyError(v)
    return v
v = [1, 2, 3, 4]
try:
    v.sort(key=fail)
except KeyError:
    pass
assert v == [1, 2, 3, 4]
class Mean:
    def __eq__(self, other):
        m.clear()
        return False
m = [Mean(), Mean(), Mean()]
assert 5 not in m and m == []
it = iter([1, 2, 3])
assert next(it) == 1 and it.__length_hint__() == 2 and list(it) == [2, 3] and list(it) == []
t = (1, 2, 3)
assert t[0] == 1 and t[1:] == (2, 3) and t + (4,) == (1, 2, 3, 4) and t * 2 == (1, 2, 3, 1, 2, 3) and repr((1,)) == "(1,)" and repr(()) == "()"
assert hash((1, 2)) == -3550055125485641917 and hash(()) == 5740354900026072187, hash(())
assert tuple([1, 2]) == (1, 2) and t.index(2) == 1 and t.count(3) == 1 and (1, 2) < (1, 3)
raises(IndexError, "tuple index out of range", lambda: t[9])
raises(TypeError, 'can only concatenate tuple (not "list") to tuple', lambda: t + [])
