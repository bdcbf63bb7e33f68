//! `_socket`: sockets, and what names of hosts and services mean.
//!
//! `object` is the type, `address` turns Python's addresses into the platform's, `names` holds the functions that need no socket.

mod address;
mod names;
mod object;

use crate::support::*;
use mesapy_platform::consts;
use mesapy_vm::objects::exceptions::fields;

pub static MODULE: NativeModule = NativeModule {
    name: "_socket",
    doc: "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    functions: methods! {
        "socketpair(family=None, type=1, proto=0, /)" => static calls socketpair(family, kind, protocol), "socketpair([family[, type [, proto]]]) -> (socket object, socket object)\n\nCreate a pair of socket objects from the sockets returned by the platform\nsocketpair() function.\nThe arguments are the same as for socket() except the default family is\nAF_UNIX if defined on the platform; otherwise, the default is AF_INET.";
        "getaddrinfo(host, port, family=0, type=0, proto=0, flags=0)" => static calls getaddrinfo(host, port, family, kind, protocol, flags), "getaddrinfo(host, port [, family, type, proto, flags])\n    -> list of (family, type, proto, canonname, sockaddr)\n\nResolve host and port into addrinfo struct.";
        "getnameinfo(sockaddr, flags, /)" => static calls getnameinfo(sockaddr, flags), "getnameinfo(sockaddr, flags) --> (host, port)\n\nGet host and port for a sockaddr.";
        "gethostname()" => static calls gethostname(), "gethostname() -> string\n\nReturn the current host name.";
        "gethostbyname(host, /)" => static calls gethostbyname(host), "gethostbyname(host) -> address\n\nReturn the IP address (a string of the form '255.255.255.255') for a host.";
        "gethostbyname_ex(host, /)" => static calls gethostbyname_ex(host), "gethostbyname_ex(host) -> (name, aliaslist, addresslist)\n\nReturn the true host name, a list of aliases, and a list of IP addresses,\nfor a host.  The host argument is a string giving a host name or IP number.";
        "gethostbyaddr(host, /)" => static calls gethostbyaddr(host), "gethostbyaddr(host) -> (name, aliaslist, addresslist)\n\nReturn the true host name, a list of aliases, and a list of IP addresses,\nfor a host.  The host argument is a string giving a host name or IP number.";
        "getservbyname(servicename, protocolname=None, /)" => static calls getservbyname(name, protocol), "getservbyname(servicename[, protocolname]) -> integer\n\nReturn a port number from a service name and protocol name.\nThe optional protocol name, if given, should be 'tcp' or 'udp',\notherwise any protocol will match.";
        "getservbyport(port, protocolname=None, /)" => static calls getservbyport(port, protocol), "getservbyport(port[, protocolname]) -> string\n\nReturn the service name from a port number and protocol name.\nThe optional protocol name, if given, should be 'tcp' or 'udp',\notherwise any protocol will match.";
        "getprotobyname(name, /)" => static calls getprotobyname(name), "getprotobyname(name) -> integer\n\nReturn the protocol number for the named protocol.  (Rarely used.)";
        "ntohs(x, /)" => static calls ntohs(x), "Convert a 16-bit unsigned integer from network to host byte order.";
        "htons(x, /)" => static calls htons(x), "Convert a 16-bit unsigned integer from host to network byte order.";
        "ntohl(x, /)" => static calls ntohl(x), "Convert a 32-bit unsigned integer from network to host byte order.";
        "htonl(x, /)" => static calls htonl(x), "Convert a 32-bit unsigned integer from host to network byte order.";
        "inet_aton(ip_addr, /)" => static calls inet_aton(text), "Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format used in low-level network functions.";
        "inet_ntoa(packed_ip, /)" => static calls inet_ntoa(packed), "Convert an IP address from 32-bit packed binary format to string format.";
        "inet_pton(af, ip, /)" => static calls inet_pton(family, text), "inet_pton(af, ip) -> packed IP address string\n\nConvert an IP address from string format to a packed string suitable\nfor use with low-level network functions.";
        "inet_ntop(af, packed_ip, /)" => static calls inet_ntop(family, packed), "inet_ntop(af, packed_ip) -> string formatted IP address\n\nConvert a packed IP address of the given family to string format.";
        "getdefaulttimeout()" => static calls getdefaulttimeout(), "getdefaulttimeout() -> timeout\n\nReturns the default timeout in seconds (float) for new socket objects.\nA value of None indicates that new socket objects have no timeout.\nWhen the socket module is first imported, the default is None.";
        "setdefaulttimeout(timeout, /)" => static calls setdefaulttimeout(timeout), "setdefaulttimeout(timeout)\n\nSet the default timeout in seconds (float) for new socket objects.\nA value of None indicates that new socket objects have no timeout.\nWhen the socket module is first imported, the default is None.";
        "close(integer, /)" => static calls close(fd), "close(integer) -> None\n\nClose an integer socket file descriptor.  This is like os.close(), but for\nsockets; on some platforms os.close() won't work for socket file descriptors.";
        "dup(integer, /)" => static calls dup(fd), "dup(integer) -> integer\n\nDuplicate an integer socket file descriptor.  This is like os.dup(), but for\nsockets; on some platforms os.dup() won't work for socket file descriptors.";
    },
    types: &[&object::SOCKET, &GAI_ERROR, &H_ERROR],
    init: Some(init),
};
static GAI_ERROR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "socket.gaierror",
    base: Some(&exc::OS_ERROR),
    layout: Layout::Slots(fields::os::COUNT),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    ..TypeDef::EMPTY
};
static H_ERROR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "socket.herror",
    base: Some(&exc::OS_ERROR),
    layout: Layout::Slots(fields::os::COUNT),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    ..TypeDef::EMPTY
};

