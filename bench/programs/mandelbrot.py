"""Escape times on a grid: complex arithmetic by floats in a tight loop."""

DEFAULT = 600


def main(n):
    total = inside = 0
    for row in range(n):
        y0 = 2.4 * row / n - 1.2
        for column in range(n):
            x0 = 3.0 * column / n - 2.2
            x = y = 0.0
            for turn in range(50):
                xx, yy = x * x, y * y
                if xx + yy > 4.0:
                    total += turn
                    break
                y = 2.0 * x * y + y0
                x = xx - yy + x0
            else:
                inside += 1
    print(total, inside)


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
