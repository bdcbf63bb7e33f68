"""The chaos game on a B-spline: small vector objects, attribute access, float arithmetic."""

DEFAULT = 180000


class Random:
    """A linear congruential generator, the same everywhere."""

    def __init__(self, seed):
        self.state = seed

    def next(self, bound):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % bound


class Vector:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    def scaled(self, factor):
        return Vector(self.x * factor, self.y * factor)

    def mixed(self, other, share):
        return self.scaled(share) + other.scaled(1.0 - share)

    def length(self):
        return (self.x * self.x + self.y * self.y) ** 0.5


class Spline:
    """A curve through control points, evaluated by repeated mixing (de Casteljau)."""

    def __init__(self, points):
        self.points = points

    def at(self, t):
        points = self.points
        while len(points) > 1:
            points = [a.mixed(b, 1.0 - t) for a, b in zip(points, points[1:])]
        return points[0]


def main(n):
    splines = [
        Spline([Vector(0.1, 0.2), Vector(0.5, 0.9), Vector(0.9, 0.1)]),
        Spline([Vector(0.0, 1.0), Vector(0.4, 0.0), Vector(0.8, 0.7), Vector(1.0, 0.3)]),
        Spline([Vector(0.3, 0.3), Vector(0.7, 0.6)]),
    ]
    random = Random(1234)
    grid = [[0] * 64 for _ in range(64)]
    point = Vector(0.5, 0.5)
    travelled = 0.0
    for _ in range(n):
        on_curve = splines[random.next(3)].at(point.x)
        moved = point.mixed(on_curve, 0.5)
        travelled += (moved - point).length()
        point = moved
        grid[int(point.y * 63)][int(point.x * 63)] += 1
    print(sum(1 for row in grid for cell in row if cell), max(map(max, grid)), round(travelled, 6))


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
