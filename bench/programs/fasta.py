"""Random sequences by a table of probabilities: floats, bisection by loop, string building."""

DEFAULT = 1200000

MODULUS, FACTOR, STEP = 139968, 3877, 29573


def cumulative(table):
    total, out = 0.0, []
    for letter, share in table:
        total += share
        out.append((total, letter))
    return out


def main(n):
    tables = [
        cumulative([("a", 0.27), ("c", 0.12), ("g", 0.12), ("t", 0.27), ("B", 0.02), ("D", 0.02), ("H", 0.02), ("K", 0.02), ("M", 0.02), ("N", 0.02), ("R", 0.02), ("S", 0.02), ("V", 0.02), ("W", 0.02), ("Y", 0.03)]),
        cumulative([("a", 0.3029549426680), ("c", 0.1979883004921), ("g", 0.1975473066391), ("t", 0.3015094502009)]),
    ]
    seed, check = 42, 0
    for table in tables:
        lines, line = [], []
        for _ in range(n):
            seed = (seed * FACTOR + STEP) % MODULUS
            chance = seed / MODULUS
            for limit, letter in table:
                if chance < limit:
                    break
            line.append(letter)
            if len(line) == 60:
                lines.append("".join(line))
                line = []
        text = "\n".join(lines)
        for letter in "acgtN":
            check = check * 31 + text.count(letter)
        print(text[:60], len(text), check % 1000000007)


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
