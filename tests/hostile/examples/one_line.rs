//! Behaves: an extract of one line, with no file behind it.
#![cfg(target_arch = "wasm32")]

struct OneLine;

impl hostile::Extract for OneLine {}

hostile::extract!(OneLine);
