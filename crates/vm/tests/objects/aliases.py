def raises(kind, text, f, *args):
    try:
        f(*args)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError("not raised: " + text)

a = list[int]
assert repr(a) == "list[int]" and a.__origin__ is list and a.__args__ == (int,) and a() == [] and a == list[int] and a != list[str]
assert repr(dict[str, list[int]]) == "dict[str, list[int]]" and hash(a) == hash(list[int]) and a.append is list.append
raises(TypeError, "isinstance() argument 2 cannot be a parameterized generic", isinstance, 1, a)
raises(TypeError, "list[int] is not a generic class", lambda: a[str])
class Sub(list[int]): pass
assert Sub.__mro__[1] is list and Sub.__orig_bases__ == (list[int],)
u = int | str
assert repr(u) == "int | str" and isinstance(1, u) and isinstance("", u) and not isinstance(1.5, u) and issubclass(bool, u)
assert u == (str | int) and hash(u) == hash(str | int) and (int | int) is int and repr(int | None) == "int | None" and u.__args__ == (int, str)
raises(TypeError, "unsupported operand type(s) for |: 'type' and 'int'", lambda: int | 1)
assert repr(tuple[int, ...]) == "tuple[int, ...]" and repr(tuple[()]) == "tuple[()]" and [*tuple[int]][0].__unpacked__
type X = list[int]
assert X.__value__ == list[int] and repr(X) == "X" and X.__name__ == "X"
