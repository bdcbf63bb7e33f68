//! `re.Pattern`: a compiled pattern.

use super::engine::Matcher;
use super::opcode::flag;
use super::program::Program;
use super::subject::Subject;
use super::{matching, scanner, template};
use mesapy_heap::Value;
use mesapy_text::hash::{TupleHash, not_minus_one};
use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::native::Method;
use mesapy_vm::objects::{generic_alias, iterators, mappingproxy, object};
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{GetSet, Local, Py, Raised, Ret, Vm};
use std::sync::Arc;

/// Slots of a pattern.
pub mod slot {
    pub const PATTERN: usize = 0;
    pub const FLAGS: usize = 1;
    pub const GROUPS: usize = 2;
    pub const GROUPINDEX: usize = 3;
    pub const INDEXGROUP: usize = 4;
    /// Index of the program in the host's table.
    pub const HOST: usize = 5;
    pub const IS_BYTES: usize = 6;
    pub const COUNT: u16 = 7;
}

pub static PATTERN: TypeDef = TypeDef {
    name: "re.Pattern",
    doc: "Compiled regular expression object.",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::IMMUTABLE
        .with(TypeFlags::NO_NEW)
        .with(TypeFlags::WEAKREF),
    methods: METHODS,
    getset: &[GetSet {
        name: "groupindex",
        get: groupindex,
        set: None,
        doc: "A dictionary mapping group names to group numbers.",
    }],
    members: &[
        (
            "pattern",
            slot::PATTERN as u16,
            "The pattern string from which the RE object was compiled.",
        ),
        ("flags", slot::FLAGS as u16, "The regex matching flags."),
        (
            "groups",
            slot::GROUPS as u16,
            "The number of capturing groups in the pattern.",
        ),
    ],
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "match(self, /, string, pos=0, endpos=sys.maxsize)" => calls do_match(this, string, pos, endpos), "Matches zero or more characters at the beginning of the string.";
    "fullmatch(self, /, string, pos=0, endpos=sys.maxsize)" => calls fullmatch(this, string, pos, endpos), "Matches against all of the string.";
    "search(self, /, string, pos=0, endpos=sys.maxsize)" => calls search(this, string, pos, endpos), "Scan through string looking for a match, and return a corresponding match object instance.\n\nReturn None if no position in the string matches.";
    "findall(self, /, string, pos=0, endpos=sys.maxsize)" => calls findall(this, string, pos, endpos), "Return a list of all non-overlapping matches of pattern in string.";
    "finditer(self, /, string, pos=0, endpos=sys.maxsize)" => calls finditer(this, string, pos, endpos), "Return an iterator over all non-overlapping matches for the RE pattern in string.\n\nFor each match, the iterator returns a match object.";
    "scanner(self, /, string, pos=0, endpos=sys.maxsize)" => calls new_scanner(this, string, pos, endpos), "";
    "split(self, /, string, maxsplit=0)" => calls split(this, string, maxsplit), "Split string by the occurrences of pattern.";
    "sub(self, /, repl, string, count=0)" => calls sub(this, repl, string, count), "Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.";
    "subn(self, /, repl, string, count=0)" => calls subn(this, repl, string, count), "Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.";
    "__copy__(self, /)" => leaf itself(this), "";
    "__deepcopy__(self, memo, /)" => leaf itself_deeply(this, _memo), "";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__hash__(self, /)" => calls hash(this), "Return hash(self).";
    "__eq__(self, value, /)" => calls eq(this, other), "Return self==value.";
    "__class_getitem__(type, object, /)" => class calls class_getitem_of(cls, item), "See PEP 585";
};

fn itself<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
fn itself_deeply<'v>(_: &'v Vm, this: Value<'v>, _memo: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
pub fn class_getitem_of(vm: &mut Vm, cls: Local, item: Local) -> Py<Ret> {
    generic_alias::new_alias(vm, cls, item)
}
pub fn slot_of<'v>(vm: &'v Vm, this: Local, slot: usize) -> Value<'v> {
    this.value(vm)
        .as_obj()
        .map_or(Value::NONE, |o| o.slot(vm, slot))
}
fn groupindex(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(mappingproxy::proxy_value(
        vm,
        slot_of(vm, this, slot::GROUPINDEX),
    )))
}
pub fn program_of(vm: &Vm, this: Local) -> Py<Arc<Program>> {
    slot_of(vm, this, slot::HOST)
        .as_small_int()
        .and_then(|i| vm.host_get::<Arc<Program>>(i as u32))
        .cloned()
        .ok_or_else(|| vm.system_error("a pattern without code"))
}
fn is_bytes(vm: &Vm, this: Local) -> bool {
    slot_of(vm, this, slot::IS_BYTES) == Value::TRUE
}

