//! How a failed file operation is told to the runtime.

use std::io;

use bubbles_sdk::Error;
use bubbles_sdk::objects::ObjectError;

/// What a failure to `verb` (read, write, find, publish) the object at `url` means for the job: a
/// failure that may pass is retried, any other ends the job.
pub fn object_failure(verb: &str, url: &str, error: ObjectError) -> Error {
    // The runtime mostly names the object itself.
    if error.message().contains(url) {
        return Error::from(error);
    }
    Error::from(error).context(format_args!("cannot {verb} {url:?}"))
}

/// Carries a task's error through code that speaks `std::io`.
#[derive(Debug)]
struct Carried(Error);

impl std::fmt::Display for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Carried {}

pub(crate) fn into_io(error: Error) -> io::Error {
    io::Error::other(Carried(error))
}

/// The task's error that [`into_io`] packed, or else a fatal one that says `context` and the cause.
pub(crate) fn from_io(error: io::Error, context: &str) -> Error {
    match error.downcast::<Carried>() {
        Ok(Carried(error)) => error,
        Err(error) => Error::Fatal(format!("{context}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_error_survives_the_way_through_io() {
        let error = from_io(into_io(Error::Transient("busy".to_owned())), "x");
        assert!(matches!(error, Error::Transient(why) if why == "busy"));
        let error = from_io(io::Error::other("torn"), "cannot unpack \"x\"");
        assert!(matches!(error, Error::Fatal(why) if why == "cannot unpack \"x\": torn"));
    }
}
