//! `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2`: the hashes of `hashlib`, each an object around a [`state::State`] in the host's table.
//!
//! CPython: Modules/md5module.c and its neighbours.

mod blake2;
mod state;

use blake2::{Blake2b, Blake2s, Parameters};
use mesapy_heap::Value;
use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{GetSet, Local, Py, Ret, Vm};
use state::State;
use std::cell::RefCell;

/// Slot of a hash object: the index of its state in the host's table.
const HOST: usize = 0;
/// Bytes that a SHAKE gives at most.
const SHAKE_MAX: i64 = 1 << 29;

macro_rules! hash_types {
    ($($def:ident $name:literal $methods:ident $getset:ident $flags:expr;)*) => { $(
        static $def: TypeDef = TypeDef {
            name: $name,
            layout: Layout::Slots(1),
            flags: $flags,
            methods: $methods,
            getset: $getset,
            ..TypeDef::EMPTY
        };
    )* };
}
const PLAIN: TypeFlags = TypeFlags::IMMUTABLE.with(TypeFlags::NO_NEW);
const MADE: TypeFlags = TypeFlags::IMMUTABLE;
const OPEN: TypeFlags = TypeFlags::BASETYPE;
hash_types! {
    MD5 "_md5.md5" METHODS GETSET PLAIN;
    SHA1 "_sha1.sha1" METHODS GETSET PLAIN;
    SHA224 "_sha2.SHA224Type" METHODS GETSET PLAIN;
    SHA256 "_sha2.SHA256Type" METHODS GETSET PLAIN;
    SHA384 "_sha2.SHA384Type" METHODS GETSET PLAIN;
    SHA512 "_sha2.SHA512Type" METHODS GETSET PLAIN;
    SHA3_224 "_sha3.sha3_224" SHA3_224_METHODS SHA3_GETSET MADE;
    SHA3_256 "_sha3.sha3_256" SHA3_256_METHODS SHA3_GETSET MADE;
    SHA3_384 "_sha3.sha3_384" SHA3_384_METHODS SHA3_GETSET MADE;
    SHA3_512 "_sha3.sha3_512" SHA3_512_METHODS SHA3_GETSET MADE;
    SHAKE_128 "_sha3.shake_128" SHAKE_128_METHODS SHA3_GETSET MADE;
    SHAKE_256 "_sha3.shake_256" SHAKE_256_METHODS SHA3_GETSET MADE;
    BLAKE2B "_blake2.blake2b" BLAKE2B_METHODS GETSET OPEN;
    BLAKE2S "_blake2.blake2s" BLAKE2S_METHODS GETSET OPEN;
}

