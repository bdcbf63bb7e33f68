"""What sysconfig says of how the interpreter was built: there is no Makefile and no C to ask."""

import sys as _sys

_prefix = _sys.prefix
_arch = _sys.implementation._multiarch

build_time_vars = {
    'ABIFLAGS': '',
    'AR': 'ar',
    'ARFLAGS': 'rcs',
    'BINDIR': _prefix + '/bin',
    'BINLIBDEST': _prefix + '/lib/python3.14',
    'CC': '',
    'CFLAGS': '',
    'CONFINCLUDEDIR': _prefix + '/include',
    'CONFIG_ARGS': '',
    'EXE': '',
    'EXT_SUFFIX': '',
    'HAVE_FORK': 1,
    'INCLUDEDIR': _prefix + '/include',
    'INCLUDEPY': _prefix + '/include/python3.14',
    'LIBDEST': _prefix + '/lib/python3.14',
    'LIBDIR': _prefix + '/lib',
    'LIBPL': _prefix + '/lib/python3.14/config',
    'MACHDEP': 'linux',
    'MULTIARCH': _arch,
    'Py_DEBUG': 0,
    'Py_ENABLE_SHARED': 0,
    'Py_GIL_DISABLED': 0,
    'Py_TRACE_REFS': 0,
    'PYTHONFRAMEWORK': '',
    'PYTHON_BUILD_DIR': '',
    'SCRIPTDIR': _prefix + '/lib',
    'SIZEOF_VOID_P': 8,
    'SOABI': '',
    'SRCDIRS': '',
    'VERSION': '3.14',
    'WITH_DOC_STRINGS': 1,
    'WITH_PYMALLOC': 0,
    'abs_builddir': _prefix,
    'abs_srcdir': _prefix,
    'datarootdir': _prefix + '/share',
    'exec_prefix': _prefix,
    'prefix': _prefix,
    'srcdir': _prefix,
}
