//! Native modules that CPython has and MesaPy lacks on purpose, with the reason that ImportError gives.

/// Sorted by name.
static ABSENT: &[(&str, &str)] = &[
    ("_asyncio", "asyncio runs on its Python implementation"),
    (
        "_codecs_cn",
        "East Asian multibyte codecs are not available yet",
    ),
    (
        "_codecs_hk",
        "East Asian multibyte codecs are not available yet",
    ),
    (
        "_codecs_iso2022",
        "East Asian multibyte codecs are not available yet",
    ),
    (
        "_codecs_jp",
        "East Asian multibyte codecs are not available yet",
    ),
    (
        "_codecs_kr",
        "East Asian multibyte codecs are not available yet",
    ),
    (
        "_codecs_tw",
        "East Asian multibyte codecs are not available yet",
    ),
    ("_ctypes", "foreign functions would break memory safety"),
    (
        "_ctypes_test",
        "foreign functions would break memory safety",
    ),
    ("_curses", "curses is not available"),
    ("_curses_panel", "curses is not available"),
    ("_dbm", "the dbm library is not available; dbm.dumb is"),
    (
        "_elementtree",
        "xml.etree runs on its Python implementation",
    ),
    ("_gdbm", "the gdbm library is not available; dbm.dumb is"),
    ("_hashlib", "hashes are built in, without OpenSSL"),
    ("_hmac", "hmac runs on its Python implementation"),
    ("_interpchannels", "subinterpreters are not available"),
    ("_interpqueues", "subinterpreters are not available"),
    ("_interpreters", "subinterpreters are not available"),
    ("_lsprof", "profile is available, cProfile is not"),
    ("_lzma", "LZMA is not available yet"),
    ("_msi", "this is not Windows"),
    (
        "_multibytecodec",
        "East Asian multibyte codecs are not available yet",
    ),
    ("_multiprocessing", "multiprocessing is not available yet"),
    ("_overlapped", "this is not Windows"),
    ("_posixshmem", "multiprocessing is not available yet"),
    (
        "_remote_debugging",
        "the memory of other processes is not read",
    ),
    ("_scproxy", "this is not macOS"),
    ("_sqlite3", "SQLite is not available yet"),
    ("_ssl", "TLS is not available yet"),
    ("_testcapi", "there is no C API"),
    ("_testinternalcapi", "there is no C API"),
    ("_testlimitedcapi", "there is no C API"),
    ("_tkinter", "Tk is not available"),
    ("_tracemalloc", "allocations are not traced"),
    ("_uuid", "uuid works without it"),
    ("_winapi", "this is not Windows"),
    ("_wmi", "this is not Windows"),
    ("_zoneinfo", "zoneinfo runs on its Python implementation"),
    ("_zstd", "Zstandard is not available yet"),
    ("cProfile", "profile is available, cProfile is not"),
    ("curses", "curses is not available"),
    (
        "mmap",
        "memory that other processes can change would break memory safety",
    ),
    ("msvcrt", "this is not Windows"),
    ("nt", "this is not Windows"),
    ("pyexpat", "expat is not available yet"),
    ("readline", "the readline library is not available"),
    ("syslog", "the system log is not available"),
    ("winreg", "this is not Windows"),
    ("winsound", "this is not Windows"),
];

/// Why there is no module of this name.
pub fn absence(name: &str) -> Option<&'static str> {
    ABSENT
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, reason)| *reason)
}
