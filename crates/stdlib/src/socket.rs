//! `_socket` without a network: pairs of connected sockets within the machine, constants, and byte orders. Making any other socket raises the error of a system that
//! knows no address family.

use crate::support::*;

pub static MODULE: NativeModule = NativeModule {
    name: "_socket",
    doc: "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    functions: methods! {
        "socketpair(family=1, type=1, proto=0, /)" => static calls socketpair(family, kind, proto), "socketpair([family[, type [, proto]]]) -> (socket object, socket object)";
        "getaddrinfo(...)" => static calls unavailable(args, kwargs), "getaddrinfo(host, port [, family, type, proto, flags]) -> list of (family, type, proto, canonname, sockaddr)";
        "getnameinfo(...)" => static calls unavailable(args, kwargs), "getnameinfo(sockaddr, flags) --> (host, port)";
        "gethostbyname(...)" => static calls unavailable(args, kwargs), "gethostbyname(host) -> address";
        "gethostname()" => static calls gethostname(), "gethostname() -> string";
        "dup(fd, /)" => static calls dup(fd), "dup(integer) -> integer";
        "close(fd, /)" => static calls close(fd), "close(integer) -> None";
        "htons(x, /)" => static calls swap16(x), "Convert a 16-bit unsigned integer from host to network byte order.";
        "ntohs(x, /)" => static calls swap16(x), "Convert a 16-bit unsigned integer from network to host byte order.";
        "htonl(x, /)" => static calls swap32(x), "Convert a 32-bit unsigned integer from host to network byte order.";
        "ntohl(x, /)" => static calls swap32(x), "Convert a 32-bit unsigned integer from network to host byte order.";
        "getdefaulttimeout()" => static calls no_timeout(), "Return the default timeout in seconds (float) for new socket objects.";
        "setdefaulttimeout(timeout, /)" => static calls set_timeout(timeout), "Set the default timeout in seconds (float) for new socket objects.";
        "CMSG_LEN(length, /)" => static calls cmsg_len(length), "";
        "CMSG_SPACE(length, /)" => static calls cmsg_len(length), "";
    },
    types: &[&SOCKET],
    init: Some(init),
};
const FD: usize = 0;
const FAMILY: usize = 1;
const TYPE: usize = 2;
const PROTO: usize = 3;
/// Seconds, or None.
const TIMEOUT: usize = 4;
static SOCKET: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_socket.socket",
    doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object",
    layout: Layout::Slots(5),
    flags: BASE,
    methods: methods! {
        "__init__(self, family=-1, type=-1, proto=-1, fileno=None)" => calls socket_init(this, family, kind, proto, fileno), "Initialize self.  See help(type(self)) for accurate signature.";
        "__del__(self, /)" => calls socket_close(this), "";
        "close(self, /)" => calls socket_close(this), "close()\n\nClose the socket.  It cannot be used after this call.";
        "detach(self, /)" => calls detach(this), "detach()\n\nClose the socket object without closing the underlying file descriptor.";
        "fileno(self, /)" => calls fileno(this), "fileno() -> integer\n\nReturn the integer file descriptor of the socket.";
        "send(self, data, flags=0, /)" => calls send(this, data, flags), "send(data[, flags]) -> count\n\nSend a data string to the socket.";
        "sendall(self, data, flags=0, /)" => calls sendall(this, data, flags), "sendall(data[, flags])\n\nSend a data string to the socket.";
        "recv(self, buffersize, flags=0, /)" => calls recv(this, size, flags), "recv(buffersize[, flags]) -> data\n\nReceive up to buffersize bytes from the socket.";
        "shutdown(self, how, /)" => calls shutdown(this, how), "shutdown(flag)\n\nShut down the reading side of the socket, the writing side, or both ends.";
        "setblocking(self, flag, /)" => calls setblocking(this, on), "setblocking(flag)\n\nSet the socket to blocking (flag is true) or non-blocking (false).";
        "getblocking(self, /)" => calls getblocking(this), "getblocking()\n\nReturns True if socket is in blocking mode, or False if it is in non-blocking mode.";
        "settimeout(self, timeout, /)" => calls settimeout(this, timeout), "settimeout(timeout)\n\nSet a timeout on socket operations.";
        "gettimeout(self, /)" => calls gettimeout(this), "gettimeout() -> timeout\n\nReturns the timeout in seconds (float) associated with socket operations.";
    },
    members: &[
        ("family", FAMILY as u16, "the socket family"),
        ("type", TYPE as u16, "the socket type"),
        ("proto", PROTO as u16, "the socket protocol"),
        ("timeout", TIMEOUT as u16, "the socket timeout"),
    ],
    ..TypeDef::EMPTY
};

