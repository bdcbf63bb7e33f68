//! Builtins that run code: exec, eval, compile, __import__.

use crate::native::Method;

pub static FUNCTIONS: &[Method] = crate::methods! {};
