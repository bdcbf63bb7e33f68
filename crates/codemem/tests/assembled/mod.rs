//! Functions assembled by hand, no compiler would make most of them, and what the verifier must say of them.
#![allow(dead_code, reason = "each file of tests uses a part of it")]

use crate::common::policy;
use iced_x86::IcedError;
use iced_x86::code_asm::*;
use mesapy_codemem::verify::verify;

pub fn assembled(build: impl Fn(&mut CodeAssembler) -> Result<(), IcedError>) -> Vec<u8> {
    let mut a = CodeAssembler::new(64).expect("an assembler");
    build(&mut a).expect("instructions");
    a.assemble(0).expect("code")
}

/// Must be accepted.
#[track_caller]
pub fn good(build: impl Fn(&mut CodeAssembler) -> Result<(), IcedError>) {
    let code = assembled(build);
    if let Err(refusal) = verify(&policy(), &code, code.len()) {
        panic!("{refusal}");
    }
}

/// Must be refused, with a reason that contains `why`.
#[track_caller]
pub fn bad(why: &str, build: impl Fn(&mut CodeAssembler) -> Result<(), IcedError>) {
    let code = assembled(build);
    match verify(&policy(), &code, code.len()) {
        Ok(()) => panic!("accepted"),
        Err(refusal) => assert!(refusal.why.contains(why), "{refusal}"),
    }
}

/// The same for bytes, followed by `ret`.
#[track_caller]
pub fn bad_bytes(why: &str, bytes: &[u8]) {
    let mut code = bytes.to_vec();
    code.push(0xC3);
    match verify(&policy(), &code, code.len()) {
        Ok(()) => panic!("accepted"),
        Err(refusal) => assert!(refusal.why.contains(why), "{refusal}"),
    }
}

pub const NOT_KNOWN: &str = "not known to be in any region";
pub const BEYOND: &str = "beyond what belongs to the cage";
pub const MAY_NOT_USE: &str = "that code may not use";

/// A function with an aligned stack: `body` between the saving of rbx and its return.
pub fn framed(
    body: impl Fn(&mut CodeAssembler) -> Result<(), IcedError>,
) -> impl Fn(&mut CodeAssembler) -> Result<(), IcedError> {
    move |a| {
        a.push(rbx)?;
        body(a)?;
        a.pop(rbx)?;
        a.ret()
    }
}
