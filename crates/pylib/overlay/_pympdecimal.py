"""The Python half of the fast decimal module; types and arithmetic are in _mpdecimal."""

from _mpdecimal import Context, Decimal, getcontext, setcontext, _set_support
import numbers as _numbers
import sys
from collections import namedtuple as _namedtuple
from collections.abc import MutableMapping as _MutableMapping
from contextvars import ContextVar as _ContextVar

__version__ = "1.70"
__libmpdec_version__ = "2.5.1"
HAVE_THREADS = True
HAVE_CONTEXTVAR = True
MAX_PREC = 999999999999999999
MAX_EMAX = 999999999999999999
MIN_EMIN = -999999999999999999
MIN_ETINY = -1999999999999999997
IEEE_CONTEXT_MAX_BITS = 512

ROUND_UP = "ROUND_UP"
ROUND_DOWN = "ROUND_DOWN"
ROUND_CEILING = "ROUND_CEILING"
ROUND_FLOOR = "ROUND_FLOOR"
ROUND_HALF_UP = "ROUND_HALF_UP"
ROUND_HALF_DOWN = "ROUND_HALF_DOWN"
ROUND_HALF_EVEN = "ROUND_HALF_EVEN"
ROUND_05UP = "ROUND_05UP"

__all__ = [
    "BasicContext", "Clamped", "Context", "ConversionSyntax", "Decimal", "DecimalException", "DecimalTuple",
    "DefaultContext", "DivisionByZero", "DivisionImpossible", "DivisionUndefined", "ExtendedContext",
    "FloatOperation", "HAVE_CONTEXTVAR", "HAVE_THREADS", "IEEEContext", "IEEE_CONTEXT_MAX_BITS", "Inexact",
    "InvalidContext", "InvalidOperation", "MAX_EMAX", "MAX_PREC", "MIN_EMIN", "MIN_ETINY", "Overflow",
    "ROUND_05UP", "ROUND_CEILING", "ROUND_DOWN", "ROUND_FLOOR", "ROUND_HALF_DOWN", "ROUND_HALF_EVEN",
    "ROUND_HALF_UP", "ROUND_UP", "Rounded", "Subnormal", "Underflow", "getcontext", "localcontext", "setcontext",
]


def _exception(name, *bases):
    made = type(name, bases, {"__module__": "decimal", "__doc__": None})
    globals()[name] = made
    return made


DecimalException = _exception("DecimalException", ArithmeticError)
Clamped = _exception("Clamped", DecimalException)
Rounded = _exception("Rounded", DecimalException)
Inexact = _exception("Inexact", DecimalException)
Subnormal = _exception("Subnormal", DecimalException)
Underflow = _exception("Underflow", Inexact, Rounded, Subnormal)
Overflow = _exception("Overflow", Inexact, Rounded)
DivisionByZero = _exception("DivisionByZero", DecimalException, ZeroDivisionError)
FloatOperation = _exception("FloatOperation", DecimalException, TypeError)
InvalidOperation = _exception("InvalidOperation", DecimalException)
ConversionSyntax = _exception("ConversionSyntax", InvalidOperation)
DivisionImpossible = _exception("DivisionImpossible", InvalidOperation)
DivisionUndefined = _exception("DivisionUndefined", InvalidOperation, ZeroDivisionError)
InvalidContext = _exception("InvalidContext", InvalidOperation)

DecimalTuple = _namedtuple("DecimalTuple", "sign digits exponent", module="decimal")

# The bits of a status, as libmpdec has them. A signal may stand for several conditions.
_INVALID = 0x2 | 0x8 | 0x10 | 0x80 | 0x100 | 0x200
_SIGNALS = {
    InvalidOperation: _INVALID,
    FloatOperation: 0x8000,
    DivisionByZero: 0x4,
    Overflow: 0x800,
    Underflow: 0x4000,
    Subnormal: 0x2000,
    Inexact: 0x40,
    Rounded: 0x1000,
    Clamped: 0x1,
}
_CONDITIONS = {
    InvalidOperation: 0x100,
    ConversionSyntax: 0x2,
    DivisionImpossible: 0x8,
    DivisionUndefined: 0x10,
    InvalidContext: 0x80,
}


