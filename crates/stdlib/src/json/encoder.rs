//! The work of `_json.make_encoder`'s objects: a value's text.
//!
//! The text grows in one buffer on the Rust side. The containers that are open stand in a stack of ours, so that what needs no Python is written in one go, however deep
//! it is, and a call into Python happens between two steps. CPython: Modules/_json.c, encoder_call.

use super::encode::{push_ascii, push_plain, slot};
use mesapy_heap::{Value, Word};
use mesapy_text::number;
use mesapy_vm::{Local, Py, Raised, Ret, Vm};

/// Arrays and objects that may be open: as deep as CPython gets on a usual stack, roughly.
const DEPTH_MAX: usize = 50_000;
/// Open containers that are searched one by one for a circle; deeper ones are found in the markers.
const SEARCHED: usize = 12;

/// What kind of JSON a value becomes.
enum Form {
    Done,
    Int,
    List,
    Dict,
    String,
    Other,
}
/// Why `advance` has stopped.
pub enum Step {
    /// All is written.
    Done,
    /// It is time to look at signals.
    Poll,
    /// An int that is no small one is to be written.
    Int(Word),
    /// The same as a key.
    IntKey(Word),
    /// A str is to be written by an encoding function that isn't ours.
    String(Word),
    /// The newest container is a dict whose items are to be listed.
    Items,
    /// The newest container is an object of another type, which `default` has to replace.
    Default,
}
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    List,
    /// A dict by its entries.
    Dict,
    /// A dict by the list of its items.
    Items,
    /// The object that `default` has replaced by what is written now.
    Object,
}
/// A container that is being written. Its words are good as long as no Python runs; `keep` keeps what they refer to alive where some does.
struct Open {
    sort: Sort,
    object: Word,
    items: Word,
    key: Word,
    /// The value of a key that Python is writing.
    value: Word,
    next: usize,
    /// Whether nothing stands between the brackets.
    empty: bool,
    /// What fails is an item, not the container itself.
    in_item: bool,
    /// Whether the markers have it.
    marked: bool,
}

pub struct Encoder {
    this: Local,
    indent: Option<Vec<u8>>,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    fast: i64,
    circles: bool,
    out: Vec<u8>,
    open: Vec<Open>,
    level: usize,
    /// Containers whose words the list of kept ones has.
    kept: usize,
    /// Bytes that are written between two looks at signals.
    stride: usize,
    /// Where `advance` stops for the next one.
    pause_at: usize,
}

