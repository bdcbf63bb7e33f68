//! BaseExceptionGroup and ExceptionGroup: construction, splitting, and what `except*` needs of them.

use super::fields::group::{EXCEPTIONS, MESSAGE, SEQUENCE_REPR};
use super::{base, class_argument, instantiate, object, read_field, text};
use crate::layout::{exception, header};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::traceback;
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Tuple, Value, Word};

pub(super) static METHODS: &[Method] = methods! {
    "__new__(type, /, *args, **kwargs)" => static calls new(class, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__init__(self, /, *args, **kwargs)" => calls init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__str__(self, /)" => calls str(this), "Return str(self).";
    "derive(self, excs, /)" => calls derive(this, excs), "";
    "split(self, matcher_value, /)" => calls split(this, matcher), "";
    "subgroup(self, matcher_value, /)" => calls subgroup(this, matcher), "";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(class, item), "See PEP 585";
};
pub(super) static GETSET: &[GetSet] = &[
    GetSet {
        name: "message",
        get: read_field::<MESSAGE>,
        set: None,
        doc: "exception message",
    },
    GetSet {
        name: "exceptions",
        get: read_field::<EXCEPTIONS>,
        set: None,
        doc: "nested exceptions",
    },
];

fn is_group(vm: &Vm, value: Value<'_>) -> bool {
    vm.is_instance_of(value, &super::BASE_EXCEPTION_GROUP)
}
/// The exceptions of a group.
fn members<'v>(vm: &'v Vm, group: Local) -> Py<Tuple<'v>> {
    Ok(object(vm, group)?
        .slot(vm, EXCEPTIONS)
        .as_tuple(vm)
        .unwrap_or(vm.empty_tuple()))
}

// ---- construction

