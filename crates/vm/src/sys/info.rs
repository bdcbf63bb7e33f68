//! Constants of `sys`: versions, limits, flags.

use crate::local::{Local, Py, k};
use crate::objects::structseq::{self, StructSeq};
use crate::vm::Vm;
use mesapy_heap::Value;

/// The version of the language and of the library that comes with it.
pub const VERSION: (i64, i64, i64) = (3, 14, 7);
pub const HEX_VERSION: i64 = VERSION.0 << 24 | VERSION.1 << 16 | VERSION.2 << 8 | 0xf0;

pub fn version_text() -> String {
    format!(
        "{}.{}.{} (MesaPy {}) [Rust]",
        VERSION.0,
        VERSION.1,
        VERSION.2,
        env!("CARGO_PKG_VERSION")
    )
}

crate::struct_sequence! { pub static FLAGS = "sys.flags", "sys.flags\n\nFlags provided through command line arguments or environment vars.", visible 18, [
"debug", "inspect", "interactive", "optimize", "dont_write_bytecode", "no_user_site", "no_site", "ignore_environment", "verbose", "bytes_warning", "quiet",
"hash_randomization", "isolated", "dev_mode", "utf8_mode", "warn_default_encoding", "safe_path", "int_max_str_digits", "gil", "thread_inherit_context", "context_aware_warnings"] }
crate::struct_sequence! { pub static VERSION_INFO = "sys.version_info", "sys.version_info\n\nVersion information as a named tuple.", visible 5, ["major", "minor", "micro", "releaselevel", "serial"] }
crate::struct_sequence! { pub static FLOAT_INFO = "sys.float_info", "sys.float_info\n\nA named tuple holding information about the float type.", visible 11, [
"max", "max_exp", "max_10_exp", "min", "min_exp", "min_10_exp", "dig", "mant_dig", "epsilon", "radix", "rounds"] }
crate::struct_sequence! { pub static INT_INFO = "sys.int_info", "sys.int_info\n\nA named tuple that holds information about Python's internal representation of integers.", visible 4, [
"bits_per_digit", "sizeof_digit", "default_max_str_digits", "str_digits_check_threshold"] }
crate::struct_sequence! { pub static HASH_INFO = "sys.hash_info", "hash_info\n\nA named tuple providing parameters used for computing hashes.", visible 9, [
"width", "modulus", "inf", "nan", "imag", "algorithm", "hash_bits", "seed_bits", "cutoff"] }
crate::struct_sequence! { pub static THREAD_INFO = "sys.thread_info", "sys.thread_info\n\nA named tuple holding information about the thread implementation.", visible 3, ["name", "lock", "version"] }
crate::struct_sequence! { pub static ASYNCGEN_HOOKS = "asyncgen_hooks", "asyncgen_hooks\n\nNamed tuple containing information about asynchronous generators hooks.", visible 2, ["firstiter", "finalizer"] }

pub(super) static SEQUENCES: &[&StructSeq] = &[
    &FLAGS,
    &VERSION_INFO,
    &FLOAT_INFO,
    &INT_INFO,
    &HASH_INFO,
    &THREAD_INFO,
    &ASYNCGEN_HOOKS,
];

/// `sys.flags`.
#[derive(Clone, Debug)]
pub struct Flags {
    pub debug: bool,
    pub inspect: bool,
    pub interactive: bool,
    pub optimize: u32,
    pub dont_write_bytecode: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub ignore_environment: bool,
    pub verbose: u32,
    pub bytes_warning: u32,
    pub quiet: bool,
    pub hash_randomization: bool,
    pub isolated: bool,
    pub dev_mode: bool,
    pub utf8_mode: bool,
    pub warn_default_encoding: bool,
    pub safe_path: bool,
    pub int_max_str_digits: u32,
}
impl Default for Flags {
    fn default() -> Self {
        Flags {
            debug: false,
            inspect: false,
            interactive: false,
            optimize: 0,
            dont_write_bytecode: false,
            no_user_site: false,
            no_site: false,
            ignore_environment: false,
            verbose: 0,
            bytes_warning: 0,
            quiet: false,
            hash_randomization: true,
            isolated: false,
            dev_mode: false,
            utf8_mode: true,
            warn_default_encoding: false,
            safe_path: false,
            int_max_str_digits: 4300,
        }
    }
}

/// Names of the standard library's top-level modules.
pub(super) const STDLIB_NAMES: &str = include_str!("stdlib_names.txt");

pub(super) fn fill(vm: &Vm, dict: Local<k::Dict>, flags: &Flags) -> Py<()> {
    let set = |name: &str, value: Value<'_>| -> Py<()> {
        dict.get(vm)
            .set_str(vm, vm.intern(name.as_bytes()), value)?;
        Ok(())
    };
    let int = |n: i64| vm.int(n);
    let yes = |b: bool| vm.int(i64::from(b));
    let text = |s: &str| vm.intern(s.as_bytes()).value();
    let version = structseq::make(
        vm,
        &VERSION_INFO,
        &[
            int(VERSION.0),
            int(VERSION.1),
            int(VERSION.2),
            text("final"),
            int(0),
        ],
    )?;
    set("version_info", version)?;
    let f = flags;
    let values = [
        yes(f.debug),
        yes(f.inspect),
        yes(f.interactive),
        int(f.optimize.into()),
        yes(f.dont_write_bytecode),
        yes(f.no_user_site),
        yes(f.no_site),
        yes(f.ignore_environment),
        int(f.verbose.into()),
        int(f.bytes_warning.into()),
        yes(f.quiet),
        yes(f.hash_randomization),
        yes(f.isolated),
        Value::bool(f.dev_mode),
        yes(f.utf8_mode),
        yes(f.warn_default_encoding),
        Value::bool(f.safe_path),
        int(f.int_max_str_digits.into()),
        int(1),
        int(0),
        int(0),
    ];
    set("flags", structseq::make(vm, &FLAGS, &values)?)?;
    let float = [
        vm.float(f64::MAX),
        int(1024),
        int(308),
        vm.float(f64::MIN_POSITIVE),
        int(-1021),
        int(-307),
        int(15),
        int(53),
        vm.float(f64::EPSILON),
        int(2),
        int(1),
    ];
    set("float_info", structseq::make(vm, &FLOAT_INFO, &float)?)?;
    set(
        "int_info",
        structseq::make(vm, &INT_INFO, &[int(30), int(4), int(4300), int(640)])?,
    )?;
    let hash = [
        int(64),
        int((1 << 61) - 1),
        int(314_159),
        int(0),
        int(1_000_003),
        text("siphash13"),
        int(64),
        int(128),
        int(0),
    ];
    set("hash_info", structseq::make(vm, &HASH_INFO, &hash)?)?;
    set(
        "thread_info",
        structseq::make(
            vm,
            &THREAD_INFO,
            &[text("pthread"), text("semaphore"), Value::NONE],
        )?,
    )?;
    let ns = crate::objects::namespace::new_namespace(vm)?;
    let o = ns.as_obj().ok_or(crate::local::Raised(()))?;
    for (name, value) in [
        ("name", text("mesapy")),
        ("cache_tag", text("mesapy-314")),
        ("version", version),
        ("hexversion", int(HEX_VERSION)),
        ("_multiarch", text("x86_64-linux-gnu")),
        ("supports_isolated_interpreters", Value::FALSE),
    ] {
        vm.attr_set(o, vm.intern(name.as_bytes()), value)?;
    }
    set("implementation", ns)?;
    set(
        "_git",
        vm.new_tuple(&[text("MesaPy"), text(""), text("")])?.value(),
    )?;
    Ok(())
}
