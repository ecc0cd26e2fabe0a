//! Behaves: a load that keeps nothing.

struct Swallow;

impl hostile::Load for Swallow {}

hostile::load!(Swallow);
