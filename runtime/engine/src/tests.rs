//! Tests of the engine as a whole, with guests that are a few lines of text each.

mod calls;
mod cloud;
mod http;
mod limits;
mod loading;
mod objects;
mod wasi;
