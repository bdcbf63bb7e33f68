"""Disassembler of this interpreter's bytecode.

The interface is that of CPython's module; the instructions are this machine's: they work on registers, each is eight bytes, and their
operands come as text.
"""

import collections
import io
import sys
import types

from _opcode import instructions as _instructions
from _opcode import stack_effect
from opcode import *  # noqa: F403
from opcode import __all__ as _opcodes_all
from opcode import hasjump, opname  # noqa: F401

__all__ = [
    "code_info", "dis", "disassemble", "distb", "disco", "findlinestarts", "findlabels", "show_code", "get_instructions", "Instruction",
    "Bytecode",
] + _opcodes_all
del _opcodes_all

_have_code = (types.MethodType, types.FunctionType, types.CodeType, classmethod, staticmethod, type)

COMPILER_FLAG_NAMES = {
    0x1: "OPTIMIZED",
    0x2: "NEWLOCALS",
    0x4: "VARARGS",
    0x8: "VARKEYWORDS",
    0x10: "NESTED",
    0x20: "GENERATOR",
    0x40: "NOFREE",
    0x80: "COROUTINE",
    0x100: "ITERABLE_COROUTINE",
    0x200: "ASYNC_GENERATOR",
    0x4000000: "HAS_DOCSTRING",
    0x8000000: "METHOD",
}


def pretty_flags(flags):
    """Return pretty representation of code flags."""
    names = []
    for bit in range(32):
        flag = 1 << bit
        if flags & flag:
            names.append(COMPILER_FLAG_NAMES.get(flag, hex(flag)))
            flags ^= flag
            if not flags:
                break
    else:
        names.append(hex(flags))
    return ", ".join(names)


def _try_compile(source, name):
    try:
        return compile(source, name, "eval")
    except SyntaxError:
        return compile(source, name, "exec")


def _get_code_object(x):
    """Find the code object of a function, a generator, a class, source text…"""
    if hasattr(x, "__func__"):
        x = x.__func__
    for attribute in ("__code__", "gi_code", "ag_code", "cr_code"):
        if hasattr(x, attribute):
            x = getattr(x, attribute)
            break
    if isinstance(x, str):
        x = _try_compile(x, "<disassembly>")
    if hasattr(x, "co_code"):
        return x
    raise TypeError(f"don't know how to disassemble {type(x).__name__} objects")


def code_info(x):
    """Formatted details of methods, functions, or code."""
    return _format_code_info(_get_code_object(x))


def _format_code_info(co):
    lines = [
        f"Name:              {co.co_name}",
        f"Filename:          {co.co_filename}",
        f"Argument count:    {co.co_argcount}",
        f"Positional-only arguments: {co.co_posonlyargcount}",
        f"Kw-only arguments: {co.co_kwonlyargcount}",
        f"Number of locals:  {co.co_nlocals}",
        f"Stack size:        {co.co_stacksize}",
        f"Flags:             {pretty_flags(co.co_flags)}",
    ]
    for title, items in (
        ("Constants", [repr(c) for c in co.co_consts]),
        ("Names", co.co_names),
        ("Variable names", co.co_varnames),
        ("Free variables", co.co_freevars),
        ("Cell variables", co.co_cellvars),
    ):
        if items:
            lines.append(f"{title}:")
            lines.extend("%4d: %s" % pair for pair in enumerate(items))
    return "\n".join(lines)


def show_code(co, *, file=None):
    """Print details of methods, functions, or code to *file*."""
    print(code_info(co), file=file)


Positions = collections.namedtuple("Positions", ["lineno", "end_lineno", "col_offset", "end_col_offset"], defaults=[None] * 4)

_Instruction = collections.namedtuple(
    "_Instruction",
    [
        "opname", "opcode", "arg", "argval", "argrepr", "offset", "start_offset", "starts_line", "line_number", "label", "positions",
        "cache_info",
    ],
    defaults=[None, None, None],
)