def _error(bits):
    """The exception for trapped conditions: of the first signal, with the list of all of them."""
    conditions = [c for c, bit in _CONDITIONS.items() if bits & bit]
    conditions += [s for s, bit in _SIGNALS.items() if s is not InvalidOperation and bits & bit]
    for signal, mask in _SIGNALS.items():
        if bits & mask:
            return signal(conditions)
    return InvalidOperation(conditions)


def _signal_mask(signal):
    try:
        return _SIGNALS[signal]
    except (KeyError, TypeError):
        raise KeyError("invalid error flag") from None


def _signal_bits(value):
    """The bits that a list of signals, a dict of them or another context's mapping stands for."""
    if isinstance(value, SignalDict):
        return value._bits()
    if isinstance(value, dict):
        if len(value) != len(_SIGNALS) or any(s not in value for s in _SIGNALS):
            raise KeyError("invalid signal dict")
        return sum(mask for s, mask in _SIGNALS.items() if value[s])
    raise TypeError("argument must be a signal dict")


def _listed_bits(value):
    """As above, or a list of signals."""
    if not isinstance(value, list):
        return _signal_bits(value)
    bits = 0
    for signal in value:
        mask = _SIGNALS.get(signal) if isinstance(signal, type) else None
        if mask is None and isinstance(signal, type):
            mask = _CONDITIONS.get(signal)
        if mask is None:
            raise TypeError("valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n   Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]")
        bits |= mask
    return bits


class SignalDict(_MutableMapping):
    __module__ = "decimal"
    __slots__ = ("_context", "_name")
    __hash__ = None

    def _bits(self):
        try:
            return getattr(self._context, self._name)
        except AttributeError:
            raise ValueError("invalid signal dict") from None

    def __getitem__(self, signal):
        return bool(self._bits() & _signal_mask(signal))

    def __setitem__(self, signal, value):
        mask = _signal_mask(signal)
        setattr(self._context, self._name, self._bits() | mask if value else self._bits() & ~mask)

    def __delitem__(self, signal):
        raise ValueError("signal keys cannot be deleted")

    def __iter__(self):
        return iter(_SIGNALS)

    def __len__(self):
        return len(_SIGNALS)

    def __repr__(self):
        return "{" + ", ".join(f"{s!r}:{self[s]}" for s in _SIGNALS) + "}"

    def __eq__(self, other):
        if isinstance(other, SignalDict):
            return self._bits() == other._bits()
        bits = self._bits()
        if isinstance(other, dict):
            try:
                return _signal_bits(other) == _normal(bits)
            except KeyError:
                return NotImplemented
        return NotImplemented

    def copy(self):
        return {s: self[s] for s in _SIGNALS}


def _normal(bits):
    return sum(mask for mask in _SIGNALS.values() if bits & mask)


def _signal_view(context, traps):
    view = object.__new__(SignalDict)
    view._context = context
    view._name = "_traps_bits" if traps else "_status_bits"
    return view


# The order in which a context's repr names them: that of the bits.
_SHOWN = (Clamped, InvalidOperation, DivisionByZero, Inexact, FloatOperation, Overflow, Rounded, Subnormal, Underflow)


def _shown(bits):
    return ", ".join(s.__name__ for s in _SHOWN if bits & _SIGNALS[s])


def _names(bits):
    return [s for s, mask in _SIGNALS.items() if bits & mask]


def _context_repr(c):
    return (
        f"Context(prec={c.prec}, rounding={c.rounding}, Emin={c.Emin}, Emax={c.Emax}, capitals={c.capitals}, "
        f"clamp={c.clamp}, flags=[{_shown(c._status_bits)}], traps=[{_shown(c._traps_bits)}])"
    )


def _context_reduce(c):
    return (
        type(c),
        (c.prec, c.rounding, c.Emin, c.Emax, c.capitals, c.clamp, _names(c._status_bits), _names(c._traps_bits)),
    )


