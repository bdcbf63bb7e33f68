# Loops over what may be anything, in functions that run often enough to be compiled.


class Steps:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if not self.n:
            raise StopIteration
        self.n -= 1
        return self.n


def count(items):
    for item in items:
        yield item


def total(items):
    result = 0
    for item in items:
        result += item
    return result


for source in ([1, 2, 3], (4, 5), range(5), {7: 8}, Steps(4), count([1, 2]), count(Steps(3)), count(count(range(3)))):
    print(type(source).__name__, total(source))

# Names that come into being while a module's loop runs.
for first in count([1, 2, 3]):
    second = first
    print(first, second)


# Operands of changing types.
def add(x, y):
    return x + y


class Sum:
    def __init__(self, *parts):
        self.parts = parts

    def __add__(self, other):
        return Sum(*self.parts, other)

    def __radd__(self, other):
        return NotImplemented if other is None else Sum(other, *self.parts)

    def __repr__(self):
        return f"Sum{self.parts}"


for _ in range(300):
    add(1, 2)
for x, y in ((1, 2), (1.5, 2), (2, 1.5), (1 << 60, 1 << 60), ("a", "b"), ([1], [2]), (Sum(1), 2), (2, Sum(1)), (True, 1), (1e308, 1e308), (0.0, -0.0), (5e-324, 0.0)):
    print(add(x, y))
try:
    add(None, Sum())
except TypeError as e:
    print(e)


# Attributes that change their class, their place and their kind.
class A:
    kind = "class"

    def name(self):
        return "A"


class B(A):
    @property
    def kind(self):
        return "property"

    def name(self):
        return "B of " + super().name()


def look(o):
    return o.kind, o.name()


a, b = A(), B()
for _ in range(300):
    look(a)
print(look(a), look(b))
a.kind = "instance"
print(look(a), look(b))
A.name = lambda self: "new"
print(look(a), look(b))


# A callee that changes.
def callee(x):
    return x


def caller(x):
    return callee(x) + 1


for _ in range(300):
    caller(1)
print(caller(1))


def callee(x, y=10):
    return x + y


print(caller(1))
callee = len
print(caller("abc"))
callee = Steps
try:
    caller(1)
except TypeError as e:
    print(e)


# Division rounds down, shifts reach beyond what is immediate.
def divide(x, y):
    return x // y, x % y, x << 3, x >> 2


for _ in range(300):
    divide(7, 2)
for x, y in ((7, 2), (-7, 2), (7, -2), (-7, -2), (0, 3), (1 << 59, 3), (-(1 << 60), -1), ((1 << 60) - 1, 1)):
    print(x, y, divide(x, y))
try:
    divide(1, 0)
except ZeroDivisionError as e:
    print(e)


# Variables that a frame's mapping changes from outside.
import sys


def outer():
    value = 1
    inner()
    return value


def inner():
    sys._getframe(1).f_locals["value"] = 2


print({outer() for _ in range(300)})


# Recursion as deep as it may be, and a little deeper.
def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


for _ in range(30):
    deep(20)
try:
    deep(100_000)
except RecursionError as e:
    print(e)
print(deep(500))
