//! Behaves: a load that keeps nothing.
#![cfg(target_arch = "wasm32")]

struct Swallow;

impl hostile::Load for Swallow {}

hostile::load!(Swallow);
