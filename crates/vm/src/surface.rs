//! How natives show themselves: which special methods are *slots* (`wrapper_descriptor`, arguments checked by a wrapper that knows no names) and
//! which plain methods, and which computed attributes look like members. CPython's C structures decide that; here it is these tables.

/// Whether CPython has a type slot behind a special method's name. The others are ordinary methods that the language happens to call.
pub(crate) fn is_slot(name: &str) -> bool {
    let Some(inner) = name
        .strip_prefix("__")
        .and_then(|rest| rest.strip_suffix("__"))
    else {
        return false;
    };
    matches!(
        inner,
        "init"
            | "del"
            | "call"
            | "repr"
            | "str"
            | "hash"
            | "bool"
            | "lt"
            | "le"
            | "eq"
            | "ne"
            | "gt"
            | "ge"
            | "getattribute"
            | "getattr"
            | "setattr"
            | "delattr"
            | "get"
            | "set"
            | "delete"
            | "len"
            | "getitem"
            | "setitem"
            | "delitem"
            | "contains"
            | "iter"
            | "next"
            | "add"
            | "sub"
            | "mul"
            | "truediv"
            | "floordiv"
            | "mod"
            | "pow"
            | "matmul"
            | "lshift"
            | "rshift"
            | "and"
            | "or"
            | "xor"
            | "divmod"
            | "radd"
            | "rsub"
            | "rmul"
            | "rtruediv"
            | "rfloordiv"
            | "rmod"
            | "rpow"
            | "rmatmul"
            | "rlshift"
            | "rrshift"
            | "rand"
            | "ror"
            | "rxor"
            | "rdivmod"
            | "iadd"
            | "isub"
            | "imul"
            | "itruediv"
            | "ifloordiv"
            | "imod"
            | "ipow"
            | "imatmul"
            | "ilshift"
            | "irshift"
            | "iand"
            | "ior"
            | "ixor"
            | "neg"
            | "pos"
            | "abs"
            | "invert"
            | "int"
            | "float"
            | "index"
            | "await"
            | "aiter"
            | "anext"
            | "buffer"
            | "release_buffer"
    )
}

/// Slots that a type also defines as methods, which then stand in its dict (`METH_COEXIST`).
pub(crate) fn is_method_beside_slot(owner: &str, name: &str) -> bool {
    match name {
        "__contains__" => matches!(owner, "dict" | "set" | "frozenset"),
        "__getitem__" => matches!(owner, "dict" | "list"),
        _ => false,
    }
}

/// Whether a computed attribute of a native type is a member, a plain field of the structure, in CPython.
pub(crate) fn is_member(owner: &str, name: &str) -> bool {
    match owner {
        "AttributeError" => matches!(name, "name" | "obj"),
        "BaseException" => name == "__suppress_context__",
        "BaseExceptionGroup" => matches!(name, "exceptions" | "message"),
        "ImportError" => matches!(name, "msg" | "name" | "name_from" | "path"),
        "NameError" => name == "name",
        "OSError" => matches!(name, "errno" | "filename" | "filename2" | "strerror"),
        "StopIteration" => name == "value",
        "SystemExit" => name == "code",
        "SyntaxError" => matches!(
            name,
            "_metadata"
                | "end_lineno"
                | "end_offset"
                | "filename"
                | "lineno"
                | "msg"
                | "offset"
                | "print_file_and_line"
                | "text"
        ),
        "UnicodeDecodeError" | "UnicodeEncodeError" | "UnicodeTranslateError" => {
            matches!(name, "encoding" | "end" | "object" | "reason" | "start")
        }
        "async_generator" => name == "ag_running",
        "builtin_function_or_method" => name == "__module__",
        "classmethod" | "staticmethod" => matches!(name, "__func__" | "__wrapped__"),
        "classmethod_descriptor"
        | "getset_descriptor"
        | "member_descriptor"
        | "method_descriptor"
        | "wrapper_descriptor" => {
            matches!(name, "__name__" | "__objclass__")
        }
        "code" => matches!(
            name,
            "co_argcount"
                | "co_consts"
                | "co_exceptiontable"
                | "co_filename"
                | "co_firstlineno"
                | "co_flags"
                | "co_kwonlyargcount"
                | "co_linetable"
                | "co_name"
                | "co_names"
                | "co_nlocals"
                | "co_posonlyargcount"
                | "co_qualname"
                | "co_stacksize"
        ),
        "complex" => matches!(name, "imag" | "real"),
        "coroutine" => name == "cr_origin",
        "frame" => name == "f_trace_lines",
        "function" => matches!(name, "__builtins__" | "__closure__" | "__globals__"),
        "method" => matches!(name, "__func__" | "__self__"),
        "method-wrapper" => name == "__self__",
        "module" | "SimpleNamespace" => name == "__dict__",
        "property" => matches!(name, "__doc__" | "fdel" | "fget" | "fset"),
        "range" | "slice" => matches!(name, "start" | "step" | "stop"),
        "super" => matches!(name, "__self__" | "__self_class__" | "__thisclass__"),
        "traceback" => matches!(name, "tb_frame" | "tb_lasti"),
        "type" => matches!(
            name,
            "__base__"
                | "__basicsize__"
                | "__dictoffset__"
                | "__flags__"
                | "__itemsize__"
                | "__weakrefoffset__"
        ),
        "GenericAlias" => matches!(name, "__args__" | "__origin__" | "__unpacked__"),
        "Union" => name == "__args__",
        _ => false,
    }
}

/// The text signatures of types whose rows don't say them: `None` in the second place where CPython has none.
pub(crate) fn type_signature(name: &str) -> Option<Option<&'static str>> {
    Some(match name {
        "bytes"
        | "int"
        | "range"
        | "slice"
        | "str"
        | "super"
        | "dict"
        | "bytearray"
        | "collections._tuplegetter"
        | "functools._lru_cache_wrapper"
        | "_json.Scanner"
        | "typing.TypeVar"
        | "typing.ParamSpec"
        | "typing.ParamSpecArgs"
        | "typing.ParamSpecKwargs"
        | "typing.TypeAliasType"
        | "typing.TypeVarTuple"
        | "_json.Encoder"
        | "_contextvars.Context"
        | "_contextvars.ContextVar" => None,
        "collections.deque" => Some("([iterable[, maxlen]])"),
        "functools.partial" => Some("(func, /, *args, **keywords)"),
        "_queue.SimpleQueue" => Some("()"),
        "object" | "NoneType" | "ellipsis" | "NotImplementedType" => Some("()"),
        "enumerate" => Some("(iterable, start=0)"),
        "filter" => Some("(function, iterable, /)"),
        "map" => Some("(function, iterable, /, *iterables, strict=False)"),
        "zip" => Some("(*iterables, strict=False)"),
        "list" | "tuple" | "set" | "frozenset" => Some("(iterable=(), /)"),
        "reversed" => Some("(sequence, /)"),
        "cell" => Some("([contents])"),
        "types.GenericAlias" => Some("(origin, args, /)"),
        "mappingproxy" => Some("(mapping)"),
        "module" => Some("(name, doc=None)"),
        "function" => Some(
            "(code, globals, name=None, argdefs=None, closure=None,\n         kwdefaults=None)",
        ),
        "code" => Some(
            "(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize,\n     flags, codestring, constants, names, varnames, filename, name,\n     qualname, firstlineno, linetable, exceptiontable, freevars=(),\n     cellvars=(), /)",
        ),
        "operator.methodcaller" => Some("(name, /, *args, **kwargs)"),
        _ => return None,
    })
}
