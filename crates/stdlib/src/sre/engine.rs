//! The matcher: backtracking over SRE's code words with a stack of its own.
//!
//! All state is in the [`Matcher`], by index: nothing recurses, and a match in progress can be left ([`Outcome::Pause`]) and taken up again, so that
//! signals are seen and collections run in the middle of patterns that backtrack for ever. The stack holds what failure returns to (alternatives,
//! repeats), what it takes back (marks), and barriers: where an assertion, an atomic group or a possessive repeat began. Success inside one drops the
//! alternatives above its barrier, and keeps the marks' history.

use super::chars::{
    Encoding, is_word_ascii, is_word_unicode, lower_ascii, lower_unicode, upper_ascii,
};
use super::opcode::{MAXREPEAT, at, op};
use super::program::Program;

/// A mark or position that is not set.
pub const UNSET: usize = usize::MAX;
const NONE: u32 = u32::MAX;
/// Entries of the stack, and repeats in progress, at most: beyond is MemoryError.
const ENTRIES_MAX: usize = 1 << 25;
/// Operations between two pauses.
const FUEL: u32 = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Match,
    NoMatch,
    Pause,
    Memory,
}

/// Where failure goes on.
#[derive(Clone, Copy)]
struct Choice {
    pc: u32,
    pos: usize,
    rep: u32,
    /// Length of `reps` at the time.
    reps: u32,
}
#[derive(Clone, Copy)]
enum Entry {
    /// Goes on at `pc`.
    Alternative(Choice),
    /// `pc` is the skip word of a BRANCH's next alternative.
    Branch(Choice),
    /// A greedy repeat of one character: `pc` its tail, `low` the least position to try.
    One(Choice, usize),
    /// A lazy one: `pc` its operands, and how many more characters it may take.
    Lazy(Choice, u32),
    /// The mark's and last group's earlier values.
    Undo(u32, usize, u32),
    /// `pc` is the operand of the operation, `prev` the barrier outside, and the count of a possessive repeat.
    Barrier(Kind, Choice, u32, u32),
}
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Assert,
    AssertNot,
    Atomic,
    Possessive,
}

/// A repeat in progress: never changed, so that alternatives can refer to it; each iteration makes a new one.
#[derive(Clone, Copy)]
struct Rep {
    /// The operands of REPEAT.
    pc: u32,
    count: u32,
    /// Where the latest iteration began.
    last: usize,
    prev: u32,
}

#[derive(Default)]
pub struct Matcher {
    pub marks: Vec<usize>,
    /// The group that was closed last, 0: none.
    pub last_index: u32,
    /// Where the match begins, and after success where it ends.
    pub start: usize,
    pub pos: usize,
    pc: u32,
    rep: u32,
    barrier: u32,
    stack: Vec<Entry>,
    reps: Vec<Rep>,
    searching: bool,
    running: bool,
    match_all: bool,
    must_advance: bool,
    fuel: u32,
}

