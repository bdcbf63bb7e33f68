//! The knowledge base: what each function and macro of Python's C API does with references, errors and memory, as data.
//!
//! Rows stand in `kb/*.toml`, embedded here; `docs/pyguard/knowledge-base.md` says what each field means. A name that has no row is unknown: nothing is
//! assumed of it but what its own body, if it is seen, shows.

use serde::Deserialize;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;

/// What a call gives back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultKind {
    /// A reference that the caller owns.
    New,
    /// A reference that somebody else owns.
    Borrowed,
    /// A number (`c_type` says which).
    Int,
    /// A pointer that is not an object and that the caller does not free.
    Ptr,
    /// A block of memory of `family` that the caller frees.
    Memory,
    #[default]
    Void,
}

/// What the result looks like when the call failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    #[default]
    Never,
    Null,
    MinusOne,
    /// Any value below zero.
    Negative,
    Zero,
    NonZero,
    /// −1 (or the all-ones value, or −1.0) is also a legal result: only `PyErr_Occurred()` tells.
    Ambiguous,
    /// It always "fails": `PyErr_Format` and the like give NULL (or −1) so that it can be returned.
    Always,
}

/// Whether an exception is set when the call failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sets {
    /// Each failure sets one.
    Always,
    #[default]
    Never,
    /// The failure value also means "nothing there", without an exception (`PyIter_Next`, `PyDict_GetItemWithError`).
    Sometimes,
}

/// What a call does with an argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// A number, a string, a flag: nothing of interest.
    #[default]
    Value,
    /// An object that is used and left to its owner.
    Borrows,
    /// The callee takes the caller's reference, also when it fails.
    Steals,
    /// The callee takes the reference, but on failure the caller still owns it.
    StealsOnSuccess,
    /// `Py_INCREF` and the like.
    Increfs,
    /// `Py_DECREF` and the like.
    Decrefs,
    /// The lvalue's reference is released and the lvalue set to NULL (`Py_CLEAR`).
    Clears,
    /// The lvalue's old reference is released and the lvalue takes the next argument's reference (`Py_SETREF`).
    Replaces,
    /// A pointer through which a new reference is written.
    OutNew,
    /// A pointer through which a borrowed reference is written.
    OutBorrowed,
    /// A pointer to an owned reference that is released and written anew; NULL after a failure (`_PyBytes_Resize`, `PyUnicode_Append`).
    InOut,
    /// A pointer through which anything else is written.
    Out,
    /// A block of `family` that is freed.
    Frees,
    /// A block of `family` that is freed when the call succeeds (`realloc`).
    Reallocates,
    /// A `Py_buffer` that is filled and must be released.
    Acquires,
    /// A `Py_buffer` that is released.
    Releases,
    /// A size of memory in bytes (or a count of items): overflow matters.
    Size,
    /// A format string; the arguments behind it are described by it.
    Format,
}

/// An argument's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arg {
    pub r#use: Use,
    /// NULL is allowed.
    pub nullable: bool,
}

impl<'de> Deserialize<'de> for Arg {
    /// `"borrows"`, or `"borrows?"` where NULL is allowed.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Arg, D::Error> {
        let text = String::deserialize(deserializer)?;
        let name = text.strip_suffix('?');
        let nullable = name.is_some();
        let name = name.unwrap_or(&text).to_owned();
        let r#use = Use::deserialize(serde::de::value::StringDeserializer::<D::Error>::new(name))?;
        Ok(Arg { r#use, nullable })
    }
}

/// Which allocator a block comes from; each must go back to its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Family {
    /// malloc, free
    #[serde(rename = "libc")]
    Libc,
    /// `PyMem_RawMalloc`
    #[serde(rename = "raw")]
    Raw,
    /// `PyMem_Malloc`
    #[serde(rename = "mem")]
    Mem,
    /// `PyObject_Malloc`
    #[serde(rename = "object")]
    Object,
    /// `PyObject_GC_New`
    #[serde(rename = "gc")]
    Gc,
}

