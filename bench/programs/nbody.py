"""Gravity among five bodies: float arithmetic on unpacked tuples and lists."""

DEFAULT = 150000

BODIES = [
    ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 39.47841760435743),
    ([4.84, -1.16, -0.10], [0.606, 2.81, -0.02], 0.03769),
    ([8.34, 4.12, -0.40], [-1.01, 1.82, 0.008], 0.01128),
    ([12.89, -15.11, -0.22], [1.08, 0.868, -0.010], 0.001723),
    ([15.37, -25.9, 0.179], [0.979, 0.594, -0.034], 0.002033),
]


def energy(bodies, pairs):
    total = 0.0
    for _, (vx, vy, vz), mass in bodies:
        total += mass * (vx * vx + vy * vy + vz * vz) / 2.0
    for (a, _, m), (b, _, k) in pairs:
        total -= m * k / ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2) ** 0.5
    return total


def advance(bodies, pairs, steps, dt):
    for _ in range(steps):
        for ((x1, y1, z1), v1, m1), ((x2, y2, z2), v2, m2) in pairs:
            dx = x1 - x2
            dy = y1 - y2
            dz = z1 - z2
            magnitude = dt / (dx * dx + dy * dy + dz * dz) ** 1.5
            f2, f1 = m2 * magnitude, m1 * magnitude
            v1[0] -= dx * f2
            v1[1] -= dy * f2
            v1[2] -= dz * f2
            v2[0] += dx * f1
            v2[1] += dy * f1
            v2[2] += dz * f1
        for r, (vx, vy, vz), _ in bodies:
            r[0] += dt * vx
            r[1] += dt * vy
            r[2] += dt * vz


def main(n):
    bodies = BODIES
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    print(f"{energy(bodies, pairs):.6f}")
    advance(bodies, pairs, n, 0.01)
    print(f"{energy(bodies, pairs):.6f}")


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
