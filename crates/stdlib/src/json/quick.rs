//! The usual text for `_json.make_scanner`: no hooks, nothing wrong, not too deep. It is read without `&mut Vm`, so that values stay in Rust variables and
//! containers are made when all that they hold is known. None wherever that is not so: then the general functions start anew.

use super::decode::{is_space, number_end, scan_text};
use mesapy_heap::{Dict, Str, Value};
use mesapy_text::number;
use mesapy_vm::Vm;

/// Arrays and objects that may be open.
const DEPTH_MAX: u32 = 200;
/// Objects of so many keys are made in one piece, after a look whether the keys differ.
const KEYS_COMPARED: usize = 8;
/// Slots for keys that were met last; a power of two.
const RECENT: usize = 64;

pub struct Reader<'v> {
    vm: &'v Vm,
    bytes: &'v [u8],
    strict: bool,
    /// Keys seen so far, so that equal ones are one object.
    keys: Dict<'v>,
    /// Some of them, found by their bytes alone.
    recent: [Option<Str<'v>>; RECENT],
    /// What the open containers hold, the innermost last: items, or keys and values in turn.
    held: Vec<Value<'v>>,
}

impl<'v> Reader<'v> {
    pub fn new(vm: &'v Vm, bytes: &'v [u8], strict: bool) -> Reader<'v> {
        Reader {
            vm,
            bytes,
            strict,
            keys: vm.new_dict(),
            recent: [None; RECENT],
            held: Vec::new(),
        }
    }
    /// The value at a byte position, and the position behind it.
    pub fn value(&mut self, at: usize, depth: u32) -> Option<(Value<'v>, usize)> {
        let rest = self.bytes.get(at..)?;
        match rest.first()? {
            b'"' => {
                let (text, end) = scan_text(self.bytes, at + 1, self.strict).ok()?;
                Some((self.vm.new_str(&text).ok()?.value(), end))
            }
            b'{' if depth < DEPTH_MAX => self.object(at + 1, depth + 1),
            b'[' if depth < DEPTH_MAX => self.array(at + 1, depth + 1),
            b'-' | b'0'..=b'9' => self.number(at),
            b'n' if rest.starts_with(b"null") => Some((Value::NONE, at + 4)),
            b't' if rest.starts_with(b"true") => Some((Value::TRUE, at + 4)),
            b'f' if rest.starts_with(b"false") => Some((Value::FALSE, at + 5)),
            _ => None,
        }
    }
    fn number(&self, at: usize) -> Option<(Value<'v>, usize)> {
        let (end, is_float) = number_end(self.bytes, at)?;
        let digits = self.bytes.get(at..end)?;
        let value = if is_float {
            self.vm.float(number::float::parse_float(digits)?)
        } else {
            self.vm.int(number::int::parse_small(digits)?)
        };
        Some((value, end))
    }
    /// The next byte that is no space, and where it is.
    #[inline]
    fn next(&self, at: usize) -> Option<(u8, usize)> {
        let mut at = at;
        loop {
            match *self.bytes.get(at)? {
                byte if is_space(byte) => at += 1,
                byte => return Some((byte, at)),
            }
        }
    }
    fn array(&mut self, at: usize, depth: u32) -> Option<(Value<'v>, usize)> {
        let base = self.held.len();
        let (mut byte, mut at) = self.next(at)?;
        if byte != b']' {
            loop {
                let (item, end) = self.value(at, depth)?;
                self.held.push(item);
                (byte, at) = self.next(end)?;
                match byte {
                    b']' => break,
                    b',' => at = self.next(at + 1)?.1,
                    _ => return None,
                }
            }
        }
        let list = self.vm.new_list(self.held.get(base..)?).ok()?;
        self.held.truncate(base);
        Some((list.value(), at + 1))
    }
    fn object(&mut self, at: usize, depth: u32) -> Option<(Value<'v>, usize)> {
        let base = self.held.len();
        let (mut byte, mut at) = self.next(at)?;
        if byte != b'}' {
            loop {
                if byte != b'"' {
                    return None;
                }
                let (key, end) = self.key(at + 1)?;
                let (b':', colon) = self.next(end)? else {
                    return None;
                };
                let (value, end) = self.value(self.next(colon + 1)?.1, depth)?;
                self.held.push(key.value());
                self.held.push(value);
                (byte, at) = self.next(end)?;
                match byte {
                    b'}' => break,
                    b',' => (byte, at) = self.next(at + 1)?,
                    _ => return None,
                }
            }
        }
        let dict = self.dict(base)?;
        self.held.truncate(base);
        Some((dict.value(), at + 1))
    }
    fn key(&mut self, at: usize) -> Option<(Str<'v>, usize)> {
        let (text, end) = scan_text(self.bytes, at, self.strict).ok()?;
        let ends = [text.first(), text.last()].map(|b| b.map_or(0, |b| usize::from(*b)));
        let slot = (text.len() * 7 + ends[0] * 3 + ends[1]) % RECENT;
        if let Some(key) = self.recent[slot]
            && key.bytes(self.vm) == &*text
        {
            return Some((key, end));
        }
        let made = self.vm.new_str(&text).ok()?;
        let key = match self.keys.get_str(self.vm, made) {
            Some(known) => known.as_exact_str(self.vm)?,
            None => {
                self.keys.set_str(self.vm, made, made.value()).ok()?;
                made
            }
        };
        self.recent[slot] = Some(key);
        Some((key, end))
    }
    fn dict(&self, base: usize) -> Option<Dict<'v>> {
        let pairs = self.held.get(base..)?;
        let keys = || pairs.iter().step_by(2);
        let few = pairs.len() <= 2 * KEYS_COMPARED;
        if few && !(1..pairs.len() / 2).any(|i| keys().take(i).any(|k| *k == pairs[2 * i])) {
            return self.vm.new_dict_of(pairs.iter().copied()).ok();
        }
        let dict = self.vm.new_dict();
        dict.reserve(self.vm, pairs.len() / 2).ok()?;
        for pair in pairs.chunks_exact(2) {
            let key = pair[0].as_exact_str(self.vm)?;
            dict.set_str(self.vm, key, pair[1]).ok()?;
        }
        Some(dict)
    }
}
