//! What the runtime and a compiler of its bytecode have to do with each other.
//!
//! The compiler is a crate above this one and is told to the VM by [`Vm::set_compiler`]. It gets a [`Request`], plain data about one code object, and gives machine code
//! that works on the VM's own frames: registers lie in the cage where the interpreter has them, so compiled code and interpreter hand a frame to each other at any
//! instruction. What compiled code may touch outside the cage is the list of fields in [`Field`]; what it may call is [`Helper`]. Nobody trusts it: `mesapy_codemem`
//! verifies it before it can run.

use crate::layout::code;
use crate::objects::iterators;
use crate::vm::Vm;
use mesapy_bytecode::{Instr, Op};
use mesapy_codemem::{Access, CodeMemory, Holds, Pointee, Policy};
use mesapy_heap::{Heap, Word};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::mem::offset_of;

/// How compiled code ended. Whatever it is, the VM's fields and the stack are as the interpreter wants them.
pub mod status {
    /// The frame entered returns; the value comes along, and the frame is still there.
    pub const RETURNED: u64 = 0;
    /// Go on in the running frame at the VM's pc. The value: 0, or one more than the pc of the instruction whose assumption failed.
    pub const CONTINUE: u64 = 1;
    /// An exception is pending.
    pub const RAISED: u64 = 2;
    /// The interpreter is to do what was put aside for it.
    pub const PUT_ASIDE: u64 = 3;
    /// The pc given is none where this code can be entered. Nothing was done.
    pub const NO_ENTRY: u64 = 4;
    /// The frame, a generator's that a `for` resumed, was suspended and taken off: the value is its item.
    pub const YIELDED: u64 = 6;
    /// The frame, a generator's that a `for` resumed, returned and was taken off.
    pub const EXHAUSTED: u64 = 7;
    /// Little native stack is left: enter the running frame at the VM's pc anew, from the top.
    pub const UNWIND: u64 = 9;
    /// Go on in the running frame at the VM's pc, in compiled code if there is some or it is due.
    pub const ENTER: u64 = 8;
    /// A frame was pushed for which there is no compiled code yet; it has not begun.
    pub const NOT_COMPILED: u64 = mesapy_codemem::NOT_COMPILED;
}

/// What a helper answers in its first word.
pub mod answer {
    /// It is done; the second word is the result.
    pub const DONE: u64 = 0;
    /// A frame was pushed: the second word is the row of its code in the entry table, and above 32 bits the pc to enter it at. The result is what it returns.
    pub const FRAME: u64 = 16;
    /// Nothing was done: the interpreter is to execute the instruction.
    pub const NOT: u64 = 17;
    /// An iterator is exhausted.
    pub const END: u64 = 18;
}

