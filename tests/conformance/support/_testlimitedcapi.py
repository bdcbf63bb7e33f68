"""Stand-in for CPython's module of the same name, which calls functions of the C API.

There is no C API here, so every function is missing: a test that asks for one is skipped, with the name of what it asked for.
"""

import unittest


def _py_getbuiltwithassert():
    """Whether CPython's C code was compiled with its assertions."""
    return False


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise unittest.SkipTest(f"CPython's C API: _testlimitedcapi.{name}")
