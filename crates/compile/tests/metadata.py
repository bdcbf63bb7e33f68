"""Prints what CPython records in the code objects of the given files, one line per code object.

Run with CPython 3.14: python3.14 metadata.py FILE... .
"""

import sys
import types


def show(name, code, out):
    names = lambda items: ",".join(items)
    out.append(
        "\t".join(
            [
                name,
                str(code.co_firstlineno),
                code.co_qualname,
                hex(code.co_flags),
                f"{code.co_posonlyargcount}/{code.co_argcount}/{code.co_kwonlyargcount}",
                names(code.co_varnames),
                names(code.co_cellvars),
                names(code.co_freevars),
            ]
        )
    )
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            show(name, const, out)


for path in sys.argv[1:]:
    out = []
    try:
        with open(path, "rb") as file:
            show(path, compile(file.read(), path, "exec"), out)
    except (OSError, SyntaxError, ValueError, RecursionError):
        continue
    for line in sorted(set(out)):
        sys.stdout.buffer.write(line.encode("utf-8", "surrogatepass") + b"\n")
