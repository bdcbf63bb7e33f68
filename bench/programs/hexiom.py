"""A puzzle on a hexagonal board by constraint propagation and search: sets, dicts, methods."""

DEFAULT = 4
ROUNDS = 120


class Board:
    """Cells of a hexagon with side `side`; each holds a tile whose number counts its occupied neighbours, or nothing."""

    def __init__(self, side):
        span = range(-side + 1, side)
        self.cells = [(q, r) for r in span for q in span if abs(q + r) < side]
        place = {cell: i for i, cell in enumerate(self.cells)}
        steps = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1))
        self.near = [[place[q + a, r + b] for a, b in steps if (q + a, r + b) in place] for q, r in self.cells]


class Domain:
    """What each cell may still hold: -1 for empty, else a number."""

    def __init__(self, options):
        self.options = options

    def copy(self):
        return Domain([set(o) for o in self.options])

    def assign(self, cell, value):
        self.options[cell] = {value}

    def smallest(self):
        best, size = None, 100
        for i, o in enumerate(self.options):
            if 1 < len(o) < size:
                best, size = i, len(o)
        return best


def consistent(board, domain):
    """Removes options that the neighbours rule out; False when a cell has none left."""
    changed = True
    while changed:
        changed = False
        for i, options in enumerate(domain.options):
            sure = maybe = 0
            for j in board.near[i]:
                other = domain.options[j]
                if -1 not in other:
                    sure += 1
                elif len(other) > 1:
                    maybe += 1
            gone = {v for v in options if v >= 0 and not sure <= v <= sure + maybe}
            if gone:
                options -= gone
                changed = True
                if not options:
                    return False
    return True


def within(domain, tiles):
    """Whether the tiles that are left can still fill what is decided."""
    used = {}
    for options in domain.options:
        if len(options) == 1:
            value = next(iter(options))
            used[value] = used.get(value, 0) + 1
    return all(count <= tiles.get(value, 0) for value, count in used.items())


def search(board, domain, tiles, counter):
    counter[0] += 1
    if not consistent(board, domain) or not within(domain, tiles):
        return None
    cell = domain.smallest()
    if cell is None:
        return domain
    for value in sorted(domain.options[cell], reverse=True):
        attempt = domain.copy()
        attempt.assign(cell, value)
        result = search(board, attempt, tiles, counter)
        if result is not None:
            return result
    return None


def main(n):
    board = Board(n)
    state = 99
    total = 0
    for _ in range(ROUNDS):
        filled = []
        for _ in board.cells:
            state = (state * 48271) % 2147483647
            filled.append(state % 100 < 62)
        solution = [sum(filled[j] for j in near) if filled[i] else -1 for i, near in enumerate(board.near)]
        tiles = {}
        for value in solution:
            tiles[value] = tiles.get(value, 0) + 1
        domain = Domain([set(tiles) for _ in board.cells])
        for i in range(0, len(solution), 2):
            domain.assign(i, solution[i])
        counter = [0]
        found = search(board, domain, tiles, counter)
        numbers = [next(iter(o)) for o in found.options]
        total += counter[0]
        print(" ".join("." if v < 0 else str(v) for v in numbers), counter[0])
    print(total)


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
