//! Which addresses a guest may connect to.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

use wasmtime_wasi::sockets::SocketAddrUse;

use crate::grants::HostPort;

type Answer = Pin<Box<dyn Future<Output = bool> + Send + Sync>>;

/// A check of every use of an address. A name that is granted is resolved anew each time: what a
/// guest was told earlier, or made up, does not count.
pub(super) fn check(
    granted: Vec<HostPort>,
) -> impl Fn(SocketAddr, SocketAddrUse) -> Answer + Send + Sync + 'static {
    move |address, usage| {
        match usage {
            SocketAddrUse::TcpConnect => {}
            // Before a connect the system picks a port of this side; listening on it stays barred.
            SocketAddrUse::TcpBind if address.ip().is_unspecified() && address.port() == 0 => {
                return Box::pin(async { true });
            }
            _ => return Box::pin(async { false }),
        }
        let port = address.port();
        let granted: Vec<String> = granted
            .iter()
            .filter(|grant| grant.port == port)
            .map(|grant| grant.host.clone())
            .collect();
        Box::pin(async move {
            for host in granted {
                if covers(&host, address).await {
                    return true;
                }
            }
            false
        })
    }
}

async fn covers(host: &str, address: SocketAddr) -> bool {
    let wanted = address.ip().to_canonical();
    if let Ok(granted) = host.parse::<IpAddr>() {
        return granted.to_canonical() == wanted;
    }
    if is_nearby(wanted) && !host.eq_ignore_ascii_case("localhost") {
        return false;
    }
    match tokio::net::lookup_host((host, address.port())).await {
        Ok(mut addresses) => addresses.any(|resolved| resolved.ip().to_canonical() == wanted),
        Err(_) => false,
    }
}

/// Addresses of this machine or this cable. No name of a real service leads there, but one whose
/// owner wants to reach what listens beside us (a cloud's metadata service, say).
pub(crate) fn is_nearby(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || v4.is_broadcast()
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_is_granted_can_be_connected_to() {
        let grant = |host: &str| HostPort {
            host: host.to_owned(),
            port: 5432,
        };
        let check = check(vec![
            grant("10.0.0.1"),
            grant("::ffff:10.0.0.2"),
            grant("localhost"),
        ]);
        let connect = |address: &str| check(address.parse().unwrap(), SocketAddrUse::TcpConnect);
        assert!(connect("10.0.0.1:5432").await);
        assert!(
            connect("10.0.0.2:5432").await,
            "one address, written in two ways"
        );
        assert!(connect("127.0.0.1:5432").await, "localhost is named");
        assert!(!connect("10.0.0.1:5433").await, "another port");
        assert!(!connect("10.0.0.3:5432").await, "another host");
        assert!(!connect("169.254.169.254:5432").await);
        assert!(!check("10.0.0.1:5432".parse().unwrap(), SocketAddrUse::TcpBind).await);
        let any = "0.0.0.0:0".parse().unwrap();
        assert!(
            check(any, SocketAddrUse::TcpBind).await,
            "as every connect begins"
        );
        assert!(!check(any, SocketAddrUse::TcpListen).await);
    }
}
