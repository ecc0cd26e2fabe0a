//! What WASI gives a guest, and what it does not. The guests are made for the older WASI, whose
//! functions are easy to call from text; the adapter turns them into those of WASI 0.2.

use std::time::{Duration, Instant};

use crate::testing::{Recorder, engine, instance, instance_with, limits, transform_text};
use crate::{CallError, Engine, Grants, Level, Limit, Plugin};

/// A transform that imports functions of the older WASI, given by name and type.
fn load(engine: &Engine, functions: &[(&str, &str)], body: &str, more: &str) -> Plugin {
    let imports: String = functions
        .iter()
        .map(|(name, ty)| {
            format!(r#"(import "wasi_snapshot_preview1" "{name}" (func ${name} {ty}))"#)
        })
        .collect();
    let text = transform_text(body, more).replacen("(memory ", &format!("{imports}(memory "), 1);
    engine.load(&wat::parse_str(text).unwrap()).unwrap()
}

const PRINT: (&str, &str) = ("fd_write", "(param i32 i32 i32 i32) (result i32)");
const SLEEP: (&str, &str) = ("poll_oneoff", "(param i32 i32 i32 i32) (result i32)");
const EXIT: (&str, &str) = ("proc_exit", "(param i32)");
const ENVIRONMENT: (&str, &str) = ("environ_sizes_get", "(param i32 i32) (result i32)");
const FOLDER: (&str, &str) = ("fd_prestat_get", "(param i32 i32) (result i32)");
const READ: (&str, &str) = ("fd_read", "(param i32 i32 i32 i32) (result i32)");

/// Puts at 4096 a list of one text of sixteen bytes, which lies at 4112.
fn printed(text: &str) -> String {
    format!(
        r#"(data (i32.const 4096) "\10\10\00\00\10\00\00\00")
           (data (i32.const 4112) "{text}")"#
    )
}

/// Prints it to standard output (1) or error (2).
fn print(to: u32) -> String {
    format!("(drop (call $fd_write (i32.const {to}) (i32.const 4096) (i32.const 1) (i32.const 8)))")
}

#[test]
fn prints_go_to_the_log_line_by_line() {
    let engine = engine();
    let body = format!("{}{}", print(1), print(2));
    let plugin = load(
        &engine,
        &[PRINT],
        &body,
        &printed("line 1\\nline 2 \\1b\\n"),
    );
    let host = Recorder::default();
    let seen = host.seen.clone();
    instance(&engine, &plugin, host).process(0, b"x").unwrap();
    let seen = seen.lock().unwrap();
    let expected = [
        (Level::Info, "line 1"),
        (Level::Info, "line 2 \\u{1b}"),
        (Level::Error, "line 1"),
        (Level::Error, "line 2 \\u{1b}"),
    ];
    let lines: Vec<_> = seen
        .lines
        .iter()
        .map(|(level, line)| (*level, &**line))
        .collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_panic_message_comes_with_the_trap() {
    let engine = engine();
    let body = format!("{} unreachable", print(2));
    let plugin = load(&engine, &[PRINT], &body, &printed("panicked:\\nat 12\\n"));
    match instance(&engine, &plugin, Recorder::default()).process(0, b"x") {
        Err(CallError::Trap(trap)) => {
            assert!(
                trap.message.starts_with("panicked:\nat 12 ("),
                "{}",
                trap.message
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_guest_that_sleeps_for_ever_is_stopped_in_time() {
    let engine = engine();
    // A subscription at 4096: the monotonic clock, in 2^56 nanoseconds.
    let data = r#"(data (i32.const 4112) "\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01")"#;
    let body = "(drop (call $poll_oneoff
        (i32.const 4096) (i32.const 8192) (i32.const 1) (i32.const 8)))";
    let plugin = load(&engine, &[SLEEP], body, data);
    let begun = Instant::now();
    let result = instance(&engine, &plugin, Recorder::default()).process(0, b"x");
    let took = begun.elapsed();
    assert!(
        matches!(result, Err(CallError::Limit(Limit::Time { .. }))),
        "{result:?}"
    );
    assert!(
        took < limits().call + Duration::from_millis(100),
        "{took:?}"
    );
}

#[test]
fn exiting_is_a_crash() {
    let engine = engine();
    let plugin = load(&engine, &[EXIT], "(call $proc_exit (i32.const 3))", "");
    match instance(&engine, &plugin, Recorder::default()).process(0, b"x") {
        Err(CallError::Trap(trap)) => assert!(trap.message.contains("exited"), "{trap:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_world_is_empty() {
    let engine = engine();
    // Emits the number of variables, and what asking for the first folder and reading give.
    let body = "
        (drop (call $environ_sizes_get (i32.const 4096) (i32.const 4100)))
        (i32.store (i32.const 4100) (call $fd_prestat_get (i32.const 3) (i32.const 8192)))
        (i32.store (i32.const 8192) (i32.const 12288))
        (i32.store (i32.const 8196) (i32.const 100))
        (i32.store (i32.const 4104)
            (call $fd_read (i32.const 0) (i32.const 8192) (i32.const 1) (i32.const 4108)))
        (call $emit (i32.const 4096) (i32.const 16))";
    let plugin = load(&engine, &[ENVIRONMENT, FOLDER, READ], body, "");
    let emitted = |grants: Grants| {
        let host = Recorder::default();
        let seen = host.seen.clone();
        instance_with(&engine, &plugin, host, grants, limits())
            .process(0, b"x")
            .unwrap();
        let chunk = seen.lock().unwrap().chunks[0].clone();
        let words = chunk
            .chunks(4)
            .map(|word| u32::from_le_bytes(word.try_into().unwrap()));
        words.collect::<Vec<_>>()
    };
    const NO_SUCH_FOLDER: u32 = 8;
    assert_eq!(emitted(Grants::default()), [0, NO_SUCH_FOLDER, 0, 0]);
    let variable = ("TOKEN".to_owned(), "42".to_owned());
    let granted = Grants {
        env: vec![variable],
        ..Grants::default()
    };
    assert_eq!(emitted(granted)[0], 1, "only what is granted");
}
