//! The state of one interpreter.
//!
//! `&Vm` reads and allocates; only `&mut Vm` runs Python code, and only where Python code can run does the collector run. What changes under `&Vm` is in
//! cells. A `Vm` can be moved as a whole, which is how threads hand it to each other.

use crate::dunder::Dunder;
use crate::local::{Py, Raised};
use crate::native::{Method, Quick};
use crate::roots::Roots;
use crate::typedef::{TypeDef, TypeId};
use mesapy_heap::{Heap, HeapConfig, NoMemory, Obj, Str, Value, Word};
use std::any::{Any, TypeId as RustTypeId};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, OnceLock};

/// Entries of the cache of attribute look-ups on types; a power of two.
const METHOD_CACHE_SIZE: usize = 4096;

/// What the host fixes when it makes an interpreter.
#[derive(Clone, Debug)]
pub struct Config {
    pub heap: HeapConfig,
    /// Python frames at most; `sys.setrecursionlimit` changes it.
    pub recursion_limit: u32,
    /// Bytes of native stack to leave untouched: below that, RecursionError.
    pub native_stack_reserve: usize,
    pub optimize: u8,
    /// When functions are compiled to machine code, if the host brings a compiler.
    pub jit: crate::jit::Eagerness,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            heap: HeapConfig::default(),
            recursion_limit: 1000,
            native_stack_reserve: 1 << 20,
            optimize: 0,
            jit: crate::jit::Eagerness::Normal,
        }
    }
}

/// A native function, with what its signature was parsed to when it was first called: most never are.
pub(crate) struct NativeEntry {
    pub method: &'static Method,
    params: OnceLock<Box<crate::signature::Params>>,
}

impl NativeEntry {
    /// Whether the first parameter is the receiver, or the class.
    #[inline(always)]
    pub fn has_receiver(&self) -> bool {
        self.method.binding != crate::native::Binding::Static
    }
    #[inline(always)]
    pub fn params(&self) -> &crate::signature::Params {
        match self.params.get() {
            Some(params) => params,
            None => self.parse(),
        }
    }
    #[cold]
    #[inline(never)]
    fn parse(&self) -> &crate::signature::Params {
        self.params
            .get_or_init(|| Box::new(crate::signature::Params::parse(self.method)))
    }
}

/// A native in an interpreter's table, with what its calls ask for first.
#[derive(Clone, Copy)]
pub(crate) struct NativeRow {
    pub entry: &'static NativeEntry,
    pub quick: Option<Quick>,
    pub has_receiver: bool,
}
impl NativeRow {
    pub fn of(method: &'static Method) -> NativeRow {
        let entry = native_entry(method);
        NativeRow {
            entry,
            quick: method.quick,
            has_receiver: entry.has_receiver(),
        }
    }
}

/// For keys that programs have no say in: a type's id, which is a hash already, and addresses.
#[derive(Default)]
pub(crate) struct TypeHasher(u64);

