//! `resource`: limits of processes and what they used.

use crate::posix::{c_int, run};
use crate::support::*;
use mesapy_platform::{Limit, OsError, Time, Usage, consts};
use mesapy_vm::objects::structseq;
use mesapy_vm::struct_sequence;

struct_sequence!(pub static STRUCT_RUSAGE = "resource.struct_rusage", "struct_rusage: Result from getrusage.", visible 16, [
    "ru_utime", "ru_stime", "ru_maxrss", "ru_ixrss", "ru_idrss", "ru_isrss", "ru_minflt", "ru_majflt", "ru_nswap", "ru_inblock", "ru_oublock",
    "ru_msgsnd", "ru_msgrcv", "ru_nsignals", "ru_nvcsw", "ru_nivcsw",
]);

pub static MODULE: NativeModule = NativeModule {
    name: "resource",
    doc: "",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};
static FUNCTIONS: &[Method] = methods! {
    "getrusage(who, /)" => static calls getrusage(who), "";
    "getrlimit(resource, /)" => static calls getrlimit(resource), "";
    "setrlimit(resource, limits, /)" => static calls setrlimit(resource, limits), "";
    "prlimit(pid, resource, limits=None, /)" => static calls prlimit(pid, resource, limits), "";
    "getpagesize()" => static calls getpagesize(), "";
};
/// CPython's names for Linux's numbers.
const RLIMIT_DATA: u32 = 2;
const RLIMIT_AS: u32 = 9;
/// Kinds of limits that Linux has.
const RLIM_NLIMITS: i64 = 16;
const EPERM: i32 = 1;
const EINVAL: i32 = 22;