pub const AF_INET: i32 = 2;
pub const AF_INET6: i32 = 10;
pub const AF_UNIX: i32 = 1;

/// What new sockets start with; -1 is no timeout.
struct DefaultTimeout(i64);
impl Default for DefaultTimeout {
    fn default() -> DefaultTimeout {
        DefaultTimeout(-1)
    }
}

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    *vm.state::<DefaultTimeout>() = DefaultTimeout::default();
    for (name, value) in consts::SOCKET {
        set_global(vm, dict, name, vm.int(*value))?;
    }
    set_global(vm, dict, "has_ipv6", Value::TRUE)?;
    set_global(vm, dict, "error", vm.type_object(&exc::OS_ERROR).value())?;
    set_global(
        vm,
        dict,
        "timeout",
        vm.type_object(&exc::TIMEOUT_ERROR).value(),
    )?;
    set_global(
        vm,
        dict,
        "SocketType",
        vm.type_object(&object::SOCKET).value(),
    )
}

/// An exception of one of the module's classes with a number and its text.
fn numbered(vm: &mut Vm, def: &'static TypeDef, number: i64, text: &str) -> Raised {
    let made = (|| -> Py<Local> {
        let [class, number, text] = {
            let vm: &Vm = vm;
            vm.locals([
                vm.type_object(def).value(),
                vm.int(number),
                vm.new_str(text.as_bytes())?.value(),
            ])
        };
        Ok(vm.call(class, &[number, text])?.keep(vm))
    })();
    match made {
        Ok(e) => vm.raise(e.value(vm)),
        Err(raised) => raised,
    }
}
/// An OSError with a text and no number.
fn plain_error(vm: &Vm, text: &str) -> Raised {
    vm.raise_text(&exc::OS_ERROR, text)
}

fn socketpair(
    vm: &mut Vm,
    family: Option<Local>,
    kind: Option<i64>,
    protocol: Option<i64>,
) -> Py<Ret> {
    let family = match family.filter(|f| !f.value(vm).is_none()) {
        Some(f) => {
            let n = vm.index(f)?;
            crate::posix::c_int(vm, n)?
        }
        None => AF_UNIX,
    };
    let kind = crate::posix::c_int(vm, kind.unwrap_or(1))?;
    let protocol = crate::posix::c_int(vm, protocol.unwrap_or(0))?;
    let (a, b) = crate::posix::run(vm, |o| o.socketpair(family, kind, protocol))?;
    let first = object::made_of(vm, a, family, kind, protocol)?;
    let second = object::made_of(vm, b, family, kind, protocol)?;
    ret_tuple(vm, &[first, second])
}
fn getdefaulttimeout(vm: &mut Vm) -> Py<Ret> {
    let ns = vm.state::<DefaultTimeout>().0;
    Ok(vm.ret(object::seconds(vm, ns)))
}
fn setdefaulttimeout(vm: &mut Vm, timeout: Local) -> Py<()> {
    let ns = object::timeout_ns(vm, timeout)?;
    vm.state::<DefaultTimeout>().0 = ns;
    Ok(())
}
fn close(vm: &mut Vm, fd: i64) -> Py<()> {
    let fd = crate::posix::c_int(vm, fd)?;
    crate::posix::run(vm, |o| o.close(fd))
}
fn dup(vm: &mut Vm, fd: i64) -> Py<i64> {
    let fd = crate::posix::c_int(vm, fd)?;
    crate::posix::run(vm, |o| o.dup(fd)).map(i64::from)
}

use names::{
    getaddrinfo, gethostbyaddr, gethostbyname, gethostbyname_ex, gethostname, getnameinfo,
    getprotobyname, getservbyname, getservbyport, htonl, htons, inet_aton, inet_ntoa, inet_ntop,
    inet_pton, ntohl, ntohs,
};
