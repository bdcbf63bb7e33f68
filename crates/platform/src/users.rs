//! Users and groups, from `/etc/passwd` and `/etc/group`.
//!
//! The C library would also ask directory services over loadable C modules; this runtime loads none.

use crate::error::OsResult;

/// A line of `/etc/passwd`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    pub name: Vec<u8>,
    pub password: Vec<u8>,
    pub uid: u32,
    pub gid: u32,
    pub comment: Vec<u8>,
    pub home: Vec<u8>,
    pub shell: Vec<u8>,
}

/// A line of `/etc/group`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    pub name: Vec<u8>,
    pub password: Vec<u8>,
    pub gid: u32,
    pub members: Vec<Vec<u8>>,
}

fn fields(line: &[u8]) -> Vec<Vec<u8>> {
    line.split(|&b| b == b':').map(<[u8]>::to_vec).collect()
}

fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn user(line: &[u8]) -> Option<User> {
    let [name, password, uid, gid, comment, home, shell] = fields(line).try_into().ok()?;
    Some(User {
        name,
        password,
        uid: number(&uid)?,
        gid: number(&gid)?,
        comment,
        home,
        shell,
    })
}

fn group(line: &[u8]) -> Option<Group> {
    let [name, password, gid, members] = fields(line).try_into().ok()?;
    let members = members
        .split(|&b| b == b',')
        .filter(|m| !m.is_empty())
        .map(<[u8]>::to_vec)
        .collect();
    Some(Group {
        name,
        password,
        gid: number(&gid)?,
        members,
    })
}

fn rows<T>(text: &[u8], parse: impl Fn(&[u8]) -> Option<T>) -> Vec<T> {
    text.split(|&b| b == b'\n')
        .filter(|line| !line.starts_with(b"#"))
        .filter_map(parse)
        .collect()
}

/// A file that is not there has no rows.
fn file(path: &str) -> OsResult<Vec<u8>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        other => Ok(other?),
    }
}

pub(crate) fn users() -> OsResult<Vec<User>> {
    Ok(rows(&file("/etc/passwd")?, user))
}

pub(crate) fn groups() -> OsResult<Vec<Group>> {
    Ok(rows(&file("/etc/group")?, group))
}

/// The name the session was logged in with: the kernel's audit record knows it. `ENXIO` if nobody logged in, as for a service.
pub(crate) fn login_name() -> OsResult<Vec<u8>> {
    let none = crate::OsError::new(libc::ENXIO);
    let uid = std::fs::read("/proc/self/loginuid")
        .ok()
        .and_then(|text| number(&text))
        .ok_or(none)?;
    users()?
        .into_iter()
        .find(|user| user.uid == uid)
        .map(|user| user.name)
        .ok_or(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_parse_and_broken_ones_are_left_out() {
        let text = b"root:x:0:0:root:/root:/bin/bash\n# c\nbroken:x\nbad:x:-1:0:::\na:*:4294967294:7:A, B:/:\n";
        let users = rows(text, user);
        assert_eq!(users.len(), 2);
        assert_eq!(
            (users[0].name.as_slice(), users[1].uid),
            (&b"root"[..], 4294967294)
        );
        let groups = rows(b"adm:x:4:syslog,me\nempty:x:5:\n", group);
        assert_eq!(groups[0].members, vec![b"syslog".to_vec(), b"me".to_vec()]);
        assert!(groups[1].members.is_empty());
    }
}