DefaultContext = Context()
_TEMPLATES = ()


def _fresh_context():
    made = DefaultContext.copy()
    made.clear_flags()
    return made


def _is_template(context):
    return any(context is template for template in _TEMPLATES)


class ContextManager:
    """Context manager class to support localcontext()."""

    __module__ = "decimal"
    __slots__ = ("_local", "_saved")

    def __init__(self):
        raise TypeError("cannot create 'decimal.ContextManager' instances")

    def __enter__(self):
        self._saved = getcontext()
        setcontext(self._local)
        return self._local

    def __exit__(self, *exc_info):
        setcontext(self._saved)
        return False


_NOT_GIVEN = object()


def localcontext(ctx=None, *, prec=_NOT_GIVEN, rounding=_NOT_GIVEN, Emin=_NOT_GIVEN, Emax=_NOT_GIVEN,
                 capitals=_NOT_GIVEN, clamp=_NOT_GIVEN, flags=_NOT_GIVEN, traps=_NOT_GIVEN):
    """Return a context manager that will set the default context to a copy of ctx
on entry to the with-statement and restore the previous default context when
exiting the with-statement. If no context is supplied, a copy of the current
default context is used.
"""
    if ctx is None:
        ctx = getcontext()
    elif not isinstance(ctx, Context):
        raise TypeError("optional argument must be a context")
    local = ctx.copy()
    given = {"prec": prec, "rounding": rounding, "Emin": Emin, "Emax": Emax, "capitals": capitals, "clamp": clamp,
             "flags": flags, "traps": traps}
    for name, value in given.items():
        if value is not _NOT_GIVEN and value is not None:
            setattr(local, name, _listed(value) if name in ("flags", "traps") else value)
    manager = object.__new__(ContextManager)
    manager._local = local
    manager._saved = None
    return manager


def _listed(value):
    if isinstance(value, list):
        bits = _listed_bits(value)
        return {s: bool(bits & mask) for s, mask in _SIGNALS.items()}
    return value


