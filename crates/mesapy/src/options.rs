//! The command line: from arguments and environment to a [`Config`], or to what is to be printed instead of running.
//!
//! The grammar is CPython's (Python/getopt.c, Python/initconfig.c): short flags can be combined (`-OBc cmd`), an option's argument is attached or follows, and
//! `-c`, `-m`, a file or `-` end the options, the rest being the program's. What the words mean together with the `PYTHON*`
//! variables is settled in [`settings`](crate::settings). Nothing is read, printed or run here, so all of it is tested as a function.

use crate::settings;
use std::fmt;

/// Bytes of an argument or variable: Linux does not promise UTF-8.
pub type Bytes = Vec<u8>;

/// What to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Program {
    /// `-c`: the text, with a line end added.
    Command(Bytes),
    /// `-m`.
    Module(Bytes),
    /// A script, a directory or a zip archive.
    File(Bytes),
    /// Standard input, or the prompt if that is a terminal.
    Stdin,
}

/// `sys.flags`, in its order; then its three nameless-in-repr fields.
#[derive(Clone, PartialEq, Eq, Debug)]
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
    pub gil: bool,
    pub thread_inherit_context: bool,
    pub context_aware_warnings: bool,
}

/// `--check-hash-based-pycs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CheckHashPycs {
    Always,
    Default,
    Never,
}

/// A stage that `-X dump=` prints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DumpStage {
    Tokens,
    Ast,
    Bytecode,
}

/// `-X dump=STAGE[:FUNCTION]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dump {
    pub stage: DumpStage,
    /// Only the function or class of this qualified name.
    pub function: Option<Bytes>,
}

/// Everything an interpreter needs to know before it starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    pub program: Program,
    pub flags: Flags,
    /// `sys.argv` at the start. For `-m` the first becomes the module's path when it is found.
    pub argv: Vec<Bytes>,
    pub orig_argv: Vec<Bytes>,
    /// `sys.warnoptions`.
    pub warn_options: Vec<Bytes>,
    /// `sys._xoptions`; `None` is `True`.
    pub x_options: Vec<(Bytes, Option<Bytes>)>,
    pub unbuffered: bool,
    pub skip_first_line: bool,
    pub check_hash_pycs: CheckHashPycs,
    /// A fixed seed for hashes of strings; `None` is a random one.
    pub hash_seed: Option<u32>,
    /// 0, 1, or 2 to name modules that were loaded already.
    pub import_time: u32,
    pub faulthandler: bool,
    /// Frames to keep for each allocation; 0 is off.
    pub tracemalloc_frames: u32,
    pub cpu_count: Option<u32>,
    pub no_debug_ranges: bool,
    pub frozen_modules: Option<bool>,
    pub pycache_prefix: Option<Bytes>,
    pub basic_repl: bool,
    /// `PYTHONPATH` and so on: unset if empty, or if the environment is ignored.
    pub python_path: Option<Bytes>,
    pub home: Option<Bytes>,
    pub startup: Option<Bytes>,
    pub io_encoding: Option<Bytes>,
    pub plat_lib_dir: Option<Bytes>,
    /// When functions are compiled (`-X jit`).
    pub jit: mesapy_vm::jit::Eagerness,
    /// Bytes that the interpreter may use (`-X max-memory`).
    pub max_memory_bytes: Option<u64>,
    pub dump: Option<Dump>,
}

/// Which help is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HelpPage {
    Usage,
    Environment,
    XOptions,
    All,
}

/// What the command line asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    Run(Box<Config>),
    Help(HelpPage),
    /// `detailed` for `-VV`.
    Version {
        detailed: bool,
    },
}

/// Why nothing can run. The display is the text for standard error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// A wrong command line: the complaint and the program's name. Status 2.
    Usage { complaint: String, program: String },
    /// A wrong value: CPython's internal function if it names one, the complaint, and how far it had got. Status 1.
    Fatal {
        function: Option<&'static str>,
        complaint: String,
        state: &'static str,
    },
}

impl Refusal {
    /// The exit status.
    pub fn status(&self) -> u8 {
        match self {
            Refusal::Usage { .. } => 2,
            Refusal::Fatal { .. } => 1,
        }
    }

