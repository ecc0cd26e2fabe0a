//! Guests that hand the host more than it will take.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bubbles_engine::{CallError, Grants, Limit, Limits};

use super::lab::{self, GRACE, attack};

/// Most of what such a guest does is wait for its host, and that is not its own time: it is
/// stopped once it has computed for as long as it may.
const WITH_ITS_HOST: Duration = Duration::from_secs(5);

#[test]
fn chunks_without_end() {
    let attack = attack(
        "emit_forever",
        lab::small(),
        Grants::default(),
        lab::process,
    );
    let error = attack.error;
    assert!(
        matches!(error, CallError::Limit(Limit::Time { .. })),
        "{error:?}"
    );
    assert!(attack.took <= WITH_ITS_HOST, "{:?}", attack.took);
    assert!(attack.seen.chunks.load(Ordering::Relaxed) > 1);
}

#[test]
fn rejects_without_end() {
    let attack = attack(
        "reject_forever",
        lab::small(),
        Grants::default(),
        lab::process,
    );
    let error = attack.error;
    assert!(
        matches!(error, CallError::Limit(Limit::Time { .. })),
        "{error:?}"
    );
    assert!(attack.took <= WITH_ITS_HOST, "{:?}", attack.took);
    assert!(attack.seen.rejects.load(Ordering::Relaxed) > 1);
}

#[test]
fn a_chunk_over_the_limit() {
    let limits = Limits {
        call: Duration::from_secs(5),
        ..Limits::default()
    };
    let attack = attack("emit_too_large", limits, Grants::default(), lab::process);
    let error = attack.error;
    let too_large = Limit::Chunk {
        bytes: 65 << 20,
        limit: 64 << 20,
    };
    assert!(
        matches!(&error, CallError::Limit(limit) if *limit == too_large),
        "{error:?}"
    );
    assert!(error.to_string().contains("64 MiB"), "{error}");
    assert_eq!(attack.seen.chunks.load(Ordering::Relaxed), 0);
}

#[test]
fn the_log() {
    log_is_bounded("flood_log");
}

#[test]
fn standard_output() {
    log_is_bounded("flood_stdout");
}

#[track_caller]
fn log_is_bounded(guest: &str) {
    let limits = lab::small();
    let most = limits.log_bytes;
    let attack = attack(guest, limits, Grants::default(), lab::process);
    let error = attack.error;
    assert!(
        matches!(error, CallError::Limit(Limit::Time { .. })),
        "{error:?}"
    );
    assert!(attack.took <= WITH_ITS_HOST, "{:?}", attack.took);
    let logged = attack.seen.log_bytes.load(Ordering::Relaxed);
    assert!(
        (most / 2..=most + 1024).contains(&logged),
        "{logged} bytes of log"
    );
}

#[test]
fn a_giant_string_over_the_guests_memory() {
    let limits = lab::small();
    let bound = limits.call + GRACE;
    let attack = attack("giant_string", limits, Grants::default(), lab::process);
    let error = attack.error.to_string();
    assert!(error.contains("memory"), "{error}");
    assert!(attack.took <= bound, "{:?}", attack.took);
}

/// A guest that was given the memory for it, and has 1 GiB to say.
#[test]
fn a_giant_string() {
    let limits = Limits {
        memory_bytes: 2 << 30,
        call: Duration::from_secs(20),
        ..Limits::default()
    };
    let most = limits.hostcall_bytes;
    let attack = attack("giant_string", limits, Grants::default(), lab::process);
    let error = attack.error;
    let refused = Limit::HostCall { limit: most };
    assert!(
        matches!(&error, CallError::Limit(limit) if *limit == refused),
        "{error:?}"
    );
    assert_eq!(attack.seen.log_bytes.load(Ordering::Relaxed), 0);
}
