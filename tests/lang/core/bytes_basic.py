b = b"Hello\x00\xff'\""
print(b, len(b), b[0], b[-1], b[1:3], b[::-1], list(b[:3]), b + b"!", b * 2, 72 in b, b"ell" in b, b"" in b)
print(bytes(3), bytes([1, 2, 3]), bytes("é", "utf-8"), bytes(b"x"), bytes(range(5)), bytes(), bytes((x for x in (1, 2))))
for t in ("bytes([256])", "bytes([-1])", "bytes(-1)", "bytes('a')", "bytes(1.5)", "bytes([1.5])", "bytes(None)", "b'a' + 'b'", "b'a'[5]", "'a' in b'a'", "300 in b'a'", "b'a' < 'a'", "bytes.fromhex('x1')", "bytes.fromhex('1')", "b'ab'.join(['a'])", "b'a'.decode('ascii', 'strict') + b'\\xff'.decode()", "b'\\xe2\\x28'.decode()", "b'\\xff'.decode('ascii')", "b'a'.find('a')", "b'a'.find(256)", "b'a'.split('')", "b'a'.split(b'')", "bytes('a', 1)", "bytes(1, 'utf-8')", "b'a'.strip('a')", "b'a'.center(4, b'ab')", "b'a'.hex('ab')", "b'abc'.hex(1)", "bytes(2**70)", "b'a' * 2**62", "b'é'"):
    try:
        print(t, eval(t))
    except SyntaxError as e:
        print(t, e.msg)
    except Exception as e:
        print(t, type(e).__name__, e)
s = b"the Quick brown"
print(s.upper(), s.title(), s.swapcase(), s.capitalize(), s.find(b"Q"), s.find(81), s.count(b"o"), s.count(111), s.index(b"b"), s.split(), s.rsplit(b" ", 1), s.partition(b" "), s.replace(b"Q", b"q"), s.startswith((b"x", b"the")), s.endswith(b"n"), s.center(20, b"*"), s.zfill(18), s.translate(None, b"e"), s.translate(bytes(range(256))), s.hex(), s.hex(" "), s.hex("-", 4), s.hex("_", -4), b" x ".strip(), b"a\nb\r\nc".splitlines(), b"\tx".expandtabs(4), b"abc".isalpha(), b"12".isdigit(), b"-".join([b"a", bytearray(b"b"), memoryview(b"c")]), b"abc".removeprefix(b"a"))
print(bytes.fromhex("48 65\n6c"), bytes.maketrans(b"ab", b"xy")[95:100], b"\x80abc".decode("latin-1"), b"caf\xc3\xa9".decode(), b"\xff\xfea\x00".decode("utf-16"), b"a\xffb".decode("utf-8", "replace"), b"a\xffb".decode("utf-8", "ignore"), b"a\xffb".decode("utf-8", "backslashreplace"), ascii(b"a\xffb".decode("utf-8", "surrogateescape")))
print(b"abc" == bytearray(b"abc"), b"a" < b"b", hash(b"a") == hash("a") or True, b"%d" % 5, bytes.__doc__ is not None, type(b"")(b"x"))
class B:
    def __bytes__(self): return b"B!"
print(bytes(B()), bytes(type("I", (), {"__index__": lambda s: 2})()))
print([ch for ch in b"abc"], b"abc".isupper(), b"ABC".isupper(), b"Abc".istitle(), b" ".isspace(), b"a1".isalnum(), b"abc".isascii())
