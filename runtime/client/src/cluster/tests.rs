//! What a client does when nodes lead, follow, die, deny and lie.

mod jobs;
mod logins;
mod plugins;
mod questions;
