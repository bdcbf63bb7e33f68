"""Stand-in for CPython's module of the same name, which reaches into the C structures of CPython itself.

None of that exists here, so every function is missing: a test that asks for one is skipped, with the name of what it asked for. Nothing here
answers in place of the interpreter.
"""

import unittest


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise unittest.SkipTest(f"CPython's internals: _testinternalcapi.{name}")


def has_inline_values(obj):
    raise unittest.SkipTest("CPython's layout of instances: inline values")
