"""Records what CPython 3.14 says of sources, for tests/errors.rs.

    python3.14 record_errors.py                     sources.txt → errors.txt
    python3.14 record_errors.py --from-tests FILE   what CPython's own tests compile → FILE (not kept in the tree)

A record is: the mode; the source as a JSON string; and `ok`, or the exception's name, message and range as JSON.
sources.txt has one source a line, as a JSON string or plain text; `# mode: single` changes the mode of those that follow.
"""

import builtins
import json
import os
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
ONLY_AST = 0x400
TESTS = """test_syntax test_exceptions test_fstring test_tstring test_string_literals test_grammar test_patma
test_positional_only_arg test_named_expressions test_unpack_ex test_keywordonlyarg test_eof test_type_params test_except_star
test_generators test_coroutines test_global test_scope test_dictcomps test_listcomps test_setcomps test_genexps
test_codeop test_type_annotations""".split()

real_compile = builtins.compile


def judge(source, mode):
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            real_compile(source, "f", mode, ONLY_AST, True)
    except SyntaxError as e:
        return [type(e).__name__, e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset, e.text]
    except (MemoryError, RecursionError, ValueError) as e:
        return [type(e).__name__, str(e)]
    said = [[str(w.message), w.lineno] for w in caught]
    return ["ok"] if not said else ["ok", said]


def write(path, cases):
    with open(path, "w", encoding="utf-8") as out:
        out.write("# Recorded by record_errors.py with CPython %d.%d.%d\n" % sys.version_info[:3])
        for mode, source in cases:
            out.write("%s %s\n" % (mode, json.dumps(source)))
            out.write("    %s\n" % json.dumps(judge(source, mode)))


def own_sources():
    mode = "exec"
    with open(os.path.join(HERE, "sources.txt"), encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if line.startswith("# mode: "):
                mode = line[8:]
            elif line.startswith('j"'):
                yield mode, json.loads(line[1:])
            elif line and not line.startswith("##"):
                yield mode, line


def sources_of_tests():
    seen = {}

    def note(source, mode):
        if not isinstance(source, str) or len(source) > 2000 or "\0" in source or "\r" in source:
            return
        try:
            source.encode()
        except UnicodeEncodeError:
            return
        seen[mode, source] = None

    def compile_(source, filename, mode, *args, **kwargs):
        note(source, mode)
        return real_compile(source, filename, mode, *args, **kwargs)

    def wrap(real, mode):
        def run(source, *args, **kwargs):
            if isinstance(source, str):
                note(source.lstrip(" \t") if mode == "eval" else source, mode)
                if not args and not kwargs:
                    frame = sys._getframe(1)
                    args = (frame.f_globals, frame.f_locals)
            return real(source, *args, **kwargs)
        return run

    import unittest

    builtins.compile = compile_
    builtins.eval = wrap(builtins.eval, "eval")
    builtins.exec = wrap(builtins.exec, "exec")
    devnull = open(os.devnull, "w")
    for name in TESTS:
        try:
            suite = unittest.defaultTestLoader.loadTestsFromName("test." + name)
            unittest.TextTestRunner(stream=devnull).run(suite)
        except BaseException as e:
            print(name, repr(e), file=sys.stderr)
    builtins.compile = real_compile
    return list(seen)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--from-tests"]:
        write(sys.argv[2], sources_of_tests())
    else:
        write(os.path.join(HERE, "errors.txt"), own_sources())
