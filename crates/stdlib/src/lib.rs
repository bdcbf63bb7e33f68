//! The library's native modules, a file or folder each, and the one list of them.
#![forbid(unsafe_code)]

pub mod ast;
mod binascii;
mod cmath;
mod codecs;
mod csv;
mod hashes;
mod json;
mod math;
mod opcode;
mod pickle;
mod sre;
mod streams;
mod string;
mod structs;
mod tokenize;
mod unicodedata;
mod zlib;

pub use imp::cache_magic;

use mesapy_vm::module::NativeModule;

mod abc;
mod array;
pub mod atexit;
mod bisect;
mod bz2;
mod collections;
mod contextvars;
mod decimal;
pub mod errno;
pub mod fcntl;
mod functools;
mod gc;
mod heapq;
mod imp;
pub mod io;
mod itertools;
mod locale;
mod marshal;
mod operator;
pub mod paths;
pub mod posix;
mod posixsubprocess;
pub mod pwd;
mod queue;
mod random;
mod resource;
mod select;
pub mod signal;
mod socket;
mod stat;
mod statistics;
mod suggestions;
mod support;
mod symtable;
mod termios;
mod thread;
pub mod time;
mod types;
mod weakref;

/// Every native module, sorted by name.
pub static MODULES: &[&NativeModule] = &[
    &codecs::MODULE,
    &csv::MODULE,
    &hashes::BLAKE2_MODULE,
    &ast::MODULE,
    &json::MODULE,
    &opcode::MODULE,
    &pickle::MODULE,
    &tokenize::MODULE,
    &hashes::MD5_MODULE,
    &hashes::SHA1_MODULE,
    &hashes::SHA2_MODULE,
    &hashes::SHA3_MODULE,
    &sre::MODULE,
    &string::MODULE,
    &binascii::MODULE,
    &cmath::MODULE,
    &math::MODULE,
    &unicodedata::MODULE,
    &zlib::MODULE,
    &abc::MODULE,
    &atexit::MODULE,
    &contextvars::MODULE,
    &socket::MODULE,
    &decimal::MODULE,
    &stat::MODULE,
    &thread::MODULE,
    &collections::MODULE,
    &functools::MODULE,
    &errno::MODULE,
    &io::IO,
    &fcntl::MODULE,
    &posix::MODULE,
    &posixsubprocess::MODULE,
    &resource::MODULE,
    &select::MODULE,
    &pwd::GRP,
    &pwd::PWD,
    &signal::MODULE,
    &time::MODULE,
    &gc::MODULE,
    &imp::LIBRARY,
    &imp::MODULE,
    &itertools::MODULE,
    &locale::MODULE,
    &marshal::MODULE,
    &termios::MODULE,
    &operator::MODULE,
    &random::MODULE,
    &structs::MODULE,
    &array::MODULE,
    &bisect::MODULE,
    &bz2::MODULE,
    &heapq::MODULE,
    &queue::MODULE,
    &statistics::MODULE,
    &suggestions::MODULE,
    &symtable::MODULE,
    &types::MODULE,
    &weakref::MODULE,
];
