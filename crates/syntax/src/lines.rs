//! Byte offset → (line, column), the way CPython's nodes and tracebacks count them.
//!
//! A table of line starts, searched by bisection, with the last answer remembered: the compiler asks in source order, so most
//! questions land on the same line or the next. Lines end at `\n` only, since `decode` has normalised `\r\n` and `\r`.

use std::cell::Cell;

/// Without a text, offsets from here on stand for the starts of lines.
const LINE_STARTS: u32 = 1 << 31;

/// The starts of all lines of a source, in bytes.
#[derive(Debug, Clone)]
pub struct Lines {
    /// Line and column of every offset, where these don't follow from a text.
    places: Option<Vec<(u32, u32)>>,
    starts: Vec<u32>,
    len: u32,
    recent: Cell<usize>,
}

impl Lines {
    /// Scans `source` once. Offsets past 4 GiB do not exist: `parse` refuses such sources.
    pub fn new(source: &str) -> Lines {
        let mut starts = vec![0];
        starts.extend(
            source
                .bytes()
                .enumerate()
                .filter(|&(_, byte)| byte == b'\n')
                .map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)),
        );
        Lines {
            places: None,
            starts,
            len: u32::try_from(source.len()).unwrap_or(u32::MAX),
            recent: Cell::new(0),
        }
    }

    /// For a tree that was not parsed from a text: the line and column of every offset that its nodes have.
    pub fn of_places(places: Vec<(u32, u32)>) -> Lines {
        Lines {
            len: u32::try_from(places.len()).unwrap_or(u32::MAX),
            places: Some(places),
            starts: vec![0],
            recent: Cell::new(0),
        }
    }

    /// The 1-based line and the 0-based column in UTF-8 bytes (`lineno`, `col_offset`) of a byte offset.
    pub fn position(&self, offset: u32) -> (u32, u32) {
        if let Some(places) = &self.places {
            return match offset.checked_sub(LINE_STARTS) {
                Some(line) => (line, 0),
                None => places.get(offset as usize).copied().unwrap_or((1, 0)),
            };
        }
        let line = self.line_index(offset);
        let start = self.starts.get(line).copied().unwrap_or(0);
        (
            u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1),
            offset.saturating_sub(start),
        )
    }

    /// The 1-based line of a byte offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.position(offset).0
    }

    /// The byte offset at which the 1-based `line` starts, or the source's end.
    pub fn start(&self, line: u32) -> u32 {
        if self.places.is_some() {
            return line.saturating_add(LINE_STARTS);
        }
        self.starts
            .get((line as usize).saturating_sub(1))
            .copied()
            .unwrap_or(self.len)
    }

    /// The text of the 1-based `line`, with its `\n`.
    pub fn text<'s>(&self, line: u32, source: &'s str) -> &'s str {
        let (from, to) = (
            self.start(line) as usize,
            self.start(line.saturating_add(1)) as usize,
        );
        source.get(from..to).unwrap_or("")
    }

    /// How many lines there are; a final `\n` starts one more.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    fn line_index(&self, offset: u32) -> usize {
        let recent = self.recent.get();
        for line in [recent, recent + 1] {
            if let Some(&start) = self.starts.get(line)
                && start <= offset
                && self.starts.get(line + 1).is_none_or(|&next| offset < next)
            {
                self.recent.set(line);
                return line;
            }
        }
        let line = self
            .starts
            .partition_point(|&start| start <= offset)
            .saturating_sub(1);
        self.recent.set(line);
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions() {
        let lines = Lines::new("ab\n\nç d\n");
        for (offset, expected) in [
            (0, (1, 0)),
            (2, (1, 2)),
            (3, (2, 0)),
            (4, (3, 0)),
            (6, (3, 2)),
            (9, (4, 0)),
            (1, (1, 1)),
            (4, (3, 0)),
        ] {
            assert_eq!(lines.position(offset), expected, "{offset}");
        }
        assert_eq!(lines.text(3, "ab\n\nç d\n"), "ç d\n");
        assert_eq!(lines.count(), 4);
    }
}
