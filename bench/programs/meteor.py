"""Exact cover by bit masks: fills a 5 × 8 board with eight five-cell pieces, counts the ways."""

DEFAULT = 12

WIDTH, HEIGHT = 5, 8
CELLS = [
    [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2)],
    [(0, 0), (0, 1), (0, 2), (0, 3), (1, 3)],
    [(1, 0), (0, 1), (1, 1), (1, 2), (2, 2)],
    [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2)],
    [(0, 0), (1, 0), (1, 1), (1, 2), (2, 2)],
    [(0, 0), (0, 1), (1, 1), (1, 2), (1, 3)],
    [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4)],
    [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2)],
]


def orientations(cells):
    found = set()
    for mirror in (False, True):
        for _ in range(4):
            cells = [(-y, x) for x, y in cells]
            left, top = min(x for x, _ in cells), min(y for _, y in cells)
            found.add(tuple(sorted((y - top, x - left) for x, y in cells)))
        cells = [(-x, y) for x, y in cells]
    return sorted(found)


def placements(cells):
    masks = []
    for shape in orientations(cells):
        height = max(y for y, _ in shape) + 1
        width = max(x for _, x in shape) + 1
        for top in range(HEIGHT - height + 1):
            for left in range(WIDTH - width + 1):
                masks.append(sum(1 << ((y + top) * WIDTH + x + left) for y, x in shape))
    return masks


FULL = (1 << (WIDTH * HEIGHT)) - 1


def tables():
    table = [[[] for _ in CELLS] for _ in range(WIDTH * HEIGHT)]
    for piece, cells in enumerate(CELLS):
        for mask in placements(cells):
            lowest = (mask & -mask).bit_length() - 1
            table[lowest][piece].append(mask)
    return table


def solve(board, free, table, found, limit):
    if board == FULL:
        found.append(1)
        return 1
    empty = ~board & FULL
    spot = (empty & -empty).bit_length() - 1
    row = table[spot]
    steps = 1
    for piece in free:
        rest = [p for p in free if p != piece]
        for mask in row[piece]:
            if not board & mask:
                steps += solve(board | mask, rest, table, found, limit)
                if len(found) >= limit:
                    return steps
    return steps


def main(n):
    table = tables()
    total = 0
    for turn in range(n):
        found = []
        order = [(i + turn) % len(CELLS) for i in range(len(CELLS))]
        total += solve(0, order, table, found, 1000)
    print(len(found), total)


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
