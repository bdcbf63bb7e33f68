//! `_socket.socket`. CPython: Modules/socketmodule.c
//!
//! A socket with a timeout is non-blocking underneath; waiting is done by `poll`, so that signals and other threads get their turn.

use super::address::{of_python, to_python};
use super::{AF_INET, DefaultTimeout, plain_error};
use crate::posix::{c_int, run};
use crate::support::*;
use mesapy_platform::{OsError, OsResult, Platform, PollRequest, Time};
use std::time::{Duration, Instant};

const FD: usize = 0;
const FAMILY: usize = 1;
const TYPE: usize = 2;
const PROTOCOL: usize = 3;
/// Nanoseconds; -1 is no timeout.
const TIMEOUT: usize = 4;

pub static SOCKET: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_socket.socket",
    doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.  The family argument specifies the\naddress family; it defaults to AF_INET.  The type argument specifies\nwhether this is a stream (SOCK_STREAM, this is the default)\nor datagram (SOCK_DGRAM) socket.  The protocol argument defaults to 0,\nspecifying the default protocol.  Keyword arguments are accepted.\nThe socket is created as non-inheritable.",
    layout: Layout::Slots(5),
    flags: BASE,
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__init__(self, family=-1, type=-1, proto=-1, fileno=None)" => calls init(this, family, kind, protocol, fileno), "Initialize self.  See help(type(self)) for accurate signature.";
        "__repr__(self, /)" => calls repr(this), "Return repr(self).";
        "__del__(self, /)" => calls finalize(this), "Called when the instance is about to be destroyed.";
        "_accept(self, /)" => calls accept(this), "_accept() -> (integer, address info)\n\nWait for an incoming connection.  Return a new socket file descriptor\nrepresenting the connection, and the address of the client.\nFor IP sockets, the address info is a pair (hostaddr, port).";
        "bind(self, address, /)" => calls bind(this, address), "bind(address)\n\nBind the socket to a local address.  For IP sockets, the address is a\npair (host, port); the host must refer to the local host. For raw packet\nsockets the address is a tuple (ifname, proto [,pkttype [,hatype [,addr]]])";
        "close(self, /)" => calls close(this), "close()\n\nClose the socket.  It cannot be used after this call.";
        "connect(self, address, /)" => calls connect(this, address), "connect(address)\n\nConnect the socket to a remote address.  For IP sockets, the address\nis a pair (host, port).";
        "connect_ex(self, address, /)" => calls connect_ex(this, address), "connect_ex(address) -> errno\n\nThis is like connect(address), but returns an error code (the errno value)\ninstead of raising an exception when an error occurs.";
        "detach(self, /)" => calls detach(this), "detach()\n\nClose the socket object without closing the underlying file descriptor.\nThe object cannot be used after this call, but the file descriptor\ncan be reused for other purposes.  The file descriptor is returned.";
        "fileno(self, /)" => calls fileno(this), "fileno() -> integer\n\nReturn the integer file descriptor of the socket.";
        "getpeername(self, /)" => calls getpeername(this), "getpeername() -> address info\n\nReturn the address of the remote endpoint.  For IP sockets, the address\ninfo is a pair (hostaddr, port).";
        "getsockname(self, /)" => calls getsockname(this), "getsockname() -> address info\n\nReturn the address of the local endpoint. The format depends on the\naddress family. For IPv4 sockets, the address info is a pair\n(hostaddr, port). For IPv6 sockets, the address info is a 4-tuple\n(hostaddr, port, flowinfo, scope_id).";
        "getsockopt(self, level, option, buffersize=0, /)" => calls getsockopt(this, level, option, size), "getsockopt(level, option[, buffersize]) -> value\n\nGet a socket option.  See the Unix manual for level and option.\nIf a nonzero buffersize argument is given, the return value is a\nstring of that length; otherwise it is an integer.";
        "setsockopt(self, level, option, value, optlen=None, /)" => calls setsockopt(this, level, option, value, len), "setsockopt(level, option, value: int)\nsetsockopt(level, option, value: buffer)\nsetsockopt(level, option, None, optlen: int)\n\nSet a socket option.  See the Unix manual for level and option.\nThe value argument can either be an integer, a string buffer, or\nNone, optlen.";
        "listen(self, backlog=128, /)" => calls listen(this, backlog), "listen([backlog])\n\nEnable a server to accept connections.  If backlog is specified, it must be\nat least 0 (if it is lower, it is set to 0); it specifies the number of\nunaccepted connections that the system will allow before refusing new\nconnections. If not specified, a default reasonable value is chosen.";
        "recv(self, buffersize, flags=0, /)" => calls recv(this, size, flags), "recv(buffersize[, flags]) -> data\n\nReceive up to buffersize bytes from the socket.  For the optional flags\nargument, see the Unix manual.  When no data is available, block until\nat least one byte is available or until the remote end is closed.  When\nthe remote end is closed and all data is read, return the empty string.";
        "recv_into(self, buffer, nbytes=0, flags=0)" => calls recv_into(this, buffer, size, flags), "recv_into(buffer, [nbytes[, flags]]) -> nbytes_read\n\nA version of recv() that stores its data into a buffer rather than creating\na new string.  Receive up to buffersize bytes from the socket.  If buffersize\nis not specified (or 0), receive up to the size available in the given buffer.";
        "recvfrom(self, buffersize, flags=0, /)" => calls recvfrom(this, size, flags), "recvfrom(buffersize[, flags]) -> (data, address info)\n\nLike recv(buffersize, flags) but also return the sender's address info.";
        "recvfrom_into(self, buffer, nbytes=0, flags=0)" => calls recvfrom_into(this, buffer, size, flags), "recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)\n\nLike recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info.";
        "send(self, data, flags=0, /)" => calls send(this, data, flags), "send(data[, flags]) -> count\n\nSend a data string to the socket.  For the optional flags\nargument, see the Unix manual.  Return the number of bytes\nsent; this may be less than len(data) if the network is busy.";
        "sendall(self, data, flags=0, /)" => calls sendall(this, data, flags), "sendall(data[, flags])\n\nSend a data string to the socket.  For the optional flags\nargument, see the Unix manual.  This calls send() repeatedly\nuntil all data is sent.  If an error occurs, it's impossible\nto tell how much data has been sent.";
        "sendto(self, data, flags_or_address, address=None, /)" => calls sendto(this, data, second, third), "sendto(data[, flags], address) -> count\n\nLike send(data, flags) but allows specifying the destination address.\nFor IP sockets, the address is a pair (hostaddr, port).";
        "setblocking(self, flag, /)" => calls setblocking(this, flag), "setblocking(flag)\n\nSet the socket to blocking (flag is true) or non-blocking (false).\nsetblocking(True) is equivalent to settimeout(None);\nsetblocking(False) is equivalent to settimeout(0.0).";
        "getblocking(self, /)" => calls getblocking(this), "getblocking()\n\nReturns True if socket is in blocking mode, or False if it\nis in non-blocking mode.";
        "settimeout(self, timeout, /)" => calls settimeout(this, timeout), "settimeout(timeout)\n\nSet a timeout on socket operations.  'timeout' can be a float,\ngiving in seconds, or None.  Setting a timeout of None disables\nthe timeout feature and is equivalent to setblocking(1).\nSetting a timeout of zero is the same as setblocking(0).";
        "gettimeout(self, /)" => calls gettimeout(this), "gettimeout() -> timeout\n\nReturns the timeout in seconds (float) associated with socket\noperations. A timeout of None indicates that timeouts on socket\noperations are disabled.";
        "shutdown(self, flag, /)" => calls shutdown(this, how), "shutdown(flag)\n\nShut down the reading side of the socket (flag == SHUT_RD), the writing side\nof the socket (flag == SHUT_WR), or both ends (flag == SHUT_RDWR).";
    },
    members: &[
        ("family", FAMILY as u16, "the socket family"),
        ("type", TYPE as u16, "the socket type"),
        ("proto", PROTOCOL as u16, "the socket protocol"),
    ],
    getset: &[GetSet {
        name: "timeout",
        get: |vm, this| {
            let ns = int_slot(vm, this, TIMEOUT);
            Ok(vm.ret(seconds(vm, ns)))
        },
        set: None,
        doc: "the socket timeout",
    }],
    ..TypeDef::EMPTY
};

