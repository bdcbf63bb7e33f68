import re
print(re.match(r"(\w+) (\w+)", "hello world foo").groups(), re.search(r"\d+", "ab123c").span(), re.findall(r"(\w)(\d)", "a1 b2"), re.findall(r"\w+", "a bc d"), re.sub(r"(\w)(\d)", r"\2\1", "a1 b2"), re.split(r"[,;]\s*", "a, b;c"), re.split(r"(,)", "a,b"), re.fullmatch("a+", "aaa"), re.match("b", "ab"))
m = re.search(r"(?P<year>\d{4})-(?P<month>\d\d)", "on 2024-05-06")
print(m.group(), m["year"], m.groupdict(), m.start("month"), m.end(), m.lastgroup, m.lastindex, m.re.pattern, m.string[:2], m.expand(r"\g<month>/\1"), m.regs, repr(m))
print(re.sub("a", lambda m: m.group().upper(), "banana", count=2), re.subn("a", "o", "banana"), re.sub("", "-", "abc"), re.sub(r"x*", "-", "axb"), re.escape("a.b*c"), re.findall("(?i)ab", "AB ab"), re.findall(r"^\w", "a\nb", re.M), re.findall("a.b", "a\nb", re.S), re.compile(r"""a  # comment
 b""", re.X).match("ab"))
print(re.findall(r"(?=(\w\w))", "abcd"), re.findall(r"(?<=a)b", "ab cb"), re.findall(r"(?<!a)b", "ab cb"), re.findall(r"a+?", "aaa"), re.findall(r"a{2,3}", "aaaaa"), re.match(r"(a)|b", "b").groups(), re.match(r"(?:a|b)+", "abab").group(), re.match(r"(.)\1", "aa"), re.findall(r"\bfoo\b", "foo food"), re.match(r"(?>a+)b", "aab"), re.match(r"a++b", "aab"), re.match(r"(a)?(?(1)b|c)", "ab"), re.findall(r"[^\W\d_]+", "é1_x"), re.findall("[a-c-]", "a-d"), re.findall(rb"\w", b"a\xe9"), re.findall(r"(?a:\w)", "aé"))
for p in ("(", "a)", "[a", "*", "a**", "(?P<1>a)", "(?P<a>x)(?P<a>y)", r"\1", "(?<=a*)b", "a{3,2}", "(?z)", "[z-a]", r"\q", "(?P=x)", "a(?i)b", "(?", "x{99999999999}", "(?(1)a|b|c)", "\\"):
    try: re.compile(p); print("fine", p)
    except re.error as e: print(p, "->", e)
    except OverflowError as e: print(p, "->", e)
for f in (lambda: re.match("a", b"a"), lambda: re.sub("a", r"\2", "a"), lambda: re.match("a", "a").group(1), lambda: re.match("a", 5), lambda: re.compile(5), lambda: re.sub("a", r"\g<x", "a"), lambda: m["nope"]):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(repr(re.compile("a", re.I | re.M)), re.compile("a").flags, re.compile("(a)(?P<n>b)").groupindex, re.compile("a") == re.compile("a"), [m.span() for m in re.finditer("a|", "ba")], re.compile("b").search("abcb", 2).span(), re.I, re.findall(r"\d", "١2"), re.match("(?s:.)", "\n"), bool(re.match("(a+)+$", "a" * 20 + "b")))
