//! What a call does, whether the knowledge base says so or the callee's own summary.

use crate::front::intern::{FastMap, Name, intern};
use crate::kb::{ApiFunction, Effect, Failure, Family, Kb, ResultKind, Sets, Use};

/// What a callee does with one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgUse {
    Kb(Use),
    /// It goes where it is no longer followed.
    Escapes,
    /// What it points to is changed in ways that are not followed.
    Changes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgModel {
    pub how: ArgUse,
    pub nullable: bool,
}

impl ArgModel {
    pub const PLAIN: ArgModel = ArgModel {
        how: ArgUse::Kb(Use::Value),
        nullable: true,
    };
}

#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub result: ResultKind,
    pub fails: Failure,
    pub sets: Sets,
    pub runs_python: bool,
    pub args: Vec<ArgModel>,
    pub variadic: bool,
    pub family: Option<Family>,
    pub effects: Vec<Effect>,
    pub needs_gil: bool,
    /// From the knowledge base rather than from a body.
    pub is_api: bool,
    /// The result is an int of which the failure value is the only one that is not zero.
    pub two_valued: bool,
    /// The holder of a borrowed result may drop it when Python code runs.
    pub volatile: bool,
    /// The error indicator may have changed in ways that the result does not tell.
    pub disturbs: bool,
    /// Parameters that it uses after it may have run Python code.
    pub uses_after: Vec<bool>,
    /// Parameters of whose fields it releases some.
    pub drops_fields: Vec<bool>,
    /// Parameters for which NULL makes it fail.
    pub rejects_null: Vec<bool>,
    /// It returns this parameter.
    pub same_as: Option<usize>,
    /// Bounds of an int that a body returns.
    pub range: Option<(i64, i64)>,
}

impl Model {
    pub fn has(&self, effect: Effect) -> bool {
        self.effects.contains(&effect)
    }

    pub fn arg(&self, index: usize) -> ArgModel {
        match self.args.get(index) {
            Some(arg) => *arg,
            None if self.variadic => self.args.last().copied().unwrap_or(ArgModel::PLAIN),
            None => ArgModel::PLAIN,
        }
    }

    /// Nothing but the result and plain arguments.
    pub fn is_plain(&self) -> bool {
        self.effects.is_empty()
            && self
                .args
                .iter()
                .all(|arg| matches!(arg.how, ArgUse::Kb(Use::Value | Use::Borrows)))
    }

    /// A summary that leaves no doubt about the result.
    pub fn is_clear(&self) -> bool {
        !self.disturbs && self.result != ResultKind::Ptr
    }

    /// A failure of it leaves an exception, always or sometimes.
    pub fn raises(&self) -> bool {
        self.fails != Failure::Never && self.sets != Sets::Never
    }

    fn from_row(row: &ApiFunction) -> Model {
        Model {
            result: row.result,
            fails: row.fails,
            sets: row.sets(),
            runs_python: row.runs_python,
            args: row
                .args
                .iter()
                .map(|arg| ArgModel {
                    how: ArgUse::Kb(arg.r#use),
                    nullable: arg.nullable,
                })
                .collect(),
            variadic: row.variadic,
            family: row.family,
            effects: row.effects.clone(),
            needs_gil: row.needs_gil(),
            is_api: true,
            two_valued: row.fails == Failure::MinusOne
                && (row.c_type == "int" || row.c_type.is_empty())
                && !three_valued(&row.name),
            volatile: is_volatile(&row.name),
            disturbs: false,
            uses_after: Vec::new(),
            drops_fields: Vec::new(),
            rejects_null: Vec::new(),
            same_as: None,
            range: None,
        }
    }
}

/// Functions that answer a question give 1, 0 or −1.
fn three_valued(name: &str) -> bool {
    [
        "Is",
        "Has",
        "Contains",
        "Lookup",
        "Next",
        "Check",
        "Compare",
        "RichCompare",
        "Not",
        "Equal",
        "Match",
        "Discard",
        "Find",
        "Count",
        "Index",
        "Warn",
        "Enter",
        "Converter",
        "Add_",
    ]
    .iter()
    .any(|word| name.contains(word))
        && !name.contains("Warn")
}

/// Borrowed from something that Python code can change.
fn is_volatile(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    name.starts_with("PyList_Get")
        || name.starts_with("PyList_GET")
        || name.starts_with("PyDict_Get")
        || name.starts_with("PyDict_Next")
        || name.starts_with("PyDict_SetDefault")
        || name.starts_with("PySys_GetObject")
        || name.starts_with("PyImport_AddModule")
        || name.starts_with("PyWeakref_Get")
        || name.starts_with("PyWeakref_GET")
        || name.starts_with("PyCell_GET")
        || name.starts_with("PySequence_Fast_GET_ITEM")
}

/// The rows of the knowledge base, ready for the engine.
pub struct Models {
    table: FastMap<Name, Model>,
    /// What a slot such as `nb_add`, or a pointer of type `binaryfunc`, does.
    slot: Model,
}

impl Models {
    pub fn new(kb: &Kb) -> Models {
        let borrows = ArgModel {
            how: ArgUse::Kb(Use::Borrows),
            nullable: true,
        };
        let slot = Model {
            result: ResultKind::New,
            fails: Failure::Null,
            sets: Sets::Always,
            runs_python: true,
            args: vec![borrows],
            variadic: true,
            family: None,
            effects: Vec::new(),
            needs_gil: true,
            is_api: true,
            two_valued: false,
            volatile: false,
            disturbs: false,
            uses_after: Vec::new(),
            drops_fields: Vec::new(),
            rejects_null: Vec::new(),
            same_as: None,
            range: None,
        };
        Models {
            table: kb
                .rows()
                .map(|row| (intern(&row.name), Model::from_row(row)))
                .collect(),
            slot,
        }
    }

    /// The model of a call through a field of that name.
    pub fn of_slot(&self, field: &str) -> Option<&Model> {
        let gives_object = matches!(
            field,
            "tp_new"
                | "tp_alloc"
                | "tp_repr"
                | "tp_str"
                | "tp_call"
                | "tp_getattro"
                | "tp_getattr"
                | "tp_iter"
                | "tp_descr_get"
                | "sq_concat"
                | "sq_repeat"
                | "sq_item"
                | "sq_inplace_concat"
                | "mp_subscript"
                | "m_init"
        ) || field.starts_with("nb_") && !matches!(field, "nb_bool");
        gives_object.then_some(&self.slot)
    }

    /// The model of a call through a variable of that type.
    pub fn of_type(&self, name: &str) -> Option<&Model> {
        matches!(
            name,
            "unaryfunc"
                | "binaryfunc"
                | "ternaryfunc"
                | "reprfunc"
                | "getiterfunc"
                | "getattrofunc"
                | "newfunc"
                | "ssizeargfunc"
        )
        .then_some(&self.slot)
    }

    pub fn get(&self, name: &str) -> Option<&Model> {
        self.table.get(name)
    }
}
