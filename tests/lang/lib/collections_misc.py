from collections import deque, Counter, OrderedDict, defaultdict, ChainMap, UserDict, UserList
d = deque([1, 2, 3], maxlen=3); d.append(4); d.appendleft(0); print(d, d.maxlen, d.pop(), d.popleft(), list(d), d)
d = deque("abcde"); d.rotate(2); print(d); d.rotate(-1); d.extend("xy"); d.extendleft("12"); d.remove("c"); d.insert(2, "I"); d.reverse(); print(d, d[0], d[-1], d.index("I"), d.count("a"), "b" in d, d.copy() == d, len(d)); del d[0]; d[0] = "Z"; print(d + deque("q"), d * 2 == deque(list(d) * 2), d < deque("zz"))
for f in (lambda: deque().pop(), lambda: deque([1])[5], lambda: deque([]).remove(1), lambda: deque(maxlen=-1), lambda: deque([1], 1).insert(0, 2), lambda: hash(deque()), lambda: deque() + [1], lambda: [d.append(1) for _ in d]):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
c = Counter("abracadabra"); print(c, c.most_common(2), c["z"], sorted(c.elements())[:6], c + Counter("az"), c - Counter("aaa"), c & Counter("aab"), c | Counter("zz"), c.total(), +Counter(a=-1, b=2), -Counter(a=-1)); c.update("zz"); c.subtract("a"); print(c["z"], c["a"], Counter(a=1) <= Counter(a=2))
o = OrderedDict([("a", 1), ("b", 2), ("c", 3)]); o.move_to_end("a"); print(o, list(o), o.popitem(last=False), o == OrderedDict([("a", 1), ("c", 3)]), o == {"c": 3, "a": 1}, list(reversed(o))); o.move_to_end("a", last=False); print(o, o | {"z": 1})
try: o.move_to_end("nope")
except KeyError as e: print(repr(e))
dd = defaultdict(list, a=[1]); dd["b"].append(2); print(dd, dd["c"], len(dd), dd.default_factory, defaultdict(int)["q"], dd.get("nope"), type(dd | {}).__name__)
try: defaultdict()["x"]
except KeyError as e: print(repr(e))
try: defaultdict(5)
except TypeError as e: print(e)
m = ChainMap({"a": 1}, {"a": 2, "b": 3}); print(m["a"], m["b"], dict(m), len(m), m.parents, m.new_child({"c": 1})["c"]); m["b"] = 9; print(m.maps)
class U(UserDict):
    def __setitem__(self, k, v): super().__setitem__(k, v * 2)
u = U(a=1); u.update(b=2); print(u, UserList([1]) + [2])
