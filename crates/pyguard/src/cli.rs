//! The command line: a table of commands, one struct of options, and what each command does with them.

use crate::audit::audit;
use crate::baseline;
use crate::compile_commands::CompileCommands;
use crate::diff::diff;
use crate::eval::{Labels, evaluate};
use crate::explain;
use crate::finding::Tier;
use crate::fix;
use crate::kb::Kb;
use crate::progress::Progress;
use crate::record::Report;
use crate::report::{self, Format, Style};
use crate::rules::{self, user};
use crate::scan::{Options, Profile, Scan, scan};
use lexopt::prelude::*;
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Exit status: nothing found.
pub const CLEAN: u8 = 0;
/// Exit status: something found.
pub const FOUND: u8 = 1;
/// Exit status: could not run.
pub const FAILED: u8 = 2;

const HELP: &str = "\
PyGuard finds memory-safety bugs in the C code of Python virtual machines and extension modules.

usage: pyguard COMMAND [OPTION]… [ARGUMENT]…

  scan PATH…          scans C files and the folders below the paths
  diff OLD NEW        compares two trees, or two JSON reports of `scan --functions`
  eval LABELS         recall on known bugs, and the known non-bugs that are flagged
  audit PATH…         the native code that site-packages, wheels and sdists bring in
  explain RULE        a rule's page
  rules               the list of rules

what is scanned
  --include GLOB      only files that match (may be given more than once)
  --exclude GLOB      no files that match (may be given more than once)
  --profile NAME      auto, cpython, pypy or extension
  --rule ID           only this rule (may be given more than once)
  --rules FILE        rules of your own, in TOML (may be given more than once)
  --kb FILE           rows for the knowledge base, in TOML (may be given more than once)
  --compile-commands FILE  exact types from the preprocessor, with the flags of this file (compile_commands.json)
  --compiler PROGRAM  the compiler whose preprocessor is run for that; cc unless said
  --jobs N            threads; all cores unless said

what is reported
  --tier NAME         the least sure tier that is shown: high, medium (unless said) or low
  --baseline FILE     known findings are left out
  --write-baseline FILE  writes all findings as known
  --fix FILE          writes the repairs as a patch
  --with FILE         merges the report of another tool: cppcheck (XML), clang or gcc (SARIF, plist, JSON), flawfinder (CSV)
  --root FOLDER       file names are relative to it, not to the current folder

how
  --format NAME       text, json, sarif, html or stats
  --output FILE       instead of standard output
  --functions         JSON: with the functions of each file, for diff
  --color WHEN        auto, always or never
  --details           eval: with the bugs that were missed; diff: with the findings that stay
  --tree FOLDER       eval: scans this tree, not the current folder
  --report FILE       eval: takes this JSON report and scans nothing
  --sources PATH      audit: an sdist, or a folder of them, for what is installed without its sources
  --write FOLDER      explain: writes the page of every rule into a folder

exit status: 0 nothing found, 1 something found, 2 could not run
";

/// Everything that can be said on the command line.
#[derive(Default)]
struct Arguments {
    command: String,
    positional: Vec<OsString>,
    options: Options,
    format: Option<Format>,
    output: Option<PathBuf>,
    colour: Colour,
    functions: bool,
    details: bool,
    baseline: Option<PathBuf>,
    write_baseline: Option<PathBuf>,
    fix: Option<PathBuf>,
    tree: Option<PathBuf>,
    report: Option<PathBuf>,
    write: Option<PathBuf>,
    sources: Vec<PathBuf>,
    kb: Vec<PathBuf>,
    compile_commands: Option<PathBuf>,
    compiler: Option<PathBuf>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

/// Why a command ends early.
enum Stop {
    /// Help was asked for, or the version.
    Said(String),
    Failed(String),
    /// Whoever read the output went away: nothing to complain of.
    Closed,
}

impl From<String> for Stop {
    fn from(message: String) -> Stop {
        Stop::Failed(message)
    }
}

impl From<lexopt::Error> for Stop {
    fn from(error: lexopt::Error) -> Stop {
        Stop::Failed(format!("{error}\nTry `pyguard --help`."))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Stop::Closed
        } else {
            Stop::Failed(error.to_string())
        }
    }
}

