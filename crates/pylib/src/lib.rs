//! The pure-Python standard library, compiled when this crate is built, and embedded.
//!
//! It is a read-only tree of files, found by path (`os.py`, `json/__init__.py`, `pydoc_data/_pydoc.css`). A Python file also has its code, in the
//! serial form of `mesapy-bytecode`. Sources, and the code of what not every start needs, are compressed (LZ4). The file that the build makes is trusted:
//! it comes from the same compiler that the VM runs.
#![forbid(unsafe_code)]

mod absent;

pub use absent::absence;

use std::borrow::Cow;
use std::sync::OnceLock;

static LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));

/// Where bytes are, and how long they are unpacked; 0: they are not packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Blob {
    stored: &'static [u8],
    raw_len: usize,
}

impl Blob {
    fn bytes(self) -> Cow<'static, [u8]> {
        if self.raw_len == 0 {
            return Cow::Borrowed(self.stored);
        }
        // What the build packed unpacks; an empty file would only be a wrong answer.
        Cow::Owned(lz4_flex::block::decompress(self.stored, self.raw_len).unwrap_or_default())
    }
}

/// A file of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// From the library's root, with `/`.
    pub path: &'static str,
    code: Blob,
    data: Blob,
}

impl File {
    /// What the file holds.
    pub fn data(&self) -> Cow<'static, [u8]> {
        self.data.bytes()
    }
    /// A Python file's code, serialised.
    pub fn code(&self) -> Option<Cow<'static, [u8]>> {
        (!self.code.stored.is_empty()).then(|| self.code.bytes())
    }
}

/// A module of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub file: &'static File,
    pub is_package: bool,
}

struct Reader {
    rest: &'static [u8],
}
impl Reader {
    fn take(&mut self, n: usize) -> &'static [u8] {
        let (taken, rest) = self.rest.split_at(n.min(self.rest.len()));
        self.rest = rest;
        taken
    }
    fn number(&mut self) -> usize {
        self.take(4)
            .iter()
            .rev()
            .fold(0, |n, b| n << 8 | usize::from(*b))
    }
}

/// Every file, sorted by path.
pub fn files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut r = Reader { rest: LIBRARY };
        let count = r.number();
        let index_len = r.number();
        let mut index = Reader {
            rest: r.take(index_len),
        };
        let data = r.rest;
        let blob = |index: &mut Reader| {
            let (start, len, raw_len) = (index.number(), index.number(), index.number());
            Blob {
                stored: data.get(start..start + len).unwrap_or_default(),
                raw_len,
            }
        };
        (0..count)
            .map(|_| {
                let path_len = index.number();
                File {
                    path: std::str::from_utf8(index.take(path_len)).unwrap_or_default(),
                    code: blob(&mut index),
                    data: blob(&mut index),
                }
            })
            .collect()
    })
}

/// The file at a path from the library's root.
pub fn file(path: &str) -> Option<&'static File> {
    let files = files();
    let at = files.binary_search_by(|f| f.path.cmp(path)).ok()?;
    files.get(at)
}

/// What is in a folder (`""`: the root), sorted: names and whether they are folders. None if there is no such folder.
pub fn list(folder: &str) -> Option<Vec<(&'static str, bool)>> {
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    let from = files().partition_point(|f| f.path < prefix.as_str());
    let mut found: Vec<(&'static str, bool)> = Vec::new();
    for f in &files()[from..] {
        let Some(rest) = f.path.strip_prefix(prefix.as_str()) else {
            break;
        };
        let entry = match rest.split_once('/') {
            Some((first, _)) => (first, true),
            None => (rest, false),
        };
        if !found.contains(&entry) {
            found.push(entry);
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The module of a dotted name.
pub fn find(name: &str) -> Option<Entry> {
    let path = name.replace('.', "/");
    if let Some(f) = file(&format!("{path}/__init__.py")) {
        return Some(Entry {
            file: f,
            is_package: true,
        });
    }
    file(&format!("{path}.py")).map(|f| Entry {
        file: f,
        is_package: false,
    })
}

/// Dotted names of all modules.
pub fn names() -> impl Iterator<Item = String> {
    files().iter().filter_map(|f| {
        let stem = f.path.strip_suffix(".py")?;
        let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
        Some(stem.replace('/', "."))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_module_is_there_and_its_code_reads_back() {
        let mut count = 0;
        for name in super::names() {
            let entry = super::find(&name).expect("listed modules are found");
            let code = entry.file.code().expect("modules have code");
            let unit =
                mesapy_bytecode::serial::decode(&code).unwrap_or_else(|e| panic!("{name}: {e}"));
            mesapy_bytecode::verify(&unit).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(mesapy_bytecode::serial::encode(&unit), &*code, "{name}");
            count += 1;
        }
        println!("{count} modules");
        assert!(count > 600);
    }

    #[test]
    fn files_and_folders() {
        assert!(super::find("os").is_some_and(|e| !e.is_package));
        assert!(super::find("json").is_some_and(|e| e.is_package));
        assert!(super::find("no.such.module").is_none());
        assert!(
            super::file("pydoc_data/_pydoc.css")
                .is_some_and(|f| !f.data().is_empty() && f.code().is_none())
        );
        let json = super::list("json").expect("a folder");
        assert!(json.contains(&("decoder.py", false)));
        assert!(super::list("").is_some_and(|l| l.contains(&("json", true))));
        assert_eq!(super::list("nowhere"), None);
    }
}
