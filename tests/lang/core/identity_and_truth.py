print([] is [], None is None, True is True, bool(0), bool(0.0), bool(0j), bool(""), bool(b""), bool([]), bool(()), bool({}), bool(set()), bool(range(0)), bool(None), bool(...))
class T:
    def __bool__(self): print("bool"); return True
class L:
    def __len__(self): print("len"); return 0
print(bool(T()), bool(L()), T() and 1, L() or 2, not T())
if T(): print("if")
while L(): print("never")
print([x for x in (T(), L()) if x] != [], all([T(), L()]), any([L(), T()]))
a = [1]; b = a; c = [1]
print(a is b, a is c, a == c, a is not c, id(a) == id(b))
print(1 == 1.0 == True, "1" == 1, None == 0, [] == (), {} == set(), 0 == False, "" == None, (1,) == [1])
x = 0
def side(v): global x; x += 1; return v
print(side(0) and side(1), side(1) or side(2), x, side(1) and side(0) or side(3), x)
print(1 if [] else 2, "a" if "" else "b" if 1 else "c")
