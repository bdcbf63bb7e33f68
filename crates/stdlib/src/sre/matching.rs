//! `re.Match`: where a pattern and its groups matched.

use super::pattern::{Work, class_getitem_of, no_such_group, slot as pattern_slot, slot_of};
use super::{subject, template};
use mesapy_heap::Value;
use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::native::Method;
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{GetSet, Local, Py, Ret, Vm};

mod slot {
    pub const STRING: usize = 0;
    pub const RE: usize = 1;
    pub const POS: usize = 2;
    pub const ENDPOS: usize = 3;
    /// Start and end of the match and of each group, as a tuple of ints; -1 where a group did not take part.
    pub const SPANS: usize = 4;
    pub const LASTINDEX: usize = 5;
    /// The tuple of pairs, once it was asked for.
    pub const REGS: usize = 6;
    pub const COUNT: u16 = 7;
}

pub static MATCH: TypeDef = TypeDef {
    name: "re.Match",
    doc: "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::IMMUTABLE.with(TypeFlags::NO_NEW),
    methods: METHODS,
    getset: &[
        GetSet {
            name: "lastindex",
            get: lastindex,
            set: None,
            doc: "The integer index of the last matched capturing group.",
        },
        GetSet {
            name: "lastgroup",
            get: lastgroup,
            set: None,
            doc: "The name of the last matched capturing group.",
        },
        GetSet {
            name: "regs",
            get: regs,
            set: None,
            doc: "",
        },
    ],
    members: &[
        (
            "string",
            slot::STRING as u16,
            "The string passed to match() or search().",
        ),
        ("re", slot::RE as u16, "The regular expression object."),
        (
            "pos",
            slot::POS as u16,
            "The index into the string at which the RE engine started looking for a match.",
        ),
        (
            "endpos",
            slot::ENDPOS as u16,
            "The index into the string beyond which the RE engine will not go.",
        ),
    ],
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "group(self, ...)" => calls group(this, args, kwargs), "group([group1, ...]) -> str or tuple.\n\nReturn subgroup(s) of the match by indices or names.\nFor 0 returns the entire match.";
    "start(self, group=0, /)" => calls start(this, group), "Return index of the start of the substring matched by group.";
    "end(self, group=0, /)" => calls end(this, group), "Return index of the end of the substring matched by group.";
    "span(self, group=0, /)" => calls span(this, group), "For match object m, return the 2-tuple (m.start(group), m.end(group)).";
    "groups(self, /, default=None)" => calls groups(this, default), "Return a tuple containing all the subgroups of the match, from 1.\n\n  default\n    Is used for groups that did not participate in the match.";
    "groupdict(self, /, default=None)" => calls groupdict(this, default), "Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.\n\n  default\n    Is used for groups that did not participate in the match.";
    "expand(self, /, template)" => calls expand(this, text), "Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.";
    "__getitem__(self, key, /)" => calls getitem(this, key), "Return self[key].";
    "__copy__(self, /)" => leaf itself(this), "";
    "__deepcopy__(self, memo, /)" => leaf itself_deeply(this, _memo), "";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__class_getitem__(type, object, /)" => class calls class_getitem_of(cls, item), "See PEP 585";
};

