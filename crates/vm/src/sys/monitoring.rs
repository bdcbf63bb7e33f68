//! `sys.monitoring`: tools, their callbacks and the events they want. CPython: Python/instrumentation.c.

use crate::local::{Local, Py, k};
use crate::module::NativeModule;
use crate::monitor::{self, EVENT_NAMES, EVENTS, Event, LOCAL_EVENTS, USER_TOOLS};
use crate::native::Method;
use crate::objects::{namespace, object};
use crate::roots::Root;
use crate::vm::Vm;
use mesapy_heap::Value;

pub static MONITORING: NativeModule = NativeModule {
    name: "sys.monitoring",
    doc: "",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};
static FUNCTIONS: &[Method] = crate::methods! {
    "use_tool_id(tool_id, name, /)" => static calls use_tool_id(tool_id, name), "";
    "clear_tool_id(tool_id, /)" => static calls clear_tool_id(tool_id), "";
    "free_tool_id(tool_id, /)" => static calls free_tool_id(tool_id), "";
    "get_tool(tool_id, /)" => static calls get_tool(tool_id), "";
    "register_callback(tool_id, event, func, /)" => static calls register_callback(tool_id, event, func), "";
    "get_events(tool_id, /)" => static calls get_events(tool_id), "";
    "set_events(tool_id, event_set, /)" => static calls set_events(tool_id, event_set), "";
    "get_local_events(tool_id, code, /)" => static calls get_local_events(tool_id, code), "";
    "set_local_events(tool_id, code, event_set, /)" => static calls set_local_events(tool_id, code, event_set), "";
    "restart_events()" => static calls restart_events(), "";
    "_all_events()" => static calls all_events(), "";
};

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let events = vm.local(namespace::new_namespace(vm)?);
    let value = vm.local(Value::NONE);
    for (i, name) in EVENT_NAMES.iter().enumerate() {
        value.set(vm, vm.int(1 << i));
        vm.set_attr_str(events, name, value)?;
    }
    value.set(vm, Value::int32(0));
    vm.set_attr_str(events, "NO_EVENTS", value)?;
    let vm: &Vm = vm;
    let set = |name: &str, value: Value<'_>| -> Py<()> {
        dict.get(vm)
            .set_str(vm, vm.intern(name.as_bytes()), value)?;
        Ok(())
    };
    set("events", events.value(vm))?;
    for (name, root) in [
        ("DISABLE", Root::MonitorDisable),
        ("MISSING", Root::MonitorMissing),
    ] {
        let sentinel = object::instantiate(vm, vm.type_object(&object::OBJECT))?;
        vm.roots.set(root, sentinel);
        set(name, sentinel)?;
    }
    for (name, id) in [
        ("DEBUGGER_ID", 0),
        ("COVERAGE_ID", 1),
        ("PROFILER_ID", 2),
        ("OPTIMIZER_ID", 5),
    ] {
        set(name, Value::int32(id))?;
    }
    Ok(())
}

fn c_int(vm: &mut Vm, n: i64) -> Py<i32> {
    i32::try_from(n).map_err(|_| vm.overflow_error("Python int too large to convert to C int"))
}
/// A number that programs can name.
fn tool(vm: &mut Vm, id: i64) -> Py<usize> {
    let id = c_int(vm, id)?;
    usize::try_from(id)
        .ok()
        .filter(|t| *t < USER_TOOLS)
        .ok_or_else(|| {
            vm.value_error(format!(
                "invalid tool {id} (must be between 0 and {})",
                USER_TOOLS - 1
            ))
        })
}
fn in_use(vm: &mut Vm, tool: usize) -> Py<()> {
    if vm.monitor.name(vm, tool).is_none() {
        return Err(vm.value_error(format!("tool {tool} is not in use")));
    }
    Ok(())
}
fn use_tool_id(vm: &mut Vm, id: i64, name: Local) -> Py<()> {
    let tool = tool(vm, id)?;
    if name.value(vm).as_str(vm).is_none() {
        return Err(vm.value_error("tool name must be a str"));
    }
    if vm.monitor.name(vm, tool).is_some() {
        return Err(vm.value_error(format!("tool {tool} is already in use")));
    }
    vm.monitor.set_name(tool, name.value(vm));
    Ok(())
}
fn clear_tool_id(vm: &mut Vm, id: i64) -> Py<()> {
    let tool = tool(vm, id)?;
    if vm.monitor.name(vm, tool).is_some() {
        vm.clear_tool(tool);
    }
    Ok(())
}
fn free_tool_id(vm: &mut Vm, id: i64) -> Py<()> {
    let tool = tool(vm, id)?;
    if vm.monitor.name(vm, tool).is_some() {
        vm.clear_tool(tool);
        vm.monitor.set_name(tool, Value::EMPTY);
        vm.monitor.no_locals();
        vm.update_tracing();
    }
    Ok(())
}
fn get_tool(vm: &mut Vm, id: i64) -> Py<Local> {
    let tool = tool(vm, id)?;
    let name = vm.monitor.name(vm, tool).unwrap_or(Value::NONE);
    Ok(vm.local(name))
}
fn register_callback(vm: &mut Vm, id: i64, event: i64, func: Local) -> Py<Local> {
    let tool = tool(vm, id)?;
    let event = c_int(vm, event)?;
    if event <= 0 || event.count_ones() != 1 {
        return Err(vm.value_error("The callback can only be set for one event at a time"));
    }
    let event = event.trailing_zeros() as usize;
    if event >= EVENTS {
        return Err(vm.value_error(format!("invalid event {event}")));
    }
    vm.audit("sys.monitoring.register_callback", &[func])?;
    let old = vm.monitor.callback(vm, tool, event).unwrap_or(Value::NONE);
    let old = vm.local(old);
    let new = func.value(vm);
    let new = if new.is_none() { Value::EMPTY } else { new };
    vm.monitor.set_callback(tool, event, new);
    Ok(old)
}

