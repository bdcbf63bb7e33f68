from abc import ABC, abstractmethod, ABCMeta
from collections.abc import *
class A(ABC):
    @abstractmethod
    def f(self): ...
    @property
    @abstractmethod
    def p(self): ...
    @classmethod
    def __subclasshook__(cls, c): return True if hasattr(c, "quack") else NotImplemented
class B(A):
    def f(self): return "f"
for c in (A, B):
    try: c()
    except TypeError as e: print(e)
class D(B): p = 5
print(D().f(), A.__abstractmethods__ == {"f", "p"}, isinstance(D(), A))
class Duck: quack = 1
print(issubclass(Duck, A), isinstance(Duck(), A), issubclass(int, A)); A.register(int); print(isinstance(5, A))
print([issubclass(t, a) for t, a in ((list, MutableSequence), (dict, Mapping), (set, Set), (str, Sequence), (tuple, MutableSequence), (range, Sequence), (bytes, Sequence), (int, Hashable), (list, Hashable), (type({}.keys()), KeysView), (memoryview, Sequence))], isinstance(iter([]), Iterator), isinstance((x for x in ()), Generator), isinstance(len, Callable), isinstance([], Sized), isinstance({}, Container), isinstance(bytearray(), Buffer))
class Seq(Sequence):
    def __len__(self): return 3
    def __getitem__(self, i):
        if i >= 3: raise IndexError
        return i * 10
s = Seq(); print(list(s), 20 in s, s.index(10), s.count(20), list(reversed(s)))
class MM(MutableMapping):
    def __init__(self): self.d = {}
    def __getitem__(self, k): return self.d[k]
    def __setitem__(self, k, v): self.d[k] = v
    def __delitem__(self, k): del self.d[k]
    def __iter__(self): return iter(self.d)
    def __len__(self): return len(self.d)
m = MM(); m.update(a=1, b=2); print(dict(m), m.pop("a"), m.setdefault("c", 3), list(m.items()), "b" in m, m == {"b": 2, "c": 3}, m.popitem()); m.clear(); print(len(m))
from typing import Any, Optional, Union, List, Generic, TypeVar, Protocol, runtime_checkable, NamedTuple, TypedDict, get_type_hints, Literal, Callable as TC
T = TypeVar("T")
class G(Generic[T]): pass
print(G[int], Optional[int], Union[int, str], List[int], Literal["a"], TC[[int], str], Any, get_type_hints(lambda x: x))
@runtime_checkable
class Pr(Protocol):
    def close(self): ...
class Cl:
    def close(self): pass
print(isinstance(Cl(), Pr), isinstance(5, Pr))
class N(NamedTuple):
    a: int
    b: str = "x"
print(N(1), N(1)._fields)
class TD(TypedDict, total=False): x: int
print(TD(x=1), TD.__annotations__)
