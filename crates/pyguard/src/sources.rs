//! The text behind findings: for excerpts, fingerprints and patches. Files are read when first asked for, and only those.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// A longer file is not shown.
const FILE_BYTES_MAX: u64 = 128 << 20;

/// Names as shown, to files.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    paths: Arc<HashMap<String, PathBuf>>,
    read: Arc<Mutex<HashMap<String, Option<Arc<str>>>>>,
}

impl Sources {
    pub fn new(paths: impl IntoIterator<Item = (String, PathBuf)>) -> Sources {
        Sources {
            paths: Arc::new(paths.into_iter().collect()),
            read: Arc::default(),
        }
    }

    /// The text of a file of the scan; a name that is none of them is looked for as it is.
    pub fn text(&self, file: &str) -> Option<Arc<str>> {
        let mut read = self.read.lock().ok()?;
        if let Some(text) = read.get(file) {
            return text.clone();
        }
        let path = self
            .paths
            .get(file)
            .cloned()
            .unwrap_or_else(|| PathBuf::from(file));
        let text = std::fs::metadata(&path)
            .ok()
            .filter(|metadata| metadata.is_file() && metadata.len() <= FILE_BYTES_MAX)
            .and_then(|_| std::fs::read(&path).ok())
            .map(|bytes| Arc::from(String::from_utf8_lossy(&bytes)));
        read.insert(file.to_owned(), text.clone());
        text
    }

    /// Runs `use_text` on the text of a file.
    pub fn with<R>(&self, file: &str, use_text: impl FnOnce(&str) -> R) -> Option<R> {
        self.text(file).map(|text| use_text(&text))
    }

    /// Lines `first` to `last`, from 1, as far as they are there.
    pub fn lines(&self, file: &str, first: u32, last: u32) -> Vec<(u32, String)> {
        let first = first.max(1);
        self.with(file, |text| {
            text.lines()
                .enumerate()
                .skip(first as usize - 1)
                .take((last + 1).saturating_sub(first) as usize)
                .map(|(index, line)| (index as u32 + 1, line.trim_end().to_owned()))
                .collect()
        })
        .unwrap_or_default()
    }
}
