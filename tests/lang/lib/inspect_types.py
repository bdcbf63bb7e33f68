import inspect, types
def f(a, b=1, *args, c: int, d=2, **kw) -> str: pass
s = inspect.signature(f); print(s, list(s.parameters), s.parameters["c"].kind.name, s.parameters["b"].default, s.return_annotation, s.bind(1, c=2).arguments)
try: s.bind(1)
except TypeError as e: print(e)
print(inspect.signature(len), inspect.signature(lambda x, /, y, *, z: 0), inspect.isfunction(f), inspect.isbuiltin(len), inspect.isclass(int), inspect.isgenerator((x for x in ())), inspect.getmro(bool), inspect.getdoc(inspect.getdoc)[:20] != "", inspect.getsource(f).strip()[:12], inspect.getmodule(f).__name__, inspect.currentframe().f_code.co_name)
ns = types.SimpleNamespace(a=1, b="x"); print(ns, ns.a, ns == types.SimpleNamespace(a=1, b="x")); ns.c = 3; del ns.a; print(ns)
mp = types.MappingProxyType({"a": 1}); print(mp, mp["a"], len(mp), list(mp), mp | {"b": 2})
try: mp["x"] = 1
except TypeError as e: print(e)
print(types.new_class("N", (int,), {}, lambda ns: ns.update(z=1)).z, types.MethodType(lambda s: s, 5)(), types.FunctionType(f.__code__, {}).__name__, types.GenericAlias(list, (int,)), types.NoneType, types.DynamicClassAttribute.__name__, types.resolve_bases((int,)))
import dis
print([i.opname != "" for i in dis.get_instructions(f)][:1])