macro_rules! helpers {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// Functions that compiled code calls. They take the VM and up to three words, and give two.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(usize)]
        pub enum Helper { $($(#[doc = $doc])* $name,)* }
        impl Helper {
            pub const ALL: &'static [Helper] = &[$(Helper::$name,)*];
        }
    };
}
helpers! {
    /// pc: executes one instruction of the running frame; the result is the pc of the next.
    Step,
    /// pc: executes one instruction that neither jumps nor calls.
    Simple,
    /// Item: offered to the sink of the generator's frame.
    SinkYield,
    /// Item, pc: suspends the generator's frame, which a `for` resumed.
    Suspend,
    /// Value, pc: the generator's frame returns.
    Finish,
    /// Stack index of a call's layout, arguments, pc: a positional call.
    Call,
    /// Bits of a float: its word.
    BoxFloat,
    /// Container, key: the item.
    Item,
    /// Container, key, value.
    StoreItem,
    /// Operator, x, y: 0 or 1.
    Compare,
    /// Value: 0 or 1.
    Truth,
    /// Container, item: 0 or 1.
    Contains,
    /// Iterator, pc: its next item, or a generator's frame.
    ForStep,
    /// Value: an iterator over it.
    GetIter,
    /// Index of an object: it was given a reference at a place of the cage, the second word.
    Remember,
    /// First register's stack index, count: a tuple.
    BuildTuple,
    /// The same: a list.
    BuildList,
    /// List, value.
    ListAppend,
    /// Operator, x, y: what the code has no way of its own for; perhaps a method's frame.
    Arithmetic,
}
pub const HELPERS: usize = Helper::ALL.len();

/// Fields of the VM that compiled code reads or writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    Base,
    Pc,
    Top,
    Depth,
    StackHigh,
    StackEnd,
    RecursionLimit,
    NativeLimit,
    /// What the mark and remembered bits of an object that needs the barrier look like.
    OldBits,
    /// Pointer to the breaker.
    Breaker,
    /// Pointer to the entry table.
    Table,
    Helper(Helper),
}

const BREAKER_POINTEE: usize = 0;
const TABLE_POINTEE: usize = 1;

impl Field {
    /// Offset in bytes from the VM's address, and size.
    pub fn place(self) -> (i32, u8) {
        let (offset, size) = match self {
            Field::Base => (offset_of!(Vm, base), 4),
            Field::Pc => (offset_of!(Vm, pc), 4),
            Field::Top => (offset_of!(Vm, top), 4),
            Field::Depth => (offset_of!(Vm, depth), 4),
            Field::StackHigh => (offset_of!(Vm, stack_high), 4),
            Field::StackEnd => (offset_of!(Vm, stack_end), 4),
            Field::RecursionLimit => (offset_of!(Vm, recursion_limit), 4),
            Field::NativeLimit => (offset_of!(Vm, native_limit), 8),
            Field::OldBits => (offset_of!(Vm, heap) + Heap::OLD_BITS_OFFSET, 8),
            Field::Breaker => (offset_of!(Vm, jit.breaker), 8),
            Field::Table => (offset_of!(Vm, jit.table), 8),
            Field::Helper(h) => (offset_of!(Vm, jit.helpers) + 8 * h as usize, 8),
        };
        (offset as i32, size)
    }
    fn access(self) -> Access {
        match self {
            Field::Base | Field::Pc | Field::Top | Field::Depth => Access::ReadWrite,
            Field::Breaker => Access::Pointer(BREAKER_POINTEE),
            Field::Table => Access::Pointer(TABLE_POINTEE),
            Field::Helper(_) => Access::Helper,
            _ => Access::Read,
        }
    }
    fn all() -> impl Iterator<Item = Field> {
        let plain = [
            Field::Base,
            Field::Pc,
            Field::Top,
            Field::Depth,
            Field::StackHigh,
            Field::StackEnd,
            Field::RecursionLimit,
            Field::NativeLimit,
            Field::OldBits,
            Field::Breaker,
            Field::Table,
        ];
        let helpers = Helper::ALL.iter().map(|h| Field::Helper(*h));
        plain.into_iter().chain(helpers)
    }
}
fn policy() -> Policy {
    Policy {
        fields: Field::all()
            .map(|field| {
                let (offset, size) = field.place();
                mesapy_codemem::Field {
                    offset: offset as u32,
                    size,
                    access: field.access(),
                }
            })
            .collect(),
        pointees: vec![
            Pointee {
                bytes: 4,
                holds: Holds::Data,
            },
            Pointee {
                bytes: 8 * mesapy_codemem::ROWS as u32,
                holds: Holds::CodeEntries,
            },
        ],
    }
}

/// Words behind an object's header at which compiled code reads, as offsets from the object's own word.
pub mod place {
    use super::*;
    pub const CODE_JIT: u32 = 1 + code::JIT as u32;
    pub const CODE_CALL_INFO: u32 = 1 + code::CALL_INFO as u32;
    pub const MODULE_DICT: u32 = 1 + crate::layout::module::DICT as u32;
    pub const FUNCTION_CLOSURE: u32 = 1 + crate::layout::function::CLOSURE as u32;
    pub const FUNCTION_CODE: u32 = 1 + crate::layout::function::CODE as u32;
    pub const FUNCTION_GLOBALS: u32 = 1 + crate::layout::function::GLOBALS as u32;
    pub const TYPE_VERSION: u32 = 1 + crate::layout::types::VERSION as u32;
    pub const DICT_VERSION: u32 = mesapy_heap::DICT_VERSION_WORD as u32;
    pub const ITER_MODE: u32 = 1 + iterators::MODE as u32;
    pub const ITER_SOURCE: u32 = 1 + iterators::SOURCE as u32;
    pub const ITER_POS: u32 = 1 + iterators::POS as u32;
    pub const ITER_STEP: u32 = 1 + iterators::A as u32;
    pub const ITER_LEFT: u32 = 1 + iterators::B as u32;
}
pub const RANGE_MODE: i64 = iterators::mode::RANGE;
pub const LIST_MODE: i64 = iterators::mode::LIST;
pub const TUPLE_MODE: i64 = iterators::mode::TUPLE;
/// The header of a frame: words below the base.
pub use crate::layout::header as frame_header;
pub const STACK_RESERVE: u32 = Vm::STACK_RESERVE;
/// The binary operators' instruction has met immediate floats: a bit of its operand d.
pub const MET_FLOATS: u8 = 2;

/// Whether an opcode is one whose instruction notes in its operand d that it has met floats.
pub(crate) fn notes_floats(op: Op) -> bool {
    (Op::Add as u8..=Op::XorK as u8).contains(&(op as u8))
}

/// What a call needs to know of a code object, of its word CALL_INFO.
#[derive(Clone, Copy)]
pub struct CallFacts {
    pub args: u32,
    pub locals: u32,
    pub registers: u32,
    /// Whether a call with exactly that many positional arguments is bound by pushing the frame, and runs.
    pub plain: bool,
}
impl CallFacts {
    pub fn of_word(word: u64) -> CallFacts {
        let info = crate::code::CallInfo::from_word(word);
        CallFacts {
            args: info.arg_count(),
            locals: info.locals(),
            registers: info.registers(),
            plain: info.takes_exactly(info.arg_count()),
        }
    }
}

/// One code object, as the compiler sees it.
pub struct Request<'a> {
    /// Index of the code object.
    pub code: u32,
    /// As they are now, quickened.
    pub instrs: Vec<Instr>,
    /// Where the constants are in the cage.
    pub consts: u32,
    /// Where the sites are in the cage.
    pub sites: u32,
    pub facts: CallFacts,
    /// Live registers before each instruction.
    pub live: Vec<u32>,
    /// Where exceptions are handled.
    pub handlers: Vec<u32>,
    /// Instructions whose assumptions failed often, and in how many compilations.
    pub failed: HashMap<u32, u32>,
    /// Whether it makes generators or coroutines.
    pub generator: bool,
    remembered: RefCell<Remembered>,
    vm: &'a Vm,
}
/// What sites held when the code was compiled before.
type Remembered = HashMap<(u16, Op), Vec<[u64; 2]>>;

