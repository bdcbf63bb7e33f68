//! Compiles the pure-Python library and packs it into one file that the crate embeds.
//!
//! The library is CPython's `Lib` as the crate `rustpython-pylib` carries it, with the files of `overlay/` in place of those of the same
//! path. Every module is compiled to the serial form of bytecode; what is not Python goes in as it is. See `src/lib.rs` for the file's form.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Paths (or folders) of `Lib` that are not ours: stand-ins for natives that MesaPy has, tests and files of other projects.
const LEFT_OUT: &[&str] = &[
    "README.md",
    "_dummy_os.py",
    "_dummy_thread.py",
    "dummy_threading.py",
    "_pycodecs.py",
    "idlelib/idle_test",
    "idlelib/Icons",
    "tomllib/mypy.ini",
    "ctypes/macholib/fetch_macholib",
    "ctypes/macholib/fetch_macholib.bat",
];

/// Places where the crate's files speak of the interpreter that they were made for, or where an error's text is not that of CPython's native
/// twin: file, its text, ours.
const RENAMED: &[(&str, &str, &str)] = &[
    (
        "_pydatetime.py",
        "\"result out of range\"",
        "\"date value out of range\"",
    ),
    (
        "_pydatetime.py",
        "\"cannot mix naive and timezone-aware time\"",
        "\"can't subtract offset-naive and offset-aware datetimes\"",
    ),
    (
        "_pydatetime.py",
        "\"cannot compare naive and aware ",
        "\"can't compare offset-naive and offset-aware ",
    ),
    (
        "inspect.py",
        "opname == \"LOAD_ATTR\"",
        "opname in (\"LoadAttr\", \"LoadMethod\")",
    ),
    (
        "inspect.py",
        "opname == \"LOAD_GLOBAL\"",
        "opname == \"LoadGlobal\"",
    ),
    ("platform.py", "\"RustPython\"", "\"MesaPy\""),
    ("site.py", "return 'RustPython'", "return 'Python'"),
    ("site.py", "/lib/rustpython{", "/lib/python{"),
    (
        "sysconfig/__init__.py",
        "return 'RustPython'",
        "return 'Python'",
    ),
];

/// Modules that every start of the interpreter reads: their code is not compressed.
const START_UP: &[&str] = &[
    "_collections_abc",
    "_mesapy_importer",
    "_sitebuiltins",
    "abc",
    "codecs",
    "encodings",
    "encodings.aliases",
    "encodings.latin_1",
    "encodings.utf_8",
    "genericpath",
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "io",
    "os",
    "posixpath",
    "site",
    "stat",
    "zipimport",
];

/// Native stack of a thread that compiles: deep expressions of generated sources need some.
const STACK_BYTES: usize = 256 << 20;
const THREADS: usize = 2;

fn main() {
    // Asked for when it runs: a build folder may have been copied together with the source.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("CARGO_MANIFEST_DIR");
    let overlay = Path::new(&here).join("overlay");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=overlay");
    let mut files = BTreeMap::new();
    walk(
        Path::new(rustpython_pylib::LIB_PATH),
        Path::new(""),
        &mut files,
    );
    files.retain(|path, _| {
        !LEFT_OUT
            .iter()
            .any(|out| path == out || path.starts_with(&format!("{out}/")))
    });
    walk(&overlay, Path::new(""), &mut files);

    let jobs: Vec<(String, PathBuf)> = files.into_iter().collect();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(jobs.len()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            std::thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, || {
                    while let Some((path, file)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let packed = pack(path, file);
                        done.lock().expect("no thread panicked").push(packed);
                    }
                })
                .expect("a thread");
        }
    });
    let mut packed = done.into_inner().expect("no thread panicked");
    packed.sort_by(|a, b| a.path.cmp(&b.path));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("OUT_DIR")).join("library.bin");
    fs::File::create(out)
        .and_then(|mut f| f.write_all(&assemble(&packed)))
        .expect("the packed library can be written");
}

fn walk(root: &Path, below: &Path, files: &mut BTreeMap<String, PathBuf>) {
    for entry in fs::read_dir(root.join(below)).expect("the library can be read") {
        let entry = entry.expect("the library can be read");
        let name = entry.file_name();
        let path = below.join(&name);
        if entry.path().is_dir() {
            if name != "test" && name != "__pycache__" {
                walk(root, &path, files);
            }
        } else if name.to_str().is_some_and(|n| !n.ends_with(".pyc")) {
            files.insert(
                path.to_str().expect("library paths are UTF-8").to_owned(),
                entry.path(),
            );
        }
    }
}

struct Packed {
    path: String,
    /// Empty for what is not a module.
    code: Blob,
    source: Blob,
}
#[derive(Default)]
struct Blob {
    stored: Vec<u8>,
    /// Length before compression; 0: not compressed.
    raw_len: usize,
}
impl Blob {
    fn plain(bytes: Vec<u8>) -> Blob {
        Blob {
            stored: bytes,
            raw_len: 0,
        }
    }
    fn compressed(bytes: Vec<u8>) -> Blob {
        let stored = lz4_flex::block::compress(&bytes);
        if stored.len() >= bytes.len() {
            return Blob::plain(bytes);
        }
        Blob {
            raw_len: bytes.len(),
            stored,
        }
    }
}

fn pack(path: &str, file: &Path) -> Packed {
    let mut source = fs::read(file).expect("library files can be read");
    for (_, theirs, ours) in RENAMED.iter().filter(|(of, ..)| *of == path) {
        let text = String::from_utf8(source).expect("library files are UTF-8");
        assert!(text.contains(theirs), "{path} has no {theirs}");
        source = text.replace(theirs, ours).into_bytes();
    }
    let code = match path.strip_suffix(".py") {
        Some(stem) => {
            let code = compile(path, &source);
            let name = stem.replace('/', ".");
            if START_UP.contains(&name.strip_suffix(".__init__").unwrap_or(&name)) {
                Blob::plain(code)
            } else {
                Blob::compressed(code)
            }
        }
        None => Blob::default(),
    };
    Packed {
        path: path.to_owned(),
        code,
        source: Blob::compressed(source),
    }
}

fn compile(path: &str, source: &[u8]) -> Vec<u8> {
    let text = match mesapy_syntax::decode::decode(source) {
        Ok(source) => source.text,
        Err(error) => panic!("{path}: {error:?}"),
    };
    let parsed = mesapy_syntax::parse(&text, mesapy_syntax::Mode::Exec, &Default::default())
        .unwrap_or_else(|e| panic!("{path}: {e:?}"));
    let compiled = mesapy_compile::compile(&text, &parsed.tree, &Default::default())
        .unwrap_or_else(|e| panic!("{path}: {e:?}"));
    mesapy_bytecode::serial::encode(&compiled.code)
}

/// Count; for each file its path, then start, stored length and raw length of code and of source; then the bytes. Numbers are little-endian u32.
fn assemble(files: &[Packed]) -> Vec<u8> {
    let number = |n: usize| {
        u32::try_from(n)
            .expect("the library is small")
            .to_le_bytes()
    };
    let (mut index, mut data) = (Vec::<u8>::new(), Vec::<u8>::new());
    for file in files {
        index.extend(number(file.path.len()));
        index.extend(file.path.as_bytes());
        for blob in [&file.code, &file.source] {
            index.extend(number(data.len()));
            index.extend(number(blob.stored.len()));
            index.extend(number(blob.raw_len));
            data.extend(&blob.stored);
        }
    }
    let mut out = Vec::new();
    out.extend(number(files.len()));
    out.extend(number(index.len()));
    out.extend(index);
    out.extend(data);
    out
}
