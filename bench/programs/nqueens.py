"""All placements of n queens by permutations from a generator: generators, sets, comprehensions."""

DEFAULT = 9


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for i, item in enumerate(items):
        for rest in permutations(items[:i] + items[i + 1:]):
            yield (item,) + rest


def main(n):
    found = []
    for placement in permutations(tuple(range(n))):
        if len({p + i for i, p in enumerate(placement)}) == n == len({p - i for i, p in enumerate(placement)}):
            found.append(placement)
    print(len(found), found[0], sum(i * p for f in found for i, p in enumerate(f)))


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
