//! Where things are in the objects that the VM itself defines: slot numbers behind the header, one module for each kind.

macro_rules! slots {
    ($($(#[doc = $doc:literal])* $module:ident { $($(#[doc = $sdoc:literal])* $slot:ident,)* })*) => { $(
        $(#[doc = $doc])*
        pub mod $module {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum Order { $($slot,)* COUNT }
            $($(#[doc = $sdoc])* pub const $slot: usize = Order::$slot as usize;)*
            pub const COUNT: usize = Order::COUNT as usize;
        }
    )* };
}

slots! {
    /// Kind `Code`. Tables are raw arrays; see `code.rs` for their form.
    code {
        INSTRS, CACHES, CONSTS, NAMES, SITE_NAMES, EXCEPTIONS, LIVE, POSITIONS,
        /// Parameter counts and sizes packed for the call path: see `code::Shape`.
        ARGCOUNT, POSONLY, KWONLY, NLOCALS, REGISTERS, FLAGS, FIRST_FREE, FIRST_LINE,
        NAME, QUALNAME, FILENAME, VARNAMES, CELLVARS, FREEVARS, CELL_REGS,
        /// Words of a frame in all, and whether the fast call path applies.
        CALL_INFO,
        /// Granule indexes of the instructions, constants and caches: objects don't move.
        INSTRS_AT, CONSTS_AT, CACHES_AT,
        /// While it is not compiled how often it is still to run before it is, else -1 - its row in the table of compiled code.
        JIT,
        WEAK, EXTRA,
    }
    /// Kind `Function`.
    function {
        CODE, GLOBALS, DEFAULTS, KWDEFAULTS, CLOSURE, NAME, QUALNAME, DOC, MODULE, DICT, ANNOTATIONS, ANNOTATE, TYPE_PARAMS, BUILTINS,
    }
    /// Kind `Native`: every function written in Rust, bound or not.
    native {
        /// Index into the VM's table of natives.
        INDEX,
        /// The bound receiver, or Empty.
        SELF,
        /// The type that defines a method, or the module's name of a function.
        OWNER,
        /// Attributes set from Python (`__doc__` of a slot wrapper and the like); mostly Empty.
        DICT,
    }
    /// Kind `BoundMethod`.
    method { FUNC, SELF, }
    /// Kind `Type`.
    types {
        NAME, QUALNAME, BASES, MRO, BASE, DICT, FLAGS, VERSION, LAYOUT, ROOT_SHAPE, SUBCLASSES,
        /// ValueArray by `Dunder`: Empty not looked up yet, NotImplemented absent.
        SPECIALS,
        /// Slots of an instance in all, before its dynamic attributes.
        NSLOTS,
        /// Dynamic attributes to make room for.
        INLINE_HINT,
        MODULE, DOC, WEAK,
        /// Attribute slots that a metaclass's own `__slots__` or attributes would need.
        EXTRA,
    }
    /// Kind `Module`.
    module { DICT, }
    /// Kind `Frame`: a frame as Python sees it.
    frame {
        CODE, FUNC, GLOBALS,
        /// The namespace of module and class bodies, else Empty.
        NAMESPACE,
        /// Stack index of the running frame's base, or -1 when it has left the stack.
        BASE,
        /// Index of the instruction in progress; kept when the frame leaves the stack.
        PC,
        /// The caller's frame object, once the frame has left the stack.
        BACK,
        /// ValueArray of registers that a finished frame left behind.
        REGISTERS,
        /// The generator that the frame belongs to, or Empty.
        GENERATOR,
        TRACE, TRACE_LINES, TRACE_OPCODES, EXTRA_LOCALS,
    }
    /// Kind `Generator`: generators, coroutines, async generators; the class tells them apart. Registers follow.
    generator {
        FUNC, CODE, GLOBALS, NAME, QUALNAME,
        /// Async generators: hooks called, running; coroutines: origin.
        EXTRA,
        // From here on what changes when the frame leaves the stack; the last two and the registers lie here as they do there.
        /// See `progress.rs`.
        PROGRESS,
        /// As the frame header's LOCALS: the frame object if there is one.
        LOCALS, EXC,
        REGISTERS,
    }
    /// Instances of BaseException and its subclasses.
    exception { ARGS, TRACEBACK, CONTEXT, CAUSE, SUPPRESS_CONTEXT, }
    traceback { NEXT, FRAME, LASTI, LINENO, }
}

/// Words of the frame header, below the base (`stack[base - FUNC]`).
pub mod header {
    pub const FUNC: u32 = 6;
    pub const CODE: u32 = 5;
    pub const LINK: u32 = 4;
    pub const GLOBALS: u32 = 3;
    pub const LOCALS: u32 = 2;
    pub const EXC: u32 = 1;
    pub const SIZE: u32 = mesapy_bytecode::FRAME_HEADER as u32;
}
