s = "The quick brown fox"
print(s.upper(), s.lower(), s.title(), s.swapcase(), s.capitalize(), "ß".upper(), "ŉ".upper(), "İ".lower(), "ΑΣ".lower(), "ǆ".title(), "straße".casefold())
print(s.find("quick"), s.find("z"), s.rfind("o"), s.index("o"), s.rindex("o"), s.count("o"), "aaaa".count("aa"), "abc".count(""), s.find("", 5), s.find("", 50), s.find("q", 5), s.find("q", -100, 100))
print(s.startswith("The"), s.startswith(("a", "The")), s.endswith("fox", 5), s.startswith("quick", 4), "".startswith(""), "a".startswith("", 2))
print(s.split(), s.split(" ", 1), s.rsplit(" ", 1), "a,b,,c".split(","), "".split(","), "".split(), " a  b ".split(), " a  b ".split(" "), "a\u2003b\xa0c".split(), "aXbXc".rsplit("X"), "  a b  c ".split(None, 1), " a b c ".rsplit(None, 1), "a,b,c".split(",", 0), "a b".split(maxsplit=0))
print("a\nb\r\nc\rd\x0be\x0cf\x1cg\x85h\u2028i".splitlines(), "a\nb\n".splitlines(True), "".splitlines(), "\n".splitlines())
print("-".join("abc"), "".join([]), ", ".join(x for x in "xy"))
print("  x ".strip() + "|", "xxaxx".strip("x"), "xxaxx".lstrip("x"), "xxaxx".rstrip("x"), "abcba".strip("ab"), "\u2003a\n".strip(), "aé".strip("é"))
print("abc".center(10, "*"), "abc".ljust(6) + "|", "abc".rjust(6, "."), "42".zfill(5), "-42".zfill(5), "+".zfill(3), "abc".center(4), "abcd".center(7, "x"))
print("aXbXc".replace("X", "--"), "aaa".replace("a", "b", 2), "abc".replace("", "-"), "abc".replace("", "-", 2), "".replace("", "x"), "abc".replace("x", "y"), "aa".replace("a", "b", count=1))
print("a.b.c".partition("."), "a.b.c".rpartition("."), "abc".partition("x"), "abc".rpartition("x"))
print("prefix-a".removeprefix("prefix-"), "a.py".removesuffix(".py"), "a".removeprefix("b"))
print("\tx\ty".expandtabs(), "a\tb".expandtabs(4), "a\tb".expandtabs(0), "ab\n\tc".expandtabs(3))
print("abc".translate({97: "x", 98: None, ord("c"): 0x64}), "abc".translate(str.maketrans("ab", "xy", "c")), str.maketrans({"a": "1"}), str.maketrans("a", "b"))
for m in ("isalpha", "isdigit", "isdecimal", "isnumeric", "isalnum", "isspace", "isupper", "islower", "istitle", "isidentifier", "isprintable", "isascii"):
    print(m, [getattr(x, m)() for x in ("", "abc", "ABC", "123", "a1", " \t", "Abc Def", "²", "½", "一", "é", "_x", "1x", "\n", "٣", "Ⅷ", "ǅ", "\ud800")])
print("abc".encode(), "é".encode("latin-1"), "é".encode("utf-16-le"), "é".encode("ascii", "replace"), "é".encode("ascii", "xmlcharrefreplace"), "é\ud800".encode("ascii", "backslashreplace"), "\ud800".encode("utf-8", "surrogatepass"), "é".encode("ascii", "ignore"), "é€".encode("ascii", "namereplace"))
for t in ("'abc'.index('z')", "'abc'.rindex('z')", "''.split('')", "'a'.center(5, 'ab')", "'a'.join(['a', 1])", "'é'.encode('ascii')", "'\\ud800'.encode()", "'a'.encode('nope')", "'a'.partition('')", "'a'.startswith(1)", "'a'.startswith(('a', 1))", "str.maketrans('ab', 'c')", "str.maketrans(1)", "'a'.find()", "'a'.find(1)", "'a'.upper(1)", "'a'.split(sep=1)", "'a'.replace('a')", "'a'.zfill()", "'a'.nope()", "str.upper(1)", "str.upper()", "'a'.expandtabs('x')", "'a'.strip(1)", "'a'.encode(1)", "'a'.encode('utf-8', 'nope') + 'é\\ud800'.encode('utf-8', 'nope')", "str.maketrans({'ab': 1})", "'a'.translate({97: 0x110000})", "'a'.translate({97: 1.5})"):
    try:
        print(eval(t))
    except Exception as e:
        print(t, type(e).__name__, e)
