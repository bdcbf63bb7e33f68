import sys
import _pkg
print(_pkg.__name__, _pkg.value, hasattr(_pkg, "sub"))
import _pkg.sub.leaf as leaf
print(leaf.where, _pkg.sub.leaf is leaf, leaf.up, leaf.__package__, leaf.__name__)
from _pkg import a, b as bee
print(a, bee)
from _pkg import *
print(star, "_hidden" in globals(), "hidden2" in globals())
from _pkg import sub
from _pkg.sub import leaf as l2
print(l2 is leaf, sorted(m for m in sys.modules if m.startswith("_pkg")))
for src in ("import _pkg.nope", "from _pkg import nope", "from _pkg.sub.leaf import nope", "import _pkg.broken", "from . import x", "from _pkg.value import x", "import _pkg.value", "from .._pkg import a", "import _pkg.syntax_bad", "from _pkg.circular_a import thing"):
    try: exec(src); print("fine", src)
    except Exception as e: print(src, "->", type(e).__name__, str(e).split(" (/")[0].split(" ('/")[0])
print("_pkg.broken" in sys.modules, _pkg.lazy_attr)
try: _pkg.really_missing
except AttributeError as e: print(e)
import _pkg.circular_ok1
print(_pkg.circular_ok1.done)
m = __import__("_pkg.sub.leaf"); print(m.__name__, __import__("_pkg.sub.leaf", fromlist=["x"]).__name__)
import importlib
print(importlib.import_module(".sub.leaf", "_pkg").__name__, importlib.import_module("_pkg") is _pkg)
import _nspkg.inner; print(_nspkg.inner.x, type(_nspkg.__path__).__name__, _nspkg.__file__ if hasattr(_nspkg, "__file__") else None)
sys.modules["fake"] = 5
import fake; print(fake)
sys.modules["blocked"] = None
try: import blocked
except ImportError as e: print(type(e).__name__, e)
print(__name__, __file__.rsplit("/", 1)[-1], __spec__, _pkg.__spec__.name, _pkg.__spec__.parent, leaf.__spec__.parent, type(leaf.__loader__).__name__)
importlib.reload(leaf)
from types import ModuleType
mod = ModuleType("made", "doc"); mod.x = 1; print(mod, mod.__dict__["x"], mod.__doc__)
