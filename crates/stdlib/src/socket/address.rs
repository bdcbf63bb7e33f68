//! Addresses as Python has them: `(host, port)`, `(host, port, flow, scope)`, or a path.

use super::{AF_INET, AF_INET6, AF_UNIX, GAI_ERROR, numbered, plain_error};
use crate::support::*;
use mesapy_platform::SocketAddress;
use std::net::{Ipv4Addr, Ipv6Addr};

pub const EAI_NONAME: i64 = -2;
pub const EAI_ADDRFAMILY: i64 = -9;

/// The bytes of a host name: a str by IDNA.
pub fn host_bytes(vm: &mut Vm, host: Local) -> Py<Vec<u8>> {
    if let Some(text) = host.cast::<k::Str>(vm) {
        let bytes = text.get(vm).bytes(vm).to_vec();
        if bytes.contains(&0) {
            return Err(vm.type_error("host name must not contain null character"));
        }
        if bytes.is_ascii() {
            return Ok(bytes);
        }
        let codec = vm.local(vm.intern(b"idna").value());
        let encoded = vm.call_method(host, "encode", &[codec])?.keep(vm);
        return Ok(bytes_like(vm, encoded)?.unwrap_or_default());
    }
    match bytes_like(vm, host)? {
        Some(bytes) => Ok(bytes),
        None => Err(vm.type_error(format!(
            "str, bytes or bytearray expected, not {}",
            vm.type_name_for_error(host.value(vm))
        ))),
    }
}
/// The addresses of a host of a family (0: any).
pub fn resolve(vm: &mut Vm, host: &[u8], family: i32) -> Py<Vec<SocketAddress>> {
    let wanted = |a: &SocketAddress| match a {
        SocketAddress::V4 { .. } => family != AF_INET6,
        SocketAddress::V6 { .. } => family != AF_INET,
        _ => false,
    };
    let all = match numeric(host) {
        Some(address) => vec![address],
        None => match crate::io::retry(vm, |o| o.resolve(host))? {
            Ok(found) => found,
            Err(e) if e == mesapy_platform::OsError::DENIED => {
                return Err(vm.platform_error(e, None));
            }
            Err(_) => Vec::new(),
        },
    };
    if all.is_empty() {
        return Err(numbered(
            vm,
            &GAI_ERROR,
            EAI_NONAME,
            "Name or service not known",
        ));
    }
    let found: Vec<SocketAddress> = all.into_iter().filter(wanted).collect();
    if found.is_empty() {
        return Err(numbered(
            vm,
            &GAI_ERROR,
            EAI_ADDRFAMILY,
            "Address family for hostname not supported",
        ));
    }
    Ok(found)
}
/// An address written in numbers.
pub fn numeric(host: &[u8]) -> Option<SocketAddress> {
    let text = std::str::from_utf8(host).ok()?;
    if let Some(ip) = old_style(text) {
        return Some(SocketAddress::V4 { ip, port: 0 });
    }
    let (text, scope) = match text.split_once('%') {
        Some((text, scope)) => (text, scope.parse().ok()?),
        None => (text, 0),
    };
    text.parse::<Ipv6Addr>().ok().map(|ip| SocketAddress::V6 {
        ip: ip.octets(),
        port: 0,
        flow: 0,
        scope,
    })
}
/// `inet_aton`: one to four numbers, in any of C's bases, the last filling what is left.
pub fn old_style(text: &str) -> Option<[u8; 4]> {
    let number = |part: &str| -> Option<u32> {
        let (digits, base) = match part.strip_prefix("0x").or(part.strip_prefix("0X")) {
            Some(hex) => (hex, 16),
            None if part.len() > 1 && part.starts_with('0') => (part, 8),
            None => (part, 10),
        };
        (!digits.starts_with(['+', '-'])).then(|| u32::from_str_radix(digits, base).ok())?
    };
    let parts: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, front) = parts.split_last()?;
    if front.len() > 3 || front.iter().any(|n| *n > 255) {
        return None;
    }
    let room = 8 * (4 - front.len() as u32);
    if room < 32 && *last >> room != 0 {
        return None;
    }
    let mut value = *last;
    for (i, n) in front.iter().enumerate() {
        value |= n << (24 - 8 * i as u32);
    }
    Some(value.to_be_bytes())
}

