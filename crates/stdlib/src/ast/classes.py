# The node classes of syntax trees: made from the grammar's table when `_ast` is imported.
#
# CPython: Python/Python-ast.c. `_GRAMMAR` is the table, see `asdl/grammar.rs`.


def _plural(n):
    return "" if n == 1 else "s"


class AST:
    _fields = ()
    _attributes = ()
    __match_args__ = ()

    def __init__(self, /, *args, **kwargs):
        cls = type(self)
        name = cls.__name__
        fields = cls._fields
        if len(args) > len(fields):
            raise TypeError(
                f"{name} constructor takes at most {len(fields)} positional argument{_plural(len(fields))}"
            )
        left = list(fields)
        for field, value in zip(fields, args):
            setattr(self, field, value)
            left.remove(field)
        for key, value in kwargs.items():
            if key in fields:
                if key not in left:
                    raise TypeError(f"{name} got multiple values for argument {key!r}")
                left.remove(key)
            elif key not in cls._attributes:
                _deprecated(
                    f"{name}.__init__ got an unexpected keyword argument {key!r}. "
                    "Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15."
                )
            setattr(self, key, value)
        types = getattr(cls, "_field_types", None)
        if types is None:
            return
        for field in left:
            if field not in types:
                _deprecated(
                    f"Field {field!r} is missing from {name}._field_types. This will become an error in Python 3.15."
                )
                continue
            kind = types[field]
            if isinstance(kind, _Union):
                continue
            if isinstance(kind, _GenericAlias):
                setattr(self, field, [])
            elif kind is expr_context:
                setattr(self, field, Load())
            else:
                _deprecated(
                    f"{name}.__init__ missing 1 required positional argument: {field!r}. "
                    "This will become an error in Python 3.15."
                )

    def __repr__(self):
        return _shown(self, 3)

    def __reduce__(self):
        state = dict(self.__dict__)
        count = 0
        for field in type(self)._fields:
            if field not in state:
                break
            count += 1
        return type(self), (None,) * count, state

    def __replace__(self, /, **kwargs):
        cls = type(self)
        known = {*cls._fields, *cls._attributes}
        state = self.__dict__
        for key in kwargs:
            if key not in known and key not in state:
                raise TypeError(f"{cls.__name__}.__replace__ got an unexpected keyword argument {key!r}.")
        types = getattr(cls, "_field_types", {})
        missing = [
            f for f in cls._fields
            if f not in state and f not in kwargs and not isinstance(types.get(f), _Union)
        ]
        if missing:
            names = ", ".join(repr(f) for f in sorted(missing))
            raise TypeError(
                f"{cls.__name__}.__replace__ missing {len(missing)} keyword argument{_plural(len(missing))}: {names}."
            )
        return cls(**{**state, **kwargs})


def _shown(node, depth):
    name = type(node).__name__
    if type(node) is AST:
        name = "ast.AST"
    fields = type(node)._fields
    if depth <= 0:
        return f"{name}(...)"
    parts = []
    for field in fields:
        value = getattr(node, field)
        if isinstance(value, (list, tuple)):
            open, close = "[]" if isinstance(value, list) else "()"
            shown = [_item(v, depth - 1) for v in (value if len(value) <= 2 else (value[0], value[-1]))]
            if len(value) > 2:
                shown.insert(1, "...")
            text = open + ", ".join(shown) + close
        else:
            text = _item(value, depth - 1)
        parts.append(f"{field}={text}")
    return f"{name}({', '.join(parts)})"


def _item(value, depth):
    return _shown(value, depth) if isinstance(value, AST) else repr(value)


def _deprecated(text):
    from _warnings import warn

    warn(text, DeprecationWarning, stacklevel=3)


_Union = type(int | None)
_GenericAlias = type(list[int])
_PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_BUILTIN = {"identifier": str, "string": str, "int": int, "constant": object}


def _make(name, base, doc, placed):
    fields = []
    if "(" in doc:
        inner = doc[doc.index("(") + 1 : -1]
        fields = [part.split() for part in inner.split(", ")]
    names = tuple(f for _, f in fields)
    space = {"__module__": "ast", "__doc__": doc}
    if base is not AST or fields:
        space["_fields"] = names
        space["__match_args__"] = names
    if placed is not None:
        space["_attributes"] = _PLACE if placed else ()
        if placed and name != "excepthandler" or placed:
            space["end_lineno"] = None
            space["end_col_offset"] = None
    for kind, field in fields:
        if kind.endswith("?"):
            space[field] = None
    cls = type(name, (base,), space)
    globals()[name] = cls
    _kinds.append((cls, fields))
    return cls


def _define():
    sum_class = None
    sums = {}
    for line in _GRAMMAR.strip().splitlines():
        placed = line.endswith(" @")
        if placed:
            line = line[:-2]
        if line.endswith(" ="):
            name = line[:-2]
            sum_class = _make(name, AST, name, placed)
            sums[sum_class] = []
        elif line.startswith("  "):
            doc = line.strip()
            sums[sum_class].append(doc)
            _make(doc.split("(")[0], sum_class, doc, None)
        else:
            _make(line.split("(")[0], AST, line, placed)
    for cls, docs in sums.items():
        if all("(" not in d for d in docs):
            cls.__doc__ = f"{cls.__name__} = {' | '.join(docs)}"
        else:
            indent = "\n" + " " * (len(cls.__name__) + 1) + "| "
            cls.__doc__ = f"{cls.__name__} = {indent.join(docs)}"
    for cls, fields in _kinds:
        types = {}
        for kind, field in fields:
            plain = _BUILTIN.get(kind.rstrip("?*")) or globals()[kind.rstrip("?*")]
            if kind.endswith("*"):
                types[field] = list[plain]
            elif kind.endswith("?"):
                types[field] = plain | None
            else:
                types[field] = plain
        if cls.__base__ is not AST or fields:
            cls._field_types = types
            cls.__annotations__ = types


_kinds = []
AST.__module__ = "ast"
_define()
PyCF_ALLOW_TOP_LEVEL_AWAIT = 0x2000
PyCF_ONLY_AST = 0x400
PyCF_TYPE_COMMENTS = 0x1000
PyCF_OPTIMIZED_AST = 0x8400
