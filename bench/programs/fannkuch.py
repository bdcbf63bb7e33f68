"""Flips prefixes of all permutations: list slices, swaps, loops."""

DEFAULT = 9


def fannkuch(n):
    permutation = list(range(n))
    counts = list(range(1, n + 1))
    best = checksum = turn = 0
    while True:
        first = permutation[0]
        if first:
            work = permutation[:]
            flips = 0
            while first:
                work[:first + 1] = work[first::-1]
                flips += 1
                first = work[0]
            if flips > best:
                best = flips
            checksum += -flips if turn & 1 else flips
        turn += 1
        place = 1
        while place < n:
            permutation.insert(place, permutation.pop(0))
            counts[place] -= 1
            if counts[place]:
                break
            counts[place] = place + 1
            place += 1
        else:
            return checksum, best


def main(n):
    print(*fannkuch(n))


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
