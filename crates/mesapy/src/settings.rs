//! How options, `-X` options and `PYTHON*` variables combine into a [`Config`].
//!
//! The rules are CPython's (Python/initconfig.c, Python/preconfig.c): an empty variable counts as unset, `-E` and `-I` hide all variables, a command-line
//! option beats its variable, of repeated `-X` options the first is the one that counts (`sys._xoptions` shows the last), and a value
//! that makes no sense ends the program before it starts.

use crate::options::{
    Bytes, CheckHashPycs, Config, Dump, DumpStage, Flags, Given, Program, Refusal,
};
use mesapy_vm::jit::Eagerness;

/// Digits that `int` and `str` convert by default, and the least that a limit may be.
const INT_STR_DIGITS: u32 = 4300;
const INT_STR_DIGITS_MIN: u32 = 640;
/// As in CPython, what a frame count fits in.
const TRACEMALLOC_FRAMES_MAX: i64 = 65_535;

/// `name=value`, or a name alone.
pub(crate) fn split_x_option(option: &[u8]) -> (Bytes, Option<Bytes>) {
    match option.iter().position(|&b| b == b'=') {
        Some(at) => (option[..at].to_vec(), Some(option[at + 1..].to_vec())),
        None => (option.to_vec(), None),
    }
}

struct Sources<'a> {
    environment: Option<&'a [(Bytes, Bytes)]>,
    x_options: &'a [(Bytes, Option<Bytes>)],
}

impl<'a> Sources<'a> {
    /// A variable, if variables count and it is not empty.
    fn variable(&self, name: &str) -> Option<&'a [u8]> {
        let found = self.environment?.iter().find(|(n, _)| n == name.as_bytes());
        found
            .map(|(_, value)| value.as_slice())
            .filter(|value| !value.is_empty())
    }

    fn copied(&self, name: &str) -> Option<Bytes> {
        self.variable(name).map(<[u8]>::to_vec)
    }

    /// An `-X` option: `Some(None)` if it stands there without a value.
    fn x(&self, name: &str) -> Option<Option<&'a [u8]>> {
        let found = self.x_options.iter().find(|(n, _)| n == name.as_bytes());
        found.map(|(_, value)| value.as_deref())
    }

    /// A variable that is a level: a number, or 1 for anything else.
    fn level(&self, name: &str) -> u32 {
        let level = self
            .variable(name)
            .map(|v| integer(v).and_then(|n| u32::try_from(n).ok()).unwrap_or(1));
        level.unwrap_or(0)
    }
}

/// What C's `strtol` makes of all of the text, within an `int`; an empty text is 0.
fn integer(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let number = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    if text.is_empty() {
        return Some(0);
    }
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<i64>().ok()
}

