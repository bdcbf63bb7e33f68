//! The instruction table. Encoder, decoder, dumper, verifier and interpreter all come from it: add a row and the compiler lists what is missing.
//!
//! Notation: `Ra` is the register named by operand a; `site c` is a row of the unit's site table (a name, and inline-cache words behind it at
//! run time); `K[i]` a constant; "jump" adds the distance to the pc of the next instruction. Every register operand may be a local or a temporary.
//! An operand that is a local must not be Empty: where that isn't proven the compiler emits `CheckLocal` first.
//!
//! Call layout at register R (see ARCHITECTURE.md): `R` callable, `R+1..=R+5` free, arguments from `R+6`. After a call all registers from R on are dead.
//! "method pair at R": after `LoadMethod` and its like, `R` holds the callable and `R+6` self, or `R+6` is Empty and `R+1` holds a callable that takes no self;
//! arguments follow from `R+7` in both cases, and `c` of the call counts self.

/// How an instruction's operands read, for the dumper and the verifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// No operands.
    None,
    A,
    AB,
    ABC,
    /// Register a, constant bx.
    AK,
    /// Register a, signed immediate sbx.
    AI,
    /// Registers a and b, constant c.
    ABK,
    /// Register a, name index bx.
    AN,
    /// Register a, site c.
    ASite,
    /// Registers a and b, site c.
    ABSite,
    /// Jump by sbx.
    J,
    /// Register a, jump by sbx.
    AJ,
    /// Registers a and b, jump by off.
    ABJ,
    /// Register a, constant b, jump by off.
    AKJ,
    /// Register a, first register b, count c.
    Range,
    /// Registers a, b; selector d.
    ABSel,
    /// Anything else; described in the row.
    Special,
}

