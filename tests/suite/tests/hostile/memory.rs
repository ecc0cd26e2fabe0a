//! Guests that want more memory, stack or handles than there are.

use bubbles_engine::{CallError, Grants, Limit, Limits};
use tempfile::TempDir;

use super::lab::{self, GRACE, attack};

#[test]
fn grown_to_the_limit() {
    let limits = lab::small();
    let bound = limits.call + GRACE;
    let attack = attack("grow_memory", limits, Grants::default(), lab::process);
    let error = attack.error;
    assert!(
        matches!(error, CallError::Limit(Limit::Memory { bytes: 0x400_0000 })),
        "{error:?}"
    );
    assert!(error.to_string().contains("64 MiB"), "{error}");
    assert!(attack.took <= bound, "{:?}", attack.took);
}

#[test]
fn grown_to_the_limit_again_and_again() {
    for _ in 0..20 {
        let attack = attack("grow_memory", lab::small(), Grants::default(), lab::process);
        assert!(matches!(
            attack.error,
            CallError::Limit(Limit::Memory { .. })
        ));
    }
}

#[test]
fn recursion() {
    let limits = lab::small();
    let bound = limits.call + GRACE;
    let attack = attack("recurse_forever", limits, Grants::default(), lab::process);
    let error = attack.error;
    assert!(
        matches!(error, CallError::Limit(Limit::Stack { .. })),
        "{error:?}"
    );
    assert!(error.to_string().contains("stack"), "{error}");
    assert!(attack.took <= bound, "{:?}", attack.took);
}

#[test]
fn handles_by_the_thousand() {
    let folder = TempDir::new().unwrap();
    let grants = lab::grants(folder.path(), &[], &["out/"], &[]);
    std::fs::create_dir(folder.path().join("out")).unwrap();
    let limits = Limits {
        handles: 200,
        ..Limits::default()
    };
    let attack = attack(
        "thousands_of_handles",
        limits,
        grants,
        lab::read(r#"{"path":"out/"}"#),
    );
    let error = attack.error.to_string();
    assert!(
        error.contains("200") && error.contains("handles"),
        "{error}"
    );
    let left: Vec<_> = std::fs::read_dir(folder.path().join("out"))
        .unwrap()
        .collect();
    assert!(
        left.is_empty(),
        "{} staged files are left behind",
        left.len()
    );
}