/// A `struct_rusage`, also for `os.wait4`.
pub fn usage_value(vm: &mut Vm, u: &Usage) -> Py<Local> {
    structseq::register(vm, &STRUCT_RUSAGE)?;
    let vm: &Vm = vm;
    let seconds = |t: Time| vm.float(t.seconds as f64 + f64::from(t.nanos) * 1e-9);
    let mut values = vec![seconds(u.user), seconds(u.system)];
    values.extend(
        [
            u.max_rss,
            u.shared_rss,
            u.data_rss,
            u.stack_rss,
            u.minor_faults,
            u.major_faults,
            u.swaps,
            u.blocks_in,
            u.blocks_out,
            u.messages_sent,
            u.messages_received,
            u.signals,
            u.voluntary_switches,
            u.involuntary_switches,
        ]
        .map(|n| vm.int(n)),
    );
    Ok(vm.local(structseq::make(vm, &STRUCT_RUSAGE, &values)?))
}
fn getrusage(vm: &mut Vm, who: i64) -> Py<Local> {
    let who = c_int(vm, who)?;
    let usage = vm.platform().getrusage(who);
    match usage {
        Ok(u) => usage_value(vm, &u),
        Err(e) if e.errno == EINVAL => Err(vm.value_error("invalid who parameter")),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
fn resource_number(vm: &Vm, n: i64) -> Py<u32> {
    if (0..RLIM_NLIMITS).contains(&n) {
        return Ok(n as u32);
    }
    Err(vm.value_error("invalid resource specified"))
}
/// -1 is "no limit".
fn pair(vm: &Vm, limit: Limit) -> Py<Ret> {
    let number = |n: u64| {
        if n == u64::MAX {
            vm.int(-1)
        } else {
            vm.uint(n)
        }
    };
    let values = [number(limit.soft), number(limit.hard)];
    Ok(vm.ret(vm.new_tuple(&values)?.value()))
}
fn limits_argument(vm: &mut Vm, limits: Local) -> Py<Limit> {
    let list = vm.list_from_iterable(limits)?.keep(vm);
    if vm.len(list)? != 2 {
        return Err(vm.value_error("expected a tuple of 2 integers"));
    }
    let mut numbers = [0i64; 2];
    for (i, place) in numbers.iter_mut().enumerate() {
        let item = list
            .value(vm)
            .as_list(vm)
            .and_then(|l| l.at(vm, i))
            .unwrap_or(Value::NONE);
        let item = vm.local(item);
        *place = vm.index(item)?;
    }
    if numbers.iter().any(|n| *n < -1) {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let [soft, hard] = numbers.map(|n| n as u64);
    Ok(Limit { soft, hard })
}
fn refused(vm: &mut Vm, e: OsError) -> Raised {
    match e.errno {
        EINVAL => vm.value_error("current limit exceeds maximum limit"),
        EPERM => vm.value_error("not allowed to raise maximum limit"),
        _ => vm.platform_error(e, None),
    }
}
fn getrlimit(vm: &mut Vm, resource: i64) -> Py<Ret> {
    let resource = resource_number(vm, resource)?;
    let limit = run(vm, |o| o.prlimit(0, resource, None))?;
    let limit = without_reservation(vm, resource, limit);
    pair(vm, limit)
}
fn setrlimit(vm: &mut Vm, resource: i64, limits: Local) -> Py<()> {
    let resource = resource_number(vm, resource)?;
    let limits = limits_argument(vm, limits)?;
    let kernel = with_reservation(vm, resource, limits)?;
    let done = vm.platform().prlimit(0, resource, Some(kernel));
    match done {
        Ok(_) => {
            obey(vm, resource, limits);
            Ok(())
        }
        Err(e) => Err(refused(vm, e)),
    }
}

/// Address space that the process has mapped beyond what a program's data needs, apart from the cage: its own text, stacks, and libraries.
const MAPPED_BYTES: u64 = 256 << 20;
/// What is added to a limit of address space that the program set for itself: the cage is reserved as a whole, so as the system counts, any limit that a program
/// means for its data would be exceeded from the start, and every allocation of the host's would end the process.
#[derive(Default)]
struct Reservation(u64);

fn with_reservation(vm: &mut Vm, resource: u32, limit: Limit) -> Py<Limit> {
    if resource != RLIMIT_AS || limit.soft == u64::MAX {
        return Ok(limit);
    }
    let old = run(vm, |o| o.prlimit(0, resource, None))?;
    let more = vm.heap.reserved_bytes() as u64 + MAPPED_BYTES;
    vm.state::<Reservation>().0 = more;
    let hard = match limit.hard {
        u64::MAX => u64::MAX,
        bytes => bytes.saturating_add(more).min(old.hard),
    };
    Ok(Limit {
        soft: limit.soft.saturating_add(more).min(hard),
        hard,
    })
}
fn without_reservation(vm: &mut Vm, resource: u32, limit: Limit) -> Limit {
    if resource != RLIMIT_AS {
        return limit;
    }
    let more = vm.state::<Reservation>().0;
    let less = |bytes: u64| match bytes {
        u64::MAX => bytes,
        bytes => bytes.saturating_sub(more),
    };
    Limit {
        soft: less(limit.soft),
        hard: less(limit.hard),
    }
}
/// The heap keeps within the limits that a program sets for itself: three quarters are the heap's, the rest is left to the host.
fn obey(vm: &mut Vm, resource: u32, limit: Limit) {
    let own = vm.config.heap.limit_bytes;
    let bytes = match resource {
        RLIMIT_AS if limit.soft != u64::MAX => {
            let share = usize::try_from(limit.soft / 4 * 3).unwrap_or(usize::MAX);
            Some(own.map_or(share, |o| o.min(share)))
        }
        RLIMIT_AS | RLIMIT_DATA => own,
        _ => return,
    };
    vm.heap.set_limit(bytes);
}
fn prlimit(vm: &mut Vm, pid: i64, resource: i64, limits: Option<Local>) -> Py<Ret> {
    let pid = c_int(vm, pid)?;
    let resource = resource_number(vm, resource)?;
    let new = match limits.filter(|l| !l.value(vm).is_none()) {
        Some(l) => Some(limits_argument(vm, l)?),
        None => None,
    };
    let done = vm.platform().prlimit(pid, resource, new);
    match done {
        Ok(old) => pair(vm, old),
        Err(e) if e.errno == EINVAL => Err(refused(vm, e)),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
fn getpagesize(vm: &mut Vm) -> Py<usize> {
    run(vm, |o| o.page_size())
}
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    structseq::register(vm, &STRUCT_RUSAGE)?;
    let vm: &Vm = vm;
    for (name, value) in consts::RESOURCE {
        // RLIM_INFINITY is -1 to Python.
        set_global(vm, dict, name, vm.int(*value))?;
    }
    set_global(vm, dict, "error", vm.type_object(&exc::OS_ERROR).value())?;
    let class = vm.type_object(&STRUCT_RUSAGE.def).value();
    set_global(vm, dict, "struct_rusage", class)
}
