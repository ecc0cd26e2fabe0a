//! Why a connection ended, or never began.

use std::fmt;

use quinn::{ConnectionError, VarInt};
use thiserror::Error;

/// Most bytes of a reason: it goes into a log, and a peer chose it.
const MAX_REASON_BYTES: usize = 256;

/// TLS alerts (RFC 8446, section 6) as QUIC error codes (RFC 9001, section 4.8).
const ALERT: u64 = 0x100;
const ALERT_CERTIFICATE_REVOKED: u64 = ALERT + 44;
const ALERT_CERTIFICATE_EXPIRED: u64 = ALERT + 45;
const ALERT_NO_APPLICATION_PROTOCOL: u64 = ALERT + 120;
const ALERTS: std::ops::RangeInclusive<u64> = ALERT..=ALERT + 0xff;

/// Why one side ends a connection, as a number that the other side reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Nothing is wrong: there is no more to say.
    Done,
    /// The process ends. Another node will do.
    ShuttingDown,
    /// The other side sent what no peer sends.
    Violation,
    /// The other side began to send and did not go on.
    Stalled,
    /// The other side's role may not speak this protocol.
    Forbidden,
    /// Too much at a time: connections, or long frames. Later there may be room.
    Busy,
    /// The other side's certificate was revoked.
    Revoked,
    /// The other side's certificate has expired, or is not yet good.
    Expired,
    /// The other side showed no certificate, or one that is not to be believed.
    Unidentified,
    /// The two speak different versions.
    OtherVersion,
    /// A code of the layers above, or of a later version.
    Other(u32),
}

impl Refusal {
    /// The named ones in the order of their codes. A new one goes to the end.
    const NAMED: [Self; 10] = [
        Self::Done,
        Self::ShuttingDown,
        Self::Violation,
        Self::Stalled,
        Self::Forbidden,
        Self::Busy,
        Self::Revoked,
        Self::Expired,
        Self::Unidentified,
        Self::OtherVersion,
    ];

    /// The number on the wire. A layer above takes its own from 64 on.
    pub fn code(self) -> u32 {
        match self {
            Self::Other(code) => code,
            named => {
                let at = Self::NAMED.iter().position(|other| *other == named);
                at.and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX)
            }
        }
    }

    /// What a number on the wire means.
    pub fn of_code(code: u64) -> Self {
        let named = usize::try_from(code).ok();
        let named = named.and_then(|at| Self::NAMED.get(at).copied());
        named.unwrap_or_else(|| Self::Other(code.try_into().unwrap_or(u32::MAX)))
    }

    pub(crate) fn var_int(self) -> VarInt {
        VarInt::from_u32(self.code())
    }

    fn of_alert(code: u64) -> Self {
        match code {
            ALERT_CERTIFICATE_REVOKED => Self::Revoked,
            ALERT_CERTIFICATE_EXPIRED => Self::Expired,
            ALERT_NO_APPLICATION_PROTOCOL => Self::OtherVersion,
            _ => Self::Unidentified,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::ShuttingDown => "shutting down",
            Self::Violation => "the protocol was violated",
            Self::Stalled => "a message was begun and not ended",
            Self::Forbidden => "this role may not",
            Self::Busy => "too much at a time",
            Self::Revoked => "the certificate is revoked",
            Self::Expired => "the certificate has expired or is not yet valid",
            Self::Unidentified => "no certificate of this cluster",
            Self::OtherVersion => "no version of the protocol in common",
            Self::Other(code) => return write!(f, "code {code}"),
        })
    }
}

/// A connection is no more. Nothing else on it will succeed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Closed {
    /// This side closed it.
    #[error("the connection was closed here")]
    Here,
    /// The other side closed it.
    #[error("the peer closed the connection: {refusal}{}", after_colon(.reason))]
    ByPeer {
        /// Its code.
        refusal: Refusal,
        /// Its words; none of them are control characters, and they are few.
        reason: String,
    },
    /// Nothing was heard for eight seconds.
    #[error("the peer went silent")]
    Silent,
    /// The peer is there and knows nothing of this connection: it was started again.
    #[error("the peer has forgotten the connection")]
    Forgotten,
    /// One of the two sides broke the rules of QUIC or TLS, or could not go on by them.
    #[error("the connection broke: {0}")]
    Broken(String),
}

fn after_colon(reason: &str) -> String {
    match reason {
        "" => String::new(),
        reason => format!(": {reason}"),
    }
}

impl From<ConnectionError> for Closed {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::ApplicationClosed(close) => Self::ByPeer {
                refusal: Refusal::of_code(close.error_code.into_inner()),
                reason: shown(&close.reason),
            },
            ConnectionError::ConnectionClosed(close) => {
                let code = u64::from(close.error_code);
                if ALERTS.contains(&code) {
                    Self::ByPeer {
                        refusal: Refusal::of_alert(code),
                        reason: shown(&close.reason),
                    }
                } else {
                    Self::Broken(shown(close.to_string().as_bytes()))
                }
            }
            ConnectionError::LocallyClosed => Self::Here,
            ConnectionError::TimedOut => Self::Silent,
            ConnectionError::Reset => Self::Forgotten,
            error @ (ConnectionError::VersionMismatch
            | ConnectionError::TransportError(_)
            | ConnectionError::CidsExhausted) => Self::Broken(shown(error.to_string().as_bytes())),
        }
    }
}

/// A peer's words, fit for a log.
pub(crate) fn shown(reason: &[u8]) -> String {
    let reason = &reason[..reason.len().min(MAX_REASON_BYTES)];
    let text = String::from_utf8_lossy(reason);
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_written() {
        for refusal in Refusal::NAMED.into_iter().chain([Refusal::Other(64)]) {
            assert_eq!(Refusal::of_code(refusal.code().into()), refusal);
        }
        assert_eq!(Refusal::of_code(u64::MAX), Refusal::Other(u32::MAX));
    }

    #[test]
    fn a_reason_does_no_harm_in_a_log() {
        assert_eq!(shown(b"a\nb\x1b[0m"), "a b [0m");
        assert_eq!(shown(&[0xff; 300]).chars().count(), MAX_REASON_BYTES);
    }
}
