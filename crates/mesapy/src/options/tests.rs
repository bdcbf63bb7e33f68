//! Command lines against what CPython 3.14 makes of them.

use super::*;

fn bytes(words: &[&str]) -> Vec<Bytes> {
    words.iter().map(|w| w.as_bytes().to_vec()).collect()
}

fn parse_with(words: &[&str], environment: &[(&str, &str)]) -> Result<Action, Refusal> {
    let arguments = bytes(&[&["mesapy"], words].concat());
    let environment: Vec<_> = environment
        .iter()
        .map(|(n, v)| (Bytes::from(*n), Bytes::from(*v)))
        .collect();
    parse(&arguments, &environment)
}

fn config_with(words: &[&str], environment: &[(&str, &str)]) -> Config {
    match parse_with(words, environment) {
        Ok(Action::Run(config)) => *config,
        other => panic!("{words:?} {environment:?}: {other:?}"),
    }
}

fn config(words: &[&str]) -> Config {
    config_with(words, &[])
}

fn flags(words: &[&str], environment: &[(&str, &str)]) -> Flags {
    config_with(words, environment).flags
}

/// First line of the complaint, and the status.
fn refusal(words: &[&str], environment: &[(&str, &str)]) -> (String, u8) {
    let refusal = parse_with(words, environment).unwrap_err();
    (
        refusal
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .to_string(),
        refusal.status(),
    )
}

#[test]
fn the_program_ends_the_options() {
    let c = config(&["-c", "print(1)", "-a", "b"]);
    assert_eq!(c.program, Program::Command(b"print(1)\n".to_vec()));
    assert_eq!(c.argv, bytes(&["-c", "-a", "b"]));
    assert_eq!(c.orig_argv, bytes(&["mesapy", "-c", "print(1)", "-a", "b"]));
    let c = config(&["-OBcpass"]);
    assert_eq!(
        (c.program, c.flags.optimize),
        (Program::Command(b"pass\n".to_vec()), 1)
    );
    assert!(c.flags.dont_write_bytecode);
    let c = config(&["-mtimeit", "-n", "1"]);
    assert_eq!(
        (c.program, c.argv),
        (
            Program::Module(b"timeit".to_vec()),
            bytes(&["-m", "-n", "1"])
        )
    );
    let c = config(&["-E", "-s", "a.py", "-E"]);
    assert_eq!(
        (c.program, c.argv),
        (Program::File(b"a.py".to_vec()), bytes(&["a.py", "-E"]))
    );
    let c = config(&["--", "-x.py", "--", "a"]);
    assert_eq!(
        (c.program, c.argv),
        (
            Program::File(b"-x.py".to_vec()),
            bytes(&["-x.py", "--", "a"])
        )
    );
    let c = config(&["-", "a"]);
    assert_eq!((c.program, c.argv), (Program::Stdin, bytes(&["-", "a"])));
    let c = config(&["--"]);
    assert_eq!((c.program, c.argv), (Program::Stdin, bytes(&[""])));
}

#[test]
fn flags_add_up() {
    let none = flags(&[], &[]);
    assert_eq!(
        (none.int_max_str_digits, none.hash_randomization, none.gil),
        (4300, true, true)
    );
    let f = flags(&["-bbb", "-OO", "-vv", "-dd", "-qq", "-RtS"], &[]);
    assert_eq!(
        (
            f.bytes_warning,
            f.optimize,
            f.verbose,
            f.debug,
            f.quiet,
            f.no_site
        ),
        (3, 2, 2, true, true, true)
    );
    let f = flags(&["-I"], &[("PYTHONOPTIMIZE", "2")]);
    assert!(f.isolated && f.ignore_environment && f.safe_path && f.no_user_site && f.optimize == 0);
    let f = flags(&["-E"], &[("PYTHONVERBOSE", "1")]);
    assert!(f.ignore_environment && !f.isolated && f.verbose == 0);
    let f = flags(&["-i"], &[]);
    assert!(f.inspect && f.interactive);
    let c = config(&["-u", "-x", "--check-hash-based-pycs", "never"]);
    assert!(c.unbuffered && c.skip_first_line);
    assert_eq!(c.check_hash_pycs, CheckHashPycs::Never);
}