/// The platform's address of a Python one, for a socket of a family; `function` is named in errors.
pub fn of_python(vm: &mut Vm, family: i32, address: Local, function: &str) -> Py<SocketAddress> {
    match family {
        AF_UNIX => {
            let path = if address.value(vm).as_str(vm).is_some() {
                crate::paths::fs_bytes(vm, address)?
            } else {
                vm.buffer_bytes(address)?
            };
            const PATH_MAX: usize = 108;
            let abstract_name = path.first() == Some(&0);
            if path.len() > PATH_MAX || path.len() == PATH_MAX && !abstract_name {
                return Err(plain_error(vm, "AF_UNIX path too long"));
            }
            Ok(SocketAddress::Unix(path))
        }
        AF_INET | AF_INET6 => inet(vm, family, address, function),
        _ => Err(plain_error(
            vm,
            &format!("{function}(): unsupported address family"),
        )),
    }
}
fn inet(vm: &mut Vm, family: i32, address: Local, function: &str) -> Py<SocketAddress> {
    let six = family == AF_INET6;
    let name = if six { "AF_INET6" } else { "AF_INET" };
    if address.value(vm).as_tuple(vm).is_none() {
        let got = vm.type_name_for_error(address.value(vm));
        return Err(vm.type_error(format!(
            "{function}(): {name} address must be tuple, not {got}"
        )));
    }
    let n = tuple_len(vm, address);
    let fits = if six { (2..=4).contains(&n) } else { n == 2 };
    if !fits {
        let shape = if six {
            "(host, port[, flowinfo[, scopeid]])"
        } else {
            "a pair (host, port)"
        };
        return Err(vm.type_error(if six {
            format!("{function}(): {name} address must be a tuple {shape}")
        } else {
            format!("{name} address must be {shape}")
        }));
    }
    let number = |vm: &mut Vm, i: usize| -> Py<i64> {
        if i >= n {
            return Ok(0);
        }
        let item = tuple_item(vm, address, i);
        vm.index(item)
    };
    let port = number(vm, 1)?;
    let (flow, scope) = (number(vm, 2)?, number(vm, 3)?);
    let host = tuple_item(vm, address, 0);
    let host = host_bytes(vm, host)?;
    let Ok(port) = u16::try_from(port) else {
        return Err(vm.overflow_error(format!("{function}(): port must be 0-65535.")));
    };
    if !(0..=0xfffff).contains(&flow) {
        return Err(vm.overflow_error(format!("{function}(): flowinfo must be 0-1048575.")));
    }
    if !six {
        let ip = match host.as_slice() {
            b"" => Ipv4Addr::UNSPECIFIED.octets(),
            b"255.255.255.255" | b"<broadcast>" => Ipv4Addr::BROADCAST.octets(),
            host => match resolve(vm, host, family)?.first() {
                Some(SocketAddress::V4 { ip, .. }) => *ip,
                _ => Ipv4Addr::UNSPECIFIED.octets(),
            },
        };
        return Ok(SocketAddress::V4 { ip, port });
    }
    let ip = if host.is_empty() {
        Ipv6Addr::UNSPECIFIED.octets()
    } else {
        match resolve(vm, &host, family)?.first() {
            Some(SocketAddress::V6 { ip, .. }) => *ip,
            _ => Ipv6Addr::UNSPECIFIED.octets(),
        }
    };
    Ok(SocketAddress::V6 {
        ip,
        port,
        flow: (flow as u32).to_be(),
        scope: scope as u32,
    })
}
/// The host part of an address as text.
pub fn host_text(address: &SocketAddress) -> String {
    match address {
        SocketAddress::V4 { ip, .. } => Ipv4Addr::from(*ip).to_string(),
        SocketAddress::V6 { ip, scope: 0, .. } => Ipv6Addr::from(*ip).to_string(),
        SocketAddress::V6 { ip, scope, .. } => format!("{}%{scope}", Ipv6Addr::from(*ip)),
        SocketAddress::Unix(_) | SocketAddress::Unnamed => String::new(),
    }
}
/// An address as Python has it.
pub fn to_python<'v>(vm: &'v Vm, address: &SocketAddress, family: i32) -> Py<Value<'v>> {
    let host = || -> Py<Value<'v>> { Ok(vm.new_str(host_text(address).as_bytes())?.value()) };
    Ok(match address {
        SocketAddress::V4 { port, .. } => {
            vm.new_tuple(&[host()?, vm.int(i64::from(*port))])?.value()
        }
        SocketAddress::V6 {
            port, flow, scope, ..
        } => vm
            .new_tuple(&[
                host()?,
                vm.int(i64::from(*port)),
                vm.int(i64::from(u32::from_be(*flow))),
                vm.int(i64::from(*scope)),
            ])?
            .value(),
        SocketAddress::Unix(path) if path.first() == Some(&0) => vm.new_bytes(path)?.value(),
        SocketAddress::Unix(path) => crate::paths::to_value(vm, path, false)?,
        SocketAddress::Unnamed if family == AF_UNIX => vm.new_str(b"")?.value(),
        SocketAddress::Unnamed => Value::NONE,
    })
}
