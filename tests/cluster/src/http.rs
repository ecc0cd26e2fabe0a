//! What a node says over HTTP.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::network::{Network, Place};

/// A node that is there answers at once; one that is not need not be waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks `address` for `path`, from a place; the status and the text of the answer.
///
/// # Errors
/// If nobody answers in HTTP within two seconds.
pub fn get(
    network: &Network,
    from: Place,
    address: SocketAddr,
    path: &str,
) -> io::Result<(u16, String)> {
    network.within(from, || {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        parse(&answer).ok_or_else(|| io::Error::other(format!("this is not HTTP: {answer:?}")))
    })
}

fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// The sum of all values of a metric, whatever its labels: none if there is no such metric.
#[must_use]
pub fn metric(text: &str, name: &str) -> Option<f64> {
    let value = |line: &str| -> Option<f64> {
        let rest = line.strip_prefix(name)?;
        if !rest.starts_with(['{', ' ']) {
            return None;
        }
        rest.rsplit(' ').next()?.parse().ok()
    };
    text.lines()
        .filter_map(value)
        .fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_and_a_text() {
        let answer = "HTTP/1.1 503 Service Unavailable\r\na: b\r\n\r\nno leader\n";
        assert_eq!(parse(answer), Some((503, "no leader\n".to_owned())));
        assert_eq!(parse("SSH-2.0"), None);
    }

    #[test]
    fn a_metric_is_summed_over_its_labels() {
        let text = "# HELP lost x\nlost{node=\"a\"} 2\nlost{node=\"b\"} 3\nlost_total 7\nup 1\n";
        assert_eq!(metric(text, "lost"), Some(5.0));
        assert_eq!(metric(text, "up"), Some(1.0));
        assert_eq!(metric(text, "gone"), None);
    }
}
