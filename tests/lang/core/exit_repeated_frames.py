def a(n): return b(n - 1)
def b(n):
    if n < 0: raise ValueError("deep enough")
    return a(n)
def c(n): return c(n - 1) if n else a(2)
c(10)