macro_rules! hash_methods {
    ($($table:ident $new:ident $signature:literal;)*) => { $(
        static $table: &[Method] = methods! {
            $signature => static calls $new(cls, data, _security, string), "";
            "copy(self, /)" => calls copy(this), "Return a copy of the hash object.";
            "digest(self, /)" => calls digest(this), "Return the digest value as a bytes object.";
            "hexdigest(self, /)" => calls hexdigest(this), "Return the digest value as a string of hexadecimal digits.";
            "update(self, data, /)" => calls update(this, data), "Update this hash object's state with the provided bytes-like object.";
        };
    )* };
}
macro_rules! shake_methods {
    ($($table:ident $new:ident;)*) => { $(
        static $table: &[Method] = methods! {
            "__new__(cls, data=b'', /, *, usedforsecurity=True, string=None)" => static calls $new(cls, data, _security, string), "";
            "copy(self, /)" => calls copy(this), "Return a copy of the hash object.";
            "digest(self, /, length)" => calls shake_digest(this, length), "Return the digest value as a bytes object.";
            "hexdigest(self, /, length)" => calls shake_hexdigest(this, length), "Return the digest value as a string of hexadecimal digits.";
            "update(self, data, /)" => calls update(this, data), "Update this hash object's state with the provided bytes-like object.";
        };
    )* };
}
static METHODS: &[Method] = methods! {
    "copy(self, /)" => calls copy(this), "Return a copy of the hash object.";
    "digest(self, /)" => calls digest(this), "Return the digest value as a bytes object.";
    "hexdigest(self, /)" => calls hexdigest(this), "Return the digest value as a string of hexadecimal digits.";
    "update(self, obj, /)" => calls update(this, data), "Update this hash object's state with the provided string.";
};
hash_methods! {
    SHA3_224_METHODS new_sha3_224 "__new__(cls, data=b'', /, *, usedforsecurity=True, string=None)";
    SHA3_256_METHODS new_sha3_256 "__new__(cls, data=b'', /, *, usedforsecurity=True, string=None)";
    SHA3_384_METHODS new_sha3_384 "__new__(cls, data=b'', /, *, usedforsecurity=True, string=None)";
    SHA3_512_METHODS new_sha3_512 "__new__(cls, data=b'', /, *, usedforsecurity=True, string=None)";
}
shake_methods! {
    SHAKE_128_METHODS new_shake_128;
    SHAKE_256_METHODS new_shake_256;
}
macro_rules! blake_methods {
    ($($table:ident $new:ident;)*) => { $(
        static $table: &[Method] = methods! {
            "__new__(cls, data=b'', /, *, digest_size=None, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)" =>
                static calls $new(cls, data, size, key, salt, person, fanout, depth, leaf, offset, node_depth, inner, last, _security, string), "Return a new BLAKE2 hash object.";
            "copy(self, /)" => calls copy(this), "Return a copy of the hash object.";
            "digest(self, /)" => calls digest(this), "Return the digest value as a bytes object.";
            "hexdigest(self, /)" => calls hexdigest(this), "Return the digest value as a string of hexadecimal digits.";
            "update(self, data, /)" => calls update(this, data), "Update this hash object's state with the provided bytes-like object.";
        };
    )* };
}
blake_methods! {
    BLAKE2B_METHODS new_blake2b;
    BLAKE2S_METHODS new_blake2s;
}
static GETSET: &[GetSet] = &[
    GetSet {
        name: "block_size",
        get: block_size,
        set: None,
        doc: "",
    },
    GetSet {
        name: "digest_size",
        get: digest_size,
        set: None,
        doc: "",
    },
    GetSet {
        name: "name",
        get: name,
        set: None,
        doc: "",
    },
];
static SHA3_GETSET: &[GetSet] = &[
    GetSet {
        name: "block_size",
        get: block_size,
        set: None,
        doc: "",
    },
    GetSet {
        name: "digest_size",
        get: digest_size,
        set: None,
        doc: "",
    },
    GetSet {
        name: "name",
        get: name,
        set: None,
        doc: "",
    },
    GetSet {
        name: "_capacity_bits",
        get: capacity_bits,
        set: None,
        doc: "",
    },
    GetSet {
        name: "_rate_bits",
        get: rate_bits,
        set: None,
        doc: "",
    },
    GetSet {
        name: "_suffix",
        get: suffix,
        set: None,
        doc: "",
    },
];