/// The match that was just found.
pub fn new_match(vm: &mut Vm, pattern: Local, work: &Work) -> Py<Ret> {
    let vm: &Vm = vm;
    let made = object::new_native_instance(vm, &MATCH)?;
    let m = &work.matcher;
    let at = |byte: usize| vm.int(work.subject.char_of(vm, byte));
    let groups = work.program.groups;
    let spans = vm.new_tuple_from(2 + 2 * groups, |i| match i {
        0 => at(m.start),
        1 => at(m.pos),
        _ => {
            let (start, end) = ((i - 2) & !1, (i - 2) | 1);
            let get = |i: usize| m.marks.get(i).copied().unwrap_or(super::engine::UNSET);
            let (start, end) = (get(start), get(end));
            if start == super::engine::UNSET || end == super::engine::UNSET {
                vm.int(-1)
            } else if i % 2 == 0 {
                at(start)
            } else {
                at(end.max(start))
            }
        }
    })?;
    made.set_slot(vm, slot::STRING, work.subject.object.value(vm));
    made.set_slot(vm, slot::RE, pattern.value(vm));
    made.set_slot(vm, slot::POS, vm.int(work.subject.pos as i64));
    made.set_slot(vm, slot::ENDPOS, vm.int(work.subject.endpos as i64));
    made.set_slot(vm, slot::SPANS, spans.value());
    made.set_slot(vm, slot::LASTINDEX, vm.int(i64::from(m.last_index)));
    made.set_slot(vm, slot::REGS, Value::NONE);
    Ok(vm.ret(made.value()))
}
fn itself<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
fn itself_deeply<'v>(_: &'v Vm, this: Value<'v>, _memo: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
fn group_count(vm: &Vm, this: Local) -> usize {
    slot_of(vm, this, slot::SPANS)
        .as_tuple(vm)
        .map_or(0, |t| t.len(vm) / 2)
}
/// Start and end of a group, as character positions.
fn span_of(vm: &Vm, this: Local, group: usize) -> (i64, i64) {
    let get = |i: usize| {
        slot_of(vm, this, slot::SPANS)
            .as_tuple(vm)
            .and_then(|t| t.at(vm, i))
            .and_then(|v| v.as_small_int())
            .unwrap_or(-1)
    };
    (get(2 * group), get(2 * group + 1))
}
/// The group that an index or a name stands for.
fn index_of(vm: &mut Vm, this: Local, key: Local) -> Py<usize> {
    let mut index = None;
    if let Some(n) = key.value(vm).as_small_int() {
        index = Some(n);
    } else if let Some(ret) = vm.try_index_value(key)? {
        let n = ret.get(vm);
        index = Some(vm.int_value(n).unwrap_or(-1));
    } else {
        let re = vm.local(slot_of(vm, this, slot::RE));
        let names = vm.local(slot_of(vm, re, pattern_slot::GROUPINDEX));
        if let Some(ret) = vm.dict_get(names, key)? {
            index = vm.int_value(ret.get(vm));
        }
    }
    match index.map(usize::try_from) {
        Some(Ok(i)) if i < group_count(vm, this) => Ok(i),
        _ => Err(no_such_group(vm)),
    }
}
/// A group's text into `into`, or the default.
pub fn text_of(vm: &mut Vm, this: Local, group: usize, default: Local, into: Local) -> Py<()> {
    let (start, end) = span_of(vm, this, group);
    let none = slot_of(vm, this, slot::STRING).is_none();
    let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end)) else {
        into.set(vm, default.value(vm));
        return Ok(());
    };
    if none {
        into.set(vm, default.value(vm));
        return Ok(());
    }
    vm.scope(|vm| {
        let string = vm.local(slot_of(vm, this, slot::STRING));
        subject::slice(vm, string, start, end, into)
    })
}
/// The same for a group number that may be anything.
pub fn text_of_checked(
    vm: &mut Vm,
    this: Local,
    group: i64,
    default: Local,
    into: Local,
) -> Py<()> {
    match usize::try_from(group) {
        Ok(g) if g < group_count(vm, this) => text_of(vm, this, g, default, into),
        _ => Err(no_such_group(vm)),
    }
}
fn group(vm: &mut Vm, this: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    if !kwargs.value(vm).is_empty() && kwargs.value(vm).as_dict(vm).is_some_and(|d| d.len(vm) > 0) {
        return Err(vm.type_error("re.Match.group() takes no keyword arguments"));
    }
    let n = args.get(vm).len(vm);
    let [none, text, key] = vm.locals([Value::NONE; 3]);
    if n == 0 {
        text_of(vm, this, 0, none, text)?;
        return Ok(vm.ret(text.value(vm)));
    }
    let out = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    for i in 0..n {
        key.set(vm, args.get(vm).get(vm, i));
        let group = vm.scope(|vm| index_of(vm, this, key))?;
        text_of(vm, this, group, none, text)?;
        if n == 1 {
            return Ok(vm.ret(text.value(vm)));
        }
        out.get(vm).push(vm, text.value(vm))?;
    }
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&out.get(vm).to_vec(vm))?.value()))
}
fn getitem(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    let group = index_of(vm, this, key)?;
    let [none, text] = vm.locals([Value::NONE; 2]);
    text_of(vm, this, group, none, text)?;
    Ok(vm.ret(text.value(vm)))
}
fn bounds(vm: &mut Vm, this: Local, group: Option<Local>) -> Py<(i64, i64)> {
    let group = match group {
        Some(group) => index_of(vm, this, group)?,
        None => 0,
    };
    Ok(span_of(vm, this, group))
}
fn start(vm: &mut Vm, this: Local, group: Option<Local>) -> Py<i64> {
    Ok(bounds(vm, this, group)?.0)
}
fn end(vm: &mut Vm, this: Local, group: Option<Local>) -> Py<i64> {
    Ok(bounds(vm, this, group)?.1)
}
fn span(vm: &mut Vm, this: Local, group: Option<Local>) -> Py<Ret> {
    let (start, end) = bounds(vm, this, group)?;
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&[vm.int(start), vm.int(end)])?.value()))
}
fn groups(vm: &mut Vm, this: Local, default: Option<Local>) -> Py<Ret> {
    let default = default.unwrap_or_else(|| vm.local(Value::NONE));
    let text = vm.local(Value::NONE);
    let out = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    for g in 1..group_count(vm, this) {
        text_of(vm, this, g, default, text)?;
        out.get(vm).push(vm, text.value(vm))?;
    }
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&out.get(vm).to_vec(vm))?.value()))
}
fn groupdict(vm: &mut Vm, this: Local, default: Option<Local>) -> Py<Ret> {
    let default = default.unwrap_or_else(|| vm.local(Value::NONE));
    let [name, text, re] = vm.locals([Value::NONE, Value::NONE, slot_of(vm, this, slot::RE)]);
    let names = vm.local(slot_of(vm, re, pattern_slot::GROUPINDEX));
    let out = vm.local(vm.new_dict().value());
    let mut pos = 0;
    loop {
        let entry = names
            .value(vm)
            .as_dict(vm)
            .and_then(|d| d.next_entry(vm, pos));
        let Some((p, key, group)) = entry else { break };
        pos = p + 1;
        name.set(vm, key);
        let group = vm.int_value(group).and_then(|g| usize::try_from(g).ok());
        let Some(group) = group.filter(|g| *g < group_count(vm, this)) else {
            return Err(no_such_group(vm));
        };
        text_of(vm, this, group, default, text)?;
        vm.dict_set(out, name, text)?;
    }
    Ok(vm.ret(out.value(vm)))
}
fn expand(vm: &mut Vm, this: Local, text: Local) -> Py<Ret> {
    let re = vm.local(slot_of(vm, this, slot::RE));
    let made = template::compile(vm, re, text)?;
    if !vm.has_layout(made.value(vm), &template::TEMPLATE) {
        return Ok(vm.ret(made.value(vm)));
    }
    if let Some(literal) = template::literal_of(vm, made) {
        return Ok(vm.ret(literal.value(vm)));
    }
    template::expand(vm, made, this)
}
fn lastindex(vm: &mut Vm, this: Local) -> Py<Ret> {
    let n = slot_of(vm, this, slot::LASTINDEX);
    Ok(vm.ret(if n.as_small_int().is_some_and(|n| n > 0) {
        n
    } else {
        Value::NONE
    }))
}
fn lastgroup(vm: &mut Vm, this: Local) -> Py<Ret> {
    let re = vm.local(slot_of(vm, this, slot::RE));
    let last = slot_of(vm, this, slot::LASTINDEX).as_small_int();
    let name = last
        .and_then(|n| usize::try_from(n).ok())
        .filter(|n| *n > 0)
        .and_then(|n| {
            slot_of(vm, re, pattern_slot::INDEXGROUP)
                .as_tuple(vm)?
                .at(vm, n)
        });
    Ok(vm.ret(name.unwrap_or(Value::NONE)))
}
fn regs(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let made = slot_of(vm, this, slot::REGS);
    if !made.is_none() {
        return Ok(vm.ret(made));
    }
    let mut pairs = Vec::new();
    for g in 0..group_count(vm, this) {
        let (start, end) = span_of(vm, this, g);
        pairs.push(vm.new_tuple(&[vm.int(start), vm.int(end)])?.value());
    }
    let regs = vm.new_tuple(&pairs)?.value();
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, slot::REGS, regs);
    }
    Ok(vm.ret(regs))
}
fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let [none, text] = vm.locals([Value::NONE; 2]);
    text_of(vm, this, 0, none, text)?;
    let shown = vm.repr(text)?.keep(vm);
    let (start, end) = span_of(vm, this, 0);
    let mut out = format!("<re.Match object; span=({start}, {end}), match=").into_bytes();
    out.extend_from_slice(shown.value(vm).as_str(vm).map_or(&[], |s| s.bytes(vm)));
    out.push(b'>');
    vm.ret_str(&out)
}
