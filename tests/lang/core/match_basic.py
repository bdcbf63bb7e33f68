def m(x):
    match x:
        case 0: return "zero"
        case -1 | -2: return "neg"
        case 1.5: return "float"
        case "a" | "b" as s: return f"str {s}"
        case b"x": return "bytes"
        case None: return "none"
        case True: return "true"
        case 1 + 2j: return "complex"
        case []: return "empty"
        case [1, 2]: return "one two"
        case [1, *rest]: return f"one {rest}"
        case [_, _, _] as t: return f"three {t}"
        case (a, [b, *_, c]): return f"nested {a} {b} {c}"
        case {"k": v, **rest}: return f"map {v} {rest}"
        case {"a": {"b": int(n)}}: return f"deep {n}"
        case {}: return "some map"
        case int(n) if n > 100: return f"big {n}"
        case int() | float(): return "number"
        case str(s): return f"string {s}"
        case _: return "other"
for x in (0, -1, -2, 1.5, "a", "b", "zz", b"x", b"y", None, True, False, 1 + 2j, [], (), [1, 2], (1, 2), [1, 2, 3], [7, 8, 9], ["x", [1, 2, 3]], {"k": 1, "z": 2}, {"a": {"b": 5}}, {"q": 1}, {}, 500, 50, 2.5, {1, 2}, range(2), bytearray(b"ab"), object):
    print(repr(x), "->", m(x))
class P:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
def p(o):
    match o:
        case P(0, 0): return "origin"
        case P(x=0, y=y): return f"y axis {y}"
        case P(x, y) if x == y: return f"diag {x}"
        case P(): return "point"
        case [P(x1, _), P(_, y2)]: return (x1, y2)
for o in (P(0, 0), P(0, 3), P(2, 2), P(1, 2), [P(1, 2), P(3, 4)]): print(p(o))
class Color: RED = 1; BLUE = 2
match 2:
    case Color.RED: print("red")
    case Color.BLUE: print("blue")
match (1, 2, 3):
    case (a, *b): print(a, b)
match {"x": 1, "y": 2}:
    case {"x": a, "y": b}: print(a, b)
x = match = case = 5
print(match, case)
match match:
    case case: print("soft", case)
match x,:
    case y,: print(y)
match *[1, 2], 3:
    case a, b, c: print(a, b, c)
def err(src):
    try: exec(src, {"P": P})
    except Exception as e: print(type(e).__name__, e.msg if isinstance(e, SyntaxError) else e)
err("match P(1,2):\n case P(1, 2, 3): pass")
err("match 1:\n case int(1, 2): pass")
err("match 1:\n case x: pass\n case y: pass")
err("match 1:\n case a | 1: pass")
err("match 1:\n case (a, a): pass")
err("match 1:\n case a | b: pass")
err("match 1:\n case {**r, 'a': 1}: pass")
err("match 1:\n case {'a': 1, 'a': 2}: pass")
err("match 1:\n case P(x=1, x=2): pass")
err("match 1:\n case [*a, *b]: pass")
err("match P(1,2):\n case P(1, x=2): pass")
err("match 1:\n case 1 + 1: pass")
err("match P(1,2):\n case 5(): pass")
err("class Q: __match_args__ = 5\nmatch Q():\n case Q(1): pass")
err("class Q: __match_args__ = (1,)\nmatch Q():\n case Q(1): pass")
err("q = 5\nmatch 1:\n case q(): pass")
err("class Q: pass\nmatch Q():\n case Q(1): pass")
