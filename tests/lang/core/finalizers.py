class D:
    def __init__(self, n): self.n = n
    def __del__(self): log.append(self.n)
log = []
d = D(1)
d = None
# Without reference counts a finaliser may run later, so only its effect at the end is judged.
class Res:
    opened = 0
    def __enter__(self): Res.opened += 1; return self
    def __exit__(self, *a): Res.opened -= 1
with Res(): print(Res.opened)
print(Res.opened)
x = D(2)
x.__del__()
print(2 in log)
class E:
    def __del__(self): pass
e = E(); e.cycle = e; del e
print("done")
