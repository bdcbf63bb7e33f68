//! Sockets and host names.
//!
//! Options cross as bytes, because Python programs say which option they mean by number. Some options of Linux hold memory addresses; none of these can be set
//! from here: see [`settable`].

use crate::calls::{Fd, SocketAddress};
use crate::error::{OsError, OsResult};
use crate::fd::{borrow, release};
use crate::raw;
use rustix::net::{
    self, AddressFamily, RecvFlags, SendFlags, Shutdown, SocketAddrAny, SocketFlags, SocketType,
};
use std::net::{SocketAddrV4, SocketAddrV6, ToSocketAddrs};

fn invalid() -> OsError {
    OsError::new(libc::EINVAL)
}
fn protocol(number: i32) -> Option<net::Protocol> {
    let number = std::num::NonZeroU32::new(number as u32)?;
    Some(net::Protocol::from_raw(number))
}
fn family_of(number: i32) -> OsResult<AddressFamily> {
    let number = u16::try_from(number).map_err(|_| OsError::new(libc::EAFNOSUPPORT))?;
    Ok(AddressFamily::from_raw(number))
}
/// Type and flags of a socket's type argument.
fn kind_of(number: i32) -> (SocketType, SocketFlags) {
    let number = number as u32;
    let flags = SocketFlags::from_bits_truncate(number) | SocketFlags::CLOEXEC;
    let bits = (SocketFlags::CLOEXEC | SocketFlags::NONBLOCK).bits();
    (SocketType::from_raw(number & !bits), flags)
}

pub(crate) fn socket(family: i32, kind: i32, number: i32) -> OsResult<Fd> {
    let (kind, flags) = kind_of(kind);
    let made = net::socket_with(family_of(family)?, kind, flags, protocol(number))?;
    Ok(release(made))
}
pub(crate) fn socketpair(family: i32, kind: i32, number: i32) -> OsResult<(Fd, Fd)> {
    let (kind, flags) = kind_of(kind);
    let (a, b) = net::socketpair(family_of(family)?, kind, flags, protocol(number))?;
    Ok((release(a), release(b)))
}

fn any_of(address: &SocketAddress) -> OsResult<SocketAddrAny> {
    Ok(match address {
        SocketAddress::Unnamed => return Err(invalid()),
        SocketAddress::V4 { ip, port } => SocketAddrV4::new((*ip).into(), *port).into(),
        SocketAddress::V6 {
            ip,
            port,
            flow,
            scope,
        } => SocketAddrV6::new((*ip).into(), *port, *flow, *scope).into(),
        SocketAddress::Unix(name) => match name.strip_prefix(b"\0") {
            Some(name) => net::SocketAddrUnix::new_abstract_name(name)?.into(),
            None if name.is_empty() => net::SocketAddrUnix::new_unnamed().into(),
            None => net::SocketAddrUnix::new(name.as_slice())?.into(),
        },
    })
}
fn address_of(any: Option<SocketAddrAny>) -> SocketAddress {
    let Some(any) = any else {
        return SocketAddress::Unnamed;
    };
    if let Ok(v4) = SocketAddrV4::try_from(any.clone()) {
        return SocketAddress::V4 {
            ip: v4.ip().octets(),
            port: v4.port(),
        };
    }
    if let Ok(v6) = SocketAddrV6::try_from(any.clone()) {
        return SocketAddress::V6 {
            ip: v6.ip().octets(),
            port: v6.port(),
            flow: v6.flowinfo(),
            scope: v6.scope_id(),
        };
    }
    if let Ok(unix) = net::SocketAddrUnix::try_from(any) {
        if let Some(name) = unix.abstract_name() {
            return SocketAddress::Unix([b"\0", name].concat());
        }
        return SocketAddress::Unix(unix.path_bytes().unwrap_or_default().to_vec());
    }
    SocketAddress::Unnamed
}