macro_rules! ops {
    ($($(#[doc = $doc:literal])* $name:ident: $form:ident,)*) => {
        /// An instruction's opcode.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op { $($(#[doc = $doc])* $name,)* }
        /// The opcodes as bytes, for matching on an instruction's byte without decoding it.
        #[allow(non_upper_case_globals)]
        pub mod byte { $(pub const $name: u8 = super::Op::$name as u8;)* }
        impl Op {
            /// Every opcode, in numeric order.
            pub const ALL: &'static [Op] = &[$(Op::$name,)*];
            pub const fn name(self) -> &'static str { match self { $(Op::$name => stringify!($name),)* } }
            pub const fn form(self) -> Form { match self { $(Op::$name => Form::$form,)* } }
            #[inline(always)]
            pub const fn from_u8(byte: u8) -> Option<Op> {
                if (byte as usize) < Op::ALL.len() { Some(Op::ALL[byte as usize]) } else { None }
            }
        }
    };
}

ops! {
    /// Does nothing; also carries the second word of a two-word instruction in its bx.
    Nop: None,
    /// Ra = Rb.
    Move: AB,
    /// Ra = K[bx].
    LoadConst: AK,
    /// Ra = sbx.
    LoadInt: AI,
    /// Ra = Empty (unbinds a temporary or a fresh comprehension variable).
    LoadEmpty: A,
    /// Raises UnboundLocalError for name bx if Ra is Empty.
    CheckLocal: AN,
    /// Unbinds local a, raising UnboundLocalError for name bx if it is Empty.
    DeleteLocal: AN,

    // ---- cells
    /// Ra = a new cell holding Ra's value (Empty if unbound).
    MakeCell: A,
    /// Copies the closure's cells to registers a, a+1, … (bx of them). First instruction of a function with free variables.
    CopyFree: AI,
    /// Ra = content of cell Rb, variable name c; an Empty cell raises UnboundLocalError, or NameError for a free variable (d = 1).
    LoadCell: Special,
    /// Content of cell Ra = Rb.
    StoreCell: AB,
    /// Unbinds the content of cell Ra, variable name c, d as in LoadCell.
    DeleteCell: Special,

    // ---- names and globals
    /// Ra = global or builtin named by site c.
    LoadGlobal: ASite,
    /// Global named by site c = Ra.
    StoreGlobal: ASite,
    /// Deletes the global named by site c.
    DeleteGlobal: ASite,
    /// Ra = name from the LOCALS mapping, then globals, then builtins (class bodies, exec and module code).
    LoadName: ASite,
    /// Stores to the LOCALS mapping (globals if there is none).
    StoreName: ASite,
    DeleteName: ASite,
    /// Ra = name of site c from mapping Rb, else the global or builtin (annotation scopes in classes).
    LoadFromDictOrGlobal: ABSite,
    /// Ra = name of site c from mapping Ra, else the content of cell Rb (NameError if Empty).
    LoadFromDictOrCell: ABSite,
    /// Ra = the LOCALS mapping.
    LoadLocals: A,
    /// Ra = builtins' __build_class__.
    LoadBuildClass: A,
    /// Ra = a common object: d = 0 AssertionError, 1 NotImplementedError, 2 tuple, 3 all, 4 any, 5 set, 6 list.
    LoadCommon: Special,
    /// Creates __annotations__ in LOCALS if it is not there.
    SetupAnnotations: None,

    // ---- attributes
    /// Ra = Rb.site c.
    LoadAttr: ABSite,
    /// Method pair at Ra for Rb.site c.
    LoadMethod: ABSite,
    /// Ra.site c = Rb.
    StoreAttr: ABSite,
    /// del Ra.site c.
    DeleteAttr: ASite,
    /// Ra = super(...).site c with Rb the super callable, R(b+1) the class, R(b+2) self; d = 1 when written with arguments.
    LoadSuperAttr: ABSite,
    /// As LoadSuperAttr, leaving a method pair at Ra.
    LoadSuperMethod: ABSite,
    /// Method pair at Ra for the special method `Special` d of Rb, looked up on the type; raises CPython's "object does not support the … protocol".
    LoadSpecial: ABSel,

    // ---- items
    /// Ra = Rb[Rc].
    LoadItem: ABC,
    /// Ra = Rb[K[c]].
    LoadItemK: ABK,
    /// Ra[Rb] = Rc.
    StoreItem: ABC,
    /// del Ra[Rb].
    DeleteItem: AB,
    /// Ra = Rb[Rc : R(c+1)].
    LoadSlice: ABC,
    /// Ra[Rb : R(b+1)] = Rc.
    StoreSlice: ABC,

    // ---- arithmetic: Ra = Rb op Rc, or with K[c]; bit 0 of d for the in-place operator; the interpreter notes in bit 1 that it has met floats
    Add: ABC, AddK: ABK,
    Sub: ABC, SubK: ABK,
    Mul: ABC, MulK: ABK,
    TrueDiv: ABC, TrueDivK: ABK,
    FloorDiv: ABC, FloorDivK: ABK,
    Mod: ABC, ModK: ABK,
    Pow: ABC, PowK: ABK,
    MatMul: ABC,
    LShift: ABC, LShiftK: ABK,
    RShift: ABC, RShiftK: ABK,
    And: ABC, AndK: ABK,
    Or: ABC, OrK: ABK,
    Xor: ABC, XorK: ABK,
    Neg: AB,
    Pos: AB,
    Invert: AB,
    /// Ra = not Rb.
    Not: AB,
    /// Ra = bool(Rb).
    ToBool: AB,

    // ---- comparison: Ra = Rb op Rc, or with K[c]
    Lt: ABC, LtK: ABK,
    Le: ABC, LeK: ABK,
    Eq: ABC, EqK: ABK,
    Ne: ABC, NeK: ABK,
    Gt: ABC, GtK: ABK,
    Ge: ABC, GeK: ABK,
    /// Ra = Rb is Rc (d = 1: is not).
    Is: ABC,
    /// Ra = Rb in Rc (d = 1: not in).
    Contains: ABC,

    // ---- jumps
    Jump: J,
    /// Backward jump: a safepoint.
    JumpBack: J,
    JumpIfTrue: AJ,
    JumpIfFalse: AJ,
    JumpIfNone: AJ,
    JumpIfNotNone: AJ,
    /// Fused compare and jump: if Ra op Rb is true, jump by off. (The truth of a rich comparison's result decides.)
    JumpLt: ABJ, JumpLe: ABJ, JumpEq: ABJ, JumpNe: ABJ, JumpGt: ABJ, JumpGe: ABJ,
    /// Jump if it is false (not the inverse comparison: NaN).
    JumpNotLt: ABJ, JumpNotLe: ABJ, JumpNotEq: ABJ, JumpNotNe: ABJ, JumpNotGt: ABJ, JumpNotGe: ABJ,
    /// The same against K[b].
    JumpLtK: AKJ, JumpLeK: AKJ, JumpEqK: AKJ, JumpNeK: AKJ, JumpGtK: AKJ, JumpGeK: AKJ,
    JumpNotLtK: AKJ, JumpNotLeK: AKJ, JumpNotEqK: AKJ, JumpNotNeK: AKJ, JumpNotGtK: AKJ, JumpNotGeK: AKJ,
    /// If Ra is Rb, jump by off.
    JumpIs: ABJ,
    JumpIsNot: ABJ,

    // ---- calls: result to Ra, call layout at Rb, c arguments
    /// Positional call: arguments Rb+6 … Rb+5+c.
    Call: Range,
    /// Call of a method pair at Rb; c counts self.
    CallMethod: Range,
    /// As Call; the last arguments are keywords, their names a tuple constant that the compiler has put into R(b+2).
    CallKw: Range,
    /// As CallMethod; names in R(b+2).
    CallMethodKw: Range,
    /// f(*args, **kwargs): callable Rb, R(b+6) an iterable of positionals (a tuple or list), R(b+7) a dict or Empty.
    CallEx: AB,
    /// Returns Ra from the frame.
    Return: A,
    /// Ra = a function: Rb code, R(b+1) defaults tuple (d bit 0), R(b+2) keyword defaults dict (bit 1), R(b+3) annotate function (bit 2), R(b+4) closure tuple of cells (bit 3).
    MakeFunction: ABSel,

    // ---- generators and coroutines
    /// Suspends the generator with value Rb; on resume Ra = the value sent. The caller finds pc behind this instruction.
    Yield: AB,
    /// One step of `yield from`/`await`: sends Rc to iterator Rb; what it yields is yielded and this instruction runs again with Rc = the value sent then;
    /// when it is exhausted Ra = its return value and execution goes on. `throw` and `close` are delegated by the VM while suspended here.
    YieldFrom: ABC,
    /// Ra = iterator for `yield from` Rb (coroutines only in coroutine code).
    GetYieldFromIter: AB,
    /// Ra = awaitable iterator of Rb; d = 0 await, 1 `async with` enter, 2 `async with` exit (they word the TypeError).
    GetAwaitable: ABSel,
    /// Ra = Rb.__aiter__().
    GetAIter: AB,
    /// Ra = the awaitable iterator of Rb.__anext__().
    GetANext: AB,
    /// If the exception Ra is StopAsyncIteration falls through, else reraises it.
    EndAsyncFor: A,

    // ---- iteration and unpacking
    /// Ra = iter(Rb).
    GetIter: AB,
    /// Ra = next item of iterator Rb, or jump by off when it is exhausted.
    ForIter: ABJ,
    /// Ra, R(a+1), … = exactly c items of Rb.
    UnpackSequence: Range,
    /// Ra … = c items, then a list, then as many items as the bx of the Nop that follows says.
    UnpackEx: Range,

    // ---- construction
    BuildTuple: Range,
    BuildList: Range,
    BuildSet: Range,
    /// Ra = dict of c pairs from Rb, R(b+1), …
    BuildMap: Range,
    /// Ra = slice(Rb, R(b+1)[, R(b+2)]); c = 2 or 3.
    BuildSlice: Range,
    /// Ra = "".join of the c strings from Rb.
    BuildString: Range,
    /// Ra = Template(strings tuple Rb, interpolations tuple Rc).
    BuildTemplate: ABC,
    /// Ra = Interpolation(value Rb, expression text R(b+1), conversion d (0 none, 1 s, 2 r, 3 a), format spec R(b+2)).
    BuildInterpolation: ABSel,
    /// Appends Rb to list Ra.
    ListAppend: AB,
    SetAdd: AB,
    /// Ra[Rb] = Rc for the dict of a comprehension or display.
    MapAdd: ABC,
    /// list.extend with the error text of star expressions.
    ListExtend: AB,
    SetUpdate: AB,
    /// Dict display `**Rb`.
    DictUpdate: AB,
    /// Call keywords `**Rb` merged into dict Ra; a duplicate is a TypeError that names the callable Rc.
    DictMerge: ABC,
    /// Ra = tuple(list Rb).
    ListToTuple: AB,
    /// Ra = format(conversion d of Rb, spec Rc); c = 0xffff: no spec.
    FormatValue: Special,

    // ---- exceptions
    /// Ra = the frame's handled exception (saved); the handled exception = Rb.
    PushExc: AB,
    /// The frame's handled exception = Ra.
    PopExc: A,
    /// Ra = whether exception Rb matches type or tuple Rc.
    MatchExc: ABC,
    /// except*: Ra = the matching part of Rb by type Rc or None, R(a+1) = the rest or None.
    MatchExcStar: ABC,
    /// Ra = what to reraise after except* (None for nothing): original Rb, list of raised and unhandled Rc.
    PrepReraiseStar: ABC,
    /// raise (d = 0), raise Ra (1), raise Ra from Rb (2).
    Raise: ABSel,
    /// Raises Ra again, without adding a traceback entry for this frame. b = 1: the frame is then where the exception came from, as it is if this
    /// instruction stands on no line.
    Reraise: A,
    /// Ra, R(a+1), R(a+2) = type, value and traceback of exception Rb.
    ExcInfo: AB,

    // ---- imports
    /// Ra = __import__(name c, …, level R(b), fromlist R(b+1)).
    ImportName: ABSite,
    /// Ra = name of site c from module Rb.
    ImportFrom: ABSite,
    /// from Ra import *.
    ImportStar: A,

    // ---- pattern matching
    /// Ra = whether Rb is a sequence for patterns.
    MatchSequence: AB,
    MatchMapping: AB,
    /// Ra = tuple of attributes or None: subject Rb, class R(b+1), names tuple R(b+2), c positional sub-patterns.
    MatchClass: Range,
    /// Ra = tuple of values or None: subject Rb, tuple of keys Rc.
    MatchKeys: ABC,
    /// Ra = len(Rb).
    GetLen: AB,

    // ---- intrinsics
    /// Ra = `Intrinsic1` d of Rb.
    Intrinsic1: ABSel,
    /// Ra = `Intrinsic2` d of Rb and R(b+1).
    Intrinsic2: ABSel,

    // ---- quickened forms: the interpreter writes them over the general ones; the compiler never emits them, the verifier refuses them
    LoadGlobalCached: ASite,
    LoadBuiltinCached: ASite,
    /// Attribute in an inline slot, by shape.
    LoadAttrSlot: ABSite,
    /// Non-method class attribute or module attribute, by shape or dict keys.
    LoadAttrClass: ABSite,
    LoadAttrModule: ABSite,
    /// An instance's attribute that is its class's and no descriptor, by shape.
    LoadAttrOfType: ABSite,
    LoadMethodCached: ABSite,
    /// Function, class method or static method of a class object.
    LoadMethodClass: ABSite,
    StoreAttrSlot: ABSite,
    /// Adds an attribute by a cached shape transition.
    StoreAttrAdd: ABSite,
}

impl Op {
    /// The form that the compiler emitted: quickened forms have the operands of the general one.
    pub const fn general(self) -> Op {
        match self {
            Op::LoadGlobalCached | Op::LoadBuiltinCached => Op::LoadGlobal,
            Op::LoadAttrSlot | Op::LoadAttrClass | Op::LoadAttrModule | Op::LoadAttrOfType => {
                Op::LoadAttr
            }
            Op::LoadMethodCached | Op::LoadMethodClass => Op::LoadMethod,
            Op::StoreAttrSlot | Op::StoreAttrAdd => Op::StoreAttr,
            other => other,
        }
    }
}

macro_rules! selector {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $vdoc:literal])* $variant:ident,)* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[doc = $vdoc])* $variant,)* }
        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];
            #[inline(always)]
            pub const fn from_u8(byte: u8) -> Option<$name> {
                if (byte as usize) < Self::ALL.len() { Some(Self::ALL[byte as usize]) } else { None }
            }
            pub const fn name(self) -> &'static str { match self { $($name::$variant => stringify!($variant),)* } }
        }
    };
}