/// `_sre.compile`
pub fn compile(
    vm: &mut Vm,
    pattern: Local,
    flags: i64,
    code: Local<k::List>,
    groups: i64,
    groupindex: Local<k::Dict>,
    indexgroup: Local<k::Tuple>,
) -> Py<Ret> {
    let vm: &Vm = vm;
    let mut words = Vec::with_capacity(code.get(vm).len(vm));
    for value in code.get(vm).iter(vm) {
        let word = vm.int_value(value);
        match word.map(u32::try_from) {
            Some(Ok(word)) => words.push(word),
            _ if vm.is_int(value) => {
                return Err(vm.overflow_error("regular expression code size limit exceeded"));
            }
            _ => return Err(vm.type_error("an integer is required")),
        }
    }
    let value = pattern.value(vm);
    let is_bytes = if value.is_none() || value.as_str(vm).is_some() {
        false
    } else if vm.has_buffer(value) {
        true
    } else {
        return Err(vm.type_error(format!(
            "expected string or bytes-like object, got '{}'",
            vm.type_name_for_error(value)
        )));
    };
    let program = usize::try_from(groups)
        .ok()
        .and_then(|groups| Program::new(words, groups, is_bytes));
    let Some(program) = program else {
        return Err(vm.runtime_error("invalid SRE code"));
    };
    let made = object::new_native_instance(vm, &PATTERN)?;
    made.set_slot(vm, slot::PATTERN, value);
    made.set_slot(vm, slot::FLAGS, vm.int(flags));
    made.set_slot(vm, slot::GROUPS, vm.int(groups));
    made.set_slot(vm, slot::GROUPINDEX, groupindex.value(vm));
    made.set_slot(vm, slot::INDEXGROUP, indexgroup.value(vm));
    made.set_slot(vm, slot::IS_BYTES, Value::bool(is_bytes));
    let host = vm.host_insert(Box::new(Arc::new(program)));
    vm.set_host(made, host);
    made.set_slot(vm, slot::HOST, vm.int(i64::from(host)));
    Ok(vm.ret(made.value()))
}

fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let pattern = vm.local(slot_of(vm, this, slot::PATTERN));
    let mut flags = slot_of(vm, this, slot::FLAGS).as_small_int().unwrap_or(0);
    if !is_bytes(vm, this) && flags & (flag::LOCALE | flag::UNICODE | flag::ASCII) == flag::UNICODE
    {
        flags &= !flag::UNICODE;
    }
    let names = [
        ("re.IGNORECASE", flag::IGNORECASE),
        ("re.LOCALE", flag::LOCALE),
        ("re.MULTILINE", flag::MULTILINE),
        ("re.DOTALL", flag::DOTALL),
        ("re.UNICODE", flag::UNICODE),
        ("re.VERBOSE", flag::VERBOSE),
        ("re.DEBUG", flag::DEBUG),
        ("re.ASCII", flag::ASCII),
    ];
    let mut items = Vec::new();
    for (name, bit) in names {
        if flags & bit != 0 {
            items.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        items.push(format!("0x{flags:x}"));
    }
    let shown = vm.repr(pattern)?.keep(vm);
    let mut out = b"re.compile(".to_vec();
    if let Some(s) = shown.value(vm).as_str(vm) {
        // The text is cut at 200 characters.
        let text = s.bytes(vm);
        out.extend_from_slice(&text[..s.char_to_byte(vm, 200.min(s.char_len(vm))).min(text.len())]);
    }
    if !items.is_empty() {
        out.extend_from_slice(b", ");
        out.extend_from_slice(items.join("|").as_bytes());
    }
    out.push(b')');
    vm.ret_str(&out)
}
fn hash(vm: &mut Vm, this: Local) -> Py<i64> {
    let program = program_of(vm, this)?;
    let pattern = vm.local(slot_of(vm, this, slot::PATTERN));
    let mut mixed = TupleHash::new();
    mixed.add(vm.hash(pattern)?);
    mixed.add(slot_of(vm, this, slot::FLAGS).as_small_int().unwrap_or(0));
    program.code.iter().for_each(|w| mixed.add(i64::from(*w)));
    Ok(not_minus_one(mixed.finish()))
}
fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    if !vm.has_layout(other.value(vm), &PATTERN) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    if this.value(vm) == other.value(vm) {
        return Ok(vm.ret(Value::TRUE));
    }
    let same = slot_of(vm, this, slot::FLAGS) == slot_of(vm, other, slot::FLAGS)
        && is_bytes(vm, this) == is_bytes(vm, other)
        && program_of(vm, this)?.code == program_of(vm, other)?.code;
    if !same {
        return Ok(vm.ret(Value::FALSE));
    }
    let [x, y] = vm.locals([
        slot_of(vm, this, slot::PATTERN),
        slot_of(vm, other, slot::PATTERN),
    ]);
    let same = vm.equal(x, y)?;
    Ok(vm.ret(Value::bool(same)))
}