impl Encoder {
    pub fn new(vm: &Vm, this: Local, level: usize, stride: usize) -> Encoder {
        let get = |slot: usize| field(vm, this, slot);
        Encoder {
            this,
            indent: get(slot::INDENT).as_str(vm).map(|s| s.bytes(vm).to_vec()),
            sort_keys: get(slot::SORT_KEYS) == Value::TRUE,
            skipkeys: get(slot::SKIPKEYS) == Value::TRUE,
            allow_nan: get(slot::ALLOW_NAN) == Value::TRUE,
            fast: get(slot::FAST).as_small_int().unwrap_or(0),
            circles: !get(slot::MARKERS).is_none(),
            out: Vec::with_capacity(512),
            open: Vec::new(),
            level,
            kept: 0,
            stride,
            pause_at: stride,
        }
    }
    /// What was written.
    pub fn text(&self) -> &[u8] {
        &self.out
    }
    /// Takes out of the markers what stands there.
    pub fn abandon(&self, vm: &Vm) {
        for open in self.open.iter().filter(|o| o.marked) {
            self.unmark(vm, open.object);
        }
    }
    /// Values that need no Python code are written at once.
    #[inline]
    fn simple(&mut self, vm: &Vm, value: Value<'_>) -> Py<Form> {
        if let Some(s) = value.as_str(vm) {
            match self.fast {
                1 => push_ascii(&mut self.out, s.bytes(vm)),
                2 => push_plain(&mut self.out, s.bytes(vm)),
                _ => return Ok(Form::String),
            }
        } else if let Some(n) = value.as_small_int() {
            number::int::push_decimal(&mut self.out, n);
        } else if value.is_none() {
            self.out.extend_from_slice(b"null");
        } else if value == Value::TRUE {
            self.out.extend_from_slice(b"true");
        } else if value == Value::FALSE {
            self.out.extend_from_slice(b"false");
        } else if vm.is_int(value) {
            match vm.int_value(value) {
                Some(n) => number::int::push_decimal(&mut self.out, n),
                None => return Ok(Form::Int),
            }
        } else if let Some(f) = mesapy_vm::objects::numbers::float_of(vm, value) {
            self.float(vm, f)?;
        } else if value.as_list(vm).is_some() || value.as_tuple(vm).is_some() {
            return Ok(Form::List);
        } else if value.as_dict(vm).is_some() {
            return Ok(Form::Dict);
        } else {
            return Ok(Form::Other);
        }
        Ok(Form::Done)
    }
    fn float(&mut self, vm: &Vm, f: f64) -> Py<()> {
        if f.is_finite() {
            self.out
                .extend_from_slice(number::float::repr(f).as_bytes());
            return Ok(());
        }
        if !self.allow_nan {
            return Err(vm.value_error(format!(
                "Out of range float values are not JSON compliant: {}",
                number::float::repr(f)
            )));
        }
        self.out.extend_from_slice(if f.is_nan() {
            b"NaN"
        } else if f > 0.0 {
            b"Infinity"
        } else {
            b"-Infinity"
        });
        Ok(())
    }
    fn newline(&mut self) {
        if let Some(indent) = &self.indent {
            self.out.push(b'\n');
            for _ in 0..self.level {
                self.out.extend_from_slice(indent);
            }
        }
    }

