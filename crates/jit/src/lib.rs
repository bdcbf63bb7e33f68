//! The compiler: bytecode of one code object to machine code, by way of Cranelift.
//!
//! It is a method compiler that works on the interpreter's own frames. A Python register's home is its word in the cage; within a basic block its value is kept in a
//! virtual register too, floats unboxed, and what was written is stored when the block ends, before calls, and where the code is left. So whatever goes wrong, the interpreter
//! finds the frame as if it had done everything itself, and goes on at the instruction in question.
//!
//! What is assumed comes from the interpreter's inline caches: shapes, versions of classes and dicts, callees. An assumption that fails leaves the code (an *exit*); when that
//! happens often at one instruction, the code is compiled anew and that instruction gets a form that assumes nothing.
//!
//! | file | what |
//! |---|---|
//! | `plan` | which instructions are compiled in place, where blocks begin, where code can be entered |
//! | `emit` | registers, exits, guards: what all instructions are made of |
//! | `helpers` | calls of helpers, and what becomes of their answers |
//! | `numbers`, `objects`, `items`, `calls` | the instructions |
#![forbid(unsafe_code)]

mod calls;
mod emit;
mod helpers;
mod items;
mod numbers;
mod objects;
mod plan;

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use mesapy_vm::jit::{Compiled, Compiler, Request};
use std::sync::OnceLock;

/// Code objects with more instructions are left to the interpreter: compiling takes time in proportion, and much of such a body hardly runs.
const INSTRS_MAX: usize = 4000;

/// Compiles with Cranelift for x86-64.
pub struct Cranelift(());

/// The compiler, for `Vm::set_compiler`.
pub static CRANELIFT: Cranelift = Cranelift(());

/// None where Cranelift knows nothing of the processor.
fn isa() -> Option<&'static OwnedTargetIsa> {
    static ISA: OnceLock<Option<OwnedTargetIsa>> = OnceLock::new();
    ISA.get_or_init(|| {
        let mut flags = settings::builder();
        for (name, value) in [
            ("opt_level", "speed"),
            ("enable_pinned_reg", "true"),
            ("enable_probestack", "false"),
            ("enable_heap_access_spectre_mitigation", "false"),
            ("unwind_info", "false"),
            (
                "enable_verifier",
                if cfg!(debug_assertions) {
                    "true"
                } else {
                    "false"
                },
            ),
        ] {
            flags.set(name, value).ok()?;
        }
        let builder = cranelift_codegen::isa::lookup_by_name("x86_64-unknown-linux-gnu").ok()?;
        builder.finish(settings::Flags::new(flags)).ok()
    })
    .as_ref()
}

impl Compiler for Cranelift {
    fn compile(&self, request: &Request<'_>) -> Option<Compiled> {
        let isa = isa()?;
        if request.instrs.len() > INSTRS_MAX {
            return None;
        }
        let plan = plan::Plan::new(request)?;
        let mut context = Context::new();
        let mut builder_context = FunctionBuilderContext::new();
        let keeps = emit::build(
            request,
            &plan,
            &mut context.func,
            &mut builder_context,
            &**isa,
        )?;
        let result = context.compile(&**isa, &mut ControlPlane::default());
        let code = match result {
            Ok(code) => code,
            Err(_error) => {
                debug_assert!(false, "{:?}", _error.inner);
                return None;
            }
        };
        // Code that needs relocating would refer to something outside of itself.
        if !code.buffer.relocs().is_empty() {
            return None;
        }
        let bytes = code.buffer.data().to_vec();
        Some(Compiled {
            code_len: bytes.len(),
            bytes,
            entries: plan.entries(),
            keeps,
        })
    }
}
