s = "Hello, Wörld"
print(s, len(s), s[0], s[-1], s[1:5], s[::-1], s[::2], s[5:1], s[5:1:-1], s[100:], s[-100:3])
print(repr("a'b"), repr('a"b'), repr("a'b\"c"), repr("\n\t\r\\\0\x07\x7f\x80\xa0\u200b\ud800\U0001F600é"))
print(ascii("é\U0001F600\ud800"), "a" "b" 'c', """x
y""", r"\n", "\x41\u0042\U00000043\103\N{GREEK SMALL LETTER ALPHA}")
print("a" + "b", "ab" * 3, 3 * "ab", "ab" * 0, "ab" * -1, "b" in "abc", "" in "", "bc" not in "abc")
for t in ("'abc'[5]", "'a' + 1", "1 + 'a'", "'a' * 'b'", "'a' * 1.5", "s['x']", "s[1.0]", "'a' in 1", "1 in 'a'", "chr(-1)", "chr(0x110000)", "ord('ab')", "ord(1)", "ord('')", "str(b'a', 'utf-8', 'strict', 1)", "'%d' % 'x'", "'a'.join([1])", "'a'.join(1)"):
    try:
        print(eval(t))
    except Exception as e:
        print(t, type(e).__name__, e)
try:
    s[0] = "x"
except TypeError as e:
    print(e)
try:
    del s[0]
except TypeError as e:
    print(e)
print(chr(65), ord("é"), chr(0x1F600), ord("\U0010ffff"), str(b"ab", "ascii"), str(b"ab"), str(1.5), str(None), str(), str(object=3))
print("abc" < "abd", "Z" < "a", "" < "a", "\uffff" < "\U00010000", max("hello"), sorted("hello"), list(reversed("abc")))
print([c for c in "aé😀"], len("aé😀"), "aé😀"[2], "aé😀"[1:], "aé😀".index("😀"), "x" * 5 + "é" * 3)
for i, c in enumerate("añ𝒳"):
    print(i, c, ord(c))
a = "abc"
a += "def"
print(a, hash("a") == hash("a"), "%s" % a)
class S(str):
    def __str__(self): return "S-str"
    def __repr__(self): return "S-repr"
x = S("hi")
print(x, repr(x), x + "!", type(x + "!").__name__, x.upper(), f"{x}", f"{x!s}", f"{x!r}", "%s" % x, str(x), x == "hi", {x: 1}["hi"], "".join([x]), [x])