impl Hasher for TypeHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
    fn write_usize(&mut self, n: usize) {
        self.0 = (self.0 ^ n as u64)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(32);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Natives by the addresses of their rows.
pub(crate) type NativeMap<T> = HashMap<usize, T, BuildHasherDefault<TypeHasher>>;

/// The entry of a native, one for the process: natives are static, so the table only ever holds as many as there are.
fn native_entry(method: &'static Method) -> &'static NativeEntry {
    static ENTRIES: Mutex<Option<NativeMap<&'static NativeEntry>>> = Mutex::new(None);
    let mut entries = ENTRIES
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let key = std::ptr::from_ref(method) as usize;
    entries
        .get_or_insert_default()
        .entry(key)
        .or_insert_with(|| {
            Box::leak(Box::new(NativeEntry {
                method,
                params: OnceLock::new(),
            }))
        })
}

#[derive(Clone, Copy)]
pub(crate) struct MethodCacheEntry {
    pub version: u32,
    pub name: u32,
    /// Empty: the name is absent.
    pub value: Word,
}

/// One interpreter.
pub struct Vm {
    pub heap: Heap,
    pub config: Config,

    // ---- the running frame
    /// Stack index of the running frame's first register; 0: no frame.
    pub(crate) base: Cell<u32>,
    /// Index of the instruction after the one in progress in the running frame.
    pub(crate) pc: Cell<u32>,
    /// First free word of the stack.
    pub(crate) top: Cell<u32>,
    /// Words of the stack that may hold anything at all; grows in steps, the collector clears above `top` and shrinks it.
    pub(crate) stack_high: Cell<u32>,
    /// End of this thread's part of the stack.
    pub(crate) stack_end: Cell<u32>,
    /// Frames above `top` that may go on where they are.
    pub(crate) parks: crate::park::Parks,
    pub(crate) depth: Cell<u32>,
    pub(crate) recursion_limit: Cell<u32>,
    /// Where the value of the last call is.
    pub(crate) ret: Cell<Word>,
    /// Value of the StopIteration that ended the last `next`.
    pub(crate) stop_value: Cell<Word>,
    /// Room to put texts together in; who takes it gives it back.
    pub(crate) scratch: Cell<Vec<u8>>,
    pub(crate) globals_places: Cell<crate::interp::names::GlobalsPlaces>,
    /// The pending exception, Empty if none.
    pub(crate) pending: Cell<Word>,
    /// Objects whose `repr` is being made.
    pub(crate) repr_active: RefCell<crate::objects::protocol::ReprActive>,
    /// `sys.set_int_max_str_digits`; 0: no limit.
    pub int_max_str_digits: Cell<usize>,
    /// Native address below which this thread must not go.
    pub(crate) native_limit: Cell<usize>,

    // ---- types, names, natives
    pub(crate) types: Vec<Cell<Word>>,
    /// Whether native types' dicts are filled when they are registered: from bootstrap's end on.
    pub(crate) types_ready: Cell<bool>,
    pub(crate) type_defs: Vec<Option<&'static TypeDef>>,
    pub(crate) kind_types: [Cell<Word>; 64],
    pub(crate) natives: RefCell<Vec<NativeRow>>,
    pub(crate) getsets: RefCell<Vec<&'static crate::native::GetSet>>,
    pub(crate) native_index: RefCell<NativeMap<u32>>,
    pub(crate) dunder_names: Vec<Word>,
    pub(crate) method_cache: Box<[Cell<MethodCacheEntry>]>,
    /// What inline caches remember of further shapes; see `interp/cache/`.
    pub(crate) more_shapes: Box<[Cell<crate::interp::cache::More>]>,
    /// How arguments become parameters: see `plan.rs`.
    pub(crate) plans: Box<[Cell<crate::plan::Plan>]>,
    pub(crate) known_traits: Box<[Cell<crate::traits::Known>]>,
    pub(crate) next_type_version: Cell<u32>,
    pub roots: Roots,
    pub(crate) monitor: crate::monitor::Monitor,
    pub(crate) jit: crate::jit::Jit,
    /// Values that the host keeps alive.
    pub(crate) pinned: RefCell<Vec<Word>>,
    /// Per-interpreter state of native modules, by the Rust type that holds it.
    pub(crate) module_state:
        HashMap<RustTypeId, Box<dyn Any + Send>, BuildHasherDefault<TypeHasher>>,

    // ---- the world
    pub(crate) threads: crate::threads::Threads,
    pub(crate) tracer: crate::trace::Tracer,
    /// The loop that returns is to go on in its other form.
    pub(crate) switch_loop: Cell<bool>,
    /// Non-zero: look around at the next safepoint.
    pub(crate) breaker: Arc<AtomicU32>,
    /// Objects whose finalizers and weak-reference callbacks wait for a safepoint.
    pub(crate) finalizers: RefCell<std::collections::VecDeque<Word>>,
    /// Runs the Python handlers of signals that arrived.
    pub(crate) signal_hook: Option<fn(&mut Vm) -> Py<()>>,
    /// The world outside.
    pub(crate) platform: Arc<dyn mesapy_platform::Platform>,
    pub(crate) gc_enabled: Cell<bool>,
    pub(crate) in_finalizers: Cell<bool>,
    /// The frame and the instruction from which an exception went to a handler last.
    pub(crate) caught_at: Cell<(u32, u32)>,
    /// What the host decides of `sys`.
    pub sys_config: crate::sys::SysConfig,
    pub(crate) finalizing: Cell<bool>,
    pub(crate) switch_interval: Cell<f64>,
    pub(crate) coroutine_origin_depth: Cell<u32>,
    /// Set at startup: the `_ast` module's part in `compile`.
    pub ast_hook: Option<crate::builtins::execution::AstHook>,
    pub(crate) struct_seqs: Vec<&'static crate::objects::structseq::StructSeq>,
    pub(crate) native_modules: Vec<&'static crate::module::NativeModule>,
    /// The embedded library.
    pub(crate) library: Option<&'static dyn crate::import::Library>,
}

impl std::ops::Deref for Vm {
    type Target = Heap;
    #[inline(always)]
    fn deref(&self) -> &Heap {
        &self.heap
    }
}

/// The stack starts behind a few words, so that base 0 means "no frame".
pub(crate) const STACK_START: u32 = 16;

impl Vm {
    /// Larger rooms for texts are not kept.
    pub(crate) const SCRATCH_MAX: usize = 1 << 16;

    /// An interpreter without types or modules; `bootstrap` goes on from here.
    pub(crate) fn bare(config: Config) -> Result<Vm, NoMemory> {
        let heap = Heap::new(HeapConfig {
            code_cache_slot: Some(crate::layout::code::CACHES),
            ..config.heap.clone()
        })?;
        let stack = heap.stack_range();
        let dunder_names = Dunder::ALL
            .iter()
            .map(|d| heap.intern(d.name().as_bytes()).word())
            .collect();
        let roots = Roots::new(&heap)?;
        let vm = Vm::with_heap(config, heap, roots, dunder_names, METHOD_CACHE_SIZE);
        vm.stack_end.set(stack.end as u32);
        Ok(vm)
    }

    /// An interpreter without memory, which can do nothing: it stands in a thread's place while the real one is with another thread.
    pub(crate) fn vacant() -> Vm {
        Vm::with_heap(
            Config::default(),
            Heap::vacant(),
            Roots::vacant(),
            Vec::new(),
            0,
        )
    }

    fn with_heap(
        config: Config,
        heap: Heap,
        roots: Roots,
        dunder_names: Vec<Word>,
        method_cache: usize,
    ) -> Vm {
        Vm {
            base: Cell::new(0),
            pc: Cell::new(0),
            top: Cell::new(STACK_START),
            stack_high: Cell::new(STACK_START),
            stack_end: Cell::new(STACK_START),
            parks: Default::default(),
            depth: Cell::new(0),
            recursion_limit: Cell::new(config.recursion_limit),
            ret: Cell::new(Word::NONE),
            stop_value: Cell::new(Word::NONE),
            scratch: Cell::default(),
            globals_places: Cell::default(),
            pending: Cell::new(Word::EMPTY),
            repr_active: RefCell::default(),
            int_max_str_digits: Cell::new(mesapy_text::number::int::MAX_STR_DIGITS_DEFAULT),
            native_limit: Cell::new(0),
            types: Vec::new(),
            types_ready: Cell::new(false),
            type_defs: Vec::new(),
            kind_types: std::array::from_fn(|_| Cell::new(Word::EMPTY)),
            natives: RefCell::new(Vec::new()),
            getsets: RefCell::new(Vec::new()),
            native_index: RefCell::default(),
            dunder_names,
            method_cache: vec![
                Cell::new(MethodCacheEntry {
                    version: 0,
                    name: 0,
                    value: Word::EMPTY
                });
                method_cache
            ]
            .into(),
            known_traits: vec![Cell::default(); crate::traits::SIZE].into(),
            more_shapes: vec![Cell::default(); crate::interp::cache::MORE_SIZE].into(),
            plans: vec![Cell::default(); crate::plan::SIZE].into(),
            next_type_version: Cell::new(1),
            roots,
            monitor: Default::default(),
            jit: Default::default(),
            pinned: RefCell::new(Vec::new()),
            module_state: HashMap::default(),
            breaker: heap.breaker().clone(),
            threads: Default::default(),
            tracer: Default::default(),
            switch_loop: Cell::new(false),
            finalizers: RefCell::default(),
            signal_hook: None,
            platform: Arc::new(mesapy_platform::OsPlatform),
            gc_enabled: Cell::new(true),
            in_finalizers: Cell::new(false),
            caught_at: Cell::new((0, 0)),
            sys_config: Default::default(),
            finalizing: Cell::new(false),
            switch_interval: Cell::new(0.005),
            coroutine_origin_depth: Cell::new(0),
            ast_hook: None,
            struct_seqs: Vec::new(),
            native_modules: Vec::new(),
            library: None,
            config,
            heap,
        }
    }

    // ---- the stack

    #[inline(always)]
    pub(crate) fn stack_word(&self, index: u32) -> Word {
        Word::from_bits(self.heap.stack()[index as usize].get())
    }
    #[inline(always)]
    pub(crate) fn set_stack_word(&self, index: u32, word: Word) {
        self.heap.stack()[index as usize].set(word.bits());
    }
    /// Makes words below `top` usable. Natives' locals are few; a stack that is full here is the host's last reserve.
    #[inline(always)]
    pub(crate) fn ensure_top(&self, top: u32) {
        if top > self.stack_high.get() {
            self.grow_stack(top);
        }
    }
    /// Words that `grow_stack` adds at a time.
    const STACK_STEP: u32 = 4096;
    /// Words kept at the end for natives that run when Python frames are refused already.
    pub(crate) const STACK_RESERVE: u32 = 16 * 1024;
    #[cold]
    fn grow_stack(&self, top: u32) {
        self.unpark();
        if top <= self.stack_high.get() {
            return;
        }
        let high = (top + Self::STACK_STEP).min(self.stack_end.get());
        if top > self.stack_end.get() || !self.heap.ensure_stack(high as usize) {
            std::panic::panic_any(NoMemory);
        }
        for i in self.stack_high.get()..high {
            self.set_stack_word(i, Word::EMPTY);
        }
        self.stack_high.set(high);
    }

    // ---- allocation of what is small: running out even of the heap's reserve unwinds to the VM's boundary, which makes it a MemoryError

    /// A weak reference object as a value; the callback is Empty for none.
    pub fn new_weakref_value(&self, target: Obj<'_>, callback: Value<'_>) -> Value<'_> {
        self.heap
            .new_weakref(target, callback)
            .unwrap_or_else(|no_memory| std::panic::panic_any(no_memory))
            .value()
    }
    /// What a weak reference refers to, while it lives.
    pub fn weakref_target<'v>(&'v self, weakref: Value<'v>) -> Option<Value<'v>> {
        weakref.as_weakref(self)?.target(self)
    }

    /// A slot of an object whose kind the caller knows to have it: without the checks of `Obj::slot`, but inside the cage like every read.
    #[inline(always)]
    pub(crate) fn field(&self, obj: Obj<'_>, slot: usize) -> Word {
        Word::from_bits(self.heap.word_at(obj.index() + 1 + slot as u32))
    }

    // ---- names

    #[inline(always)]
    pub fn dunder_name(&self, dunder: Dunder) -> Str<'_> {
        self.dunder_names[dunder as usize]
            .value(self)
            .as_exact_str(self)
            .expect("dunder names are strings")
    }

    // ---- per-interpreter state of native modules

    /// The module's state, made by `Default` when first asked for.
    pub fn state<T: Any + Send + Default>(&mut self) -> &mut T {
        self.module_state
            .entry(RustTypeId::of::<T>())
            .or_insert_with(|| Box::<T>::default())
            .downcast_mut()
            .expect("state is stored under its own type")
    }
    pub fn state_if_any<T: Any + Send>(&self) -> Option<&T> {
        self.module_state
            .get(&RustTypeId::of::<T>())
            .and_then(|b| b.downcast_ref())
    }

    // ---- the world outside

    /// Everything outside the interpreter is reached through this.
    pub fn platform(&self) -> &dyn mesapy_platform::Platform {
        &*self.platform
    }
    /// The platform, for calls that get something to run Python code with.
    pub fn platform_handle(&self) -> Arc<dyn mesapy_platform::Platform> {
        self.platform.clone()
    }
    /// Another world: an enclave, a policy, none at all.
    pub fn set_platform(&mut self, platform: Arc<dyn mesapy_platform::Platform>) {
        self.platform = platform;
    }
    /// What runs the Python handlers of signals, at a safepoint after `breaker::SIGNAL` was set.
    pub fn set_signal_hook(&mut self, hook: fn(&mut Vm) -> Py<()>) {
        self.signal_hook = Some(hook);
    }

    // ---- pinned values

    /// Keeps a value alive until `unpin`; for hosts and module state.
    pub fn pin(&self, value: Value<'_>) -> Pinned {
        let mut pinned = self.pinned.borrow_mut();
        if let Some(free) = pinned.iter().position(|w| *w == Word::EMPTY) {
            pinned[free] = value.word();
            return Pinned(free as u32);
        }
        pinned.push(value.word());
        Pinned(pinned.len() as u32 - 1)
    }
    pub fn pinned(&self, pin: Pinned) -> Value<'_> {
        self.pinned
            .borrow()
            .get(pin.0 as usize)
            .copied()
            .unwrap_or(Word::NONE)
            .value(self)
    }
    pub fn set_pinned(&self, pin: Pinned, value: Value<'_>) {
        if let Some(slot) = self.pinned.borrow_mut().get_mut(pin.0 as usize) {
            *slot = value.word();
        }
    }
    pub fn unpin(&self, pin: Pinned) {
        self.set_pinned(pin, Value::EMPTY);
    }

    /// Raises RecursionError if little native stack, or little of the VM's, is left: at the start of everything of ours that recurses.
    #[inline]
    pub fn check_native_stack(&self) -> Py<()> {
        let here = 0u8;
        if (&raw const here as usize) < self.native_limit.get()
            || self.top.get() + Self::STACK_RESERVE / 2 > self.stack_end.get()
        {
            Err(self.recursion_error(""))
        } else {
            Ok(())
        }
    }
    /// Tells the VM how much native stack this thread has below the caller.
    pub fn set_native_stack(&self, bytes: usize) {
        let here = 0u8;
        let reserve = self.config.native_stack_reserve.min(bytes / 4);
        self.native_limit
            .set((&raw const here as usize).saturating_sub(bytes - reserve));
    }

    // ---- type ids

    /// The class object of a registered native type.
    #[inline]
    pub fn type_object(&self, def: &'static TypeDef) -> Obj<'_> {
        self.type_by_id(def.id.get())
            .unwrap_or_else(|| panic!("type {} is used before it is registered", def.name))
    }
    #[inline]
    pub(crate) fn type_by_id(&self, id: TypeId) -> Option<Obj<'_>> {
        self.types
            .get(id.0 as usize)
            .and_then(|w| w.get().value(self).as_obj())
    }
}

/// A value that the host keeps alive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pinned(u32);

/// Swallows a claim ticket whose exception has been dealt with.
pub(crate) fn settled(raised: Raised) {
    let Raised(()) = raised;
}
