//! Ways out of the sandbox that several guests try.

use std::io::Read;
use std::net::TcpStream;

use crate::{Error, objects};

/// Reads `path` by every way there is. Always an error: `got out` with what was read, or
/// `refused` with the answer.
///
/// # Errors
///
/// Always, see above.
pub fn break_out(path: &str) -> Result<(), Error> {
    if let Ok(bytes) = objects::read(path, 0, 1 << 16) {
        return Err(got_out(&bytes));
    }
    if let Ok(bytes) = std::fs::read(path) {
        return Err(got_out(&bytes));
    }
    if let Ok(found) = objects::find(path)
        && let Some(object) = found.first()
    {
        return Err(got_out(object.url.as_bytes()));
    }
    let answer = objects::read(path, 0, 1 << 16).expect_err("was refused above");
    Err(Error::Fatal(format!("refused: {answer:?}")))
}

/// Connects to `address` and reads what it says. Always an error, as for [`break_out`].
///
/// # Errors
///
/// Always, see above.
pub fn call_out(address: &str) -> Result<(), Error> {
    match TcpStream::connect(address) {
        Ok(mut stream) => {
            let mut heard = Vec::new();
            let outcome = stream.read_to_end(&mut heard);
            Err(Error::Fatal(format!("got out: {outcome:?}")))
        }
        Err(error) => Err(Error::Fatal(format!("refused: {error}"))),
    }
}

fn got_out(bytes: &[u8]) -> Error {
    Error::Fatal(format!("got out: {}", String::from_utf8_lossy(bytes)))
}
