//! A scan: which files, in which order, and what comes out.
//!
//! Three stages. `discover` lists the files; `analyse` reads them and gives every finding it sees, in two phases (parse and summaries, then rules), over
//! all cores; [`finish`] ranks generated code down, takes out what is suppressed and gives each finding its fingerprint. Nothing below this file knows of
//! suppressions or tiers that are switched off.

use crate::analysis::model::Models;
use crate::analysis::program::Program;
use crate::analysis::report::Report;
use crate::arbitrate::{self, External};
use crate::compile_commands::{self, CompileCommands};
use crate::discover::{self, Entry};
use crate::finding::{Finding, Tier};
use crate::front::{self, Headers};
use crate::generated;
use crate::identity;
use crate::kb::Kb;
use crate::progress::Progress;
use crate::repair;
use crate::rules::user::UserRule;
use crate::rules::{self, FileContext};
use crate::source::SourceFile;
use crate::sources::Sources;
use crate::suppress::{self, Suppressed};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Stack of each thread.
const STACK_BYTES: usize = 64 << 20;

/// What kind of code it is: decides which files are left out, and what a caller may count on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Look at the tree and decide.
    #[default]
    Auto,
    CPython,
    PyPy,
    Extension,
}

/// What is asked of a scan.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// File names in findings are relative to it; the current folder when it is `None`.
    pub root: Option<PathBuf>,
    /// Globs over relative names: when there are any, only files that match one are read.
    pub include: Vec<String>,
    /// Globs over relative names: files that match one are not read.
    pub exclude: Vec<String>,
    pub profile: Profile,
    /// Only these rules; all when it is empty.
    pub rules: Vec<String>,
    /// The least sure tier that is kept; high and medium unless said.
    pub tier: Option<Tier>,
    /// Threads; 0 takes as many as there are cores.
    pub jobs: usize,
    /// How the files are compiled: exact types come from the preprocessor then.
    pub compile_commands: Option<CompileCommands>,
    /// Rules of the user.
    pub user_rules: Vec<UserRule>,
    /// The facts that the rules apply; the built-in ones when it is `None`.
    pub kb: Option<&'static Kb>,
    /// Reports of other tools, to be merged in.
    pub with: Vec<PathBuf>,
    pub progress: Progress,
}

impl Options {
    /// Whether the user's files have a rule of that id.
    pub fn knows_user_rule(&self, id: &str) -> bool {
        self.user_rules.iter().any(|rule| rule.id == id)
    }
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    pub files: usize,
    pub lines: usize,
    pub functions: usize,
    /// Functions that the front end could not read whole.
    pub not_understood: usize,
    pub time: Duration,
}

/// Something to be said that is no defect: a suppression that suppresses nothing, a file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Notice {
    pub file: String,
    /// From 1; 0 when it is about the whole file.
    pub line: u32,
    /// What it is about: `unused-suppression`, `suppression-without-reason`, `unknown-rule`, `unreadable`.
    pub kind: &'static str,
    pub message: String,
}

/// What the analysis hands on.
#[derive(Debug, Default)]
pub struct Analysis {
    pub findings: Vec<Finding>,
    pub statistics: Statistics,
    /// The functions of each file.
    pub functions: BTreeMap<String, Vec<String>>,
    /// Files that hold the word with which a suppression begins, with their text.
    pub with_suppressions: Vec<(String, String)>,
    pub notices: Vec<Notice>,
}

/// The outcome.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// By file and line; of the tiers that were asked for.
    pub findings: Vec<Finding>,
    pub suppressed: Vec<Suppressed>,
    /// Findings of tiers that were not asked for.
    pub hidden: usize,
    pub notices: Vec<Notice>,
    pub statistics: Statistics,
    pub functions: BTreeMap<String, Vec<String>>,
    /// Where the text of the files is to be had, for excerpts.
    pub sources: Sources,
}

/// Scans the paths. An error is a path or a glob that is none.
pub fn scan(options: &Options) -> Result<Scan, String> {
    let start = Instant::now();
    let list = discover::files(options)?;
    let mut analysis = analyse(&list.entries, options);
    analysis.notices.extend(list.notices);
    analysis.statistics.time = start.elapsed();
    let sources = Sources::new(
        list.entries
            .into_iter()
            .map(|entry| (entry.shown, entry.path)),
    );
    let mut external = Vec::new();
    for path in &options.with {
        external.extend(arbitrate::read(path)?);
    }
    let mut scan = finish(analysis, sources, external, options);
    scan.statistics.time = start.elapsed();
    Ok(scan)
}

/// A file that was read and parsed.
struct Parsed {
    source: SourceFile,
    file: front::File,
    /// What went wrong without harm.
    notice: Option<Notice>,
}

/// Reads the files and gives what the rules see: first every file is parsed, then the rules look at each with all of them known.
fn analyse(entries: &[Entry], options: &Options) -> Analysis {
    // Nested code needs more stack than a thread has by default.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs)
        .stack_size(STACK_BYTES)
        .build();
    match pool {
        Ok(pool) => pool.install(|| analyse_here(entries, options)),
        Err(_) => analyse_here(entries, options),
    }
}

