"""Imports every module of the embedded library and prints those that can't be, with the error: run by crates/mesapy/tests/modules.rs."""

import io
import sys
import warnings

import _mesapy_library

# Programs rather than modules, and what talks to the user when it is imported.
PROGRAMS = {"this", "antigravity", "idlelib.idle", "idlelib.pyshell"}


def modules(folder="", prefix=""):
    for name, is_folder in _mesapy_library.list(folder) or ():
        place = f"{folder}/{name}" if folder else name
        if is_folder:
            if _mesapy_library.find(prefix + name) is not None:
                yield prefix + name
            yield from modules(place, f"{prefix}{name}.")
        elif name.endswith(".py") and name[:-3].isidentifier() and name != "__init__.py":
            yield prefix + name[:-3]


def attempt(name):
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    try:
        __import__(name)
    except BaseException as error:
        return error
    finally:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


warnings.simplefilter("ignore")
count = 0
for name in sorted(modules()):
    if name in PROGRAMS or name.rpartition(".")[2] == "__main__":
        continue
    error = attempt(name)
    if error is None:
        count += 1
    else:
        # Where the library stands differs from machine to machine.
        text = str(error).partition(" (/")[0]
        print(f"{name}: {type(error).__name__}: {text}")
print(f"{count} modules can be imported", file=sys.stderr)