#[test]
fn variables_have_their_say() {
    assert_eq!(flags(&[], &[("PYTHONOPTIMIZE", "2")]).optimize, 2);
    assert_eq!(flags(&[], &[("PYTHONOPTIMIZE", "abc")]).optimize, 1);
    assert_eq!(flags(&[], &[("PYTHONOPTIMIZE", "-3")]).optimize, 1);
    assert_eq!(flags(&["-OO"], &[("PYTHONOPTIMIZE", "1")]).optimize, 2);
    assert!(!flags(&[], &[("PYTHONDONTWRITEBYTECODE", "0")]).dont_write_bytecode);
    let f = flags(&[], &[("PYTHONINSPECT", "0")]);
    assert!(f.inspect && !f.interactive);
    assert!(flags(&[], &[("PYTHONSAFEPATH", "0")]).safe_path);
    assert!(!flags(&[], &[("PYTHONNOUSERSITE", "0")]).no_user_site);
    assert_eq!(
        flags(&[], &[("PYTHONINTMAXSTRDIGITS", "0")]).int_max_str_digits,
        0
    );
    assert!(flags(&[], &[("PYTHON_THREAD_INHERIT_CONTEXT", "1")]).thread_inherit_context);
    let c = config_with(
        &[],
        &[
            ("PYTHONHASHSEED", " 5"),
            ("PYTHONPATH", ""),
            ("PYTHONSTARTUP", "s.py"),
        ],
    );
    assert_eq!(
        (c.hash_seed, c.python_path, c.startup),
        (Some(5), None, Some(b"s.py".to_vec()))
    );
    assert!(c.flags.hash_randomization);
    assert!(!flags(&[], &[("PYTHONHASHSEED", "0")]).hash_randomization);
    let c = config_with(&[], &[("PYTHONDEVMODE", "1")]);
    assert!(c.flags.dev_mode && c.faulthandler);
    assert_eq!(c.warn_options, bytes(&["default"]));
}

#[test]
fn warnings_go_from_weak_to_strong() {
    let c = config_with(
        &["-X", "dev", "-bb", "-Wdefault"],
        &[("PYTHONWARNINGS", "once,,error")],
    );
    assert_eq!(
        c.warn_options,
        bytes(&["default", "once", "error", "error::BytesWarning"])
    );
    let c = config_with(&["-Wd", "-Wi", "-Wd"], &[("PYTHONWARNINGS", "a,d,a")]);
    assert_eq!(c.warn_options, bytes(&["a", "d", "i"]));
    assert_eq!(
        config(&["-W", "", "-W", "x"]).warn_options,
        bytes(&["", "x"])
    );
}

#[test]
fn x_options_are_kept_and_understood() {
    let c = config(&["-X", "a", "-X", "b=c=d", "-Xe="]);
    let expected = [("a", None), ("b", Some("c=d")), ("e", Some(""))];
    assert_eq!(
        c.x_options,
        expected.map(|(n, v)| (Bytes::from(n), v.map(Bytes::from)))
    );
    assert_eq!(
        config(&[
            "-X",
            "int_max_str_digits=800",
            "-X",
            "int_max_str_digits=700"
        ])
        .flags
        .int_max_str_digits,
        800
    );
    assert_eq!(config(&["-X", "importtime=2"]).import_time, 2);
    assert_eq!(config(&["-X", "importtime=x"]).import_time, 1);
    assert_eq!(
        config_with(&["-X", "tracemalloc"], &[("PYTHONTRACEMALLOC", "0")]).tracemalloc_frames,
        1
    );
    assert_eq!(
        config_with(&["-X", "cpu_count=default"], &[("PYTHON_CPU_COUNT", "3")]).cpu_count,
        None
    );
    assert!(config(&["-X", "utf8"]).flags.utf8_mode);
    assert!(
        !config_with(&["-X", "utf8=0"], &[("PYTHONUTF8", "1")])
            .flags
            .utf8_mode
    );
    assert_eq!(
        config(&["-X", "max-memory=3g"]).max_memory_bytes,
        Some(3 << 30)
    );
    assert_eq!(
        config(&["-X", "max-memory=512MiB"]).max_memory_bytes,
        Some(512 << 20)
    );
    assert_eq!(
        config(&["-X", "max-memory=1000"]).max_memory_bytes,
        Some(1000)
    );
    let dump = config(&["-X", "dump=bytecode:C.f"]).dump;
    assert_eq!(
        dump,
        Some(Dump {
            stage: DumpStage::Bytecode,
            function: Some(b"C.f".to_vec())
        })
    );
}

