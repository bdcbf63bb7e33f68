print(hash(0), hash(1), hash(-1), hash(True), hash(2 ** 61 - 2), hash(1e300), hash(None) == hash(None), hash(()) == hash(()), hash("") == 0)
print(hash(1) == hash(1.0) == hash(1 + 0j), hash((1, 2)) == hash((1.0, 2.0)), hash(2 ** 64), hash(-2 ** 64), hash(0.1), hash(1j), hash(1 + 2j))
print(hash((1, 2, 3)), hash(()), hash((0,)), hash(frozenset()), hash(frozenset([1, 2])), hash(range(5)) == hash(range(0, 5)))
class A:
    def __hash__(self): return 2 ** 70
print(hash(A()))
class B:
    def __hash__(self): return -1
print(hash(B()))
class C:
    def __eq__(self, o): return True
print(C.__hash__)
class D(C):
    __hash__ = object.__hash__
print(D() == 5, isinstance(hash(D()), int))
class E:
    def __hash__(self): raise RuntimeError("no hash")
for f in (lambda: {E(): 1}, lambda: {E()}, lambda: hash((1, E())), lambda: E() in {}, lambda: {}.get(E()), lambda: hash([1]), lambda: hash((1, [2])), lambda: hash(slice([]))):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
