//! The environment of the interpreter: as the process got it, then as `putenv` changed it. Children get it, and the VM looks up its own variables in it.

use crate::vm::Vm;

#[derive(Default)]
struct Environment(Option<Vec<(Vec<u8>, Vec<u8>)>>);

impl Vm {
    /// Names and values, in order. The process's own environment is never changed.
    pub fn environment(&mut self) -> &mut Vec<(Vec<u8>, Vec<u8>)> {
        let at_start = match self.state_if_any::<Environment>() {
            Some(Environment(Some(_))) => Vec::new(),
            _ => self.platform().environment().unwrap_or_default(),
        };
        self.state::<Environment>().0.get_or_insert(at_start)
    }
    pub fn environment_variable(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let found = self.environment().iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.clone())
    }
}
