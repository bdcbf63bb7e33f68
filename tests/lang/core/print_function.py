print("a", "b", sep="", end="")
print()
print(1, 2, sep=None, end=None)
for kw in ({"sep": 1}, {"end": 1}, {"file": 5}, {"flush": True, "foo": 1}):
    try:
        print("x", **kw)
    except Exception as e:
        print(type(e).__name__, e)
class W:
    def __init__(self): self.parts = []
    def write(self, s): self.parts.append(s)
    def flush(self): self.parts.append("FLUSH")
w = W()
print(1, "b", [2], sep=", ", end="!", file=w, flush=True)
print(w.parts)
print(*range(5), sep="\n")
print(end="no newline\n")