impl Request<'_> {
    /// Whether an instruction's assumptions have failed often.
    pub fn has_failed(&self, pc: u32) -> bool {
        self.failed.contains_key(&pc)
    }
    /// A word of the cage.
    pub fn read(&self, at: u32) -> u64 {
        self.vm.heap.word_at(at)
    }
    /// What a site holds, for the quickened opcode `op`, and what else it has held when the code was compiled before: its own words first.
    pub fn cases(&self, site: u16, op: Op) -> Vec<[u64; 2]> {
        let at = self.sites + u32::from(site) * crate::code::CACHE_WORDS as u32;
        let own = [self.read(at), self.read(at + 1)];
        let mut remembered = self.remembered.borrow_mut();
        let earlier = remembered.entry((site, op)).or_default();
        let mut cases: Vec<[u64; 2]> = Vec::new();
        let further = crate::interp::further_shapes(self.vm, at, op);
        for words in std::iter::once(own)
            .chain(further)
            .chain(earlier.iter().copied())
        {
            // Full collections empty the sites, and compiled code does not fill them.
            let guard = words[0] >> 32;
            if guard != 0 && cases.iter().all(|c| c[0] >> 32 != guard) {
                cases.push(words);
            }
        }
        earlier.clone_from(&cases);
        cases
    }
    /// The same for a site that knows one case only.
    pub fn site(&self, site: u16, op: Op) -> Option<[u64; 2]> {
        self.cases(site, op).first().copied()
    }
    /// Which of the natives that compiled code does itself the one at an index is.
    pub fn known_native(&self, native: u32) -> Option<KnownNative> {
        let vm = self.vm;
        let object = Word::reference(native).value(vm).as_obj()?;
        if !object.slot(vm, crate::layout::native::SELF).is_empty() {
            return None;
        }
        let owner = object.slot(vm, crate::layout::native::OWNER);
        match vm.native_entry_of(object)?.method.signature {
            "len(obj, /)" => Some(KnownNative::Len),
            "append(self, object, /)"
                if owner == vm.type_object(&crate::objects::list::LIST).value() =>
            {
                Some(KnownNative::Append)
            }
            _ => None,
        }
    }
    /// The class that a shape belongs to, as a word.
    pub fn class_of_shape(&self, shape: u32) -> u64 {
        let shape = Word::reference(shape).value(self.vm).as_shape(self.vm);
        shape.map_or(0, |s| s.class(self.vm).word().bits())
    }
    /// The dict of builtins.
    pub fn builtins(&self) -> u32 {
        (self.vm.roots.builtins(self.vm).word().bits() >> 32) as u32
    }
    fn new(
        vm: &Vm,
        code_at: u32,
        failed: HashMap<u32, u32>,
        remembered: Remembered,
    ) -> Option<Request<'_>> {
        let object = Word::reference(code_at).value(vm).as_obj()?;
        let number = |slot: usize| crate::code::int_slot(vm, object, slot) as u32;
        let instrs = crate::objects::code::raw_instructions(vm, object);
        let handlers = object.slot(vm, code::EXCEPTIONS).as_raw(vm)?;
        let handlers = (0..handlers.len(vm) / 16)
            .filter_map(|i| handlers.get_u32(vm, i * 16 + 8))
            .collect();
        Some(Request {
            code: code_at,
            consts: number(code::CONSTS_AT),
            sites: number(code::CACHES_AT),
            facts: CallFacts::of_word(vm.heap.word_at(code_at + place::CODE_CALL_INFO)),
            live: (0..instrs.len() as u32)
                .map(|pc| crate::code::live_registers(vm, object, pc))
                .collect(),
            handlers,
            failed,
            remembered: RefCell::new(remembered),
            generator: crate::code::call_info(vm, object).makes_generator(),
            instrs,
            vm,
        })
    }
}

