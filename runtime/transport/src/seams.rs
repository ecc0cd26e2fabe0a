//! What the transport takes from the world, passed in: so that a whole cluster
//! can be run in a simulation that goes the same way each time.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use quinn::{AsyncTimer, AsyncUdpSocket, Runtime, TokioRuntime, UdpPoller, udp};
pub use rustls::pki_types::UnixTime;
pub use rustls::time_provider::{DefaultTimeProvider, TimeProvider};

/// What the transport takes from the world. Deadlines are Tokio's time, which a
/// simulation can pause.
#[derive(Clone)]
pub struct Seams {
    /// Timers, and the tasks that drive connections.
    pub runtime: Arc<dyn Runtime>,
    /// The socket, already bound. With none, the endpoint binds one of the system's.
    pub socket: Option<Arc<dyn AsyncUdpSocket>>,
    /// What connection ids, packet numbers and the like are drawn from. With
    /// none, the system's randomness. Keys are never drawn from it.
    pub seed: Option<[u8; 32]>,
    /// Says what the time is where a certificate's validity is looked at.
    pub clock: Arc<dyn TimeProvider>,
}

impl Seams {
    /// The real world: Tokio, a UDP socket of the system, its randomness and its clock.
    pub fn system() -> Self {
        Self {
            runtime: Arc::new(TokioRuntime),
            socket: None,
            seed: None,
            clock: Arc::new(DefaultTimeProvider),
        }
    }
}

impl fmt::Debug for Seams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seams")
            .field("runtime", &self.runtime)
            .field("socket", &self.socket)
            .field("seeded", &self.seed.is_some())
            .field("clock", &self.clock)
            .finish()
    }
}

/// The same clock, for the age of the proofs that an address is the sender's own.
pub(crate) struct QuicClock(pub(crate) Arc<dyn TimeProvider>);

impl quinn::TimeSource for QuicClock {
    fn now(&self) -> SystemTime {
        // A clock that has no time makes every proof too old or too new: the sender tries again.
        let since_epoch = self.0.current_time().map_or(0, |time| time.as_secs());
        UNIX_EPOCH + Duration::from_secs(since_epoch)
    }
}