fn new(
    vm: &mut Vm,
    class: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<Ret> {
    let _ = kwargs;
    let (message, sequence) = {
        let vm: &Vm = vm;
        class_argument(vm, class, &super::BASE_EXCEPTION_GROUP)?;
        let given = args.get(vm);
        let n = given.len(vm);
        if n != 2 {
            return Err(vm.type_error(format!(
                "BaseExceptionGroup.__new__() takes exactly 2 arguments ({n} given)"
            )));
        }
        let message = given.get(vm, 0);
        if message.as_str(vm).is_none() {
            let got = vm.type_name_for_error(message);
            return Err(vm.type_error(format!(
                "BaseExceptionGroup.__new__() argument 1 must be str, not {got}"
            )));
        }
        let sequence = given.get(vm, 1);
        let mapping = sequence.as_dict(vm).is_some();
        if mapping || vm.special_of(sequence, crate::Dunder::GetItem).is_none() {
            return Err(vm.type_error("second argument (exceptions) must be a sequence"));
        }
        (vm.local(message), vm.local(sequence))
    };
    let repr = if sequence.is::<k::List>(vm) || sequence.is::<k::Tuple>(vm) {
        None
    } else {
        Some(vm.repr(sequence)?.keep(vm))
    };
    let items = vm.tuple_from_iterable(sequence)?.keep(vm);
    let vm: &Vm = vm;
    let class = choose_class(vm, class, items)?;
    let e = instantiate(vm, class)?;
    e.set_slot(vm, exception::ARGS, args.value(vm));
    e.set_slot(vm, MESSAGE, message.value(vm));
    e.set_slot(vm, EXCEPTIONS, items.value(vm));
    if let Some(repr) = repr {
        e.set_slot(vm, SEQUENCE_REPR, repr.value(vm));
    }
    Ok(vm.ret(e.value()))
}
/// Checks the members; a plain BaseExceptionGroup of nothing but Exceptions becomes an ExceptionGroup.
fn choose_class<'v>(vm: &'v Vm, class: Local, items: Local) -> Py<Obj<'v>> {
    let items = items.value(vm).as_tuple(vm).unwrap_or(vm.empty_tuple());
    if items.is_empty(vm) {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    if let Some(i) = items.iter(vm).position(|e| !vm.is_exception_instance(e)) {
        return Err(vm.value_error(format!(
            "Item {i} of second argument (exceptions) is not an exception"
        )));
    }
    let only_exceptions = items
        .iter(vm)
        .all(|e| vm.is_instance_of(e, &super::EXCEPTION));
    let class = class.value(vm).as_obj().ok_or(Raised(()))?;
    let narrow = vm.type_object(&super::EXCEPTION_GROUP);
    if class == vm.type_object(&super::BASE_EXCEPTION_GROUP) {
        return Ok(if only_exceptions { narrow } else { class });
    }
    if only_exceptions {
        return Ok(class);
    }
    if class == narrow {
        return Err(vm.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    }
    if vm.is_subtype(class, vm.type_object(&super::EXCEPTION)) {
        return Err(vm.type_error(format!(
            "Cannot nest BaseExceptions in '{}'",
            vm.tp_name(class)
        )));
    }
    Ok(class)
}
fn init(vm: &mut Vm, this: Local, args: Local<k::Tuple>, kwargs: Option<Local<k::Dict>>) -> Py<()> {
    base::init(vm, this, args, kwargs)
}
/// `BaseExceptionGroup(message, exceptions)`.
fn make(vm: &mut Vm, message: Local, exceptions: Local) -> Py<Ret> {
    let class = vm.local(vm.type_object(&super::BASE_EXCEPTION_GROUP).value());
    vm.call(class, &[message, exceptions])
}
fn class_getitem(vm: &mut Vm, class: Local, item: Local) -> Py<Ret> {
    crate::objects::generic_alias::new_alias(vm, class, item)
}

// ---- text

fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.check_native_stack()?;
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    let (message, shown) = {
        let vm: &Vm = vm;
        let e = object(vm, this)?;
        let as_list = base::arguments(vm, this)?.get(vm, 1).as_list(vm).is_some();
        let items = members(vm, this)?;
        let shown = match e.slot(vm, SEQUENCE_REPR).as_str(vm) {
            Some(s) => Err(s.bytes(vm).to_vec()),
            None if as_list => Ok(vm.local(vm.new_list(&items.to_vec(vm))?.value())),
            None => Ok(vm.local(items.value())),
        };
        (
            vm.local(e.slot(vm, MESSAGE).non_empty().unwrap_or(Value::NONE)),
            shown,
        )
    };
    let ret = vm.repr(message)?;
    let message = text(vm, ret);
    let shown = match shown {
        Ok(items) => {
            let ret = vm.repr(items)?;
            text(vm, ret)
        }
        Err(done) => done,
    };
    let vm: &Vm = vm;
    let all: [&[u8]; 6] = [name.as_bytes(), b"(", &message, b", ", &shown, b")"];
    Ok(vm.ret(vm.new_str_parts(&all)?.value()))
}
fn str(vm: &mut Vm, this: Local) -> Py<Ret> {
    let message = vm.local(
        object(vm, this)?
            .slot(vm, MESSAGE)
            .non_empty()
            .unwrap_or(Value::NONE),
    );
    let ret = vm.str(message)?;
    let mut out = text(vm, ret);
    let vm: &Vm = vm;
    let n = members(vm, this)?.len(vm);
    out.extend(format!(" ({n} sub-exception{})", if n == 1 { "" } else { "s" }).into_bytes());
    Ok(vm.ret(vm.new_str(&out)?.value()))
}

// ---- splitting

fn derive(vm: &mut Vm, this: Local, exceptions: Local) -> Py<Ret> {
    let message = vm.local(object(vm, this)?.slot(vm, MESSAGE));
    make(vm, message, exceptions)
}

