//! `time`: clocks, sleeping, calendar fields.

use mesapy_heap::Value;
use mesapy_platform::{Fields, Time, Zone, consts, gmtime as utc_fields};
use mesapy_vm::local::{Local, Py, Ret, k};
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::structseq;
use mesapy_vm::struct_sequence;
use mesapy_vm::vm::Vm;

const REALTIME: i32 = 0;
const MONOTONIC: i32 = 1;
const PROCESS: i32 = 2;
const THREAD: i32 = 3;

pub static MODULE: NativeModule = NativeModule {
    name: "time",
    doc: "This module provides various functions to manipulate time values.",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};
struct_sequence!(pub static STRUCT_TIME = "time.struct_time", "The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().", visible 9, [
    "tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst", "tm_zone", "tm_gmtoff",
]);
static FUNCTIONS: &[Method] = methods! {
    "time()" => static calls now(), "time() -> floating-point number\n\nReturn the current time in seconds since the Epoch.";
    "time_ns()" => static calls now_ns(), "";
    "monotonic()" => static calls monotonic(), "Monotonic clock, cannot go backward.";
    "monotonic_ns()" => static calls monotonic_ns(), "";
    "perf_counter()" => static calls monotonic(), "Performance counter for benchmarking.";
    "perf_counter_ns()" => static calls monotonic_ns(), "";
    "process_time()" => static calls process(), "Process time for profiling: sum of the kernel and user-space CPU time.";
    "process_time_ns()" => static calls process_ns(), "";
    "thread_time()" => static calls thread(), "";
    "thread_time_ns()" => static calls thread_ns(), "";
    "clock_gettime(clk_id, /)" => static calls clock_gettime(clock), "Return the time of the specified clock clk_id as a float.";
    "clock_gettime_ns(clk_id, /)" => static calls clock_gettime_ns(clock), "";
    "clock_getres(clk_id, /)" => static calls clock_getres(clock), "";
    "sleep(seconds, /)" => static calls sleep(seconds), "Delay execution for a given number of seconds.";
    "gmtime(seconds=None, /)" => static calls gmtime(seconds), "Convert seconds since the Epoch to a time tuple expressing UTC.";
    "localtime(seconds=None, /)" => static calls localtime(seconds), "Convert seconds since the Epoch to a time tuple expressing local time.";
    "mktime(tuple, /)" => static calls mktime(tuple), "Convert a time tuple in local time to seconds since the Epoch.";
    "asctime(tuple=None, /)" => static calls asctime(tuple), "Convert a time tuple to a string.";
    "ctime(seconds=None, /)" => static calls ctime(seconds), "Convert a time in seconds since the Epoch to a string in local time.";
    "strftime(format, tuple=None, /)" => static calls strftime(format, tuple), "Convert a time tuple to a string according to a format specification.";
    "strptime(...)" => static calls strptime(args, kwargs), "Parse a string to a time tuple according to a format specification.";
    "get_clock_info(name, /)" => static calls clock_info(name), "Get information of the specified clock.";
    "tzset()" => static calls tzset(), "Initialize, or reinitialize, the local timezone.";
};

// ---- clocks