/// Brings everything together.
pub(crate) fn settle(
    given: Given,
    arguments: &[Bytes],
    environment: &[(Bytes, Bytes)],
) -> Result<Config, Refusal> {
    let ignore_environment = given.ignore_environment || given.isolated;
    let from = Sources {
        environment: (!ignore_environment).then_some(environment),
        x_options: &given.x_options,
    };

    let utf8_mode = utf8_mode(&from)?;
    let dev_mode = from.x("dev").is_some() || from.variable("PYTHONDEVMODE").is_some();
    check_gil(&from)?;
    let hash_seed = if given.random_hashes {
        None
    } else {
        hash_seed(&from)?
    };
    let flags = Flags {
        debug: given.debug.max(from.level("PYTHONDEBUG")) > 0,
        inspect: given.inspect || from.variable("PYTHONINSPECT").is_some(),
        interactive: given.inspect,
        optimize: given.optimize.max(from.level("PYTHONOPTIMIZE")),
        dont_write_bytecode: given.dont_write_bytecode || from.level("PYTHONDONTWRITEBYTECODE") > 0,
        no_user_site: given.no_user_site || given.isolated || from.level("PYTHONNOUSERSITE") > 0,
        no_site: given.no_site,
        ignore_environment,
        verbose: given.verbose.max(from.level("PYTHONVERBOSE")),
        bytes_warning: given.bytes_warning,
        quiet: given.quiet,
        hash_randomization: hash_seed != Some(0),
        isolated: given.isolated,
        dev_mode,
        utf8_mode,
        warn_default_encoding: from.x("warn_default_encoding").is_some()
            || from.variable("PYTHONWARNDEFAULTENCODING").is_some(),
        safe_path: given.safe_path || given.isolated || from.variable("PYTHONSAFEPATH").is_some(),
        int_max_str_digits: int_max_str_digits(&from)?,
        gil: true,
        thread_inherit_context: switch(
            &from,
            "thread_inherit_context",
            "PYTHON_THREAD_INHERIT_CONTEXT",
            "config_init_thread_inherit_context",
        )?,
        context_aware_warnings: switch(
            &from,
            "context_aware_warnings",
            "PYTHON_CONTEXT_AWARE_WARNINGS",
            "config_init_context_aware_warnings",
        )?,
    };
    Ok(Config {
        warn_options: warn_options(&from, &given, dev_mode),
        unbuffered: given.unbuffered || from.level("PYTHONUNBUFFERED") > 0,
        skip_first_line: given.skip_first_line,
        check_hash_pycs: given.check_hash_pycs.unwrap_or(CheckHashPycs::Default),
        hash_seed,
        import_time: import_time(&from)?,
        faulthandler: dev_mode
            || from.x("faulthandler").is_some()
            || from.variable("PYTHONFAULTHANDLER").is_some(),
        tracemalloc_frames: tracemalloc_frames(&from)?,
        cpu_count: cpu_count(&from)?,
        no_debug_ranges: from.x("no_debug_ranges").is_some()
            || from.variable("PYTHONNODEBUGRANGES").is_some(),
        frozen_modules: frozen_modules(&from)?,
        pycache_prefix: match from.x("pycache_prefix") {
            Some(path) => path.filter(|p| !p.is_empty()).map(<[u8]>::to_vec),
            None => from.copied("PYTHONPYCACHEPREFIX"),
        },
        basic_repl: from.variable("PYTHON_BASIC_REPL").is_some(),
        python_path: from.copied("PYTHONPATH"),
        home: from.copied("PYTHONHOME"),
        startup: from.copied("PYTHONSTARTUP"),
        io_encoding: from.copied("PYTHONIOENCODING"),
        plat_lib_dir: from.copied("PYTHONPLATLIBDIR"),
        jit: jit(&from)?,
        max_memory_bytes: max_memory_bytes(&from)?,
        dump: dump(&from)?,
        flags,
        program: given.program.unwrap_or(Program::Stdin),
        argv: given.argv,
        orig_argv: arguments.to_vec(),
        x_options: given.x_options,
    })
}

/// From weakest to strongest, none twice: development mode, the variable, the command line, `-b`.
fn warn_options(from: &Sources, given: &Given, dev_mode: bool) -> Vec<Bytes> {
    let bytes_warning = match given.bytes_warning {
        0 => None,
        1 => Some(b"default::BytesWarning".to_vec()),
        _ => Some(b"error::BytesWarning".to_vec()),
    };
    let variable = from.variable("PYTHONWARNINGS").unwrap_or_default();
    let listed = variable
        .split(|&b| b == b',')
        .filter(|w| !w.is_empty())
        .map(<[u8]>::to_vec);
    let all = dev_mode
        .then(|| b"default".to_vec())
        .into_iter()
        .chain(listed);
    let mut options: Vec<Bytes> = Vec::new();
    for option in all
        .chain(given.warn_options.iter().cloned())
        .chain(bytes_warning)
    {
        if !options.contains(&option) {
            options.push(option);
        }
    }
    options
}

fn utf8_mode(from: &Sources) -> Result<bool, Refusal> {
    let invalid = |complaint: &str| Refusal::Fatal {
        function: Some("preconfig_init_utf8_mode"),
        complaint: complaint.to_string(),
        state: "preinitializing",
    };
    match (from.x("utf8"), from.variable("PYTHONUTF8")) {
        (Some(None | Some(b"1")), _) => Ok(true),
        (Some(Some(b"0")), _) => Ok(false),
        (Some(_), _) => Err(invalid("invalid -X utf8 option value")),
        (None, Some(b"1")) => Ok(true),
        (None, Some(b"0") | None) => Ok(false),
        (None, Some(_)) => Err(invalid("invalid PYTHONUTF8 environment variable value")),
    }
}

