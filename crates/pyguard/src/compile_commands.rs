//! Exact types from the real preprocessor, for files of a `compile_commands.json`.
//!
//! Function bodies are still read as they stand in the source, where macros have their meaning and lines are true; what the preprocessor adds are the
//! records, typedefs and prototypes of all headers, as the build sees them. Of the file only flags are taken: the compiler that is run is the caller's
//! choice, never the file's, so that a scan of somebody else's tree runs nothing of theirs.

use crate::front::ast::Unit;
use crate::front::{self, Headers};
use crate::source::SourceFile;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(Deserialize)]
struct Entry {
    directory: PathBuf,
    file: PathBuf,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    command: String,
}

/// How each file is compiled.
#[derive(Clone, Debug)]
pub struct CompileCommands {
    compiler: PathBuf,
    /// Real path of the file, to the folder to run in and the flags.
    files: HashMap<PathBuf, (PathBuf, Vec<String>)>,
}

impl CompileCommands {
    pub fn read(path: &Path, compiler: PathBuf) -> Result<CompileCommands, String> {
        let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let entries: Vec<Entry> = serde_json::from_slice(&text)
            .map_err(|error| format!("{}: no compile commands: {error}", path.display()))?;
        let files = entries
            .into_iter()
            .filter_map(|entry| {
                let arguments = if entry.arguments.is_empty() {
                    words(&entry.command)
                } else {
                    entry.arguments
                };
                let file = entry.directory.join(entry.file).canonicalize().ok()?;
                Some((file, (entry.directory, flags(&arguments))))
            })
            .collect();
        Ok(CompileCommands { compiler, files })
    }

    /// The declarations that a file sees; nothing when it is not compiled. An error is what the preprocessor said.
    pub fn declarations(&self, path: &Path) -> Result<Option<Unit>, String> {
        let Some((real, (directory, flags))) = path
            .canonicalize()
            .ok()
            .and_then(|path| self.files.get_key_value(&path))
        else {
            return Ok(None);
        };
        let output = Command::new(&self.compiler)
            .args(["-E", "-P"])
            .args(flags)
            .arg(real)
            .current_dir(directory)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {error}", self.compiler.display()))?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "not preprocessed: {}",
                message.lines().next().unwrap_or("the compiler failed")
            ));
        }
        let source = SourceFile::new("", String::from_utf8_lossy(&output.stdout).into_owned());
        Ok(Some(
            front::parse(&source, path, &Headers::default(), &|_| false).unit,
        ))
    }
}

/// Adds exact declarations to those that the file's own reading found.
pub fn merge(unit: &mut Unit, exact: Unit) {
    unit.records.extend(exact.records);
    unit.typedefs.extend(exact.typedefs);
    unit.prototypes.extend(exact.prototypes);
}

/// The flags that decide what the preprocessor sees; those with a value take it along.
fn flags(arguments: &[String]) -> Vec<String> {
    const WITH_VALUE: &[&str] = &[
        "-I",
        "-D",
        "-U",
        "-isystem",
        "-iquote",
        "-idirafter",
        "-include",
        "-imacros",
        "-isysroot",
    ];
    let mut kept = Vec::new();
    let mut arguments = arguments.iter().skip(1);
    while let Some(argument) = arguments.next() {
        if WITH_VALUE.contains(&argument.as_str()) {
            kept.push(argument.clone());
            kept.extend(arguments.next().cloned());
        } else if WITH_VALUE.iter().any(|flag| argument.starts_with(flag))
            || argument.starts_with("-std=")
            || matches!(argument.as_str(), "-pthread" | "-m32" | "-m64" | "-ansi")
        {
            kept.push(argument.clone());
        }
    }
    kept
}

/// The words of a command line, with quotes and backslashes as a shell has them. Nothing is expanded.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_flags_of_the_preprocessor_are_taken() {
        let command =
            words(r#"evil-cc -c -O2 -DA=\"x\" -I '/a b' -Iinc -fplugin=x.so -std=c11 -o a.o a.c"#);
        assert_eq!(
            flags(&command),
            ["-DA=\"x\"", "-I", "/a b", "-Iinc", "-std=c11"]
        );
    }
}
