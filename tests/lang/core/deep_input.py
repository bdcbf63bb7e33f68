# stress: skip (a million frames, each scanned a million times)
# Input as deep as it gets: the exception, never the crash.
import ast, copy, json, marshal, pickle, sys
def show(name, f):
    try: r = f(); print(name, "->", type(r).__name__)
    except BaseException as e: print(name, "->", type(e).__name__, e if not isinstance(e, (RecursionError, MemoryError)) else "")
N = 100_000
for pair in ("()", "[]", "{}"):
    show(f"{N} of {pair}", lambda: eval(pair[0] * N + pair[1] * N))
show("calls", lambda: eval("len(" * N + ")" * N))
show("unary", lambda: eval("-" * N + "1"))
show("literals", lambda: ast.literal_eval("[" * N + "]" * N))
show("terms", lambda: eval("+".join(["1"] * 200_000)))
show("comparisons", lambda: eval("<".join(["1"] * 200_000)))
show("conjunctions", lambda: eval(" and ".join(["1"] * 200_000)))
show("attributes", lambda: compile("a" + ".b" * 200_000, "s", "eval"))
show("calls of calls", lambda: compile("a" + "()" * 200_000, "s", "eval"))
show("a tree", lambda: ast.parse("+".join(["1"] * 200_000)))
def down(n): return down(n + 1)
show("endless recursion", lambda: down(0))
def count(n): return 0 if n == 0 else 1 + count(n - 1)
sys.setrecursionlimit(10_000_000)
show("a million calls", lambda: count(1_000_000))
sys.setrecursionlimit(1000)
# Containers that hold themselves.
l = []; l.append(l); d = {}; d["d"] = d; t = ([],); t[0].append(t)
l2 = []; l2.append(l2); d2 = {}; d2["d"] = d2
for name, x in (("list", l), ("dict", d), ("tuple", t)):
    print(repr(x), str(x), f"{x}")
    show(f"hash of a {name}", lambda: hash(x))
    show(f"json of a {name}", lambda: json.dumps(x))
    show(f"marshal of a {name}", lambda: marshal.loads(marshal.dumps(x)))
    show(f"pickle of a {name}", lambda: pickle.loads(pickle.dumps(x)))
    show(f"copy of a {name}", lambda: copy.copy(x))
    show(f"deep copy of a {name}", lambda: copy.deepcopy(x))
show("lists ==", lambda: l == l2)
show("lists <", lambda: l < l2)
show("dicts ==", lambda: d == d2)
# Nested containers.
def nest(wrap, x):
    for _ in range(N): x = wrap(x)
    return x
for name, x in (("lists", nest(lambda x: [x], [])), ("tuples", nest(lambda x: (x,), ())), ("dicts", nest(lambda x: {1: x}, {}))):
    show(f"repr of {name}", lambda: repr(x))
    show(f"json of {name}", lambda: json.dumps(x))
    show(f"marshal of {name}", lambda: marshal.dumps(x))
    show(f"deep copy of {name}", lambda: copy.deepcopy(x))
show("json.loads", lambda: json.loads("[" * N + "]" * N))
show("marshal.loads", lambda: marshal.loads(b"[\1\0\0\0" * N))
# Methods that call themselves.
class R:
    def __repr__(self): return repr(self)
    def __eq__(self, other): return self == other
    def __hash__(self): return hash(self)
    def __getattr__(self, name): return getattr(self, name + "x")
    def __call__(self): return self()
    def __iter__(self): return iter(self)
    def __bool__(self): return bool(self)
    def __len__(self): return len(self)
    def __contains__(self, x): return x in self
r = R()
for name, f in (("repr", repr), ("eq", lambda r: r == 1), ("hash", hash), ("getattr", lambda r: r.q), ("call", lambda r: r()), ("iter", iter), ("bool", bool), ("len", len), ("in", lambda r: 1 in r)):
    show(name, lambda: f(r))
