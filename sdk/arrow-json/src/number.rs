//! Numbers in decimal digits.

pub(crate) mod decimal;
pub(crate) mod float;
pub(crate) mod integer;
