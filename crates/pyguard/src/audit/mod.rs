//! An audit: which native code a Python environment brings in, how much of it, whether its sources are there, and what a scan says of them.
//!
//! It reads folders (site-packages, virtual environments), wheels and sdists. Nothing of them is ever run, imported or built.

mod archive;
mod installed;

use crate::finding::Tier;
use crate::scan::{Options, scan};
use archive::Unpacked;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a native file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A module that Python imports.
    Extension,
    /// A library that extensions need.
    Library,
}

/// A native file.
#[derive(Clone, Debug, Serialize)]
pub struct Native {
    pub file: String,
    pub bytes: u64,
    pub kind: Kind,
}

/// What a scan says of a distribution's C sources.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Sources {
    pub files: usize,
    pub lines: usize,
    pub functions: usize,
    pub high: usize,
    pub medium: usize,
    /// Where they come from, when not from the distribution itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
}

/// A distribution: what `pip` installs under one name.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Distribution {
    pub name: String,
    pub version: String,
    pub native: Vec<Native>,
    pub sources: Option<Sources>,
    #[serde(skip)]
    c_files: Vec<PathBuf>,
}

/// The outcome.
#[derive(Debug, Default, Serialize)]
pub struct Audit {
    pub distributions: Vec<Distribution>,
    /// Distributions without native code.
    pub pure: usize,
    /// What could not be read, and why.
    pub notices: Vec<String>,
}

/// Audits paths; `sources` are folders or archives with sdists, for what is installed without its sources.
pub fn audit(paths: &[PathBuf], sources: &[PathBuf], options: &Options) -> Result<Audit, String> {
    let mut audit = Audit::default();
    // What was unpacked stays until the end, for the scans.
    let mut unpacked: Vec<Unpacked> = Vec::new();
    let mut distributions: Vec<Distribution> = Vec::new();
    for path in paths {
        let metadata =
            std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
        if metadata.is_dir() {
            distributions.extend(installed::distributions(path, &mut audit.notices));
            // A folder of downloaded wheels and sdists is as good.
            for archive in archives_in(path) {
                add_archive(
                    &archive,
                    &mut distributions,
                    &mut unpacked,
                    &mut audit.notices,
                );
            }
        } else if archive::is_archive(path) {
            add_archive(path, &mut distributions, &mut unpacked, &mut audit.notices);
        } else {
            return Err(format!(
                "{}: neither a folder nor a wheel or sdist",
                path.display()
            ));
        }
    }
    let elsewhere = elsewhere(sources, &mut unpacked, &mut audit.notices);
    for distribution in &mut distributions {
        let mut from = String::new();
        if distribution.c_files.is_empty()
            && !distribution.native.is_empty()
            && let Some((name, files)) = elsewhere.get(&normalise(&distribution.name))
        {
            distribution.c_files = files.clone();
            from = name.clone();
        }
        if distribution.c_files.is_empty() {
            continue;
        }
        let options = Options {
            paths: distribution.c_files.clone(),
            tier: Some(Tier::Medium),
            ..options.clone()
        };
        let scan = scan(&options)?;
        let count = |tier| {
            scan.findings
                .iter()
                .filter(|finding| finding.tier == tier)
                .count()
        };
        distribution.sources = Some(Sources {
            files: scan.statistics.files,
            lines: scan.statistics.lines,
            functions: scan.statistics.functions,
            high: count(Tier::High),
            medium: count(Tier::Medium),
            from,
        });
    }
    distributions
        .sort_by(|a, b| (normalise(&a.name), &a.version).cmp(&(normalise(&b.name), &b.version)));
    let (native, pure): (Vec<_>, Vec<_>) = distributions.into_iter().partition(|distribution| {
        !distribution.native.is_empty() || distribution.sources.is_some()
    });
    audit.distributions = native;
    audit.pure = pure.len();
    Ok(audit)
}

/// Wheels and sdists that lie directly in a folder.
fn archives_in(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && archive::is_archive(path))
        .collect();
    found.sort();
    found
}

fn add_archive(
    path: &Path,
    into: &mut Vec<Distribution>,
    unpacked: &mut Vec<Unpacked>,
    notices: &mut Vec<String>,
) {
    match archive::open(path) {
        Ok((distribution, folder)) => {
            into.push(distribution);
            unpacked.push(folder);
        }
        Err(error) => notices.push(format!("{}: {error}", path.display())),
    }
}