    /// Writes `value`, and then what is left of the open containers, as far as that takes no Python.
    pub fn advance(&mut self, vm: &Vm, value: Option<Word>) -> Py<Step> {
        let this = self.this;
        let text = |slot: usize| {
            let text = field(vm, this, slot).as_str(vm);
            text.map_or(&[][..], |s| s.bytes(vm))
        };
        let (item_separator, key_separator) =
            (text(slot::ITEM_SEPARATOR), text(slot::KEY_SEPARATOR));
        let mut value = value;
        loop {
            if let Some(word) = value.take() {
                let v = word.value(vm);
                match self.simple(vm, v)? {
                    Form::Done => {}
                    Form::Int => return Ok(Step::Int(word)),
                    Form::String => return Ok(Step::String(word)),
                    Form::List => {
                        if item(vm, word, 0).is_none() {
                            self.out.extend_from_slice(b"[]");
                        } else {
                            self.enter(vm, word, Sort::List)?;
                        }
                    }
                    Form::Dict if v.as_dict(vm).is_some_and(|d| d.is_empty(vm)) => {
                        self.out.extend_from_slice(b"{}");
                    }
                    Form::Dict if self.sort_keys || v.as_exact_dict(vm).is_none() => {
                        self.enter(vm, word, Sort::Items)?;
                        return Ok(Step::Items);
                    }
                    Form::Dict => self.enter(vm, word, Sort::Dict)?,
                    Form::Other => {
                        self.enter(vm, word, Sort::Object)?;
                        return Ok(Step::Default);
                    }
                }
                if self.out.len() >= self.pause_at {
                    return Ok(Step::Poll);
                }
            }
            let Some(top) = self.open.last_mut() else {
                return Ok(Step::Done);
            };
            top.in_item = false;
            if !top.value.is_empty() {
                // Python has written the key.
                value = Some(std::mem::replace(&mut top.value, Word::EMPTY));
                top.in_item = true;
                self.out.extend_from_slice(key_separator);
                continue;
            }
            let pair = match top.sort {
                Sort::List => {
                    let Some(word) = item(vm, top.object, top.next) else {
                        self.leave(vm)?;
                        continue;
                    };
                    top.next += 1;
                    top.in_item = true;
                    if !std::mem::replace(&mut top.empty, false) {
                        self.out.extend_from_slice(item_separator);
                    }
                    self.newline();
                    value = Some(word);
                    continue;
                }
                Sort::Dict => {
                    let dict = top.object.value(vm).as_exact_dict(vm);
                    let entry = dict.and_then(|d| d.next_entry(vm, top.next));
                    entry.map(|(at, k, v)| {
                        top.next = at + 1;
                        (k, v)
                    })
                }
                Sort::Items => {
                    let pair = item(vm, top.items, top.next);
                    top.next += 1;
                    match pair.map(|word| word.value(vm).as_tuple(vm)) {
                        None => None,
                        Some(Some(pair)) if pair.len(vm) == 2 => {
                            Some((pair.get(vm, 0), pair.get(vm, 1)))
                        }
                        Some(_) => return Err(vm.value_error("items must return 2-tuples")),
                    }
                }
                Sort::Object => None,
            };
            let Some((k, v)) = pair else {
                self.leave(vm)?;
                continue;
            };
            top.key = k.word();
            let is_str = k.as_str(vm).is_some();
            if !is_str && !is_key(vm, k) {
                if self.skipkeys {
                    continue;
                }
                return Err(vm.type_error(format!(
                    "keys must be str, int, float, bool or None, not {}",
                    vm.type_name_for_error(k)
                )));
            }
            if !std::mem::replace(&mut top.empty, false) {
                self.out.extend_from_slice(item_separator);
            }
            self.newline();
            if is_str && self.fast != 0 {
                self.simple(vm, k)?;
            } else if let Some(step) = self.odd_key(vm, k)? {
                if let Some(top) = self.open.last_mut() {
                    top.value = v.word();
                }
                return Ok(step);
            }
            self.out.extend_from_slice(key_separator);
            if let Some(top) = self.open.last_mut() {
                top.in_item = true;
            }
            value = Some(v.word());
        }
    }
    /// A key that is no str becomes the text of its JSON; what is left to do for Python.
    fn odd_key(&mut self, vm: &Vm, key: Value<'_>) -> Py<Option<Step>> {
        if key.as_str(vm).is_some() {
            return Ok(Some(Step::String(key.word())));
        }
        let mark = self.out.len();
        self.out.push(b'"');
        if matches!(self.simple(vm, key)?, Form::Int) {
            self.out.truncate(mark);
            return Ok(Some(Step::IntKey(key.word())));
        }
        if self.fast != 0 {
            self.out.push(b'"');
            return Ok(None);
        }
        let text = vm.new_str(&self.out[mark + 1..])?;
        self.out.truncate(mark);
        Ok(Some(Step::String(text.word())))
    }

    /// Opens a container, unless it is open already.
    fn enter(&mut self, vm: &Vm, object: Word, sort: Sort) -> Py<()> {
        let depth = self.open.len();
        if depth >= DEPTH_MAX {
            return Err(vm.recursion_error(" while encoding a JSON object"));
        }
        if self.circles {
            let mut near = self.open.iter().rev().take(SEARCHED);
            if near.any(|o| o.object == object) || self.is_marked(vm, object) {
                return Err(vm.value_error("Circular reference detected"));
            }
            if depth >= SEARCHED {
                // What leaves the part that is searched.
                for i in (0..=depth - SEARCHED).rev() {
                    if std::mem::replace(&mut self.open[i].marked, true) {
                        break;
                    }
                    self.mark(vm, self.open[i].object)?;
                }
            }
        }
        match sort {
            Sort::List => self.out.push(b'['),
            Sort::Dict | Sort::Items => self.out.push(b'{'),
            Sort::Object => {}
        }
        self.level += usize::from(sort != Sort::Object);
        self.open.push(Open {
            sort,
            object,
            items: Word::NONE,
            key: Word::NONE,
            value: Word::EMPTY,
            next: 0,
            empty: true,
            in_item: false,
            marked: false,
        });
        Ok(())
    }
    /// Closes the newest container.
    fn leave(&mut self, vm: &Vm) -> Py<()> {
        let Some(closed) = self.open.pop() else {
            return Ok(());
        };
        self.kept = self.kept.min(self.open.len().saturating_sub(1));
        if closed.marked {
            self.unmark(vm, closed.object);
        }
        if closed.sort == Sort::Object {
            return Ok(());
        }
        self.level -= 1;
        if !closed.empty {
            self.newline();
        }
        self.out.push(if closed.sort == Sort::List {
            b']'
        } else {
            b'}'
        });
        Ok(())
    }

