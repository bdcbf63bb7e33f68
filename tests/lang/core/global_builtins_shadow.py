len = lambda x: "shadowed"
print(len([1]))
del len
print(len([1]))
def f():
    print = lambda *a: None
    print("not shown")
    return "f"
print(f())
class int2(int):
    def __add__(self, o): return "add"
print(int2(1) + 1, sum([int2(1), 2]))
True_ = 1
def sum(x): return "my sum"
print(sum([1]))
del sum
print(sum([1]))
print(__builtins__.len([1, 2]) if not isinstance(__builtins__, dict) else __builtins__["len"]([1, 2]))