fn hash_seed(from: &Sources) -> Result<Option<u32>, Refusal> {
    match from.variable("PYTHONHASHSEED") {
        None | Some(b"random") => Ok(None),
        Some(text) => match integer(text).and_then(|n| u32::try_from(n).ok()) {
            Some(seed) => Ok(Some(seed)),
            None => Err(Refusal::fatal(
                "config_init_hash_seed",
                "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]",
            )),
        },
    }
}

fn check_gil(from: &Sources) -> Result<(), Refusal> {
    let value = from
        .x("gil")
        .map_or(from.variable("PYTHON_GIL"), |v| Some(v.unwrap_or_default()));
    match value {
        None | Some(b"1") => Ok(()),
        Some(b"0") => Err(Refusal::fatal(
            "config_read_gil",
            "Disabling the GIL is not supported by this build",
        )),
        Some(_) => Err(Refusal::fatal(
            "config_read_gil",
            "PYTHON_GIL / -X gil must be \"0\" or \"1\"",
        )),
    }
}

fn int_max_str_digits(from: &Sources) -> Result<u32, Refusal> {
    let limit = |value: &[u8]| {
        let digits = integer(value)
            .and_then(|n| u32::try_from(n).ok())
            .filter(|&n| n <= i32::MAX as u32);
        digits.filter(|&n| n == 0 || n >= INT_STR_DIGITS_MIN)
    };
    let refuse = |source: &str| {
        let complaint =
            format!("{source}: invalid limit; must be >= {INT_STR_DIGITS_MIN} or 0 for unlimited.");
        Refusal::fatal("config_init_int_max_str_digits", &complaint)
    };
    let mut digits = INT_STR_DIGITS;
    if let Some(value) = from.variable("PYTHONINTMAXSTRDIGITS") {
        digits = limit(value).ok_or_else(|| refuse("PYTHONINTMAXSTRDIGITS"))?;
    }
    if let Some(value) = from.x("int_max_str_digits") {
        digits = value
            .and_then(limit)
            .ok_or_else(|| refuse("-X int_max_str_digits"))?;
    }
    Ok(digits)
}

fn import_time(from: &Sources) -> Result<u32, Refusal> {
    match from.x("importtime") {
        None if from.variable("PYTHONPROFILEIMPORTTIME") == Some(b"2") => Ok(2),
        None => Ok(u32::from(
            from.variable("PYTHONPROFILEIMPORTTIME").is_some(),
        )),
        Some(None | Some(b"")) => Ok(1),
        Some(Some(value)) => match integer(value) {
            None | Some(1) => Ok(1),
            Some(2) => Ok(2),
            Some(_) => Err(Refusal::fatal(
                "config_init_import_time",
                "-X importtime: values other than 1 and 2 are reserved for future use.",
            )),
        },
    }
}

fn tracemalloc_frames(from: &Sources) -> Result<u32, Refusal> {
    let frames = |value: &[u8]| {
        integer(value)
            .filter(|n| (0..=TRACEMALLOC_FRAMES_MAX).contains(n))
            .map(|n| n as u32)
    };
    let refuse = |source: &str| {
        Refusal::fatal(
            "config_init_tracemalloc",
            &format!("{source}: invalid number of frames"),
        )
    };
    let mut count = 0;
    if let Some(value) = from.variable("PYTHONTRACEMALLOC") {
        count = frames(value).ok_or_else(|| refuse("PYTHONTRACEMALLOC"))?;
    }
    match from.x("tracemalloc") {
        None => Ok(count),
        Some(None) => Ok(1),
        Some(Some(value)) => frames(value).ok_or_else(|| refuse("-X tracemalloc=NFRAME")),
    }
}

fn cpu_count(from: &Sources) -> Result<Option<u32>, Refusal> {
    let value = match from.x("cpu_count") {
        Some(value) => value.unwrap_or_default(),
        None => match from.variable("PYTHON_CPU_COUNT") {
            Some(value) => value,
            None => return Ok(None),
        },
    };
    if value == b"default" {
        return Ok(None);
    }
    let count = integer(value)
        .filter(|&n| n >= 1)
        .and_then(|n| i32::try_from(n).ok());
    match count {
        Some(count) => Ok(Some(count as u32)),
        None => Err(Refusal::fatal(
            "config_init_cpu_count",
            "-X cpu_count=n option: n is missing or an invalid number, n must be greater than 0",
        )),
    }
}