impl Matcher {
    /// Prepares a match at `start`, or a search from there. `must_advance`: not an empty match at `start` itself.
    pub fn begin(
        &mut self,
        program: &Program,
        start: usize,
        search: bool,
        match_all: bool,
        must_advance: bool,
    ) {
        self.marks.clear();
        self.marks.resize(2 * program.groups + 2, UNSET);
        self.start = start;
        self.searching = search;
        self.match_all = match_all;
        self.must_advance = must_advance;
        self.running = false;
    }
    /// Takes it up to the end, or to a pause. `text` ends where the match must.
    pub fn run<E: Encoding>(&mut self, program: &Program, text: &[u8]) -> Outcome {
        self.fuel = FUEL;
        loop {
            if !self.running {
                if self.searching && !self.find_start::<E>(program, text) {
                    return Outcome::NoMatch;
                }
                if self.start > text.len() {
                    return Outcome::NoMatch;
                }
                self.marks.fill(UNSET);
                self.last_index = 0;
                self.stack.clear();
                self.reps.clear();
                (self.pc, self.pos, self.rep, self.barrier) =
                    (program.entry, self.start, NONE, NONE);
                self.running = true;
            }
            match self.attempt::<E>(program, text) {
                Outcome::NoMatch => {}
                outcome => return outcome,
            }
            self.running = false;
            if !self.searching || program.anchored {
                return Outcome::NoMatch;
            }
            match E::next(text, self.start) {
                Some((_, next)) => self.start = next,
                None => return Outcome::NoMatch,
            }
            self.must_advance = false;
            self.fuel = self.fuel.saturating_sub(4);
            if self.fuel == 0 {
                return Outcome::Pause;
            }
        }
    }
    /// Goes to the next position where a match can begin at all.
    fn find_start<E: Encoding>(&mut self, program: &Program, text: &[u8]) -> bool {
        if text.len() < self.start || text.len() - self.start < program.width_min {
            return false;
        }
        let from = self.start;
        if let Some(prefix) = &program.prefix {
            match text.get(from..).and_then(|rest| prefix.find(rest)) {
                Some(at) => self.start = from + at,
                None => return false,
            }
        } else if let Some(set) = program.first_set {
            let mut pos = from;
            loop {
                match E::next(text, pos) {
                    Some((ch, _)) if program.in_set(set, ch) => break,
                    Some((_, next)) => pos = next,
                    None => return false,
                }
            }
            self.start = pos;
        }
        if self.start != from {
            self.must_advance = false;
        }
        true
    }

    fn choice(&self, pc: u32, pos: usize, rep: u32) -> Choice {
        Choice {
            pc,
            pos,
            rep,
            reps: self.reps.len() as u32,
        }
    }
    fn restore(&mut self, choice: Choice) {
        self.pos = choice.pos;
        self.rep = choice.rep;
        self.reps.truncate(choice.reps as usize);
    }

