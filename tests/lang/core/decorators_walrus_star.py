print((n := 10) + n, [m := 1, m + 1])
while (k := n) > 8: n -= 1
print(k, n)
def f(x=(z := 3)): return x
print(f(), z)
a, *b = *[1, 2], 3
print(a, b, [*"ab", *range(2)], (*[1],), {*[1], *[1]}, {"a": 1, **{"b": 2}}, *[1, 2])
def g(): return *[1, 2], 3
print(g())
def h(): yield *[1], 2
print(list(h()))
for x in *[1], 2: print(x, end=" ")
print()
l = [1, 2, 3]
l[*[0]] if False else None
d = {}
d[*(1, 2)] = 5
print(d)
buttons = [lambda f: f]
@buttons[0]
def deco(): return "decorated"
print(deco())
@(lambda f: "replaced")
class K: pass
print(K)
@(x := lambda f: f)
def w(): return "w"
print(w())
for src in ("(x := 1, y := 2)", "x := 1", "f(x := 1)", "f(x = y := 1)", "a[b := 1]", "(a.b := 1)", "(a[0] := 1)", "lambda: (x := 1)", "def f(x := 1): pass", "((a, b) := 1)", "*a", "*a = 1", "a = *b", "print(*)", "f(**a, *b)", "f(*a, b=1, *c)", "f(a=1, 2)", "f(**a, b)", "f(a for a in b)", "del *a", "del (a, b)", "del f()", "del a + b", "del None", "f() = 1", "a + 1 = 2", "None = 1", "1 = x", "x + 1 += 2", "(a, b) += 1", "[a, b] = 1", "a = b = 1", "'x' = 1", "for 1 in x: pass", "for f() in x: pass", "with a as 1: pass", "import a.b as c.d", "x: int: str", "(a, b): int", "a.b: int = 1", "(x): int = 5", "lambda x: int: 5", "{1: 2, 3}", "{1, 2: 3}", "{**a, *b}"):
    try: compile(src, "s", "exec"); print("fine", src)
    except SyntaxError as e: print(src, "->", e.msg, (e.lineno, e.offset, e.end_lineno, e.end_offset))
