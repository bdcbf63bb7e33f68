"""Objects with three float attributes, normalised and compared."""

DEFAULT = 400000


class Point:
    __slots__ = ("x", "y", "z")

    def __init__(self, i):
        angle = i * 0.001
        self.x = angle - angle ** 3 / 6 + angle ** 5 / 120 if angle < 1 else 1 / angle
        self.y = 1 - angle * angle / 2 if angle < 1 else angle / (1 + angle)
        self.z = self.x * self.x / 2

    def normalise(self):
        norm = (self.x * self.x + self.y * self.y + self.z * self.z) ** 0.5
        self.x /= norm
        self.y /= norm
        self.z /= norm

    def maximise(self, other):
        self.x = self.x if self.x > other.x else other.x
        self.y = self.y if self.y > other.y else other.y
        self.z = self.z if self.z > other.z else other.z
        return self


def main(n):
    for _ in range(2):
        points = [Point(i) for i in range(n)]
        for point in points:
            point.normalise()
        best = points[0]
        for point in points[1:]:
            best = best.maximise(point)
    print(f"{best.x:.9f} {best.y:.9f} {best.z:.9f}")


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