/// Natives that compiled code does itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KnownNative {
    Len,
    /// Of list.
    Append,
}

/// Machine code for a code object.
pub struct Compiled {
    pub bytes: Vec<u8>,
    /// How many of them are code; what follows are constants.
    pub code_len: usize,
    /// Instructions at which it can be entered, in order.
    pub entries: Vec<u32>,
    /// Objects whose identity the code relies on.
    pub keeps: Vec<u32>,
}

/// A compiler of bytecode.
pub trait Compiler: Send + Sync {
    /// None: not compiled, now or ever.
    fn compile(&self, request: &Request<'_>) -> Option<Compiled>;
}

/// How much a code object must have run before it is compiled, in back-edges; an entry counts for several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Eagerness {
    Off,
    Normal,
    /// At the first chance: for tests.
    Eager,
}

/// Back-edges before a loop is compiled.
const WARM: i64 = 1600;
/// What a function's entry counts in back-edges.
pub(crate) const ENTRY_WEIGHT: i64 = 4;
/// What no program counts down.
const NEVER: i64 = i64::MAX >> 8;
/// Failures of one instruction's assumptions after which the code is compiled anew without them, and without those that have failed a good part as often. Each time
/// it takes twice as many.
const FAILURES: u32 = 40;
const FAILURES_TOO: u32 = 6;
/// How often a code object is compiled at most.
const COMPILATIONS_MAX: u32 = 6;

