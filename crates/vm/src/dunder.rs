//! The special method names that the VM looks up on types: one table, from which the per-type cache and the interned names come.

macro_rules! dunders {
    ($($variant:ident $name:literal)*) => {
        /// A special method. Its number indexes the per-type cache of resolved special methods.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Dunder { $($variant,)* }
        impl Dunder {
            pub const ALL: &'static [Dunder] = &[$(Dunder::$variant,)*];
            pub const COUNT: usize = Dunder::ALL.len();
            pub const fn name(self) -> &'static str { match self { $(Dunder::$variant => $name,)* } }
        }
    };
}

dunders! {
    New "__new__" Init "__init__" Del "__del__" Call "__call__"
    Repr "__repr__" Str "__str__" Format "__format__" Bytes "__bytes__" Hash "__hash__" Bool "__bool__"
    Lt "__lt__" Le "__le__" Eq "__eq__" Ne "__ne__" Gt "__gt__" Ge "__ge__"
    GetAttribute "__getattribute__" GetAttr "__getattr__" SetAttr "__setattr__" DelAttr "__delattr__" Dir "__dir__"
    Get "__get__" Set "__set__" Delete "__delete__" SetName "__set_name__"
    Len "__len__" LengthHint "__length_hint__" GetItem "__getitem__" SetItem "__setitem__" DelItem "__delitem__" Missing "__missing__"
    Contains "__contains__" Iter "__iter__" Next "__next__" Reversed "__reversed__" ClassGetItem "__class_getitem__"
    Add "__add__" Sub "__sub__" Mul "__mul__" TrueDiv "__truediv__" FloorDiv "__floordiv__" Mod "__mod__" Pow "__pow__" MatMul "__matmul__"
    LShift "__lshift__" RShift "__rshift__" And "__and__" Or "__or__" Xor "__xor__" DivMod "__divmod__"
    RAdd "__radd__" RSub "__rsub__" RMul "__rmul__" RTrueDiv "__rtruediv__" RFloorDiv "__rfloordiv__" RMod "__rmod__" RPow "__rpow__" RMatMul "__rmatmul__"
    RLShift "__rlshift__" RRShift "__rrshift__" RAnd "__rand__" ROr "__ror__" RXor "__rxor__" RDivMod "__rdivmod__"
    IAdd "__iadd__" ISub "__isub__" IMul "__imul__" ITrueDiv "__itruediv__" IFloorDiv "__ifloordiv__" IMod "__imod__" IPow "__ipow__" IMatMul "__imatmul__"
    ILShift "__ilshift__" IRShift "__irshift__" IAnd "__iand__" IOr "__ior__" IXor "__ixor__"
    Neg "__neg__" Pos "__pos__" Abs "__abs__" Invert "__invert__"
    Int "__int__" Float "__float__" Complex "__complex__" Index "__index__" Round "__round__" Trunc "__trunc__" Floor "__floor__" Ceil "__ceil__"
    Enter "__enter__" Exit "__exit__" AEnter "__aenter__" AExit "__aexit__" Await "__await__" AIter "__aiter__" ANext "__anext__"
    InitSubclass "__init_subclass__" Prepare "__prepare__" InstanceCheck "__instancecheck__" SubclassCheck "__subclasscheck__" MroEntries "__mro_entries__"
    Buffer "__buffer__" ReleaseBuffer "__release_buffer__" Fspath "__fspath__" SizeOf "__sizeof__" Reduce "__reduce__" ReduceEx "__reduce_ex__"
    GetState "__getstate__" SetState "__setstate__" Subclasses "__subclasses__" Copy "__copy__" Deepcopy "__deepcopy__"
}

impl Dunder {
    /// The slot that a binary operator looks up on its left operand, its right one, and for the in-place form.
    pub const fn of_binary(op: mesapy_bytecode::BinOp) -> (Dunder, Dunder, Dunder) {
        use mesapy_bytecode::BinOp as B;
        match op {
            B::Add => (Dunder::Add, Dunder::RAdd, Dunder::IAdd),
            B::Sub => (Dunder::Sub, Dunder::RSub, Dunder::ISub),
            B::Mul => (Dunder::Mul, Dunder::RMul, Dunder::IMul),
            B::TrueDiv => (Dunder::TrueDiv, Dunder::RTrueDiv, Dunder::ITrueDiv),
            B::FloorDiv => (Dunder::FloorDiv, Dunder::RFloorDiv, Dunder::IFloorDiv),
            B::Mod => (Dunder::Mod, Dunder::RMod, Dunder::IMod),
            B::Pow => (Dunder::Pow, Dunder::RPow, Dunder::IPow),
            B::MatMul => (Dunder::MatMul, Dunder::RMatMul, Dunder::IMatMul),
            B::LShift => (Dunder::LShift, Dunder::RLShift, Dunder::ILShift),
            B::RShift => (Dunder::RShift, Dunder::RRShift, Dunder::IRShift),
            B::And => (Dunder::And, Dunder::RAnd, Dunder::IAnd),
            B::Or => (Dunder::Or, Dunder::ROr, Dunder::IOr),
            B::Xor => (Dunder::Xor, Dunder::RXor, Dunder::IXor),
        }
    }
    /// A rich comparison's slot and that of its mirror image.
    pub const fn of_compare(op: mesapy_bytecode::CmpOp) -> (Dunder, Dunder) {
        use mesapy_bytecode::CmpOp as C;
        match op {
            C::Lt => (Dunder::Lt, Dunder::Gt),
            C::Le => (Dunder::Le, Dunder::Ge),
            C::Eq => (Dunder::Eq, Dunder::Eq),
            C::Ne => (Dunder::Ne, Dunder::Ne),
            C::Gt => (Dunder::Gt, Dunder::Lt),
            C::Ge => (Dunder::Ge, Dunder::Le),
        }
    }
}