def IEEEContext(bits, /):
    """Return a context object initialized to the proper values for one of the
IEEE interchange formats.  The argument must be a multiple of 32 and less
than IEEE_CONTEXT_MAX_BITS.
"""
    if not isinstance(bits, int):
        raise TypeError(f"'{type(bits).__name__}' object cannot be interpreted as an integer")
    if bits <= 0 or bits > IEEE_CONTEXT_MAX_BITS or bits % 32:
        raise ValueError(f"argument must be a multiple of 32, with a maximum of {IEEE_CONTEXT_MAX_BITS}")
    made = Context()
    made.prec = 9 * (bits // 32) - 2
    made.Emax = 3 * (1 << (bits // 16 + 3))
    made.Emin = 1 - made.Emax
    made.rounding = ROUND_HALF_EVEN
    made.clamp = 1
    made.clear_traps()
    made.clear_flags()
    return made


# ---- what _mpdecimal calls

_pydecimal = None


def _pure():
    global _pydecimal
    if _pydecimal is None:
        import _pydecimal
    return _pydecimal


def _pure_context(context):
    pure = _pure()
    return pure.Context(prec=context.prec, rounding=context.rounding, Emin=context.Emin, Emax=context.Emax,
                        capitals=context.capitals, clamp=context.clamp, flags=[], traps=[])


def _rare(name, context, *args):
    """A method of the pure-Python class: its result, and what it signalled."""
    pure = _pure()
    theirs = _pure_context(context)
    # Its algorithms go by way of the digits of ints.
    digits_max = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return _by_pure(pure, name, theirs, args)
    finally:
        sys.set_int_max_str_digits(digits_max)


def _by_pure(pure, name, theirs, args):
    with pure.localcontext(theirs) as theirs:
        args = [pure.Decimal(str(x)) if isinstance(x, Decimal) else x for x in args]
        if name == "__pow__":
            result = pure.Decimal.__pow__(*args, context=theirs)
        else:
            result = getattr(pure.Decimal, name)(*args, context=theirs)
        bits = 0
        for signal, raised in theirs.flags.items():
            if raised:
                bits |= 0x100 if signal is pure.InvalidOperation else _SIGNALS[globals()[signal.__name__]]
    if isinstance(result, pure.Decimal):
        result = Decimal(pure.Decimal.__str__(result))
    return result, bits


def _format(number, spec, context, override):
    if not isinstance(spec, str):
        raise TypeError("format argument must be str")
    if override is not None:
        override = _locale(override)
    if spec.endswith("N"):
        import warnings

        warnings.warn("Format specifier 'N' is deprecated", DeprecationWarning, stacklevel=2)
        spec = spec[:-1] + "n"
    pure = _pure()
    with pure.localcontext(_pure_context(context)) as theirs:
        try:
            if override is None:
                return pure.Decimal(str(number)).__format__(spec, context=theirs)
            return pure.Decimal(str(number)).__format__(spec, context=theirs, _localeconv=override)
        except ValueError:
            raise ValueError("invalid format string") from None


def _locale(override):
    """A locale's conventions as localeconv() gives them."""
    if not isinstance(override, dict):
        raise TypeError("optional argument must be a dict")
    conventions = {"decimal_point": ".", "thousands_sep": "", "grouping": ""}
    conventions.update((k, override[k]) for k in conventions if k in override)
    for value in conventions.values():
        if not isinstance(value, str):
            raise ValueError("invalid override dict")
    grouping = [ord(c) for c in conventions["grouping"]]
    if len(conventions["decimal_point"]) != 1 or len(conventions["thousands_sep"]) > 1 or any(n > 127 for n in grouping):
        raise ValueError("decimal point or thousands separator or grouping is invalid")
    # A C string ends in a zero, which says that the last group repeats.
    conventions["grouping"] = grouping if not grouping or grouping[-1] in (0, 127) else grouping + [0]
    return conventions


def _rational(number, other):
    """Two numbers in the relation of a decimal and a rational: None if that is none."""
    from numbers import Rational

    if not isinstance(other, Rational):
        return None
    if not number.is_finite():
        return number, Decimal(other.numerator)
    exact = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
    return exact.multiply(number, Decimal(other.denominator)), Decimal(other.numerator)


def _ratio(negative, coefficient, exponent):
    from math import gcd

    numerator, denominator = (coefficient * 10**exponent, 1) if exponent >= 0 else (coefficient, 10**-exponent)
    common = gcd(numerator, denominator)
    numerator //= common
    return (-numerator if negative else numerator), denominator // common


def _tuple_text(value):
    """The text of a number given as sign, digits and exponent."""
    value = tuple(value)
    if len(value) != 3:
        raise ValueError("argument must be a sequence of length 3")
    sign, digits, exponent = value
    if not isinstance(sign, int) or sign not in (0, 1):
        raise ValueError("sign must be an integer with the value 0 or 1")
    special = {"F": "Inf", "n": "NaN", "N": "sNaN"}.get(exponent) if isinstance(exponent, str) else None
    if isinstance(exponent, str):
        if special is None:
            raise ValueError("string argument in the third position must be 'F', 'n' or 'N'")
    elif not isinstance(exponent, int):
        raise ValueError("exponent must be an integer")
    if not isinstance(digits, (tuple, list)):
        raise ValueError("coefficient must be a tuple of digits")
    text = ""
    if special != "Inf":
        for digit in digits:
            if not isinstance(digit, int) or not 0 <= digit <= 9:
                raise ValueError("coefficient must be a tuple of digits")
        text = "".join(map(str, map(int, digits)))
    minus = "-" if sign else ""
    if special is not None:
        return f"{minus}{special}{text}"
    return f"{minus}{text or 0}E{exponent}"


_numbers.Number.register(Decimal)
_set_support(globals(), _ContextVar("decimal_context"))

BasicContext = Context(
    prec=9, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow, Underflow, Clamped], flags=[]
)
ExtendedContext = Context(prec=9, rounding=ROUND_HALF_EVEN, traps=[], flags=[])
_TEMPLATES = (DefaultContext, BasicContext, ExtendedContext)
