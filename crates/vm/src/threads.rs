//! Threads: one runs Python at a time, on an operating-system thread of its own.
//!
//! The thread that runs holds the interpreter as `&mut Vm`. To let another one run it *parks*: the interpreter moves as a whole into a slot that the threads share, and a
//! vacant one is left in its place; when its turn comes again, the two change places once more. So what the threads share is never shared between two that run, and the rule
//! needs no `unsafe`. A thread parks around calls that block ([`Vm::blocking`]), while it waits ([`Vm::wait_until`]), and at a safepoint when another one has waited for the
//! switch interval. As long as there is one thread, none of this happens.
//!
//! Each thread has a part of the VM stack; what else belongs to a thread (running frame, pending exception, tracing function …) is exchanged at a switch: [`Context`].

use crate::gc::{StackPart, breaker};
use crate::local::{Local, Py};
use crate::roots::Root;
use crate::vm::{STACK_START, Vm};
use mesapy_heap::{Value, Word};
use mesapy_platform::Platform;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Words of the VM stack for a thread that a program starts.
const STACK_WORDS: u32 = 96 * 1024;
/// The first thread's part does not shrink below this.
const MAIN_STACK_WORDS_MIN: u32 = 1 << 20;
/// Native stack for a thread that a program starts, in bytes, unless it says how much; and the least.
const NATIVE_STACK_BYTES: usize = 16 << 20;
const NATIVE_STACK_BYTES_MIN: usize = 1 << 20;
/// A waiting main thread looks for signals this often.
const SIGNAL_LOOK: Duration = Duration::from_millis(20);

/// Roots that each thread has for itself.
const THREAD_ROOTS: [Root; 5] = [
    Root::Context,
    Root::TraceFunc,
    Root::ProfileFunc,
    Root::AsyncGenFirstIter,
    Root::AsyncGenFinalizer,
];

/// What belongs to a thread, while it does not run.
struct Context {
    stack_start: u32,
    base: u32,
    pc: u32,
    top: u32,
    stack_high: u32,
    stack_end: u32,
    depth: u32,
    ret: Word,
    stop_value: Word,
    pending: Word,
    repr_active: crate::objects::protocol::ReprActive,
    native_limit: usize,
    in_finalizers: bool,
    coroutine_origin_depth: u32,
    tracer: [u32; 4],
    roots: [Word; THREAD_ROOTS.len()],
}

/// A thread that a program started and that has not ended.
struct Info {
    daemon: bool,
    stack_start: u32,
    name: Vec<u8>,
}

/// The threads of an interpreter, as the one that runs sees them. A thread is a number; 0 is the first one.
#[derive(Default)]
pub(crate) struct Threads {
    scheduler: RefCell<Option<Arc<Scheduler>>>,
    parked: RefCell<BTreeMap<u64, Context>>,
    live: RefCell<BTreeMap<u64, Info>>,
    current: Cell<u64>,
    /// Where the running thread's part of the stack starts; 0 stands for the first thread's.
    stack_start: Cell<u32>,
    /// The thread that handles signals: the first one, or after a fork the one that forked.
    main: Cell<u64>,
    last: Cell<u64>,
    /// What `get_ident` counts from; 0: not asked yet.
    first_ident: Cell<u64>,
    free_stacks: RefCell<Vec<u32>>,
    main_name: RefCell<Vec<u8>>,
    /// `_thread.stack_size`; 0: as we like.
    pub(crate) native_stack_bytes: Cell<usize>,
}

impl Threads {
    /// For the collector: what parked threads hold outside of the stack.
    pub(crate) fn each(&self, f: &mut dyn FnMut(Word)) {
        for c in self.parked.borrow().values() {
            [c.ret, c.stop_value, c.pending]
                .iter()
                .chain(&c.roots)
                .for_each(|w| f(*w));
        }
    }
    fn scheduler(&self) -> Arc<Scheduler> {
        self.scheduler
            .borrow_mut()
            .get_or_insert_with(|| Arc::new(Scheduler::default()))
            .clone()
    }
}