#[test]
fn wrong_lines_are_refused_in_cpythons_words() {
    let usage = |words: &[&str], complaint: &str| {
        assert_eq!(refusal(words, &[]), (complaint.to_string(), 2))
    };
    usage(&["-Z"], "Unknown option: -Z");
    usage(&["-OéB"], "Unknown option: -é");
    usage(&["--foo"], "Unknown option: --foo");
    usage(&["--version=3"], "Unknown option: --version=3");
    usage(&["-V", "-Z"], "Unknown option: -Z");
    usage(&["-Vc"], "Argument expected for the -c option");
    usage(&["-X"], "Argument expected for the -X option");
    usage(
        &["--check-hash-based-pycs"],
        "Argument expected for the --check-hash-based-pycs options",
    );
    let complaint = "--check-hash-based-pycs must be one of 'default', 'always', or 'never'";
    usage(&["--check-hash-based-pycs", "bad"], complaint);
    let whole = parse_with(&["-Z"], &[]).unwrap_err().to_string();
    let rest = "usage: mesapy [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `python -h' for more information.\n";
    assert_eq!(whole, format!("Unknown option: -Z\n{rest}"));
}

#[test]
fn wrong_values_are_fatal() {
    let fatal = |words: &[&str], environment: &[(&str, &str)], complaint: &str| {
        assert_eq!(
            refusal(words, environment),
            (format!("Fatal Python error: {complaint}"), 1)
        );
    };
    let seed = "config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]";
    for value in ["-1", "4294967296", "0x5", "x", "99999999999999999999999999"] {
        fatal(&[], &[("PYTHONHASHSEED", value)], seed);
    }
    fatal(
        &["-X", "utf8="],
        &[],
        "preconfig_init_utf8_mode: invalid -X utf8 option value",
    );
    fatal(
        &[],
        &[("PYTHONUTF8", "2")],
        "preconfig_init_utf8_mode: invalid PYTHONUTF8 environment variable value",
    );
    let digits = "invalid limit; must be >= 640 or 0 for unlimited.";
    fatal(
        &["-X", "int_max_str_digits"],
        &[],
        &format!("config_init_int_max_str_digits: -X int_max_str_digits: {digits}"),
    );
    fatal(
        &[],
        &[("PYTHONINTMAXSTRDIGITS", "5")],
        &format!("config_init_int_max_str_digits: PYTHONINTMAXSTRDIGITS: {digits}"),
    );
    fatal(
        &["-X", "gil=0"],
        &[],
        "config_read_gil: Disabling the GIL is not supported by this build",
    );
    fatal(
        &["-X", "gil=5"],
        &[],
        "config_read_gil: PYTHON_GIL / -X gil must be \"0\" or \"1\"",
    );
    fatal(
        &["-X", "frozen_modules=x"],
        &[],
        "bad value for option -X frozen_modules (expected \"on\" or \"off\")",
    );
    fatal(
        &["-X", "tracemalloc=-1"],
        &[],
        "config_init_tracemalloc: -X tracemalloc=NFRAME: invalid number of frames",
    );
    fatal(
        &["-X", "importtime=3"],
        &[],
        "config_init_import_time: -X importtime: values other than 1 and 2 are reserved for future use.",
    );
    for value in [
        "max-memory",
        "max-memory=",
        "max-memory=-1",
        "max-memory=9Q",
        "max-memory=99999999T",
        "max-memory=K",
    ] {
        assert_eq!(refusal(&["-X", value], &[]).1, 1, "{value}");
    }
    assert_eq!(refusal(&["-X", "dump=asm"], &[]).1, 1);
}

#[test]
fn help_comes_at_once_and_version_at_the_end() {
    assert_eq!(
        parse_with(&["-h", "-Z"], &[]),
        Ok(Action::Help(HelpPage::Usage))
    );
    assert_eq!(
        parse_with(&["-V", "-?"], &[]),
        Ok(Action::Help(HelpPage::Usage))
    );
    assert_eq!(
        parse_with(&["--help-env", "-Z"], &[]),
        Ok(Action::Help(HelpPage::Environment))
    );
    assert_eq!(
        parse_with(&["-V", "-c", "pass"], &[]),
        Ok(Action::Version { detailed: false })
    );
    assert_eq!(
        parse_with(&["-VVV"], &[]),
        Ok(Action::Version { detailed: true })
    );
    assert_eq!(
        parse_with(&["--version", "-V"], &[]),
        Ok(Action::Version { detailed: true })
    );
}