pub(crate) struct Row {
    /// Index of the code object.
    pub code: u32,
    pub entries: Box<[u32]>,
    /// Assumptions that failed, by instruction.
    failures: RefCell<HashMap<u32, u32>>,
    failed: RefCell<HashMap<u32, u32>>,
    compilations: Cell<u32>,
    remembered: RefCell<Remembered>,
}

/// The VM's part in it.
pub(crate) struct Jit {
    pub(crate) helpers: [usize; HELPERS],
    pub(crate) table: Cell<usize>,
    pub(crate) breaker: usize,
    /// Made when the first function is due, for many programs end before that; None in it: there is none to be had.
    memory: OnceCell<Option<CodeMemory<Vm>>>,
    pub(crate) compiler: Option<&'static dyn Compiler>,
    /// By row of the entry table.
    pub(crate) rows: RefCell<Vec<Row>>,
    /// What compiled code relies on; marked by collections.
    pub(crate) keeps: RefCell<Vec<Word>>,
    /// What a helper put aside.
    pub(crate) aside: Cell<Option<crate::interp::Aside>>,
    /// A panic of a helper on its way to where panics end.
    pub(crate) panic: Cell<Option<Box<dyn std::any::Any + Send>>>,
}

impl Default for Jit {
    fn default() -> Jit {
        Jit {
            helpers: [0; HELPERS],
            table: Cell::new(0),
            breaker: 0,
            memory: OnceCell::new(),
            compiler: None,
            rows: RefCell::default(),
            keeps: RefCell::default(),
            aside: Cell::default(),
            panic: Cell::default(),
        }
    }
}

impl Jit {
    /// The code memory, if anything was compiled.
    #[inline(always)]
    pub(crate) fn memory(&self) -> Option<&CodeMemory<Vm>> {
        self.memory.get()?.as_ref()
    }
    fn memory_to_fill(&self) -> Option<&CodeMemory<Vm>> {
        let made = self.memory.get_or_init(|| {
            let memory = CodeMemory::new(policy(), CODE_BYTES)?;
            // Row 0 stays empty: it stands for what is not compiled.
            (memory.reserve() == Some(0)).then_some(memory)
        });
        let memory = made.as_ref()?;
        self.table.set(memory.table_address());
        Some(memory)
    }
}

/// Address space for machine code.
const CODE_BYTES: usize = 64 << 20;

impl Vm {
    /// From now on functions that run often are compiled. Where the system has no room for machine code, or another kind of processor, nothing changes.
    pub fn set_compiler(&mut self, compiler: &'static dyn Compiler) {
        if self.config.jit == Eagerness::Off || !self.heap.is_guarded() {
            return;
        }
        self.jit.breaker = std::sync::Arc::as_ptr(&self.breaker) as usize;
        self.jit.helpers = crate::interp::helper_addresses();
        self.jit.compiler = Some(compiler);
    }

    /// What a new code object counts down from.
    pub(crate) fn first_count(&self) -> i64 {
        match self.config.jit {
            Eagerness::Off => NEVER,
            Eagerness::Normal => WARM,
            Eagerness::Eager => 0,
        }
    }

    /// The word of a code object that is compiled: negative, and which row.
    fn compiled_count(row: u32) -> i64 {
        -1 - i64::from(row)
    }
    /// The row that a code object's word names; None while it is not compiled.
    #[inline(always)]
    pub(crate) fn row_of_count(count: i64) -> Option<u32> {
        (count < -1).then(|| (-1 - count) as u32)
    }

