"""What the end of the interpreter still runs: one thing at a time, each in an interpreter of its own."""
import subprocess
import sys

PROGRAMS = {
    "nothing": "pass",
    "a finalizer": """
class A:
    def __del__(self): print('finalized')
a = A()
""",
    "a finalizer in a cycle": """
class A:
    def __del__(self): print('finalized')
a = A(); a.me = a; del a
""",
    "a callback": """
import weakref
class A: pass
a = A(); a.me = a
w = weakref.ref(a, lambda w: print('called back'))
sys = __import__('sys'); sys.kept = w
""",
    "a generator with a handler": """
def g():
    try:
        yield 1
    finally:
        print('closed')
it = g(); next(it)
""",
    "a generator that has not begun": """
def g():
    try:
        yield 1
    finally:
        print('closed')
it = g()
""",
    "an async generator that has not begun": """
async def g():
    yield 1
it = g()
""",
    "a file": """
import os, tempfile
name = tempfile.mktemp()
f = open(name, 'w'); f.write('text')
import atexit
atexit.register(lambda: print('exit function', os.path.getsize(name)))
class Look:
    def __del__(self): os.unlink(name); print('removed')
look = Look()
""",
    "standard output replaced": """
import sys, io
class Out(io.StringIO):
    def __del__(self): sys.__stdout__.write('out is gone: %r\\n' % self.getvalue()); sys.__stdout__.flush()
sys.stdout = Out()
print('hello')
""",
    "standard output with a finalizer of its own": """
import sys, io
class Out(io.TextIOWrapper):
    pass
sys.stdout = Out(io.FileIO(1, 'w', closefd=False), encoding='utf-8')
print('hello')
""",
}
for name, program in PROGRAMS.items():
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    print(f"{name}: {done.returncode} {done.stdout!r} {done.stderr!r}")
