//! Functions of `_socket` that need no socket: names, numbers, byte orders.
//!
//! Names of hosts are looked up by the platform. Names of services and names of addresses come from `/etc/services` and `/etc/hosts`.

use super::address::{self, EAI_NONAME, host_bytes, host_text, resolve};
use super::{AF_INET, AF_INET6, GAI_ERROR, H_ERROR, numbered, plain_error};
use crate::support::*;
use mesapy_platform::SocketAddress;
use std::net::{Ipv4Addr, Ipv6Addr};

const AI_PASSIVE: i64 = 1;
const AI_CANONNAME: i64 = 2;
const AI_NUMERICHOST: i64 = 4;
const NI_NUMERICHOST: i64 = 1;
const NI_NUMERICSERV: i64 = 2;
const NI_NAMEREQD: i64 = 8;
const NI_DGRAM: i64 = 16;
const EAI_SERVICE: i64 = -8;
const EAFNOSUPPORT: i32 = 97;
/// Type and protocol numbers of what an address can be used for.
const USES: [(i64, i64); 3] = [(1, 6), (2, 17), (3, 0)];

// ---- the databases of the system

/// Lines of a file under /etc, each as its words; empty if there is no such file.
fn database(vm: &Vm, path: &[u8]) -> Vec<Vec<String>> {
    let platform = vm.platform();
    let Ok(fd) = platform.open(mesapy_platform::AT_CWD, path, 0, 0) else {
        return Vec::new();
    };
    let mut data = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(n) = platform.read(fd, &mut chunk) {
        if n == 0 || data.len() > DATABASE_BYTES_MAX {
            break;
        }
        data.extend_from_slice(chunk.get(..n).unwrap_or_default());
    }
    let _ = platform.close(fd);
    String::from_utf8_lossy(&data)
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .map(|line| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|words| words.len() > 1)
        .collect()
}
const DATABASE_BYTES_MAX: usize = 1 << 22;
/// What every system knows, for one without the file.
static SERVICES: &[(&str, u16, &str)] = &[
    ("echo", 7, "tcp"),
    ("echo", 7, "udp"),
    ("ftp", 21, "tcp"),
    ("ssh", 22, "tcp"),
    ("telnet", 23, "tcp"),
    ("smtp", 25, "tcp"),
    ("domain", 53, "tcp"),
    ("domain", 53, "udp"),
    ("http", 80, "tcp"),
    ("pop3", 110, "tcp"),
    ("ntp", 123, "udp"),
    ("imap2", 143, "tcp"),
    ("https", 443, "tcp"),
    ("https", 443, "udp"),
];
/// Names (the first is the service's own), port, protocol.
fn services(vm: &Vm) -> Vec<(Vec<String>, u16, String)> {
    let mut all = Vec::new();
    for words in database(vm, b"/etc/services") {
        let (name, rest) = match words.split_first() {
            Some(found) => found,
            None => continue,
        };
        let Some((port, aliases)) = rest.split_first() else {
            continue;
        };
        let Some((port, protocol)) = port.split_once('/') else {
            continue;
        };
        if let Ok(port) = port.parse() {
            let names = std::iter::once(name).chain(aliases).cloned().collect();
            all.push((names, port, protocol.to_owned()));
        }
    }
    if all.is_empty() {
        all.extend(
            SERVICES
                .iter()
                .map(|(name, port, p)| (vec![(*name).to_owned()], *port, (*p).to_owned())),
        );
    }
    all
}
fn service_port(vm: &Vm, name: &str, protocol: Option<&str>) -> Option<u16> {
    let fits = |p: &str| protocol.is_none_or(|wanted| wanted == p);
    services(vm)
        .into_iter()
        .find(|(names, _, p)| fits(p) && names.iter().any(|n| n == name))
        .map(|(_, port, _)| port)
}
fn service_name(vm: &Vm, port: u16, protocol: Option<&str>) -> Option<String> {
    let fits = |p: &str| protocol.is_none_or(|wanted| wanted == p);
    services(vm)
        .into_iter()
        .find(|(_, number, p)| fits(p) && *number == port)
        .and_then(|(names, _, _)| names.into_iter().next())
}
/// Names of an address.
fn names_of(vm: &Vm, address: &SocketAddress) -> Vec<String> {
    database(vm, b"/etc/hosts")
        .into_iter()
        .find(|words| {
            words
                .first()
                .and_then(|ip| address::numeric(ip.as_bytes()))
                .is_some_and(|ip| host_text(&ip) == host_text(address))
        })
        .map(|words| words.into_iter().skip(1).collect())
        .unwrap_or_default()
}