/// Runs the command, and gives its exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    match parse(lexopt::Parser::from_args(arguments)).and_then(|arguments| dispatch(&arguments)) {
        Ok(status) => status,
        Err(Stop::Said(text)) => {
            let _ = io::stdout().write_all(text.as_bytes());
            CLEAN
        }
        Err(Stop::Closed) => CLEAN,
        Err(Stop::Failed(message)) => {
            let _ = writeln!(io::stderr(), "pyguard: {message}");
            FAILED
        }
    }
}

fn parse(mut parser: lexopt::Parser) -> Result<Arguments, Stop> {
    let mut arguments = Arguments::default();
    let mut progress = true;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Err(Stop::Said(HELP.to_owned())),
            Short('V') | Long("version") => {
                return Err(Stop::Said(format!(
                    "pyguard {}\n",
                    env!("CARGO_PKG_VERSION")
                )));
            }
            Value(value) if arguments.command.is_empty() => arguments.command = value.string()?,
            Value(value) => arguments.positional.push(value),
            Long("include") => arguments.options.include.push(parser.value()?.string()?),
            Long("exclude") => arguments.options.exclude.push(parser.value()?.string()?),
            Long("rule") => {
                let rule = parser.value()?.string()?;
                arguments.options.rules.push(rule);
            }
            Long("rules") => {
                let path: PathBuf = parser.value()?.into();
                arguments.options.user_rules.extend(user::read(&path)?);
            }
            Long("compile-commands") => arguments.compile_commands = Some(parser.value()?.into()),
            Long("compiler") => arguments.compiler = Some(parser.value()?.into()),
            Long("kb") => arguments.kb.push(parser.value()?.into()),
            Long("profile") => {
                arguments.options.profile = choice(
                    "profile",
                    &parser.value()?.string()?,
                    &[
                        ("auto", Profile::Auto),
                        ("cpython", Profile::CPython),
                        ("pypy", Profile::PyPy),
                        ("extension", Profile::Extension),
                    ],
                )?
            }
            Short('j') | Long("jobs") => arguments.options.jobs = parser.value()?.parse()?,
            Long("tier") => {
                arguments.options.tier = Some(choice(
                    "tier",
                    &parser.value()?.string()?,
                    &Tier::ALL.map(|tier| (tier.name(), tier)),
                )?)
            }
            Long("root") => arguments.options.root = Some(parser.value()?.into()),
            Short('f') | Long("format") => {
                arguments.format =
                    Some(choice("format", &parser.value()?.string()?, Format::NAMES)?)
            }
            Short('o') | Long("output") => arguments.output = Some(parser.value()?.into()),
            Long("functions") => arguments.functions = true,
            Long("details") => arguments.details = true,
            Long("no-progress") => progress = false,
            Long("color" | "colour") => {
                arguments.colour = choice(
                    "color",
                    &parser.value()?.string()?,
                    &[
                        ("auto", Colour::Auto),
                        ("always", Colour::Always),
                        ("never", Colour::Never),
                    ],
                )?
            }
            Long("baseline") => arguments.baseline = Some(parser.value()?.into()),
            Long("write-baseline") => arguments.write_baseline = Some(parser.value()?.into()),
            Long("fix") => arguments.fix = Some(parser.value()?.into()),
            Long("with") => arguments.options.with.push(parser.value()?.into()),
            Long("sources") => arguments.sources.push(parser.value()?.into()),
            Long("tree") => arguments.tree = Some(parser.value()?.into()),
            Long("report") => arguments.report = Some(parser.value()?.into()),
            Long("write") => arguments.write = Some(parser.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    for rule in &arguments.options.rules {
        if rules::find(rule).is_none() && !arguments.options.knows_user_rule(rule) {
            return Err(unknown_rule(rule));
        }
    }
    if !arguments.kb.is_empty() {
        arguments.options.kb = Some(Kb::with_files(&arguments.kb)?);
    }
    if let Some(path) = &arguments.compile_commands {
        let compiler = arguments
            .compiler
            .clone()
            .unwrap_or_else(|| PathBuf::from("cc"));
        arguments.options.compile_commands = Some(CompileCommands::read(path, compiler)?);
    }
    if progress {
        arguments.options.progress = Progress::terminal();
    }
    Ok(arguments)
}

/// One of a closed set of words.
fn choice<T: Copy>(option: &str, word: &str, known: &[(&str, T)]) -> Result<T, Stop> {
    known
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            Stop::Failed(format!(
                "--{option}: `{word}` is none of {}",
                names.join(", ")
            ))
        })
}

