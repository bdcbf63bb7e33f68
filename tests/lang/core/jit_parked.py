# A generator over a generator, parked above the frame that calls itself with more and more locals.

class N:
    _fields = ("a", "b")
    def __init__(self, *kids): self.a, self.b = kids[0] if kids else None, list(kids[1:])
def fields(node):
    for f in node._fields:
        try:
            yield f, getattr(node, f)
        except AttributeError:
            pass
def children(node):
    for name, field in fields(node):
        if isinstance(field, N): yield field
        elif isinstance(field, list):
            for item in field:
                if isinstance(item, N): yield item
def fix(node):
    def go(node, x, y, z):
        n = 1
        for child in children(node):
            n += go(child, x, y, z)
        return n
    return go(node, 1, 2, 3)
def tree(d): return N(*[tree(d-1) for _ in range(3)]) if d else N()
t = tree(6)
print([fix(t) for _ in range(5)])