/// Effects that no other field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The error indicator is clear afterwards.
    ClearsException,
    /// The error indicator is set afterwards, whatever the result.
    SetsException,
    /// The result is true exactly when an exception is set.
    TestsException,
    /// Safe to call with an exception set, and leaves it there.
    KeepsException,
    /// An exception inside is thrown away (`PyObject_HasAttr`, `PyDict_GetItem`); one that was set before may be lost.
    SwallowsException,
    /// Does not come back.
    NoReturn,
    /// The macro returns from the function that uses it (`Py_RETURN_NONE`).
    Returns,
    ReleasesGil,
    TakesGil,
    /// The result is the first argument, with a reference of its own when it is `new`.
    SameAsFirst,
    /// The result is true only when the first argument is not NULL.
    TestsNull,
    /// The first argument's own references are dropped: what was borrowed from it is gone.
    EmptiesFirst,
    /// With `runs_python`: Python code runs only where an object that is released has a finalizer.
    OnlyFinalizers,
    /// The macro assigns the result to its first argument (`PyMem_Resize`).
    AssignsFirst,
}

/// What is known of a function or function-like macro.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiFunction {
    #[serde(skip)]
    pub name: String,
    #[serde(default)]
    pub result: ResultKind,
    /// The C type of a result that is no object.
    #[serde(default)]
    pub c_type: String,
    #[serde(default)]
    pub fails: Failure,
    /// Whether a failure sets an exception; rows that fail and don't say otherwise set one.
    #[serde(default)]
    pub sets_exception: Option<Sets>,
    /// Python code (methods, finalizers, callbacks) may run before it returns.
    #[serde(default)]
    pub runs_python: bool,
    /// In order; arguments behind the last are as the last when `variadic`, and plain values otherwise.
    #[serde(default)]
    pub args: Vec<Arg>,
    #[serde(default)]
    pub variadic: bool,
    #[serde(default)]
    pub family: Option<Family>,
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// The caller must hold the GIL (true unless said).
    #[serde(default)]
    pub needs_gil: Option<bool>,
    /// First version, empty when it was always there.
    #[serde(default)]
    pub since: String,
    /// The first version that no longer has it, empty when it is still there.
    #[serde(default)]
    pub until: String,
    /// Part of the stable ABI.
    #[serde(default)]
    pub stable: bool,
    /// Where this is written: a page of Python's documentation, or a file of CPython.
    #[serde(default)]
    pub source: String,
}

impl ApiFunction {
    /// What the argument at `index` (from 0) is used for.
    pub fn arg(&self, index: usize) -> Arg {
        let plain = Arg {
            r#use: Use::Value,
            nullable: true,
        };
        match self.args.get(index) {
            Some(&arg) => arg,
            None if self.variadic => self.args.last().copied().unwrap_or(plain),
            None => plain,
        }
    }

    /// Whether a failure sets an exception.
    pub fn sets(&self) -> Sets {
        self.sets_exception.unwrap_or(match self.fails {
            Failure::Never => Sets::Never,
            _ => Sets::Always,
        })
    }

    pub fn has(&self, effect: Effect) -> bool {
        self.effects.contains(&effect)
    }

    pub fn needs_gil(&self) -> bool {
        self.needs_gil.unwrap_or(true)
    }
}

/// A file of rows, by the page that describes them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    page: Vec<Page>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    source: String,
    functions: HashMap<String, ApiFunction>,
}

macro_rules! files {
    ($($name:literal),+) => {
        /// The files, and their text.
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../kb/", $name, ".toml")))),+];
    };
}

files!(
    "refs",
    "errors",
    "objects",
    "numbers",
    "text",
    "containers",
    "buffer",
    "modules",
    "interpreter",
    "memory",
    "arguments",
    "private",
    "libc"
);

/// All rows.
#[derive(Debug, Default)]
pub struct Kb {
    functions: HashMap<String, ApiFunction>,
}

