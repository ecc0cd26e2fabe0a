//! Chunks in, chunks out.

use crate::testing::{Recorder, context, engine, instance, transform};
use crate::{CallError, Format, Kind, Level, Phase};

#[test]
fn a_chunk_goes_through_a_chain_of_instances() {
    let engine = engine();
    let echo = engine
        .load(&transform(
            "(call $emit (local.get $at) (local.get $length))",
            "",
        ))
        .unwrap();
    let last = Recorder::default();
    let seen = last.seen.clone();
    let mut first = instance(&engine, &echo, last);
    for _ in 0..3 {
        first = instance(
            &engine,
            &echo,
            Recorder {
                next: Some(first),
                ..Recorder::default()
            },
        );
    }
    first.open_transform("{}", &context()).unwrap();
    let chunk: Vec<u8> = (0..1 << 20).map(|n: u32| n.to_le_bytes()[1]).collect();
    for _ in 0..3 {
        first.process(0, &chunk).unwrap();
    }
    first.finish().unwrap();
    let chunks = &seen.lock().unwrap().chunks;
    assert_eq!(chunks.len(), 3);
    assert!(chunks.iter().all(|seen| *seen == chunk));
}

#[test]
fn too_many_instances_within_each_other_are_refused() {
    let engine = engine();
    let echo = engine
        .load(&transform(
            "(call $emit (local.get $at) (local.get $length))",
            "",
        ))
        .unwrap();
    // A slot's thread has the stack for it; a test's has not.
    let nested = move || {
        let mut first = instance(&engine, &echo, Recorder::default());
        for _ in 0..crate::instance::MAX_NESTING {
            first = instance(
                &engine,
                &echo,
                Recorder {
                    next: Some(first),
                    ..Recorder::default()
                },
            );
        }
        assert!(matches!(first.process(0, b"x"), Err(CallError::Stopped)));
    };
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(nested)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn an_instance_is_fresh() {
    let engine = engine();
    // Emits what it finds at 4096, and leaves the chunk there.
    let body = "(call $emit (i32.const 4096) (i32.const 1))
        (memory.copy (i32.const 4096) (local.get $at) (i32.const 1))";
    let plugin = engine.load(&transform(body, "")).unwrap();
    for _ in 0..20 {
        let host = Recorder::default();
        let seen = host.seen.clone();
        instance(&engine, &plugin, host)
            .process(0, b"secret")
            .unwrap();
        assert_eq!(seen.lock().unwrap().chunks, [[0]]);
    }
}

#[test]
fn rejects_and_log_lines_reach_the_host() {
    let engine = engine();
    let body = r#"(call $reject (local.get $at) (local.get $length) (i32.const 4096) (i32.const 4))
        (call $log (i32.const 2) (i32.const 4096) (i32.const 4))"#;
    let plugin = engine
        .load(&transform(body, r#"(data (i32.const 4096) "no\1b!")"#))
        .unwrap();
    let host = Recorder::default();
    let seen = host.seen.clone();
    instance(&engine, &plugin, host).process(0, b"row").unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.rejects, [(b"row".to_vec(), "no\\u{1b}!".to_owned())]);
    assert_eq!(seen.lines, [(Level::Warn, "no\\u{1b}!".to_owned())]);
}

#[test]
fn the_host_stops_a_guest_through_emit() {
    let engine = engine();
    let body = "(loop $again (call $emit (local.get $at) (local.get $length)) (br $again))";
    let plugin = engine.load(&transform(body, "")).unwrap();
    let host = Recorder {
        full_after: Some(3),
        ..Recorder::default()
    };
    let mut instance = instance(&engine, &plugin, host);
    assert!(matches!(instance.process(0, b"x"), Err(CallError::Stopped)));
    assert!(
        instance.process(0, b"x").is_err(),
        "what was unwound cannot be entered again"
    );
}

#[test]
fn errors_of_the_plugin_come_typed() {
    let engine = engine();
    // At 4096: err, transient, "busy".
    let data = r#"(data (i32.const 4096) "\01\00\00\00\01\00\00\00\20\10\00\00\04\00\00\00")
        (data (i32.const 4128) "busy")"#;
    let plugin = engine
        .load(&transform("(return (i32.const 4096))", data))
        .unwrap();
    let mut instance = instance(&engine, &plugin, Recorder::default());
    match instance.process(0, b"x") {
        Err(CallError::Transient(message)) => assert_eq!(message, "busy"),
        other => panic!("{other:?}"),
    }
    assert!(
        matches!(instance.plan("{}", None), Err(CallError::Host(_))),
        "not an extract"
    );
}

#[test]
fn a_plugin_describes_itself() {
    let engine = engine();
    let plugin = engine.load(&transform("", "")).unwrap();
    assert_eq!(plugin.kinds(), [Kind::Transform]);
    let described = plugin.describe(&engine).unwrap();
    assert_eq!(described.len(), 1);
    assert_eq!(described[0].kind, Kind::Transform);
    assert_eq!(described[0].summary, "tests");
    assert_eq!(described[0].accepts, [Format::Bytes]);
    assert_eq!(described[0].produces, Some(Format::Bytes));
    assert_eq!(described[0].config_schema, serde_json::json!({}));
    assert!(described[0].deterministic && !described[0].combinable);
    assert_eq!(context().phase, Phase::Whole);
}

#[test]
fn instances_and_plugins_go_from_thread_to_thread() {
    fn goes<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    goes::<crate::Instance>();
    is_shared::<crate::Engine>();
    is_shared::<crate::Plugin>();
}
