//! What the machine says of itself, where nobody else does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use bubbles_transport::PeerName;

use super::SettingsError;

/// What is known of this machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Machine {
    /// As it calls itself; empty where that is not known.
    pub(crate) host: String,
    /// Its IPv4 address on the way to others.
    pub(crate) v4: Option<IpAddr>,
    /// Its IPv6 address on the way to others.
    pub(crate) v6: Option<IpAddr>,
    /// At least one.
    pub(crate) cores: usize,
}

impl Machine {
    /// Looks at this one.
    pub(super) fn look() -> Self {
        // Addresses for documentation, which the default route leads to and nobody has.
        let v4 = Ipv4Addr::new(192, 0, 2, 1);
        let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
        Self {
            host: host(),
            v4: on_the_way_to(Ipv4Addr::UNSPECIFIED.into(), v4.into()),
            v6: on_the_way_to(Ipv6Addr::UNSPECIFIED.into(), v6.into()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// A name for a node: the machine's, up to the first dot, made to fit.
    pub(super) fn name(&self) -> Result<PeerName, SettingsError> {
        let first = self.host.split('.').next().unwrap_or_default();
        let fitting = |c: char| match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => c,
            _ => '-',
        };
        // All of it is ASCII by now: a character is a byte.
        let name: String = first.chars().map(fitting).take(63).collect();
        let name = name.trim_matches('-').parse();
        name.map_err(|_| SettingsError::NoName {
            host: self.host.clone(),
        })
    }

    /// Where others reach who listens at this address.
    pub(super) fn advertised(&self, listen: SocketAddr) -> Result<String, SettingsError> {
        if listen.port() == 0 {
            return Err(SettingsError::NoPort);
        }
        let address = match listen.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => self.v4.ok_or(SettingsError::NoAddress)?,
            // A socket of all IPv6 addresses is one of all IPv4 addresses, too.
            IpAddr::V6(ip) if ip.is_unspecified() => {
                let known = self.v4.or(self.v6);
                known.ok_or(SettingsError::NoAddress)?
            }
            ip => ip,
        };
        Ok(SocketAddr::new(address, listen.port()).to_string())
    }
}

/// The address that a packet to `there` would be sent from. None is sent.
fn on_the_way_to(any: IpAddr, there: IpAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((there, 9)).ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_unspecified()).then_some(own)
}

fn host() -> String {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let host = kernel.or_else(|_| std::fs::read_to_string("/etc/hostname"));
    let host = host.or_else(|_| std::env::var("HOSTNAME"));
    host.unwrap_or_default().trim().to_owned()
}
