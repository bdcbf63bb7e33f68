//! A field that only `__init__` fills is used by a method that can be called before.

use super::Rule;
use crate::analysis::engine::Engine;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};

pub static RULE: Rule = Rule {
    id: "uninitialised-field",
    name: "Field used before __init__",
    category: Category::InsufficientErrorCheck,
    cwe: 476,
    tier: Tier::Medium,
    subtypes: &["uninitialised-field"],
    summary: "A method follows a field that only `tp_init` sets, although `tp_new` makes objects without calling it.",
    why: "`cls.__new__(cls)` gives an object whose fields are NULL; the first method called on it crashes. Not reported when the method looks at any field of the object first, or when `tp_new` is the type's own.",
    example_bad: "return PyObject_CallNoArgs(self->decoder);",
    example_good: "if (self->decoder == NULL) {\n    PyErr_SetString(PyExc_ValueError, \"__init__() not called\");\n    return NULL;\n}\nreturn PyObject_CallNoArgs(self->decoder);",
    fix: "Test the field, or set it in tp_new.",
    check: None,
};

pub fn on_use(engine: &mut Engine, state: &State, id: SymId, pos: u32) {
    let sym = *state.sym(id);
    if sym.origin.how != How::Field
        || sym.null != Null::Maybe
        || sym.fails != crate::kb::Failure::Never
        || !engine.is_entry
    {
        return;
    }
    let Some(from) = sym.from else { return };
    let owner = *state.sym(from);
    if owner.origin.how != How::Param || owner.var.map(|var| var.0) != Some(0) {
        return;
    }
    let ty = engine.function.vars[0].ty.name;
    if !engine
        .program
        .is_init_only(engine.file, ty, sym.origin.name)
        || engine.function.name.contains("init")
    {
        return;
    }
    // Whoever looks at the object's state first may know.
    let looked = state.fields.iter().any(|(base, _, val)| {
        *base == Base::Sym(from)
            && matches!(val, Val::Sym(field) if {
                let field = state.sym(*field);
                field.nonzero || field.null != Null::Maybe || field.lo != i64::MIN || field.hi != i64::MAX
            })
    });
    if looked {
        return;
    }
    let message = format!(
        "`{}` is NULL when the object was made without __init__, and is used here without a test",
        sym.origin.name
    );
    engine.report(
        state,
        &RULE,
        "uninitialised-field",
        Tier::Medium,
        super::key_of(sym.origin.name),
        pos,
        message,
    );
}
