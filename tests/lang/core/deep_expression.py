# 200,000 terms: the compiler must not overflow the native stack.
n = 200000
for op in ("+", "*", "and", "or"):
    src = f" {op} ".join(["1"] * n)
    try:
        print(op, eval(src))
    except (RecursionError, MemoryError) as e:
        print(op, type(e).__name__)
src = "x = [" + ",".join(["1"] * n) + "]"
ns = {}
exec(src, ns)
print(len(ns["x"]), sum(ns["x"]))
src = "\n".join(["x += 1"] * 20000)
ns = {"x": 0}
exec(src, ns)
print(ns["x"])
ns = {}
exec("d = {" + ",".join(f"{i}: {i}" for i in range(20000)) + "}", ns)
print(len(ns["d"]), ns["d"][19999])
