def t(x):
    print("t", x, end=" ")
    return x
print(t(1) < t(2) < t(3))
print(t(3) < t(2) < t(1))
print(t(1) in t([1]) in t([[1]]))
print(1 < 2 > 1 != 3 == 3 is not None)
class R:
    def __init__(self, v): self.v = v
    def __lt__(self, o): return []
    def __gt__(self, o): return "gt"
    def __bool__(self): raise ValueError("bool of R")
print(R(1) < R(2) < R(3), R(1) > R(2))
class N:
    def __lt__(self, o): return R(0)
try: N() < N() < N()
except ValueError as e: print(e)
print(not 1 < 2, not (1 < 2) == False, 1 < 2 and 2 < 3 or 5, (1 < 2) < 3)
