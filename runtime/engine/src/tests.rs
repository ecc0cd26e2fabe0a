//! Tests of the engine as a whole, with guests that are a few lines of text each.

mod calls;
mod limits;
mod loading;