fn unknown_rule(rule: &str) -> Stop {
    let hint =
        explain::nearest(rule).map_or(String::new(), |near| format!(" (did you mean `{near}`?)"));
    Stop::Failed(format!(
        "there is no rule `{rule}`{hint}; `pyguard rules` lists them"
    ))
}

fn dispatch(arguments: &Arguments) -> Result<u8, Stop> {
    match arguments.command.as_str() {
        "scan" => command_scan(arguments),
        "diff" => command_diff(arguments),
        "eval" => command_eval(arguments),
        "audit" => command_audit(arguments),
        "explain" => command_explain(arguments),
        "rules" => command_rules(arguments),
        "" | "help" => Err(Stop::Said(HELP.to_owned())),
        other => Err(Stop::Failed(format!(
            "there is no command `{other}`\nTry `pyguard --help`."
        ))),
    }
}

/// Where the report goes.
fn open(output: Option<&Path>) -> Result<Box<dyn Write>, Stop> {
    Ok(match output {
        Some(path) => Box::new(BufWriter::new(
            std::fs::File::create(path).map_err(|error| format!("{}: {error}", path.display()))?,
        )),
        None => Box::new(BufWriter::new(io::stdout().lock())),
    })
}

impl Arguments {
    fn style(&self) -> Style {
        let colour = match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                self.output.is_none()
                    && io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        Style {
            colour,
            functions: self.functions,
        }
    }

    /// Scans `paths`, with the options of the command line.
    fn scan(&self, paths: Vec<PathBuf>, root: Option<PathBuf>) -> Result<Scan, Stop> {
        let options = Options {
            paths,
            root,
            ..self.options.clone()
        };
        let result = scan(&options);
        self.options.progress.clear();
        Ok(result?)
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.positional.iter().map(PathBuf::from).collect()
    }
}

fn command_scan(arguments: &Arguments) -> Result<u8, Stop> {
    if arguments.positional.is_empty() {
        return Err(Stop::Failed("scan: which paths?".to_owned()));
    }
    let mut scan = arguments.scan(arguments.paths(), arguments.options.root.clone())?;
    if let Some(path) = &arguments.write_baseline {
        baseline::write(&scan, path)?;
    }
    if let Some(path) = &arguments.baseline {
        let applied = baseline::apply(&mut scan, path)?;
        if applied.known + applied.stale > 0 {
            writeln!(
                io::stderr(),
                "pyguard: {} known from the baseline, {} of its entries not found any more",
                applied.known,
                applied.stale
            )?;
        }
    }
    if let Some(path) = &arguments.fix {
        let (patch, count) = fix::patch(&scan.findings, &scan.sources);
        std::fs::write(path, patch).map_err(|error| format!("{}: {error}", path.display()))?;
        writeln!(
            io::stderr(),
            "pyguard: repairs of {count} findings in {}",
            path.display()
        )?;
    }
    let status = if scan.findings.is_empty() {
        CLEAN
    } else {
        FOUND
    };
    let mut out = open(arguments.output.as_deref())?;
    let written = report::write(
        &mut *out,
        arguments.format.unwrap_or_default(),
        &scan,
        arguments.style(),
    )
    .and_then(|()| out.flush());
    match written {
        // The reader of a pipe may go away early; what was found stays found.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(status),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(status),
    }
}

