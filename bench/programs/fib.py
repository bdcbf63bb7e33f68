"""Plain recursion: calls, comparisons, additions."""

DEFAULT = 34


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def main(n):
    print(fib(n))


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
