//! Guests for this crate's tests: core modules with the canonical names, written as text.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::{
    Context, Engine, EngineConfig, Grants, Host, Instance, Level, Limits, Phase, Plugin, Stopped,
    Surroundings,
};

/// What a transform's `process` gets: `$input`, `$at` and `$length`.
const PROCESS: &str = r#"(func (export "bubbles:etl/transform@0.1.0#process")
    (param $input i32) (param $at i32) (param $length i32) (result i32)"#;

/// An engine without a cache.
pub(crate) fn engine() -> Engine {
    engine_with_cache(None)
}

pub(crate) fn engine_with_cache(cache: Option<std::path::PathBuf>) -> Engine {
    let runtime = runtime();
    Engine::new(EngineConfig {
        cache,
        compiler: None,
        slots: 1,
        runtime,
    })
    .unwrap()
}

/// The runtime outlives the test that asks for it: tests share the process.
pub(crate) fn runtime() -> tokio::runtime::Handle {
    static RUNTIME: std::sync::LazyLock<tokio::runtime::Runtime> = std::sync::LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap()
    });
    RUNTIME.handle().clone()
}

/// A transform whose `process` does `body` and then succeeds; `more` is put into the module.
pub(crate) fn transform(body: &str, more: &str) -> Vec<u8> {
    wat::parse_str(transform_text(body, more)).unwrap()
}

/// The same as text.
pub(crate) fn transform_text(body: &str, more: &str) -> String {
    format!(
        r#"(module
  (import "bubbles:etl/output@0.1.0" "emit" (func $emit (param i32 i32)))
  (import "bubbles:etl/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (import "bubbles:etl/rejects@0.1.0" "reject" (func $reject (param i32 i32 i32 i32)))
  (memory (export "memory") 4)
  (global $heap (mut i32) (i32.const 65536))
  (func $alloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
    (global.set $heap (i32.add (local.get $at) (local.get 3)))
    (block $fits
      (loop $grow
        (br_if $fits (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
        (drop (memory.grow (i32.const 16)))
        (br $grow)))
    (local.get $at))
  ;; 16: the list; 32: the description; 1024: ok; 2048: texts
  (data (i32.const 16) "\20\00\00\00\01\00\00\00")
  (data (i32.const 32) "\01\00\00\00" "\00\08\00\00\05\00\00\00" "\10\08\00\00\01\00\00\00"
    "\01\00\00\00" "\20\08\00\00\02\00\00\00" "\01\00\00\00")
  (data (i32.const 2048) "tests")
  (data (i32.const 2064) "\00")
  (data (i32.const 2080) "{{}}")
  (func (export "bubbles:etl/plugin@0.1.0#describe") (result i32) (i32.const 16))
  (func (export "bubbles:etl/transform@0.1.0#open")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 1024))
  {PROCESS}
    {body}
    (global.set $heap (i32.const 65536))
    (i32.const 1024))
  (func (export "bubbles:etl/transform@0.1.0#finish") (result i32) (i32.const 1024))
  {more}
)"#
    )
}

/// What a [`Recorder`] saw.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) rejects: Vec<(Vec<u8>, String)>,
    pub(crate) lines: Vec<(Level, String)>,
}

/// A host that keeps what it gets, or hands chunks to the next instance.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) seen: Arc<Mutex<Seen>>,
    pub(crate) next: Option<Instance>,
    pub(crate) full_after: Option<usize>,
}

impl Host for Recorder {
    fn emit(&mut self, chunk: &[u8]) -> Result<(), Stopped> {
        if let Some(next) = &mut self.next {
            return next.process(0, chunk).map_err(|_| Stopped);
        }
        let mut seen = self.seen.lock().unwrap();
        if self
            .full_after
            .is_some_and(|full| seen.chunks.len() >= full)
        {
            return Err(Stopped);
        }
        seen.chunks.push(chunk.to_vec());
        Ok(())
    }

    fn reject(&mut self, bytes: &[u8], reason: &str) -> Result<(), Stopped> {
        self.seen
            .lock()
            .unwrap()
            .rejects
            .push((bytes.to_vec(), reason.to_owned()));
        Ok(())
    }

    fn log(&mut self, level: Level, message: &str) {
        self.seen
            .lock()
            .unwrap()
            .lines
            .push((level, message.to_owned()));
    }
}

/// Small limits, so that tests are quick.
pub(crate) fn limits() -> Limits {
    Limits {
        memory_bytes: 16 << 20,
        call: Duration::from_millis(200),
        ..Limits::default()
    }
}

/// An instance with `host`, no grants and small limits.
pub(crate) fn instance(engine: &Engine, plugin: &Plugin, host: Recorder) -> Instance {
    instance_with(engine, plugin, host, Grants::default(), limits())
}

pub(crate) fn instance_with(
    engine: &Engine,
    plugin: &Plugin,
    host: Recorder,
    grants: Grants,
    limits: Limits,
) -> Instance {
    let around = Surroundings {
        limits,
        grants,
        host: Box::new(host),
    };
    engine.instantiate(plugin, around).unwrap()
}

pub(crate) fn context() -> Context {
    Context {
        job: "job-1".to_owned(),
        task: "tested".to_owned(),
        phase: Phase::Whole,
        split: 0,
        splits: 1,
        attempt: 1,
    }
}