    pub(crate) fn fatal(function: &'static str, complaint: &str) -> Refusal {
        Refusal::Fatal {
            function: Some(function),
            complaint: complaint.to_string(),
            state: "preinitialized",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Usage { complaint, program } => {
                writeln!(f, "{complaint}")?;
                writeln!(f, "{}", usage_line(program))?;
                writeln!(f, "Try `python -h' for more information.")
            }
            Refusal::Fatal {
                function,
                complaint,
                state,
            } => {
                let function = function.map(|name| format!("{name}: ")).unwrap_or_default();
                writeln!(
                    f,
                    "Fatal Python error: {function}{complaint}\nPython runtime state: {state}\n"
                )
            }
        }
    }
}

/// The first line of every usage message.
pub fn usage_line(program: &str) -> String {
    format!("usage: {program} [option] ... [-c cmd | -m mod | file | -] [arg] ...")
}

/// The options as they stand on the command line, before the environment has its say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Given {
    pub bytes_warning: u32,
    pub dont_write_bytecode: bool,
    pub debug: u32,
    pub ignore_environment: bool,
    pub inspect: bool,
    pub isolated: bool,
    pub optimize: u32,
    pub safe_path: bool,
    pub quiet: bool,
    pub no_user_site: bool,
    pub random_hashes: bool,
    pub no_site: bool,
    pub unbuffered: bool,
    pub verbose: u32,
    pub skip_first_line: bool,
    pub warn_options: Vec<Bytes>,
    pub x_options: Vec<(Bytes, Option<Bytes>)>,
    pub check_hash_pycs: Option<CheckHashPycs>,
    pub program: Option<Program>,
    pub argv: Vec<Bytes>,
    pub version: u32,
}

/// Reads a command line; `arguments` begins with the program's name.
pub fn parse(arguments: &[Bytes], environment: &[(Bytes, Bytes)]) -> Result<Action, Refusal> {
    let mut given = Given::default();
    let name = arguments
        .first()
        .map(|a| String::from_utf8_lossy(a).into_owned())
        .unwrap_or_default();
    let mut reader = Reader {
        arguments: arguments.get(1..).unwrap_or_default(),
        program: &name,
    };
    if let Some(page) = reader.read(&mut given)? {
        return Ok(Action::Help(page));
    }
    if given.version > 0 {
        return Ok(Action::Version {
            detailed: given.version > 1,
        });
    }
    settings::settle(given, arguments, environment).map(|config| Action::Run(Box::new(config)))
}

struct Reader<'a> {
    arguments: &'a [Bytes],
    program: &'a str,
}

impl<'a> Reader<'a> {
    fn refuse(&self, complaint: String) -> Refusal {
        Refusal::Usage {
            complaint,
            program: self.program.to_string(),
        }
    }

