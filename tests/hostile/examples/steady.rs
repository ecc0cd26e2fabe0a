//! Behaves: hands every chunk on. Other guests misbehave beside it.

struct Steady;

impl hostile::Transform for Steady {}

hostile::transform!(Steady);