const SOCK_STREAM: i64 = 1;
/// SOCK_NONBLOCK and SOCK_CLOEXEC, which are no part of the type.
const TYPE_FLAGS: i64 = 0x80800;
const EINPROGRESS: i32 = 115;
const EINTR: i32 = 4;
const EAGAIN: i32 = 11;
const SOL_SOCKET: i32 = 1;
const SO_ERROR: i32 = 4;
const SO_TYPE: i32 = 3;
const SO_PROTOCOL: i32 = 38;
const SO_DOMAIN: i32 = 39;
const POLLIN: i16 = 1;
const POLLOUT: i16 = 4;
/// Received at once; more is a matter of calling again.
const RECEIVE_BYTES_MAX: usize = 16 << 20;

// ---- making and ending

fn new(vm: &mut Vm, cls: Local, _: Local, _: Local) -> Py<Local> {
    let made = make(vm, cls, &SOCKET)?;
    set_int_slot(vm, made, FD, -1);
    for i in [FAMILY, TYPE, PROTOCOL] {
        set_int_slot(vm, made, i, 0);
    }
    set_int_slot(vm, made, TIMEOUT, -1);
    if let Some(o) = made.value(vm).as_obj() {
        vm.register_finalizer(o);
    }
    Ok(made)
}
fn set_up(vm: &mut Vm, this: Local, fd: i32, family: i64, kind: i64, protocol: i64) -> Py<()> {
    set_int_slot(vm, this, FD, i64::from(fd));
    set_int_slot(vm, this, FAMILY, family);
    set_int_slot(vm, this, TYPE, kind & !TYPE_FLAGS);
    set_int_slot(vm, this, PROTOCOL, protocol);
    const SOCK_NONBLOCK: i64 = 0x800;
    let timeout = if kind & SOCK_NONBLOCK != 0 {
        0
    } else {
        vm.state::<DefaultTimeout>().0
    };
    set_int_slot(vm, this, TIMEOUT, timeout);
    if timeout >= 0 {
        run(vm, |o| o.set_blocking(fd, false))?;
    }
    Ok(())
}
/// A plain socket object over a descriptor.
pub fn made_of(vm: &mut Vm, fd: i32, family: i32, kind: i32, protocol: i32) -> Py<Local> {
    let class = vm.local(vm.type_object(&SOCKET).value());
    let none = vm.local(Value::NONE);
    let made = new(vm, class, none, none)?;
    set_up(vm, made, fd, family.into(), kind.into(), protocol.into())?;
    Ok(made)
}
fn init(
    vm: &mut Vm,
    this: Local,
    family: Option<i64>,
    kind: Option<i64>,
    protocol: Option<i64>,
    fileno: Option<Local>,
) -> Py<()> {
    let (mut family, mut kind, mut protocol) = (
        family.unwrap_or(-1),
        kind.unwrap_or(-1),
        protocol.unwrap_or(-1),
    );
    if let Some(fileno) = fileno.filter(|f| !f.value(vm).is_none()) {
        if fileno.value(vm).as_f64(vm).is_some() && !vm.is_int(fileno.value(vm)) {
            return Err(vm.type_error("'float' object cannot be interpreted as an integer"));
        }
        let n = vm.index(fileno)?;
        if n < 0 {
            return Err(vm.value_error("negative file descriptor"));
        }
        let fd = c_int(vm, n)?;
        let asked = |vm: &mut Vm, option: i32| -> Py<i64> {
            let value = run(vm, |o| o.getsockopt(fd, SOL_SOCKET, option, 4))?;
            Ok(i64::from(int_of(&value)))
        };
        let found = asked(vm, SO_DOMAIN)?;
        family = if family == -1 { found } else { family };
        if kind == -1 {
            kind = asked(vm, SO_TYPE)?;
        }
        if protocol == -1 {
            protocol = asked(vm, SO_PROTOCOL)?;
        }
        return set_up(vm, this, fd, family, kind, protocol);
    }
    family = if family == -1 {
        i64::from(AF_INET)
    } else {
        family
    };
    kind = if kind == -1 { SOCK_STREAM } else { kind };
    protocol = if protocol == -1 { 0 } else { protocol };
    let (f, t, p) = (c_int(vm, family)?, c_int(vm, kind)?, c_int(vm, protocol)?);
    let fd = run(vm, |o| o.socket(f, t, p))?;
    set_up(vm, this, fd, family, kind, protocol)
}
fn int_of(bytes: &[u8]) -> i32 {
    <[u8; 4]>::try_from(bytes).map_or(0, i32::from_ne_bytes)
}
fn fd_of(vm: &Vm, this: Local) -> i32 {
    int_slot(vm, this, FD) as i32
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let n = |i| int_slot(vm, this, i);
    Ok(format!(
        "<socket object, fd={}, family={}, type={}, proto={}>",
        n(FD),
        n(FAMILY),
        n(TYPE),
        n(PROTOCOL)
    ))
}
fn finalize(vm: &mut Vm, this: Local) -> Py<()> {
    let fd = fd_of(vm, this);
    if fd < 0 {
        return Ok(());
    }
    let shown = vm.repr_text(this)?;
    let warned = vm.warn(&exc::RESOURCE_WARNING, &format!("unclosed {shown}"), 1);
    set_int_slot(vm, this, FD, -1);
    let _ = vm.platform().close(fd);
    warned
}
fn close(vm: &mut Vm, this: Local) -> Py<()> {
    let fd = fd_of(vm, this);
    if fd < 0 {
        return Ok(());
    }
    set_int_slot(vm, this, FD, -1);
    match vm.platform().close(fd) {
        // The other side may have gone first; the descriptor is closed all the same.
        Err(e) if e.errno != ECONNRESET && !e.interrupted() => Err(vm.platform_error(e, None)),
        _ => Ok(()),
    }
}
const ECONNRESET: i32 = 104;
fn detach(vm: &mut Vm, this: Local) -> Py<i64> {
    let fd = int_slot(vm, this, FD);
    set_int_slot(vm, this, FD, -1);
    Ok(fd)
}
fn fileno(vm: &mut Vm, this: Local) -> Py<i64> {
    Ok(int_slot(vm, this, FD))
}

