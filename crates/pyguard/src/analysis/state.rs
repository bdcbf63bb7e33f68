//! Abstract values and the state of one path.
//!
//! A *symbol* stands for one unknown value: an object, a block of memory, a number. What is known of it hangs on the symbol, not on the variable, so
//! that aliases agree. A call that may fail gives one symbol; whether it failed is found out when the program tests it, and then the error indicator
//! and what else depends on the outcome follow. So a path splits only where the program itself branches.

use std::hash::{BuildHasher, Hasher};
use std::rc::Rc;

use crate::front::ast::{ExprId, VarId};
use crate::front::intern::{FastHash, Name};
use crate::kb::{Failure, Family, Sets};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Val {
    Unknown,
    Int(i64),
    /// A literal: a pointer that is not NULL.
    Str,
    Sym(SymId),
    /// `&variable`
    Address(VarId),
    /// What `PyErr_Occurred()` gives.
    ErrorTest,
}

/// What a field or an element belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    Sym(SymId),
    Var(VarId),
    Global(Name),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Var(VarId),
    Field(Base, Name),
    /// An element whose index is not known.
    Element(Base),
    Nowhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Unknown,
    Object,
    Memory(Family),
    Buffer,
    Int,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Null {
    Maybe,
    No,
    Yes,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    Unknown,
    /// A new reference, or a block, from a call.
    New,
    /// A borrowed reference from a call.
    Borrowed,
    /// A plain result of a call.
    Call,
    /// Written by a call through a pointer.
    Out,
    Param,
    Field,
    Element,
    Global,
    Computed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    pub how: How,
    /// The function, field, parameter or global.
    pub name: Name,
    pub pos: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct Sym {
    pub kind: Kind,
    pub origin: Origin,
    /// The variable that first held it, for messages.
    pub var: Option<VarId>,
    pub null: Null,
    pub lo: i64,
    pub hi: i64,
    /// Not zero although zero lies between the bounds.
    pub nonzero: bool,
    /// References that this function owns.
    pub owned: i16,
    /// How often it was stored where others see it.
    pub stores: u8,
    /// Somebody else holds a reference that this function gave them.
    pub shared: bool,
    /// Went somewhere that is not followed: its references are no longer counted.
    pub escaped: bool,
    /// Its last known reference was dropped, or the block was freed, here (0: not).
    pub released: u32,
    /// Python code ran here while the reference was borrowed (0: not).
    pub stale: u32,
    /// What it was borrowed from, or computed from.
    pub from: Option<SymId>,
    /// Its holder may drop it when Python code runs.
    pub volatile: bool,
    /// The failure value of the call that gave it, and what failure does.
    pub fails: Failure,
    pub sets: Sets,
    /// The outcome is not settled yet.
    pub pending: bool,
    /// It was compared in order with something: sizes are then taken for checked.
    pub guarded: bool,
    /// The result of a call as a statement: nobody will look.
    pub ignored: bool,
    /// Its type was checked, or is known.
    pub typed: bool,
    /// A number that a Python program chose.
    pub untrusted: bool,
}

impl Sym {
    pub fn new(kind: Kind, how: How, name: Name, pos: u32) -> Sym {
        Sym {
            kind,
            origin: Origin { how, name, pos },
            var: None,
            null: Null::Maybe,
            lo: i64::MIN,
            hi: i64::MAX,
            nonzero: false,
            owned: 0,
            stores: 0,
            shared: false,
            escaped: false,
            released: 0,
            stale: 0,
            from: None,
            volatile: false,
            fails: Failure::Never,
            sets: Sets::Never,
            pending: false,
            guarded: false,
            ignored: false,
            typed: false,
            untrusted: false,
        }
    }
}

/// The error indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indicator {
    Clear,
    /// Set here.
    Set(u32),
    /// A call failed here, perhaps without an exception.
    Maybe(u32),
    Unknown,
}

/// What happens to a symbol when the outcome of a call is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Failure leaves NULL there.
    Out { nullable: bool },
    /// Success takes a reference.
    Steals,
    /// Success frees the block.
    Frees,
    /// Failure acquires nothing.
    Acquires,
    /// Success shows that it is not NULL.
    NotNull,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dependent {
    pub on: SymId,
    pub sym: SymId,
    pub outcome: Outcome,
}

/// A step of the path.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    Branch(ExprId, bool),
    Case(ExprId),
    /// A call that gave a symbol something to answer for.
    Gives(Name, What),
    Drops(Name),
    Fails(Name),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    NewReference,
    Borrowed,
    Memory,
    Buffer,
}

#[derive(Debug)]
pub struct Trail {
    pub pos: u32,
    pub event: Event,
    pub before: Option<Rc<Trail>>,
}

