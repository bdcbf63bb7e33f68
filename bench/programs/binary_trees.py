"""Allocates and walks many short-lived binary trees next to a long-lived one."""

DEFAULT = 17


class Node:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right


def grow(depth):
    return Node(grow(depth - 1), grow(depth - 1)) if depth else Node(None, None)


def count(node):
    return 1 if node.left is None else 1 + count(node.left) + count(node.right)


def main(n):
    lasting = grow(n)
    for depth in range(4, n + 1, 4):
        rounds = 1 << (n - depth + 2)
        print(depth, rounds, sum(count(grow(depth)) for _ in range(rounds)))
    print(count(lasting))


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