// ---- taking turns

/// What all threads of an interpreter share, whether they run or not.
#[derive(Default)]
struct Scheduler {
    turn: Mutex<Turn>,
    /// The interpreter was parked.
    freed: Condvar,
    /// A thread took the interpreter.
    taken: Condvar,
    /// A signal arrived that the main thread is to handle.
    signal: AtomicBool,
}
struct Turn {
    /// The interpreter while nobody runs it, else a vacant one.
    slot: Box<Vm>,
    free: bool,
    waiting: usize,
    /// How often a thread took the interpreter.
    taken: u64,
    /// The interpreter ends: other threads than the one that ends it don't get it any more.
    closing: bool,
    interval: Duration,
    sleepers: Vec<Sleeper>,
}
struct Sleeper {
    thread: u64,
    key: u64,
    woken: bool,
    signal: Arc<Condvar>,
}
impl Default for Turn {
    fn default() -> Turn {
        Turn {
            slot: Box::new(Vm::vacant()),
            free: false,
            waiting: 0,
            taken: 0,
            closing: false,
            interval: Duration::from_millis(5),
            sleepers: Vec::new(),
        }
    }
}
impl Scheduler {
    fn lock(&self) -> MutexGuard<'_, Turn> {
        self.turn
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// A parked thread's claim to its next turn.
struct Ticket {
    scheduler: Arc<Scheduler>,
    breaker: Arc<AtomicU32>,
    thread: u64,
    main: bool,
}

/// The payload of the panic that ends a thread whose interpreter has ended.
struct ThreadExit;

impl Vm {
    fn save_context(&self) -> Context {
        Context {
            stack_start: self.threads.stack_start.get(),
            base: self.base.get(),
            pc: self.pc.get(),
            top: self.top.get(),
            stack_high: self.stack_high.get(),
            stack_end: self.stack_end.get(),
            depth: self.depth.get(),
            ret: self.ret.get(),
            stop_value: self.stop_value.get(),
            pending: self.pending.get(),
            repr_active: std::mem::take(&mut *self.repr_active.borrow_mut()),
            native_limit: self.native_limit.get(),
            in_finalizers: self.in_finalizers.get(),
            coroutine_origin_depth: self.coroutine_origin_depth.get(),
            tracer: [
                self.tracer.busy.get(),
                self.tracer.base.get(),
                self.tracer.pc.get(),
                self.tracer.depth.get(),
            ],
            roots: THREAD_ROOTS.map(|r| self.roots.get(self, r).word()),
        }
    }
    fn load_context(&self, c: Context) {
        self.threads.stack_start.set(c.stack_start);
        self.base.set(c.base);
        self.pc.set(c.pc);
        self.top.set(c.top);
        self.stack_high.set(c.stack_high);
        self.stack_end.set(c.stack_end);
        self.depth.set(c.depth);
        self.ret.set(c.ret);
        self.stop_value.set(c.stop_value);
        self.pending.set(c.pending);
        *self.repr_active.borrow_mut() = c.repr_active;
        self.native_limit.set(c.native_limit);
        self.in_finalizers.set(c.in_finalizers);
        self.coroutine_origin_depth.set(c.coroutine_origin_depth);
        for (root, word) in THREAD_ROOTS.into_iter().zip(c.roots) {
            self.roots.set(root, word.value(self));
        }
        let [busy, base, pc, depth] = c.tracer;
        self.tracer.busy.set(busy);
        self.tracer.base.set(base);
        self.tracer.pc.set(pc);
        self.tracer.depth.set(depth);
        self.update_tracing();
    }
    fn ticket(&self) -> Ticket {
        Ticket {
            scheduler: self.threads.scheduler(),
            breaker: self.breaker.clone(),
            thread: self.threads.current.get(),
            main: self.is_main_thread(),
        }
    }

