//! Lengths of 64 bits: the expressions of a function that are one, and of what.

use std::cell::Cell;

use super::FileContext;
use super::syntax::{number, place, resolve, statements, type_of, uncast};
use crate::front::ast::{BinaryOp, ExprId, ExprKind, Function, StmtKind, Type, UnaryOp, VarId};
use crate::front::intern::{FastMap, Name};

/// Definitions of variables that are followed one after the other.
pub const DEPTH_MAX: u32 = 6;

/// What is known of a length.
pub struct Length {
    /// Bytes, text or a buffer of a program's choice: two gigabytes of it are at hand.
    pub large: bool,
    /// Texts by which a comparison may speak of it: variables that hold it, and the call or field that gave it.
    pub keys: Vec<String>,
    /// What has that length, as text.
    pub of: Option<String>,
}

/// A function with what is asked of it again and again.
pub struct Seen<'a> {
    pub context: &'a FileContext<'a>,
    /// The functions of the file by their names.
    pub defined: &'a FastMap<Name, &'a Function>,
    /// How many more expressions may be looked at.
    pub budget: &'a Cell<usize>,
    pub function: &'a Function,
    /// Each assignment and initialiser: position, target as text, value.
    pub stores: Vec<(u32, String, ExprId)>,
    pub initialised: Vec<(VarId, ExprId)>,
    /// Conditions of loops with what they bound.
    pub loops: Vec<ExprId>,
}