// ---- timeouts

/// A timeout as Python shows it.
pub fn seconds(vm: &Vm, ns: i64) -> Value<'_> {
    if ns < 0 {
        Value::NONE
    } else {
        vm.float(ns as f64 / 1e9)
    }
}
pub fn timeout_ns(vm: &mut Vm, timeout: Local) -> Py<i64> {
    if timeout.value(vm).is_none() {
        return Ok(-1);
    }
    let x = vm.to_f64(timeout)?;
    if x.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if x < 0.0 {
        return Err(vm.value_error("Timeout value out of range"));
    }
    let ns = x * 1e9;
    if ns >= i64::MAX as f64 {
        return Err(vm.overflow_error("timeout doesn't fit into C timeval"));
    }
    Ok(ns.ceil() as i64)
}
fn set_timeout(vm: &mut Vm, this: Local, ns: i64) -> Py<()> {
    let fd = fd_of(vm, this);
    set_int_slot(vm, this, TIMEOUT, ns);
    run(vm, |o| o.set_blocking(fd, ns < 0))
}
fn settimeout(vm: &mut Vm, this: Local, timeout: Local) -> Py<()> {
    let ns = timeout_ns(vm, timeout)?;
    set_timeout(vm, this, ns)
}
fn gettimeout(vm: &mut Vm, this: Local) -> Py<Ret> {
    let ns = int_slot(vm, this, TIMEOUT);
    Ok(vm.ret(seconds(vm, ns)))
}
fn setblocking(vm: &mut Vm, this: Local, flag: bool) -> Py<()> {
    set_timeout(vm, this, if flag { -1 } else { 0 })
}
fn getblocking(vm: &mut Vm, this: Local) -> Py<bool> {
    Ok(int_slot(vm, this, TIMEOUT) != 0)
}
/// When an operation that starts now has to be done.
fn deadline(vm: &Vm, this: Local) -> Option<Instant> {
    let ns = int_slot(vm, this, TIMEOUT);
    let patience = u64::try_from(ns).ok().filter(|n| *n > 0)?;
    Instant::now().checked_add(Duration::from_nanos(patience))
}
/// Waits until the socket can be read or written; TimeoutError if it is too late.
fn wait(vm: &mut Vm, fd: i32, events: i16, until: Instant) -> Py<()> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let time = Time {
            seconds: left.as_secs() as i64,
            nanos: left.subsec_nanos(),
        };
        let ready = vm.blocking(|o| {
            let mut requests = [PollRequest {
                fd,
                events,
                ready: 0,
            }];
            o.poll(&mut requests, Some(time))
        });
        match ready {
            Ok(0) => return Err(vm.raise_text(&exc::TIMEOUT_ERROR, "timed out")),
            Ok(_) => return Ok(()),
            Err(e) if e.interrupted() => vm.poll()?,
            Err(e) => return Err(vm.platform_error(e, None)),
        }
    }
}
/// An operation on the socket, with its timeout.
fn operate<T>(
    vm: &mut Vm,
    this: Local,
    events: i16,
    until: Option<Instant>,
    mut call: impl FnMut(&dyn Platform, i32) -> OsResult<T>,
) -> Py<T> {
    let fd = fd_of(vm, this);
    loop {
        if let Some(until) = until {
            wait(vm, fd, events, until)?;
        }
        match vm.blocking(|o| call(o, fd)) {
            Ok(done) => return Ok(done),
            Err(e) if e.interrupted() => vm.poll()?,
            Err(e) if e.errno == EAGAIN && until.is_some() => {}
            Err(e) => return Err(vm.platform_error(e, None)),
        }
    }
}

