"""Opcodes of this interpreter's bytecode, under the names that CPython's module has."""

import _opcode
from _opcode import has_const, has_exc, has_free, has_jump, has_local, has_name, opmap, stack_effect

__all__ = [
    "cmp_op", "stack_effect", "hascompare", "opname", "opmap", "HAVE_ARGUMENT", "EXTENDED_ARG", "hasarg", "hasconst", "hasname", "hasjump",
    "hasjrel", "hasjabs", "hasfree", "haslocal", "hasexc",
]

cmp_op = ("<", "<=", "==", "!=", ">", ">=")
# Every instruction has its operands in itself: none needs a prefix, and no number divides those with from those without.
EXTENDED_ARG = -1
HAVE_ARGUMENT = 0

opname = ["<%r>" % number for number in range(max(opmap.values()) + 1)]
for _name, _number in opmap.items():
    opname[_number] = _name

hasarg = [number for number in opmap.values() if _opcode.has_arg(number)]
hasconst = [number for number in opmap.values() if has_const(number)]
hasname = [number for number in opmap.values() if has_name(number)]
hasjump = [number for number in opmap.values() if has_jump(number)]
hasjrel = hasjump
hasjabs = []
hasfree = [number for number in opmap.values() if has_free(number)]
haslocal = [number for number in opmap.values() if has_local(number)]
hasexc = [number for number in opmap.values() if has_exc(number)]
hascompare = [opmap[name] for name in ("Lt", "Le", "Eq", "Ne", "Gt", "Ge") if name in opmap]

_intrinsic_1_descs = _opcode.get_intrinsic1_descs()
_intrinsic_2_descs = _opcode.get_intrinsic2_descs()
_special_method_names = _opcode.get_special_method_names()
_common_constants = [AssertionError, NotImplementedError, tuple, all, any, set, list]
_nb_ops = _opcode.get_nb_ops()
_cache_format = {}
_inline_cache_entries = {}

# Programs ask for these to see whether code has them, or to put them into code. Code never has them here, and their numbers are above what a byte can hold.
opmap |= {_name: 256 + _number for _number, _name in enumerate((
    "CACHE", "CALL", "COPY_FREE_VARS", "EXTENDED_ARG", "LOAD_COMMON_CONSTANT", "LOAD_CONST", "LOAD_FAST", "LOAD_GLOBAL", "MAKE_CELL", "NOP", "POP_TOP",
    "RAISE_VARARGS", "RESUME", "RETURN_GENERATOR", "RETURN_VALUE", "STORE_FAST"))}

del _name, _number