class Instruction(_Instruction):
    """Details of one instruction.

    opname, opcode: its name and number; arg: its operands as one number, argval: what they mean, argrepr: as text; offset: where it is in
    co_code; starts_line: whether it is the first of its line; line_number: that line; label: its number as a target of jumps; positions:
    the range of source.
    """

    @property
    def oparg(self):
        return self.arg

    @property
    def baseopcode(self):
        return self.opcode

    @property
    def baseopname(self):
        return self.opname

    @property
    def cache_offset(self):
        return self.end_offset

    @property
    def end_offset(self):
        return self.offset + 8

    @property
    def jump_target(self):
        """Offset of the instruction that a jump goes to, or None."""
        return self.argval if self.opcode in hasjump else None

    @property
    def is_jump_target(self):
        return self.label is not None

    def __str__(self):
        return _formatted(self, 3, 4, False)


def _formatted(instr, line_width, offset_width, mark, show_offsets=False):
    line = str(instr.line_number) if instr.starts_line and instr.line_number is not None else ""
    if instr.starts_line and instr.line_number is None:
        line = "--"
    parts = [line.rjust(line_width) if line_width else ""]
    label = f"L{instr.label}:" if instr.label is not None else ""
    parts.append(label.rjust(6))
    parts.append("-->" if mark else "   ")
    if show_offsets:
        parts.append(repr(instr.offset).rjust(offset_width))
    parts.append(instr.opname.ljust(20))
    parts.append(instr.argrepr)
    return " ".join(parts).rstrip()


def _labels(rows):
    targets = sorted({row[6] for row in rows if row[6] is not None})
    return {offset: number for number, offset in enumerate(targets, 1)}


def get_instructions(x, *, first_line=None, show_caches=None, adaptive=False):
    """Iterator over the instructions of a method, a function, source text or a code object."""
    co = _get_code_object(x)
    delta = first_line - co.co_firstlineno if first_line is not None else 0
    return _instructions_of(co, delta)


def _instructions_of(co, delta=0):
    rows = _instructions(co)
    labels = _labels(rows)
    last = False
    for offset, code, name, arg, value, text, target, line, end_line, column, end_column in rows:
        shown = line + delta if line is not None else None
        if target is not None:
            value = target
            text = (text + ", " if text else "") + f"to L{labels[target]}"
        yield Instruction(
            name, code, arg, value, text, offset, offset, last is False or line != last, shown, labels.get(offset),
            Positions(line, end_line, column, end_column),
        )
        last = line


def findlabels(code):
    """All offsets in a code object that are targets of jumps."""
    if not hasattr(code, "co_code"):
        raise TypeError("a code object is needed")
    return list(_labels(_instructions(code)))


def findlinestarts(code):
    """Find the offsets in a code object which are the start of a line: pairs (offset, line number)."""
    last = False
    for start, _end, line in code.co_lines():
        if line is not last:
            last = line
            yield start, line


def dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
    """Disassemble classes, methods, functions, and other compiled objects.

    With no argument, disassemble the last traceback.
    """
    options = {"file": file, "show_offsets": show_offsets, "show_positions": show_positions}
    if x is None:
        distb(**options)
        return
    if hasattr(x, "__func__"):
        x = x.__func__
    for attribute in ("__code__", "gi_code", "ag_code", "cr_code"):
        if hasattr(x, attribute):
            x = getattr(x, attribute)
            break
    if hasattr(x, "co_code"):
        _disassemble_recursive(x, depth, options)
    elif hasattr(x, "__dict__"):
        for name, member in sorted(x.__dict__.items()):
            if isinstance(member, _have_code):
                print(f"Disassembly of {name}:", file=file)
                try:
                    dis(member, depth=depth, **options)
                except TypeError as error:
                    print("Sorry:", error, file=file)
                print(file=file)
    elif isinstance(x, str):
        _disassemble_recursive(_try_compile(x, "<dis>"), depth, options)
    else:
        raise TypeError(f"don't know how to disassemble {type(x).__name__} objects")