impl<'a> Seen<'a> {
    pub fn new(
        context: &'a FileContext<'a>,
        defined: &'a FastMap<Name, &'a Function>,
        budget: &'a Cell<usize>,
        function: &'a Function,
    ) -> Seen<'a> {
        let mut seen = Seen {
            context,
            defined,
            budget,
            function,
            stores: Vec::new(),
            initialised: Vec::new(),
            loops: Vec::new(),
        };
        if seen.spend() {
            seen.collect();
        }
        seen
    }

    /// Pays for a look at all of the function; false when there is nothing left to pay with.
    pub fn spend(&self) -> bool {
        let left = self.budget.get().saturating_sub(self.function.exprs.len());
        self.budget.set(left);
        left > 0
    }

    fn collect(&mut self) {
        let function = self.function;
        statements(&function.body, &mut |stmt| match &stmt.kind {
            StmtKind::Decl(vars) => {
                for (var, value) in vars {
                    if let Some(value) = value {
                        let pos = function.expr(*value).pos;
                        self.stores
                            .push((pos, function.var(*var).name.to_owned(), *value));
                        self.initialised.push((*var, *value));
                    }
                }
            }
            StmtKind::While(condition, _) | StmtKind::DoWhile(_, condition) => {
                self.loops.push(*condition)
            }
            StmtKind::For(_, Some(condition), _, _) => self.loops.push(*condition),
            _ => {}
        });
        for expr in &function.exprs {
            if let ExprKind::Assign(None, target, value) = expr.kind
                && let Some(target) = place(function, target)
            {
                self.stores.push((expr.pos, target, value));
            }
        }
        self.stores.sort_by_key(|(pos, ..)| *pos);
    }

    /// The bytes of an integer type, on Unix and on Windows.
    pub fn bytes(&self, ty: Type) -> Option<(u8, u8)> {
        if ty.is_pointer() {
            return None;
        }
        let number = number(resolve(self.context, ty).name)?;
        (!number.float).then_some((number.unix, number.windows))
    }

    /// What an expression of 64 bits says of a length, where it is one.
    pub fn length(&self, id: ExprId, before: u32, depth: u32) -> Option<Length> {
        let depth = depth.checked_sub(1)?;
        let function = self.function;
        match &function.expr(id).kind {
            ExprKind::Call(callee, args) => {
                let ExprKind::Global(name) = function.expr(*callee).kind else {
                    return None;
                };
                let of = args.first().and_then(|arg| self.text(*arg));
                let large = match gives_length(name)? {
                    Gives::Bytes => true,
                    Gives::Items => false,
                    Gives::String => args
                        .first()
                        .is_some_and(|arg| self.is_from_python(*arg, before)),
                };
                Some(Length {
                    large,
                    keys: of.iter().map(|of| format!("the length of {of}")).collect(),
                    of,
                })
            }
            ExprKind::Member(base, "len", _) => {
                let ty = type_of(self.context, function, *base)?;
                if resolve(self.context, ty).name != "Py_buffer" {
                    return None;
                }
                Some(Length {
                    large: true,
                    keys: place(function, id).into_iter().collect(),
                    of: place(function, *base),
                })
            }
            ExprKind::Var(var) => {
                let var = function.var(*var);
                if self.bytes(var.ty)?.1 < 8 {
                    return None;
                }
                let mut length = match self.written(var.name, before) {
                    Written::Value(value) => self.length(value, function.expr(value).pos, depth)?,
                    Written::Call(of) => Length {
                        large: true,
                        keys: Vec::new(),
                        of,
                    },
                    Written::Nothing if var.is_param && is_length_name(var.name) => Length {
                        large: false,
                        keys: Vec::new(),
                        of: None,
                    },
                    Written::Nothing => return None,
                };
                length.keys.push(var.name.to_owned());
                Some(length)
            }
            ExprKind::Cast(ty, inner) if self.bytes(*ty)?.1 >= 8 => {
                self.length(*inner, before, depth)
            }
            ExprKind::Binary(BinaryOp::Div, left, right) if self.small(*right) => {
                self.length(*left, before, depth)
            }
            ExprKind::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, left, right) => {
                let sides = [left, right].map(|side| self.length(*side, before, depth));
                // A difference of two lengths may be as small as one likes.
                match sides {
                    [Some(length), None] => self.small(*right).then_some(length),
                    [None, Some(length)] => self.small(*left).then_some(length),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A small constant, or the size of a type: a length is still one when that was added or taken away.
    fn small(&self, id: ExprId) -> bool {
        match self.function.expr(uncast(self.function, id)).kind {
            ExprKind::Int(value) => value <= 16,
            ExprKind::SizeofExpr(_) | ExprKind::SizeofType(_) => true,
            _ => false,
        }
    }

    /// The last thing that wrote a variable before a position.
    fn written(&self, name: &str, before: u32) -> Written {
        let function = self.function;
        if !self.spend() {
            return Written::Nothing;
        }
        let store = self
            .stores
            .iter()
            .rev()
            .find(|(pos, target, _)| *pos < before && target == name);
        let out = function
            .exprs
            .iter()
            .filter(|expr| expr.pos < before)
            .filter_map(|expr| match &expr.kind {
                ExprKind::Call(callee, args) => match function.expr(*callee).kind {
                    ExprKind::Global(callee)
                        if callee.ends_with("AndSize") && self.points_to(args, name) =>
                    {
                        Some((expr.pos, args.first().and_then(|arg| self.text(*arg))))
                    }
                    ExprKind::Global(callee) if callee.contains("Arg_Parse") => {
                        Some((expr.pos, Some(self.parsed_text(args, name)?)))
                    }
                    _ => None,
                },
                _ => None,
            })
            .max_by_key(|(pos, _)| *pos);
        match (store, out) {
            (Some((store, ..)), Some((out, of))) if out > *store => Written::Call(of),
            (Some((.., value)), _) => Written::Value(*value),
            (None, Some((_, of))) => Written::Call(of),
            (None, None) => Written::Nothing,
        }
    }

    /// The text whose length the unit `s#` or its like writes there.
    fn parsed_text(&self, args: &[ExprId], name: &str) -> Option<String> {
        let at = args.iter().position(|arg| self.points_to(&[*arg], name))?;
        let ExprKind::Unary(UnaryOp::AddrOf, text) =
            self.function.expr(args[at.checked_sub(1)?]).kind
        else {
            return None;
        };
        let ty = type_of(self.context, self.function, text)?;
        (ty.pointers == 1 && ty.name.ends_with("char"))
            .then(|| place(self.function, text))
            .flatten()
    }

    fn points_to(&self, args: &[ExprId], name: &str) -> bool {
        args.iter().any(|arg| {
            matches!(self.function.expr(*arg).kind, ExprKind::Unary(UnaryOp::AddrOf, inner)
                if place(self.function, inner).is_some_and(|place| place == name))
        })
    }

    /// Whether a C string was obtained from an argument or a str.
    fn is_from_python(&self, id: ExprId, before: u32) -> bool {
        let Some(name) = place(self.function, id) else {
            return false;
        };
        if !self.spend() {
            return false;
        }
        self.function.exprs.iter().any(|expr| {
            if expr.pos >= before {
                return false;
            }
            match &expr.kind {
                ExprKind::Call(callee, args) => {
                    matches!(self.function.expr(*callee).kind, ExprKind::Global(callee)
                        if callee.contains("Arg_Parse") && self.points_to(args, &name))
                }
                _ => false,
            }
        }) || self.stores.iter().any(|(pos, target, value)| {
            *pos < before && *target == name && self.is_text_of_object(*value)
        })
    }

    fn is_text_of_object(&self, id: ExprId) -> bool {
        match &self.function.expr(uncast(self.function, id)).kind {
            ExprKind::Call(callee, _) => {
                matches!(self.function.expr(*callee).kind, ExprKind::Global(name) if gives_memory(name))
            }
            _ => false,
        }
    }

    /// An expression as text, calls of one argument included.
    pub fn text(&self, id: ExprId) -> Option<String> {
        let id = uncast(self.function, id);
        place(self.function, id).or_else(|| match &self.function.expr(id).kind {
            ExprKind::Call(callee, args) if args.len() == 1 => {
                match self.function.expr(*callee).kind {
                    ExprKind::Global(name) => Some(format!("{name}({})", self.text(args[0])?)),
                    _ => None,
                }
            }
            _ => None,
        })
    }

    /// Whether an argument is the memory of that buffer, or the contents of that object.
    pub fn memory_of(&self, id: ExprId, of: &str, before: u32) -> bool {
        let id = uncast(self.function, id);
        match &self.function.expr(id).kind {
            ExprKind::Member(base, "buf", _) => {
                place(self.function, *base).is_some_and(|base| base == of)
            }
            ExprKind::Call(callee, args) => {
                matches!(self.function.expr(*callee).kind, ExprKind::Global(name) if gives_memory(name))
                    && args
                        .first()
                        .and_then(|arg| self.text(*arg))
                        .is_some_and(|text| text == of)
            }
            ExprKind::Var(var) => {
                let name = self.function.var(*var).name;
                name == of
                    || self
                        .stores
                        .iter()
                        .rev()
                        .find(|(pos, target, _)| *pos < before && target == name)
                        .is_some_and(|(.., value)| {
                            matches!(
                                self.function.expr(uncast(self.function, *value)).kind,
                                ExprKind::Call(..)
                            ) && self.memory_of(*value, of, before)
                        })
            }
            _ => false,
        }
    }
}

enum Written {
    Value(ExprId),
    /// A call through a pointer, which gives the length of this.
    Call(Option<String>),
    Nothing,
}

#[derive(Clone, Copy)]
enum Gives {
    /// The length of bytes or text.
    Bytes,
    /// The number of items of a container, of eight bytes each.
    Items,
    /// The length of a C string.
    String,
}

/// Functions that give a length.
fn gives_length(name: &str) -> Option<Gives> {
    Some(match name {
        "strlen" | "wcslen" => Gives::String,
        "Py_SIZE" | "PyObject_Size" | "PyObject_Length" => Gives::Items,
        _ => {
            let is_length = ["_Size", "_Length", "_GET_SIZE", "_GET_LENGTH", "_GetLength"]
                .iter()
                .any(|end| name.ends_with(end));
            if !is_length || !name.starts_with("Py") {
                return None;
            }
            if ["PyBytes", "PyByteArray", "PyUnicode"]
                .iter()
                .any(|start| name.starts_with(start))
            {
                Gives::Bytes
            } else {
                Gives::Items
            }
        }
    })
}

/// Functions that give the memory of bytes or text.
fn gives_memory(name: &str) -> bool {
    matches!(
        name,
        "PyBytes_AS_STRING"
            | "PyBytes_AsString"
            | "PyByteArray_AS_STRING"
            | "PyByteArray_AsString"
            | "PyUnicode_AsUTF8"
            | "PyUnicode_AsUTF8AndSize"
            | "_PyUnicode_AsString"
    )
}

pub fn is_length_name(name: &str) -> bool {
    ["len", "size", "count", "length"]
        .iter()
        .any(|end| name.to_ascii_lowercase().ends_with(end))
}
