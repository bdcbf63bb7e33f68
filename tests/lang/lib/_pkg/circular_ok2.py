import _pkg.circular_ok1, sys
got = hasattr(sys.modules["_pkg.circular_ok1"], "done")
