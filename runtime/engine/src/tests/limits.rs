//! Guests that want too much are stopped, and told apart.

use std::time::{Duration, Instant};

use crate::testing::{Recorder, engine, instance, instance_with, limits, transform};
use crate::{CallError, Engine, Grants, Instance, Limit, Limits, Surroundings};

/// For ever is longer; how much of it a busy machine needs is no matter of the engine.
const OVERSHOOT: Duration = Duration::from_secs(5);

fn misbehaving(body: &str, more: &str) -> Instance {
    let engine = engine();
    let plugin = engine.load(&transform(body, more)).unwrap();
    instance(&engine, &plugin, Recorder::default())
}

fn stopped_by(body: &str, more: &str) -> Limit {
    match misbehaving(body, more).process(0, b"chunk") {
        Err(CallError::Limit(limit)) => limit,
        other => panic!("not stopped by a limit: {other:?}"),
    }
}

#[test]
fn a_loop_is_stopped_in_time() {
    let mut instance = misbehaving("(loop $again (br $again))", "");
    let begun = Instant::now();
    let result = instance.process(0, b"x");
    let took = begun.elapsed();
    let limit = limits().call;
    assert!(
        matches!(
            result,
            Err(CallError::Limit(Limit::Time {
                call: "process",
                ..
            }))
        ),
        "{result:?}"
    );
    assert!(took >= limit && took < limit + OVERSHOOT, "{took:?}");
    assert!(instance.cpu_time() >= limit);
}

#[test]
fn a_loop_at_start_up_is_stopped_in_time() {
    let engine = engine();
    let more = "(func $spin (loop $again (br $again))) (start $spin)";
    let plugin = engine.load(&transform("", more)).unwrap();
    let host = Box::new(Recorder::default());
    let around = Surroundings {
        limits: limits(),
        grants: Grants::default(),
        host,
    };
    let result = engine.instantiate(&plugin, around).err();
    assert!(
        matches!(
            result,
            Some(CallError::Limit(Limit::Time {
                call: "start-up",
                ..
            }))
        ),
        "{result:?}"
    );
}

#[test]
fn a_loop_in_the_allocator_is_stopped_in_time() {
    // The chunk is put where `cabi_realloc` says: that is guest code too.
    let text = crate::testing::transform_text("", "");
    let text = text.replace("(loop $grow", "(loop $grow (br $grow)");
    let engine = engine();
    let plugin = engine.load(&wat::parse_str(text).unwrap()).unwrap();
    let result = instance(&engine, &plugin, Recorder::default()).process(0, b"x");
    assert!(
        matches!(result, Err(CallError::Limit(Limit::Time { .. }))),
        "{result:?}"
    );
}

#[test]
fn emitting_for_ever_is_stopped() {
    let body = "(loop $again (call $emit (i32.const 0) (i32.const 65536)) (br $again))";
    let engine = engine();
    let plugin = engine.load(&transform(body, "")).unwrap();
    // A host that takes everything in no time.
    struct Hole;
    impl crate::Host for Hole {
        fn emit(&mut self, _: &[u8]) -> Result<(), crate::Stopped> {
            Ok(())
        }
        fn reject(&mut self, _: &[u8], _: &str) -> Result<(), crate::Stopped> {
            Ok(())
        }
        fn log(&mut self, _: crate::Level, _: &str) {}
    }
    let around = Surroundings {
        limits: limits(),
        grants: Grants::default(),
        host: Box::new(Hole),
    };
    let begun = Instant::now();
    let result = engine
        .instantiate(&plugin, around)
        .unwrap()
        .process(0, b"x");
    assert!(
        matches!(result, Err(CallError::Limit(Limit::Time { .. }))),
        "{result:?}"
    );
    assert!(begun.elapsed() < limits().call + OVERSHOOT);
}

#[test]
fn memory_is_bounded() {
    let body = "(loop $again (drop (memory.grow (i32.const 1))) (br $again))";
    assert_eq!(stopped_by(body, ""), Limit::Memory { bytes: 16 << 20 });
}

