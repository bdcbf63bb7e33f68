//! Source files: any bytes become text, and offsets become lines.
//!
//! Bytes that are not UTF-8 are replaced, so that every later stage works on `str`. Offsets are `u32`: larger files are refused.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Larger files are not read: the largest that people write, amalgamations, have half of it, and the worst of that size takes less than a GiB.
pub const SOURCE_BYTES_MAX: u64 = 16 << 20;

/// A file of C with its lines.
#[derive(Debug, Default)]
pub struct SourceFile {
    /// As shown to the user, with `/` between its parts.
    pub path: String,
    pub text: String,
    line_starts: Vec<u32>,
}

impl SourceFile {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> SourceFile {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .map(|(at, _)| at as u32 + 1),
        );
        SourceFile {
            path: path.into(),
            text,
            line_starts,
        }
    }

    /// Reads `path`, to be shown as `shown`. Only regular files are read: a pipe or a device could block for ever.
    pub fn read(path: &Path, shown: impl Into<String>) -> io::Result<SourceFile> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file",
            ));
        }
        if metadata.len() > SOURCE_BYTES_MAX {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "too large to be source code",
            ));
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        // The file may grow while it is read.
        file.take(SOURCE_BYTES_MAX).read_to_end(&mut bytes)?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        Ok(SourceFile::new(shown, text))
    }

    pub fn lines(&self) -> usize {
        let last = self.line_starts.len();
        // A final newline starts no line.
        if self.text.ends_with('\n') || self.text.is_empty() {
            last - 1
        } else {
            last
        }
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, pos: u32) -> u32 {
        self.line_starts.partition_point(|start| *start <= pos) as u32
    }

    /// Line and column in characters, both from 1.
    pub fn line_column(&self, pos: u32) -> (u32, u32) {
        let line = self.line(pos);
        let start = self.line_starts[line as usize - 1] as usize;
        let end = (pos as usize).min(self.text.len());
        let column = self
            .text
            .get(start..end)
            .map_or(end.saturating_sub(start), |text| text.chars().count());
        (line, column as u32 + 1)
    }

    /// The text of a line, without its end.
    pub fn line_text(&self, line: u32) -> &str {
        let Some(start) = (line as usize)
            .checked_sub(1)
            .and_then(|index| self.line_starts.get(index))
        else {
            return "";
        };
        let end = self
            .line_starts
            .get(line as usize)
            .map_or(self.text.len(), |end| *end as usize);
        self.text[*start as usize..end].trim_end_matches(['\n', '\r'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_columns() {
        let file = SourceFile::new("a.c", "ab\nçd\n\nx");
        assert_eq!(file.line_column(0), (1, 1));
        assert_eq!(file.line_column(5), (2, 2));
        assert_eq!(file.line_column(8), (4, 1));
        assert_eq!(file.line_text(2), "çd");
        assert_eq!(file.line_text(9), "");
        assert_eq!(file.lines(), 4);
    }
}
