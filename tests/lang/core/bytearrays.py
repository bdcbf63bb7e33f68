b = bytearray(b"hello")
b[0] = 72
b[1:3] = b"EY"
b.append(33)
b.extend(b"??")
b.extend([1, 2])
b.insert(0, 35)
print(b, len(b), b.pop(), b.pop(0), b)
b.remove(33)
b.reverse()
print(b, b.copy() is b, b.index(b"E"))
b[::2] = b"....."[:len(b[::2])]
print(b)
del b[0], b[1:3]
print(b)
b += b"xyz"
b *= 2
print(b, b"xy" in b, b.count(b"x"), b.find(b"z"), b.upper(), b.split(b"y"))
b.clear()
print(b, bytearray(3), bytearray([1]), bytearray("é", "utf-8"), bytearray.fromhex("ff 00"), repr(bytearray(b"'")))
for t in ("b.pop()", "b.append(256)", "b.append('a')", "b.remove(1)", "b.__setitem__(0, 1)", "b.extend('abc')", "b.extend([300])", "b.insert(0, -1)", "hash(b)", "b.__delitem__(5)", "bytearray(b'abcd').__setitem__(slice(None, None, 2), b'x')", "bytearray(b'ab').__setitem__(slice(0,1), 'x')", "bytearray(b'ab').__setitem__(0, 'x')", "bytearray(-1)", "bytearray(5).__setitem__(slice(0,2), 3)", "bytearray().join([1])"):
    try:
        print(t, eval(t))
    except Exception as e:
        print(t, type(e).__name__, e)
x = bytearray(b"abc")
m = memoryview(x)
try:
    x.append(1)
except BufferError as e:
    print(e)
m.release()
x.append(100)
print(x, bytes(x), x == b"abcd", x < b"b", bytearray(b"a") + b"b", type(b"a" + bytearray(b"b")).__name__, type(bytearray(b"b") + b"a").__name__)
for i in x: print(i, end=" ")
print(x.take_bytes(2) if hasattr(x, "take_bytes") else "no take_bytes")
y = bytearray(range(10))
y[2:5] = b""
y[:0] = b"AB"
print(y, y[::-3])
y.resize(4)
print(y)
