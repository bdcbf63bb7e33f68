//! Which files a scan reads: C files below the given paths, in a fixed order, each once.

use crate::scan::{Notice, Options, Profile};
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use walkdir::WalkDir;

/// Folders that hold no code of the project.
const FOLDERS_SKIPPED: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "node_modules",
];

/// Endings of C files. Headers are read for what the C files need from them, and scanned too: some hold functions.
const ENDINGS: &[&str] = &["c", "h", "cc", "cpp", "cxx", "hpp", "hh", "inc"];

/// What a profile leaves out, as globs.
fn left_out(profile: Profile) -> &'static [&'static str] {
    match profile {
        Profile::Auto | Profile::Extension => &[],
        // Tools, documentation and platform projects are not part of what runs.
        Profile::CPython => &["Doc/**", "Tools/**", "PCbuild/**", "Mac/**", "Lib/**"],
        Profile::PyPy => &["**/test/**", "lib-python/**"],
    }
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: PathBuf,
    /// Its name in reports.
    pub shown: String,
}

/// The files, and what was wrong on the way.
#[derive(Debug, Default)]
pub struct List {
    pub entries: Vec<Entry>,
    pub notices: Vec<Notice>,
}

/// Lists the files of a scan. An error is a path that is not there, or a glob that is none.
pub fn files(options: &Options) -> Result<List, String> {
    let root = match &options.root {
        Some(root) => root.clone(),
        None => std::env::current_dir().map_err(|error| format!("the current folder: {error}"))?,
    };
    let include = globs(options.include.iter().map(String::as_str))?;
    let exclude = globs(options.exclude.iter().map(String::as_str))?;
    let mut list = List::default();
    let mut seen = HashSet::new();
    for given in &options.paths {
        let path = if given.is_absolute() {
            given.clone()
        } else {
            root.join(given)
        };
        let metadata =
            std::fs::metadata(&path).map_err(|error| format!("{}: {error}", given.display()))?;
        if metadata.is_file() {
            // A file that is named is read whatever its ending.
            push(&mut list, &mut seen, &root, path);
            continue;
        }
        if !metadata.is_dir() {
            return Err(format!("{}: neither a file nor a folder", given.display()));
        }
        let profile = match options.profile {
            Profile::Auto => guess(&path),
            profile => profile,
        };
        let left_out = globs(left_out(profile).iter().copied())?;
        let walk = WalkDir::new(&path)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| {
                entry.depth() == 0
                    || !entry.file_type().is_dir()
                    || !entry
                        .file_name()
                        .to_str()
                        .is_some_and(|name| FOLDERS_SKIPPED.contains(&name))
            });
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    // A link that leads back to a folder above it is left alone; a folder that may not be read is said.
                    if error.loop_ancestor().is_none() {
                        list.notices.push(Notice {
                            file: error
                                .path()
                                .map(|path| shown(&root, path))
                                .unwrap_or_default(),
                            line: 0,
                            kind: "unreadable",
                            message: error.to_string(),
                        });
                    }
                    continue;
                }
            };
            if !entry.file_type().is_file() || !is_c(entry.path()) {
                continue;
            }
            let inside = entry.path().strip_prefix(&path).unwrap_or(entry.path());
            let name = shown(&root, entry.path());
            if left_out.is_match(inside) || exclude.is_match(&name) {
                continue;
            }
            if !options.include.is_empty() && !include.is_match(&name) {
                continue;
            }
            push(&mut list, &mut seen, &root, entry.into_path());
        }
    }
    list.entries.sort_by(|a, b| a.shown.cmp(&b.shown));
    Ok(list)
}

/// Adds a file, unless the same file was added under another name.
fn push(list: &mut List, seen: &mut HashSet<PathBuf>, root: &Path, path: PathBuf) {
    let real = path.canonicalize().unwrap_or_else(|_| path.clone());
    if seen.insert(real) {
        let shown = shown(root, &path);
        list.entries.push(Entry { path, shown });
    }
}

fn is_c(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// The name of a file in reports: relative to the root where it is below it, with `/`.
pub fn shown(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let mut parts: Vec<String> = Vec::new();
    for component in relative.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if parts
                    .last()
                    .is_some_and(|last| last != ".." && !last.is_empty()) =>
            {
                parts.pop();
            }
            Component::RootDir => parts.push(String::new()),
            other => parts.push(other.as_os_str().to_string_lossy().into_owned()),
        }
    }
    parts.join("/")
}

/// What kind of tree it is, by files that only such a tree has.
fn guess(path: &Path) -> Profile {
    if path.join("Include/patchlevel.h").is_file() && path.join("Objects").is_dir() {
        Profile::CPython
    } else if path.join("pypy/module/cpyext").is_dir() {
        Profile::PyPy
    } else {
        Profile::Extension
    }
}

fn globs<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(glob(pattern)?);
        // `Modules` and `Modules/` speak of all below.
        set.add(glob(&format!("{}/**", pattern.trim_end_matches('/')))?);
    }
    set.build().map_err(|error| error.to_string())
}

fn glob(pattern: &str) -> Result<Glob, String> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_with_slashes() {
        let root = Path::new("/a/b");
        assert_eq!(shown(root, Path::new("/a/b/c/d.c")), "c/d.c");
        assert_eq!(shown(root, Path::new("/a/b/./c/../d.c")), "d.c");
        assert_eq!(shown(root, Path::new("/x/d.c")), "/x/d.c");
    }
}