    /// Goes back to the latest alternative; false: there is none.
    fn backtrack<E: Encoding>(&mut self, program: &Program, text: &[u8]) -> bool {
        while let Some(entry) = self.stack.pop() {
            match entry {
                Entry::Undo(mark, old, last_index) => {
                    if let Some(m) = self.marks.get_mut(mark as usize) {
                        *m = old;
                    }
                    self.last_index = last_index;
                }
                Entry::Alternative(choice) => {
                    self.restore(choice);
                    self.pc = choice.pc;
                    return true;
                }
                Entry::Branch(choice) => {
                    self.restore(choice);
                    if self.branch::<E>(program, text, choice.pc) {
                        return true;
                    }
                }
                Entry::One(choice, low) => {
                    if self.shrink::<E>(program, text, choice, low) {
                        return true;
                    }
                }
                Entry::Lazy(choice, left) => {
                    if left == 0 {
                        continue;
                    }
                    let Some((ch, next)) = E::next(text, choice.pos) else {
                        continue;
                    };
                    if !unit_matches(program, choice.pc + 3, ch) {
                        continue;
                    }
                    let left = if left == MAXREPEAT { left } else { left - 1 };
                    self.stack.push(Entry::Lazy(
                        Choice {
                            pos: next,
                            ..choice
                        },
                        left,
                    ));
                    self.restore(choice);
                    self.pos = next;
                    self.pc = choice.pc + program.at(choice.pc);
                    return true;
                }
                Entry::Barrier(kind, choice, prev, count) => {
                    self.barrier = prev;
                    self.restore(choice);
                    match kind {
                        Kind::Assert | Kind::Atomic => {}
                        Kind::AssertNot => {
                            self.pc = choice.pc + program.at(choice.pc);
                            return true;
                        }
                        Kind::Possessive => {
                            if count >= program.at(choice.pc + 1) {
                                self.pc = choice.pc + program.at(choice.pc) + 1;
                                return true;
                            }
                        }
                    }
                }
            }
        }
        false
    }
    /// Enters the first alternative at or behind the skip word `at` that can match here.
    fn branch<E: Encoding>(&mut self, program: &Program, text: &[u8], mut at: u32) -> bool {
        let first = E::next(text, self.pos).map(|(ch, _)| ch);
        loop {
            let skip = program.at(at);
            if skip == 0 {
                return false;
            }
            let (body, next) = (at + 1, at + skip);
            let possible = match program.at(body) {
                op::LITERAL => first == Some(program.at(body + 1)),
                op::IN => first.is_some_and(|ch| program.in_set(body + 2, ch)),
                _ => true,
            };
            if possible {
                if program.at(next) != 0 {
                    let choice = self.choice(next, self.pos, self.rep);
                    self.stack.push(Entry::Branch(choice));
                }
                self.pc = body;
                return true;
            }
            at = next;
        }
    }
    /// Gives characters of a greedy repeat back until its tail can match.
    fn shrink<E: Encoding>(
        &mut self,
        program: &Program,
        text: &[u8],
        choice: Choice,
        low: usize,
    ) -> bool {
        let literal = (program.at(choice.pc) == op::LITERAL).then(|| program.at(choice.pc + 1));
        let mut pos = choice.pos;
        while pos > low {
            let Some((_, before)) = E::prev(text, pos) else {
                return false;
            };
            pos = before;
            if literal.is_some_and(|ch| E::next(text, pos).map(|n| n.0) != Some(ch)) {
                continue;
            }
            if pos > low {
                self.stack.push(Entry::One(Choice { pos, ..choice }, low));
            }
            self.restore(choice);
            self.pos = pos;
            self.pc = choice.pc;
            return true;
        }
        false
    }
    fn set_mark(&mut self, mark: u32) {
        let Some(slot) = self.marks.get_mut(mark as usize) else {
            return;
        };
        let old = std::mem::replace(slot, self.pos);
        self.stack.push(Entry::Undo(mark, old, self.last_index));
        if mark & 1 != 0 {
            self.last_index = mark / 2 + 1;
        }
    }
    fn group(&self, group: u32) -> Option<(usize, usize)> {
        let start = *self.marks.get(2 * group as usize)?;
        let end = *self.marks.get(2 * group as usize + 1)?;
        (start != UNSET && end != UNSET && end >= start).then_some((start, end))
    }
    fn push_barrier(&mut self, kind: Kind, operand: u32, count: u32) {
        let choice = self.choice(operand, self.pos, self.rep);
        self.stack
            .push(Entry::Barrier(kind, choice, self.barrier, count));
        self.barrier = (self.stack.len() - 1) as u32;
    }
    /// Drops the innermost barrier and the alternatives above it.
    fn close_barrier(&mut self) -> Option<(Kind, Choice, u32)> {
        let at = self.barrier as usize;
        let Some(Entry::Barrier(kind, choice, prev, count)) = self.stack.get(at).copied() else {
            return None;
        };
        let mut kept = at;
        for i in at + 1..self.stack.len() {
            if matches!(self.stack[i], Entry::Undo(..)) {
                self.stack[kept] = self.stack[i];
                kept += 1;
            }
        }
        self.stack.truncate(kept);
        self.barrier = prev;
        Some((kind, choice, count))
    }

