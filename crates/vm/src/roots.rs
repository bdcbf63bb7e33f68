//! Values that the VM always needs: named roots.

use mesapy_heap::{Heap, NoMemory, Str, Value, Word};
use std::cell::Cell;

macro_rules! root_slots {
    ($($(#[doc = $doc:literal])* $slot:ident $getter:ident,)*) => {
        /// Which object root.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Root { $($(#[doc = $doc])* $slot,)* }
        const ROOT_COUNT: usize = [$(Root::$slot,)*].len();
        impl Roots {
            $($(#[doc = $doc])* #[inline(always)] pub fn $getter<'v>(&self, heap: &'v Heap) -> Value<'v> { self.objects[Root::$slot as usize].get().value(heap) })*
        }
    };
}
macro_rules! names {
    ($($name:ident $text:literal,)*) => {
        /// Interned names that the VM looks up by.
        #[allow(non_snake_case)]
        pub struct Names { $(pub(crate) $name: Word,)* }
        impl Names {
            fn new(heap: &Heap) -> Result<Names, NoMemory> { Ok(Names { $($name: heap.intern($text.as_bytes()).word(),)* }) }
            const VACANT: Names = Names { $($name: Word::EMPTY,)* };
            fn each(&self, f: &mut dyn FnMut(Word)) { $(f(self.$name);)* }
            $(#[inline(always)] pub fn $name<'v>(&self, heap: &'v Heap) -> Str<'v> { self.$name.value(heap).as_exact_str(heap).expect("names are strings") })*
        }
    };
}

/// Everything that is always alive.
pub struct Roots {
    objects: [Cell<Word>; ROOT_COUNT],
    pub names: Names,
}

impl Roots {
    pub(crate) fn new(heap: &Heap) -> Result<Roots, NoMemory> {
        Ok(Roots {
            objects: std::array::from_fn(|_| Cell::new(Word::EMPTY)),
            names: Names::new(heap)?,
        })
    }
    /// Of an interpreter without memory.
    pub(crate) fn vacant() -> Roots {
        Roots {
            objects: std::array::from_fn(|_| Cell::new(Word::EMPTY)),
            names: Names::VACANT,
        }
    }
    #[inline(always)]
    pub fn get<'v>(&self, heap: &'v Heap, root: Root) -> Value<'v> {
        self.objects[root as usize].get().value(heap)
    }
    pub fn set(&self, root: Root, value: Value<'_>) {
        self.objects[root as usize].set(value.word());
    }
    pub(crate) fn each(&self, f: &mut dyn FnMut(Word)) {
        self.objects.iter().for_each(|w| f(w.get()));
        self.names.each(f);
    }
}

root_slots! {
    /// sys.modules
    Modules modules,
    /// The dict of builtins.
    Builtins builtins,
    /// The dict of sys.
    SysDict sys_dict,
    /// importlib._bootstrap's `__import__`, when it is there.
    ImportFunc import_func,
    /// importlib's own `__import__` function, which the builtin of that name calls; Empty before importlib is set up.
    ImportlibImport importlib_import,
    /// The empty tuple.
    EmptyTuple empty_tuple,
    EmptyStr empty_str,
    EmptyBytes empty_bytes,
    /// A MemoryError and a RecursionError made beforehand.
    MemoryErrorInstance memory_error_instance,
    /// sys.settrace / sys.setprofile functions, Empty if none.
    TraceFunc trace_func,
    ProfileFunc profile_func,
    /// Registered codec search functions, caches (lists and dicts of _codecs).
    CodecSearch codec_search,
    CodecCache codec_cache,
    CodecErrors codec_errors,
    /// The current context of contextvars.
    Context context,
    /// Async generator hooks.
    AsyncGenFirstIter asyncgen_firstiter,
    AsyncGenFinalizer asyncgen_finalizer,
    /// gc.callbacks, gc.garbage
    GcCallbacks gc_callbacks,
    GcGarbage gc_garbage,
    /// Free for the host's use.
    HostObject host_object,
    CopyregReduce copyreg_reduce,
    /// The list of sys.addaudithook, Empty if none was added.
    AuditHooks audit_hooks,
    /// sys.monitoring.DISABLE and MISSING.
    MonitorDisable monitor_disable,
    MonitorMissing monitor_missing,
}

names! {
    dict "__dict__", class "__class__", name "__name__", qualname "__qualname__", module "__module__", doc "__doc__", bases "__bases__", mro "__mro__",
    slots "__slots__", weakref "__weakref__", classcell "__classcell__", classdictcell "__classdictcell__", abstractmethods "__abstractmethods__", isabstract "__isabstractmethod__",
    builtins "__builtins__", builtins_module "builtins", file "__file__", path "__path__", spec "__spec__", loader "__loader__", package "__package__", all "__all__", cached "__cached__",
    import "__import__", build_class "__build_class__", annotations "__annotations__", annotate "__annotate__", annotate_func "__annotate_func__", annotations_cache "__annotations_cache__", type_params "__type_params__",
    firstlineno "__firstlineno__", static_attributes "__static_attributes__", match_args "__match_args__", orig_bases "__orig_bases__", orig_class "__orig_class__",
    notes "__notes__", cause "__cause__", context "__context__", traceback "__traceback__", wrapped "__wrapped__", text_signature "__text_signature__",
    closure "__closure__", code "__code__", defaults "__defaults__", kwdefaults "__kwdefaults__", globals "__globals__", func "__func__", self_ "__self__", objclass "__objclass__",
    main "__main__", send "send", throw "throw", close "close", keys "keys", get "get", items "items", values "values", append "append", read "read", write "write", flush "flush", mro_method "mro",
    stdout "stdout", stderr "stderr", stdin "stdin", displayhook "displayhook", excepthook "excepthook", unraisablehook "unraisablehook", modules "modules", path_attr "path", metaclass "metaclass",
    underscore "_", getattr "__getattr__", dir "__dir__", reduce "__reduce__", reduce_ex "__reduce_ex__", newobj "__newobj__", getnewargs "__getnewargs__", getnewargs_ex "__getnewargs_ex__",
    strict "strict", encoding "encoding", errors "errors", sep "sep", end "end", key "key", default "default", reverse "reverse", initializing "_initializing", has_location "has_location", origin "origin",
    fget "fget", fset "fset", fdel "fdel", value "value", args "args", obj_name "name", obj "obj", msg "msg", print_file_and_line "print_file_and_line", lambda_name "<lambda>",
    typing_generic "__origin__", parameters "__parameters__", typing_args "__args__", unpacked "__typing_unpacked_tuple_args__", subst "__typing_subst__", prepare_subst "__typing_prepare_subst__",
    delattr_ "__delattr__", sizeof "__sizeof__", classdict "__classdict__", conditional_annotations "__conditional_annotations__", hash_name "__hash__", debug "__debug__",
}