fn with_state<R>(vm: &Vm, this: Local, f: impl FnOnce(&mut State) -> R) -> Py<R> {
    let state = this
        .value(vm)
        .as_obj()
        .and_then(|o| o.slot(vm, HOST).as_small_int())
        .and_then(|i| vm.host_get::<RefCell<State>>(i as u32));
    match state {
        Some(state) => Ok(f(&mut state.borrow_mut())),
        None => Err(vm.system_error("a hash object without state")),
    }
}
fn object_of(vm: &mut Vm, class: &'static TypeDef, state: State) -> Py<Ret> {
    let vm: &Vm = vm;
    let made = object::new_native_instance(vm, class)?;
    attach(vm, made, state);
    Ok(vm.ret(made.value()))
}
fn attach(vm: &Vm, made: mesapy_heap::Obj<'_>, state: State) {
    let host = vm.host_insert(Box::new(RefCell::new(state)));
    vm.set_host(made, host);
    made.set_slot(vm, HOST, vm.int(i64::from(host)));
}
/// The bytes to hash; texts have their own error.
fn hashable(vm: &mut Vm, data: Local) -> Py<Vec<u8>> {
    if data.value(vm).as_str(vm).is_some() {
        return Err(vm.type_error("Strings must be encoded before hashing"));
    }
    if !vm.has_buffer(data.value(vm)) {
        return Err(vm.type_error("object supporting the buffer API required"));
    }
    vm.buffer_bytes(data)
}
/// The one of `data` and its old name `string` that was given.
fn initial(vm: &mut Vm, data: Option<Local>, string: Option<Local>) -> Py<Vec<u8>> {
    let string = string.filter(|s| !s.value(vm).is_none());
    match (data, string) {
        (Some(_), Some(_)) => Err(vm.type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version.",
        )),
        (Some(data), None) | (None, Some(data)) => hashable(vm, data),
        (None, None) => Ok(Vec::new()),
    }
}
fn update(vm: &mut Vm, this: Local, data: Local) -> Py<()> {
    let data = hashable(vm, data)?;
    with_state(vm, this, |s| s.update(&data))
}
fn copy(vm: &mut Vm, this: Local) -> Py<Ret> {
    let state = with_state(vm, this, |s| s.clone())?;
    let name = vm.type_name_for_error(this.value(vm));
    let def = ALL.iter().find(|d| d.name == name).copied();
    match (def, &state) {
        (Some(def), _) => object_of(vm, def, state),
        (None, State::Blake2b(_)) => object_of(vm, &BLAKE2B, state),
        (None, _) => object_of(vm, &BLAKE2S, state),
    }
}
fn digest(vm: &mut Vm, this: Local) -> Py<Ret> {
    let digest = with_state(vm, this, |s| s.digest(0))?;
    vm.ret_bytes(&digest)
}
fn hexdigest(vm: &mut Vm, this: Local) -> Py<Ret> {
    let digest = with_state(vm, this, |s| s.digest(0))?;
    vm.ret_str(&mesapy_text::repr::hex(&digest, None, 0))
}
fn shake_bytes(vm: &mut Vm, this: Local, length: Local) -> Py<Vec<u8>> {
    let length = vm.index_value(length)?.keep(vm);
    if vm.int_is_negative(length.value(vm)) {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let length = vm.int_value(length.value(vm)).filter(|n| *n < SHAKE_MAX);
    let Some(length) = length else {
        return Err(vm.value_error("length is too large"));
    };
    with_state(vm, this, |s| s.digest(length as usize))
}
fn shake_digest(vm: &mut Vm, this: Local, length: Local) -> Py<Ret> {
    let digest = shake_bytes(vm, this, length)?;
    vm.ret_bytes(&digest)
}
fn shake_hexdigest(vm: &mut Vm, this: Local, length: Local) -> Py<Ret> {
    let digest = shake_bytes(vm, this, length)?;
    vm.ret_str(&mesapy_text::repr::hex(&digest, None, 0))
}
fn number(vm: &mut Vm, this: Local, f: impl FnOnce(&State) -> usize) -> Py<Ret> {
    let n = with_state(vm, this, |s| f(s))?;
    Ok(vm.ret(vm.int(n as i64)))
}
fn block_size(vm: &mut Vm, this: Local) -> Py<Ret> {
    number(vm, this, |s| s.block_size())
}
fn digest_size(vm: &mut Vm, this: Local) -> Py<Ret> {
    number(vm, this, |s| s.digest_size())
}
fn rate_bits(vm: &mut Vm, this: Local) -> Py<Ret> {
    number(vm, this, |s| s.block_size() * 8)
}
fn capacity_bits(vm: &mut Vm, this: Local) -> Py<Ret> {
    number(vm, this, |s| 1600 - s.block_size() * 8)
}
fn suffix(vm: &mut Vm, this: Local) -> Py<Ret> {
    let shake = with_state(vm, this, |s| s.digest_size() == 0)?;
    vm.ret_bytes(if shake { b"\x1f" } else { b"\x06" })
}
fn name(vm: &mut Vm, this: Local) -> Py<Ret> {
    let name = with_state(vm, this, |s| s.name())?;
    vm.ret_str(name.as_bytes())
}
fn make(
    vm: &mut Vm,
    def: &'static TypeDef,
    name: &str,
    data: Option<Local>,
    string: Option<Local>,
) -> Py<Ret> {
    let data = initial(vm, data, string)?;
    let Some(mut state) = State::new(name) else {
        return Err(vm.value_error(format!("unsupported hash type {name}")));
    };
    state.update(&data);
    object_of(vm, def, state)
}
macro_rules! functions {
    ($($f:ident $def:ident $name:literal;)*) => { $(
        fn $f(vm: &mut Vm, data: Option<Local>, _security: Option<Local>, string: Option<Local>) -> Py<Ret> {
            make(vm, &$def, $name, data, string)
        }
    )* };
}
functions! { md5 MD5 "md5"; sha1 SHA1 "sha1"; sha224 SHA224 "sha224"; sha256 SHA256 "sha256"; sha384 SHA384 "sha384"; sha512 SHA512 "sha512"; }
macro_rules! constructors {
    ($($f:ident $def:ident $name:literal;)*) => { $(
        fn $f(vm: &mut Vm, _cls: Local, data: Option<Local>, _security: Option<Local>, string: Option<Local>) -> Py<Ret> {
            make(vm, &$def, $name, data, string)
        }
    )* };
}
constructors! {
    new_sha3_224 SHA3_224 "sha3_224"; new_sha3_256 SHA3_256 "sha3_256"; new_sha3_384 SHA3_384 "sha3_384"; new_sha3_512 SHA3_512 "sha3_512";
    new_shake_128 SHAKE_128 "shake_128"; new_shake_256 SHAKE_256 "shake_256";
}

/// What tells the two BLAKE2s apart in their constructors.
struct Blake {
    def: &'static TypeDef,
    shown: &'static str,
    digest_max: i64,
    salt_max: usize,
    offset_bits: u32,
}
const B: Blake = Blake {
    def: &BLAKE2B,
    shown: "Blake2b",
    digest_max: 64,
    salt_max: 16,
    offset_bits: 64,
};
const S: Blake = Blake {
    def: &BLAKE2S,
    shown: "Blake2s",
    digest_max: 32,
    salt_max: 8,
    offset_bits: 48,
};

fn ranged(vm: &Vm, n: Option<i64>, default: u8, least: i64, name: &str) -> Py<u8> {
    let n = n.unwrap_or(i64::from(default));
    u8::try_from(n)
        .ok()
        .filter(|v| i64::from(*v) >= least)
        .ok_or_else(|| vm.value_error(format!("{name} must be between {least} and 255")))
}
fn unsigned(vm: &mut Vm, n: Option<Local>) -> Py<Option<u64>> {
    let Some(n) = n else { return Ok(Some(0)) };
    let n = vm.index_value(n)?.keep(vm);
    let value = n.value(vm);
    if vm.int_is_negative(value) {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    Ok(match vm.int_value(value) {
        Some(n) => u64::try_from(n).ok(),
        None => value
            .as_bigint(vm)
            .map(|b| b.limbs(vm))
            .filter(|l| l.len() == 1)
            .and_then(|l| l.first().copied()),
    })
}
fn limited(vm: &mut Vm, data: Option<Local>, max: usize, what: &str) -> Py<Vec<u8>> {
    let data = match data {
        Some(data) => vm.buffer_bytes(data)?,
        None => Vec::new(),
    };
    if data.len() > max {
        return Err(vm.value_error(format!("maximum {what} length is {max} bytes")));
    }
    Ok(data)
}
macro_rules! blake_new {
    ($f:ident $blake:ident $variant:ident $ty:ident) => {
        #[allow(clippy::too_many_arguments, reason = "BLAKE2 has as many parameters")]
        fn $f(
            vm: &mut Vm,
            cls: Local,
            data: Option<Local>,
            size: Option<i64>,
            key: Option<Local>,
            salt: Option<Local>,
            person: Option<Local>,
            fanout: Option<i64>,
            depth: Option<i64>,
            leaf: Option<Local>,
            offset: Option<Local>,
            node_depth: Option<i64>,
            inner: Option<i64>,
            last: Option<bool>,
            _security: Option<Local>,
            string: Option<Local>,
        ) -> Py<Ret> {
            let data = initial(vm, data, string)?;
            let size = size.unwrap_or($blake.digest_max);
            if size < 1 || size > $blake.digest_max {
                return Err(vm.value_error(format!(
                    "digest_size for {} must be between 1 and {} bytes, here it is {size}",
                    $blake.shown, $blake.digest_max
                )));
            }
            let salt = limited(vm, salt, $blake.salt_max, "salt")?;
            let person = limited(vm, person, $blake.salt_max, "person")?;
            let fanout = ranged(vm, fanout, 1, 0, "fanout")?;
            let depth = ranged(vm, depth, 1, 1, "depth")?;
            let leaf_size = match unsigned(vm, leaf)?.map(u32::try_from) {
                Some(Ok(n)) => n,
                _ => return Err(vm.overflow_error("leaf_size is too large")),
            };
            let Some(node_offset) = unsigned(vm, offset)? else {
                return Err(vm.overflow_error("Python int too large for C unsigned long long"));
            };
            if $blake.offset_bits < 64 && node_offset >> $blake.offset_bits != 0 {
                return Err(vm.overflow_error("node_offset is too large"));
            }
            let node_depth = ranged(vm, node_depth, 0, 0, "node_depth")?;
            let inner = inner.unwrap_or(0);
            if inner < 0 || inner > $blake.digest_max {
                return Err(vm.value_error(format!(
                    "inner_size must be between 0 and is {}",
                    $blake.digest_max
                )));
            }
            let key = limited(vm, key, $blake.digest_max as usize, "key")?;
            let mut state = $ty::new(&Parameters {
                digest_size: size as usize,
                key,
                salt,
                person,
                fanout,
                depth,
                leaf_size,
                node_offset,
                node_depth,
                inner_size: inner as u8,
                last_node: last.unwrap_or(false),
            });
            state.update(&data);
            let vm: &Vm = vm;
            let class = object::check_new_class(vm, cls, $blake.def)?;
            let made = object::instantiate(vm, class)?;
            if let Some(o) = made.as_obj() {
                attach(vm, o, State::$variant(Box::new(state)));
            }
            Ok(vm.ret(made))
        }
    };
}
blake_new!(new_blake2b B Blake2b Blake2b);
blake_new!(new_blake2s S Blake2s Blake2s);

static ALL: &[&TypeDef] = &[
    &MD5, &SHA1, &SHA224, &SHA256, &SHA384, &SHA512, &SHA3_224, &SHA3_256, &SHA3_384, &SHA3_512,
    &SHAKE_128, &SHAKE_256, &BLAKE2B, &BLAKE2S,
];
/// Bytes from which CPython hashes without its lock; programs see the number.
const GIL_MINSIZE: i64 = 2048;

macro_rules! modules {
    ($($def:ident $name:literal $functions:ident [$($ty:ident)*] $init:ident;)*) => { $(
        pub static $def: NativeModule = NativeModule { name: $name, doc: "", functions: $functions, types: &[$(&$ty,)*], init: Some($init) };
    )* };
}
modules! {
    MD5_MODULE "_md5" MD5_FUNCTIONS [] init_md5;
    SHA1_MODULE "_sha1" SHA1_FUNCTIONS [] init_sha1;
    SHA2_MODULE "_sha2" SHA2_FUNCTIONS [SHA224 SHA256 SHA384 SHA512] init_common;
    SHA3_MODULE "_sha3" NO_FUNCTIONS [SHA3_224 SHA3_256 SHA3_384 SHA3_512 SHAKE_128 SHAKE_256] init_sha3;
    BLAKE2_MODULE "_blake2" NO_FUNCTIONS [BLAKE2B BLAKE2S] init_blake2;
}
static NO_FUNCTIONS: &[Method] = &[];
static MD5_FUNCTIONS: &[Method] = methods! { "md5(data=b'', *, usedforsecurity=True, string=None)" => static calls md5(data, security, string), "Return a new MD5 hash object; optionally initialized with a string."; };
static SHA1_FUNCTIONS: &[Method] = methods! { "sha1(data=b'', *, usedforsecurity=True, string=None)" => static calls sha1(data, security, string), "Return a new SHA1 hash object; optionally initialized with a string."; };
static SHA2_FUNCTIONS: &[Method] = methods! {
    "sha224(data=b'', *, usedforsecurity=True, string=None)" => static calls sha224(data, security, string), "Return a new SHA-224 hash object; optionally initialized with a string.";
    "sha256(data=b'', *, usedforsecurity=True, string=None)" => static calls sha256(data, security, string), "Return a new SHA-256 hash object; optionally initialized with a string.";
    "sha384(data=b'', *, usedforsecurity=True, string=None)" => static calls sha384(data, security, string), "Return a new SHA-384 hash object; optionally initialized with a string.";
    "sha512(data=b'', *, usedforsecurity=True, string=None)" => static calls sha512(data, security, string), "Return a new SHA-512 hash object; optionally initialized with a string.";
};
fn set(vm: &Vm, dict: Local<k::Dict>, name: &str, value: Value<'_>) -> Py<()> {
    Ok(dict
        .get(vm)
        .set_str(vm, vm.intern(name.as_bytes()), value)?)
}
fn init_common(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    set(vm, dict, "_GIL_MINSIZE", vm.int(GIL_MINSIZE))
}
fn init_md5(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    vm.register_type(&MD5)?;
    set(vm, dict, "MD5Type", vm.type_object(&MD5).value())?;
    init_common(vm, dict)
}
fn init_sha1(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    vm.register_type(&SHA1)?;
    set(vm, dict, "SHA1Type", vm.type_object(&SHA1).value())?;
    init_common(vm, dict)
}
fn init_sha3(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    set(
        vm,
        dict,
        "implementation",
        vm.new_str(b"RustCrypto")?.value(),
    )?;
    init_common(vm, dict)
}
fn init_blake2(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    for (prefix, def, blake) in [("BLAKE2B", &BLAKE2B, &B), ("BLAKE2S", &BLAKE2S, &S)] {
        let sizes = [
            ("MAX_DIGEST_SIZE", blake.digest_max),
            ("MAX_KEY_SIZE", blake.digest_max),
            ("PERSON_SIZE", blake.salt_max as i64),
            ("SALT_SIZE", blake.salt_max as i64),
        ];
        for (name, n) in sizes {
            set(vm, dict, &format!("{prefix}_{name}"), vm.int(n))?;
            let own = vm.type_dict(vm.type_object(def));
            own.set_str(vm, vm.intern(name.as_bytes()), vm.int(n))?;
        }
    }
    init_common(vm, dict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blake2_of_abc() {
        let p = |digest_size| Parameters {
            digest_size,
            key: vec![],
            salt: vec![],
            person: vec![],
            fanout: 1,
            depth: 1,
            leaf_size: 0,
            node_offset: 0,
            node_depth: 0,
            inner_size: 0,
            last_node: false,
        };
        let mut b = Blake2b::new(&p(64));
        b.update(b"abc");
        assert_eq!(&b.digest()[..4], &[0xba, 0x80, 0xa5, 0x3f]);
        let mut s = Blake2s::new(&p(32));
        s.update(b"abc");
        assert_eq!(&s.digest()[..4], &[0x50, 0x8c, 0x5e, 0x8c]);
    }
}