    /// Gives the interpreter away. Until `take_turn` this `Vm` is vacant.
    fn park(&mut self) -> Ticket {
        let ticket = self.ticket();
        let context = self.save_context();
        self.threads
            .parked
            .borrow_mut()
            .insert(ticket.thread, context);
        self.give_up(&ticket.scheduler);
        ticket
    }
    fn give_up(&mut self, scheduler: &Scheduler) {
        let mut turn = scheduler.lock();
        std::mem::swap(self, &mut *turn.slot);
        turn.free = true;
        drop(turn);
        scheduler.freed.notify_one();
    }
    fn take_turn(&mut self, ticket: &Ticket) {
        let scheduler = &*ticket.scheduler;
        let mut turn = scheduler.lock();
        turn.waiting += 1;
        while !turn.free && !(turn.closing && !ticket.main) {
            let interval = turn.interval;
            let (again, result) = scheduler
                .freed
                .wait_timeout(turn, interval)
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            turn = again;
            if result.timed_out() && !turn.free {
                ticket.breaker.fetch_or(breaker::GIL, Ordering::Relaxed);
            }
        }
        turn.waiting -= 1;
        if turn.closing && !ticket.main {
            drop(turn);
            scheduler.freed.notify_one();
            resume_unwind(Box::new(ThreadExit));
        }
        turn.free = false;
        turn.taken += 1;
        std::mem::swap(self, &mut *turn.slot);
        drop(turn);
        scheduler.taken.notify_all();
        self.threads.current.set(ticket.thread);
        let context = self.threads.parked.borrow_mut().remove(&ticket.thread);
        if let Some(context) = context {
            self.load_context(context);
        }
        if ticket.main && scheduler.signal.swap(false, Ordering::Relaxed) {
            self.breaker.fetch_or(breaker::SIGNAL, Ordering::Relaxed);
        }
    }

    /// At a safepoint, when another thread has waited for long.
    #[cold]
    pub(crate) fn yield_turn(&mut self) {
        self.breaker.fetch_and(!breaker::GIL, Ordering::Relaxed);
        if self.is_alone() {
            return;
        }
        let scheduler = self.threads.scheduler();
        let before = {
            let turn = scheduler.lock();
            if turn.waiting == 0 {
                return;
            }
            turn.taken
        };
        let ticket = self.park();
        // Another one is to have it first.
        let mut turn = scheduler.lock();
        while turn.taken == before && turn.waiting > 0 && !turn.closing {
            let interval = turn.interval;
            turn = scheduler
                .taken
                .wait_timeout(turn, interval)
                .unwrap_or_else(|poisoned| poisoned.into_inner())
                .0;
        }
        drop(turn);
        self.take_turn(&ticket);
    }

    /// A call that may block: other threads run meanwhile.
    pub fn blocking<R>(&mut self, call: impl FnOnce(&dyn Platform) -> R) -> R {
        if self.is_alone() {
            return call(self.platform());
        }
        let platform = self.platform_handle();
        let ticket = self.park();
        let result = call(&*platform);
        self.take_turn(&ticket);
        result
    }