fn clock(vm: &mut Vm, id: i32) -> Py<Time> {
    match vm.platform().clock_time(id) {
        Ok(t) => Ok(t),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
fn seconds(t: Time) -> f64 {
    t.seconds as f64 + f64::from(t.nanos) * 1e-9
}
fn nanos(vm: &Vm, t: Time) -> Py<i64> {
    i64::try_from(t.as_nanos())
        .map_err(|_| vm.overflow_error("timestamp too large to convert to C PyTime_t"))
}
macro_rules! clocks {
    ($($float:ident $int:ident $id:ident;)*) => { $(
        fn $float(vm: &mut Vm) -> Py<f64> { clock(vm, $id).map(seconds) }
        fn $int(vm: &mut Vm) -> Py<i64> { let t = clock(vm, $id)?; nanos(vm, t) }
    )* };
}
clocks! { now now_ns REALTIME; monotonic monotonic_ns MONOTONIC; process process_ns PROCESS; thread thread_ns THREAD; }

fn clock_id(vm: &Vm, id: i64) -> Py<i32> {
    i32::try_from(id).map_err(|_| vm.overflow_error("signed integer is out of range"))
}
fn clock_gettime(vm: &mut Vm, id: i64) -> Py<f64> {
    let id = clock_id(vm, id)?;
    clock(vm, id).map(seconds)
}
fn clock_gettime_ns(vm: &mut Vm, id: i64) -> Py<i64> {
    let id = clock_id(vm, id)?;
    let t = clock(vm, id)?;
    nanos(vm, t)
}
fn clock_getres(vm: &mut Vm, id: i64) -> Py<f64> {
    let id = clock_id(vm, id)?;
    match vm.platform().clock_resolution(id) {
        Ok(t) => Ok(seconds(t)),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
fn clock_info(vm: &mut Vm, name: String) -> Py<Ret> {
    let (id, text, adjustable) = match &name[..] {
        "time" => (REALTIME, "clock_gettime(CLOCK_REALTIME)", true),
        "monotonic" | "perf_counter" => (MONOTONIC, "clock_gettime(CLOCK_MONOTONIC)", false),
        "process_time" => (PROCESS, "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", false),
        "thread_time" => (THREAD, "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", false),
        _ => return Err(vm.value_error("unknown clock")),
    };
    let resolution = clock_getres(vm, i64::from(id))?;
    let types = mesapy_vm::import::import_module(vm, "types")?;
    let class = vm.get_attr_str(types, "SimpleNamespace")?.keep(vm);
    let [implementation, monotonic, adjustable, resolution] = {
        let vm: &Vm = vm;
        vm.locals([
            vm.new_str(text.as_bytes())?.value(),
            Value::bool(id != REALTIME),
            Value::bool(adjustable),
            vm.float(resolution),
        ])
    };
    vm.call_kw(
        class,
        &[],
        &[
            ("implementation", implementation),
            ("monotonic", monotonic),
            ("adjustable", adjustable),
            ("resolution", resolution),
        ],
    )
}

/// Sleeps until a deadline, so that signals in between cost no time (PEP 475).
fn sleep(vm: &mut Vm, given: Local) -> Py<()> {
    let duration: i128 = if vm.is_int(given.value(vm)) {
        i128::from(vm.index(given)?) * 1_000_000_000
    } else {
        if given.value(vm).as_f64(vm).is_none()
            && vm
                .special_of(given.value(vm), mesapy_vm::Dunder::Float)
                .is_none()
        {
            return Err(vm.type_error(format!(
                "'{}' object cannot be interpreted as an integer or float",
                vm.type_name_for_error(given.value(vm))
            )));
        }
        let f = vm.to_f64(given)?;
        if f.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        if f > 9.2e9 {
            return Err(vm.overflow_error("timestamp too large to convert to C PyTime_t"));
        }
        (f * 1e9).ceil() as i128
    };
    if duration < 0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    if duration > i128::from(i64::MAX) {
        return Err(vm.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    let start = clock(vm, MONOTONIC)?;
    let Some(deadline) = Time::from_nanos(start.as_nanos() + duration) else {
        return Err(vm.overflow_error("timestamp too large to convert to C PyTime_t"));
    };
    match crate::io::retry(vm, |p| p.sleep_until(deadline))? {
        Ok(()) => vm.poll(),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}

// ---- calendar

/// The zone that `tzset` chose.
#[derive(Default)]
struct Calendar {
    zone: Option<Zone>,
}
fn zone(vm: &mut Vm) -> Py<Zone> {
    if let Some(zone) = &vm.state::<Calendar>().zone {
        return Ok(zone.clone());
    }
    let tz = vm.environment_variable(b"TZ");
    let zone = vm
        .platform()
        .load_zone(tz.as_deref())
        .unwrap_or_else(|_| Zone::utc());
    vm.state::<Calendar>().zone = Some(zone.clone());
    Ok(zone)
}
/// Whole seconds of an argument; now if there is none.
fn moment(vm: &mut Vm, given: Option<Local>) -> Py<i64> {
    match given.filter(|g| !g.value(vm).is_none()) {
        None => clock(vm, REALTIME).map(|t| t.seconds),
        Some(g) if vm.is_int(g.value(vm)) => match vm.int_value(g.value(vm)) {
            Some(n) => Ok(n),
            None => Err(vm.overflow_error("timestamp out of range for platform time_t")),
        },
        Some(g) => {
            let f = vm.to_f64(g)?;
            if f.is_nan() {
                return Err(vm.value_error("Invalid value NaN (not a number)"));
            }
            let f = f.floor();
            if !(-9.2e18..9.2e18).contains(&f) {
                return Err(vm.overflow_error("timestamp out of range for platform time_t"));
            }
            Ok(f as i64)
        }
    }
}
fn struct_time(vm: &Vm, f: &Fields) -> Py<Ret> {
    let zone = vm.new_str(f.zone.as_bytes())?.value();
    let values = [
        vm.int(f.year),
        vm.int(f.month),
        vm.int(f.day),
        vm.int(f.hour),
        vm.int(f.minute),
        vm.int(f.second),
        vm.int(f.weekday),
        vm.int(f.year_day),
        vm.int(i64::from(f.is_dst)),
        zone,
        vm.int(i64::from(f.utc_offset)),
    ];
    Ok(vm.ret(structseq::make(vm, &STRUCT_TIME, &values)?))
}
fn local_fields(vm: &mut Vm, at: i64) -> Py<Fields> {
    let zone = zone(vm)?;
    match zone.local(at) {
        Ok(f) => Ok(f),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
fn gmtime(vm: &mut Vm, given: Option<Local>) -> Py<Ret> {
    let at = moment(vm, given)?;
    match utc_fields(at) {
        Ok(f) => struct_time(vm, &f),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
fn localtime(vm: &mut Vm, given: Option<Local>) -> Py<Ret> {
    let at = moment(vm, given)?;
    let f = local_fields(vm, at)?;
    struct_time(vm, &f)
}
/// The fields of a time tuple.
fn fields(vm: &mut Vm, given: Local, function: &str) -> Py<Fields> {
    let Some(t) = given.value(vm).as_tuple(vm) else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    if t.len(vm) != 9 {
        return Err(vm.type_error(format!("{function}(): illegal time tuple argument")));
    }
    let items: Vec<Local> = (0..9).map(|i| vm.local(t.get(vm, i))).collect();
    let mut n = [0i64; 9];
    for (place, item) in n.iter_mut().zip(&items) {
        *place = vm.index(*item)?;
        if i32::try_from(*place).is_err() {
            return Err(vm.overflow_error("signed integer is out of range"));
        }
    }
    let (mut zone, mut offset) = (String::new(), 0);
    if vm.is_exactly(given.value(vm), &STRUCT_TIME.def) {
        let name = vm.get_attr_str(given, "tm_zone")?.keep(vm);
        zone = vm.text_of(name.value(vm));
        let seconds = vm.get_attr_str(given, "tm_gmtoff")?.keep(vm);
        if vm.is_int(seconds.value(vm)) {
            offset = i32::try_from(vm.index(seconds)?).unwrap_or(0);
        }
    }
    Ok(Fields {
        year: n[0],
        month: n[1],
        day: n[2],
        hour: n[3],
        minute: n[4],
        second: n[5],
        weekday: n[6],
        year_day: n[7],
        is_dst: n[8] as i32,
        utc_offset: offset,
        zone,
    })
}
/// CPython's `checktm`: what can't be shown is refused; zeros are taken for ones.
fn check(vm: &Vm, f: &mut Fields) -> Py<()> {
    if f.month == 0 {
        f.month = 1;
    }
    if f.day == 0 {
        f.day = 1;
    }
    if f.year_day == 0 {
        f.year_day = 1;
    }
    let wrong = if !(1..=12).contains(&f.month) {
        "month out of range"
    } else if !(1..=31).contains(&f.day) {
        "day of month out of range"
    } else if !(0..=23).contains(&f.hour) {
        "hour out of range"
    } else if !(0..=59).contains(&f.minute) {
        "minute out of range"
    } else if !(0..=61).contains(&f.second) {
        "seconds out of range"
    } else if f.weekday < -1 {
        "day of week out of range"
    } else if !(1..=366).contains(&f.year_day) {
        "day of year out of range"
    } else {
        f.weekday = f.weekday.rem_euclid(7);
        return Ok(());
    };
    Err(vm.value_error(wrong))
}
fn mktime(vm: &mut Vm, given: Local) -> Py<f64> {
    let f = fields(vm, given, "mktime")?;
    let zone = zone(vm)?;
    match zone.to_seconds(&f) {
        Ok(n) => Ok(n as f64),
        Err(_) => Err(vm.overflow_error("mktime argument out of range")),
    }
}
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
fn day(f: &Fields) -> &'static str {
    usize::try_from(f.weekday)
        .ok()
        .and_then(|i| DAYS.get(i))
        .copied()
        .unwrap_or("?")
}
fn month(f: &Fields) -> &'static str {
    usize::try_from(f.month - 1)
        .ok()
        .and_then(|i| MONTHS.get(i))
        .copied()
        .unwrap_or("?")
}
fn c_time(f: &Fields) -> String {
    format!(
        "{:.3} {:.3} {:2} {:02}:{:02}:{:02} {}",
        day(f),
        month(f),
        f.day,
        f.hour,
        f.minute,
        f.second,
        f.year
    )
}
fn asctime(vm: &mut Vm, given: Option<Local>) -> Py<String> {
    let mut f = match given {
        Some(t) => fields(vm, t, "asctime")?,
        None => {
            let at = moment(vm, None)?;
            local_fields(vm, at)?
        }
    };
    check(vm, &mut f)?;
    Ok(c_time(&f))
}
fn ctime(vm: &mut Vm, given: Option<Local>) -> Py<String> {
    let at = moment(vm, given)?;
    Ok(c_time(&local_fields(vm, at)?))
}
/// ISO year and week.
fn iso_week(f: &Fields) -> (i64, i64) {
    let long = |y: i64| {
        let p =
            |y: i64| (y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400)).rem_euclid(7);
        p(y) == 4 || p(y - 1) == 3
    };

    let week = (f.year_day - (f.weekday + 1) + 10).div_euclid(7);
    if week < 1 {
        return (f.year - 1, if long(f.year - 1) { 53 } else { 52 });
    }
    if week == 53 && !long(f.year) {
        return (f.year + 1, 1);
    }
    (f.year, week)
}
/// The C locale's `strftime` with glibc's extensions of a pad character.
fn format_time(vm: &mut Vm, format: &[u8], f: &Fields, out: &mut Vec<u8>, depth: u8) -> Py<()> {
    let mut i = 0;
    while i < format.len() {
        let c = format[i];
        i += 1;
        if c != b'%' {
            out.push(c);
            continue;
        }
        let from = i - 1;
        let (mut pad, mut upper) = (None, false);
        while let Some(&m) = format.get(i) {
            match m {
                b'-' | b'_' | b'0' => pad = Some(m),
                b'^' | b'#' => upper = true,
                _ => break,
            }
            i += 1;
        }
        let digits = format[i..]
            .iter()
            .take_while(|d| d.is_ascii_digit())
            .count()
            .min(4);
        let width: Option<usize> = std::str::from_utf8(&format[i..i + digits])
            .ok()
            .and_then(|w| w.parse().ok());
        i += digits;
        if matches!(format.get(i), Some(b'E' | b'O')) {
            i += 1;
        }
        let Some(&spec) = format.get(i) else {
            out.extend_from_slice(&format[from..]);
            break;
        };
        i += 1;
        let number = |n: i64, width_: usize, default: u8| {
            let w = width.unwrap_or(width_);
            match pad.unwrap_or(default) {
                b'-' => n.to_string(),
                b'_' => format!("{n:w$}"),
                _ => format!("{n:0w$}"),
            }
        };
        let hour12 = (f.hour + 11).rem_euclid(12) + 1;
        let text = match spec {
            b'a' => day(f)[..3.min(day(f).len())].to_string(),
            b'A' => day(f).to_string(),
            b'b' | b'h' => month(f)[..3.min(month(f).len())].to_string(),
            b'B' => month(f).to_string(),
            b'C' => number(f.year.div_euclid(100), 2, b'0'),
            b'd' => number(f.day, 2, b'0'),
            b'e' => number(f.day, 2, b'_'),
            b'g' => number(iso_week(f).0.rem_euclid(100), 2, b'0'),
            b'G' => number(iso_week(f).0, 1, b'0'),
            b'H' => number(f.hour, 2, b'0'),
            b'I' => number(hour12, 2, b'0'),
            b'j' => number(f.year_day, 3, b'0'),
            b'k' => number(f.hour, 2, b'_'),
            b'l' => number(hour12, 2, b'_'),
            b'm' => number(f.month, 2, b'0'),
            b'M' => number(f.minute, 2, b'0'),
            b'n' => "\n".to_string(),
            b'p' => if f.hour < 12 { "AM" } else { "PM" }.to_string(),
            b'P' => if f.hour < 12 { "am" } else { "pm" }.to_string(),
            b's' => {
                let zone = zone(vm)?;
                zone.to_seconds(f).unwrap_or(-1).to_string()
            }
            b'S' => number(f.second, 2, b'0'),
            b't' => "\t".to_string(),
            b'u' => number(f.weekday + 1, 1, b'0'),
            b'U' => number(
                (f.year_day - 1 + 7 - (f.weekday + 1).rem_euclid(7)).div_euclid(7),
                2,
                b'0',
            ),
            b'V' => number(iso_week(f).1, 2, b'0'),
            b'w' => number((f.weekday + 1).rem_euclid(7), 1, b'0'),
            b'W' => number((f.year_day - 1 + 7 - f.weekday).div_euclid(7), 2, b'0'),
            b'y' => number(f.year.rem_euclid(100), 2, b'0'),
            b'Y' => number(f.year, 1, b'0'),
            b'z' => {
                let o = f.utc_offset;
                format!(
                    "{}{:02}{:02}",
                    if o < 0 { '-' } else { '+' },
                    o.abs() / 3600,
                    o.abs() / 60 % 60
                )
            }
            b'Z' => f.zone.clone(),
            b'%' => "%".to_string(),
            b'c' | b'x' | b'D' | b'X' | b'T' | b'r' | b'R' | b'F' | b'+' if depth == 0 => {
                let inner: &[u8] = match spec {
                    b'c' => b"%a %b %e %H:%M:%S %Y",
                    b'x' | b'D' => b"%m/%d/%y",
                    b'X' | b'T' => b"%H:%M:%S",
                    b'r' => b"%I:%M:%S %p",
                    b'R' => b"%H:%M",
                    b'F' => b"%Y-%m-%d",
                    _ => b"%a %b %e %H:%M:%S %Z %Y",
                };
                let mut text = Vec::new();
                format_time(vm, inner, f, &mut text, 1)?;
                String::from_utf8_lossy(&text).into_owned()
            }
            _ => {
                out.extend_from_slice(&format[from..i]);
                continue;
            }
        };
        let text = if upper { text.to_uppercase() } else { text };
        let missing = width.unwrap_or(0).saturating_sub(text.chars().count());
        out.extend(std::iter::repeat_n(
            if pad == Some(b'0') { b'0' } else { b' ' },
            missing,
        ));
        out.extend_from_slice(text.as_bytes());
    }
    Ok(())
}
fn strftime(vm: &mut Vm, format: Local<k::Str>, given: Option<Local>) -> Py<Ret> {
    let mut f = match given {
        Some(t) => fields(vm, t, "strftime")?,
        None => {
            let at = moment(vm, None)?;
            local_fields(vm, at)?
        }
    };
    check(vm, &mut f)?;
    if f.zone.is_empty() {
        let zone = zone(vm)?;
        if let Some(l) = zone.to_seconds(&f).ok().and_then(|s| zone.local(s).ok()) {
            f.zone = l.zone;
            f.utc_offset = l.utc_offset;
        }
    }
    f.is_dst = f.is_dst.clamp(-1, 1);
    let format = format.get(vm).bytes(vm).to_vec();
    let mut out = Vec::new();
    format_time(vm, &format, &f, &mut out, 0)?;
    Ok(vm.ret(vm.new_str(&out)?.value()))
}
fn strptime(vm: &mut Vm, args: Local, kwargs: Local) -> Py<Ret> {
    let module = mesapy_vm::import::import_module(vm, "_strptime")?;
    let f = vm.get_attr_str(module, "_strptime_time")?.keep(vm);
    vm.call_ex(f, args, kwargs)
}
/// `timezone`, `altzone`, `daylight` and `tzname`, from the zone's offsets in January and July.
fn zone_values(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let at = moment(vm, None)?;
    let year = utc_fields(at).map_or(2000, |f| f.year);
    let start = (year - 1970) * 31_556_952;
    let winter = local_fields(vm, start - start.rem_euclid(86_400) + 5 * 86_400)?;
    let summer = local_fields(vm, start - start.rem_euclid(86_400) + 185 * 86_400)?;
    // Standard time is the smaller offset, on either side of the equator.
    let (standard, daylight) = if summer.utc_offset >= winter.utc_offset {
        (winter, summer)
    } else {
        (summer, winter)
    };
    let vm: &Vm = vm;
    let d = dict.get(vm);
    let names = vm.new_tuple(&[
        vm.new_str(standard.zone.as_bytes())?.value(),
        vm.new_str(daylight.zone.as_bytes())?.value(),
    ])?;
    for (name, value) in [
        ("timezone", vm.int(-i64::from(standard.utc_offset))),
        ("altzone", vm.int(-i64::from(daylight.utc_offset))),
        (
            "daylight",
            vm.int(i64::from(standard.utc_offset != daylight.utc_offset)),
        ),
        ("tzname", names.value()),
    ] {
        d.set_str(vm, vm.intern(name.as_bytes()), value)?;
    }
    Ok(())
}
fn tzset(vm: &mut Vm) -> Py<()> {
    vm.state::<Calendar>().zone = None;
    let module = mesapy_vm::import::import_module(vm, "time")?;
    let dict = vm.get_attr_str(module, "__dict__")?.keep(vm);
    match dict.cast::<k::Dict>(vm) {
        Some(dict) => zone_values(vm, dict),
        None => Ok(()),
    }
}
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    structseq::register(vm, &STRUCT_TIME)?;
    {
        let vm: &Vm = vm;
        let d = dict.get(vm);
        d.set_str(
            vm,
            vm.intern(b"struct_time"),
            vm.type_object(&STRUCT_TIME.def).value(),
        )?;
        for (name, value) in consts::TIME {
            d.set_str(vm, vm.intern(name.as_bytes()), vm.int(*value))?;
        }
        d.set_str(vm, vm.intern(b"_STRUCT_TM_ITEMS"), vm.int(11))?;
    }
    zone_values(vm, dict)
}