const AF_UNIX: i64 = 1;
const EAFNOSUPPORT: i32 = 97;
fn refused(vm: &Vm) -> Raised {
    vm.os_error(EAFNOSUPPORT, None)
}
fn unavailable(vm: &mut Vm, _args: Local, _kwargs: Local) -> Py<()> {
    Err(refused(vm))
}
fn socket_init(
    vm: &mut Vm,
    this: Local,
    family: Option<i64>,
    kind: Option<i64>,
    proto: Option<i64>,
    fd: Option<Local>,
) -> Py<()> {
    set_int_slot(vm, this, FD, -1);
    set_slot(vm, this, TIMEOUT, Value::NONE);
    let or = |given: Option<i64>, other: i64| given.filter(|n| *n >= 0).unwrap_or(other);
    set_int_slot(vm, this, FAMILY, or(family, AF_UNIX));
    set_int_slot(vm, this, TYPE, or(kind, 1));
    set_int_slot(vm, this, PROTO, or(proto, 0));
    let Some(fd) = fd.filter(|f| !f.value(vm).is_none()) else {
        return Err(refused(vm));
    };
    let fd = vm.index(fd)?;
    if fd < 0 {
        return Err(vm.value_error("negative file descriptor"));
    }
    set_int_slot(vm, this, FD, fd);
    Ok(())
}
fn socketpair(vm: &mut Vm, family: Option<i64>, kind: Option<i64>, proto: Option<i64>) -> Py<Ret> {
    if family.unwrap_or(AF_UNIX) != AF_UNIX {
        return Err(refused(vm));
    }
    let kind = kind.unwrap_or(1);
    let number = crate::posix::c_int(vm, kind)?;
    let (a, b) = crate::posix::run(vm, |o| o.socketpair(number))?;
    let mut made = Vec::new();
    for fd in [a, b] {
        let socket = make_exact(vm, &SOCKET)?;
        set_int_slot(vm, socket, FD, i64::from(fd));
        set_int_slot(vm, socket, FAMILY, AF_UNIX);
        set_int_slot(vm, socket, TYPE, kind);
        set_int_slot(vm, socket, PROTO, proto.unwrap_or(0));
        set_slot(vm, socket, TIMEOUT, Value::NONE);
        made.push(socket);
    }
    ret_tuple(vm, &made)
}
fn fd_of(vm: &Vm, this: Local) -> i32 {
    match slot(vm, this, FD).as_small_int() {
        Some(fd) => i32::try_from(fd).unwrap_or(-1),
        None => -1,
    }
}
fn socket_close(vm: &mut Vm, this: Local) -> Py<()> {
    let fd = fd_of(vm, this);
    if fd >= 0 {
        set_int_slot(vm, this, FD, -1);
        crate::posix::run(vm, |o| o.close(fd))?;
    }
    Ok(())
}
fn detach(vm: &mut Vm, this: Local) -> Py<i64> {
    let fd = fd_of(vm, this);
    set_int_slot(vm, this, FD, -1);
    Ok(i64::from(fd))
}
fn fileno(vm: &mut Vm, this: Local) -> Py<i64> {
    Ok(i64::from(fd_of(vm, this)))
}
/// Waits as long as the timeout says for the descriptor to be ready.
fn ready(vm: &mut Vm, this: Local, events: i16) -> Py<i32> {
    let fd = fd_of(vm, this);
    let timeout = slot(vm, this, TIMEOUT).as_f64(vm).filter(|t| *t > 0.0);
    if let Some(seconds) = timeout {
        let time = mesapy_platform::Time::from_nanos((seconds * 1e9) as i128);
        let mut request = [mesapy_platform::PollRequest {
            fd,
            events,
            ready: 0,
        }];
        if crate::posix::run(vm, |o| o.poll(&mut request, time))? == 0 {
            return Err(vm.raise_text(&exc::TIMEOUT_ERROR, "timed out"));
        }
    }
    Ok(fd)
}
const POLLIN: i16 = 1;
const POLLOUT: i16 = 4;
fn send(vm: &mut Vm, this: Local, data: Local, _flags: Option<i64>) -> Py<usize> {
    let bytes = vm.buffer_bytes(data)?;
    let fd = ready(vm, this, POLLOUT)?;
    crate::posix::run(vm, |o| o.write(fd, &bytes))
}
fn sendall(vm: &mut Vm, this: Local, data: Local, _flags: Option<i64>) -> Py<()> {
    let bytes = vm.buffer_bytes(data)?;
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let fd = ready(vm, this, POLLOUT)?;
        let n = crate::posix::run(vm, |o| o.write(fd, rest))?;
        rest = rest.get(n..).unwrap_or_default();
    }
    Ok(())
}
fn recv(vm: &mut Vm, this: Local, size: i64, _flags: Option<i64>) -> Py<Ret> {
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error("negative buffersize in recv"));
    };
    let fd = ready(vm, this, POLLIN)?;
    let mut buffer = Vec::new();
    if buffer.try_reserve_exact(size).is_err() {
        return Err(vm.memory_error());
    }
    buffer.resize(size, 0);
    let n = crate::posix::run(vm, |o| o.read(fd, &mut buffer))?;
    buffer.truncate(n);
    Ok(vm.ret(vm.new_bytes(&buffer)?.value()))
}
fn shutdown(vm: &mut Vm, this: Local, how: i64) -> Py<()> {
    let (fd, how) = (fd_of(vm, this), crate::posix::c_int(vm, how)?);
    crate::posix::run(vm, |o| o.shutdown(fd, how))
}
fn set_mode(vm: &mut Vm, this: Local, blocking: bool) -> Py<()> {
    let fd = fd_of(vm, this);
    crate::posix::run(vm, |o| o.set_blocking(fd, blocking))
}
fn setblocking(vm: &mut Vm, this: Local, on: bool) -> Py<()> {
    let timeout = vm.float(0.0);
    set_slot(vm, this, TIMEOUT, if on { Value::NONE } else { timeout });
    set_mode(vm, this, on)
}
fn getblocking(vm: &mut Vm, this: Local) -> Py<bool> {
    Ok(slot(vm, this, TIMEOUT).as_f64(vm) != Some(0.0))
}
fn settimeout(vm: &mut Vm, this: Local, timeout: Local) -> Py<()> {
    if timeout.value(vm).is_none() {
        set_slot(vm, this, TIMEOUT, Value::NONE);
        return set_mode(vm, this, true);
    }
    let seconds = vm.to_f64(timeout)?;
    if seconds.is_nan() || seconds < 0.0 {
        return Err(vm.value_error("Timeout value out of range"));
    }
    set_slot(vm, this, TIMEOUT, vm.float(seconds));
    set_mode(vm, this, false)
}
fn gettimeout(vm: &mut Vm, this: Local) -> Py<Local> {
    Ok(slot_local(vm, this, TIMEOUT))
}
fn gethostname(vm: &mut Vm) -> Py<String> {
    let name = crate::posix::run(vm, |o| o.uname())?;
    Ok(String::from_utf8_lossy(&name.node).into_owned())
}
fn dup(vm: &mut Vm, fd: i64) -> Py<i64> {
    let fd = crate::posix::c_int(vm, fd)?;
    crate::posix::run(vm, |o| o.dup(fd)).map(i64::from)
}
fn close(vm: &mut Vm, fd: i64) -> Py<()> {
    let fd = crate::posix::c_int(vm, fd)?;
    crate::posix::run(vm, |o| o.close(fd))
}
fn swap16(vm: &mut Vm, x: i64) -> Py<i64> {
    match u16::try_from(x) {
        Ok(x) => Ok(i64::from(x.to_be())),
        Err(_) if x < 0 => Err(vm.value_error("Cannot convert negative int")),
        Err(_) => {
            Err(vm.overflow_error("Python int too large to convert to C 16-bit unsigned integer"))
        }
    }
}
fn swap32(vm: &mut Vm, x: i64) -> Py<i64> {
    match u32::try_from(x) {
        Ok(x) => Ok(i64::from(x.to_be())),
        Err(_) if x < 0 => Err(vm.value_error("Cannot convert negative int")),
        Err(_) => Err(vm.overflow_error("int larger than 32 bits")),
    }
}
fn no_timeout(_: &mut Vm) -> Py<()> {
    Ok(())
}
fn set_timeout(_: &mut Vm, _timeout: Local) -> Py<()> {
    Ok(())
}
fn cmsg_len(_: &mut Vm, length: i64) -> Py<i64> {
    const HEADER: i64 = 16;
    Ok(HEADER.saturating_add(length))
}
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    for (name, n) in CONSTANTS {
        set_global(vm, dict, name, vm.int(*n))?;
    }
    for name in ["gaierror", "herror"] {
        let [class, text, bases, space] = {
            let vm: &Vm = vm;
            let bases = vm.new_tuple(&[vm.type_object(&exc::OS_ERROR).value()])?;
            let space = vm.new_dict();
            space.set_str(vm, vm.intern(b"__module__"), vm.intern(b"socket").value())?;
            vm.locals([
                vm.type_object(&mesapy_vm::objects::type_::TYPE).value(),
                vm.intern(name.as_bytes()).value(),
                bases.value(),
                space.value(),
            ])
        };
        let error = vm.call(class, &[text, bases, space])?.keep(vm);
        set_global(vm, dict, name, error.value(vm))?;
    }
    set_global(vm, dict, "has_ipv6", Value::FALSE)?;
    set_global(vm, dict, "error", vm.type_object(&exc::OS_ERROR).value())?;
    set_global(
        vm,
        dict,
        "timeout",
        vm.type_object(&exc::TIMEOUT_ERROR).value(),
    )?;
    set_global(vm, dict, "SocketType", vm.type_object(&SOCKET).value())
}
/// Linux's numbers.
static CONSTANTS: &[(&str, i64)] = &[
    ("AF_UNSPEC", 0),
    ("AF_UNIX", 1),
    ("AF_INET", 2),
    ("AF_INET6", 10),
    ("AF_NETLINK", 16),
    ("AF_PACKET", 17),
    ("SOCK_STREAM", 1),
    ("SOCK_DGRAM", 2),
    ("SOCK_RAW", 3),
    ("SOCK_RDM", 4),
    ("SOCK_SEQPACKET", 5),
    ("SOCK_CLOEXEC", 524288),
    ("SOCK_NONBLOCK", 2048),
    ("SOL_SOCKET", 1),
    ("SOL_TCP", 6),
    ("SOL_UDP", 17),
    ("SOL_IP", 0),
    ("SCM_RIGHTS", 1),
    ("IPPROTO_IP", 0),
    ("IPPROTO_ICMP", 1),
    ("IPPROTO_TCP", 6),
    ("IPPROTO_UDP", 17),
    ("IPPROTO_IPV6", 41),
    ("IPPROTO_RAW", 255),
    ("SO_DEBUG", 1),
    ("SO_REUSEADDR", 2),
    ("SO_KEEPALIVE", 9),
    ("SO_DONTROUTE", 5),
    ("SO_BROADCAST", 6),
    ("SO_LINGER", 13),
    ("SO_OOBINLINE", 10),
    ("SO_REUSEPORT", 15),
    ("SO_SNDBUF", 7),
    ("SO_RCVBUF", 8),
    ("SO_SNDLOWAT", 19),
    ("SO_RCVLOWAT", 18),
    ("SO_SNDTIMEO", 21),
    ("SO_RCVTIMEO", 20),
    ("SO_ERROR", 4),
    ("SO_TYPE", 3),
    ("SO_PROTOCOL", 38),
    ("SO_DOMAIN", 39),
    ("SO_ACCEPTCONN", 30),
    ("SOMAXCONN", 4096),
    ("MSG_OOB", 1),
    ("MSG_PEEK", 2),
    ("MSG_DONTROUTE", 4),
    ("MSG_DONTWAIT", 64),
    ("MSG_EOR", 128),
    ("MSG_TRUNC", 32),
    ("MSG_CTRUNC", 8),
    ("MSG_WAITALL", 256),
    ("MSG_NOSIGNAL", 16384),
    ("MSG_CMSG_CLOEXEC", 1073741824),
    ("MSG_ERRQUEUE", 8192),
    ("MSG_MORE", 32768),
    ("TCP_NODELAY", 1),
    ("TCP_MAXSEG", 2),
    ("TCP_CORK", 3),
    ("TCP_KEEPIDLE", 4),
    ("TCP_KEEPINTVL", 5),
    ("TCP_KEEPCNT", 6),
    ("TCP_DEFER_ACCEPT", 9),
    ("TCP_QUICKACK", 12),
    ("TCP_FASTOPEN", 23),
    ("TCP_USER_TIMEOUT", 18),
    ("IPV6_V6ONLY", 26),
    ("IPV6_MULTICAST_HOPS", 18),
    ("IPV6_MULTICAST_IF", 17),
    ("IPV6_MULTICAST_LOOP", 19),
    ("IPV6_UNICAST_HOPS", 16),
    ("IPV6_JOIN_GROUP", 20),
    ("IPV6_LEAVE_GROUP", 21),
    ("IP_TTL", 2),
    ("IP_TOS", 1),
    ("IP_MULTICAST_IF", 32),
    ("IP_MULTICAST_TTL", 33),
    ("IP_MULTICAST_LOOP", 34),
    ("IP_ADD_MEMBERSHIP", 35),
    ("IP_DROP_MEMBERSHIP", 36),
    ("INADDR_ANY", 0),
    ("INADDR_BROADCAST", 4294967295),
    ("INADDR_LOOPBACK", 2130706433),
    ("INADDR_NONE", 4294967295),
    ("SHUT_RD", 0),
    ("SHUT_WR", 1),
    ("SHUT_RDWR", 2),
    ("EAI_AGAIN", -3),
    ("EAI_BADFLAGS", -1),
    ("EAI_FAIL", -4),
    ("EAI_FAMILY", -6),
    ("EAI_MEMORY", -10),
    ("EAI_NONAME", -2),
    ("EAI_SERVICE", -8),
    ("EAI_SOCKTYPE", -7),
    ("EAI_SYSTEM", -11),
    ("EAI_NODATA", -5),
    ("AI_PASSIVE", 1),
    ("AI_CANONNAME", 2),
    ("AI_NUMERICHOST", 4),
    ("AI_NUMERICSERV", 1024),
    ("AI_V4MAPPED", 8),
    ("AI_ALL", 16),
    ("AI_ADDRCONFIG", 32),
    ("NI_MAXHOST", 1025),
    ("NI_MAXSERV", 32),
    ("NI_NUMERICHOST", 1),
    ("NI_NUMERICSERV", 2),
    ("NI_NOFQDN", 4),
    ("NI_NAMEREQD", 8),
    ("NI_DGRAM", 16),
];
