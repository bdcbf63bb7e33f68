//! Names as `&'static str`, one copy of each text.
//!
//! Names cross files (calls, fields, macros of headers), live as long as the process, and are compared and matched all the time. The texts are
//! leaked on purpose: what a scan keeps is bounded by the text that it read.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{LazyLock, Mutex, PoisonError};

/// An interned text.
pub type Name = &'static str;

const SHARDS: usize = 64;

static TEXTS: LazyLock<Vec<Mutex<HashSet<&'static str>>>> =
    LazyLock::new(|| (0..SHARDS).map(|_| Mutex::new(HashSet::new())).collect());
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The one copy of `text`.
pub fn intern(text: &str) -> Name {
    let mut hasher = HASHER.build_hasher();
    hasher.write(text.as_bytes());
    let shard = &TEXTS[hasher.finish() as usize % SHARDS];
    let mut texts = shard.lock().unwrap_or_else(PoisonError::into_inner);
    match texts.get(text) {
        Some(found) => found,
        None => {
            let leaked: Name = Box::leak(text.into());
            texts.insert(leaked);
            leaked
        }
    }
}

/// A file's own cache in front of the shared table, so that threads seldom meet.
#[derive(Default)]
pub struct Cache<'t> {
    known: HashMap<&'t str, Name, FastHash>,
}

impl<'t> Cache<'t> {
    pub fn intern(&mut self, text: &'t str) -> Name {
        self.known.entry(text).or_insert_with(|| intern(text))
    }
}

/// FxHash: names are short and the tables are no target of attacks that matter (a slow file is bounded by its size).
#[derive(Clone, Copy, Default)]
pub struct FastHash;

impl BuildHasher for FastHash {
    type Hasher = FastHasher;
    fn build_hasher(&self) -> FastHasher {
        FastHasher(0)
    }
}

pub struct FastHasher(u64);

impl FastHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
        let mut word = [0; 8];
        let rest = chunks.remainder();
        word[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_le_bytes(word) ^ (rest.len() as u64) << 56);
    }
    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }
    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }
    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }
    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

pub type FastMap<K, V> = HashMap<K, V, FastHash>;
pub type FastSet<K> = HashSet<K, FastHash>;
