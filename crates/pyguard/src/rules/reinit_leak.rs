//! `__init__` can be called twice: what the first call stored must be released.

use super::Rule;
use crate::analysis::engine::Engine;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};
use crate::front::ast::ExprId;

pub static RULE: Rule = Rule {
    id: "reinit-leak",
    name: "Leak on re-initialisation",
    category: Category::MemoryManagement,
    cwe: 401,
    tier: Tier::Medium,
    subtypes: &["refleak"],
    summary: "A `tp_init` function stores an owned reference or block in a field without releasing what the field held before.",
    why: "Python code can call `__init__` as often as it likes; each further call leaks what the one before stored. Not reported where the path reads or clears the field first.",
    example_bad: "self->codec = codec;\nPy_INCREF(codec);",
    example_good: "Py_INCREF(codec);\nPy_XSETREF(self->codec, codec);",
    fix: "Use Py_XSETREF, or Py_CLEAR before storing.",
    check: None,
};

pub fn on_assign(
    engine: &mut Engine,
    state: &mut State,
    target: ExprId,
    place: Place,
    val: Val,
    pos: u32,
) {
    let name = engine.function.name;
    let is_init = name.ends_with("___init___impl")
        || engine.program.files[engine.file.0 as usize]
            .inits
            .contains(name);
    if !is_init || name.starts_with("PyInit") {
        return;
    }
    let (Place::Field(Base::Sym(base), field), Val::Sym(id)) = (place, val) else {
        return;
    };
    let owner = *state.sym(base);
    if owner.origin.how != How::Param
        || owner.var.map(|var| var.0) != Some(0)
        || state.field(Base::Sym(base), field).is_some()
    {
        return;
    }
    let sym = *state.sym(id);
    let object = engine.type_of(target).is_some_and(|ty| ty.is_object());
    let owned = sym.owned > 0
        || sym.origin.how == How::Param && object
        || object && matches!(sym.origin.how, How::Borrowed);
    if !owned || sym.null == Null::Yes || !(object || matches!(sym.kind, Kind::Memory(_))) {
        return;
    }
    let message = format!(
        "`{field}` is overwritten without releasing what an earlier call of __init__ stored there"
    );
    engine.report(
        state,
        &RULE,
        "refleak",
        Tier::Medium,
        super::key_of(field),
        pos,
        message,
    );
}
