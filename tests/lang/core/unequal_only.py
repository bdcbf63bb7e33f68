# A class that defines != but not ==, compared often enough for every form of the instruction.
class OnlyNe:
    def __ne__(self, other):
        return "ne"


class Raises:
    def __ne__(self, other):
        raise LookupError("ne")


def unequal(a, b):
    return a != b


for i in range(5):
    a, b = OnlyNe(), OnlyNe()
    print(unequal(a, b), unequal(a, a), unequal(a, 1), unequal(object(), a), a == b, a == a)
    try:
        unequal(Raises(), Raises())
    except LookupError as e:
        print(type(e).__name__, e)
    print(unequal(1, 2), unequal(a.__class__, OnlyNe), unequal("x", "x"))

# Which values ** takes from a subclass of dict, and how * and ** name what they can't take.
class Shouting(dict):
    def __getitem__(self, key):
        return "got " + super().__getitem__(key)


def show(**kwargs):
    return kwargs


nothing = None
d = Shouting(a="x")
print(show(**d), {**d}, "{a}".format(**d), "%(a)s" % d)
for f in (lambda: show(*5), lambda: show(**5), lambda: len(*5), lambda: nothing(*5)):
    try:
        f()
    except TypeError as e:
        print(e)
