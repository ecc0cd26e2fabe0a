//! Guests that do not come back: stopped by the time limit of the call, wherever they are.

use std::time::Duration;

use bubbles_engine::{CallError, Grants, Instance, Limit};

use super::lab::{self, GRACE, attack, context};

/// How finely the engine looks at a guest's time, and so how far its account and the system's may
/// lie apart.
const TICKS: Duration = Duration::from_millis(30);

/// The guest is stopped in time, and the error names the limit and the function.
#[track_caller]
fn stopped(guest: &str, function: &str, call: impl FnOnce(&mut Instance) -> Result<(), CallError>) {
    let limits = lab::small();
    let limit = limits.call;
    let attack = attack(guest, limits, Grants::default(), call);
    assert!(
        attack.took + TICKS >= limit,
        "stopped after {:?}, before its limit",
        attack.took
    );
    assert!(
        attack.took <= limit + GRACE,
        "stopped only after {:?}",
        attack.took
    );
    let CallError::Limit(Limit::Time { limit: named, call }) = &attack.error else {
        panic!("not the time limit: {:?}", attack.error)
    };
    assert_eq!((*named, *call), (limit, function));
    assert!(
        attack.error.to_string().contains("300ms"),
        "{}",
        attack.error
    );
}

#[test]
fn in_plan() {
    stopped("loop_in_plan", "plan", |guest| {
        guest.plan("{}", None).map(drop)
    });
}

#[test]
fn in_run() {
    stopped("loop_in_run", "run", lab::read("{}"));
}

#[test]
fn in_open() {
    stopped("loop_in_open", "open", |guest| {
        guest.open_transform("{}", &context())
    });
}

#[test]
fn in_process() {
    stopped("loop_in_process", "process", lab::process);
}

#[test]
fn in_commit() {
    stopped("loop_in_commit", "commit", |guest| guest.commit("{}", &[]));
}

/// What it staged and told nobody of goes with it.
#[test]
fn after_its_output_is_durable() {
    let folder = tempfile::tempdir().unwrap();
    let grants = lab::grants(folder.path(), &[], &["./"], &[]);
    let attack = attack("finish_and_loop", lab::small(), grants, |guest| {
        guest.open_load(r#"{"path":"out.txt"}"#, &context())
    });
    assert!(
        matches!(&attack.error, CallError::Limit(Limit::Time { .. })),
        "{:?}",
        attack.error
    );
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn at_startup() {
    stopped("loop_at_startup", "start-up", |_| Ok(()));
}

/// The host itself asks the guest for memory, to put the arguments in.
#[test]
fn in_realloc() {
    stopped("loop_in_realloc", "open", |guest| {
        guest.open_transform("{}", &context())
    });
}

#[test]
fn asleep() {
    stopped("sleep_forever", "process", lab::process);
}

#[test]
fn many_at_a_time() {
    let limits = lab::small();
    let limit = limits.call;
    let attack = attack(
        "loop_in_process",
        limits.clone(),
        Grants::default(),
        |guest| {
            std::thread::scope(|scope| {
                let others: Vec<_> = (0..2)
                    .map(|_| scope.spawn(|| lab::unattended("loop_in_process")))
                    .collect();
                let outcome = lab::process(guest);
                for other in others {
                    let error = other.join().unwrap();
                    assert!(
                        matches!(error, CallError::Limit(Limit::Time { .. })),
                        "{error:?}"
                    );
                }
                outcome
            })
        },
    );
    assert!(
        attack.took <= limit + GRACE,
        "stopped only after {:?}",
        attack.took
    );
}
