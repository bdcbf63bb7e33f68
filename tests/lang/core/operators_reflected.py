# Which of the two operands' methods is asked first.
class A:
    def __init__(self, n): self.n = n
    def __add__(self, o): print("A.__add__"); return NotImplemented
    def __radd__(self, o): print("A.__radd__"); return "radd"
    def __iadd__(self, o): print("A.__iadd__"); return NotImplemented
    def __eq__(self, o): print("A.__eq__"); return NotImplemented
    def __lt__(self, o): print("A.__lt__"); return NotImplemented
    def __gt__(self, o): print("A.__gt__"); return NotImplemented
class B(A):
    def __radd__(self, o): print("B.__radd__"); return "b radd"
    def __gt__(self, o): print("B.__gt__"); return "b gt"
class C:
    def __radd__(self, o): print("C.__radd__"); return "c radd"
print(A(1) + B(2))
print(A(1) + C())
print(1 + A(1))
try:
    A(1) + A(2)
except TypeError as e:
    print(e)
x = A(1)
x += C()
print(x)
print(A(1) < B(2))
a = A(1)
print(a == a, a == A(1), a != a)
try:
    A(1) < A(2)
except TypeError as e:
    print(e)
for op in ("+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"):
    try:
        eval(f"object() {op} object()")
    except TypeError as e:
        print(e)
    try:
        o = object()
        exec(f"o {op}= 1")
    except TypeError as e:
        print(e)
for op in ("<", "<=", ">", ">="):
    try:
        eval(f"1 {op} 'a'")
    except TypeError as e:
        print(e)
for op in ("-", "+", "~"):
    try:
        eval(f"{op}'a'")
    except TypeError as e:
        print(e)