/// A pattern at work on a subject.
pub struct Work {
    pub program: Arc<Program>,
    pub subject: Subject,
    pub matcher: Matcher,
    /// Where the next search starts, and whether it must not find an empty match there.
    pub from: usize,
    pub advance: bool,
}
/// A matcher that nobody uses just now, for its buffers.
#[derive(Default)]
struct Idle(Matcher);

impl Work {
    pub fn new(
        vm: &mut Vm,
        this: Local,
        string: Local,
        pos: Option<i64>,
        endpos: Option<i64>,
    ) -> Py<Work> {
        let program = program_of(vm, this)?;
        let bytes = is_bytes(vm, this);
        let subject = if slot_of(vm, this, slot::PATTERN).is_none() {
            // A scanner's joint pattern has no text: it takes what it is given.
            let is_str = string.value(vm).as_str(vm).is_some();
            Subject::new(
                vm,
                string,
                !is_str,
                pos.unwrap_or(0),
                endpos.unwrap_or(i64::MAX),
            )?
        } else {
            Subject::new(
                vm,
                string,
                bytes,
                pos.unwrap_or(0),
                endpos.unwrap_or(i64::MAX),
            )?
        };
        Ok(Work {
            from: subject.start,
            program,
            subject,
            matcher: std::mem::take(&mut vm.state::<Idle>().0),
            advance: false,
        })
    }
    /// Gives the matcher back.
    pub fn done(self, vm: &mut Vm) {
        vm.state::<Idle>().0 = self.matcher;
    }
    pub fn find(&mut self, vm: &mut Vm, search: bool, match_all: bool) -> Py<bool> {
        if self.from > self.subject.end {
            return Ok(false);
        }
        self.matcher
            .begin(&self.program, self.from, search, match_all, self.advance);
        let found = self.subject.run(vm, &self.program, &mut self.matcher)?;
        if found {
            self.advance = self.matcher.pos == self.matcher.start;
            self.from = self.matcher.pos;
        }
        Ok(found)
    }
    /// A group's byte positions in the match just found; 0 is all of it.
    fn span(&self, group: usize) -> Option<(usize, usize)> {
        if group == 0 {
            return Some((self.matcher.start, self.matcher.pos));
        }
        let start = *self.matcher.marks.get(2 * group - 2)?;
        let end = *self.matcher.marks.get(2 * group - 1)?;
        (start != super::engine::UNSET && end != super::engine::UNSET)
            .then(|| (start, end.max(start)))
    }
    fn group<'v>(&self, vm: &'v Vm, group: usize, unset: Value<'v>) -> Py<Value<'v>> {
        match self.span(group) {
            Some((start, end)) => self.subject.part(vm, start, end),
            None => Ok(unset),
        }
    }
}