    /// Waits until something is so that another thread, a signal handler or a finalizer brings about; who does calls [`Vm::wake`] with the same key. False: the time is over.
    pub fn wait_until(
        &mut self,
        key: u64,
        patience_ns: Option<u64>,
        ready: impl Fn(&Vm) -> bool,
    ) -> Py<bool> {
        if ready(self) {
            return Ok(true);
        }
        if patience_ns == Some(0) {
            return Ok(false);
        }
        let deadline =
            patience_ns.and_then(|ns| Instant::now().checked_add(Duration::from_nanos(ns)));
        loop {
            let left = deadline.map(|d| d.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(false);
            }
            if self.is_alone() {
                // Only handlers of signals and finalizers can bring it about.
                let step = left.unwrap_or(ALONE_STEP).min(ALONE_STEP);
                let _ = self.platform().sleep(mesapy_platform::Time {
                    seconds: 0,
                    nanos: step.subsec_nanos(),
                });
            } else {
                self.sleep_on(key, left);
            }
            if let Err(raised) = self.poll() {
                // A wake-up that this thread had is another one's now.
                self.wake(key);
                return Err(raised);
            }
            if ready(self) {
                return Ok(true);
            }
        }
    }
    fn sleep_on(&mut self, key: u64, left: Option<Duration>) {
        let scheduler = self.threads.scheduler();
        let signal = Arc::new(Condvar::new());
        let thread = self.threads.current.get();
        // Before the interpreter is given away, so that no wake-up is missed.
        scheduler.lock().sleepers.push(Sleeper {
            thread,
            key,
            woken: false,
            signal: signal.clone(),
        });
        let ticket = self.park();
        let until = left.and_then(|l| Instant::now().checked_add(l));
        let mut turn = scheduler.lock();
        loop {
            let woken = turn.sleepers.iter().any(|s| s.thread == thread && s.woken);
            if woken || turn.closing && !ticket.main {
                break;
            }
            if ticket.main
                && (scheduler.signal.load(Ordering::Relaxed)
                    || ticket.breaker.load(Ordering::Relaxed) & breaker::SIGNAL != 0)
            {
                break;
            }
            let left = until.map(|u| u.saturating_duration_since(Instant::now()));
            let step = match (left, ticket.main) {
                (Some(Duration::ZERO), _) => break,
                (Some(left), true) => left.min(SIGNAL_LOOK),
                (Some(left), false) => left,
                (None, true) => SIGNAL_LOOK,
                (None, false) => Duration::from_secs(3600),
            };
            turn = signal
                .wait_timeout(turn, step)
                .unwrap_or_else(|poisoned| poisoned.into_inner())
                .0;
        }
        turn.sleepers.retain(|s| s.thread != thread);
        drop(turn);
        self.take_turn(&ticket);
    }
    /// Wakes the thread that has waited longest for something.
    pub fn wake(&self, key: u64) {
        if self.is_alone() {
            return;
        }
        let scheduler = self.threads.scheduler();
        let mut turn = scheduler.lock();
        if let Some(s) = turn.sleepers.iter_mut().find(|s| s.key == key && !s.woken) {
            s.woken = true;
            s.signal.notify_one();
        }
    }
    /// Wakes all threads that wait for something.
    pub fn wake_all(&self, key: u64) {
        if self.is_alone() {
            return;
        }
        let scheduler = self.threads.scheduler();
        let mut turn = scheduler.lock();
        for s in turn.sleepers.iter_mut().filter(|s| s.key == key) {
            s.woken = true;
            s.signal.notify_one();
        }
    }

    // ---- threads