    // The markers are a dict of the caller's, from the numbers of the objects that are being written. Another call of the same encoder may look into it: from `default`.

    fn markers<'v>(&self, vm: &'v Vm) -> Option<mesapy_heap::Dict<'v>> {
        field(vm, self.this, slot::MARKERS).as_dict(vm)
    }
    fn is_marked(&self, vm: &Vm, object: Word) -> bool {
        self.markers(vm)
            .is_some_and(|m| !m.is_empty(vm) && m.find_int(vm, id(vm, object)).is_some())
    }
    fn mark(&self, vm: &Vm, object: Word) -> Py<()> {
        if let Some(markers) = self.markers(vm)
            && let Some(key) = Value::small_int(id(vm, object))
            && !self.is_marked(vm, object)
        {
            markers.insert_new(vm, vm.id(object.value(vm)), key, object.value(vm))?;
        }
        Ok(())
    }

    fn unmark(&self, vm: &Vm, object: Word) {
        if let Some(markers) = self.markers(vm)
            && let Some(entry) = markers.find_int(vm, id(vm, object))
        {
            markers.remove_at(vm, entry);
        }
    }

    // ---- with Python

    /// Writes `obj`. `kept` is a local of its own, for a list of what must stay alive.
    pub fn write(&mut self, vm: &mut Vm, obj: Local, kept: Local) -> Py<()> {
        let mut value = Some(obj.value(vm).word());
        loop {
            let step = match self.advance(vm, value.take()) {
                Ok(Step::Done) => return Ok(()),
                Ok(step) => step,
                Err(raised) => return Err(self.noted(vm, raised, kept)),
            };
            let done = self
                .keep(vm, kept)
                .and_then(|()| vm.scope(|vm| self.ask(vm, step)));
            match done {
                Ok(next) => value = next,
                Err(raised) => return Err(self.noted(vm, raised, kept)),
            }
        }
    }
    /// Brings the words of the open containers into the list of what is kept.
    fn keep(&mut self, vm: &Vm, kept: Local) -> Py<()> {
        if kept.value(vm).is_none() {
            kept.set(vm, vm.new_list(&[])?.value());
        }
        let Some(list) = kept.value(vm).as_exact_list(vm) else {
            return Ok(());
        };
        list.truncate(vm, self.kept * 4);
        for open in &self.open[self.kept..] {
            for word in [open.object, open.items, open.key, open.value] {
                let word = if word.is_empty() { Word::NONE } else { word };
                list.push(vm, word.value(vm))?;
            }
        }
        // All but the newest stay as they are until the newest is closed.
        self.kept = self.open.len().saturating_sub(1);
        Ok(())
    }
    /// Does what a step asks for; a value that is to be written next.
    fn ask(&mut self, vm: &mut Vm, step: Step) -> Py<Option<Word>> {
        match step {
            Step::Done => {}
            Step::Poll => {
                self.pause_at = self.out.len() + self.stride;
                vm.poll()?;
            }
            Step::Int(word) => {
                let text = int_text(vm, word)?;
                self.out.extend_from_slice(text.as_bytes());
            }
            Step::IntKey(word) => {
                let text = int_text(vm, word)?;
                if self.fast != 0 {
                    self.out.push(b'"');
                    self.out.extend_from_slice(text.as_bytes());
                    self.out.push(b'"');
                } else {
                    let text = vm.local(vm.new_str(text.as_bytes())?.value());
                    self.string(vm, text)?;
                }
            }
            Step::String(word) => {
                let text = vm.local(word.value(vm));
                self.string(vm, text)?;
            }
            Step::Items => {
                let Some(object) = self.open.last().map(|o| o.object) else {
                    return Ok(None);
                };
                let object = vm.local(object.value(vm));
                let items = vm.call_method(object, "items", &[])?.keep(vm);
                let items = vm.list_from_iterable(items)?.keep(vm);
                if self.sort_keys {
                    let _: Ret = vm.call_method(items, "sort", &[])?;
                }
                if let Some(top) = self.open.last_mut() {
                    top.items = items.value(vm).word();
                }
            }
            Step::Default => {
                for i in 0..self.open.len() {
                    let object = self.open[i].object;
                    if self.circles && !std::mem::replace(&mut self.open[i].marked, true) {
                        self.mark(vm, object)?;
                    }
                }
                let Some(object) = self.open.last().map(|o| o.object) else {
                    return Ok(None);
                };
                let object = vm.local(object.value(vm));
                let default = vm.local(field(vm, self.this, slot::DEFAULT));
                let made = vm.call(default, &[object])?.get(vm).word();
                if let Some(top) = self.open.last_mut() {
                    top.in_item = true;
                    top.items = made;
                }
                return Ok(Some(made));
            }
        }
        Ok(None)
    }
    /// A str by the encoding function.
    fn string(&mut self, vm: &mut Vm, text: Local) -> Py<()> {
        let encoder = vm.local(field(vm, self.this, slot::ENCODER));
        let ret = vm.call(encoder, &[text])?;
        let vm: &Vm = vm;
        let result = ret.get(vm);
        let Some(s) = result.as_str(vm) else {
            return Err(vm.type_error(format!(
                "encoder() must return a string, not {}",
                vm.type_name_for_error(result)
            )));
        };
        self.out.extend_from_slice(s.bytes(vm));
        Ok(())
    }
    /// Notes at the exception that is under way in which items of what it was raised.
    fn noted(&mut self, vm: &mut Vm, raised: Raised, kept: Local) -> Raised {
        vm.scope(|vm| {
            let e = vm.take_exception_local(raised);
            let noted = self.keep(vm, kept).and_then(|()| self.add_notes(vm, e));
            match noted {
                Ok(()) => vm.raise_again(e.value(vm)),
                Err(raised) => raised,
            }
        })
    }
    fn add_notes(&self, vm: &mut Vm, e: Local) -> Py<()> {
        for open in self.open.iter().rev().filter(|o| o.in_item) {
            vm.scope(|vm| -> Py<()> {
                let name = vm.type_name_for_error(open.object.value(vm));
                let what = match open.sort {
                    Sort::List => format!("item {}", open.next.saturating_sub(1)),
                    Sort::Object => "object".to_string(),
                    Sort::Dict | Sort::Items => {
                        let key = vm.local(open.key.value(vm));
                        format!("item {}", vm.repr_text(key)?)
                    }
                };
                let text = format!("when serializing {name} {what}");
                let text = vm.local(vm.new_str(text.as_bytes())?.value());
                let _: Ret = vm.call_method(e, "add_note", &[text])?;
                Ok(())
            })?;
        }
        Ok(())
    }
}
fn field<'v>(vm: &'v Vm, encoder: Local, slot: usize) -> Value<'v> {
    let object = encoder.value(vm).as_obj();
    object.map_or(Value::NONE, |o| o.slot(vm, slot))
}
/// An item of a list or tuple.
#[inline]
fn item(vm: &Vm, sequence: Word, i: usize) -> Option<Word> {
    let sequence = sequence.value(vm);
    let item = match sequence.as_list(vm) {
        Some(list) => list.at(vm, i),
        None => sequence.as_tuple(vm)?.at(vm, i),
    };
    item.map(|v| v.word())
}
/// Whether a value that is no str may be a key.
fn is_key(vm: &Vm, key: Value<'_>) -> bool {
    key.is_none()
        || key.as_bool().is_some()
        || vm.is_int(key)
        || mesapy_vm::objects::numbers::float_of(vm, key).is_some()
}
fn id(vm: &Vm, object: Word) -> i64 {
    i64::try_from(vm.id(object.value(vm))).unwrap_or(0)
}
fn int_text(vm: &mut Vm, int: Word) -> Py<String> {
    let int = vm.local(int.value(vm));
    let exact = vm.index_value(int)?.keep(vm);
    vm.repr_text(exact)
}