fn one(
    vm: &mut Vm,
    this: Local,
    string: Local,
    window: (Option<i64>, Option<i64>),
    search: bool,
    all: bool,
) -> Py<Ret> {
    let mut work = Work::new(vm, this, string, window.0, window.1)?;
    let found = work.find(vm, search, all)?;
    let result = if found {
        matching::new_match(vm, this, &work)
    } else {
        Ok(vm.ret(Value::NONE))
    };
    work.done(vm);
    result
}
fn do_match(
    vm: &mut Vm,
    this: Local,
    string: Local,
    pos: Option<i64>,
    endpos: Option<i64>,
) -> Py<Ret> {
    one(vm, this, string, (pos, endpos), false, false)
}
fn fullmatch(
    vm: &mut Vm,
    this: Local,
    string: Local,
    pos: Option<i64>,
    endpos: Option<i64>,
) -> Py<Ret> {
    one(vm, this, string, (pos, endpos), false, true)
}
fn search(
    vm: &mut Vm,
    this: Local,
    string: Local,
    pos: Option<i64>,
    endpos: Option<i64>,
) -> Py<Ret> {
    one(vm, this, string, (pos, endpos), true, false)
}
fn findall(
    vm: &mut Vm,
    this: Local,
    string: Local,
    pos: Option<i64>,
    endpos: Option<i64>,
) -> Py<Ret> {
    let mut work = Work::new(vm, this, string, pos, endpos)?;
    let list = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    while work.find(vm, true, false)? {
        vm.poll()?;
        let vm: &Vm = vm;
        let empty = work.subject.part(vm, 0, 0)?;
        let item = match work.program.groups {
            0 => work.group(vm, 0, empty)?,
            1 => work.group(vm, 1, empty)?,
            n => {
                let groups: Py<Vec<Value<'_>>> =
                    (1..=n).map(|g| work.group(vm, g, empty)).collect();
                vm.new_tuple(&groups?)?.value()
            }
        };
        list.get(vm).push(vm, item)?;
    }
    work.done(vm);
    Ok(vm.ret(list.value(vm)))
}
fn new_scanner(
    vm: &mut Vm,
    this: Local,
    string: Local,
    pos: Option<i64>,
    endpos: Option<i64>,
) -> Py<Ret> {
    scanner::new_scanner(vm, this, string, pos, endpos)
}
fn finditer(
    vm: &mut Vm,
    this: Local,
    string: Local,
    pos: Option<i64>,
    endpos: Option<i64>,
) -> Py<Ret> {
    let scanner = scanner::new_scanner(vm, this, string, pos, endpos)?.keep(vm);
    let search = vm.get_attr_str(scanner, "search")?.keep(vm);
    let vm: &Vm = vm;
    Ok(vm.ret(iterators::callable_iterator(
        vm,
        search.value(vm),
        Value::NONE,
    )))
}
fn split(vm: &mut Vm, this: Local, string: Local, maxsplit: Option<i64>) -> Py<Ret> {
    let maxsplit = maxsplit.unwrap_or(0);
    let mut work = Work::new(vm, this, string, None, None)?;
    let list = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    let (mut n, mut last) = (0, work.subject.start);
    while (maxsplit == 0 || n < maxsplit) && work.find(vm, true, false)? {
        vm.poll()?;
        let vm: &Vm = vm;
        let list = list.get(vm);
        list.push(vm, work.subject.part(vm, last, work.matcher.start)?)?;
        for g in 1..=work.program.groups {
            list.push(vm, work.group(vm, g, Value::NONE)?)?;
        }
        n += 1;
        last = work.matcher.pos;
    }
    list.get(vm)
        .push(vm, work.subject.part(vm, last, work.subject.end)?)?;
    work.done(vm);
    Ok(vm.ret(list.value(vm)))
}