/// The C files of sdists that lie elsewhere, by normalised name of the distribution.
fn elsewhere(
    sources: &[PathBuf],
    unpacked: &mut Vec<Unpacked>,
    notices: &mut Vec<String>,
) -> BTreeMap<String, (String, Vec<PathBuf>)> {
    let mut found = BTreeMap::new();
    for source in sources {
        let archives = if source.is_dir() {
            archives_in(source)
        } else {
            vec![source.clone()]
        };
        for path in archives {
            let mut distributions = Vec::new();
            add_archive(&path, &mut distributions, unpacked, notices);
            for distribution in distributions {
                if !distribution.c_files.is_empty() {
                    let name = path
                        .file_name()
                        .map(|name| name.to_string_lossy().into_owned())
                        .unwrap_or_default();
                    found.insert(normalise(&distribution.name), (name, distribution.c_files));
                }
            }
        }
    }
    found
}

/// Names of distributions are equal but for case and `-`, `_`, `.` (PEP 503).
fn normalise(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

/// Endings of native files.
fn is_native_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".so")
        || name.contains(".so.")
        || name.ends_with(".pyd")
        || name.ends_with(".dylib")
        || name.ends_with(".dll")
}

fn is_c_name(name: &str) -> bool {
    matches!(
        name.rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase())
            .as_deref(),
        Some("c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh")
    )
}

/// A module exports a function named `PyInit_…`; a library does not.
fn kind(bytes: &[u8]) -> Kind {
    let sign = b"PyInit_";
    if bytes.windows(sign.len()).any(|window| window == sign) {
        Kind::Extension
    } else {
        Kind::Library
    }
}

impl Audit {
    /// Whether the sources have findings.
    pub fn has_findings(&self) -> bool {
        self.distributions
            .iter()
            .filter_map(|distribution| distribution.sources.as_ref())
            .any(|sources| sources.high + sources.medium > 0)
    }

    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = vec![
            [
                "distribution",
                "native files",
                "size",
                "C sources",
                "lines",
                "high",
                "medium",
            ]
            .map(str::to_owned),
        ];
        let (mut files, mut bytes, mut lines, mut high, mut medium) = (0, 0, 0, 0, 0);
        for distribution in &self.distributions {
            let size = distribution
                .native
                .iter()
                .map(|native| native.bytes)
                .sum::<u64>();
            files += distribution.native.len();
            bytes += size;
            let mut row = [
                format!("{} {}", distribution.name, distribution.version),
                distribution.native.len().to_string(),
                human(size),
                "none".to_owned(),
                String::new(),
                String::new(),
                String::new(),
            ];
            if let Some(sources) = &distribution.sources {
                lines += sources.lines;
                high += sources.high;
                medium += sources.medium;
                row[3] = sources.files.to_string();
                row[4] = sources.lines.to_string();
                row[5] = sources.high.to_string();
                row[6] = sources.medium.to_string();
            }
            rows.push(row);
        }
        rows.push([
            "all".to_owned(),
            files.to_string(),
            human(bytes),
            String::new(),
            lines.to_string(),
            high.to_string(),
            medium.to_string(),
        ]);
        let widths: Vec<usize> = (0..7)
            .map(|column| {
                rows.iter()
                    .map(|row| row[column].chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for row in &rows {
            write!(out, "{:width$}", row[0], width = widths[0])?;
            for column in 1..7 {
                write!(out, "  {:>width$}", row[column], width = widths[column])?;
            }
            writeln!(out)?;
        }
        writeln!(
            out,
            "\n{} distributions with native code, {} without; {} extension modules, {} libraries",
            self.distributions.len(),
            self.pure,
            self.count(Kind::Extension),
            self.count(Kind::Library)
        )?;
        for notice in &self.notices {
            writeln!(out, "note: {notice}")?;
        }
        Ok(())
    }

    fn count(&self, kind: Kind) -> usize {
        let native = self
            .distributions
            .iter()
            .flat_map(|distribution| &distribution.native);
        native.filter(|native| native.kind == kind).count()
    }
}

/// Bytes for a reader.
fn human(bytes: u64) -> String {
    match bytes {
        0 => "0".to_owned(),
        1..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn native_files_are_known_by_their_names() {
        assert!(is_native_name("_x.cpython-314-x86_64-linux-gnu.so"));
        assert!(is_native_name("libgfortran.so.5.0.0"));
        assert!(is_native_name("_X.PYD"));
        assert!(!is_native_name("a.sole"));
        assert_eq!(kind(b"..PyInit_spam.."), Kind::Extension);
        assert_eq!(kind(b".."), Kind::Library);
    }
}
