import struct, array
print(struct.pack("<ihb", 1, 2, 3), struct.pack(">IHB", 1, 2, 3), struct.unpack("<ih", b"\1\0\0\0\2\0"), struct.calcsize("ihb"), struct.calcsize("<ihb"), struct.pack("5s", b"ab"), struct.pack("3p", b"abc"), struct.pack("?", 5), struct.pack("<d", 1.5), struct.pack("<f", 1.5), struct.pack("<e", 1.5), struct.pack("<2xq", -1), struct.unpack("<3B", b"abc"), struct.pack("n", 1), list(struct.iter_unpack("<H", b"\1\0\2\0")))
b = bytearray(8); struct.pack_into("<I", b, 2, 7); print(b, struct.unpack_from("<I", b, 2), struct.Struct("<hh").size, struct.Struct("<hh").format)
for a in (("b", 200), ("B", -1), ("h", "x"), ("i", 2 ** 40), ("z", 1), ("s", "x"), ("2i", 1), ("d", "x"), ("<P", 1), ("f", 1e300), ("c", b"ab"), ("99999999999999999999i",)):
    try: print(struct.pack(*a))
    except Exception as e: print(a, type(e).__name__, e)
for f in (lambda: struct.unpack("i", b"abc"), lambda: struct.unpack_from("i", b"abc"), lambda: struct.pack_into("i", b, 6, 1), lambda: struct.unpack_from("b", b"abc", 10), lambda: list(struct.iter_unpack("i", b"abc"))):
    try: print(f())
    except struct.error as e: print(e)
a = array.array("i", [1, 2, 3]); a.append(4); a.extend([5]); a.insert(0, 0); print(a, a[1], a[1:3], len(a), a.typecode, a.itemsize, a.index(3), a.count(2), a.pop(), a.tolist(), a.tobytes()[:8], a + a == a * 2, 3 in a, a == array.array("q", a)); a.reverse(); a.byteswap(); a.byteswap(); a.remove(2); del a[0]; a[0:1] = array.array("i", [9, 8]); print(a, array.array("d", [1.5]), array.array("b"), memoryview(a)[0], array.array("B", b"ab"), bytes(array.array("B", [65])), array.array("w", "a😀"))
for f in (lambda: array.array("i", [2 ** 40]), lambda: array.array("z"), lambda: array.array("i", ["x"]), lambda: array.array("b", [200]), lambda: a.append(1.5), lambda: a[99], lambda: a.remove(99), lambda: array.array("B", [1]).frombytes("x"), lambda: array.array("i").frombytes(b"abc"), lambda: a + [1], lambda: hash(a), lambda: array.array("i") * 2 ** 62 if False else array.array("i", [1]) * 2 ** 62, lambda: array.array("i").pop()):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
