"""Schulze's voting method: strongest paths over a dict keyed by pairs."""

DEFAULT = 140


def ballots(count, candidates):
    state = 7
    for _ in range(count):
        order = list(candidates)
        for i in range(len(order) - 1, 0, -1):
            state = (state * 48271) % 2147483647
            j = state % (i + 1)
            order[i], order[j] = order[j], order[i]
        yield order


def preferences(votes, candidates):
    table = {(a, b): 0 for a in candidates for b in candidates if a != b}
    for order in votes:
        for i, a in enumerate(order):
            for b in order[i + 1:]:
                table[a, b] += 1
    return table


def strongest(table, candidates):
    paths = {(a, b): table[a, b] if table[a, b] > table[b, a] else 0 for a, b in table}
    for k in candidates:
        for a in candidates:
            if a == k:
                continue
            for b in candidates:
                if b != k and b != a:
                    through = min(paths[a, k], paths[k, b])
                    if through > paths[a, b]:
                        paths[a, b] = through
    return paths


def main(n):
    candidates = [f"c{i}" for i in range(n)]
    table = preferences(ballots(101, candidates), candidates)
    paths = strongest(table, candidates)
    wins = {a: sum(paths[a, b] > paths[b, a] for b in candidates if b != a) for a in candidates}
    ranking = sorted(candidates, key=lambda c: (-wins[c], c))
    print(ranking[:5], sum(paths.values()))


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