/// What is being looked for.
#[derive(Clone, Copy)]
enum Matcher {
    /// A class or a tuple of classes.
    Type(Local),
    Predicate(Local),
    /// Membership, by identity, in this tuple of exceptions.
    Leaves(Local),
}
fn matcher(vm: &Vm, value: Local) -> Py<Matcher> {
    let given = value.value(vm);
    if vm.is_exception_class(given) {
        return Ok(Matcher::Type(value));
    }
    if !vm.is_type(given) && is_callable(vm, given) {
        return Ok(Matcher::Predicate(value));
    }
    if given
        .as_exact_tuple(vm)
        .is_some_and(|t| t.iter(vm).all(|c| vm.is_exception_class(c)))
    {
        return Ok(Matcher::Type(value));
    }
    Err(vm.type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
}
fn is_callable(vm: &Vm, value: Value<'_>) -> bool {
    matches!(
        value.kind(vm),
        Kind::Function | Kind::Native | Kind::BoundMethod
    ) || vm.special_of(value, crate::Dunder::Call).is_some()
}
fn matches(vm: &mut Vm, e: Local, matcher: Matcher) -> Py<bool> {
    match matcher {
        Matcher::Type(filter) => {
            let vm: &Vm = vm;
            let class = vm.type_of(e.value(vm));
            let is = |t: Value<'_>| t.as_obj().is_some_and(|t| vm.is_subtype(class, t));
            let wanted = filter.value(vm);
            Ok(match wanted.as_tuple(vm) {
                Some(all) => all.iter(vm).any(is),
                None => is(wanted),
            })
        }
        Matcher::Predicate(f) => {
            let ret = vm.call(f, &[e])?;
            let answer = ret.keep(vm);
            vm.truth(answer)
        }
        Matcher::Leaves(leaves) => {
            let vm: &Vm = vm;
            Ok(!is_group(vm, e.value(vm))
                && leaves
                    .value(vm)
                    .as_tuple(vm)
                    .is_some_and(|t| t.iter(vm).any(|l| l == e.value(vm))))
        }
    }
}

/// Splits `e` into `matching` and, if wanted, `rest`; each is None where nothing belongs to it.
fn split_into(vm: &mut Vm, e: Local, by: Matcher, matching: Local, rest: Option<Local>) -> Py<()> {
    matching.set(vm, Value::NONE);
    if let Some(rest) = rest {
        rest.set(vm, Value::NONE);
    }
    vm.scope(|vm| split_at(vm, e, by, matching, rest))
}
fn split_at(vm: &mut Vm, e: Local, by: Matcher, matching: Local, rest: Option<Local>) -> Py<()> {
    // Groups nest as deep as a program likes.
    vm.check_native_stack()?;
    if matches(vm, e, by)? {
        let found = e.value(vm);
        matching.set(vm, found);
        return Ok(());
    }
    if !is_group(vm, e.value(vm)) {
        if let Some(rest) = rest {
            rest.set(vm, e.value(vm));
        }
        return Ok(());
    }
    let yes: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
    let no: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
    let [item, part, other] = vm.locals([Value::NONE; 3]);
    let mut i = 0;
    loop {
        {
            let vm: &Vm = vm;
            let Some(next) = members(vm, e)?.at(vm, i) else {
                break;
            };
            item.set(vm, next);
        }
        split_into(vm, item, by, part, rest.map(|_| other))?;
        let vm: &Vm = vm;
        if !part.value(vm).is_none() {
            yes.get(vm).push(vm, part.value(vm))?;
        }
        if rest.is_some() && !other.value(vm).is_none() {
            no.get(vm).push(vm, other.value(vm))?;
        }
        i += 1;
    }
    subset(vm, e, yes, matching)?;
    if let Some(rest) = rest {
        subset(vm, e, no, rest)?;
    }
    Ok(())
}
/// A group like `original` of some of its members, by its `derive`; None for none.
fn subset(vm: &mut Vm, original: Local, members: Local<k::List>, into: Local) -> Py<()> {
    if members.get(vm).is_empty(vm) {
        into.set(vm, Value::NONE);
        return Ok(());
    }
    let derived = vm
        .call_method(original, "derive", &[members.any()])?
        .keep(vm);
    if !is_group(vm, derived.value(vm)) {
        return Err(vm.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    {
        let vm: &Vm = vm;
        let (from, to) = (object(vm, original)?, object(vm, derived)?);
        for slot in [exception::TRACEBACK, exception::CONTEXT, exception::CAUSE] {
            to.set_slot(vm, slot, from.slot(vm, slot));
        }
        to.set_slot(vm, exception::SUPPRESS_CONTEXT, Value::TRUE);
    }
    if let Some(ret) = vm.lookup_attr_str(original, "__notes__")? {
        let notes = ret.keep(vm);
        // What is no sequence is not copied, silently.
        if vm
            .special_of(notes.value(vm), crate::Dunder::GetItem)
            .is_some()
            && notes.value(vm).as_dict(vm).is_none()
        {
            let copy = vm.list_from_iterable(notes)?.keep(vm);
            vm.set_attr_str(derived, "__notes__", copy)?;
        }
    }
    let made = derived.value(vm);
    into.set(vm, made);
    Ok(())
}
fn split(vm: &mut Vm, this: Local, value: Local) -> Py<Ret> {
    let by = matcher(vm, value)?;
    let [matching, rest] = vm.locals([Value::NONE; 2]);
    split_into(vm, this, by, matching, Some(rest))?;
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&[matching.value(vm), rest.value(vm)])?.value()))
}
fn subgroup(vm: &mut Vm, this: Local, value: Local) -> Py<Local> {
    let by = matcher(vm, value)?;
    let matching = vm.local(Value::NONE);
    split_into(vm, this, by, matching, None)?;
    Ok(matching)
}