    fn next(&mut self) -> Option<&'a Bytes> {
        let (first, rest) = self.arguments.split_first()?;
        self.arguments = rest;
        Some(first)
    }

    /// Reads options and then the program. Answers a help page if one is asked for: that ends everything at once.
    fn read(&mut self, given: &mut Given) -> Result<Option<HelpPage>, Refusal> {
        while let Some(argument) = self.arguments.first() {
            match argument.as_slice() {
                b"--" => {
                    self.next();
                    break;
                }
                [b'-', b'-', ..] => {
                    self.next();
                    if let Some(page) = self.long_option(argument, given)? {
                        return Ok(Some(page));
                    }
                }
                [b'-', flags @ ..] if !flags.is_empty() => {
                    self.next();
                    if let Some(page) = self.short_options(flags, given)? {
                        return Ok(Some(page));
                    }
                    if given.program.is_some() {
                        break;
                    }
                }
                _ => break,
            }
        }
        match &given.program {
            Some(Program::Command(_)) => given.argv.push(b"-c".to_vec()),
            Some(Program::Module(_)) => given.argv.push(b"-m".to_vec()),
            _ => match self.next() {
                Some(file) => {
                    let stdin = file == b"-";
                    given.program = Some(if stdin {
                        Program::Stdin
                    } else {
                        Program::File(file.clone())
                    });
                    given.argv.push(file.clone());
                }
                None => given.argv.push(Vec::new()),
            },
        }
        given.argv.extend_from_slice(self.arguments);
        Ok(None)
    }

    fn long_option(
        &mut self,
        option: &[u8],
        given: &mut Given,
    ) -> Result<Option<HelpPage>, Refusal> {
        match option {
            b"--help" => return Ok(Some(HelpPage::Usage)),
            b"--help-env" => return Ok(Some(HelpPage::Environment)),
            b"--help-xoptions" => return Ok(Some(HelpPage::XOptions)),
            b"--help-all" => return Ok(Some(HelpPage::All)),
            b"--version" => given.version += 1,
            b"--check-hash-based-pycs" => {
                let Some(mode) = self.next() else {
                    return Err(self.refuse(format!(
                        "Argument expected for the {} options",
                        text(option)
                    )));
                };
                given.check_hash_pycs = Some(match mode.as_slice() {
                    b"always" => CheckHashPycs::Always,
                    b"default" => CheckHashPycs::Default,
                    b"never" => CheckHashPycs::Never,
                    _ => {
                        let complaint = "--check-hash-based-pycs must be one of 'default', 'always', or 'never'";
                        return Err(self.refuse(complaint.to_string()));
                    }
                });
            }
            _ => return Err(self.refuse(format!("Unknown option: {}", text(option)))),
        }
        Ok(None)
    }

    /// One argument of short flags. An option that takes an argument takes the rest of it, or the next.
    fn short_options(
        &mut self,
        flags: &[u8],
        given: &mut Given,
    ) -> Result<Option<HelpPage>, Refusal> {
        let mut rest = flags;
        while let Some((&flag, after)) = rest.split_first() {
            rest = after;
            match flag {
                b'b' => given.bytes_warning = given.bytes_warning.saturating_add(1),
                b'B' => given.dont_write_bytecode = true,
                b'd' => given.debug = given.debug.saturating_add(1),
                b'E' => given.ignore_environment = true,
                b'h' | b'?' => return Ok(Some(HelpPage::Usage)),
                b'i' => given.inspect = true,
                b'I' => given.isolated = true,
                b'O' => given.optimize = given.optimize.saturating_add(1),
                b'P' => given.safe_path = true,
                b'q' => given.quiet = true,
                // Once meaningful, still accepted: hash randomisation is always on, tabs are always checked.
                b't' => {}
                b'R' => given.random_hashes = true,
                b's' => given.no_user_site = true,
                b'S' => given.no_site = true,
                b'u' => given.unbuffered = true,
                b'v' => given.verbose = given.verbose.saturating_add(1),
                b'V' => given.version = given.version.saturating_add(1),
                b'x' => given.skip_first_line = true,
                b'c' | b'm' | b'W' | b'X' => {
                    let argument = match (rest, self.arguments.first()) {
                        ([], Some(_)) => self.next().cloned().unwrap_or_default(),
                        ([], None) => {
                            return Err(self.refuse(format!(
                                "Argument expected for the -{} option",
                                flag as char
                            )));
                        }
                        (attached, _) => attached.to_vec(),
                    };
                    self.option_with_argument(flag, argument, given);
                    return Ok(None);
                }
                // As CPython reads it, a dash among the flags begins a long option.
                b'-' if rest.is_empty() => {
                    return Err(self.refuse("Expected long option".to_string()));
                }
                b'-' => return self.long_option(&[b"--", rest].concat(), given),
                _ => {
                    // A flag need not be ASCII: name the whole character.
                    let start = flags.len() - rest.len() - 1;
                    let tail = String::from_utf8_lossy(flags.get(start..).unwrap_or_default())
                        .into_owned();
                    let character = tail.chars().next().unwrap_or('?');
                    return Err(self.refuse(format!("Unknown option: -{character}")));
                }
            }
        }
        Ok(None)
    }

    fn option_with_argument(&mut self, flag: u8, mut argument: Bytes, given: &mut Given) {
        match flag {
            b'c' => {
                argument.push(b'\n');
                given.program = Some(Program::Command(argument));
            }
            b'm' => given.program = Some(Program::Module(argument)),
            b'W' => given.warn_options.push(argument),
            _ => given.x_options.push(settings::split_x_option(&argument)),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
