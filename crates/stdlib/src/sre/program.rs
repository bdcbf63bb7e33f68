//! A compiled pattern as the engine runs it: SRE's code words, checked, with what makes searching fast.
//!
//! The words may come from anybody (`_sre.compile` is an ordinary function), so they are checked here as CPython checks them; and the engine reads
//! every word by a bounds-checked access all the same, so that a gap in the check can at worst make a wrong answer.

use super::chars::{in_category, upper_unicode};
use super::opcode::{MAXGROUPS, at, category, info, op};
use memchr::memmem;
use mesapy_text::wtf8;

/// Nested blocks at most: a bound of the checker's own recursion.
const NESTING_MAX: u32 = 1000;

pub struct Program {
    pub code: Vec<u32>,
    pub groups: usize,
    /// For the place of a character set in `code`: one more than the index of its table in `tables`, 0 for none.
    table_at: Vec<u32>,
    /// Which of the characters 0…127 a set holds.
    tables: Vec<[u64; 2]>,
    /// Where the pattern proper starts, behind INFO.
    pub entry: u32,
    /// Characters of a match at least.
    pub width_min: usize,
    /// What every match starts with.
    pub prefix: Option<memmem::Finder<'static>>,
    /// The place of the set that every match's first character is of.
    pub first_set: Option<u32>,
    /// Only the first position can match: the pattern starts with `^` or `\A`.
    pub anchored: bool,
}

impl Program {
    /// None: not the code of a pattern.
    pub fn new(code: Vec<u32>, groups: usize, is_bytes: bool) -> Option<Program> {
        if groups as i64 > MAXGROUPS || code.len() >= u32::MAX as usize {
            return None;
        }
        let mut checker = Checker {
            code: &code,
            groups: groups as u32,
            sets: Vec::new(),
        };
        let end = code.len().checked_sub(1)?;
        if code[end] != op::SUCCESS {
            return None;
        }
        checker.block(0, end, 0)?;
        let sets = checker.sets;
        let mut program = Program {
            table_at: vec![0; code.len()],
            code,
            groups,
            tables: Vec::new(),
            entry: 0,
            width_min: 0,
            prefix: None,
            first_set: None,
            anchored: false,
        };
        for set in sets {
            if program.table_at[set] == 0 {
                let mut table = [0u64; 2];
                for ch in 0..128u32 {
                    if program.set_holds(set as u32, ch) {
                        table[ch as usize / 64] |= 1 << (ch % 64);
                    }
                }
                program.tables.push(table);
                program.table_at[set] = program.tables.len() as u32;
            }
        }
        program.read_info(is_bytes);
        let first = program.entry;
        program.anchored = program.at(first) == op::AT
            && matches!(program.at(first + 1), at::BEGINNING | at::BEGINNING_STRING);
        Some(program)
    }
    fn read_info(&mut self, is_bytes: bool) {
        if self.at(0) != op::INFO {
            return;
        }
        let flags = self.at(2);
        self.entry = 1 + self.at(1);
        self.width_min = self.at(3) as usize;
        if flags & info::PREFIX != 0 {
            let len = self.at(5) as usize;
            let chars = self.code.get(7..7 + len).unwrap_or(&[]);
            let text: Vec<u8> = if is_bytes {
                chars.iter().map(|c| *c as u8).collect()
            } else {
                wtf8::from_code_points(chars.iter().copied().map(|c| c.min(0x10FFFF)))
            };
            if !text.is_empty() && (!is_bytes || chars.iter().all(|c| *c < 256)) {
                self.prefix = Some(memmem::Finder::new(&text).into_owned());
            }
        } else if flags & info::CHARSET != 0 {
            self.first_set = Some(5);
        }
    }
    #[inline(always)]
    pub fn at(&self, pc: u32) -> u32 {
        self.code.get(pc as usize).copied().unwrap_or(op::FAILURE)
    }
    /// Whether the set at this place holds the character.
    #[inline(always)]
    pub fn in_set(&self, set: u32, ch: u32) -> bool {
        if ch < 128 {
            if let Some(table) = self
                .table_at
                .get(set as usize)
                .and_then(|i| self.tables.get((*i as usize).wrapping_sub(1)))
            {
                return table[ch as usize / 64] >> (ch % 64) & 1 != 0;
            }
        }
        self.set_holds(set, ch)
    }
    fn set_holds(&self, set: u32, ch: u32) -> bool {
        self.holds::<false>(set, ch, ch)
    }
    /// Whether the set holds a character that is one or the other, as upper and lower case are one: what is negated must be neither.
    pub fn holds_either(&self, set: u32, ch: u32, other: u32) -> bool {
        self.holds::<true>(set, ch, other)
    }
    #[inline(always)]
    fn holds<const BOTH: bool>(&self, mut set: u32, ch: u32, other: u32) -> bool {
        macro_rules! any {
            ($c:ident => $test:expr) => {{
                let $c = ch;
                $test
            }
            || {
                BOTH && {
                    let $c = other;
                    $test
                }
            }};
        }
        let mut ok = true;
        // Words behind the code's end read as FAILURE, which ends a set.
        loop {
            let operand = set + 1;
            let bit = |base: u32, n: u32| self.at(base + n / 32) >> (n % 32) & 1 != 0;
            match self.at(set) {
                op::LITERAL => {
                    if any!(c => self.at(operand) == c) {
                        return ok;
                    }
                    set += 2;
                }
                op::CATEGORY => {
                    if any!(c => in_category(self.at(operand), c)) {
                        return ok;
                    }
                    set += 2;
                }
                op::CHARSET => {
                    if any!(c => c < 256 && bit(operand, c)) {
                        return ok;
                    }
                    set += 9;
                }
                op::RANGE => {
                    let range = self.at(operand)..=self.at(operand + 1);
                    if any!(c => range.contains(&c)) {
                        return ok;
                    }
                    set += 3;
                }
                op::RANGE_UNI_IGNORE => {
                    let range = self.at(operand)..=self.at(operand + 1);
                    if any!(c => range.contains(&c) || range.contains(&upper_unicode(c))) {
                        return ok;
                    }
                    set += 3;
                }
                op::NEGATE => {
                    ok = !ok;
                    set += 1;
                }
                op::BIGCHARSET => {
                    let count = self.at(operand);
                    let map = operand + 1;
                    let in_block = |ch: u32| {
                        let high = ch >> 8;
                        let block = self.at(map + high / 4).to_le_bytes()[high as usize % 4];
                        bit(map + 64, u32::from(block) * 256 + (ch & 255))
                    };
                    if any!(c => c < 65536 && in_block(c)) {
                        return ok;
                    }
                    set = map + 64 + count * 8;
                }
                _ => return !ok,
            }
        }
    }
}