pub(crate) fn bind(fd: Fd, address: &SocketAddress) -> OsResult<()> {
    Ok(net::bind(borrow(fd)?, &any_of(address)?)?)
}
pub(crate) fn connect(fd: Fd, address: &SocketAddress) -> OsResult<()> {
    Ok(net::connect(borrow(fd)?, &any_of(address)?)?)
}
pub(crate) fn listen(fd: Fd, backlog: i32) -> OsResult<()> {
    Ok(net::listen(borrow(fd)?, backlog)?)
}
pub(crate) fn accept(fd: Fd) -> OsResult<(Fd, SocketAddress)> {
    let (made, address) = net::acceptfrom_with(borrow(fd)?, SocketFlags::CLOEXEC)?;
    Ok((release(made), address_of(address)))
}
pub(crate) fn getsockname(fd: Fd) -> OsResult<SocketAddress> {
    Ok(address_of(Some(net::getsockname(borrow(fd)?)?)))
}
pub(crate) fn getpeername(fd: Fd) -> OsResult<SocketAddress> {
    Ok(address_of(net::getpeername(borrow(fd)?)?))
}
pub(crate) fn shutdown(fd: Fd, how: i32) -> OsResult<()> {
    let how = match how {
        libc::SHUT_RD => Shutdown::Read,
        libc::SHUT_WR => Shutdown::Write,
        libc::SHUT_RDWR => Shutdown::Both,
        _ => return Err(invalid()),
    };
    Ok(net::shutdown(borrow(fd)?, how)?)
}
pub(crate) fn send(fd: Fd, bytes: &[u8], flags: i32) -> OsResult<usize> {
    // Python has no SIGPIPE by default, but a host may.
    let flags = SendFlags::from_bits_retain(flags as u32) | SendFlags::NOSIGNAL;
    Ok(net::send(borrow(fd)?, bytes, flags)?)
}
pub(crate) fn sendto(fd: Fd, bytes: &[u8], flags: i32, to: &SocketAddress) -> OsResult<usize> {
    let flags = SendFlags::from_bits_retain(flags as u32) | SendFlags::NOSIGNAL;
    Ok(net::sendto(borrow(fd)?, bytes, flags, &any_of(to)?)?)
}
pub(crate) fn recv(fd: Fd, buffer: &mut [u8], flags: i32) -> OsResult<usize> {
    let flags = RecvFlags::from_bits_retain(flags as u32);
    // With MSG_TRUNC the second number is the message's real length.
    let (read, _) = net::recv(borrow(fd)?, buffer, flags)?;
    Ok(read)
}
pub(crate) fn recvfrom(fd: Fd, buffer: &mut [u8], flags: i32) -> OsResult<(usize, SocketAddress)> {
    let flags = RecvFlags::from_bits_retain(flags as u32);
    let (read, _, from) = net::recvfrom(borrow(fd)?, buffer, flags)?;
    Ok((read, address_of(from)))
}

/// Options longer than an integer that hold no memory address.
const STRUCT_OPTIONS: &[(i32, i32)] = &[
    (libc::SOL_SOCKET, libc::SO_LINGER),
    (libc::SOL_SOCKET, libc::SO_RCVTIMEO),
    (libc::SOL_SOCKET, libc::SO_SNDTIMEO),
    (libc::SOL_SOCKET, libc::SO_BINDTODEVICE),
    (libc::IPPROTO_IP, libc::IP_ADD_MEMBERSHIP),
    (libc::IPPROTO_IP, libc::IP_DROP_MEMBERSHIP),
    (libc::IPPROTO_IP, libc::IP_MULTICAST_IF),
    (libc::IPPROTO_IPV6, libc::IPV6_ADD_MEMBERSHIP),
    (libc::IPPROTO_IPV6, libc::IPV6_DROP_MEMBERSHIP),
    (libc::IPPROTO_TCP, libc::TCP_CONGESTION),
];
/// Whether an option may be set to a value of this length: four bytes are no address, and of longer ones only those known to hold none.
fn settable(level: i32, option: i32, len: usize) -> bool {
    len <= 4 || STRUCT_OPTIONS.contains(&(level, option))
}
pub(crate) fn setsockopt(fd: Fd, level: i32, option: i32, value: &[u8]) -> OsResult<()> {
    if !settable(level, option, value.len()) {
        return Err(OsError::DENIED);
    }
    raw::clear_errno();
    // SAFETY: the kernel reads as many bytes as it is told there are; what it could take for an address is refused above.
    let result = unsafe {
        libc::setsockopt(
            fd,
            level,
            option,
            value.as_ptr().cast(),
            value.len() as libc::socklen_t,
        )
    };
    raw::check(i64::from(result)).map(drop)
}
/// The value of an option, at most `len_max` bytes.
pub(crate) fn getsockopt(fd: Fd, level: i32, option: i32, len_max: usize) -> OsResult<Vec<u8>> {
    const LEN_MAX: usize = 1024;
    if len_max > LEN_MAX {
        return Err(invalid());
    }
    // Zeroed, so that an option that takes its argument from here (TCP_ZEROCOPY_RECEIVE) finds no address.
    let mut value = vec![0u8; len_max];
    let mut len = len_max as libc::socklen_t;
    raw::clear_errno();
    // SAFETY: the kernel writes at most `len` bytes, which the buffer has.
    let result =
        unsafe { libc::getsockopt(fd, level, option, value.as_mut_ptr().cast(), &mut len) };
    raw::check(i64::from(result))?;
    value.truncate(len as usize);
    Ok(value)
}

/// The addresses of a host name, each once, without ports.
pub(crate) fn resolve(host: &[u8]) -> OsResult<Vec<SocketAddress>> {
    let host = std::str::from_utf8(host).map_err(|_| invalid())?;
    let found = (host, 0)
        .to_socket_addrs()
        .map_err(|e| OsError::new(e.raw_os_error().unwrap_or(libc::ENOENT)))?;
    let mut addresses = Vec::new();
    for address in found {
        let address = match address {
            std::net::SocketAddr::V4(v4) => SocketAddress::V4 {
                ip: v4.ip().octets(),
                port: 0,
            },
            std::net::SocketAddr::V6(v6) => SocketAddress::V6 {
                ip: v6.ip().octets(),
                port: 0,
                flow: 0,
                scope: v6.scope_id(),
            },
        };
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}
