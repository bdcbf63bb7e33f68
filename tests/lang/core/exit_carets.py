class C:
    pass
def f(a, b): return a + b
x = [1, 2, {"k": None}]
def g():
    return f(
        1,
        x[2]["k"]["deep"],
    )
g()
