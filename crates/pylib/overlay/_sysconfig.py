"""What sysconfig asks of the build that is not in _sysconfigdata."""


def config_vars():
    """Returns a dictionary containing build variables intended to be exposed by sysconfig."""
    return {'Py_GIL_DISABLED': 0, 'Py_DEBUG': 0}
