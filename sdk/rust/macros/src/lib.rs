//! The attributes of `bubbles-sdk`, which gives them on: use that crate.
