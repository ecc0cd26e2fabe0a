//! Guests that misbehave: each is stopped within its limit, named in the error, the machine's
//! memory is back where it was, and other work goes on.

mod escapes;
mod floods;
mod lab;
mod loops;
mod memory;
mod named;
mod roll_call;
