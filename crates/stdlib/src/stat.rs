//! `_stat`: what the mode of a file means.

use crate::support::*;

pub static MODULE: NativeModule = NativeModule {
    name: "_stat",
    doc: "S_IFMT_: file type bits\nS_IFDIR: directory\nS_IFCHR: character device\nS_IFBLK: block device\nS_IFREG: regular file\nS_IFIFO: fifo (named pipe)\nS_IFLNK: symbolic link\nS_IFSOCK: socket file\n",
    functions: methods! {
        "S_ISDIR(mode, /)" => static calls s_isdir(mode), "S_ISDIR(mode) -> bool\n\nReturn True if mode is from a directory.";
        "S_ISCHR(mode, /)" => static calls s_ischr(mode), "S_ISCHR(mode) -> bool\n\nReturn True if mode is from a character special device file.";
        "S_ISBLK(mode, /)" => static calls s_isblk(mode), "S_ISBLK(mode) -> bool\n\nReturn True if mode is from a block special device file.";
        "S_ISREG(mode, /)" => static calls s_isreg(mode), "S_ISREG(mode) -> bool\n\nReturn True if mode is from a regular file.";
        "S_ISFIFO(mode, /)" => static calls s_isfifo(mode), "S_ISFIFO(mode) -> bool\n\nReturn True if mode is from a FIFO (named pipe).";
        "S_ISLNK(mode, /)" => static calls s_islnk(mode), "S_ISLNK(mode) -> bool\n\nReturn True if mode is from a symbolic link.";
        "S_ISSOCK(mode, /)" => static calls s_issock(mode), "S_ISSOCK(mode) -> bool\n\nReturn True if mode is from a socket.";
        "S_ISDOOR(mode, /)" => static calls never(mode), "S_ISDOOR(mode) -> bool\n\nReturn True if mode is from a door.";
        "S_ISPORT(mode, /)" => static calls never(mode), "S_ISPORT(mode) -> bool\n\nReturn True if mode is from a event port.";
        "S_ISWHT(mode, /)" => static calls never(mode), "S_ISWHT(mode) -> bool\n\nReturn True if mode is from a whiteout.";
        "S_IMODE(mode, /)" => static calls imode(mode), "Return the portion of the file's mode that can be set by os.chmod().";
        "S_IFMT(mode, /)" => static calls ifmt(mode), "Return the portion of the file's mode that describes the file type.";
        "filemode(mode, /)" => static calls filemode(mode), "Convert a file's mode to a string of the form '-rwxrwxrwx'";
    },
    types: &[],
    init: Some(init),
};

const CONSTANTS: &[(&str, i64)] = &[
    ("SF_APPEND", 0o1000000),
    ("SF_ARCHIVED", 0o200000),
    ("SF_DATALESS", 0o10000000000),
    ("SF_FIRMLINK", 0o40000000),
    ("SF_IMMUTABLE", 0o400000),
    ("SF_NOUNLINK", 0o4000000),
    ("SF_SETTABLE", 0o37777600000),
    ("SF_SNAPSHOT", 0o10000000),
    ("ST_ATIME", 0o7),
    ("ST_CTIME", 0o11),
    ("ST_DEV", 0o2),
    ("ST_GID", 0o5),
    ("ST_INO", 0o1),
    ("ST_MODE", 0o0),
    ("ST_MTIME", 0o10),
    ("ST_NLINK", 0o3),
    ("ST_SIZE", 0o6),
    ("ST_UID", 0o4),
    ("S_ENFMT", 0o2000),
    ("S_IEXEC", 0o100),
    ("S_IFBLK", 0o60000),
    ("S_IFCHR", 0o20000),
    ("S_IFDIR", 0o40000),
    ("S_IFDOOR", 0o0),
    ("S_IFIFO", 0o10000),
    ("S_IFLNK", 0o120000),
    ("S_IFPORT", 0o0),
    ("S_IFREG", 0o100000),
    ("S_IFSOCK", 0o140000),
    ("S_IFWHT", 0o0),
    ("S_IREAD", 0o400),
    ("S_IRGRP", 0o40),
    ("S_IROTH", 0o4),
    ("S_IRUSR", 0o400),
    ("S_IRWXG", 0o70),
    ("S_IRWXO", 0o7),
    ("S_IRWXU", 0o700),
    ("S_ISGID", 0o2000),
    ("S_ISUID", 0o4000),
    ("S_ISVTX", 0o1000),
    ("S_IWGRP", 0o20),
    ("S_IWOTH", 0o2),
    ("S_IWRITE", 0o200),
    ("S_IWUSR", 0o200),
    ("S_IXGRP", 0o10),
    ("S_IXOTH", 0o1),
    ("S_IXUSR", 0o100),
    ("UF_APPEND", 0o4),
    ("UF_COMPRESSED", 0o40),
    ("UF_DATAVAULT", 0o200),
    ("UF_HIDDEN", 0o100000),
    ("UF_IMMUTABLE", 0o2),
    ("UF_NODUMP", 0o1),
    ("UF_NOUNLINK", 0o20),
    ("UF_OPAQUE", 0o10),
    ("UF_SETTABLE", 0o177777),
    ("UF_TRACKED", 0o100),
];
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    for (name, value) in CONSTANTS {
        set_global(vm, dict, name, vm.int(*value))?;
    }
    Ok(())
}

const FORMAT: i64 = 0o170000;

/// A mode is an unsigned number of 32 bits.
fn mode_of(vm: &mut Vm, mode: Local) -> Py<i64> {
    let n = vm.index(mode)?;
    if !(0..=i64::from(u32::MAX)).contains(&n) {
        return Err(vm.overflow_error("mode out of range"));
    }
    Ok(n)
}
macro_rules! tests {
    ($($name:ident $format:literal;)*) => { $(
        fn $name(vm: &mut Vm, mode: Local) -> Py<bool> {
            Ok(mode_of(vm, mode)? & FORMAT == $format)
        }
    )* };
}
tests! {
    s_isdir 0o40000;
    s_ischr 0o20000;
    s_isblk 0o60000;
    s_isreg 0o100000;
    s_isfifo 0o10000;
    s_islnk 0o120000;
    s_issock 0o140000;
}
/// Kinds of files that Linux does not have.
fn never(vm: &mut Vm, mode: Local) -> Py<bool> {
    mode_of(vm, mode)?;
    Ok(false)
}
fn imode(vm: &mut Vm, mode: Local) -> Py<i64> {
    Ok(mode_of(vm, mode)? & 0o7777)
}
fn ifmt(vm: &mut Vm, mode: Local) -> Py<i64> {
    Ok(mode_of(vm, mode)? & FORMAT)
}
fn filemode(vm: &mut Vm, mode: Local) -> Py<String> {
    let mode = mode_of(vm, mode)?;
    let mut text = String::with_capacity(10);
    text.push(match mode & FORMAT {
        0o100000 => '-',
        0o40000 => 'd',
        0o120000 => 'l',
        0o60000 => 'b',
        0o20000 => 'c',
        0o10000 => 'p',
        0o140000 => 's',
        _ => '?',
    });
    // For each of user, group, others: read, write, and execute with its special bit.
    for (shift, special, set, only) in [
        (6, 0o4000, 's', 'S'),
        (3, 0o2000, 's', 'S'),
        (0, 0o1000, 't', 'T'),
    ] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => set,
            (false, true) => only,
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    Ok(text)
}
