x, y, name = 5, 2.5, "né"
print(f"{x} {y:.1f} {name!r} {name!a:>10} {x + y = } {x=} {x = !s} {y = :.3f} {{}} {x!r:^5}|")
print(f"{'nested ' + f'{x}'} {f"{f"{x}"}"} {x:{x}} {x:0{x}} {'a' if x else 'b'} {[i for i in range(3)]} { {1: 2}[1]} {(lambda q: q * 2)(4)} {x:>{x + 1}}")
print(f"""multi
{
    x
    + 1  # a comment
} line""")
print(rf"\n{x}\t", fr"{x}\d", f"\n{x}\x41\N{BULLET}", f'{"\n".join(["a", "b"])}', f"{x!s:{'>'}{10}}")
print(f"{x:=+5}", f"{x,}", f"{x, y}", f"{*[1, 2],}", f"{(y := 7)} {y}", f"{x:{'{}'}}" if False else "", f"{'{'}", f"{x!r}", f"{None}", f"{x:}")
class C:
    def __format__(self, spec): return f"C<{spec}>"
    def __repr__(self): return "C()"
print(f"{C()} {C():abc} {C()!r:>5} {C():{x}d} {C()=} {C():a{'b'}c}", f"{C():%H:%M}", f"{C()!s}")
for src in ("f'{}'", "f'{x!z}'", "f'{'", "f'}'", "f'{a b}'", "f'{x!}'", "f'{!r}'", "f'{x:{y:{z:{w}}}}'", "f'{lambda x: 1}'", "f'{x=!}'", "f'{*a}'", "f'{yield}'", "f'{a:'", "f\"{x\"", "f'{1:d!r}'", "f'{:x}'", "f'{a $ b}'", "f'{x ! r}'", "f'{x!r x}'"):
    try:
        print(src, repr(eval(src, {"x": 1, "a": [1], "y": 1, "z": 1, "w": 1})))
    except SyntaxError as e:
        print(src, type(e).__name__, e.msg)
    except Exception as e:
        print(src, type(e).__name__, e)
print("a" f"{x}" "b", f"{x}" "{x}", f"" "", f"{'a'}{'b'}", f"{1}{2}" * 2, f"{x}".join("ab"))
def outer():
    v = 1
    return [f"{v}{w}" for w in range(2)], (lambda: f"{v}")()
print(outer())
