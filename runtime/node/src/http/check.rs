//! `bubbles-node --check`: asks a running node whether it is ready, for a container's
//! health check or a person without `curl`.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};

/// For each step: an idle machine needs a millisecond.
const STEP_WITHIN: Duration = Duration::from_secs(3);

/// The answer has some 200 bytes; whoever sends more is no node.
const ANSWER_BYTES_MAX: u64 = 16 << 10;

/// Says nothing if the node that listens here is ready.
///
/// # Errors
/// It is not, with its own reason; or nobody answers.
pub(crate) fn is_ready(address: SocketAddr) -> anyhow::Result<()> {
    let address = reachable(address);
    let answer = ask(address).with_context(|| format!("no node answers at {address}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    match head.split(' ').nth(1) {
        Some("200") => Ok(()),
        Some("503") => Err(anyhow!("the node is not ready: {}", body.trim())),
        _ => bail!("what answers at {address} is no node"),
    }
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, STEP_WITHIN)?;
    stream.set_read_timeout(Some(STEP_WITHIN))?;
    stream.set_write_timeout(Some(STEP_WITHIN))?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Who listens at all addresses of this machine is reached at its own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}
