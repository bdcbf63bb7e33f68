"""Stand-in for CPython's extension module _testmultiphase, which only tests of the loader of extension modules use."""