impl Kb {
    /// The knowledge base that is built in.
    pub fn builtin() -> &'static Kb {
        static BUILTIN: OnceLock<Kb> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let mut kb = Kb::default();
            for (name, text) in FILES {
                // The tests load every file, so a broken one never ships.
                if let Err(error) = kb.add(text) {
                    debug_assert!(false, "kb/{name}.toml: {error}");
                }
            }
            kb
        })
    }

    /// The built-in rows and those of files, for as long as the program runs.
    pub fn with_files(paths: &[PathBuf]) -> Result<&'static Kb, String> {
        let mut kb = Kb {
            functions: Kb::builtin().functions.clone(),
        };
        for path in paths {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            kb.add(&text)
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(Box::leak(Box::new(kb)))
    }

    /// Adds the rows of a file; a later row of the same name replaces the earlier one.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        for page in file.page {
            for (name, mut row) in page.functions {
                row.name = name.clone();
                if row.source.is_empty() {
                    row.source = page.source.clone();
                }
                self.functions.insert(name, row);
            }
        }
        Ok(())
    }

    /// The row of a function or macro.
    pub fn get(&self, name: &str) -> Option<&ApiFunction> {
        self.functions.get(name)
    }

    /// All rows, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &ApiFunction> {
        self.functions.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_loads_and_no_name_stands_twice() {
        let mut rows = 0;
        for (name, text) in FILES {
            let mut kb = Kb::default();
            kb.add(text)
                .unwrap_or_else(|error| panic!("kb/{name}.toml: {error}"));
            rows += kb.functions.len();
        }
        assert_eq!(rows, Kb::builtin().functions.len());
    }

    #[test]
    fn every_row_says_where_it_is_written() {
        for row in Kb::builtin().rows() {
            assert!(!row.source.is_empty(), "{}", row.name);
        }
    }

    /// A row that contradicts itself: what no function can do at once.
    #[test]
    fn rows_make_sense() {
        for row in Kb::builtin().rows() {
            let name = &row.name;
            let frees = row
                .args
                .iter()
                .any(|arg| matches!(arg.r#use, Use::Frees | Use::Reallocates));
            assert_eq!(
                row.family.is_some(),
                row.result == ResultKind::Memory || frees,
                "{name}: a family goes with memory"
            );
            if row.result == ResultKind::Void {
                assert_eq!(row.fails, Failure::Never, "{name} returns nothing");
            }
            if matches!(row.result, ResultKind::New | ResultKind::Borrowed) {
                assert!(
                    matches!(row.fails, Failure::Never | Failure::Null | Failure::Always),
                    "{name} returns an object"
                );
            }
            if row.fails == Failure::Never {
                assert!(
                    row.sets_exception.is_none_or(|sets| sets == Sets::Never),
                    "{name} never fails"
                );
            }
            assert!(
                !row.has(Effect::OnlyFinalizers) || row.runs_python,
                "{name}"
            );
        }
    }

    /// The stable ABI is complete; its list is data of the tests.
    #[test]
    fn the_stable_abi_is_complete() {
        let list = include_str!("../tests/data/stable_abi.txt");
        let missing: Vec<&str> = list
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split(' ').next())
            .filter(|name| !Kb::builtin().get(name).is_some_and(|row| row.stable))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        let listed = list.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(
            listed,
            Kb::builtin().rows().filter(|row| row.stable).count()
        );
    }

    /// Results as CPython's own list of reference counts records them, but for what that list has wrong or means otherwise.
    #[test]
    fn results_agree_with_the_recorded_reference_counts() {
        const EXCEPT: &[(&str, &str)] = &[
            (
                "PyMemoryView_GET_BASE",
                "an object, which the list does not say",
            ),
            (
                "PyModule_GetDef",
                "a static structure, no object with references",
            ),
            (
                "PyObject_GC_Resize",
                "takes the reference of its argument and gives it back",
            ),
            ("PyObject_Init", "gives the memory its first reference"),
            ("PyObject_InitVar", "gives the memory its first reference"),
            ("Py_NewRef", "an object, which the list does not say"),
            ("Py_XNewRef", "an object, which the list does not say"),
        ];
        let list = include_str!("../tests/data/refcounts.txt");
        let mut wrong = Vec::new();
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            let (name, recorded) = line.split_once(' ').expect("two words");
            let row = Kb::builtin()
                .get(name)
                .expect("every recorded function has a row");
            let ours = match (row.result, row.fails) {
                (ResultKind::New, _) => "new",
                (ResultKind::Borrowed, Failure::Always) => "null",
                (ResultKind::Borrowed, _) => "borrowed",
                _ => "-",
            };
            if ours != recorded && !EXCEPT.iter().any(|(except, _)| *except == name) {
                wrong.push(format!("{name}: {ours}, recorded {recorded}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