fn analyse_here(entries: &[Entry], options: &Options) -> Analysis {
    let kb = options.kb.unwrap_or_else(Kb::builtin);
    let headers = Headers::default();
    let mut analysis = Analysis::default();
    let parsed: Vec<Result<Parsed, Notice>> = entries
        .par_iter()
        .map(|entry| {
            let parsed = parse(entry, &headers, kb, options.compile_commands.as_ref());
            options.progress.step(1, entries.len());
            parsed
        })
        .collect();
    let mut files = Vec::with_capacity(parsed.len());
    for result in parsed {
        match result {
            Ok(mut parsed) => {
                analysis.notices.extend(parsed.notice.take());
                files.push(parsed);
            }
            Err(notice) => analysis.notices.push(notice),
        }
    }
    options.progress.restart();
    let findings: Vec<Vec<Finding>> = files
        .par_iter()
        .map(|parsed| {
            let context = FileContext {
                source: &parsed.source,
                unit: &parsed.file.unit,
                kb,
            };
            let mut findings = Vec::new();
            for rule in rules::ALL {
                if let Some(check) = rule.check {
                    check(&context, &mut findings);
                }
            }
            rules::user::check(&options.user_rules, &context, &mut findings);
            options.progress.step(1, files.len());
            findings
        })
        .collect();
    analysis.findings = findings.into_iter().flatten().collect();
    let count: usize = files
        .iter()
        .map(|parsed| parsed.file.unit.functions.len())
        .sum();
    options.progress.restart();
    let files = files
        .into_iter()
        .map(|parsed| (parsed.source, parsed.file))
        .collect();
    let program = Program::new(files, Models::new(kb));
    let reports = program.analyse(&|more| options.progress.step(more, count));
    for (id, reports) in reports {
        let (file, function) = program.function(id);
        let source = &program.files[file.0 as usize].source;
        analysis.findings.extend(
            reports
                .into_iter()
                .map(|report| finding(source, function.shown, report)),
        );
    }
    for data in program.files {
        let functions = &data.file.unit.functions;
        let statistics = &mut analysis.statistics;
        statistics.files += 1;
        statistics.lines += data.source.lines();
        statistics.functions += functions.len();
        statistics.not_understood += functions
            .iter()
            .filter(|function| function.errors > 0)
            .count();
        let mut names: Vec<String> = functions
            .iter()
            .map(|function| function.shown.to_owned())
            .collect();
        names.sort();
        names.dedup();
        analysis.functions.insert(data.source.path.clone(), names);
        if data.source.text.contains(suppress::MARK) {
            analysis
                .with_suppressions
                .push((data.source.path, data.source.text));
        }
    }
    analysis
}

/// What the analysis saw, as it is reported.
fn finding(source: &SourceFile, function: &str, report: Report) -> Finding {
    let (line, column) = source.line_column(report.pos);
    let mut finding = Finding::new(report.rule, &source.path, line, function, report.message);
    finding.column = column;
    finding.tier = report.tier;
    finding.subtype = report.subtype;
    for (pos, note) in report.path {
        finding.step(source.line(pos), note);
    }
    finding
}

/// Parses one file. What must not happen on any input, a panic, costs that file and no more.
fn parse(
    entry: &Entry,
    headers: &Headers,
    kb: &Kb,
    commands: Option<&CompileCommands>,
) -> Result<Parsed, Notice> {
    let notice = |message: String| Notice {
        file: entry.shown.clone(),
        line: 0,
        kind: "unreadable",
        message,
    };
    let source = SourceFile::read(&entry.path, entry.shown.clone())
        .map_err(|error| notice(error.to_string()))?;
    let mut file = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        front::parse(&source, &entry.path, headers, &|name| {
            kb.get(name).is_some()
        })
    }))
    .map_err(|_| notice("an error in PyGuard itself: the file is left out".to_owned()))?;
    let mut trouble = None;
    match commands.map_or(Ok(None), |commands| commands.declarations(&entry.path)) {
        Ok(Some(exact)) => compile_commands::merge(&mut file.unit, exact),
        Ok(None) => {}
        Err(message) => trouble = Some(notice(message)),
    }
    Ok(Parsed {
        source,
        file,
        notice: trouble,
    })
}

/// From what the rules saw to what is reported.
pub fn finish(
    analysis: Analysis,
    sources: Sources,
    external: Vec<External>,
    options: &Options,
) -> Scan {
    let mut findings = analysis.findings;
    if !options.rules.is_empty() {
        findings.retain(|finding| options.rules.iter().any(|rule| rule == finding.rule));
    }
    let files: BTreeSet<String> = findings
        .iter()
        .map(|finding| finding.file.clone())
        .collect();
    let generated: BTreeSet<String> = files
        .into_iter()
        .filter(|file| {
            sources
                .file(file)
                .is_some_and(|source| generated::is_generated(file, &source.text))
        })
        .collect();
    for finding in &mut findings {
        if generated.contains(&finding.file) || generated::is_generated_function(&finding.function)
        {
            finding.generated = true;
            finding.tier = Tier::Low;
        }
    }
    findings.sort_by(|a, b| {
        (&a.file, a.line, a.column, a.rule, &a.message)
            .cmp(&(&b.file, b.line, b.column, b.rule, &b.message))
    });
    findings.dedup_by(|a, b| {
        (&a.file, a.line, a.rule, &a.message) == (&b.file, b.line, b.rule, &b.message)
    });
    identity::identify(&mut findings, &sources);
    repair::propose(&mut findings, &sources);
    let mut notices = analysis.notices;
    let (findings, suppressed) =
        suppress::apply(findings, &analysis.with_suppressions, options, &mut notices);
    notices.sort();
    let mut scan = Scan {
        hidden: 0,
        findings,
        suppressed,
        notices,
        statistics: analysis.statistics,
        functions: analysis.functions,
        sources,
    };
    arbitrate::merge(&mut scan, external);
    let least = options.tier.unwrap_or(Tier::Medium);
    let all = scan.findings.len();
    scan.findings.retain(|finding| finding.tier <= least);
    scan.hidden = all - scan.findings.len();
    scan
}
