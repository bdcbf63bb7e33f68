//! `_locale`: the locale `C` and its UTF-8 twin. There is no C library whose locales could be asked for, so others are refused.

use crate::support::*;
use mesapy_vm::layout::exception;

pub static MODULE: NativeModule = NativeModule {
    name: "_locale",
    doc: "Support for POSIX locales.",
    functions: methods! {
        "setlocale(category, locale=None, /)" => static calls setlocale(category, locale), "Activates/queries locale processing.";
        "localeconv()" => static calls localeconv(), "Returns numeric and monetary locale-specific parameters.";
        "strcoll(os1, os2, /)" => static calls strcoll(a, b), "Compares two strings according to the locale.";
        "strxfrm(string, /)" => static calls strxfrm(text), "Return a string that can be used as a key for locale-aware comparisons.";
        "nl_langinfo(key, /)" => static calls nl_langinfo(key), "Return the value for the locale information associated with key.";
        "getencoding()" => static calls getencoding(), "Get the current locale encoding.";
    },
    types: &[&ERROR],
    init: Some(|vm, dict| {
        *vm.state::<Locales>() = Locales::default();
        for (name, value) in CONSTANTS {
            set_global(vm, dict, name, vm.int(*value))?;
        }
        for (name, number, _) in FACTS {
            set_global(vm, dict, name, vm.int(*number))?;
        }
        Ok(())
    }),
};
static ERROR: TypeDef = TypeDef {
    name: "locale.Error",
    base: Some(&exc::EXCEPTION),
    layout: Layout::Slots(exception::COUNT as u16),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    ..TypeDef::EMPTY
};

const LC_ALL: i64 = 6;
static CONSTANTS: &[(&str, i64)] = &[
    ("LC_CTYPE", 0),
    ("LC_NUMERIC", 1),
    ("LC_TIME", 2),
    ("LC_COLLATE", 3),
    ("LC_MONETARY", 4),
    ("LC_MESSAGES", 5),
    ("LC_ALL", LC_ALL),
    ("CHAR_MAX", 127),
];
const CODESET: i64 = 14;
/// Names, numbers and values of what `nl_langinfo` tells in the locale C.
static FACTS: &[(&str, i64, &str)] = &[
    ("CODESET", CODESET, "UTF-8"),
    ("RADIXCHAR", 0x10000, "."),
    ("THOUSEP", 0x10001, ""),
    ("ABDAY_1", 0x20000, "Sun"),
    ("ABDAY_2", 0x20001, "Mon"),
    ("ABDAY_3", 0x20002, "Tue"),
    ("ABDAY_4", 0x20003, "Wed"),
    ("ABDAY_5", 0x20004, "Thu"),
    ("ABDAY_6", 0x20005, "Fri"),
    ("ABDAY_7", 0x20006, "Sat"),
    ("DAY_1", 0x20007, "Sunday"),
    ("DAY_2", 0x20008, "Monday"),
    ("DAY_3", 0x20009, "Tuesday"),
    ("DAY_4", 0x2000a, "Wednesday"),
    ("DAY_5", 0x2000b, "Thursday"),
    ("DAY_6", 0x2000c, "Friday"),
    ("DAY_7", 0x2000d, "Saturday"),
    ("ABMON_1", 0x2000e, "Jan"),
    ("ABMON_2", 0x2000f, "Feb"),
    ("ABMON_3", 0x20010, "Mar"),
    ("ABMON_4", 0x20011, "Apr"),
    ("ABMON_5", 0x20012, "May"),
    ("ABMON_6", 0x20013, "Jun"),
    ("ABMON_7", 0x20014, "Jul"),
    ("ABMON_8", 0x20015, "Aug"),
    ("ABMON_9", 0x20016, "Sep"),
    ("ABMON_10", 0x20017, "Oct"),
    ("ABMON_11", 0x20018, "Nov"),
    ("ABMON_12", 0x20019, "Dec"),
    ("MON_1", 0x2001a, "January"),
    ("MON_2", 0x2001b, "February"),
    ("MON_3", 0x2001c, "March"),
    ("MON_4", 0x2001d, "April"),
    ("MON_5", 0x2001e, "May"),
    ("MON_6", 0x2001f, "June"),
    ("MON_7", 0x20020, "July"),
    ("MON_8", 0x20021, "August"),
    ("MON_9", 0x20022, "September"),
    ("MON_10", 0x20023, "October"),
    ("MON_11", 0x20024, "November"),
    ("MON_12", 0x20025, "December"),
    ("AM_STR", 0x20026, "AM"),
    ("PM_STR", 0x20027, "PM"),
    ("D_T_FMT", 0x20028, "%a %b %e %H:%M:%S %Y"),
    ("D_FMT", 0x20029, "%m/%d/%y"),
    ("T_FMT", 0x2002a, "%H:%M:%S"),
    ("T_FMT_AMPM", 0x2002b, "%I:%M:%S %p"),
    ("ERA", 0x2002c, ""),
    ("ERA_D_FMT", 0x2002e, ""),
    ("ALT_DIGITS", 0x2002f, ""),
    ("ERA_D_T_FMT", 0x20030, ""),
    ("ERA_T_FMT", 0x20031, ""),
    ("_DATE_FMT", 0x2006c, "%a %b %e %H:%M:%S %Z %Y"),
    ("CRNCYSTR", 0x4000f, "-"),
    ("YESEXPR", 0x50000, "^[yY]"),
    ("NOEXPR", 0x50001, "^[nN]"),
];

