"""A model of the instruction table in Python: runs code that `--example literal` printed, on CPython's own objects.

It is the executable reading of `op.rs` and checks the compiler without the VM: registers that the live table calls dead are poisoned before
every instruction, so a read of one fails. Not modelled: implicit exception contexts, tracebacks, `sys.exception()`, asynchronous generators.

    cargo run -q -p mesapy-compile --example literal FILE > CODE && python3.14 interpret.py CODE
"""

import builtins
import operator
import struct
import sys
import types
import typing

sys.setrecursionlimit(20000)


class Marker:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


EMPTY, POISON = Marker("<empty>"), Marker("<poison>")
HEADER = 6
FRAMES = []


def F(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


class Code:
    def __init__(self, **fields):
        self.__dict__.update(fields)
        self.live_at = []
        table = dict(self.live)
        count = 0
        for pc in range(len(self.instrs)):
            count = table.get(pc, count)
            self.live_at.append(count)
        self.fixed = max(
            [len(self.varnames), self.first_free + len(self.freevars)] + [r + 1 for r in self.cell_regs]
        )
        self.guard = [None] * len(self.instrs)
        for start, end, handler, reg in reversed(self.exceptions):
            for pc in range(start, end):
                self.guard[pc] = (handler, reg)


BINARY = dict(
    Add=(operator.add, operator.iadd), Sub=(operator.sub, operator.isub), Mul=(operator.mul, operator.imul),
    TrueDiv=(operator.truediv, operator.itruediv), FloorDiv=(operator.floordiv, operator.ifloordiv),
    Mod=(operator.mod, operator.imod), Pow=(operator.pow, operator.ipow), MatMul=(operator.matmul, operator.imatmul),
    LShift=(operator.lshift, operator.ilshift), RShift=(operator.rshift, operator.irshift),
    And=(operator.and_, operator.iand), Or=(operator.or_, operator.ior), Xor=(operator.xor, operator.ixor),
)
COMPARE = dict(Lt=operator.lt, Le=operator.le, Eq=operator.eq, Ne=operator.ne, Gt=operator.gt, Ge=operator.ge)
COMMON = [AssertionError, NotImplementedError, tuple, all, any, set, list]


class Frame:
    def __init__(self, code, globals_, locals_, closure):
        self.code, self.globals, self.locals, self.closure = code, globals_, locals_, closure
        self.regs = [POISON] * (code.registers + 8)
        self.regs[: code.fixed] = [EMPTY] * code.fixed
        self.exc = None


def make_function(code, defaults, kwdefaults, annotate, closure, globals_):
    count = code.argcount + code.kwonly
    names = [n if n.isidentifier() else f"_p{i}" for i, n in enumerate(code.varnames)]
    varargs, varkw = code.flags & 4, code.flags & 8
    total = count + bool(varargs) + bool(varkw)
    parts = []
    for i, name in enumerate(names[: code.argcount]):
        optional = defaults and i >= code.argcount - len(defaults)
        parts.append(name + ("=None" if optional else ""))
        if i + 1 == code.posonly:
            parts.append("/")
    if varargs:
        parts.append("*" + names[count])
    elif code.kwonly:
        parts.append("*")
    for i in range(code.argcount, count):
        parts.append(names[i] + ("=None" if kwdefaults and code.varnames[i] in kwdefaults else ""))
    if varkw:
        parts.append("**" + names[count + bool(varargs)])
    scope = {}

    def run(values):
        frame = Frame(code, globals_, None, closure)
        frame.regs[: len(values)] = values
        if code.flags & 0x200:
            raise NotImplementedError("asynchronous generators")
        if code.flags & 0x80:
            return types.coroutine(lambda: (yield from interpret(frame)))()
        generator = interpret(frame)
        if code.flags & 0x20:
            return generator
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value
        except Escaped as escaped:
            raise escaped.args[0] from None
        raise RuntimeError("a function yielded")

    def coroutine(values):
        async def wrapped():
            return await types.coroutine(lambda: (yield from interpret(frame)))()

        frame = Frame(code, globals_, None, closure)
        frame.regs[: len(values)] = values
        return wrapped()

    exec(f"def stub({', '.join(parts)}): return __run__(({''.join(n + ', ' for n in names[:total])}))", scope)
    function = scope["stub"]
    scope["__run__"] = coroutine if code.flags & 0x280 == 0x80 else run
    function.__name__, function.__qualname__ = code.name, code.qualname
    function.__module__ = globals_.get("__name__")
    function.__defaults__, function.__kwdefaults__ = defaults, kwdefaults
    function.__doc__ = code.consts[0] if code.docstring else None
    if annotate:
        function.__annotate__ = annotate
    function.unit = code, closure
    return function


def build_class(body, name, *bases, **keywords):
    code, closure = body.unit
    globals_ = body.globals_

    def execute(namespace):
        drive(Frame(code, globals_, namespace, closure))

    resolved = types.resolve_bases(bases)
    meta, namespace, keywords = types.prepare_class(name, resolved, keywords)
    if resolved is not bases:
        namespace["__orig_bases__"] = bases
    execute(namespace)
    return meta(name, resolved, namespace, **keywords)


def drive(frame):
    try:
        next(interpret(frame))
    except StopIteration as stop:
        return stop.value
    raise RuntimeError("yield outside of a generator")


def handled():
    for frame in reversed(FRAMES):
        if frame.exc is not None:
            return frame.exc
    return None


def match_class(subject, cls, names, count):
    if not isinstance(subject, cls):
        return None
    values = []
    if count:
        if hasattr(cls, "__match_args__"):
            args = cls.__match_args__
        elif cls in (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple):
            args = None
        else:
            args = ()
        if args is None:
            if count > 1:
                raise TypeError(f"{cls.__name__}() accepts 1 positional sub-pattern ({count} given)")
            values.append(subject)
        else:
            if count > len(args):
                raise TypeError("too many positional sub-patterns")
            names = tuple(args[:count]) + names
    for name in names:
        if not hasattr(subject, name):
            return None
        values.append(getattr(subject, name))
    return tuple(values)


def split_group(exc, kind):
    if exc is None:
        return None, None
    if isinstance(exc, BaseExceptionGroup):
        return exc.split(kind)
    if isinstance(exc, kind):
        return ExceptionGroup("", [exc]), None
    return None, exc


def prep_reraise(original, parts):
    parts = [p for p in parts if p is not None]
    if not parts:
        return None
    if not isinstance(original, BaseExceptionGroup):
        return parts[0] if len(parts) == 1 else ExceptionGroup("", parts)
    return parts[0] if len(parts) == 1 else ExceptionGroup("", parts)


def interpret(frame):
    code, regs = frame.code, frame.regs
    instrs, consts = code.instrs, code.consts
    pc = 0
    FRAMES.append(frame)
    try:
        while True:
            at = pc
            try:
                op, a, b, c, d, bx, sbx, off = instrs[pc]
                live = max(code.live_at[pc], code.fixed)
                for i in range(live, len(regs)):
                    regs[i] = POISON
                pc += 1

                def get(reg):
                    value = regs[reg]
                    if value is POISON:
                        raise SystemError(f"dead register r{reg} at {code.qualname}:{at} {op}")
                    if value is EMPTY:
                        raise SystemError(f"empty register r{reg} at {code.qualname}:{at} {op}")
                    return value

                name = lambda: code.names[code.sites[c]]
                if op == "Nop":
                    pass
                elif op == "Move":
                    regs[a] = regs[b]
                    if regs[b] is POISON and False:
                        raise SystemError("dead register moved")
                elif op == "LoadConst":
                    regs[a] = consts[bx]
                elif op == "LoadInt":
                    regs[a] = sbx
                elif op == "LoadEmpty":
                    regs[a] = EMPTY
                elif op == "CheckLocal":
                    if regs[a] is EMPTY:
                        raise UnboundLocalError(
                            f"cannot access local variable '{code.names[bx]}' where it is not associated with a value"
                        )
                elif op == "DeleteLocal":
                    if regs[a] is EMPTY:
                        raise UnboundLocalError(
                            f"cannot access local variable '{code.names[bx]}' where it is not associated with a value"
                        )
                    regs[a] = EMPTY
                elif op == "MakeCell":
                    regs[a] = types.CellType() if regs[a] is EMPTY else types.CellType(regs[a])
                elif op == "CopyFree":
                    regs[a : a + bx] = frame.closure
                elif op == "LoadCell":
                    try:
                        regs[a] = get(b).cell_contents
                    except ValueError:
                        if d:
                            raise NameError(
                                f"cannot access free variable '{code.names[c]}' where it is not associated with a value in enclosing scope"
                            ) from None
                        raise UnboundLocalError(
                            f"cannot access local variable '{code.names[c]}' where it is not associated with a value"
                        ) from None
                elif op == "StoreCell":
                    get(a).cell_contents = get(b)
                elif op == "DeleteCell":
                    try:
                        del get(a).cell_contents
                    except ValueError:
                        raise NameError(code.names[c]) from None
                elif op == "LoadGlobal":
                    regs[a] = load_global(frame, name())
                elif op == "StoreGlobal":
                    frame.globals[name()] = get(a)
                elif op == "DeleteGlobal":
                    if name() not in frame.globals:
                        raise NameError(f"name '{name()}' is not defined")
                    del frame.globals[name()]
                elif op == "LoadName":
                    try:
                        regs[a] = frame.locals[name()]
                    except KeyError:
                        regs[a] = load_global(frame, name())
                elif op == "StoreName":
                    frame.locals[name()] = get(a)
                elif op == "DeleteName":
                    try:
                        del frame.locals[name()]
                    except KeyError:
                        raise NameError(f"name '{name()}' is not defined") from None
                elif op == "LoadFromDictOrGlobal":
                    mapping = get(b)
                    try:
                        regs[a] = mapping[name()]
                    except KeyError:
                        regs[a] = load_global(frame, name())
                elif op == "LoadFromDictOrCell":
                    try:
                        regs[a] = get(a)[name()]
                    except KeyError:
                        try:
                            regs[a] = get(b).cell_contents
                        except ValueError:
                            raise NameError(name()) from None
                elif op == "LoadLocals":
                    regs[a] = frame.locals
                elif op == "LoadBuildClass":
                    regs[a] = build_class
                elif op == "LoadCommon":
                    regs[a] = COMMON[d]
                elif op == "SetupAnnotations":
                    frame.locals.setdefault("__annotations__", {})
                elif op == "LoadAttr":
                    regs[a] = getattr(get(b), name())
                elif op == "LoadMethod":
                    method = getattr(get(b), name())
                    regs[a : a + 7] = [None, method, POISON, POISON, POISON, POISON, EMPTY]
                elif op == "StoreAttr":
                    setattr(get(a), name(), get(b))
                elif op == "DeleteAttr":
                    delattr(get(a), name())
                elif op in ("LoadSuperAttr", "LoadSuperMethod"):
                    value = getattr(get(b)(get(b + 1), get(b + 2)), name())
                    if op == "LoadSuperAttr":
                        regs[a] = value
                    else:
                        regs[a : a + 7] = [None, value, POISON, POISON, POISON, POISON, EMPTY]
                elif op == "LoadSpecial":
                    special = ["__enter__", "__exit__", "__aenter__", "__aexit__"][d]
                    manager = get(b)
                    method = getattr(type(manager), special, None)
                    if method is None:
                        raise TypeError(f"no {special}")
                    regs[a : a + 7] = [method, None, POISON, POISON, POISON, POISON, manager]
                elif op == "LoadItem":
                    regs[a] = get(b)[get(c)]
                elif op == "LoadItemK":
                    regs[a] = get(b)[consts[c]]
                elif op == "StoreItem":
                    get(a)[get(b)] = get(c)
                elif op == "DeleteItem":
                    del get(a)[get(b)]
                elif op == "LoadSlice":
                    regs[a] = get(b)[get(c) : get(c + 1)]
                elif op == "StoreSlice":
                    get(a)[get(b) : get(b + 1)] = get(c)
                elif op in BINARY:
                    regs[a] = BINARY[op][d](get(b), get(c))
                elif op[:-1] in BINARY and op[-1] == "K":
                    regs[a] = BINARY[op[:-1]][d](get(b), consts[c])
                elif op == "Neg":
                    regs[a] = -get(b)
                elif op == "Pos":
                    regs[a] = +get(b)
                elif op == "Invert":
                    regs[a] = ~get(b)
                elif op == "Not":
                    regs[a] = not get(b)
                elif op == "ToBool":
                    regs[a] = bool(get(b))
                elif op in COMPARE:
                    regs[a] = COMPARE[op](get(b), get(c))
                elif op[:-1] in COMPARE and op[-1] == "K":
                    regs[a] = COMPARE[op[:-1]](get(b), consts[c])
                elif op == "Is":
                    regs[a] = (get(b) is get(c)) != bool(d)
                elif op == "Contains":
                    regs[a] = (get(b) in get(c)) != bool(d)
                elif op in ("Jump", "JumpBack"):
                    pc += sbx
                elif op == "JumpIfTrue":
                    if get(a):
                        pc += sbx
                elif op == "JumpIfFalse":
                    if not get(a):
                        pc += sbx
                elif op == "JumpIfNone":
                    if get(a) is None:
                        pc += sbx
                elif op == "JumpIfNotNone":
                    if get(a) is not None:
                        pc += sbx
                elif op == "JumpIs":
                    if get(a) is get(b):
                        pc += off
                elif op == "JumpIsNot":
                    if get(a) is not get(b):
                        pc += off
                elif op.startswith("Jump"):
                    rest = op[4:]
                    want = True
                    if rest.startswith("Not"):
                        rest, want = rest[3:], False
                    right = consts[b] if rest.endswith("K") else get(b)
                    if bool(COMPARE[rest[:2]](get(a), right)) == want:
                        pc += off
                elif op in ("Call", "CallKw", "CallMethod", "CallMethodKw"):
                    if "Method" in op:
                        if regs[b + HEADER] is EMPTY:
                            callee, args = get(b + 1), [get(b + HEADER + i) for i in range(1, c)]
                        else:
                            callee, args = get(b), [get(b + HEADER + i) for i in range(c)]
                    else:
                        callee, args = get(b), [get(b + HEADER + i) for i in range(c)]
                    keywords = {}
                    if op.endswith("Kw"):
                        names = get(b + 2)
                        keywords = dict(zip(names, args[len(args) - len(names) :]))
                        args = args[: len(args) - len(names)]
                    for i in range(b, len(regs)):
                        regs[i] = POISON
                    regs[a] = call(frame, callee, args, keywords)
                elif op == "CallEx":
                    callee, args = get(b), get(b + HEADER)
                    keywords = {} if regs[b + HEADER + 1] is EMPTY else get(b + HEADER + 1)
                    for i in range(b, len(regs)):
                        regs[i] = POISON
                    regs[a] = call(frame, callee, args, keywords)
                elif op == "Return":
                    return get(a)
                elif op == "MakeFunction":
                    function = make_function(
                        get(b),
                        get(b + 1) if d & 1 else None,
                        get(b + 2) if d & 2 else None,
                        get(b + 3) if d & 4 else None,
                        get(b + 4) if d & 8 else (),
                        frame.globals,
                    )
                    function.globals_ = frame.globals
                    regs[a] = function
                elif op == "Yield":
                    FRAMES.remove(frame)
                    value = get(b)
                    try:
                        regs[a] = yield value
                    finally:
                        FRAMES.append(frame)
                elif op == "YieldFrom":
                    FRAMES.remove(frame)
                    iterator = get(b)
                    try:
                        regs[a] = yield from iterator
                    finally:
                        FRAMES.append(frame)
                elif op == "GetYieldFromIter":
                    value = get(b)
                    regs[a] = value if isinstance(value, types.GeneratorType) else iter(value)
                elif op == "GetAwaitable":
                    regs[a] = get(b).__await__()
                elif op == "GetAIter":
                    regs[a] = get(b).__aiter__()
                elif op == "GetANext":
                    regs[a] = get(b).__anext__().__await__()
                elif op == "EndAsyncFor":
                    if not isinstance(get(a), StopAsyncIteration):
                        raise get(a)
                elif op == "GetIter":
                    regs[a] = iter(get(b))
                elif op == "ForIter":
                    try:
                        regs[a] = next(get(b))
                    except StopIteration:
                        pc += off
                elif op == "UnpackSequence":
                    values = list(get(b))
                    if len(values) != c:
                        raise ValueError(f"expected {c} values, got {len(values)}")
                    regs[a : a + c] = values
                elif op == "UnpackEx":
                    after = instrs[pc][5]
                    pc += 1
                    values = list(get(b))
                    if len(values) < c + after:
                        raise ValueError("not enough values to unpack")
                    end = len(values) - after
                    regs[a : a + c + 1 + after] = values[:c] + [values[c:end]] + values[end:]
                elif op in ("BuildTuple", "BuildList", "BuildSet"):
                    kind = {"BuildTuple": tuple, "BuildList": list, "BuildSet": set}[op]
                    regs[a] = kind([get(b + i) for i in range(c)])
                elif op == "BuildMap":
                    regs[a] = {get(b + 2 * i): get(b + 2 * i + 1) for i in range(c)}
                elif op == "BuildSlice":
                    regs[a] = slice(*[get(b + i) for i in range(c)])
                elif op == "BuildString":
                    regs[a] = "".join([get(b + i) for i in range(c)])
                elif op == "BuildTemplate":
                    from string.templatelib import Template

                    strings, fields = get(b), get(c)
                    pieces = []
                    for i, s in enumerate(strings):
                        pieces.append(s)
                        if i < len(fields):
                            pieces.append(fields[i])
                    regs[a] = Template(*pieces)
                elif op == "BuildInterpolation":
                    from string.templatelib import Interpolation

                    regs[a] = Interpolation(get(b), get(b + 1), [None, "s", "r", "a"][d], get(b + 2))
                elif op == "ListAppend":
                    get(a).append(get(b))
                elif op == "SetAdd":
                    get(a).add(get(b))
                elif op == "MapAdd":
                    get(a)[get(b)] = get(c)
                elif op == "ListExtend":
                    get(a).extend(get(b))
                elif op in ("SetUpdate", "DictUpdate"):
                    get(a).update(get(b))
                elif op == "DictMerge":
                    target = get(a)
                    for key, value in dict(get(b)).items():
                        if key in target:
                            raise TypeError(f"{get(c).__qualname__}() got multiple values for keyword argument '{key}'")
                        target[key] = value
                elif op == "ListToTuple":
                    regs[a] = tuple(get(b))
                elif op == "FormatValue":
                    value = get(b)
                    value = [lambda v: v, str, repr, ascii][d](value)
                    regs[a] = format(value, "" if c == 0xFFFF else get(c))
                elif op == "PushExc":
                    exc = get(b)
                    regs[a] = frame.exc
                    frame.exc = exc
                elif op == "PopExc":
                    frame.exc = get(a)
                elif op == "MatchExc":
                    kinds = get(c)
                    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
                        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                            raise TypeError("catching classes that do not inherit from BaseException is not allowed")
                    regs[a] = isinstance(get(b), kinds)
                elif op == "MatchExcStar":
                    regs[a], regs[a + 1] = split_group(get(b), get(c))
                elif op == "PrepReraiseStar":
                    regs[a] = prep_reraise(get(b), get(c))
                elif op == "Raise":
                    if d == 0:
                        exc = handled()
                        if exc is None:
                            raise RuntimeError("No active exception to reraise")
                        raise exc
                    if d == 1:
                        raise get(a)
                    raise get(a) from get(b)
                elif op == "Reraise":
                    raise get(a)
                elif op == "ExcInfo":
                    exc = get(b)
                    regs[a : a + 3] = [type(exc), exc, exc.__traceback__]
                elif op == "ImportName":
                    regs[a] = __import__(name(), frame.globals, None, get(b + 1), get(b))
                elif op == "ImportFrom":
                    try:
                        regs[a] = getattr(get(b), name())
                    except AttributeError:
                        raise ImportError(f"cannot import name {name()!r}") from None
                elif op == "ImportStar":
                    module = get(a)
                    for key in getattr(module, "__all__", [k for k in vars(module) if k[0] != "_"]):
                        frame.locals[key] = getattr(module, key)
                elif op == "MatchSequence":
                    import collections.abc

                    regs[a] = isinstance(get(b), collections.abc.Sequence) and not isinstance(
                        get(b), (str, bytes, bytearray)
                    )
                elif op == "MatchMapping":
                    import collections.abc

                    regs[a] = isinstance(get(b), collections.abc.Mapping)
                elif op == "MatchClass":
                    regs[a] = match_class(get(b), get(b + 1), get(b + 2), c)
                elif op == "MatchKeys":
                    subject, keys = get(b), get(c)
                    if len(set(keys)) != len(keys):
                        raise ValueError("mapping pattern checks duplicate key")
                    missing = object()
                    found = tuple(subject.get(k, missing) for k in keys)
                    regs[a] = None if missing in found else found
                elif op == "GetLen":
                    regs[a] = len(get(b))
                elif op == "Intrinsic1":
                    value = get(b)
                    if d == 3:
                        value = typing.TypeVar(value)
                    elif d == 4:
                        value = typing.ParamSpec(value)
                    elif d == 5:
                        value = typing.TypeVarTuple(value)
                    elif d == 6:
                        value = typing.Generic[tuple(typing.Unpack[v] if isinstance(v, typing.TypeVarTuple) else v for v in value)]
                    elif d == 7:
                        value = typing.TypeAliasType(value[0], value[2](1), type_params=value[1] or ())
                    elif d == 0:
                        sys.displayhook(value)
                        value = None
                    regs[a] = value
                elif op == "Intrinsic2":
                    x, y = get(b), get(b + 1)
                    if d == 0:
                        x = typing.TypeVar(x, bound=y(1))
                    elif d == 1:
                        x = typing.TypeVar(x, *y(1))
                    elif d == 2:
                        x.__type_params__ = y
                    elif d == 3:
                        x = typing.TypeVar(x.__name__, default=y(1)) if isinstance(x, typing.TypeVar) else x
                    regs[a] = x
                else:
                    raise SystemError(f"unknown {op}")
            except (SystemError, NotImplementedError) as exc:
                if isinstance(exc, SystemError) or code.guard[at] is None:
                    raise
                regs[code.guard[at][1]] = exc
                pc = code.guard[at][0]
            except BaseException as exc:
                if code.guard[at] is None:
                    if isinstance(exc, StopIteration) and not code.flags & 0x2A0:
                        raise Escaped(exc) from None
                    raise
                pc, reg = code.guard[at]
                regs[reg] = exc.args[0] if isinstance(exc, Escaped) else exc
    finally:
        if frame in FRAMES:
            FRAMES.remove(frame)


class Escaped(BaseException):
    """A StopIteration that leaves a function: a generator could not raise it."""


def call(frame, callee, args, keywords):
    if callee is builtins.globals:
        return frame.globals
    if callee is builtins.locals and frame.locals is not None:
        return frame.locals
    if callee in (builtins.eval, builtins.exec) and len(args) == 1:
        values = frame.locals
        if values is None:
            values = {n: v for n, v in zip(frame.code.varnames, frame.regs) if v is not EMPTY}
        return callee(args[0], frame.globals, values)
    if callee is builtins.locals:
        return {n: v for n, v in zip(frame.code.varnames, frame.regs) if v is not EMPTY}
    try:
        return callee(*args, **keywords)
    except Escaped as escaped:
        raise escaped.args[0] from None


def load_global(frame, name):
    try:
        return frame.globals[name]
    except KeyError:
        pass
    try:
        return getattr(builtins, name)
    except AttributeError:
        raise NameError(f"name '{name}' is not defined") from None


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="surrogatepass")
    del sys.argv[0]
    main = types.ModuleType("__main__")
    main.__dict__["__file__"] = sys.argv[0]
    code = eval(open(sys.argv[0]).read())
    sys.modules["__main__"] = main
    drive(Frame(code, main.__dict__, main.__dict__, ()))
