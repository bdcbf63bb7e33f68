for s in ("a,b,,c", ",", "", "abc", ",,", "a,b,"):
    print(repr(s), s.split(","), s.rsplit(",", 1), s.split(",", 1), s.partition(","), s.rpartition(","))
for s in ("", " ", "a", " a ", "a  b", "\ta\n b\r", "\x1ca\x1db"):
    print(repr(s), s.split(), s.rsplit(None, 1), s.split(None, 1), s.splitlines(), s.strip())
for sep in ("", "-", "ab", "é"):
    print(repr(sep), sep.join(["x", "y", "z"]), sep.join([]), sep.join(["one"]), sep.join("é中"), sep.join({"k": 1}))
print("aaa".split("aa"), "aaaa".rsplit("aa"), "abcabc".split("bc"), "a-b_c".replace("-", "_").split("_"), "x".join(map(str, range(5))))