/// What each category is set to: is it the UTF-8 twin?
struct Locales([bool; 6]);
impl Default for Locales {
    /// As CPython leaves it: the category of characters is set at the start.
    fn default() -> Locales {
        Locales([true, false, false, false, false, false])
    }
}
const CATEGORY_NAMES: [&str; 6] = [
    "LC_CTYPE",
    "LC_NUMERIC",
    "LC_TIME",
    "LC_COLLATE",
    "LC_MONETARY",
    "LC_MESSAGES",
];
/// The order in which a mixed locale is written.
const MIXED_ORDER: [usize; 6] = [0, 1, 2, 3, 4, 5];

fn name_of(utf8: bool) -> &'static str {
    if utf8 { "C.UTF-8" } else { "C" }
}
/// Whether a name is the UTF-8 twin; None for what there is not.
fn known(name: &str) -> Option<bool> {
    match name {
        "C" | "POSIX" => Some(false),
        "" | "C.UTF-8" | "C.utf8" | "C.UTF8" => Some(true),
        _ => None,
    }
}
fn setlocale(vm: &mut Vm, category: i64, locale: Option<Local>) -> Py<String> {
    if !(0..=LC_ALL).contains(&category) {
        return Err(vm.raise_text(&ERROR, "invalid locale category"));
    }
    let locale = locale.filter(|l| !l.value(vm).is_none());
    let name = match locale {
        None => None,
        Some(l) => match l.value(vm).as_str(vm) {
            Some(s) => {
                let bytes = s.bytes(vm).to_vec();
                if bytes.contains(&0) {
                    return Err(vm.value_error("embedded null character"));
                }
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            None => {
                let got = vm.type_name_for_error(l.value(vm));
                return Err(vm.type_error(format!(
                    "setlocale() argument 2 must be str or None, not {got}"
                )));
            }
        },
    };
    if let Some(name) = &name {
        let mut new = Locales(vm.state::<Locales>().0);
        let refused = |vm: &Vm| vm.raise_text(&ERROR, "unsupported locale setting");
        if name.contains(';') && category == LC_ALL {
            for part in name.split(';') {
                let place = part.split_once('=').and_then(|(category, value)| {
                    let i = CATEGORY_NAMES.iter().position(|n| *n == category);
                    Some((i, known(value)?))
                });
                match place {
                    Some((Some(i), utf8)) => {
                        if let Some(slot) = new.0.get_mut(i) {
                            *slot = utf8;
                        }
                    }
                    // Categories of the system that Python has no name for.
                    Some((None, _)) => {}
                    None => return Err(refused(vm)),
                }
            }
        } else {
            let utf8 = known(name).ok_or_else(|| refused(vm))?;
            for (i, slot) in new.0.iter_mut().enumerate() {
                if category == LC_ALL || category == i as i64 {
                    *slot = utf8;
                }
            }
        }
        *vm.state::<Locales>() = new;
    }
    let Locales(all) = vm.state::<Locales>();
    if let Some(utf8) = usize::try_from(category).ok().and_then(|i| all.get(i)) {
        return Ok(name_of(*utf8).into());
    }
    let [first, rest @ ..] = *all;
    if rest.iter().all(|x| *x == first) {
        return Ok(name_of(first).into());
    }
    let parts: Vec<String> = MIXED_ORDER
        .iter()
        .filter_map(|i| {
            Some(format!(
                "{}={}",
                CATEGORY_NAMES.get(*i)?,
                name_of(*all.get(*i)?)
            ))
        })
        .chain(
            [
                "LC_PAPER",
                "LC_NAME",
                "LC_ADDRESS",
                "LC_TELEPHONE",
                "LC_MEASUREMENT",
                "LC_IDENTIFICATION",
            ]
            .map(|n| format!("{n}=C")),
        )
        .collect();
    Ok(parts.join(";"))
}
fn localeconv(vm: &mut Vm) -> Py<Ret> {
    let vm: &Vm = vm;
    let dict = vm.new_dict();
    let set = |name: &str, value: Value<'_>| dict.set_str(vm, vm.intern(name.as_bytes()), value);
    for name in [
        "int_curr_symbol",
        "currency_symbol",
        "mon_decimal_point",
        "mon_thousands_sep",
    ] {
        set(name, vm.intern(b"").value())?;
    }
    set("mon_grouping", vm.new_list(&[])?.value())?;
    for name in ["positive_sign", "negative_sign"] {
        set(name, vm.intern(b"").value())?;
    }
    for name in [
        "int_frac_digits",
        "frac_digits",
        "p_cs_precedes",
        "p_sep_by_space",
        "n_cs_precedes",
        "n_sep_by_space",
        "p_sign_posn",
        "n_sign_posn",
    ] {
        set(name, vm.int(127))?;
    }
    set("decimal_point", vm.intern(b".").value())?;
    set("thousands_sep", vm.intern(b"").value())?;
    set("grouping", vm.new_list(&[])?.value())?;
    Ok(vm.ret(dict.value()))
}
fn strcoll(vm: &mut Vm, a: Local<k::Str>, b: Local<k::Str>) -> Py<i64> {
    let vm: &Vm = vm;
    if a.get(vm).bytes(vm).contains(&0) || b.get(vm).bytes(vm).contains(&0) {
        return Err(vm.value_error("embedded null character"));
    }
    Ok(match a.get(vm).bytes(vm).cmp(b.get(vm).bytes(vm)) {
        std::cmp::Ordering::Less => -1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => 1,
    })
}
fn strxfrm(vm: &mut Vm, text: Local<k::Str>) -> Py<Ret> {
    if text.get(vm).bytes(vm).contains(&0) {
        return Err(vm.value_error("embedded null character"));
    }
    Ok(vm.ret(text.value(vm)))
}
fn nl_langinfo(vm: &mut Vm, key: i64) -> Py<String> {
    if key == CODESET && !vm.state::<Locales>().0[0] {
        return Ok("ANSI_X3.4-1968".into());
    }
    match FACTS.iter().find(|(_, number, _)| *number == key) {
        Some((_, _, text)) => Ok((*text).into()),
        None => Err(vm.value_error("unsupported langinfo constant")),
    }
}
fn getencoding(_: &mut Vm) -> Py<String> {
    Ok("UTF-8".into())
}