/// A setting that is 0 or 1, off by default.
fn switch(
    from: &Sources,
    option: &str,
    variable: &str,
    function: &'static str,
) -> Result<bool, Refusal> {
    let on = |value: &[u8]| match integer(value) {
        Some(0) => Some(false),
        Some(1) => Some(true),
        _ => None,
    };
    if let Some(value) = from.x(option) {
        let complaint = format!("-X {option}=n: n is missing or invalid");
        return value
            .and_then(on)
            .ok_or_else(|| Refusal::fatal(function, &complaint));
    }
    match from.variable(variable) {
        None => Ok(false),
        Some(value) => on(value).ok_or_else(|| {
            Refusal::fatal(function, &format!("{variable}=N: N is missing or invalid"))
        }),
    }
}

fn frozen_modules(from: &Sources) -> Result<Option<bool>, Refusal> {
    let (value, source) = match from.x("frozen_modules") {
        Some(value) => (value.unwrap_or(b"on"), "option -X frozen_modules"),
        None => match from.variable("PYTHON_FROZEN_MODULES") {
            Some(value) => (value, "PYTHON_FROZEN_MODULES"),
            None => return Ok(None),
        },
    };
    match value {
        b"on" | b"" => Ok(Some(true)),
        b"off" => Ok(Some(false)),
        _ => Err(Refusal::Fatal {
            function: None,
            complaint: format!("bad value for {source} (expected \"on\" or \"off\")"),
            state: "preinitialized",
        }),
    }
}

/// `-X max-memory=SIZE`: bytes, or with one of the suffixes K, M, G, T.
/// `-X jit`, then PYTHON_JIT as CPython has it.
fn jit(from: &Sources) -> Result<Eagerness, Refusal> {
    match from.x("jit") {
        Some(Some(b"on")) => Ok(Eagerness::Normal),
        Some(Some(b"off")) => Ok(Eagerness::Off),
        Some(Some(b"eager")) => Ok(Eagerness::Eager),
        Some(_) => Err(Refusal::fatal(
            "config_init_jit",
            "bad value for option -X jit (expected \"on\", \"off\" or \"eager\")",
        )),
        None if from.variable("PYTHON_JIT") == Some(b"0") => Ok(Eagerness::Off),
        None => Ok(Eagerness::Normal),
    }
}

fn max_memory_bytes(from: &Sources) -> Result<Option<u64>, Refusal> {
    let Some(value) = from.x("max-memory") else {
        return Ok(None);
    };
    let parse = |value: &[u8]| {
        let text = std::str::from_utf8(value).ok()?.to_ascii_uppercase();
        let text = text
            .strip_suffix("IB")
            .or(text.strip_suffix('B'))
            .unwrap_or(&text);
        let digits = text.trim_end_matches(['K', 'M', 'G', 'T']);
        let shift = match text.get(digits.len()..)? {
            "" => 0,
            "K" => 10,
            "M" => 20,
            "G" => 30,
            "T" => 40,
            _ => return None,
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits
            .parse::<u64>()
            .ok()?
            .checked_mul(1 << shift)
            .filter(|&size| size > 0)
    };
    match value.and_then(parse) {
        Some(size) => Ok(Some(size)),
        None => Err(Refusal::fatal(
            "config_init_max_memory",
            "-X max-memory=SIZE: SIZE is missing or invalid; a number of bytes, or with a suffix K, M, G or T",
        )),
    }
}

fn dump(from: &Sources) -> Result<Option<Dump>, Refusal> {
    let Some(value) = from.x("dump") else {
        return Ok(None);
    };
    let value = value.unwrap_or_default();
    let (stage, function) = match value.iter().position(|&b| b == b':') {
        Some(at) => (&value[..at], Some(value[at + 1..].to_vec())),
        None => (value, None),
    };
    let stage = match stage {
        b"tokens" => DumpStage::Tokens,
        b"ast" => DumpStage::Ast,
        b"bytecode" => DumpStage::Bytecode,
        _ => {
            let complaint = "-X dump=STAGE[:FUNCTION]: STAGE must be one of tokens, ast, bytecode";
            return Err(Refusal::fatal("config_init_dump", complaint));
        }
    };
    Ok(Some(Dump {
        stage,
        function: function.filter(|name| !name.is_empty()),
    }))
}
