use std::path::Path;

use super::*;

fn parse_text(text: &str) -> File {
    let source = SourceFile::new("t.c", text);
    parse(
        &source,
        Path::new("/nonexistent/t.c"),
        &Headers::default(),
        &|_| false,
    )
}

fn understood(text: &str) -> Vec<&'static str> {
    let file = parse_text(text);
    for function in &file.unit.functions {
        assert_eq!(function.errors, 0, "{} in {text}", function.name);
    }
    file.unit
        .functions
        .iter()
        .map(|function| function.name)
        .collect()
}

#[test]
fn functions_of_all_shapes() {
    assert_eq!(
        understood(
            "static PyObject *\nf(PyObject *self, PyObject *Py_UNUSED(ignored))\n{ Py_RETURN_NONE; }\n\
             int (*g(int a))(int) { return 0; }\n\
             void old(a, b)\n    int a;\n    char *b;\n{ a = 1; }\n\
             PyMODINIT_FUNC PyInit_x(void) { return PyModule_Create(&def); }\n\
             Py_LOCAL_INLINE(int) h(int (*cb)(void *, int), ...) { return cb(0, 1); }\n\
             static int STRINGLIB(find)(const char *s) { return 1; }"
        ),
        ["f", "g", "old", "PyInit_x", "h", "STRINGLIB(find)"]
    );
}

#[test]
fn statements_of_all_shapes() {
    understood(
        "typedef unsigned long word;\n\
         static int f(struct s *p, word n) {\n\
           PyObject *a, **b = NULL; const char *names[] = {\"x\", NULL}; struct s t = {.x = 1, [2] = 3};\n\
           word x = (word)-1 + (word)(n) * sizeof(struct s) - sizeof x; void (*fn)(int) = NULL;\n\
           Py_BEGIN_ALLOW_THREADS\n x = n;\n Py_END_ALLOW_THREADS\n\
           for (int i = 0, j = 1; i < 3; i++, j--) { if (i) continue; else break; }\n\
           do x--; while (x > 0);\n\
           switch (n) { case 1: case 'a' ... 'z': x = 1; break; default: goto done; }\n\
           while (p && (a = *b++) != NULL) { PyMem_FREE(p->q[1].r); }\n\
           fn((int)x); (*fn)(2); x = n ? 1 : 2, x <<= 2;\n\
           PyErr_Format(PyExc_ValueError, \"%\" PRIu64 \" of %zd\", n, x);\n\
           assert(x); va_arg(ap, char *); offsetof(struct s, x);\n\
         done:\n  return (int)x;\n}",
    );
}

#[test]
fn alternatives_are_read_one_at_a_time() {
    let file = parse_text(
        "#ifdef MS_WINDOWS\nint f(int a)\n#else\nint f(int a, int b)\n#endif\n{\n#if defined(A) && !defined(B)\n  if (a) {\n#else\n  {\n#endif\n  return 1; } return 0; }",
    );
    assert!(file.unit.functions.len() >= 3);
    assert!(
        file.unit
            .functions
            .iter()
            .all(|function| function.errors == 0)
    );
}

#[test]
fn macros_expand_with_places_of_their_use() {
    let file = parse_text(
        "#define CHECK(x) do { if ((x) == NULL) goto error; } while (0)\n#define NAME(n) n##_impl\nint NAME(f)(void) {\n  CHECK(p);\nerror: return 1; }",
    );
    let function = &file.unit.functions[0];
    assert_eq!(
        (function.name, function.shown, function.errors),
        ("f_impl", "NAME", 0)
    );
}

#[test]
fn nothing_hangs_or_overflows() {
    let deep = format!(
        "int f(void) {{ x = {}1{}; }}",
        "(".repeat(100_000),
        ")".repeat(100_000)
    );
    let braces = format!("int f(void) {}", "{".repeat(200_000));
    let operators = format!("int f(void) {{ x = {}1; }}", "1 + ".repeat(100_000));
    let stars = format!("int f(void) {{ x = {}y; }}", "*".repeat(100_000));
    let elses = format!("int f(void) {{ {} ; }}", "if (a) b(); else ".repeat(50_000));
    let blowup: String = (0..40)
        .map(|i| format!("#define A{} A{} A{}\n", i + 1, i, i))
        .collect::<String>()
        + "int f(void) { A40; }";
    let ifs = "#if A\n".repeat(50_000);
    let elifs = format!("#if A\n{}#endif", "#elif B(1)\nx\n".repeat(20_000));
    for text in [deep, braces, operators, stars, elses, blowup, ifs, elifs] {
        parse_text(&text);
    }
}

#[test]
fn one_broken_function_does_not_take_the_rest() {
    let file = parse_text(
        "int f(void)\n{\n  if (x) {\n  return 0;\n}\n\nstatic int g(void)\n{\n  return 1;\n}\n",
    );
    let names: Vec<_> = file
        .unit
        .functions
        .iter()
        .map(|f| (f.name, f.errors > 0))
        .collect();
    assert_eq!(names, [("f", true), ("g", false)]);
}
