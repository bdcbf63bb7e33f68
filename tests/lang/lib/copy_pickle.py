import copy, pickle
class P:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return self.x == o.x
a = [1, [2, 3], {"k": P([4])}]
b = copy.copy(a); c = copy.deepcopy(a)
print(b[1] is a[1], c[1] is a[1], c[2]["k"].x, c == a, copy.copy(5), copy.deepcopy((1, [2])))
l = []; l.append(l); m = copy.deepcopy(l); print(m[0] is m)
class C:
    def __copy__(self): return "copied"
    def __deepcopy__(self, memo): return "deep"
print(copy.copy(C()), copy.deepcopy([C()]))
for proto in range(6):
    for o in (None, True, 5, -1, 2 ** 70, 1.5, 1j, "é", b"x", [1, [2]], (1, (2,)), {"a": {1}}, frozenset([1]), bytearray(b"q"), range(3), P(9), len, int, slice(1, 2), ..., [P(1)] * 2):
        if pickle.loads(pickle.dumps(o, proto)) != o: print("differs", proto, o)
print(pickle.dumps([1, "a"], 0), pickle.dumps({"k": (1, None)}, 2), pickle.loads(b"\x80\x04K\x05."))
class R:
    def __reduce__(self): return (sum, ([1, 2, 3],))
class S:
    def __getstate__(self): return {"s": 1}
    def __setstate__(self, st): self.got = st
print(pickle.loads(pickle.dumps(R())), pickle.loads(pickle.dumps(S())).got)
for f in (lambda: pickle.dumps(lambda: 1), lambda: pickle.loads(b""), lambda: pickle.loads(b"\x80\x04."), lambda: pickle.loads(b"garbage"), lambda: pickle.dumps((x for x in ())), lambda: pickle.loads(b"cos\nnope\n."), lambda: pickle.dumps(1, 99), lambda: copy.copy(iter([1])) and copy.deepcopy((x for x in ()))):
    try: print(f())
    except Exception as e: print(type(e).__name__, str(e).split(" at 0x")[0])
