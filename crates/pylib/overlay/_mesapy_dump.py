"""What `-X dump=tokens|ast|bytecode[:function]` prints: a program at one stage of its compilation."""

import sys


def _source(kind, name):
    if kind == "command":
        return name.encode(), "<string>"
    if kind == "module":
        import importlib.util

        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            raise ImportError(f"No module named {name}", name=name)
        return spec.loader.get_source(spec.name).encode(), spec.origin
    if kind == "stdin":
        return sys.stdin.buffer.read(), "<stdin>"
    with open(name, "rb") as file:
        return file.read(), name


def _named(node, function, prefix=""):
    """The definition of a qualified name in a syntax tree."""
    import ast

    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = prefix + child.name
            if name == function:
                return child
            inner = name + "." if isinstance(child, ast.ClassDef) else name + ".<locals>."
            found = _named(child, function, inner)
        else:
            found = _named(child, function, prefix)
        if found is not None:
            return found
    return None


def _code_of(code, function):
    """The code object of a qualified name, in or below another."""
    pending = [code]
    while pending:
        code = pending.pop()
        if code.co_qualname == function:
            return code
        pending.extend(c for c in code.co_consts if hasattr(c, "co_consts"))
    return None


def _tokens(source, first, last):
    import io
    import tokenize

    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if first is None or first <= token.start[0] <= last:
            place = "%d,%d-%d,%d:" % (token.start + token.end)
            print("%-20s%-15s%-15r" % (place, tokenize.tok_name[token.exact_type], token.string))


def main(stage, function, kind, name):
    source, filename = _source(kind, name)
    missing = f"-X dump: there is no {function!r} in {filename}"
    if stage == "bytecode":
        from _opcode import dump

        code = compile(source, filename, "exec", dont_inherit=True)
        if function:
            code = _code_of(code, function)
            if code is None:
                sys.exit(missing)
        print(dump(code), end="")
        return
    import ast

    tree = ast.parse(source, filename)
    if function:
        tree = _named(tree, function)
        if tree is None:
            sys.exit(missing)
    if stage == "ast":
        print(ast.dump(tree, include_attributes=True, indent=2))
    elif function:
        _tokens(source, tree.lineno, tree.end_lineno)
    else:
        _tokens(source, None, None)
