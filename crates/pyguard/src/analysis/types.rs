//! The types of expressions, as far as they matter for sizes and conversions.

use super::engine::Engine;
use crate::front::ast::*;
use crate::front::intern::Name;

/// An integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntType {
    pub bits: u8,
    pub signed: bool,
}

/// What a type's name means on the usual 64-bit systems.
pub fn int_type(name: &str) -> Option<IntType> {
    let (bits, signed) = match name {
        "char" | "signed char" | "int8_t" => (8, true),
        "unsigned char" | "uint8_t" | "Py_UCS1" | "uchar" | "BYTE" | "_Bool" | "bool" => (8, false),
        "short" | "int16_t" => (16, true),
        "unsigned short" | "uint16_t" | "Py_UCS2" | "WORD" => (16, false),
        "int" | "int32_t" | "sdigit" | "pid_t" | "BOOL" => (32, true),
        "unsigned int" | "uint32_t" | "Py_UCS4" | "digit" | "uid_t" | "gid_t" | "DWORD"
        | "UINT" | "uint" | "XML_Size32" => (32, false),
        "long" | "long long" | "Py_ssize_t" | "ssize_t" | "int64_t" | "off_t" | "Py_off_t"
        | "time_t" | "ptrdiff_t" | "intptr_t" | "Py_intptr_t" | "Py_hash_t" | "_PyTime_t"
        | "stwodigits" | "PY_LONG_LONG" | "mpd_ssize_t" => (64, true),
        "unsigned long" | "unsigned long long" | "size_t" | "uint64_t" | "uintptr_t"
        | "Py_uintptr_t" | "Py_uhash_t" | "twodigits" | "mpd_size_t" | "mpd_uint_t" => (64, false),
        _ => return None,
    };
    Some(IntType { bits, signed })
}

pub fn is_floating(ty: Type) -> bool {
    !ty.is_pointer() && matches!(ty.name, "double" | "float" | "long double")
}

impl Engine<'_> {
    pub fn type_of(&self, expr: ExprId) -> Option<Type> {
        self.type_within(expr, 12)
    }

    /// The basic name behind a typedef.
    pub fn resolve(&self, ty: Type) -> Type {
        let unit = self.program.unit(self.file);
        let mut ty = ty;
        for _ in 0..6 {
            if int_type(ty.name).is_some() {
                break;
            }
            match unit.typedefs.get(ty.name) {
                Some(next) if next.name != ty.name => {
                    ty = Type {
                        pointers: ty.pointers + next.pointers,
                        ..*next
                    }
                }
                _ => break,
            }
        }
        ty
    }

    fn type_within(&self, expr: ExprId, depth: u32) -> Option<Type> {
        let depth = depth.checked_sub(1)?;
        match &self.graph.expr(expr).kind {
            ExprKind::Var(var) => {
                Some(self.graph.vars[var.0 as usize].ty).filter(|ty| !ty.name.is_empty())
            }
            ExprKind::Global(name) => self
                .program
                .unit(self.file)
                .globals
                .iter()
                .find(|global| global.name == *name)
                .map(|global| global.ty),
            ExprKind::Int(_) => Some(Type::named("int")),
            ExprKind::Float(_) => Some(Type::named("double")),
            ExprKind::SizeofExpr(_) | ExprKind::SizeofType(_) => Some(Type::named("size_t")),
            ExprKind::Cast(ty, _) => Some(*ty),
            ExprKind::Member(inner, field, _) => {
                let outer = self.type_within(*inner, depth)?;
                self.field_type(outer, field)
            }
            ExprKind::Index(inner, _) => Some(self.type_within(*inner, depth)?.pointee()),
            ExprKind::Unary(UnaryOp::Deref, inner) => {
                Some(self.type_within(*inner, depth)?.pointee())
            }
            ExprKind::Unary(UnaryOp::AddrOf, inner) => {
                let mut ty = self.type_within(*inner, depth)?;
                ty.pointers = ty.pointers.saturating_add(1);
                Some(ty)
            }
            ExprKind::Unary(UnaryOp::Not, _) => Some(Type::named("int")),
            ExprKind::Unary(_, inner) => self.type_within(*inner, depth),
            ExprKind::Binary(op, left, right) => {
                if op.is_comparison() {
                    return Some(Type::named("int"));
                }
                let (left, right) = (
                    self.type_within(*left, depth),
                    self.type_within(*right, depth),
                );
                match (left, right) {
                    (Some(left), Some(right)) => {
                        Some(wider(self.resolve(left), self.resolve(right)))
                    }
                    (Some(one), None) | (None, Some(one)) if is_floating(one) => Some(one),
                    _ => None,
                }
            }
            ExprKind::Assign(_, target, _) => self.type_within(*target, depth),
            ExprKind::Call(callee, _) => match &self.graph.expr(*callee).kind {
                ExprKind::Global(name) => self
                    .program
                    .result_type(self.file, name)
                    .or_else(|| libc_result(name).map(Type::named)),
                _ => None,
            },
            _ => None,
        }
    }

    fn field_type(&self, outer: Type, field: Name) -> Option<Type> {
        let unit = self.program.unit(self.file);
        let mut name = outer.name;
        match (name, field) {
            ("Py_complex", _) => return Some(Type::named("double")),
            ("Py_buffer", "len" | "itemsize") => return Some(Type::named("Py_ssize_t")),
            _ => {}
        }
        for _ in 0..6 {
            if let Some(record) = unit.records.get(name) {
                return record
                    .fields
                    .iter()
                    .find(|(known, _)| *known == field)
                    .map(|(_, ty)| *ty);
            }
            name = unit.typedefs.get(name)?.name;
        }
        None
    }
}

fn wider(left: Type, right: Type) -> Type {
    if is_floating(left) {
        return left;
    }
    if is_floating(right) {
        return right;
    }
    if left.is_pointer() {
        return left;
    }
    if right.is_pointer() {
        return right;
    }
    match (int_type(left.name), int_type(right.name)) {
        (Some(a), Some(b)) if a.bits < 32 && b.bits < 32 => Type::named("int"),
        (Some(a), Some(b)) if b.bits > a.bits || b.bits == a.bits && !b.signed => right,
        (Some(_), Some(_)) => left,
        (None, Some(_)) => left,
        _ => right,
    }
}

fn libc_result(name: &str) -> Option<Name> {
    Some(match name {
        "pow" | "floor" | "ceil" | "fabs" | "sqrt" | "fmod" | "log" | "exp" | "round"
        | "PyFloat_AsDouble" | "PyFloat_AS_DOUBLE" | "atof" | "strtod" => "double",
        "strlen" | "wcslen" => "size_t",
        "PyLong_AsLong" => "long",
        "PyLong_AsSsize_t" | "PyNumber_AsSsize_t" | "Py_SIZE" | "PyList_GET_SIZE"
        | "PyTuple_GET_SIZE" | "PyBytes_GET_SIZE" | "PyObject_Size" | "PySequence_Size" => {
            "Py_ssize_t"
        }
        "PyLong_AsUnsignedLong" => "unsigned long",
        _ => return None,
    })
}
