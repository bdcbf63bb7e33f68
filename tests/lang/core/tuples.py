t = (1, 2, 3)
print(t, (), (1,), t[0], t[-1], t[1:], t[::-1], t + (4,), t * 2, 2 in t, t.index(2), t.count(1), len(t), hash(t) == hash((1, 2, 3)), tuple("abc"), tuple([1]), tuple(), (*t, *"ab"))
a, b, *c = 1, 2, 3, 4
print(a, b, c)
(a, b), c = (1, 2), 3
print(a, b, c)
a, (b, *c), d = 1, (2, 3, 4), 5
print(a, b, c, d)
*a, b = "xyz"
print(a, b)
[a, b] = {1: 2, 3: 4}
print(a, b)
a = b = c = 0
a, b = b, a = 1, 2
print(a, b)
i = 0
l = [0, 0]
i, l[i] = 1, 9
print(i, l)
def err(src):
    try:
        exec(src, {})
    except SyntaxError as e:
        print(src, "->", e.msg)
    except Exception as e:
        print(src, "->", type(e).__name__, e)
err("a, b = 1")
err("a, b = 1, 2, 3")
err("a, b = [1]")
err("a, b, *c = [1]")
err("a, *b, c = [1]")
err("a, b = None")
err("*a, *b = 1, 2")
err("*a = 1")
err("(1, 2)[5]")
err("(1, 2)[0] = 1")
err("t = (1, [2])\ntry:\n t[1] += [3]\nfinally:\n print(t)")
err("del (1,)[0]")
err("(1,) + [1]")
err("().index(1)")
err("tuple(1)")
err("tuple(1, 2)")
err("hash(([],))")
err("a, b = {1, 2, 3}")
err("a, b = (x for x in range(5))")
class It:
    def __iter__(self): return iter([1, 2])
a, b = It()
print(a, b)
class T(tuple):
    def __new__(cls, *a): return super().__new__(cls, a)
print(T(1, 2), type(T(1) + (2,)).__name__, T(1, 2) == (1, 2), repr(T()), T(3, 4)[0])
print((1, 2) < (1, 3), (1, 2) == (1, 2.0), () < (0,), ((1, 2), 3), (None,) == (None,), (1, 2) != (2, 1))