// ---- functions

pub fn getaddrinfo(
    vm: &mut Vm,
    host: Local,
    port: Local,
    family: Option<i64>,
    kind: Option<i64>,
    protocol: Option<i64>,
    flags: Option<i64>,
) -> Py<Ret> {
    let family = crate::posix::c_int(vm, family.unwrap_or(0))?;
    let (kind, protocol, flags) = (kind.unwrap_or(0), protocol.unwrap_or(0), flags.unwrap_or(0));
    let port_number = port_of(vm, port, kind)?;
    let mut canonical = String::new();
    let addresses = if host.value(vm).is_none() {
        let (four, six) = if flags & AI_PASSIVE != 0 {
            (Ipv4Addr::UNSPECIFIED, Ipv6Addr::UNSPECIFIED)
        } else {
            (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST)
        };
        let four = SocketAddress::V4 {
            ip: four.octets(),
            port: 0,
        };
        let six = SocketAddress::V6 {
            ip: six.octets(),
            port: 0,
            flow: 0,
            scope: 0,
        };
        match family {
            AF_INET => vec![four],
            AF_INET6 => vec![six],
            _ if flags & AI_PASSIVE != 0 => vec![four, six],
            _ => vec![six, four],
        }
    } else {
        if host.value(vm).as_str(vm).is_none() && host.value(vm).as_bytes(vm).is_none() {
            return Err(vm.type_error("getaddrinfo() argument 1 must be string or None"));
        }
        let name = host_bytes(vm, host)?;
        if flags & AI_NUMERICHOST != 0 && address::numeric(&name).is_none() {
            return Err(numbered(
                vm,
                &GAI_ERROR,
                EAI_NONAME,
                "Name or service not known",
            ));
        }
        if flags & AI_CANONNAME != 0 {
            canonical = String::from_utf8_lossy(&name).into_owned();
        }
        resolve(vm, &name, family)?
    };
    let vm: &Vm = vm;
    let list = vm.new_list(&[])?;
    for found in addresses {
        let (family, found) = match found {
            SocketAddress::V4 { ip, .. } => (
                AF_INET,
                SocketAddress::V4 {
                    ip,
                    port: port_number,
                },
            ),
            SocketAddress::V6 {
                ip, flow, scope, ..
            } => (
                AF_INET6,
                SocketAddress::V6 {
                    ip,
                    port: port_number,
                    flow,
                    scope,
                },
            ),
            _ => continue,
        };
        for (k, p) in USES {
            let fits = (kind == 0 || kind == k) && (protocol == 0 || p == 0 || protocol == p);
            if !fits || p == 0 && kind == 0 && protocol != 0 {
                continue;
            }
            let name = std::mem::take(&mut canonical);
            let p = if p == 0 { protocol } else { p };
            let item = vm.new_tuple(&[
                vm.int(i64::from(family)),
                vm.int(k),
                vm.int(p),
                vm.new_str(name.as_bytes())?.value(),
                address::to_python(vm, &found, family)?,
            ])?;
            list.push(vm, item.value())?;
        }
    }
    Ok(vm.ret(list.value()))
}
/// A port given as number, digits or service name.
fn port_of(vm: &mut Vm, port: Local, kind: i64) -> Py<u16> {
    if port.value(vm).is_none() {
        return Ok(0);
    }
    if vm.is_int(port.value(vm)) {
        let n = vm.index(port)?;
        // As C's `%ld` and strtol: only the low bits survive.
        return Ok(n as u16);
    }
    let Some(text) = bytes_or_text(vm, port) else {
        return Err(plain_error(vm, "Int or String expected"));
    };
    let text = String::from_utf8_lossy(&text).into_owned();
    if let Ok(n) = text.parse::<i64>() {
        return Ok(n as u16);
    }
    let protocol = match kind {
        1 => Some("tcp"),
        2 => Some("udp"),
        _ => None,
    };
    match service_port(vm, &text, protocol) {
        Some(port) => Ok(port),
        None if text.is_empty() => Ok(0),
        None => Err(numbered(
            vm,
            &GAI_ERROR,
            EAI_SERVICE,
            "Servname not supported for ai_socktype",
        )),
    }
}
fn bytes_or_text(vm: &Vm, x: Local) -> Option<Vec<u8>> {
    let value = x.value(vm);
    value
        .as_str(vm)
        .map(|s| s.bytes(vm).to_vec())
        .or_else(|| value.as_bytes(vm).map(|b| b.bytes(vm).to_vec()))
}
pub fn getnameinfo(vm: &mut Vm, sockaddr: Local, flags: i64) -> Py<Ret> {
    if sockaddr.value(vm).as_tuple(vm).is_none() {
        return Err(vm.type_error("getnameinfo() argument 1 must be a tuple"));
    }
    let n = tuple_len(vm, sockaddr);
    if !(2..=4).contains(&n) {
        return Err(vm.type_error("getnameinfo(): illegal sockaddr argument"));
    }
    let host = tuple_item(vm, sockaddr, 0);
    let port = tuple_item(vm, sockaddr, 1);
    let port = vm.index(port)?;
    let Ok(port) = u16::try_from(port) else {
        return Err(vm.overflow_error("getnameinfo(): port must be 0-65535."));
    };
    if n > 2 {
        let flow = tuple_item(vm, sockaddr, 2);
        if !(0..=0xfffff).contains(&vm.index(flow)?) {
            return Err(vm.overflow_error("getnameinfo(): flowinfo must be 0-1048575."));
        }
    }
    let name = host_bytes(vm, host)?;
    let found = resolve(vm, &name, 0)?;
    let [found] = found.as_slice() else {
        return Err(plain_error(vm, "sockaddr resolved to multiple addresses"));
    };
    let names = if flags & NI_NUMERICHOST == 0 {
        names_of(vm, found)
    } else {
        Vec::new()
    };
    let host = match names.into_iter().next() {
        Some(name) => name,
        None if flags & NI_NAMEREQD != 0 => {
            return Err(numbered(
                vm,
                &GAI_ERROR,
                EAI_NONAME,
                "Name or service not known",
            ));
        }
        None => host_text(found),
    };
    let protocol = if flags & NI_DGRAM != 0 { "udp" } else { "tcp" };
    let service = if flags & NI_NUMERICSERV == 0 {
        service_name(vm, port, Some(protocol))
    } else {
        None
    };
    let service = service.unwrap_or_else(|| port.to_string());
    let vm: &Vm = vm;
    let pair = [
        vm.new_str(host.as_bytes())?.value(),
        vm.new_str(service.as_bytes())?.value(),
    ];
    Ok(vm.ret(vm.new_tuple(&pair)?.value()))
}
pub fn gethostname(vm: &mut Vm) -> Py<Ret> {
    let name = crate::posix::run(vm, |o| o.uname())?.node;
    let vm: &Vm = vm;
    Ok(vm.ret(crate::paths::to_value(vm, &name, false)?))
}
fn first_v4(vm: &mut Vm, host: Local) -> Py<(Vec<u8>, Vec<SocketAddress>)> {
    let name = host_bytes(vm, host)?;
    let found = match name.as_slice() {
        b"" => vec![SocketAddress::V4 {
            ip: [0; 4],
            port: 0,
        }],
        b"<broadcast>" => vec![SocketAddress::V4 {
            ip: [255; 4],
            port: 0,
        }],
        other => resolve(vm, other, AF_INET)?,
    };
    Ok((name, found))
}
pub fn gethostbyname(vm: &mut Vm, host: Local) -> Py<String> {
    let (_, found) = first_v4(vm, host)?;
    Ok(found.first().map(host_text).unwrap_or_default())
}
/// (name, aliases, addresses)
fn host_entry(vm: &Vm, names: &[String], addresses: &[SocketAddress]) -> Py<Ret> {
    let (name, aliases) = match names.split_first() {
        Some((name, aliases)) => (name.as_str(), aliases),
        None => ("", &[][..]),
    };
    let alias_list = vm.new_list(&[])?;
    for alias in aliases {
        alias_list.push(vm, vm.new_str(alias.as_bytes())?.value())?;
    }
    let list = vm.new_list(&[])?;
    for address in addresses {
        list.push(vm, vm.new_str(host_text(address).as_bytes())?.value())?;
    }
    let entry = [
        vm.new_str(name.as_bytes())?.value(),
        alias_list.value(),
        list.value(),
    ];
    Ok(vm.ret(vm.new_tuple(&entry)?.value()))
}
pub fn gethostbyname_ex(vm: &mut Vm, host: Local) -> Py<Ret> {
    let (name, found) = first_v4(vm, host)?;
    let name = String::from_utf8_lossy(&name).into_owned();
    host_entry(vm, &[name], &found)
}
pub fn gethostbyaddr(vm: &mut Vm, host: Local) -> Py<Ret> {
    let name = host_bytes(vm, host)?;
    let found = resolve(vm, &name, 0)?;
    let found = found.get(..1).unwrap_or_default();
    let names = found.first().map(|a| names_of(vm, a)).unwrap_or_default();
    if names.is_empty() {
        return Err(numbered(vm, &H_ERROR, 1, "Unknown host"));
    }
    host_entry(vm, &names, found)
}
pub fn getservbyname(vm: &mut Vm, name: String, protocol: Option<String>) -> Py<i64> {
    match service_port(vm, &name, protocol.as_deref()) {
        Some(port) => Ok(i64::from(port)),
        None => Err(plain_error(vm, "service/proto not found")),
    }
}
pub fn getservbyport(vm: &mut Vm, port: i64, protocol: Option<String>) -> Py<String> {
    let Ok(port) = u16::try_from(port) else {
        return Err(vm.overflow_error("getservbyport: port must be 0-65535."));
    };
    match service_name(vm, port, protocol.as_deref()) {
        Some(name) => Ok(name),
        None => Err(plain_error(vm, "port/proto not found")),
    }
}
pub fn getprotobyname(vm: &mut Vm, name: String) -> Py<i64> {
    const PROTOCOLS: &[(&str, i64)] = &[
        ("ip", 0),
        ("icmp", 1),
        ("igmp", 2),
        ("tcp", 6),
        ("udp", 17),
        ("ipv6", 41),
        ("ipv6-icmp", 58),
        ("sctp", 132),
        ("udplite", 136),
    ];
    match PROTOCOLS.iter().find(|(n, _)| *n == name) {
        Some((_, number)) => Ok(*number),
        None => Err(plain_error(vm, "protocol not found")),
    }
}