impl Drop for Trail {
    /// Long paths must not be dropped recursively.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(rc) = next {
            match Rc::try_unwrap(rc) {
                Ok(mut trail) => next = trail.before.take(),
                Err(_) => break,
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct State {
    pub vars: Vec<Val>,
    pub fields: Vec<(Base, Name, Val)>,
    pub syms: Vec<Sym>,
    pub dependents: Vec<Dependent>,
    /// Pairs that were compared: the same, or not.
    pub compared: Vec<(SymId, SymId, bool)>,
    pub error: Indicator,
    /// Where the lock was given up (0: it is held).
    pub gil_released: u32,
    pub trail: Option<Rc<Trail>>,
}

impl State {
    pub fn new(vars: usize) -> State {
        State {
            vars: vec![Val::Unknown; vars],
            fields: Vec::new(),
            syms: Vec::new(),
            dependents: Vec::new(),
            compared: Vec::new(),
            error: Indicator::Clear,
            gil_released: 0,
            trail: None,
        }
    }

    pub fn sym(&self, id: SymId) -> &Sym {
        &self.syms[id.0 as usize]
    }

    pub fn sym_mut(&mut self, id: SymId) -> &mut Sym {
        &mut self.syms[id.0 as usize]
    }

    pub fn add(&mut self, sym: Sym) -> SymId {
        self.syms.push(sym);
        SymId(self.syms.len() as u32 - 1)
    }

    pub fn note(&mut self, pos: u32, event: Event) {
        self.trail = Some(Rc::new(Trail {
            pos,
            event,
            before: self.trail.take(),
        }));
    }

    pub fn ids(&self) -> impl Iterator<Item = SymId> + use<> {
        (0..self.syms.len() as u32).map(SymId)
    }

    /// The calls whose outcome is open.
    pub fn pending(&self) -> impl Iterator<Item = SymId> + '_ {
        self.ids().filter(|id| self.sym(*id).pending)
    }

    pub fn field(&self, base: Base, name: &str) -> Option<Val> {
        self.fields
            .iter()
            .find(|(b, n, _)| *b == base && *n == name)
            .map(|(.., val)| *val)
    }

    pub fn set_field(&mut self, base: Base, name: Name, val: Val) {
        match self
            .fields
            .iter_mut()
            .find(|(b, n, _)| *b == base && *n == name)
        {
            Some(entry) => entry.2 = val,
            None => self.fields.push((base, name, val)),
        }
    }

    /// It goes where it is not followed, and so does the block that it points into.
    pub fn escape(&mut self, id: SymId) {
        let mut next = Some(id);
        for _ in 0..8 {
            let Some(id) = next else { return };
            let sym = self.sym_mut(id);
            sym.escaped = true;
            let inside = sym.origin.how == How::Computed || sym.origin.name.starts_with('&');
            next = if inside { sym.from } else { None };
        }
    }

    /// Forgets what is known of the fields of something.
    pub fn forget_fields(&mut self, base: Base) {
        self.fields
            .retain(|(b, n, _)| *b != base || n.starts_with('&'));
    }

    /// Drops what no live variable leads to and numbers the rest afresh, so that states that differ in nothing that matters become equal. Returns a
    /// hash of what is left; the path and positions without meaning do not count.
    pub fn normalise(&mut self, live: impl Fn(usize) -> bool) -> u64 {
        const NONE: u32 = u32::MAX;
        for (index, val) in self.vars.iter_mut().enumerate() {
            if !live(index) {
                *val = Val::Unknown;
            }
        }
        let mut map = vec![NONE; self.syms.len()];
        let mut order: Vec<SymId> = Vec::with_capacity(self.syms.len());
        let reach = |id: SymId, map: &mut Vec<u32>, order: &mut Vec<SymId>| {
            if map[id.0 as usize] == NONE {
                map[id.0 as usize] = order.len() as u32;
                order.push(id);
            }
        };
        for val in &self.vars {
            if let Val::Sym(id) = val {
                reach(*id, &mut map, &mut order);
            }
        }
        // Whatever is owned, owed or open stays, too.
        for id in self.ids() {
            let sym = self.sym(id);
            let owes = sym.owned != 0 && sym.null != Null::Yes && !sym.escaped;
            if owes || sym.pending || sym.origin.how == How::Param {
                reach(id, &mut map, &mut order);
            }
        }
        let mut next = 0;
        while next < order.len() {
            let id = order[next];
            next += 1;
            if let Some(from) = self.sym(id).from {
                reach(from, &mut map, &mut order);
            }
            for dependent in &self.dependents {
                if dependent.on == id {
                    reach(dependent.sym, &mut map, &mut order);
                } else if dependent.sym == id {
                    reach(dependent.on, &mut map, &mut order);
                }
            }
            for (base, _, val) in &self.fields {
                if *base == Base::Sym(id) {
                    if let Val::Sym(value) = val {
                        reach(*value, &mut map, &mut order);
                    }
                }
            }
        }
        // Fields of variables and globals are roots as well, but come last: they are many and seldom matter.
        for (base, _, val) in &self.fields {
            let root = match base {
                Base::Sym(_) => false,
                Base::Var(var) => live(var.0 as usize),
                Base::Global(_) => true,
            };
            if let (true, Val::Sym(id)) = (root, val) {
                reach(*id, &mut map, &mut order);
            }
        }
        let renamed = |id: SymId| match map[id.0 as usize] {
            NONE => None,
            new => Some(SymId(new)),
        };
        let rename_val = |val: Val| match val {
            Val::Sym(id) => renamed(id).map_or(Val::Unknown, Val::Sym),
            val => val,
        };
        for val in &mut self.vars {
            *val = rename_val(*val);
        }
        let mut fields: Vec<(Base, Name, Val)> = Vec::with_capacity(self.fields.len());
        for (base, name, val) in &self.fields {
            let base = match base {
                Base::Sym(id) => match renamed(*id) {
                    Some(id) => Base::Sym(id),
                    None => continue,
                },
                Base::Var(var) if !live(var.0 as usize) => continue,
                base => *base,
            };
            fields.push((base, name, rename_val(*val)));
        }
        self.fields = fields;
        self.dependents = self
            .dependents
            .iter()
            .filter_map(|dependent| {
                Some(Dependent {
                    on: renamed(dependent.on)?,
                    sym: renamed(dependent.sym)?,
                    ..*dependent
                })
            })
            .collect();
        self.compared = self
            .compared
            .iter()
            .filter_map(|(a, b, same)| Some((renamed(*a)?, renamed(*b)?, *same)))
            .collect();
        let mut syms: Vec<Sym> = order.iter().map(|id| *self.sym(*id)).collect();
        for sym in &mut syms {
            sym.from = sym.from.and_then(renamed);
        }
        self.syms = syms;
        self.hash()
    }

    fn hash(&self) -> u64 {
        let mut hasher = FastHash.build_hasher();
        for val in &self.vars {
            hash_val(*val, &mut hasher);
        }
        // In any order: fields come in the order of their first use, which differs between paths.
        let mut fields = 0u64;
        for (base, name, val) in &self.fields {
            let mut hasher = FastHash.build_hasher();
            match base {
                Base::Sym(id) => hasher.write_u32(id.0),
                Base::Var(var) => hasher.write_u64(1 << 40 | u64::from(var.0)),
                Base::Global(name) => hasher.write(name.as_bytes()),
            }
            hasher.write(name.as_bytes());
            hash_val(*val, &mut hasher);
            fields = fields.wrapping_add(hasher.finish());
        }
        hasher.write_u64(fields);
        for sym in &self.syms {
            let flags = u64::from(sym.nonzero)
                | u64::from(sym.escaped) << 1
                | u64::from(sym.released != 0) << 2
                | u64::from(sym.stale != 0) << 3
                | u64::from(sym.pending) << 4
                | u64::from(sym.guarded) << 5
                | u64::from(sym.null == Null::No) << 6
                | u64::from(sym.null == Null::Yes) << 7
                | u64::from(sym.stores.min(3)) << 8
                | u64::from(sym.shared) << 10
                | u64::from(sym.typed) << 11
                | u64::from(sym.ignored) << 12
                | ((sym.owned as u16) as u64) << 16
                | u64::from(sym.origin.pos) << 32;
            hasher.write_u64(flags);
            hasher.write_u64(sym.lo as u64);
            hasher.write_u64(sym.hi as u64);
        }
        hasher.write_usize(self.dependents.len());
        let mut compared = 0u64;
        for (a, b, same) in &self.compared {
            let mut hasher = FastHash.build_hasher();
            hasher.write_u32(a.0);
            hasher.write_u32(b.0);
            hasher.write_u8(u8::from(*same));
            compared = compared.wrapping_add(hasher.finish());
        }
        hasher.write_u64(compared);
        hasher.write_u8(match self.error {
            Indicator::Clear => 0,
            Indicator::Set(_) => 1,
            Indicator::Maybe(_) => 2,
            Indicator::Unknown => 3,
        });
        hasher.write_u8(u8::from(self.gil_released != 0));
        hasher.finish()
    }
}

fn hash_val(val: Val, hasher: &mut impl Hasher) {
    match val {
        Val::Unknown => hasher.write_u8(0),
        Val::Int(value) => {
            hasher.write_u8(1);
            hasher.write_u64(value as u64);
        }
        Val::Str => hasher.write_u8(2),
        Val::Sym(id) => {
            hasher.write_u8(3);
            hasher.write_u32(id.0);
        }
        Val::Address(var) => {
            hasher.write_u8(4);
            hasher.write_u32(var.0);
        }
        Val::ErrorTest => hasher.write_u8(5),
    }
}