fn command_diff(arguments: &Arguments) -> Result<u8, Stop> {
    let [old, new] = &arguments.positional[..] else {
        return Err(Stop::Failed("diff: two trees or two reports".to_owned()));
    };
    let side = |path: &OsString| -> Result<Report, Stop> {
        let path = PathBuf::from(path);
        if path.is_dir() {
            // Names relative to each tree's own root, or no two would be equal.
            Ok(Report::of(
                &arguments.scan(vec![PathBuf::from(".")], Some(absolute(&path)?))?,
            ))
        } else {
            Ok(Report::read(&path)?)
        }
    };
    let diff = diff(&side(old)?, &side(new)?);
    let mut out = open(arguments.output.as_deref())?;
    if arguments.format == Some(Format::Json) {
        serde_json::to_writer_pretty(&mut out, &diff).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        diff.write(&mut *out, arguments.details)?;
    }
    out.flush()?;
    Ok(if diff.new.is_empty() { CLEAN } else { FOUND })
}

fn absolute(path: &Path) -> Result<PathBuf, Stop> {
    std::path::absolute(path).map_err(|error| Stop::Failed(format!("{}: {error}", path.display())))
}

fn command_eval(arguments: &Arguments) -> Result<u8, Stop> {
    let [labels] = &arguments.positional[..] else {
        return Err(Stop::Failed("eval: one file of labels".to_owned()));
    };
    let labels = Labels::read(Path::new(labels))?;
    let report = match &arguments.report {
        Some(path) => Report::read(path)?,
        None => {
            let tree = absolute(arguments.tree.as_deref().unwrap_or(Path::new(".")))?;
            let mut paths: Vec<PathBuf> = labels.folders().into_iter().map(PathBuf::from).collect();
            paths.retain(|path| tree.join(path).exists());
            if paths.is_empty() {
                return Err(Stop::Failed(format!(
                    "{}: none of the labelled files is here",
                    tree.display()
                )));
            }
            Report::of(&arguments.scan(paths, Some(tree))?)
        }
    };
    let evaluation = evaluate(
        &labels,
        &report.findings,
        arguments.options.tier.unwrap_or(Tier::Medium),
    );
    let mut out = open(arguments.output.as_deref())?;
    if arguments.format == Some(Format::Json) {
        serde_json::to_writer_pretty(&mut out, &evaluation).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        evaluation.write(&mut *out, &labels, arguments.details)?;
    }
    out.flush()?;
    Ok(CLEAN)
}

fn command_audit(arguments: &Arguments) -> Result<u8, Stop> {
    if arguments.positional.is_empty() {
        return Err(Stop::Failed(
            "audit: which folders, wheels or sdists?".to_owned(),
        ));
    }
    let result = audit(&arguments.paths(), &arguments.sources, &arguments.options);
    arguments.options.progress.clear();
    let audit = result?;
    let mut out = open(arguments.output.as_deref())?;
    if arguments.format == Some(Format::Json) {
        serde_json::to_writer_pretty(&mut out, &audit).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        audit.write(&mut *out)?;
    }
    out.flush()?;
    Ok(if audit.has_findings() { FOUND } else { CLEAN })
}

fn command_explain(arguments: &Arguments) -> Result<u8, Stop> {
    if let Some(folder) = &arguments.write {
        explain::write_pages(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        return Ok(CLEAN);
    }
    let [rule] = &arguments.positional[..] else {
        return Err(Stop::Failed(
            "explain: which rule? `pyguard rules` lists them".to_owned(),
        ));
    };
    let word = rule.to_string_lossy();
    let rule = rules::find(&word).ok_or_else(|| unknown_rule(&word))?;
    let mut out = open(arguments.output.as_deref())?;
    out.write_all(explain::page(rule).as_bytes())?;
    out.flush()?;
    Ok(CLEAN)
}

fn command_rules(arguments: &Arguments) -> Result<u8, Stop> {
    let mut out = open(arguments.output.as_deref())?;
    let width = rules::ALL
        .iter()
        .map(|rule| rule.id.len())
        .max()
        .unwrap_or(0);
    for rule in rules::ALL {
        writeln!(
            out,
            "{:width$}  {:24}  CWE-{:<4}  {}",
            rule.id,
            rule.category.name(),
            rule.cwe,
            rule.name
        )?;
    }
    out.flush()?;
    Ok(CLEAN)
}