    /// Whether there is no other thread.
    #[inline]
    pub fn is_alone(&self) -> bool {
        let live = self.threads.live.borrow();
        live.is_empty()
            || live.len() == 1 && live.contains_key(&self.threads.current.get()) && {
                // A thread that forked.
                self.is_main_thread()
            }
    }
    /// Whether the interpreter ends.
    pub fn is_finalizing(&self) -> bool {
        self.finalizing.get()
    }
    /// Whether a native type has been registered in this interpreter.
    pub fn is_registered(&self, def: &'static crate::TypeDef) -> bool {
        self.type_by_id(def.id.get()).is_some()
    }
    pub fn is_main_thread(&self) -> bool {
        self.threads.current.get() == self.threads.main.get()
    }
    /// Threads besides the main one.
    pub fn thread_count(&self) -> usize {
        self.threads.live.borrow().len()
    }
    /// What identifies the running thread, for as long as the process lives.
    pub fn thread_ident(&self) -> i64 {
        self.ident_of(self.threads.current.get())
    }
    /// Whether a thread of this ident exists.
    pub fn has_thread(&self, ident: i64) -> bool {
        self.main_thread_ident() == ident || self.thread_ident() == ident || {
            let live = self.threads.live.borrow();
            live.keys().any(|n| self.ident_of(*n) == ident)
        }
    }
    pub fn main_thread_ident(&self) -> i64 {
        self.ident_of(self.threads.main.get())
    }
    fn ident_of(&self, thread: u64) -> i64 {
        let first = &self.threads.first_ident;
        if first.get() == 0 {
            let id = self.platform().gettid().map_or(1, |t| t.unsigned_abs());
            first.set(u64::from(id.max(1)));
        }
        (first.get() + (thread << IDENT_SHIFT)) as i64
    }
    /// The idents of all threads, the running one first, with a frame object (None for a thread without one).
    pub(crate) fn thread_frames(&self) -> Vec<(i64, Option<mesapy_heap::Obj<'_>>)> {
        let mut out = vec![(self.thread_ident(), self.frame_at_depth(0))];
        for (thread, c) in self.threads.parked.borrow().iter() {
            let frame = (c.base != 0).then(|| self.frame_object(c.base));
            out.push((self.ident_of(*thread), frame));
        }
        out
    }
    /// The same with the exception that each thread handles, None if it handles none.
    pub(crate) fn thread_exceptions(&self) -> Vec<(i64, Value<'_>)> {
        let handled = |base| self.handled_exception_from(base).unwrap_or(Value::NONE);
        let mut out = vec![(self.thread_ident(), handled(self.base.get()))];
        for (thread, c) in self.threads.parked.borrow().iter() {
            out.push((self.ident_of(*thread), handled(c.base)));
        }
        out
    }
    /// Base and next instruction of the running frame of each parked thread.
    pub(crate) fn parked_frames(&self) -> Vec<(u32, u32)> {
        let parked = self.threads.parked.borrow();
        parked.values().map(|c| (c.base, c.pc)).collect()
    }
    /// Sets a root that each thread has for itself in all other threads too.
    pub(crate) fn set_root_in_all_threads(&self, root: Root, value: Value<'_>) {
        self.roots.set(root, value);
        if let Some(i) = THREAD_ROOTS.iter().position(|r| *r == root) {
            for c in self.threads.parked.borrow_mut().values_mut() {
                c.roots[i] = value.word();
            }
        }
    }
    pub fn set_thread_name(&self, name: Vec<u8>) {
        match self
            .threads
            .live
            .borrow_mut()
            .get_mut(&self.threads.current.get())
        {
            Some(info) => info.name = name,
            None => *self.threads.main_name.borrow_mut() = name,
        }
    }
    pub fn thread_name(&self) -> Vec<u8> {
        let live = self.threads.live.borrow();
        match live.get(&self.threads.current.get()) {
            Some(info) => info.name.clone(),
            None => self.threads.main_name.borrow().clone(),
        }
    }
    pub fn set_native_stack_bytes(&self, bytes: usize) {
        self.threads.native_stack_bytes.set(bytes);
    }
    pub(crate) fn apply_switch_interval(&self) {
        let interval = Duration::try_from_secs_f64(self.switch_interval.get())
            .unwrap_or(Duration::from_secs(3600));
        self.threads.scheduler().lock().interval =
            interval.clamp(Duration::from_micros(1), Duration::from_secs(3600));
    }
    /// A signal arrived while a thread runs that does not handle signals.
    pub(crate) fn pass_signal_on(&self) {
        self.threads
            .scheduler()
            .signal
            .store(true, Ordering::Relaxed);
    }