/// Whether an operation matches exactly one character, and its words.
pub fn unit_len(code: &[u32], pc: usize) -> Option<usize> {
    Some(match *code.get(pc)? {
        op::ANY | op::ANY_ALL => 1,
        op::LITERAL
        | op::NOT_LITERAL
        | op::LITERAL_IGNORE
        | op::NOT_LITERAL_IGNORE
        | op::LITERAL_LOC_IGNORE
        | op::NOT_LITERAL_LOC_IGNORE
        | op::LITERAL_UNI_IGNORE
        | op::NOT_LITERAL_UNI_IGNORE => 2,
        op::IN | op::IN_IGNORE | op::IN_LOC_IGNORE | op::IN_UNI_IGNORE => {
            1 + *code.get(pc + 1)? as usize
        }
        _ => return None,
    })
}

struct Checker<'a> {
    code: &'a [u32],
    groups: u32,
    sets: Vec<usize>,
}
impl Checker<'_> {
    fn word(&self, at: usize, end: usize) -> Option<u32> {
        if at < end {
            self.code.get(at).copied()
        } else {
            None
        }
    }
    /// The place that the skip word at `at` leads to; it lies in the block.
    fn skip(&self, at: usize, end: usize) -> Option<usize> {
        let to = at.checked_add(self.word(at, end)? as usize)?;
        (to > at && to <= end).then_some(to)
    }
    fn set(&mut self, mut pc: usize, end: usize) -> Option<()> {
        self.sets.push(pc);
        while pc < end {
            pc += match self.word(pc, end)? {
                op::NEGATE => 1,
                op::LITERAL => 2,
                op::RANGE | op::RANGE_UNI_IGNORE => 3,
                op::CHARSET => 9,
                op::BIGCHARSET => {
                    let blocks = self.word(pc + 1, end)?;
                    for i in 0..64 {
                        let map = self.word(pc + 2 + i, end)?;
                        if map.to_le_bytes().iter().any(|b| u32::from(*b) >= blocks) {
                            return None;
                        }
                    }
                    2 + 64 + (blocks as usize).checked_mul(8)?
                }
                op::CATEGORY => {
                    if self.word(pc + 1, end)? >= category::COUNT {
                        return None;
                    }
                    2
                }
                _ => return None,
            };
        }
        (pc == end).then_some(())
    }
    /// The operations from `pc` to exactly `end`.
    fn block(&mut self, mut pc: usize, end: usize, depth: u32) -> Option<()> {
        if depth > NESTING_MAX {
            return None;
        }
        while pc < end {
            let operand = pc + 1;
            match self.word(pc, end)? {
                op::MARK => {
                    if self.word(operand, end)? > 2 * self.groups + 1 {
                        return None;
                    }
                    pc += 2;
                }
                op::AT => {
                    if self.word(operand, end)? >= at::COUNT {
                        return None;
                    }
                    pc += 2;
                }
                op::IN | op::IN_IGNORE | op::IN_LOC_IGNORE | op::IN_UNI_IGNORE => {
                    let to = self.skip(operand, end)?;
                    let last = to.checked_sub(1)?;
                    if self.word(last, end)? != op::FAILURE {
                        return None;
                    }
                    self.set(operand + 1, last)?;
                    pc = to;
                }
                op::INFO => {
                    let to = self.skip(operand, end)?;
                    let flags = self.word(operand + 1, to)?;
                    self.word(operand + 3, to)?;
                    if flags & !(info::PREFIX | info::LITERAL | info::CHARSET) != 0
                        || flags & info::PREFIX != 0 && flags & info::CHARSET != 0
                        || flags & info::LITERAL != 0 && flags & info::PREFIX == 0
                        || pc != 0
                    {
                        return None;
                    }
                    let data = operand + 4;
                    if flags & info::PREFIX != 0 {
                        let len = self.word(data, to)? as usize;
                        self.word(data + 1, to)?;
                        if data + 2 + len.checked_mul(2)? != to {
                            return None;
                        }
                    } else if flags & info::CHARSET != 0 {
                        let last = to.checked_sub(1)?;
                        if self.word(last, to)? != op::FAILURE {
                            return None;
                        }
                        self.set(data, last)?;
                    } else if data != to {
                        return None;
                    }
                    pc = to;
                }
                op::BRANCH => {
                    let mut alternative = operand;
                    let mut target = None;
                    loop {
                        if self.word(alternative, end)? == 0 {
                            break;
                        }
                        let to = self.skip(alternative, end)?;
                        // Each alternative ends with a jump to the common end.
                        let jump = to.checked_sub(2).filter(|j| *j > alternative)?;
                        if self.word(jump, end)? != op::JUMP {
                            return None;
                        }
                        self.block(alternative + 1, jump, depth + 1)?;
                        let goal = self.skip(jump + 1, end)?;
                        if *target.get_or_insert(goal) != goal {
                            return None;
                        }
                        alternative = to;
                    }
                    if target? != alternative + 1 {
                        return None;
                    }
                    pc = alternative + 1;
                }
                op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => {
                    let to = self.repeat_bounds(operand, end)?;
                    let item = operand + 3;
                    let last = to.checked_sub(1).filter(|l| *l > item)?;
                    if self.word(last, end)? != op::SUCCESS
                        || unit_len(self.code, item) != Some(last - item)
                    {
                        return None;
                    }
                    self.block(item, last, depth + 1)?;
                    pc = to;
                }
                op @ (op::REPEAT | op::POSSESSIVE_REPEAT) => {
                    let to = self.repeat_bounds(operand, end)?;
                    self.block(operand + 3, to, depth + 1)?;
                    let closing = self.word(to, end)?;
                    let fits = if op == op::REPEAT {
                        matches!(closing, op::MAX_UNTIL | op::MIN_UNTIL)
                    } else {
                        closing == op::SUCCESS
                    };
                    if !fits {
                        return None;
                    }
                    pc = to + 1;
                }
                op::ATOMIC_GROUP => {
                    let to = self.skip(operand, end)?;
                    let last = to.checked_sub(1).filter(|l| *l > operand)?;
                    if self.word(last, end)? != op::SUCCESS {
                        return None;
                    }
                    self.block(operand + 1, last, depth + 1)?;
                    pc = to;
                }
                op::GROUPREF
                | op::GROUPREF_IGNORE
                | op::GROUPREF_UNI_IGNORE
                | op::GROUPREF_LOC_IGNORE => {
                    if self.word(operand, end)? >= self.groups {
                        return None;
                    }
                    pc += 2;
                }
                op::GROUPREF_EXISTS => {
                    if self.word(operand, end)? >= self.groups {
                        return None;
                    }
                    // The skip counts from the group's number, not from its own place.
                    let to = operand + self.word(operand + 1, end)? as usize;
                    let yes = operand + 2;
                    if to < yes || to > end {
                        return None;
                    }
                    // With an alternative the first block ends with a jump over it.
                    let jump = to.checked_sub(2).filter(|j| *j >= yes);
                    let over = jump
                        .filter(|j| self.code.get(*j) == Some(&op::JUMP))
                        .and_then(|j| self.skip(j + 1, end));
                    match (jump, over) {
                        (Some(jump), Some(after)) if self.block(yes, jump, depth + 1).is_some() => {
                            self.block(to, after, depth + 1)?;
                            pc = after;
                        }
                        _ => {
                            self.block(yes, to, depth + 1)?;
                            pc = to;
                        }
                    }
                }
                op::ASSERT | op::ASSERT_NOT => {
                    let to = self.skip(operand, end)?;
                    if self.word(operand + 1, end)? & 0x8000_0000 != 0 {
                        return None;
                    }
                    let last = to.checked_sub(1).filter(|l| *l > operand + 1)?;
                    if self.word(last, end)? != op::SUCCESS {
                        return None;
                    }
                    self.block(operand + 2, last, depth + 1)?;
                    pc = to;
                }
                op::FAILURE => pc += 1,
                // JUMP, UNTIL and SUCCESS belong to the blocks that they close.
                _ => pc += unit_len(self.code, pc)?,
            }
        }
        (pc == end).then_some(())
    }
    fn repeat_bounds(&self, operand: usize, end: usize) -> Option<usize> {
        let to = self.skip(operand, end)?;
        let (min, max) = (self.word(operand + 1, end)?, self.word(operand + 2, end)?);
        (min <= max).then_some(to)
    }
}