// ---- except*

/// A group around a naked exception that `except*` caught, with the running frame as its traceback.
pub(crate) fn wrap_in_group(vm: &mut Vm, e: Local) -> Py<Ret> {
    let list = vm.local(vm.new_tuple(&[e.value(vm)])?.value());
    let message = vm.local(vm.empty_str().value());
    let group = make(vm, message, list)?.keep(vm);
    let vm: &Vm = vm;
    let base = vm.base.get();
    if base >= header::SIZE {
        let here = traceback::new_entry(vm, Value::NONE, vm.frame_object(base), vm.frame_pc(base))?;
        object(vm, group)?.set_slot(vm, exception::TRACEBACK, here.value());
    }
    Ok(vm.ret(group.value(vm)))
}

/// What an `except*` statement raises at its end, or None: `raised` is the list of what its clauses raised and what none of them took.
pub(crate) fn prep_reraise_star(vm: &mut Vm, original: Local, raised: Local) -> Py<Ret> {
    let (fresh, again) = {
        let vm: &Vm = vm;
        let all: Vec<Value<'_>> = raised
            .value(vm)
            .as_list(vm)
            .map(|l| l.to_vec(vm))
            .unwrap_or_default();
        if !is_group(vm, original.value(vm)) {
            // A naked exception: at most one clause ran.
            return Ok(vm.ret(all.first().copied().unwrap_or(Value::NONE)));
        }
        let same = |e: &Value<'_>| is_part_of(vm, *e, original.value(vm));
        let (again, fresh): (Vec<_>, Vec<_>) = all
            .into_iter()
            .filter(|e| !e.is_none() && !e.is_empty())
            .partition(same);
        (
            vm.local_of::<k::List>(vm.new_list(&fresh)?.value()),
            vm.local_of::<k::List>(vm.new_list(&again)?.value()),
        )
    };
    let projected = vm.local(Value::NONE);
    if !again.get(vm).is_empty(vm) {
        let leaves = vm.local(leaves(vm, again)?);
        split_into(vm, original, Matcher::Leaves(leaves), projected, None)?;
    }
    {
        let vm: &Vm = vm;
        let list = fresh.get(vm);
        if list.is_empty(vm) {
            return Ok(vm.ret(projected.value(vm)));
        }
        if !projected.value(vm).is_none() {
            list.push(vm, projected.value(vm))?;
        }
        if list.len(vm) == 1 {
            return Ok(vm.ret(list.get(vm, 0)));
        }
    }
    let message = vm.local(vm.empty_str().value());
    make(vm, message, fresh.any())
}
/// Whether an exception is a part of the original group that is raised again: the parts have its traceback, cause and context.
fn is_part_of(vm: &Vm, e: Value<'_>, original: Value<'_>) -> bool {
    let (Some(e), Some(original)) = (e.as_obj(), original.as_obj()) else {
        return false;
    };
    let same = |slot| e.slot(vm, slot) == original.slot(vm, slot);
    same(exception::TRACEBACK) && same(exception::CAUSE) && same(exception::CONTEXT)
}
/// The exceptions in some groups that are no groups, as a tuple.
fn leaves<'v>(vm: &'v Vm, groups: Local<k::List>) -> Py<Value<'v>> {
    let mut found: Vec<Value<'_>> = Vec::new();
    let mut work = groups.get(vm).to_vec(vm);
    let mut seen: std::collections::HashSet<Word> = std::collections::HashSet::new();
    while let Some(e) = work.pop() {
        if !is_group(vm, e) {
            found.push(e);
        } else if seen.insert(e.word()) {
            let items = e.as_obj().and_then(|o| o.slot(vm, EXCEPTIONS).as_tuple(vm));
            work.extend(items.into_iter().flat_map(|t| t.iter(vm)));
        }
    }
    Ok(vm.new_tuple(&found)?.value())
}
