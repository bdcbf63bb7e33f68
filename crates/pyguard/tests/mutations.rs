//! Broken input: fixtures with bytes taken out, put in, doubled and mixed, by a generator with a fixed seed. Nothing may panic, and everything must end soon.
//!
//! `PYGUARD_MUTATIONS=100000 cargo test --release -p pyguard --test mutations` runs longer; `PYGUARD_MUTATIONS_SEED` begins elsewhere, and
//! `PYGUARD_MUTATIONS_FROM` takes the files below another folder.

use pyguard::finding::Tier;
use pyguard::scan::{Options, scan};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// One mutated file may take this long, on a busy machine.
const TIME_MAX: Duration = Duration::from_secs(20);

/// Pieces that matter to a C reader.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    "\"",
    "'",
    "/*",
    "*/",
    "//",
    "\\\n",
    "#if 1\n",
    "#else\n",
    "#endif\n",
    "#define F(x) x x\n",
    "F(",
    "goto a;",
    "a:",
    "return",
    "NULL",
    "if (",
    "while (",
    "for (;;)",
    "switch (x) {",
    "case 1:",
    "struct s {",
    "typedef ",
    "PyObject *",
    "Py_DECREF(x);",
    "\0",
    "\u{fffd}",
    "0x",
    "1e",
    "##",
    "#",
    "...",
    "->",
    "= {",
    "do {",
    "else",
    "Py_BEGIN_ALLOW_THREADS\n",
];

/// Xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut text = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(8) {
        let at = random.below(text.len() + 1);
        let end = (at + random.below(200)).min(text.len());
        match random.below(6) {
            0 => drop(text.drain(at..end)),
            1 => text.truncate(at),
            2 => {
                let piece = text[at..end].to_vec();
                let times = 1 + random.below(20);
                text.splice(at..at, piece.repeat(times));
            }
            3 => {
                let piece = PIECES[random.below(PIECES.len())].as_bytes();
                let times = if random.below(10) == 0 {
                    1 + random.below(3000)
                } else {
                    1
                };
                text.splice(at..at, piece.repeat(times));
            }
            4 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(400)).min(other.len());
                text.splice(at..at, other[from..to].to_vec());
            }
            _ => {
                if at < text.len() {
                    text[at] = random.next() as u8;
                }
            }
        }
    }
    text
}

fn c_files(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            c_files(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "c") {
            into.push(path);
        }
    }
}

#[test]
fn broken_files_are_survived() {
    let number = |name: &str, default: u64| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let from = std::env::var_os("PYGUARD_MUTATIONS_FROM").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"),
        PathBuf::from,
    );
    let mut files = Vec::new();
    c_files(&from, &mut files);
    let seeds: Vec<Vec<u8>> = files
        .iter()
        .map(|path| fs::read(path).expect("a file"))
        .collect();
    let mut random = Random(number("PYGUARD_MUTATIONS_SEED", 0x5eed) | 1);
    let folder = std::env::temp_dir().join(format!("pyguard-mutations-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("mutated.c");
    let options = Options {
        paths: vec![path.clone()],
        tier: Some(Tier::Low),
        jobs: 1,
        ..Options::default()
    };
    for round in 0..number("PYGUARD_MUTATIONS", 300) {
        let text = mutate(&mut random, &seeds);
        fs::write(&path, &text).expect("a file");
        let start = Instant::now();
        // What a panic costs is a notice; here it is a failure.
        let scan = scan(&options).expect("a scan");
        let trouble = scan
            .notices
            .iter()
            .find(|notice| notice.kind == "unreadable");
        let time = start.elapsed();
        if trouble.is_some() || time > TIME_MAX {
            let kept = std::env::temp_dir().join("pyguard-mutation.c");
            fs::write(&kept, &text).expect("a file");
            panic!(
                "round {round}: {trouble:?}, {time:?}; the file is {}",
                kept.display()
            );
        }
    }
    let _ = fs::remove_dir_all(&folder);
}
