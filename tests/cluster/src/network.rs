//! Where nodes are: each in a network namespace of its own, or all on loopback.

mod lab;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::thread;

use thiserror::Error;

pub use lab::{Lab, LabError};

use crate::spawn;

/// Where a process runs: 0 is where people are, nodes are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub u8);

impl Place {
    /// Where people and the test are.
    pub const PEOPLE: Self = Self(0);
}

/// A network of nodes.
#[derive(Debug)]
pub enum Network {
    /// A namespace for each, with a bridge between them: links can be cut.
    Lab(Lab),
    /// One address for all, and nothing can be cut.
    Loopback,
}

/// Why a link is not cut.
#[derive(Debug, Error)]
pub enum CutError {
    /// On loopback there are no links.
    #[error("links can only be cut between network namespaces")]
    Loopback,
    /// The machine did not do it.
    #[error(transparent)]
    Lab(#[from] LabError),
}

/// The ports of nodes that have an address each.
const NODE_PORT: u16 = 4747;
const HTTP_PORT: u16 = 4748;

impl Network {
    /// One with so many places for nodes: of namespaces where this machine allows them.
    ///
    /// # Errors
    /// If the machine allows them and then fails.
    pub fn open(nodes: u8) -> Result<Self, LabError> {
        match lab::obstacle() {
            None => Lab::new(nodes).map(Self::Lab),
            Some(_) => Ok(Self::Loopback),
        }
    }

    /// Why links cannot be cut on this machine; none if they can.
    #[must_use]
    pub fn obstacle() -> Option<String> {
        lab::obstacle()
    }

    /// The address of a place.
    #[must_use]
    pub fn address(&self, place: Place) -> IpAddr {
        match self {
            Self::Lab(_) => Lab::address(place).into(),
            Self::Loopback => Ipv4Addr::LOCALHOST.into(),
        }
    }

    /// Where a node there listens, to nodes and to people's HTTP: nobody else does.
    ///
    /// # Errors
    /// If the system has no port left.
    pub fn listen(&self, place: Place) -> io::Result<(SocketAddr, SocketAddr)> {
        let address = self.address(place);
        match self {
            Self::Lab(_) => Ok((
                SocketAddr::new(address, NODE_PORT),
                SocketAddr::new(address, HTTP_PORT),
            )),
            Self::Loopback => Ok((
                UdpSocket::bind((address, 0))?.local_addr()?,
                TcpListener::bind((address, 0))?.local_addr()?,
            )),
        }
    }

    /// A command that runs `program` in that place, and not longer than this process lives.
    #[must_use]
    pub fn command(&self, place: Place, program: &Path) -> Command {
        let mut command = spawn::guarded();
        if let Self::Lab(lab) = self {
            command.args(["ip", "netns", "exec", &lab.namespace(place)]);
        }
        command.arg(program);
        command
    }

    /// Does something in that place: what it connects to, it connects to from there.
    ///
    /// # Errors
    /// Those of `act`, or if the place cannot be entered.
    pub fn within<T: Send>(
        &self,
        place: Place,
        act: impl FnOnce() -> io::Result<T> + Send,
    ) -> io::Result<T> {
        let Self::Lab(lab) = self else {
            return act();
        };
        thread::scope(|scope| {
            let there = scope.spawn(|| {
                lab.enter(place)?;
                act()
            });
            let panicked = |_| io::Error::other("what was done there panicked");
            there.join().map_err(panicked)?
        })
    }

    /// Lets nothing that `from` sends reach `to`; what `to` sends still arrives.
    ///
    /// # Errors
    /// On loopback, and where the machine does not do it.
    pub fn cut(&self, from: Place, to: Place) -> Result<(), CutError> {
        Ok(self.lab()?.cut(from, to)?)
    }

    /// Cuts both ways between each of `some` and each of `others`.
    ///
    /// # Errors
    /// As [`cut`](Self::cut).
    pub fn part(&self, some: &[Place], others: &[Place]) -> Result<(), CutError> {
        for one in some {
            for other in others {
                self.cut(*one, *other)?;
                self.cut(*other, *one)?;
            }
        }
        Ok(())
    }

    /// Mends all that is cut.
    ///
    /// # Errors
    /// Where the machine does not do it. On loopback nothing is cut.
    pub fn heal(&self) -> Result<(), CutError> {
        match self {
            Self::Lab(lab) => Ok(lab.heal()?),
            Self::Loopback => Ok(()),
        }
    }

    /// How many packets were dropped by cuts until now.
    ///
    /// # Errors
    /// As [`cut`](Self::cut).
    pub fn dropped(&self) -> Result<u64, CutError> {
        Ok(self.lab()?.dropped()?)
    }

    fn lab(&self) -> Result<&Lab, CutError> {
        match self {
            Self::Lab(lab) => Ok(lab),
            Self::Loopback => Err(CutError::Loopback),
        }
    }
}
