m = memoryview(b"abcdef")
print(m[0], m[-1], bytes(m[1:4]), m.tolist(), m.readonly, m.format, m.itemsize, m.ndim, m.shape, m.strides, m.nbytes, len(m), m.contiguous, m.obj)
ba = bytearray(b"abcdef")
w = memoryview(ba)
w[0] = 65
w[1:3] = b"XY"
print(ba, w[::2].tolist(), bytes(w[::-1]), w == ba, w == b"AXYdef", w.hex(), w[1:].tobytes())
c = w.cast("H")
print(c.format, c.itemsize, c.shape, len(c), c[0])
c2 = w.cast("B", (2, 3))
print(c2.tolist(), c2.ndim, c2.shape, c2.strides, c2[1, 2])
for t in ("m.__setitem__(0, 1)", "m[10]", "w.__setitem__(0, 256)", "w.__setitem__(0, b'a')", "w.__setitem__(slice(0, 2), b'abc')", "hash(w)", "memoryview(1)", "memoryview('a')", "m.cast('Q')", "m.cast('x9')", "w.__delitem__(0)", "c2[0]", "c2[5, 5]", "m['a']", "w.cast('B', (7,))", "m + m", "w[::2].cast('H')", "c2[0, 0, 0]"):
    try:
        print(t, eval(t))
    except Exception as e:
        print(t, type(e).__name__, e)
print(hash(m) == hash(b"abcdef"), m == b"abcdef", m != b"x", 97 in m, list(m), m.index(98), m.count(97))
with memoryview(b"x") as v:
    print(v[0])
try:
    v[0]
except ValueError as e:
    print(e)
v.release()
print(w.toreadonly().readonly, memoryview(w).obj is ba, repr(v)[:20])
f = memoryview(bytearray(16)).cast("d")
f[0] = 1.5
print(f.tolist(), f[0], f.format)
class Buf:
    def __init__(self): self.data = bytearray(b"buffer"); self.n = 0
    def __buffer__(self, flags): self.n += 1; return memoryview(self.data)
    def __release_buffer__(self, view): print("released")
b = Buf()
with memoryview(b) as v:
    print(bytes(v), b.n)
print(bytes(b), bytearray(b), b"".join([b]))
