//! What is installed in a folder: `*.dist-info` folders say which files belong to which distribution.

use super::{Distribution, Native, is_c_name, is_native_name, kind};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// The distributions below a folder.
pub fn distributions(folder: &Path, notices: &mut Vec<String>) -> Vec<Distribution> {
    let mut owners: HashMap<PathBuf, usize> = HashMap::new();
    let mut found: Vec<Distribution> = Vec::new();
    let mut native: Vec<PathBuf> = Vec::new();
    let mut c_files: Vec<PathBuf> = Vec::new();
    for entry in WalkDir::new(folder).follow_links(false).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                notices.push(error.to_string());
                continue;
            }
        };
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_dir() {
            if let Some(stem) = name.strip_suffix(".dist-info") {
                let (name, version) = stem.rsplit_once('-').unwrap_or((stem, ""));
                let index = found.len();
                found.push(Distribution {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    ..Distribution::default()
                });
                let base = entry.path().parent().unwrap_or(folder);
                for file in recorded(&entry.path().join("RECORD")) {
                    owners.insert(base.join(file), index);
                }
            }
            continue;
        }
        // Links are other files' names; only files count.
        if entry.file_type().is_file() {
            if is_native_name(&name) {
                native.push(entry.path().to_owned());
            } else if is_c_name(&name) {
                c_files.push(entry.path().to_owned());
            }
        }
    }
    // What no record names belongs to the folder at the top that it lies in.
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    let mut owner = |path: &Path, found: &mut Vec<Distribution>| match owners.get(path) {
        Some(index) => *index,
        None => {
            let inside = path.strip_prefix(folder).unwrap_or(path);
            let top = inside
                .components()
                .next()
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .unwrap_or_default();
            *others.entry(top.clone()).or_insert_with(|| {
                found.push(Distribution {
                    name: top,
                    ..Distribution::default()
                });
                found.len() - 1
            })
        }
    };
    for path in native {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                notices.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        let index = owner(&path, &mut found);
        found[index].native.push(Native {
            file: path
                .strip_prefix(folder)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned(),
            bytes: bytes.len() as u64,
            kind: kind(&bytes),
        });
    }
    for path in c_files {
        let index = owner(&path, &mut found);
        found[index].c_files.push(path);
    }
    // Headers alone are no sources: packages install them for others to build with.
    for distribution in &mut found {
        let only_headers = distribution.c_files.iter().all(|path| {
            path.extension()
                .is_some_and(|ending| ending.to_string_lossy().starts_with('h'))
        });
        if only_headers {
            distribution.c_files.clear();
        }
    }
    found.retain(|distribution| {
        !distribution.version.is_empty()
            || !distribution.native.is_empty()
            || !distribution.c_files.is_empty()
    });
    found
}

/// The files of a RECORD: the first cell of each line.
fn recorded(path: &Path) -> Vec<PathBuf> {
    let text = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| match line.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => line.split(',').next(),
        })
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect()
}
