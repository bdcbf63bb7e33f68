"""Garbage of many shapes: cyclic lists, dicts, trees with parents, while a large structure lives on."""

DEFAULT = 16


class Node:
    def __init__(self, parent, depth):
        self.parent = parent
        self.depth = depth
        self.children = [Node(self, depth - 1), Node(self, depth - 1)] if depth else []


def total(node):
    return 1 + sum(total(child) for child in node.children)


def main(n):
    lasting = Node(None, n)
    table = {i: [i, str(i)] for i in range(1 << n)}
    seen = 0
    for depth in range(2, n - 1, 2):
        for _ in range(1 << (n - depth - 1)):
            tree = Node(None, depth)
            seen += total(tree)
    ring = None
    for i in range(20000):
        ring = {"next": ring if i % 100 else None, "value": i}
        ring["self"] = ring
    print(total(lasting), seen, len(table), sum(v[0] for v in table.values()), ring["value"])


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