const C_RETURN_EVENTS: u32 = Event::C_RETURN.bit() | Event::C_RAISE.bit();
const C_CALL_EVENTS: u32 = C_RETURN_EVENTS | Event::CALL.bit();
/// What is stored for an event set that was given.
fn event_set(vm: &mut Vm, given: i64, bits: usize, what: &str) -> Py<u32> {
    let given = c_int(vm, given)?;
    if given < 0 || given >= 1 << bits {
        return Err(vm.value_error(format!("invalid {what} 0x{given:x}")));
    }
    let mut events = given as u32;
    if events & C_RETURN_EVENTS != 0 && events & C_CALL_EVENTS != C_CALL_EVENTS {
        return Err(vm.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    events &= !C_RETURN_EVENTS;
    if events & Event::BRANCH.bit() != 0 {
        events &= !Event::BRANCH.bit();
        events |= Event::BRANCH_LEFT.bit() | Event::BRANCH_RIGHT.bit();
    }
    Ok(events)
}
fn get_events(vm: &mut Vm, id: i64) -> Py<i64> {
    let tool = tool(vm, id)?;
    Ok(i64::from(vm.monitor.global(tool)))
}
fn set_events(vm: &mut Vm, id: i64, events: i64) -> Py<()> {
    let tool = tool(vm, id)?;
    let events = event_set(vm, events, EVENTS, "event set")?;
    in_use(vm, tool)?;
    vm.set_tool_events(tool, events);
    Ok(())
}
fn code_of(vm: &mut Vm, code: Local) -> Py<()> {
    if code.value(vm).kind(vm) != mesapy_heap::Kind::Code {
        return Err(vm.type_error("code must be a code object"));
    }
    Ok(())
}
fn get_local_events(vm: &mut Vm, id: i64, code: Local) -> Py<i64> {
    code_of(vm, code)?;
    let tool = tool(vm, id)?;
    let events = code
        .value(vm)
        .as_obj()
        .map_or(0, |c| monitor::local_events(vm, c, tool));
    Ok(i64::from(events))
}
fn set_local_events(vm: &mut Vm, id: i64, code: Local, events: i64) -> Py<()> {
    code_of(vm, code)?;
    let tool = tool(vm, id)?;
    let given = c_int(vm, events)?;
    // BRANCH stands for two local events.
    let plain = i64::from(given & !(Event::BRANCH.bit() as i32));
    if plain & i64::from(C_RETURN_EVENTS) != 0 || given < 0 {
        event_set(vm, events, EVENTS, "local event set")?;
    }
    let checked = event_set(
        vm,
        plain & !i64::from(C_RETURN_EVENTS),
        LOCAL_EVENTS,
        "local event set",
    )?;
    let branches = if plain == i64::from(given) {
        0
    } else {
        Event::BRANCH_LEFT.bit() | Event::BRANCH_RIGHT.bit()
    };
    in_use(vm, tool)?;
    vm.set_local_tool_events(code, tool, checked | branches)
}
fn restart_events(vm: &mut Vm) -> Py<()> {
    vm.monitor.restart();
    Ok(())
}
fn all_events(vm: &mut Vm) -> Py<Local> {
    let vm: &Vm = vm;
    let dict = vm.new_dict();
    for (event, name) in EVENT_NAMES
        .iter()
        .enumerate()
        .take(Event::C_RETURN as usize)
    {
        let tools: i64 = (0..USER_TOOLS)
            .filter(|t| vm.monitor.global(*t) & (1 << event) != 0)
            .map(|t| 1 << t)
            .sum();
        if tools != 0 {
            dict.set_str(vm, vm.intern(name.as_bytes()), vm.int(tools))?;
        }
    }
    Ok(vm.local(dict.value()))
}

impl Vm {
    /// A tool wants other events from now on.
    pub(crate) fn set_tool_events(&mut self, tool: usize, events: u32) {
        self.monitor.set_global(tool, events);
        self.update_tracing();
    }
    pub(crate) fn set_local_tool_events(
        &mut self,
        code: Local,
        tool: usize,
        events: u32,
    ) -> Py<()> {
        let vm: &Vm = self;
        if let Some(c) = code.value(vm).as_obj() {
            monitor::set_local_events(vm, c, tool, events)?;
        }
        vm.update_tracing();
        Ok(())
    }
    /// A tool wants nothing any more and has no callbacks.
    fn clear_tool(&mut self, tool: usize) {
        for event in 0..EVENTS {
            self.monitor.set_callback(tool, event, Value::EMPTY);
        }
        self.set_tool_events(tool, 0);
        let vm: &Vm = self;
        vm.heap.for_each_object(&mut |o| {
            if o.kind(vm) == mesapy_heap::Kind::Code {
                // Storing zero into an array that is there takes no memory.
                let _ = monitor::set_local_events(vm, o, tool, 0);
            }
        });
    }
}