// ---- byte orders

fn unsigned(vm: &mut Vm, x: Local, name: &str, bits: u32) -> Py<u32> {
    if !vm.is_int(x.value(vm)) && vm.special_of(x.value(vm), Dunder::Index).is_none() {
        let got = vm.type_name_for_error(x.value(vm));
        return Err(vm.type_error(if bits == 32 {
            format!("expected int, {got} found")
        } else {
            format!("'{got}' object cannot be interpreted as an integer")
        }));
    }
    let n = vm.index_clamped(x)?;
    if n < 0 {
        return Err(vm.overflow_error(&if bits == 32 {
            "can't convert negative value to unsigned int".to_string()
        } else {
            format!("{name}: can't convert negative Python int to C 16-bit unsigned integer")
        }));
    }
    if n >> bits != 0 {
        return Err(vm.overflow_error(&if bits == 32 {
            "int larger than 32 bits".to_string()
        } else {
            format!("{name}: Python int too large to convert to C 16-bit unsigned integer")
        }));
    }
    Ok(n as u32)
}
pub fn ntohs(vm: &mut Vm, x: Local) -> Py<i64> {
    Ok(i64::from(
        u16::from_be(unsigned(vm, x, "ntohs", 16)? as u16),
    ))
}
pub fn htons(vm: &mut Vm, x: Local) -> Py<i64> {
    Ok(i64::from((unsigned(vm, x, "htons", 16)? as u16).to_be()))
}
pub fn ntohl(vm: &mut Vm, x: Local) -> Py<i64> {
    Ok(i64::from(u32::from_be(unsigned(vm, x, "ntohl", 32)?)))
}
pub fn htonl(vm: &mut Vm, x: Local) -> Py<i64> {
    Ok(i64::from(unsigned(vm, x, "htonl", 32)?.to_be()))
}