/// What `sub` puts in place of a match.
enum Filter {
    Literal(Local),
    Template(Local),
    Call(Local),
}
/// The pieces of a substitution, joined as `''.join` would.
struct Pieces {
    out: Vec<u8>,
    is_bytes: bool,
    items: usize,
    /// The first item that can't be joined: where, and its type's name.
    wrong: Option<(usize, String)>,
}
impl Pieces {
    fn text(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
        self.items += 1;
    }
    fn push(&mut self, vm: &mut Vm, item: Local) -> Py<()> {
        let at = self.items;
        self.items += 1;
        if !self.is_bytes {
            if let Some(s) = item.value(vm).as_str(vm) {
                self.out.extend_from_slice(s.bytes(vm));
                return Ok(());
            }
        } else if let Some(b) = item.value(vm).as_bytes(vm) {
            self.out.extend_from_slice(b.bytes(vm));
            return Ok(());
        } else if vm.has_buffer(item.value(vm)) {
            let bytes = vm.buffer_bytes(item)?;
            self.out.extend_from_slice(&bytes);
            return Ok(());
        }
        if self.wrong.is_none() {
            self.wrong = Some((at, vm.type_name_for_error(item.value(vm))));
        }
        Ok(())
    }
    fn finish(self, vm: &Vm) -> Py<Ret> {
        match self.wrong {
            Some((at, name)) if self.is_bytes => Err(vm.type_error(format!(
                "sequence item {at}: expected a bytes-like object, {name} found"
            ))),
            Some((at, name)) => Err(vm.type_error(format!(
                "sequence item {at}: expected str instance, {name} found"
            ))),
            None if self.is_bytes => vm.ret_bytes(&self.out),
            None => vm.ret_str(&self.out),
        }
    }
}
/// Whether a replacement is a text without backslashes.
fn is_literal(vm: &mut Vm, repl: Local) -> Py<bool> {
    if let Some(s) = repl.value(vm).as_str(vm) {
        return Ok(!s.bytes(vm).contains(&b'\\'));
    }
    if !vm.has_buffer(repl.value(vm)) {
        return Ok(false);
    }
    Ok(!vm.buffer_bytes(repl)?.contains(&b'\\'))
}
fn substitute(
    vm: &mut Vm,
    this: Local,
    repl: Local,
    string: Local,
    count: i64,
) -> Py<(Local, i64)> {
    let filter = if vm.is_callable(repl.value(vm)) {
        Filter::Call(repl)
    } else if is_literal(vm, repl)? {
        Filter::Literal(repl)
    } else {
        let made = template::compile(vm, this, repl)?;
        match template::literal_of(vm, made) {
            Some(literal) => Filter::Literal(literal),
            None if vm.has_layout(made.value(vm), &template::TEMPLATE) => Filter::Template(made),
            None if vm.is_callable(made.value(vm)) => Filter::Call(made),
            None => Filter::Literal(made),
        }
    };
    let mut work = Work::new(vm, this, string, None, None)?;
    let mut pieces = Pieces {
        out: Vec::new(),
        is_bytes: work.subject.is_bytes,
        items: 0,
        wrong: None,
    };
    let (mut n, mut last) = (0, work.subject.start);
    let found = vm.local(Value::NONE);
    while (count == 0 || n < count) && work.find(vm, true, false)? {
        vm.poll()?;
        let (start, end) = (work.matcher.start, work.matcher.pos);
        if last < start {
            pieces.text(work.subject.text(vm).get(last..start).unwrap_or(&[]));
        }
        vm.scope(|vm| -> Py<()> {
            match filter {
                Filter::Literal(literal) => {
                    if !literal.value(vm).is_none() {
                        pieces.push(vm, literal)?;
                    }
                }
                Filter::Template(made) => {
                    matching::new_match(vm, this, &work)?.put(vm, found);
                    template::expand(vm, made, found)?.put(vm, found);
                    pieces.push(vm, found)?;
                }
                Filter::Call(f) => {
                    matching::new_match(vm, this, &work)?.put(vm, found);
                    vm.call(f, &[found])?.put(vm, found);
                    if !found.value(vm).is_none() {
                        pieces.push(vm, found)?;
                    }
                }
            }
            Ok(())
        })?;
        last = end;
        n += 1;
    }
    if n == 0 {
        let whole = work.subject.part(vm, last, work.subject.end)?;
        let whole = vm.local(whole);
        work.done(vm);
        return Ok((whole, 0));
    }
    if last < work.subject.end {
        pieces.text(
            work.subject
                .text(vm)
                .get(last..work.subject.end)
                .unwrap_or(&[]),
        );
    }
    work.done(vm);
    let result = pieces.finish(vm)?.keep(vm);
    Ok((result, n))
}
fn sub(vm: &mut Vm, this: Local, repl: Local, string: Local, count: Option<i64>) -> Py<Ret> {
    let (text, _) = substitute(vm, this, repl, string, count.unwrap_or(0))?;
    Ok(vm.ret(text.value(vm)))
}
fn subn(vm: &mut Vm, this: Local, repl: Local, string: Local, count: Option<i64>) -> Py<Ret> {
    let (text, n) = substitute(vm, this, repl, string, count.unwrap_or(0))?;
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&[text.value(vm), vm.int(n)])?.value()))
}
/// The error of a group that the pattern does not have.
pub fn no_such_group(vm: &Vm) -> Raised {
    vm.index_error("no such group")
}
