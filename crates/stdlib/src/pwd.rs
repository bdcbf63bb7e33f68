//! `pwd` and `grp`: the databases of users and groups.

use crate::paths;
use mesapy_heap::Value;
use mesapy_platform::{Group, User};
use mesapy_vm::local::{Local, Py, Ret, k};
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::structseq;
use mesapy_vm::struct_sequence;
use mesapy_vm::vm::Vm;

struct_sequence!(pub static STRUCT_PASSWD = "pwd.struct_passwd", "pwd.struct_passwd: Results from getpw*() routines.", visible 7, ["pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"]);
struct_sequence!(pub static STRUCT_GROUP = "grp.struct_group", "grp.struct_group: Results from getgr*() routines.", visible 4, ["gr_name", "gr_passwd", "gr_gid", "gr_mem"]);

pub static PWD: NativeModule = NativeModule {
    name: "pwd",
    doc: "This module provides access to the Unix password database.",
    functions: PWD_FUNCTIONS,
    types: &[],
    init: Some(|vm, dict| register(vm, dict, &STRUCT_PASSWD)),
};
pub static GRP: NativeModule = NativeModule {
    name: "grp",
    doc: "Access to the Unix group database.",
    functions: GRP_FUNCTIONS,
    types: &[],
    init: Some(|vm, dict| register(vm, dict, &STRUCT_GROUP)),
};
static PWD_FUNCTIONS: &[Method] = methods! {
    "getpwuid(uidobj, /)" => static calls getpwuid(uid), "Return the password database entry for the given numeric user ID.";
    "getpwnam(name, /)" => static calls getpwnam(name), "Return the password database entry for the given user name.";
    "getpwall()" => static calls getpwall(), "Return a list of all available password database entries, in arbitrary order.";
};
static GRP_FUNCTIONS: &[Method] = methods! {
    "getgrgid(id)" => static calls getgrgid(id), "Return the group database entry for the given numeric group ID.";
    "getgrnam(name)" => static calls getgrnam(name), "Return the group database entry for the given group name.";
    "getgrall()" => static calls getgrall(), "Return a list of all available group entries, in arbitrary order.";
};

fn register(vm: &mut Vm, dict: Local<k::Dict>, seq: &'static structseq::StructSeq) -> Py<()> {
    structseq::register(vm, seq)?;
    let vm: &Vm = vm;
    let name = vm.intern(seq.def.short_name().as_bytes());
    dict.get(vm)
        .set_str(vm, name, vm.type_object(&seq.def).value())?;
    Ok(())
}
fn users(vm: &Vm) -> Py<Vec<User>> {
    vm.platform()
        .users()
        .map_err(|e| vm.platform_error(e, None))
}
fn groups(vm: &Vm) -> Py<Vec<Group>> {
    vm.platform()
        .groups()
        .map_err(|e| vm.platform_error(e, None))
}
fn user_value<'v>(vm: &'v Vm, u: &User) -> Py<Value<'v>> {
    let text = |bytes: &[u8]| paths::to_value(vm, bytes, false);
    let values = [
        text(&u.name)?,
        text(&u.password)?,
        vm.int(i64::from(u.uid)),
        vm.int(i64::from(u.gid)),
        text(&u.comment)?,
        text(&u.home)?,
        text(&u.shell)?,
    ];
    structseq::make(vm, &STRUCT_PASSWD, &values)
}
fn group_value<'v>(vm: &'v Vm, g: &Group) -> Py<Value<'v>> {
    let members = vm.new_list(&[])?;
    for member in &g.members {
        members.push(vm, paths::to_value(vm, member, false)?)?;
    }
    let values = [
        paths::to_value(vm, &g.name, false)?,
        paths::to_value(vm, &g.password, false)?,
        vm.int(i64::from(g.gid)),
        members.value(),
    ];
    structseq::make(vm, &STRUCT_GROUP, &values)
}
fn missing(vm: &Vm, text: String) -> Py<Ret> {
    let text = vm.new_str(text.as_bytes())?.value();
    Err(vm.key_error(text))
}
fn getpwuid(vm: &mut Vm, uid: i64) -> Py<Ret> {
    match users(vm)?.iter().find(|u| i64::from(u.uid) == uid) {
        Some(u) => Ok(vm.ret(user_value(vm, u)?)),
        None => missing(vm, format!("getpwuid(): uid not found: {uid}")),
    }
}
fn getpwnam(vm: &mut Vm, name: Local<k::Str>) -> Py<Ret> {
    let wanted = paths::encode(vm, name.value(vm))?;
    match users(vm)?.iter().find(|u| u.name == wanted) {
        Some(u) => Ok(vm.ret(user_value(vm, u)?)),
        None => {
            let shown = vm.repr_text(name.any())?;
            missing(vm, format!("getpwnam(): name not found: {shown}"))
        }
    }
}
fn getpwall(vm: &mut Vm) -> Py<Ret> {
    let vm: &Vm = vm;
    let list = vm.new_list(&[])?;
    for u in &users(vm)? {
        list.push(vm, user_value(vm, u)?)?;
    }
    Ok(vm.ret(list.value()))
}
fn getgrgid(vm: &mut Vm, id: i64) -> Py<Ret> {
    match groups(vm)?.iter().find(|g| i64::from(g.gid) == id) {
        Some(g) => Ok(vm.ret(group_value(vm, g)?)),
        None => missing(vm, format!("getgrgid(): gid not found: {id}")),
    }
}
fn getgrnam(vm: &mut Vm, name: Local<k::Str>) -> Py<Ret> {
    let wanted = paths::encode(vm, name.value(vm))?;
    match groups(vm)?.iter().find(|g| g.name == wanted) {
        Some(g) => Ok(vm.ret(group_value(vm, g)?)),
        None => {
            let shown = vm.repr_text(name.any())?;
            missing(vm, format!("getgrnam(): name not found: {shown}"))
        }
    }
}
fn getgrall(vm: &mut Vm) -> Py<Ret> {
    let vm: &Vm = vm;
    let list = vm.new_list(&[])?;
    for g in &groups(vm)? {
        list.push(vm, group_value(vm, g)?)?;
    }
    Ok(vm.ret(list.value()))
}
