for i in range(5):
    if i == 1: continue
    if i == 3: break
    print(i)
else:
    print("no break")
for i in (): pass
else: print("empty else")
n = 0
while n < 3:
    n += 1
    if n == 2: continue
    print("n", n)
else:
    print("while else", n)
while True:
    try:
        break
    finally:
        print("finally on break")
def f():
    for i in range(3):
        try:
            if i == 1: return "returned"
        finally:
            print("fin", i)
print(f())
def g():
    try:
        return "try"
    finally:
        print("cleanup")
print(g())
def h():
    while 1:
        try:
            1 / 0
        except ZeroDivisionError:
            print("handled")
            return 5
        else:
            print("never")
        finally:
            print("last")
print(h())
def nested():
    for a in range(3):
        for b in range(3):
            if b == 2: break
            if a == 1: continue
            yield a, b
        else:
            print("inner else")
print(list(nested()))
x = 5
print("pos" if x > 0 else "neg", x and 0, x or 0, not x, 0 or "" or "last", 1 and 2 and 3, None or 0)
if x > 10: print("big")
elif x > 3: print("medium")
else: print("small")
print([y := 10, y ** 2], (z := 3) + z)
if (m := x * 2) > 5: print(m)
assert x == 5, "no"
try:
    assert x == 6, f"x is {x}"
except AssertionError as e:
    print("AssertionError", e)
try:
    assert False
except AssertionError as e:
    print(repr(e))
pass; ...; "expr"; 5
del x
try:
    x
except NameError as e:
    print(e)
