//! Private name mangling (`__x` in class `C` is `_C__x`).

use std::borrow::Cow;

/// The name as the class named `class` sees it.
pub fn mangle<'n>(class: Option<&str>, name: &'n str) -> Cow<'n, str> {
    let Some(class) = class else {
        return Cow::Borrowed(name);
    };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return Cow::Borrowed(name);
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("_{class}{name}"))
    }
}