// ---- addresses as text and as bytes

pub fn inet_aton(vm: &mut Vm, text: Local<k::Str>) -> Py<Ret> {
    let text = vm.text_of(text.value(vm));
    match address::old_style(text.trim_end()) {
        Some(ip) => Ok(vm.ret(vm.new_bytes(&ip)?.value())),
        None => Err(plain_error(
            vm,
            "illegal IP address string passed to inet_aton",
        )),
    }
}
pub fn inet_ntoa(vm: &mut Vm, packed: Local) -> Py<String> {
    let bytes = vm.buffer_bytes(packed)?;
    match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(ip) => Ok(Ipv4Addr::from(ip).to_string()),
        Err(_) => Err(plain_error(vm, "packed IP wrong length")),
    }
}
pub fn inet_pton(vm: &mut Vm, family: i64, text: Local<k::Str>) -> Py<Ret> {
    let text = vm.text_of(text.value(vm));
    let vm: &Vm = vm;
    let bytes = if family == i64::from(AF_INET) {
        text.parse::<Ipv4Addr>().map(|ip| ip.octets().to_vec()).ok()
    } else if family == i64::from(AF_INET6) {
        text.parse::<Ipv6Addr>().map(|ip| ip.octets().to_vec()).ok()
    } else {
        return Err(vm.os_error(EAFNOSUPPORT, None));
    };
    match bytes {
        Some(bytes) => Ok(vm.ret(vm.new_bytes(&bytes)?.value())),
        None => Err(plain_error(
            vm,
            "illegal IP address string passed to inet_pton",
        )),
    }
}
pub fn inet_ntop(vm: &mut Vm, family: i64, packed: Local) -> Py<String> {
    let bytes = vm.buffer_bytes(packed)?;
    let wrong = |vm: &Vm| vm.value_error("invalid length of packed IP address string");
    if family == i64::from(AF_INET) {
        let ip = <[u8; 4]>::try_from(bytes.as_slice()).map_err(|_| wrong(vm))?;
        Ok(Ipv4Addr::from(ip).to_string())
    } else if family == i64::from(AF_INET6) {
        let ip = <[u8; 16]>::try_from(bytes.as_slice()).map_err(|_| wrong(vm))?;
        Ok(Ipv6Addr::from(ip).to_string())
    } else {
        Err(vm.value_error(format!("unknown address family {family}")))
    }
}
