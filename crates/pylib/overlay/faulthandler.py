"""faulthandler module: dumps Python tracebacks on request, after a time, or at a signal.

CPython's dumps them when its native code crashes, too. Here nothing can crash that way, so enable() only remembers that it was called; a bug of the
interpreter itself is reported with the traceback in any case.
"""

import sys

_enabled = None
_registered = {}
_later = None

_FRAMES_MAX = 100
_SIGNALS_MAX = 65
_FATAL = (4, 6, 7, 8, 11)


def _descriptor(file):
    """The descriptor that text goes to, and the file to flush first."""
    if file is None:
        file = sys.stderr
        if file is None:
            raise RuntimeError("unable to get sys.stderr")
    if isinstance(file, int):
        if file < 0:
            raise ValueError("file is not a valid file descriptor")
        return file
    descriptor = file.fileno()
    if not isinstance(descriptor, int) or descriptor < 0:
        raise RuntimeError("file.fileno() is not a valid file descriptor")
    try:
        file.flush()
    except Exception:
        pass
    return descriptor


def _write(descriptor, text):
    import posix

    data = text.encode("utf-8", "backslashreplace")
    try:
        while data:
            data = data[posix.write(descriptor, data):]
    except OSError:
        pass


def _stack(frame):
    lines = []
    while frame is not None:
        if len(lines) == _FRAMES_MAX:
            lines.append("  ...\n")
            break
        code = frame.f_code
        lines.append(f'  File "{code.co_filename}", line {frame.f_lineno} in {code.co_name}\n')
        frame = frame.f_back
    return "".join(lines) or "  <no Python frame>\n"


def _name(identity):
    threading = sys.modules.get("threading")
    thread = getattr(threading, "_active", {}).get(identity)
    return f" [{thread.name}]" if thread is not None else ""


def _all_stacks(frame, current):
    """The stacks of all threads; of the one that asks, what `frame` and its callers are."""
    frames = sys._current_frames()
    if current is not None:
        frames[current] = frame
    parts = []
    # The newest thread comes first.
    for identity in reversed(list(frames)):
        word = "Current thread" if identity == current else "Thread"
        parts.append(
            f"{word} {identity:#018x}{_name(identity)} (most recent call first):\n"
            + _stack(frames[identity])
        )
    return "\n".join(parts)


def _dump(descriptor, all_threads, frame):
    if all_threads:
        import _thread

        _write(descriptor, _all_stacks(frame, _thread.get_ident()))
    else:
        _write(descriptor, "Stack (most recent call first):\n" + _stack(frame))


def dump_traceback(file=None, all_threads=True):
    """Dump the traceback of the current thread into file, or of all threads."""
    _dump(_descriptor(file), all_threads, sys._getframe(1))


def dump_c_stack(file=None):
    """Dump the native stack into file: there is none that could be shown."""
    _write(_descriptor(file), "Current thread's C stack trace (most recent call first):\n  <not available>\n")


def enable(file=None, all_threads=True, c_stack=True):
    """Enable the fault handler."""
    global _enabled
    _enabled = (_descriptor(file), all_threads, c_stack)


def disable():
    """Disable the fault handler. True if it was enabled."""
    global _enabled
    was = _enabled is not None
    _enabled = None
    return was


def is_enabled():
    """Check if the handler is enabled."""
    return _enabled is not None


def dump_traceback_later(timeout, repeat=False, file=None, exit=False):
    """Dump the tracebacks of all threads after a time in seconds, or again and again; with exit, end the process then."""
    if not hasattr(type(timeout), "__index__") and not isinstance(timeout, float):
        raise TypeError(f"'{type(timeout).__name__}' object cannot be interpreted as an integer or float")
    if timeout <= 0:
        raise ValueError("timeout must be greater than 0")
    import datetime
    import _thread

    descriptor = _descriptor(file)
    cancel_dump_traceback_later()
    lock = _thread.allocate_lock()
    lock.acquire()
    header = f"Timeout ({datetime.timedelta(seconds=timeout)})!\n"

    def watch():
        while not lock.acquire(timeout=timeout):
            own = _thread.get_ident()
            frames = sys._current_frames()
            frames.pop(own, None)
            parts = [
                f"Thread {identity:#018x}{_name(identity)} (most recent call first):\n" + _stack(frames[identity])
                for identity in reversed(list(frames))
            ]
            _write(descriptor, header + "\n".join(parts))
            if exit:
                import posix

                posix._exit(1)
            if not repeat:
                break

    global _later
    _later = lock
    _thread.start_joinable_thread(watch, daemon=True)


def cancel_dump_traceback_later():
    """Cancel the previous call to dump_traceback_later()."""
    global _later
    lock, _later = _later, None
    if lock is not None:
        lock.release()


def _check_signal(signum):
    import operator

    signum = operator.index(signum)
    if signum in _FATAL:
        raise RuntimeError(f"signal {signum} cannot be registered, use enable() instead")
    if not 1 <= signum < _SIGNALS_MAX:
        raise ValueError("signal number out of range")
    return signum


def register(signum, file=None, all_threads=True, chain=False):
    """Register a handler for the signal: dump the traceback of the current thread, or of all threads, into file."""
    import signal

    signum = _check_signal(signum)
    descriptor = _descriptor(file)

    def handler(number, frame):
        _dump(descriptor, all_threads, frame)
        if chain and callable(previous):
            previous(number, frame)

    previous = signal.signal(signum, handler)
    if signum in _registered:
        previous = _registered[signum]
    _registered[signum] = previous


def unregister(signum):
    """Unregister the handler of the signal. True if there was one."""
    import signal

    signum = _check_signal(signum)
    if signum not in _registered:
        return False
    previous = _registered.pop(signum)
    signal.signal(signum, signal.SIG_DFL if previous is None else previous)
    return True
