"""Stand-in for CPython's module of the same name, which reaches into the C structures of CPython itself.

Almost none of that exists here, so nearly every function is missing: a test that asks for one is skipped, with the name of what it asked for.
Nothing here answers in place of the interpreter.
"""

import sys
import unittest


def __getattr__(name):
    # What test.support can do without.
    if name.startswith("__") or name == "get_c_recursion_remaining":
        raise AttributeError(name)
    raise unittest.SkipTest(f"CPython's internals: _testinternalcapi.{name}")


def get_recursion_depth():
    frame, depth = sys._getframe(1), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def get_c_recursion_remaining():
    """What is left of the native stack, in calls: of the order that this interpreter allows."""
    return 10_000


def has_inline_values(obj):
    raise unittest.SkipTest("CPython's layout of instances: inline values")