    /// The parts of the stack that threads use.
    pub(crate) fn stack_parts(&self) -> Vec<StackPart> {
        let mut parts = vec![StackPart {
            start: self.threads.stack_start.get(),
            top: self.top.get(),
            high: self.stack_high.get(),
            base: self.base.get(),
            pc: self.pc.get(),
        }];
        for c in self.threads.parked.borrow().values() {
            parts.push(StackPart {
                start: c.stack_start,
                top: c.top,
                high: c.stack_high,
                base: c.base,
                pc: c.pc,
            });
        }
        parts
    }
    /// A part of the stack for a new thread: from the end of the first thread's.
    fn new_stack(&self) -> Option<u32> {
        if let Some(start) = self.threads.free_stacks.borrow_mut().pop() {
            return Some(start);
        }
        let mut parked = self.threads.parked.borrow_mut();
        let first = parked.values_mut().find(|c| c.stack_start == 0);
        let (high, end) = match &first {
            Some(c) => (c.stack_high, c.stack_end),
            None => (self.stack_high.get(), self.stack_end.get()),
        };
        let start = end.checked_sub(STACK_WORDS)?;
        if start < high.max(MAIN_STACK_WORDS_MIN) + Self::STACK_RESERVE {
            return None;
        }
        match first {
            Some(c) => c.stack_end = start,
            None => self.stack_end.set(start),
        }
        Some(start)
    }