// ---- addresses

fn address_of(
    vm: &mut Vm,
    this: Local,
    address: Local,
    function: &str,
) -> Py<mesapy_platform::SocketAddress> {
    let family = int_slot(vm, this, FAMILY) as i32;
    of_python(vm, family, address, function)
}
fn python_address(vm: &Vm, this: Local, address: &mesapy_platform::SocketAddress) -> Py<Ret> {
    let family = int_slot(vm, this, FAMILY) as i32;
    Ok(vm.ret(to_python(vm, address, family)?))
}
fn bind(vm: &mut Vm, this: Local, address: Local) -> Py<()> {
    let address = address_of(vm, this, address, "bind")?;
    let fd = fd_of(vm, this);
    run(vm, |o| o.bind(fd, &address))
}
/// Connects; the error is a platform's, or an exception of waiting.
fn connect_to(vm: &mut Vm, this: Local, address: Local, function: &str) -> Py<OsResult<()>> {
    let address = address_of(vm, this, address, function)?;
    let fd = fd_of(vm, this);
    let until = deadline(vm, this);
    let blocking = int_slot(vm, this, TIMEOUT) < 0;
    match vm.blocking(|o| o.connect(fd, &address)) {
        Ok(()) => return Ok(Ok(())),
        Err(e) if e.errno == EINTR && (blocking || until.is_some()) => vm.poll()?,
        Err(e) if e.errno == EINPROGRESS && until.is_some() => {}
        Err(e) => return Ok(Err(e)),
    }
    // It goes on in the background: done when the socket can be written.
    const LONG: Duration = Duration::from_secs(1 << 24);
    let until = until.or_else(|| Instant::now().checked_add(LONG));
    if let Some(until) = until {
        wait(vm, fd, POLLOUT, until)?;
    }
    let error = run(vm, |o| o.getsockopt(fd, SOL_SOCKET, SO_ERROR, 4))?;
    Ok(match int_of(&error) {
        0 => Ok(()),
        errno => Err(OsError::new(errno)),
    })
}
fn connect(vm: &mut Vm, this: Local, address: Local) -> Py<()> {
    match connect_to(vm, this, address, "connect")? {
        Ok(()) => Ok(()),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
fn connect_ex(vm: &mut Vm, this: Local, address: Local) -> Py<i64> {
    match connect_to(vm, this, address, "connect_ex") {
        Ok(Ok(())) => Ok(0),
        Ok(Err(e)) => Ok(i64::from(e.errno)),
        Err(raised) if vm.raised_is(&raised, &exc::TIMEOUT_ERROR) => {
            vm.take_exception(raised);
            Ok(i64::from(EAGAIN))
        }
        Err(raised) => Err(raised),
    }
}
fn accept(vm: &mut Vm, this: Local) -> Py<Ret> {
    let until = deadline(vm, this);
    let (fd, address) = operate(vm, this, POLLIN, until, |o, fd| o.accept(fd))?;
    let vm: &Vm = vm;
    let family = int_slot(vm, this, FAMILY) as i32;
    let pair = [vm.int(i64::from(fd)), to_python(vm, &address, family)?];
    Ok(vm.ret(vm.new_tuple(&pair)?.value()))
}
fn listen(vm: &mut Vm, this: Local, backlog: Option<i64>) -> Py<()> {
    let backlog = c_int(vm, backlog.unwrap_or(128).max(0))?;
    let fd = fd_of(vm, this);
    run(vm, |o| o.listen(fd, backlog))
}
fn getpeername(vm: &mut Vm, this: Local) -> Py<Ret> {
    let fd = fd_of(vm, this);
    let address = run(vm, |o| o.getpeername(fd))?;
    python_address(vm, this, &address)
}
fn getsockname(vm: &mut Vm, this: Local) -> Py<Ret> {
    let fd = fd_of(vm, this);
    let address = run(vm, |o| o.getsockname(fd))?;
    python_address(vm, this, &address)
}
fn shutdown(vm: &mut Vm, this: Local, how: i64) -> Py<()> {
    let how = c_int(vm, how)?;
    let fd = fd_of(vm, this);
    run(vm, |o| o.shutdown(fd, how))
}

// ---- options

fn getsockopt(vm: &mut Vm, this: Local, level: i64, option: i64, size: Option<i64>) -> Py<Ret> {
    let (level, option) = (c_int(vm, level)?, c_int(vm, option)?);
    let fd = fd_of(vm, this);
    let size = size.unwrap_or(0);
    if size == 0 {
        let value = run(vm, |o| o.getsockopt(fd, level, option, 4))?;
        return Ok(vm.ret(vm.int(i64::from(int_of(&value)))));
    }
    if !(0..=1024).contains(&size) {
        return Err(plain_error(vm, "getsockopt buflen out of range"));
    }
    let value = run(vm, |o| o.getsockopt(fd, level, option, size as usize))?;
    Ok(vm.ret(vm.new_bytes(&value)?.value()))
}
fn setsockopt(
    vm: &mut Vm,
    this: Local,
    level: i64,
    option: i64,
    value: Local,
    len: Option<Local>,
) -> Py<()> {
    let (level, option) = (c_int(vm, level)?, c_int(vm, option)?);
    let fd = fd_of(vm, this);
    let bytes = if let Some(len) = len {
        if !value.value(vm).is_none() {
            return Err(vm.type_error("setsockopt() takes exactly 3 arguments (4 given)"));
        }
        let n = vm.index(len)?;
        vec![0; usize::try_from(n).unwrap_or(0).min(4)]
    } else if vm.is_int(value.value(vm)) || vm.special_of(value.value(vm), Dunder::Index).is_some()
    {
        let n = vm.index(value)?;
        c_int(vm, n)?.to_ne_bytes().to_vec()
    } else {
        vm.buffer_bytes(value)?
    };
    run(vm, |o| o.setsockopt(fd, level, option, &bytes))
}

// ---- data

fn receive_size(vm: &Vm, size: i64, function: &str) -> Py<usize> {
    match usize::try_from(size) {
        Ok(n) => Ok(n.min(RECEIVE_BYTES_MAX)),
        Err(_) => Err(vm.value_error(format!("negative buffersize in {function}"))),
    }
}
fn receive(vm: &mut Vm, this: Local, size: usize, flags: i32) -> Py<Vec<u8>> {
    let mut room = vec![0; size];
    if size == 0 {
        return Ok(room);
    }
    let until = deadline(vm, this);
    let n = operate(vm, this, POLLIN, until, |o, fd| {
        o.recv(fd, &mut room, flags)
    })?;
    room.truncate(n);
    Ok(room)
}
fn receive_from(
    vm: &mut Vm,
    this: Local,
    size: usize,
    flags: i32,
) -> Py<(Vec<u8>, mesapy_platform::SocketAddress)> {
    let mut room = vec![0; size];
    let until = deadline(vm, this);
    let (n, from) = operate(vm, this, POLLIN, until, |o, fd| {
        o.recvfrom(fd, &mut room, flags)
    })?;
    room.truncate(n);
    Ok((room, from))
}
fn recv(vm: &mut Vm, this: Local, size: i64, flags: Option<i64>) -> Py<Ret> {
    let size = receive_size(vm, size, "recv")?;
    let flags = c_int(vm, flags.unwrap_or(0))?;
    let data = receive(vm, this, size, flags)?;
    Ok(vm.ret(vm.new_bytes(&data)?.value()))
}
fn recvfrom(vm: &mut Vm, this: Local, size: i64, flags: Option<i64>) -> Py<Ret> {
    let size = receive_size(vm, size, "recvfrom")?;
    let flags = c_int(vm, flags.unwrap_or(0))?;
    let (data, from) = receive_from(vm, this, size, flags)?;
    let vm: &Vm = vm;
    let family = int_slot(vm, this, FAMILY) as i32;
    let pair = [vm.new_bytes(&data)?.value(), to_python(vm, &from, family)?];
    Ok(vm.ret(vm.new_tuple(&pair)?.value()))
}
/// How many bytes to receive into a buffer.
fn room_in(vm: &Vm, len: usize, asked: Option<i64>, function: &str) -> Py<usize> {
    let asked = usize::try_from(asked.unwrap_or(0))
        .map_err(|_| vm.value_error(format!("negative buffersize in {function}")))?;
    if asked > len {
        return Err(vm.value_error(match function {
            "recv_into" => "buffer too small for requested bytes",
            _ => "nbytes is greater than the length of the buffer",
        }));
    }
    Ok(if asked == 0 { len } else { asked })
}
fn recv_into(
    vm: &mut Vm,
    this: Local,
    buffer: Local,
    size: Option<i64>,
    flags: Option<i64>,
) -> Py<i64> {
    let flags = c_int(vm, flags.unwrap_or(0))?;
    let n = crate::io::read_into(vm, buffer, "recv_into", |vm, room| {
        let size = room_in(vm, room.len(), size, "recv_into")?;
        let data = receive(vm, this, size, flags)?;
        if let Some(place) = room.get_mut(..data.len()) {
            place.copy_from_slice(&data);
        }
        Ok(data.len())
    })?;
    Ok(n as i64)
}
fn recvfrom_into(
    vm: &mut Vm,
    this: Local,
    buffer: Local,
    size: Option<i64>,
    flags: Option<i64>,
) -> Py<Ret> {
    let flags = c_int(vm, flags.unwrap_or(0))?;
    let mut sender = mesapy_platform::SocketAddress::Unnamed;
    let n = crate::io::read_into(vm, buffer, "recvfrom_into", |vm, room| {
        let size = room_in(vm, room.len(), size, "recvfrom_into")?;
        let (data, from) = receive_from(vm, this, size, flags)?;
        sender = from;
        if let Some(place) = room.get_mut(..data.len()) {
            place.copy_from_slice(&data);
        }
        Ok(data.len())
    })?;
    let vm: &Vm = vm;
    let family = int_slot(vm, this, FAMILY) as i32;
    let pair = [vm.int(n as i64), to_python(vm, &sender, family)?];
    Ok(vm.ret(vm.new_tuple(&pair)?.value()))
}
fn send(vm: &mut Vm, this: Local, data: Local, flags: Option<i64>) -> Py<i64> {
    let flags = c_int(vm, flags.unwrap_or(0))?;
    let bytes = vm.buffer_bytes(data)?;
    let until = deadline(vm, this);
    let n = operate(vm, this, POLLOUT, until, |o, fd| o.send(fd, &bytes, flags))?;
    Ok(n as i64)
}
fn sendall(vm: &mut Vm, this: Local, data: Local, flags: Option<i64>) -> Py<()> {
    let flags = c_int(vm, flags.unwrap_or(0))?;
    let bytes = vm.buffer_bytes(data)?;
    let until = deadline(vm, this);
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let n = operate(vm, this, POLLOUT, until, |o, fd| o.send(fd, rest, flags))?;
        rest = rest.get(n..).unwrap_or_default();
        vm.poll()?;
    }
    Ok(())
}
fn sendto(vm: &mut Vm, this: Local, data: Local, second: Local, third: Option<Local>) -> Py<i64> {
    let (flags, address) = match third {
        Some(address) => {
            let n = vm.index(second)?;
            (c_int(vm, n)?, address)
        }
        None => (0, second),
    };
    let bytes = vm.buffer_bytes(data)?;
    let address = address_of(vm, this, address, "sendto")?;
    let until = deadline(vm, this);
    let n = operate(vm, this, POLLOUT, until, |o, fd| {
        o.sendto(fd, &bytes, flags, &address)
    })?;
    Ok(n as i64)
}
