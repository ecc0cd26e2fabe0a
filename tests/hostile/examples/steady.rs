//! Behaves: hands every chunk on. Other guests misbehave beside it.
#![cfg(target_arch = "wasm32")]

struct Steady;

impl hostile::Transform for Steady {}

hostile::transform!(Steady);
