//! The text behind findings: for excerpts, fingerprints and patches. Files are read when first asked for, and only those.

use crate::source::SourceFile;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Names as shown, to files.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    paths: Arc<HashMap<String, PathBuf>>,
    read: Arc<Mutex<HashMap<String, Option<Arc<SourceFile>>>>>,
}

impl Sources {
    pub fn new(paths: impl IntoIterator<Item = (String, PathBuf)>) -> Sources {
        Sources {
            paths: Arc::new(paths.into_iter().collect()),
            read: Arc::default(),
        }
    }

    /// The names of the files of the scan.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.paths.keys().map(String::as_str)
    }

    /// A file of the scan; a name that is none of them is looked for as it is.
    pub fn file(&self, file: &str) -> Option<Arc<SourceFile>> {
        let mut read = self.read.lock().ok()?;
        if let Some(source) = read.get(file) {
            return source.clone();
        }
        let path = self
            .paths
            .get(file)
            .cloned()
            .unwrap_or_else(|| PathBuf::from(file));
        let source = SourceFile::read(&path, file).ok().map(Arc::new);
        read.insert(file.to_owned(), source.clone());
        source
    }

    /// Lines `first` to `last`, from 1, as far as they are there.
    pub fn lines(&self, file: &str, first: u32, last: u32) -> Vec<(u32, String)> {
        let Some(source) = self.file(file) else {
            return Vec::new();
        };
        (first.max(1)..=last.min(source.lines() as u32))
            .map(|line| (line, source.line_text(line).trim_end().to_owned()))
            .collect()
    }
}