    /// Tries one start position.
    fn attempt<E: Encoding>(&mut self, program: &Program, text: &[u8]) -> Outcome {
        loop {
            if self.fuel == 0 {
                return Outcome::Pause;
            }
            self.fuel -= 1;
            let ok = match self.step::<E>(program, text) {
                Step::Go => true,
                Step::Fail => false,
                Step::Done => return Outcome::Match,
            };
            if !ok && !self.backtrack::<E>(program, text) {
                return Outcome::NoMatch;
            }
            if self.stack.len() > ENTRIES_MAX || self.reps.len() > ENTRIES_MAX {
                return Outcome::Memory;
            }
        }
    }
    #[inline(always)]
    fn step<E: Encoding>(&mut self, program: &Program, text: &[u8]) -> Step {
        let operand = self.pc + 1;
        let word = |i: u32| program.at(operand + i);
        match program.at(self.pc) {
            op::FAILURE => return Step::Fail,
            op::SUCCESS => return self.success(program, text),
            op::LITERAL => match E::next(text, self.pos) {
                Some((ch, next)) if ch == word(0) => {
                    self.pos = next;
                    self.pc += 2;
                }
                _ => return Step::Fail,
            },
            op::MARK => {
                self.set_mark(word(0));
                self.pc += 2;
            }
            op::IN => match E::next(text, self.pos) {
                Some((ch, next)) if program.in_set(operand + 1, ch) => {
                    self.pos = next;
                    self.pc = operand + word(0);
                }
                _ => return Step::Fail,
            },
            op::BRANCH => {
                if !self.branch::<E>(program, text, operand) {
                    return Step::Fail;
                }
            }
            op::JUMP => self.pc = operand + word(0),
            op::INFO => self.pc = operand + word(0),
            op::AT => {
                if !is_at::<E>(text, self.pos, word(0)) {
                    return Step::Fail;
                }
                self.pc += 2;
            }
            op @ (op::REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE) => {
                let (min, max) = (word(1), word(2));
                let Some(low) = count::<E>(program, text, operand + 3, self.pos, min) else {
                    return Step::Fail;
                };
                let high = run_of::<E>(
                    program,
                    text,
                    operand + 3,
                    low,
                    max - min.min(max),
                    max == MAXREPEAT,
                );
                self.fuel = self
                    .fuel
                    .saturating_sub(((high - self.pos) / 32).min(FUEL as usize) as u32)
                    .max(1);
                let tail = operand + word(0);
                if op == op::REPEAT_ONE && high > low {
                    let literal = (program.at(tail) == op::LITERAL).then(|| program.at(tail + 1));
                    let choice = self.choice(tail, high, self.rep);
                    if literal.is_some_and(|ch| E::next(text, high).map(|n| n.0) != Some(ch)) {
                        if !self.shrink::<E>(program, text, choice, low) {
                            return Step::Fail;
                        }
                        return Step::Go;
                    }
                    self.stack.push(Entry::One(choice, low));
                }
                self.pos = high;
                self.pc = tail;
            }
            op::MIN_REPEAT_ONE => {
                let (min, max) = (word(1), word(2));
                let Some(low) = count::<E>(program, text, operand + 3, self.pos, min) else {
                    return Step::Fail;
                };
                let left = if max == MAXREPEAT {
                    max
                } else {
                    max - min.min(max)
                };
                let choice = self.choice(operand, low, self.rep);
                if left > 0 {
                    self.stack.push(Entry::Lazy(choice, left));
                }
                self.pos = low;
                self.pc = operand + word(0);
            }
            op::REPEAT => {
                self.reps.push(Rep {
                    pc: operand,
                    count: 0,
                    last: UNSET,
                    prev: self.rep,
                });
                self.rep = (self.reps.len() - 1) as u32;
                // The first turn of the closing UNTIL, which counts up from there.
                self.pc = operand + word(0);
                return self.until(program, true);
            }
            op::MAX_UNTIL | op::MIN_UNTIL => return self.until(program, false),
            op::ANY => match E::next(text, self.pos) {
                Some((ch, next)) if ch != 10 => {
                    self.pos = next;
                    self.pc += 1;
                }
                _ => return Step::Fail,
            },
            op::ANY_ALL => match E::next(text, self.pos) {
                Some((_, next)) => {
                    self.pos = next;
                    self.pc += 1;
                }
                None => return Step::Fail,
            },
            op::ASSERT | op::ASSERT_NOT => {
                let negative = program.at(self.pc) == op::ASSERT_NOT;
                match E::back(text, self.pos, word(1) as usize) {
                    Some(from) => {
                        self.push_barrier(
                            if negative {
                                Kind::AssertNot
                            } else {
                                Kind::Assert
                            },
                            operand,
                            0,
                        );
                        self.pos = from;
                        self.pc = operand + 2;
                    }
                    None if negative => self.pc = operand + word(0),
                    None => return Step::Fail,
                }
            }
            op::ATOMIC_GROUP => {
                self.push_barrier(Kind::Atomic, operand, 0);
                self.pc = operand + 1;
            }
            op::POSSESSIVE_REPEAT => {
                if word(2) == 0 {
                    self.pc = operand + word(0) + 1;
                } else {
                    self.push_barrier(Kind::Possessive, operand, 0);
                    self.pc = operand + 3;
                }
            }
            op @ (op::GROUPREF
            | op::GROUPREF_IGNORE
            | op::GROUPREF_LOC_IGNORE
            | op::GROUPREF_UNI_IGNORE) => {
                let Some((start, end)) = self.group(word(0)) else {
                    return Step::Fail;
                };
                let fold: fn(u32) -> u32 = match op {
                    op::GROUPREF => |ch| ch,
                    op::GROUPREF_UNI_IGNORE => lower_unicode,
                    _ => lower_ascii,
                };
                let (mut from, mut pos) = (start, self.pos);
                while from < end {
                    match (E::next(text, from), E::next(text, pos)) {
                        (Some((x, x_next)), Some((y, y_next))) if fold(x) == fold(y) => {
                            (from, pos) = (x_next, y_next);
                        }
                        _ => return Step::Fail,
                    }
                }
                self.pos = pos;
                self.pc += 2;
            }
            op::GROUPREF_EXISTS => {
                self.pc = if self.group(word(0)).is_some() {
                    operand + 2
                } else {
                    operand + word(1)
                };
            }
            op => match E::next(text, self.pos) {
                Some((ch, next)) if unit_matches(program, self.pc, ch) => {
                    self.pos = next;
                    let set = matches!(op, op::IN_IGNORE | op::IN_LOC_IGNORE | op::IN_UNI_IGNORE);
                    self.pc = if set { operand + word(0) } else { self.pc + 2 };
                }
                _ => return Step::Fail,
            },
        }
        Step::Go
    }
    /// The closing operation of a repeat: another iteration, or the tail.
    fn until(&mut self, program: &Program, first: bool) -> Step {
        let Some(rep) = self.reps.get(self.rep as usize).copied() else {
            return Step::Fail;
        };
        let (tail, body) = (self.pc + 1, rep.pc + 3);
        let (min, max) = (program.at(rep.pc + 1), program.at(rep.pc + 2));
        let lazy = program.at(self.pc) == op::MIN_UNTIL;
        let count = if first {
            0
        } else {
            rep.count.saturating_add(1)
        };
        let iterate = |m: &mut Matcher, last: usize| {
            m.reps.push(Rep { count, last, ..rep });
            (m.reps.len() - 1) as u32
        };
        if count < min {
            self.rep = iterate(self, rep.last);
            self.pc = body;
            return Step::Go;
        }
        let more = (count < max || max == MAXREPEAT) && self.pos != rep.last;
        if !more {
            self.rep = rep.prev;
            self.pc = tail;
        } else if lazy {
            let next = iterate(self, self.pos);
            let choice = self.choice(body, self.pos, next);
            self.stack.push(Entry::Alternative(choice));
            self.rep = rep.prev;
            self.pc = tail;
        } else {
            let choice = self.choice(tail, self.pos, rep.prev);
            self.stack.push(Entry::Alternative(choice));
            self.rep = iterate(self, self.pos);
            self.pc = body;
        }
        Step::Go
    }
    fn success(&mut self, program: &Program, text: &[u8]) -> Step {
        if self.barrier == NONE {
            if self.match_all && self.pos != text.len()
                || self.must_advance && self.pos == self.start
            {
                return Step::Fail;
            }
            return Step::Done;
        }
        let Some((kind, choice, count)) = self.close_barrier() else {
            return Step::Fail;
        };
        let operand = choice.pc;
        self.rep = choice.rep;
        match kind {
            Kind::Assert => {
                self.pos = choice.pos;
                self.pc = operand + program.at(operand);
            }
            // The marks that the assertion set are taken back with the failure.
            Kind::AssertNot => return Step::Fail,
            Kind::Atomic => self.pc = operand + program.at(operand),
            Kind::Possessive => {
                let count = count.saturating_add(1);
                let (min, max) = (program.at(operand + 1), program.at(operand + 2));
                let more =
                    count < min || (count < max || max == MAXREPEAT) && self.pos != choice.pos;
                if more {
                    self.push_barrier(Kind::Possessive, operand, count);
                    self.pc = operand + 3;
                } else {
                    self.pc = operand + program.at(operand) + 1;
                }
            }
        }
        Step::Go
    }
}

