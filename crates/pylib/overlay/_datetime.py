"""Fast implementation of the datetime module."""

# The classes are those of the Python implementation, which are closed to changes, as native ones are.
from _mesapy_library import close_class as _close_class
from _pydatetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, timezone, tzinfo

for _class in (date, datetime, time, timedelta, timezone, tzinfo):
    _close_class(_class)
del _class, _close_class
