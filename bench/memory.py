"""Builds one large structure and prints by how many MiB the resident memory grew."""

import sys


def resident_mib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1048576


def slots():
    class P:
        __slots__ = ("x", "y")

    out = []
    for i in range(1000000):
        p = P()
        p.x = i
        p.y = i
        out.append(p)
    return out


def ints():
    return list(range(1000, 10001000))


def table():
    return {"key" + str(i): i for i in range(1000000)}


def attributes():
    class P:
        def __init__(self, i):
            self.a = i
            self.b = i + 1
            self.c = i + 2

    return [P(i) for i in range(100000)]


PROGRAMS = {"slots": slots, "ints": ints, "dict": table, "attributes": attributes}

if __name__ == "__main__":
    before = resident_mib()
    structure = PROGRAMS[sys.argv[1]]()
    print(f"{resident_mib() - before:.1f}")
    assert len(structure)