selector! {
    /// The binary operators, in the order of their opcodes.
    BinOp { Add, Sub, Mul, TrueDiv, FloorDiv, Mod, Pow, MatMul, LShift, RShift, And, Or, Xor, }
}
selector! {
    /// The rich comparisons, in the order of their opcodes.
    CmpOp { Lt, Le, Eq, Ne, Gt, Ge, }
}
selector! {
    /// `!s`, `!r`, `!a` of replacement fields.
    Conversion { None, Str, Repr, Ascii, }
}
selector! {
    /// What `LoadSpecial` looks up.
    Special { Enter, Exit, AEnter, AExit, }
}
selector! {
    /// Operations of one operand too rare for an opcode.
    Intrinsic1 {
        /// The interactive prompt's display of an expression statement (sys.displayhook).
        Print,
        /// Wraps a yielded value of an async generator.
        AsyncGenWrap,
        /// Converts StopIteration escaping a generator expression body; unused where the VM does it at the frame's exit.
        StopIterationError,
        /// TypeVar(name).
        TypeVar,
        ParamSpec,
        TypeVarTuple,
        /// Generic[params tuple].
        SubscriptGeneric,
        /// TypeAliasType from the tuple (name, type params or None, compute-value function).
        TypeAlias,
        /// Raises the TypeError of `*x` where x is None … kept for symmetry with CPython's table.
        UnaryPositive,
    }
}
selector! {
    /// Operations of two operands too rare for an opcode.
    Intrinsic2 {
        /// TypeVar(name, bound by a function).
        TypeVarWithBound,
        /// TypeVar(name, constrained by a function).
        TypeVarWithConstraints,
        /// function, type-params tuple: sets __type_params__ and gives the function.
        SetFunctionTypeParams,
        /// type parameter, default function: sets it and gives the parameter.
        SetTypeParamDefault,
    }
}
