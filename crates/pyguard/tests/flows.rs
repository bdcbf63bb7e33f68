//! The command from end to end: exit statuses, formats, suppressions, baselines, differences, patches, other tools' reports, odd input.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A bug that needs no more than syntax, in a function of its own.
const BUG: &str = "#include <Python.h>\n\nstatic PyObject *\nf(PyObject *self, PyObject *args)\n{\n    int n;\n    if (!PyArg_ParseTuple(args, \"n\", &n))\n        return NULL;\n    Py_RETURN_NONE;\n}\n";

/// A folder that is removed with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("pyguard-test-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("a file")
    }

    /// Runs the command in this folder.
    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(
            Command::new(env!("CARGO_BIN_EXE_pyguard"))
                .args(arguments)
                .current_dir(&self.0)
                .output()
                .expect("the command runs"),
        )
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[derive(Debug)]
struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Ran {
    fn new(output: Output) -> Ran {
        Ran {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

#[test]
fn the_exit_status_says_what_happened() {
    let folder = Folder::new("status");
    folder.write("clean.c", "int f(void) { return 1; }\n");
    folder.write("bug.c", BUG);
    assert_eq!(folder.run(&["scan", "clean.c"]).status, 0);
    assert_eq!(folder.run(&["scan", "bug.c"]).status, 1);
    for wrong in [
        &["scan", "none.c"][..],
        &["scan"],
        &["scan", "--nonsense", "."],
        &["scan", "--format", "xml", "."],
        &["scan", "--include", "[", "."],
        &["scan", "--rule", "parse-unitt", "."],
        &["nonsense"],
        &["diff", "one"],
        &["eval", "none.json"],
        &["explain", "none"],
        &["audit", "clean.c"],
        &["scan", "--baseline", "bug.c", "."],
        &["scan", "--with", "bug.c", "."],
    ] {
        let ran = folder.run(wrong);
        assert_eq!(ran.status, 2, "{wrong:?}: {ran:?}");
        assert!(ran.err.starts_with("pyguard: "), "{wrong:?}: {ran:?}");
        assert!(ran.out.is_empty(), "{wrong:?}: {ran:?}");
    }
    let hint = folder.run(&["explain", "parse-unitt"]);
    assert!(hint.err.contains("did you mean `parse-unit`?"), "{hint:?}");
    assert_eq!(folder.run(&["--help"]).status, 0);
}

#[test]
fn every_format_tells_the_same_finding() {
    let folder = Folder::new("formats");
    folder.write("src/bug.c", BUG);
    let json = folder.run(&["scan", "src", "--format", "json"]).json();
    let finding = &json["findings"][0];
    assert_eq!(finding["file"], "src/bug.c");
    assert_eq!(finding["line"], 7);
    assert_eq!(finding["function"], "f");
    assert_eq!(finding["category"], "memory-management");
    assert_eq!(finding["rule"], "parse-unit");
    assert_eq!(finding["tier"], "high");
    assert!(finding["path"].is_array());
    assert_eq!(json["statistics"]["files"], 1);
    let text = folder.run(&["scan", "src"]).out;
    assert!(text.contains("src/bug.c:7: high: unit `n`"), "{text}");
    assert!(text.contains("7 |     if (!PyArg_ParseTuple"), "{text}");
    assert!(!text.contains('\x1b'), "no colour in a pipe");
    assert!(
        folder
            .run(&["scan", "src", "--color", "always"])
            .out
            .contains('\x1b')
    );
    let stats = folder.run(&["scan", "src", "-f", "stats"]).out;
    assert!(
        stats.contains("parse-unit     1       0    0    1"),
        "{stats}"
    );
    let html = folder.run(&["scan", "src", "-f", "html"]).out;
    assert!(
        html.contains("&quot;n&quot;, &amp;n") && html.ends_with("</html>\n"),
        "{html}"
    );
    assert!(
        !html.contains("<script src") && !html.contains("<link"),
        "self-contained"
    );
    let sarif = folder.run(&["scan", "src", "-f", "sarif"]).json();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/bug.c");
    assert_eq!(place["region"]["startLine"], 7);
    folder.run(&["scan", "src", "-f", "json", "-o", "report.json"]);
    assert!(folder.read("report.json").contains("parse-unit"));
}

#[test]
fn globs_choose_the_files() {
    let folder = Folder::new("globs");
    folder.write("a/bug.c", BUG);
    folder.write("b/bug.c", BUG);
    folder.write("b/notes.txt", BUG);
    let files = |arguments: &[&str]| {
        let json = folder
            .run(&[&["scan", "-f", "json"], arguments].concat())
            .json();
        json["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .map(|finding| finding["file"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(files(&["."]), ["a/bug.c", "b/bug.c"]);
    assert_eq!(files(&[".", "--exclude", "b"]), ["a/bug.c"]);
    assert_eq!(files(&[".", "--include", "b/*.c"]), ["b/bug.c"]);
    assert_eq!(files(&["b", "a", "./b", "b/bug.c"]), ["a/bug.c", "b/bug.c"]);
}

#[test]
fn suppressions_need_a_reason_and_a_finding() {
    let folder = Folder::new("suppressions");
    let with =
        |comment: &str| BUG.replace("    if (!PyArg", &format!("    {comment}\n    if (!PyArg"));
    folder.write(
        "a.c",
        with("/* pyguard: ignore[parse-unit] only small numbers come here */"),
    );
    let ran = folder.run(&["scan", "a.c"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("1 suppressed"), "{ran:?}");
    let sarif = folder.run(&["scan", "a.c", "-f", "sarif"]).json();
    let suppression = &sarif["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(suppression["justification"], "only small numbers come here");

    folder.write("a.c", with("/* pyguard: ignore[parse-unit] */"));
    let ran = folder.run(&["scan", "a.c"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.out.contains("[suppression-without-reason]"), "{ran:?}");

    folder.write(
        "a.c",
        BUG.replace(
            "int n",
            "Py_ssize_t n; /* pyguard: ignore[parse-unit] old reason */",
        ),
    );
    let ran = folder.run(&["scan", "a.c"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.out.contains("a.c:6: note: nothing to suppress here"),
        "{ran:?}"
    );

    folder.write(
        "a.c",
        with("// pyguard: ignore[parse-units] a typing error"),
    );
    assert!(folder.run(&["scan", "a.c"]).out.contains("[unknown-rule]"));
}

#[test]
fn only_new_findings_pass_a_baseline() {
    let folder = Folder::new("baseline");
    folder.write("a.c", BUG);
    assert_eq!(
        folder
            .run(&["scan", "a.c", "--write-baseline", "known.json"])
            .status,
        1
    );
    assert_eq!(
        folder
            .run(&["scan", "a.c", "--baseline", "known.json"])
            .status,
        0
    );
    // Lines move, and comments change: it stays known.
    let moved = format!(
        "/* a new head */\n\n\n{}",
        BUG.replace("&n))", "&n)) /* why */")
    );
    folder.write("a.c", &moved);
    assert_eq!(
        folder
            .run(&["scan", "a.c", "--baseline", "known.json"])
            .status,
        0
    );
    // A second one of the same kind in another function is new.
    folder.write(
        "a.c",
        format!("{moved}{}", BUG.replace("f(PyObject", "g(PyObject")),
    );
    let ran = folder.run(&["scan", "a.c", "--baseline", "known.json", "-f", "json"]);
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.json()["findings"].as_array().expect("findings").len(),
        1
    );
    assert_eq!(ran.json()["findings"][0]["function"], "g");
    folder.write("a.c", "int x;\n");
    let ran = folder.run(&["scan", "a.c", "--baseline", "known.json"]);
    assert!(
        ran.err.contains("1 of its entries not found any more"),
        "{ran:?}"
    );
}

#[test]
fn differences_are_by_function_and_code() {
    let folder = Folder::new("diff");
    let function = |name: &str, ty: &str| {
        BUG.replace("f(PyObject", &format!("{name}(PyObject"))
            .replace("int n", &format!("{ty} n"))
    };
    folder.write(
        "old/a.c",
        [
            function("stays", "int"),
            function("repaired", "int"),
            function("gone", "int"),
        ]
        .concat(),
    );
    folder.write(
        "new/sub/a.c",
        [
            "\n\n".to_owned(),
            function("added", "int"),
            function("repaired", "Py_ssize_t"),
            function("stays", "int"),
        ]
        .concat(),
    );
    let ran = folder.run(&["diff", "old", "new", "-f", "json"]);
    assert_eq!(ran.status, 1);
    let diff = ran.json();
    let functions = |name: &str| {
        diff[name]
            .as_array()
            .expect("a list")
            .iter()
            .map(|record| record["function"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(functions("new"), ["added"]);
    assert_eq!(functions("fixed"), ["repaired"]);
    assert_eq!(functions("function_gone"), ["gone"]);
    assert_eq!(functions("present"), ["stays"]);
    // The same from reports.
    for side in ["old", "new"] {
        folder.run(&[
            "scan",
            ".",
            "--root",
            side,
            "--functions",
            "-f",
            "json",
            "-o",
            &format!("{side}.json"),
        ]);
    }
    let ran = folder.run(&["diff", "old.json", "new.json"]);
    assert!(
        ran.out
            .contains("1 new, 1 fixed, 1 gone with their function, 1 still present"),
        "{ran:?}"
    );
    assert!(!ran.out.contains("still present: "), "{ran:?}");
    let ran = folder.run(&["diff", "old.json", "new.json", "--details"]);
    assert!(
        ran.out.contains("still present: a.c:") || ran.out.contains("still present: sub/a.c:"),
        "{ran:?}"
    );
    assert_eq!(folder.run(&["diff", "old", "old"]).status, 0);
}

#[test]
fn recall_is_counted_by_the_labels_rule() {
    let folder = Folder::new("eval");
    folder.write("src/a.c", BUG);
    folder.write(
        "labels.json",
        r#"{"meta": {"matching": "line is within 3 lines"}, "entries": [
            {"id": "A", "file": "src/a.c", "function": "f", "line": 9, "category": "memory-management", "subtype": "x", "difficulty": "pattern"},
            {"id": "B", "file": "src/a.c", "function": "f", "line": 20, "category": "memory-management", "subtype": "x", "difficulty": "pattern"},
            {"id": "C", "file": "src/a.c", "function": "f", "line": 200, "category": "memory-management", "subtype": "buffer-overflow", "difficulty": "pattern"}],
          "negatives": [{"id": "N", "file": "src/a.c", "function": "f", "line": 8, "category": "memory-management"},
            {"id": "M", "file": "src/a.c", "function": "f", "line": 8, "category": "integer-overflow"}]}"#,
    );
    let ran = folder.run(&["eval", "labels.json", "-f", "json"]).json();
    assert_eq!(ran["found"], serde_json::json!(["A", "C"]));
    assert_eq!(ran["missed"], serde_json::json!(["B"]));
    assert_eq!(ran["flagged"], serde_json::json!(["N"]));
    let text = folder.run(&["eval", "labels.json", "--details"]).out;
    assert!(
        text.contains("  all                          2     3  66.7 %"),
        "{text}"
    );
    assert!(text.contains("missed B src/a.c:20"), "{text}");
}

#[test]
fn other_tools_are_merged() {
    let folder = Folder::new("tools");
    // The same finding at low tier becomes surer when a tool that follows values says so; what only others see is listed.
    let bug = "#include <Python.h>\nstatic PyObject *f(PyObject *self, PyObject *args)\n{\n    unsigned int n;\n    if (!PyArg_ParseTuple(args, \"I\", &n))\n        return NULL;\n    return PyLong_FromLong(n);\n}\n";
    folder.write("src/a.c", bug);
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reports");
    let scan = |names: &[&str]| {
        let mut arguments = vec![
            "scan".to_owned(),
            "src".to_owned(),
            "--tier".to_owned(),
            "low".to_owned(),
            "-f".to_owned(),
            "json".to_owned(),
        ];
        for name in names {
            arguments.extend([
                "--with".to_owned(),
                reports.join(name).to_string_lossy().into_owned(),
            ]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        folder.run(&arguments).json()["findings"]
            .as_array()
            .expect("findings")
            .clone()
    };
    let ours = |findings: &[serde_json::Value]| {
        findings
            .iter()
            .find(|finding| finding["rule"] == "unchecked-unit")
            .expect("ours")
            .clone()
    };
    assert_eq!(ours(&scan(&[]))["tier"], "low");
    for (name, tool, tier) in [
        ("cppcheck.xml", "cppcheck", "medium"),
        ("gcc.sarif", "gcc", "medium"),
        ("gcc.json", "gcc", "medium"),
        ("clang.plist", "clang", "medium"),
        ("flawfinder.csv", "flawfinder", "low"),
    ] {
        let finding = ours(&scan(&[name]));
        assert_eq!(finding["tools"], serde_json::json!([tool]), "{name}");
        assert_eq!(finding["tier"], tier, "{name}");
    }
    // Two others agree on line 7.
    let findings = scan(&["cppcheck.xml", "gcc.sarif"]);
    let other = findings
        .iter()
        .find(|finding| finding["line"] == 90)
        .expect("what only others see");
    assert_eq!(other["rule"], "cppcheck/memleak");
    assert_eq!(other["tools"], serde_json::json!(["cppcheck", "gcc"]));
    assert_eq!(other["tier"], "medium");
    assert_eq!(other["file"], "src/a.c");
    assert!(
        !findings
            .iter()
            .any(|finding| finding["rule"] == "cppcheck/variableScope"),
        "style is no finding"
    );
}

#[test]
fn odd_input_is_survived() {
    let folder = Folder::new("odd");
    folder.write(
        "binary.c",
        (0..=255u8).cycle().take(100_000).collect::<Vec<u8>>(),
    );
    folder.write("latin.c", b"/* caf\xe9 */ int f(void) { return '\xff'; }\n");
    folder.write("empty.c", "");
    for cut in (0..BUG.len()).step_by(7) {
        folder.write(&format!("cut/{cut}.c"), &BUG[..cut]);
    }
    folder.write(
        "deep.c",
        format!(
            "int f(void) {{ return {}1{}; }}",
            "(".repeat(50_000),
            ")".repeat(50_000)
        ),
    );
    folder.write(
        "blocks.c",
        format!("int f(void) {}{}", "{".repeat(20_000), "}".repeat(20_000)),
    );
    folder.write("ifs.c", "#if 1\n".repeat(20_000));
    folder.write("macro.c", "#define A A A A\n#define B A A\nint f(void) { return B; }\n#define F(x) F(F(x))\nint y = F(1);\n");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(".", folder.0.join("loop")).expect("a link");
        std::os::unix::fs::symlink("nowhere.c", folder.0.join("dangling.c")).expect("a link");
        std::os::unix::fs::symlink("/dev/zero", folder.0.join("endless.c")).expect("a link");
    }
    let ran = folder.run(&["scan", ".", "-f", "json", "--tier", "low"]);
    assert!(ran.status < 2, "{}", ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    ran.json();
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = Folder::new("pipe");
    for index in 0..200 {
        folder.write(&format!("{index}.c"), BUG);
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_pyguard"))
        .args(["scan", "."])
        .current_dir(&folder.0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn wheels_and_sdists_are_audited() {
    let folder = Folder::new("audit");
    let sdist = folder.0.join("spam-1.0.tar.gz");
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(
        fs::File::create(&sdist).expect("a file"),
        flate2::Compression::fast(),
    ));
    let mut add = |name: &str, text: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        // Names that lead out of the folder can't be set in the ordinary way.
        header.as_gnu_mut().expect("a GNU header").name[..name.len()]
            .copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, text).expect("a member");
    };
    add("spam-1.0/src/spam.c", BUG.as_bytes());
    add("spam-1.0/setup.py", b"");
    add("../../outside.c", BUG.as_bytes());
    tar.into_inner()
        .expect("an archive")
        .finish()
        .expect("an archive");
    folder.write(
        "site/spam/_spam.cpython-314-x86_64-linux-gnu.so",
        b"\x7fELF..PyInit__spam..",
    );
    folder.write("site/spam.libs/libz.so.1", b"\x7fELF....");
    folder.write(
        "site/spam-1.0.dist-info/RECORD",
        "spam/_spam.cpython-314-x86_64-linux-gnu.so,,\nspam.libs/libz.so.1,,\n",
    );
    folder.write("site/pure-2.dist-info/RECORD", "pure.py,,\n");
    let ran = folder.run(&[
        "audit",
        "site",
        "--sources",
        "spam-1.0.tar.gz",
        "-f",
        "json",
    ]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let audit = ran.json();
    assert_eq!(audit["pure"], 1);
    let spam = &audit["distributions"][0];
    assert_eq!(spam["name"], "spam");
    assert_eq!(spam["native"][0]["kind"], "extension");
    assert_eq!(spam["native"][1]["kind"], "library");
    assert_eq!(spam["sources"]["files"], 1);
    assert_eq!(spam["sources"]["high"], 1);
    let text = folder.run(&["audit", "spam-1.0.tar.gz"]).out;
    assert!(text.contains("spam 1.0"), "{text}");
    assert!(
        !folder.0.join("outside.c").exists() && !std::env::temp_dir().join("outside.c").exists()
    );
    folder.write("broken.whl", "no zip");
    assert!(
        folder
            .run(&["audit", "broken.whl"])
            .out
            .contains("note: broken.whl")
    );
}

#[test]
fn rules_and_facts_of_the_user_apply() {
    let folder = Folder::new("user");
    folder.write(
        "a.c",
        "#include <Python.h>\nint f(void)\n{\n    struct s *p = pool_get(1);\n    return p->x;\n}\nvoid g(void) { gets(0); }\n",
    );
    folder.write(
        "mine.toml",
        "[[rule]]\nid = \"no-gets\"\ncall = \"gets\"\nrequire = \"forbidden\"\nmessage = \"never {call}\"\ncwe = 242\n",
    );
    folder.write(
        "pool.toml",
        "[[page]]\nsource = \"our pool.h\"\n\n[page.functions]\npool_get = { result = \"ptr\", c_type = \"struct s *\", fails = \"null\", sets_exception = \"never\" }\n",
    );
    assert_eq!(folder.run(&["scan", "a.c"]).status, 0);
    let ran = folder.run(&["scan", "a.c", "--rules", "mine.toml"]);
    assert!(
        ran.out
            .contains("a.c:7: medium: never gets in g [no-gets, CWE-242]"),
        "{ran:?}"
    );
    assert_eq!(
        folder
            .run(&[
                "scan",
                "a.c",
                "--rules",
                "mine.toml",
                "--rule",
                "parse-unit"
            ])
            .status,
        0
    );
    let ran = folder.run(&["scan", "a.c", "--kb", "pool.toml", "--tier", "low"]);
    assert!(ran.out.contains("unchecked-null"), "{ran:?}");
}

#[test]
fn repairs_repair() {
    let folder = Folder::new("fix");
    let code = "#include <Python.h>\n\nstatic PyObject *\nleaks(PyObject *self, PyObject *arg)\n{\n    PyObject *list = PyList_New(0);\n    if (list == NULL)\n        return NULL;\n    if (PyList_Append(list, arg) < 0)\n        return NULL;\n    return list;\n}\n\nstatic PyObject *\nunchecked(PyObject *self, PyObject *arg)\n{\n    PyObject *dict = PyDict_New();\n    if (PyDict_SetItemString(dict, \"x\", arg) < 0) {\n        Py_DECREF(dict);\n        return NULL;\n    }\n    return dict;\n}\n";
    folder.write("src/a.c", code);
    let ran = folder.run(&["scan", "src", "--fix", "a.patch"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.err.contains("repairs of 2 findings"), "{ran:?}");
    let patch = folder.read("a.patch");
    assert_eq!(
        patch,
        "--- a/src/a.c\n+++ b/src/a.c\n@@ -6,8 +6,10 @@\n     PyObject *list = PyList_New(0);\n     if (list == NULL)\n         return NULL;\n-    if (PyList_Append(list, arg) < 0)\n-        return NULL;\n+    if (PyList_Append(list, arg) < 0) {\n+        Py_DECREF(list);\n+        return NULL;\n+    }\n     return list;\n }\n \n@@ -15,6 +17,9 @@\n unchecked(PyObject *self, PyObject *arg)\n {\n     PyObject *dict = PyDict_New();\n+    if (dict == NULL) {\n+        return NULL;\n+    }\n     if (PyDict_SetItemString(dict, \"x\", arg) < 0) {\n         Py_DECREF(dict);\n         return NULL;\n"
    );
    let sarif = folder.run(&["scan", "src", "-f", "sarif"]).json();
    assert!(sarif["runs"][0]["results"][0]["fixes"][0]["artifactChanges"].is_array());
    if Command::new("patch").arg("--version").output().is_ok() {
        let applied = Command::new("patch")
            .args(["-p1", "-i", "a.patch"])
            .current_dir(&folder.0)
            .output()
            .expect("patch runs");
        assert!(applied.status.success(), "{applied:?}");
        assert_eq!(
            folder.run(&["scan", "src"]).status,
            0,
            "{}",
            folder.read("src/a.c")
        );
    }
}
