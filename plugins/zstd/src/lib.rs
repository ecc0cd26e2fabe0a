//! Zstandard for the parquet plugin, without a C compiler.
//!
//! The `parquet` crate reads and writes zstd pages through the crate `zstd`, which compiles the C
//! library: for WebAssembly that takes clang with a WASI sysroot, and whoever builds Bubbles has
//! neither. So the root manifest patches `zstd` with this crate, which has the calls that
//! `parquet` makes and no more, over the pure-Rust `ruzstd`. It carries the version number that
//! `parquet` asks for. A newer `parquet` that calls something else fails to compile, which says
//! what to add.
//!
//! Not the aim: the rest of the `zstd` crate, dictionaries, or its compression levels. `ruzstd`
//! has one level, about level 1 of the C library, and every level asked for gives that one.

pub mod bulk;
pub mod zstd_safe;