enum Step {
    Go,
    Fail,
    Done,
}

/// Whether the one-character operation at `pc` matches a character.
#[inline(always)]
fn unit_matches(program: &Program, pc: u32, ch: u32) -> bool {
    let arg = program.at(pc + 1);
    match program.at(pc) {
        op::ANY => ch != 10,
        op::ANY_ALL => true,
        op::LITERAL => ch == arg,
        op::NOT_LITERAL => ch != arg,
        op::IN => program.in_set(pc + 2, ch),
        op::IN_IGNORE => program.in_set(pc + 2, lower_ascii(ch)),
        op::IN_UNI_IGNORE => program.in_set(pc + 2, lower_unicode(ch)),
        op::IN_LOC_IGNORE => program.holds_either(pc + 2, lower_ascii(ch), upper_ascii(ch)),
        op::LITERAL_IGNORE => lower_ascii(ch) == arg,
        op::NOT_LITERAL_IGNORE => lower_ascii(ch) != arg,
        op::LITERAL_UNI_IGNORE => lower_unicode(ch) == arg,
        op::NOT_LITERAL_UNI_IGNORE => lower_unicode(ch) != arg,
        op::LITERAL_LOC_IGNORE => is_same_in_locale(arg, ch),
        op::NOT_LITERAL_LOC_IGNORE => !is_same_in_locale(arg, ch),
        _ => false,
    }
}
fn is_same_in_locale(pattern: u32, ch: u32) -> bool {
    ch == pattern || lower_ascii(ch) == pattern || upper_ascii(ch) == pattern
}
/// The position behind exactly `n` matches of a one-character operation.
#[inline]
fn count<E: Encoding>(
    program: &Program,
    text: &[u8],
    item: u32,
    mut pos: usize,
    n: u32,
) -> Option<usize> {
    for _ in 0..n {
        match E::next(text, pos) {
            Some((ch, next)) if unit_matches(program, item, ch) => pos = next,
            _ => return None,
        }
    }
    Some(pos)
}
/// The position behind as many matches as there are, up to `n`.
#[inline]
fn run_of<E: Encoding>(
    program: &Program,
    text: &[u8],
    item: u32,
    mut pos: usize,
    n: u32,
    endless: bool,
) -> usize {
    if endless {
        // What is frequent, and what memory search does.
        let rest = text.get(pos..).unwrap_or(&[]);
        match program.at(item) {
            op::ANY_ALL => return text.len(),
            op::ANY => return pos + memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            op::NOT_LITERAL if program.at(item + 1) < 128 => {
                return pos
                    + memchr::memchr(program.at(item + 1) as u8, rest).unwrap_or(rest.len());
            }
            op::IN => {
                while let Some((ch, next)) = E::next(text, pos) {
                    if !program.in_set(item + 2, ch) {
                        break;
                    }
                    pos = next;
                }
                return pos;
            }
            _ => {}
        }
    }
    let mut left = n;
    while endless || left > 0 {
        match E::next(text, pos) {
            Some((ch, next)) if unit_matches(program, item, ch) => pos = next,
            _ => break,
        }
        left = left.saturating_sub(1);
    }
    pos
}
fn is_at<E: Encoding>(text: &[u8], pos: usize, place: u32) -> bool {
    let before = || E::prev(text, pos).map(|(ch, _)| ch);
    let here = || E::next(text, pos).map(|(ch, _)| ch);
    let boundary = |is_word: fn(u32) -> bool| {
        !text.is_empty() && before().is_some_and(is_word) != here().is_some_and(is_word)
    };
    match place {
        at::BEGINNING | at::BEGINNING_STRING => pos == 0,
        at::BEGINNING_LINE => pos == 0 || before() == Some(10),
        at::END => pos == text.len() || pos + 1 == text.len() && here() == Some(10),
        at::END_LINE => pos == text.len() || here() == Some(10),
        at::END_STRING => pos == text.len(),
        at::BOUNDARY | at::LOC_BOUNDARY => boundary(is_word_ascii),
        at::NON_BOUNDARY | at::LOC_NON_BOUNDARY => !boundary(is_word_ascii),
        at::UNI_BOUNDARY => boundary(is_word_unicode),
        at::UNI_NON_BOUNDARY => !boundary(is_word_unicode),
        _ => false,
    }
}
