name, n = "world", 3
t = t"hello {name} {n:>5} {n!r} {n + 1 = }!"
print(type(t).__name__, t.strings, t.values)
for i in t.interpolations:
    print(i.value, i.expression, i.conversion, repr(i.format_spec))
print([p if isinstance(p, str) else type(p).__name__ for p in t])
print(t"", list(t""), t"a{1}".strings, t"{1}{2}".strings)
u = t"a{1}" + t"b{2}c"
print(u.strings, u.values)
print((t"a" t"b{name}").strings)
try:
    t"a" + "b"
except TypeError as e:
    print(e)
try:
    "b" + t"a"
except TypeError as e:
    print(e)
T, I = type(t), type(t.interpolations[0])
print(T.__module__, T.__name__, I.__name__)
x = T("a", I(1, "x", "r", ".2"), "b", "c", I(2))
print(x.strings, x.values, x.interpolations[0])
print(repr(T("a")), repr(I(5, "five")))
for f in (lambda: T(1), lambda: I(), lambda: I(1, 2), lambda: I(1, "x", "z")):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
def render(t):
    out = []
    for part in t:
        if isinstance(part, str):
            out.append(part)
        else:
            v = part.value
            v = {"r": repr, "s": str, "a": ascii, None: lambda v: v}[part.conversion](v)
            out.append(format(v, part.format_spec))
    return "".join(out)
print(render(t"<{name!r:>10}|{3.14159:.2f}|{n:0{n}d}>"), t"{n:{n}}".interpolations[0].format_spec)
match t"x{1}y":
    case T(strings=(a, b), values=(v,)):
        print(a, b, v)
match t"{42!s:d}".interpolations[0]:
    case I(value, expr, conv, spec):
        print(value, expr, conv, spec)
print(rt"\n{1}".strings, t"{'{'}".values)
