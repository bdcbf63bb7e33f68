"""C decimal arithmetic module"""

# What defines types is in a module of its own, so that this one can be imported afresh without there being two of each.
from _pympdecimal import *  # noqa: F403
from _pympdecimal import __libmpdec_version__, __version__  # noqa: F401
