print([x * y for x in range(3) for y in range(x)], {x % 3 for x in range(10)}, {k: v for k, v in zip("ab", range(2))}, list(x for x in "abc" if x != "b"), [[j for j in range(i)] for i in range(3)], [(i, j) for i in range(2) if i for j in range(2) if j])
x = "outer"
print([x for x in range(3)], x, [lambda: x for x in range(2)][0](), [y := i for i in range(3)], y)
def f():
    z = 5
    return [z + i for i in range(2)], [(lambda: i + z)() for i in range(2)], {z for _ in [1]}
print(f())
class C:
    items = [1, 2]
    doubled = [i * 2 for i in items]
print(C.doubled)
try: [undefined for _ in [1]]
except NameError as e: print(e)
try: [1 for _ in 5]
except TypeError as e: print(e)
try: [a for a, b in [1]]
except TypeError as e: print(e)
print([a for a, *b in [(1, 2), (3,)]], [b for a, *b in [(1, 2), (3,)]], [i for i in [1, 2] for i in [i * 10, i * 20]], {**{k: 1 for k in "ab"}}, [*(i for i in range(2)), *[9]])
def g():
    def show(n): print("eval", n); return [1, 2]
    it = (a for a in show("first") for b in show("second"))
    print("created")
    return list(it)
print(g())
for src in ("[x := 1 for x in y]", "[y for y in (y := [1])]", "[i for i in range(3) if (j := i)]", "class A: [x := 1 for _ in a]", "(yield x for x in y)", "[(yield) for x in y]", "[x for x in *a]", "{**a for a in b}", "[*a for a in b]", "f(x for x in y, 1)", "[x for]", "[x, y for x in z]"):
    try: compile(src, "s", "exec"); print("fine", src)
    except SyntaxError as e: print(src, "->", e.msg)
print(f"{[i for i in 'ab']}", any(i > 2 for i in range(5)), all(i < 5 for i in range(5)), sum(i for i in range(5)), max((i, -i) for i in range(3)), dict((i, i) for i in range(2)))
m = [[1, 2], [3, 4]]
print([[r[i] for r in m] for i in range(2)], [v for r in m for v in r if v > 1], {(i, j): i * j for i in range(2) for j in range(2)})
def locs(): return [sorted(locals()) for q in range(1)]
print(locs())
