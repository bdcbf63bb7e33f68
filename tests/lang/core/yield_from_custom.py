class It:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self): self.n += 1; return self.n
    def send(self, v): print("send", v); return v
    def throw(self, e): print("throw", type(e).__name__); return "thrown"
    def close(self): print("close")
def d(): yield from It()
i = d()
print(next(i), i.send(7), i.throw(ValueError("v")), next(i))
i.close()
class NoThrow:
    def __iter__(self): return self
    def __next__(self): return 1
def e(): yield from NoThrow()
i = e(); next(i)
try:
    i.throw(ValueError("through"))
except ValueError as x:
    print(x)
i = e(); next(i)
try:
    i.send(1)
except AttributeError as x:
    print(x)
class StopVal:
    def __iter__(self): return self
    def __next__(self): raise StopIteration(42)
def f(): r = yield from StopVal(); print("r", r); yield r
print(list(f()))
def h(): yield from 5
try:
    next(h())
except TypeError as x:
    print(x)
def rec():
    yield 1
    yield from g2
g2 = rec()
try:
    print(list(g2))
except ValueError as x:
    print(x)
def inner():
    try: yield 1
    finally: print("inner finally")
def outer():
    try: yield from inner()
    finally: print("outer finally")
o = outer(); next(o); o.close()
o = outer(); next(o)
try: o.throw(KeyError)
except KeyError: print("KeyError out")
print(outer().gi_yieldfrom, type(outer).__name__)
o = outer(); next(o); print(type(o.gi_yieldfrom).__name__); del o