    /// A code object has counted down to -1, or one of its assumptions failed too often: compiles it. Gives its row.
    pub(crate) fn compile_code(&self, code_at: u32) -> Option<u32> {
        let row = self.compile_row(code_at);
        // Before the host has brought the compiler, or if it can't, later may be another time.
        let count = match row {
            Some(row) => Vm::compiled_count(row),
            None if self.jit.compiler.is_none() => WARM,
            None => NEVER,
        };
        Word::reference(code_at)
            .value(self)
            .as_obj()?
            .set_int_slot(self, code::JIT, count);
        row
    }
    fn compile_row(&self, code_at: u32) -> Option<u32> {
        let compiler = self.jit.compiler?;
        let memory = self.jit.memory_to_fill()?;
        let known = self
            .jit
            .rows
            .borrow()
            .iter()
            .position(|r| r.code == code_at);
        let row = match known {
            Some(i) => i as u32 + 1,
            None => {
                let row = memory.reserve()?;
                let mut rows = self.jit.rows.borrow_mut();
                while rows.len() < row as usize {
                    rows.push(Row {
                        code: 0,
                        entries: Box::default(),
                        failures: RefCell::default(),
                        failed: RefCell::default(),
                        compilations: Cell::default(),
                        remembered: RefCell::default(),
                    });
                }
                rows[row as usize - 1].code = code_at;
                self.jit.keeps.borrow_mut().push(Word::reference(code_at));
                row
            }
        };
        let failed = self.jit.rows.borrow()[row as usize - 1]
            .failed
            .borrow()
            .clone();
        let compiled = {
            let remembered = self.jit.rows.borrow()[row as usize - 1].remembered.take();
            let request = Request::new(self, code_at, failed, remembered)?;
            let compiled = compiler.compile(&request)?;
            let rows = self.jit.rows.borrow();
            rows[row as usize - 1]
                .remembered
                .replace(request.remembered.take());
            compiled
        };
        // What the verifier refuses is a mistake of the compiler: the interpreter goes on as before.
        let published = memory.publish(row, &compiled.bytes, compiled.code_len);
        debug_assert!(published.is_ok(), "{}", published.unwrap_err());
        published.ok()?;
        let keeps = compiled.keeps.iter().map(|k| Word::reference(*k));
        self.jit.keeps.borrow_mut().extend(keeps);
        let mut rows = self.jit.rows.borrow_mut();
        rows[row as usize - 1].entries = compiled.entries.into();
        let n = &rows[row as usize - 1].compilations;
        n.set(n.get() + 1);
        Some(row)
    }

    /// An assumption of compiled code failed at the running frame's instruction `pc`.
    pub(crate) fn assumption_failed(&self, row: u32, pc: u32) {
        let again = {
            let rows = self.jit.rows.borrow();
            let Some(r) = rows.get(row as usize - 1) else {
                return;
            };
            let mut failures = r.failures.borrow_mut();
            let n = failures.entry(pc).or_default();
            *n += 1;
            let compilations = r.compilations.get();
            if *n < FAILURES << compilations.min(8) || compilations >= COMPILATIONS_MAX {
                None
            } else {
                let mut failed = r.failed.borrow_mut();
                failures.retain(|pc, n| {
                    if *n >= FAILURES_TOO {
                        *failed.entry(*pc).or_default() += 1;
                    }
                    *n < FAILURES_TOO
                });
                Some(r.code)
            }
        };
        if let Some(code_at) = again {
            self.compile_code(code_at);
        }
    }
    /// Whether the code in a row can be entered at an instruction.
    #[inline]
    pub(crate) fn has_entry(&self, row: u32, pc: u32) -> bool {
        pc == 0
            || self
                .jit
                .rows
                .borrow()
                .get(row as usize - 1)
                .is_some_and(|r| r.entries.binary_search(&pc).is_ok())
    }
}