def distb(tb=None, *, file=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
    """Disassemble a traceback (default: last traceback)."""
    if tb is None:
        try:
            tb = sys.last_exc.__traceback__ if hasattr(sys, "last_exc") else sys.last_traceback
        except AttributeError:
            raise RuntimeError("no last traceback to disassemble") from None
        while tb.tb_next:
            tb = tb.tb_next
    disassemble(tb.tb_frame.f_code, tb.tb_lasti, file=file, show_offsets=show_offsets, show_positions=show_positions)


def disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
    """Disassemble a code object."""
    _write(_instructions_of(co), co, lasti, file, show_offsets, show_positions)


disco = disassemble


def _write(instructions, co, lasti, file, show_offsets, show_positions):
    instructions = list(instructions)
    highest = max((i.line_number for i in instructions if i.line_number is not None), default=0)
    line_width = max(3, len(str(highest)))
    offset_width = len(str(len(co.co_code)))
    first = True
    for instr in instructions:
        if instr.starts_line and not first:
            print(file=file)
        first = False
        text = _formatted(instr, line_width, offset_width, instr.offset == lasti, show_offsets)
        if show_positions and instr.starts_line:
            p = instr.positions
            where = "%s:%s-%s:%s" % tuple("?" if v is None else v for v in (p.lineno, p.col_offset, p.end_lineno, p.end_col_offset))
            text = where.ljust(16) + text
        print(text, file=file)
    table = co.co_exceptiontable
    if table:
        print(f"{len(table)} bytes of exception table", file=file)


def _disassemble_recursive(co, depth, options):
    disassemble(co, **options)
    if depth is None or depth > 0:
        if depth is not None:
            depth -= 1
        for constant in co.co_consts:
            if hasattr(constant, "co_code"):
                print(file=options["file"])
                print(f"Disassembly of {constant!r}:", file=options["file"])
                _disassemble_recursive(constant, depth, options)


class Bytecode:
    """The bytecode operations of a piece of code.

    Instantiate this with a function, method, other compiled object, string of code, or a code object (as returned by compile()).
    Iterating over this yields the bytecode operations as Instruction instances.
    """

    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
        self.codeobj = _get_code_object(x)
        self.first_line = self.codeobj.co_firstlineno if first_line is None else first_line
        self._delta = self.first_line - self.codeobj.co_firstlineno
        self._original_object = x
        self.current_offset = current_offset
        self.show_caches = show_caches
        self.adaptive = adaptive
        self.show_offsets = show_offsets
        self.show_positions = show_positions

    def __iter__(self):
        return _instructions_of(self.codeobj, self._delta)

    def __repr__(self):
        return f"{self.__class__.__name__}({self._original_object!r})"

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        """Construct a Bytecode from the given traceback."""
        while tb.tb_next:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti, show_caches=show_caches, adaptive=adaptive)

    def info(self):
        """Return formatted information about the code object."""
        return _format_code_info(self.codeobj)

    def dis(self):
        """Return a formatted view of the bytecode operations."""
        lasti = -1 if self.current_offset is None else self.current_offset
        with io.StringIO() as output:
            _write(self, self.codeobj, lasti, output, self.show_offsets, self.show_positions)
            return output.getvalue()


def main(args=None):
    import argparse

    parser = argparse.ArgumentParser(color=True)
    parser.add_argument("-C", "--show-caches", action="store_true", help="show inline caches")
    parser.add_argument("-O", "--show-offsets", action="store_true", help="show instruction offsets")
    parser.add_argument("-P", "--show-positions", action="store_true", help="show instruction positions")
    parser.add_argument("-S", "--specialized", action="store_true", help="show specialized bytecode")
    parser.add_argument("infile", nargs="?", default="-")
    args = parser.parse_args(args=args)
    if args.infile == "-":
        name, source = "<stdin>", sys.stdin.buffer.read()
    else:
        name = args.infile
        with open(args.infile, "rb") as infile:
            source = infile.read()
    dis(compile(source, name, "exec"), show_offsets=args.show_offsets, show_positions=args.show_positions)


if __name__ == "__main__":
    main()