    /// Starts a thread that runs `entry` with four values; its ident. None: the system or the VM stack has no room for one more.
    pub fn start_thread(
        &mut self,
        values: [Local; 4],
        daemon: bool,
        entry: fn(&mut Vm, [Local; 4]),
    ) -> Option<i64> {
        let start = self.new_stack()?;
        let thread = self.threads.last.get() + 1;
        self.threads.last.set(thread);
        let n = values.len() as u32;
        for (i, v) in values.iter().enumerate() {
            self.set_stack_word(start + i as u32, v.word(self));
        }
        let context = Context {
            stack_start: start,
            base: 0,
            pc: 0,
            top: start + n,
            stack_high: start + n,
            stack_end: start + STACK_WORDS,
            depth: 0,
            ret: Word::NONE,
            stop_value: Word::NONE,
            pending: Word::EMPTY,
            repr_active: Default::default(),
            native_limit: 0,
            in_finalizers: false,
            coroutine_origin_depth: 0,
            tracer: [0; 4],
            roots: [Word::EMPTY; THREAD_ROOTS.len()],
        };
        self.threads.parked.borrow_mut().insert(thread, context);
        let info = Info {
            daemon,
            stack_start: start,
            name: Vec::new(),
        };
        self.threads.live.borrow_mut().insert(thread, info);
        let ticket = Ticket {
            thread,
            main: false,
            ..self.ticket()
        };
        let bytes = match self.threads.native_stack_bytes.get() {
            0 => NATIVE_STACK_BYTES,
            n => n.max(NATIVE_STACK_BYTES_MIN),
        };
        let platform = self.platform_handle();
        let spawned = std::thread::Builder::new()
            .stack_size(bytes)
            .spawn(move || {
                // Signals go to the main thread, so that they end its waiting.
                let _ = platform.pthread_sigmask(SIG_SETMASK, u64::MAX);
                // The panic of a thread that must not go on is all that comes out here.
                let _ = catch_unwind(AssertUnwindSafe(|| run_thread(&ticket, start, entry)));
            });
        if spawned.is_err() {
            self.threads.parked.borrow_mut().remove(&thread);
            self.threads.live.borrow_mut().remove(&thread);
            self.threads.free_stacks.borrow_mut().push(start);
            return None;
        }
        Some(self.ident_of(thread))
    }
    /// The running thread ends: what it holds goes, and the interpreter is given away for good.
    fn end_thread(&mut self, ticket: &Ticket) {
        let info = self.threads.live.borrow_mut().remove(&ticket.thread);
        if let Some(info) = info {
            self.threads.free_stacks.borrow_mut().push(info.stack_start);
        }
        // Nobody wakes waiters when the last one is alone, so it is done here.
        {
            let mut turn = ticket.scheduler.lock();
            for s in turn.sleepers.iter_mut().filter(|s| s.key == THREADS_KEY) {
                s.woken = true;
                s.signal.notify_one();
            }
        }
        self.repr_active.borrow_mut().truncate(0);
        self.give_up(&ticket.scheduler);
    }
    /// Waits until no thread is left that keeps the program running.
    pub fn join_threads(&mut self) -> Py<()> {
        let this = self.threads.current.get();
        self.wait_until(THREADS_KEY, None, |vm| {
            let live = vm.threads.live.borrow();
            live.iter().all(|(n, info)| info.daemon || *n == this)
        })?;
        Ok(())
    }
    /// The interpreter ends: threads that are left don't run any more.
    pub fn close_threads(&mut self) {
        self.finalizing.set(true);
        if self.is_alone() {
            return;
        }
        let scheduler = self.threads.scheduler();
        self.threads.main.set(self.threads.current.get());
        let mut turn = scheduler.lock();
        turn.closing = true;
        for s in &turn.sleepers {
            s.signal.notify_one();
        }
        drop(turn);
        scheduler.freed.notify_all();
        scheduler.taken.notify_all();
        self.threads.live.borrow_mut().clear();
    }
    /// Around the making of a process: its signal mask is to be the main thread's, not the one of a thread that leaves signals to it.
    pub fn with_open_signals<R>(&mut self, make: impl FnOnce(&mut Vm) -> R) -> R {
        if self.is_main_thread() {
            return make(self);
        }
        let platform = self.platform_handle();
        let _ = platform.pthread_sigmask(SIG_SETMASK, 0);
        let made = make(self);
        if !self.is_main_thread() {
            let _ = platform.pthread_sigmask(SIG_SETMASK, u64::MAX);
        }
        made
    }
    /// In the child of a fork there is only the thread that forked.
    pub fn after_fork_in_child(&mut self) {
        let this = self.threads.current.get();
        let threads = &self.threads;
        threads.main.set(this);
        if threads.scheduler.borrow().is_none() {
            return;
        }
        // The other threads may have held its mutex: it is never used again.
        std::mem::forget(threads.scheduler.replace(None));
        threads.parked.borrow_mut().clear();
        let mut live = threads.live.borrow_mut();
        let others: Vec<u64> = live.keys().copied().filter(|n| *n != this).collect();
        for n in others {
            if let Some(info) = live.remove(&n) {
                threads.free_stacks.borrow_mut().push(info.stack_start);
            }
        }
        drop(live);
        self.apply_switch_interval();
    }
}
/// Linux's number for replacing a signal mask.
const SIG_SETMASK: i32 = 2;
/// How far apart the idents of threads are.
const IDENT_SHIFT: u32 = 12;
/// What `join_threads` waits for.
const THREADS_KEY: u64 = u64::MAX;
/// A thread without others looks this often whether what it waits for has come about.
const ALONE_STEP: Duration = Duration::from_millis(1);
const _: () = assert!(STACK_START > 0);

fn run_thread(ticket: &Ticket, start: u32, entry: fn(&mut Vm, [Local; 4])) {
    let mut home = Vm::vacant();
    let vm = &mut home;
    vm.take_turn(ticket);
    vm.set_native_stack(mesapy_platform::stack_remaining());
    let values = std::array::from_fn(|i| Local::at(start + i as u32));
    let result = catch_unwind(AssertUnwindSafe(|| entry(vm, values)));
    match result {
        Ok(()) => {}
        // The interpreter is not here: it has ended.
        Err(payload) if payload.is::<ThreadExit>() => return,
        Err(payload) => {
            vm.base.set(0);
            vm.pending.set(Word::EMPTY);
            let told = if payload.is::<mesapy_heap::NoMemory>() {
                "MemoryError in a thread".to_string()
            } else {
                crate::guard::InternalError::of(&*payload).to_string()
            };
            vm.write_emergency(format!("mesapy: {told}\n").as_bytes());
        }
    }
    vm.end_thread(ticket);
}
