//! The running state of any hash, and what each is called and measures.

use super::blake2::{Blake2b, Blake2s};
use sha3::digest::{ExtendableOutput, Update, XofReader};

macro_rules! hashes {
    ($($variant:ident $ty:ty, $name:literal, $block:literal, $size:literal;)*) => {
        #[derive(Clone)]
        pub enum State {
            $($variant($ty),)*
            Shake128(sha3::Shake128),
            Shake256(sha3::Shake256),
            Blake2b(Box<Blake2b>),
            Blake2s(Box<Blake2s>),
        }
        impl State {
            /// By the name that Python uses; None for unknown ones, and for BLAKE2, which has parameters.
            pub fn new(name: &str) -> Option<State> {
                Some(match name {
                    $($name => State::$variant(Default::default()),)*
                    "shake_128" => State::Shake128(Default::default()),
                    "shake_256" => State::Shake256(Default::default()),
                    _ => return None,
                })
            }
            pub fn update(&mut self, data: &[u8]) {
                match self {
                    $(State::$variant(h) => h.update(data),)*
                    State::Shake128(h) => h.update(data),
                    State::Shake256(h) => h.update(data),
                    State::Blake2b(h) => h.update(data),
                    State::Blake2s(h) => h.update(data),
                }
            }
            /// `length` is for the two that give as much as is asked for.
            pub fn digest(&self, length: usize) -> Vec<u8> {
                match self.clone() {
                    $(State::$variant(h) => sha3::digest::FixedOutput::finalize_fixed(h).to_vec(),)*
                    State::Shake128(h) => read(h.finalize_xof(), length),
                    State::Shake256(h) => read(h.finalize_xof(), length),
                    State::Blake2b(h) => h.digest(),
                    State::Blake2s(h) => h.digest(),
                }
            }
            pub fn name(&self) -> &'static str {
                match self {
                    $(State::$variant(_) => $name,)*
                    State::Shake128(_) => "shake_128",
                    State::Shake256(_) => "shake_256",
                    State::Blake2b(_) => "blake2b",
                    State::Blake2s(_) => "blake2s",
                }
            }
            pub fn block_size(&self) -> usize {
                match self {
                    $(State::$variant(_) => $block,)*
                    State::Shake128(_) => 168,
                    State::Shake256(_) => 136,
                    State::Blake2b(_) => Blake2b::BLOCK,
                    State::Blake2s(_) => Blake2s::BLOCK,
                }
            }
            pub fn digest_size(&self) -> usize {
                match self {
                    $(State::$variant(_) => $size,)*
                    State::Shake128(_) | State::Shake256(_) => 0,
                    State::Blake2b(h) => h.digest_size,
                    State::Blake2s(h) => h.digest_size,
                }
            }
        }
    };
}
hashes! {
    Md5 md5::Md5, "md5", 64, 16;
    Sha1 sha1::Sha1, "sha1", 64, 20;
    Sha224 sha2::Sha224, "sha224", 64, 28;
    Sha256 sha2::Sha256, "sha256", 64, 32;
    Sha384 sha2::Sha384, "sha384", 128, 48;
    Sha512 sha2::Sha512, "sha512", 128, 64;
    Sha3_224 sha3::Sha3_224, "sha3_224", 144, 28;
    Sha3_256 sha3::Sha3_256, "sha3_256", 136, 32;
    Sha3_384 sha3::Sha3_384, "sha3_384", 104, 48;
    Sha3_512 sha3::Sha3_512, "sha3_512", 72, 64;
}

fn read(mut reader: impl XofReader, length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    reader.read(&mut out);
    out
}
