//! The analysis as a whole: what summaries say, that threads change nothing, and that no input brings it down.

use pyguard::analysis::model::Models;
use pyguard::analysis::program::{FnId, Program};
use pyguard::analysis::summary;
use pyguard::finding::Tier;
use pyguard::front::{self, Headers};
use pyguard::kb::Kb;
use pyguard::scan::{Options, scan};
use pyguard::source::SourceFile;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

fn program(text: &str) -> Program {
    let kb = Kb::builtin();
    let source = SourceFile::new("t.c", text);
    let file = front::parse(
        &source,
        Path::new("/nonexistent/t.c"),
        &Headers::default(),
        &|name| kb.get(name).is_some(),
    );
    Program::new(vec![(source, file)], Models::new(kb))
}

fn summaries(text: &str) -> Vec<String> {
    let program = program(text);
    program.analyse(&|_| ());
    (0..program.functions.len() as u32)
        .map(|index| {
            let id = FnId(index);
            let summary = program
                .summary(id)
                .map_or("unknown".to_owned(), summary::show);
            format!("{}: {summary}", program.function(id).1.name)
        })
        .collect()
}

#[test]
fn summaries_say_what_bodies_do() {
    let found = summaries(
        "static PyObject *make(void) { PyObject *l = PyList_New(0); if (l == NULL) return NULL; return l; }\n\
         static PyObject *lend(PyObject *d, PyObject *k) { return PyDict_GetItemWithError(d, k); }\n\
         static int store(PyObject *d, PyObject *v) { if (PyDict_SetItemString(d, \"k\", v) < 0) return -1; return 0; }\n\
         static void eat(PyObject *o) { Py_DECREF(o); }\n\
         static PyObject *fail(const char *text) { PyErr_SetString(PyExc_ValueError, text); return NULL; }\n\
         static int get(PyObject *o, PyObject **out) { *out = PyObject_Str(o); if (*out == NULL) return -1; return 0; }\n\
         static void stop(void) { Py_FatalError(\"stop\"); }\n\
         static PyObject *same(PyObject *o) { if (PyObject_IsTrue(o) > 0) PyErr_Clear(); return o; }\n\
         static void drop(char *p) { PyMem_Free(p); }",
    );
    assert_eq!(
        found,
        [
            "make: New fails Null sets Always () []",
            "lend: Borrowed fails Null sets Sometimes (borrows, borrows) []",
            "store: Int fails MinusOne sets Always (borrows, borrows) []",
            "eat: Void fails Never sets Never (steals) []",
            "fail: Ptr fails Always sets Always (changes?) []",
            "get: Int fails MinusOne sets Always runs-python (borrows?, outnew) []",
            "stop: Void fails Never sets Never () no-return []",
            "same: Borrowed fails Never sets Never disturbs (borrows) []",
            "drop: Void fails Never sets Never (frees?) []",
        ]
    );
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

#[test]
fn threads_change_nothing() {
    let run = |jobs| {
        let options = Options {
            paths: vec![fixtures()],
            tier: Some(Tier::Low),
            jobs,
            ..Options::default()
        };
        scan(&options).expect("a scan").findings
    };
    let one = run(1);
    assert!(!one.is_empty());
    assert_eq!(one, run(4));
}

/// Pieces of real code, cut and joined anywhere.
#[test]
fn mutilated_code_is_survived() {
    let mut texts = Vec::new();
    for folder in std::fs::read_dir(fixtures())
        .expect("the fixtures")
        .flatten()
    {
        for file in std::fs::read_dir(folder.path())
            .expect("a folder")
            .flatten()
        {
            texts.push(std::fs::read_to_string(file.path()).expect("a fixture"));
        }
    }
    texts.sort();
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below.max(1) as u64) as usize
    };
    // The analysis catches panics, a function at a time: here none may happen.
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    std::panic::set_hook(Box::new(|info| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        eprintln!("{info}");
    }));
    for round in 0..300 {
        let mut text = texts[random(texts.len())].clone();
        for _ in 0..1 + round % 8 {
            let at = random(text.len());
            let end = (at + random(40)).min(text.len());
            if !(text.is_char_boundary(at) && text.is_char_boundary(end)) {
                continue;
            }
            let other = &texts[random(texts.len())];
            let from = random(other.len());
            let to = (from + random(60)).min(other.len());
            let piece = other.get(from..to).unwrap_or("{");
            text.replace_range(at..end, piece);
        }
        let program = program(&text);
        program.analyse(&|_| ());
    }
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}