#[test]
fn a_chunk_larger_than_the_memory_is_bounded_too() {
    let mut instance = misbehaving("", "");
    let chunk = vec![0; 17 << 20];
    let result = instance.process(0, &chunk);
    assert!(
        matches!(result, Err(CallError::Limit(Limit::Memory { .. }))),
        "{result:?}"
    );
}

#[test]
fn recursion_is_bounded() {
    let more = "(func $deep (param i32) (result i32)
        (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))";
    let limit = stopped_by("(drop (call $deep (i32.const 0)))", more);
    assert!(matches!(limit, Limit::Stack { .. }), "{limit}");
}

#[test]
fn a_chunk_is_bounded() {
    let engine = engine();
    let grow = "(drop (memory.grow (i32.const 32)))";
    let emit = "(call $emit (i32.const 0) (i32.const 1048577))";
    let plugin = engine
        .load(&transform(&format!("{grow}{emit}"), ""))
        .unwrap();
    let limits = Limits {
        chunk_bytes: 1 << 20,
        ..limits()
    };
    let mut instance = instance_with(
        &engine,
        &plugin,
        Recorder::default(),
        Grants::default(),
        limits,
    );
    let result = instance.process(0, b"x");
    assert!(
        matches!(
            result,
            Err(CallError::Limit(Limit::Chunk {
                bytes: 1_048_577,
                limit: 1_048_576
            }))
        ),
        "{result:?}"
    );
    let result = instance.process(0, &vec![0; (1 << 20) + 1]);
    assert!(
        matches!(result, Err(CallError::Limit(Limit::Chunk { .. }))),
        "{result:?}"
    );
}

#[test]
fn a_string_of_a_gibibyte_is_refused() {
    // With so much memory it is really there; with less it would be out of bounds.
    let engine = engine();
    let body = "(drop (memory.grow (i32.const 16384)))
        (call $log (i32.const 1) (i32.const 0) (i32.const 1073741824))";
    let plugin = engine.load(&transform(body, "")).unwrap();
    let limits = Limits {
        memory_bytes: 2 << 30,
        ..limits()
    };
    let mut instance = instance_with(
        &engine,
        &plugin,
        Recorder::default(),
        Grants::default(),
        limits,
    );
    let result = instance.process(0, b"x");
    assert!(
        matches!(result, Err(CallError::Limit(Limit::HostCall { .. }))),
        "{result:?}"
    );
}

#[test]
fn a_flood_of_log_lines_is_cut_off() {
    let body = "(local $n i32)
        (loop $again
            (call $log (i32.const 1) (i32.const 2048) (i32.const 5))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 100000))))";
    let engine = engine();
    let plugin = engine.load(&transform(body, "")).unwrap();
    let host = Recorder::default();
    let seen = host.seen.clone();
    instance(&engine, &plugin, host).process(0, b"x").unwrap();
    let lines = &seen.lock().unwrap().lines;
    let bytes: usize = lines.iter().map(|(_, line)| line.len()).sum();
    assert!(bytes < (256 << 10) + 100, "{bytes}");
    assert!(
        lines.last().unwrap().1.contains("cut off"),
        "{:?}",
        lines.last()
    );
}

#[test]
fn a_pipe_of_many_bad_guests_leaves_the_sandboxes_free() {
    let engine = engine();
    let body = "(loop $again (drop (memory.grow (i32.const 1))) (br $again))";
    let plugin = engine.load(&transform(body, "")).unwrap();
    for _ in 0..600 {
        let result = instance(&engine, &plugin, Recorder::default()).process(0, b"x");
        assert!(
            matches!(result, Err(CallError::Limit(Limit::Memory { .. }))),
            "{result:?}"
        );
    }
}

#[test]
fn a_guest_that_traps_says_where() {
    let engine: Engine = engine();
    let more = "(func $deepest unreachable) (func $middle (call $deepest))";
    let plugin = engine.load(&transform("(call $middle)", more)).unwrap();
    match instance(&engine, &plugin, Recorder::default()).process(0, b"x") {
        Err(CallError::Trap(trap)) => {
            assert!(trap.message.contains("gave up"), "{trap:?}");
            assert_eq!(&trap.trace[..2], ["deepest", "middle"]);
        }
        other => panic!("{other:?}"),
    }
}
