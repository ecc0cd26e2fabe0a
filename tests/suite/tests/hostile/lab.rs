//! One engine, in which a guest misbehaves while another works.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use bubbles_engine::{
    CallError, Context, Engine, EngineConfig, Grants, Host, Instance, Level, Limits, Phase, Plugin,
    Split, Stopped, Surroundings,
};
use tokio::runtime::Runtime;

use crate::{built, quiet};

/// How much longer than its limit a guest may take to be stopped.
pub(super) const GRACE: Duration = Duration::from_millis(100);

/// The longest time in which the work beside a misbehaving guest may stand still.
const STILL: Duration = Duration::from_millis(250);

/// Resident memory that the allocators may keep after an attack, whatever its size.
const KEPT_BYTES: u64 = 24 << 20;

static LAB: OnceLock<(Engine, Runtime)> = OnceLock::new();
static PLUGINS: OnceLock<Mutex<HashMap<String, Plugin>>> = OnceLock::new();

fn engine() -> &'static Engine {
    let (engine, _) = LAB.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let config = EngineConfig {
            cache: None,
            compiler: None,
            slots: 4,
            runtime: runtime.handle().clone(),
        };
        (Engine::new(config).unwrap(), runtime)
    });
    engine
}

fn plugin(name: &str) -> Plugin {
    let mut plugins = PLUGINS.get_or_init(Mutex::default).lock().unwrap();
    let load = || engine().load(&built::read_guest(name)).unwrap();
    plugins.entry(name.to_owned()).or_insert_with(load).clone()
}

/// What a guest did before it was stopped.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) chunks: AtomicUsize,
    pub(super) rejects: AtomicUsize,
    pub(super) log_bytes: AtomicUsize,
}

struct Recorder(Arc<Seen>);

impl Host for Recorder {
    fn emit(&mut self, _chunk: &[u8]) -> Result<(), Stopped> {
        self.0.chunks.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn reject(&mut self, _bytes: &[u8], _reason: &str) -> Result<(), Stopped> {
        self.0.rejects.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn log(&mut self, _level: Level, message: &str) {
        self.0.log_bytes.fetch_add(message.len(), Ordering::Relaxed);
    }
}

/// How an attack ended.
pub(super) struct Attack {
    pub(super) error: CallError,
    /// On the clock, or on the processor where the machine kept the guest waiting.
    pub(super) took: Duration,
    pub(super) seen: Arc<Seen>,
}

/// A limit of 300 ms a call and 64 MiB, so that tests are quick.
pub(super) fn small() -> Limits {
    Limits {
        call: Duration::from_millis(300),
        memory_bytes: 64 << 20,
        ..Limits::default()
    }
}

/// Makes an instance of the guest and calls it; both are part of the attack. Alone on the machine
/// but for a guest that behaves: fails unless that one goes on all the while, and unless the
/// memory is given back.
#[track_caller]
pub(super) fn attack(
    guest: &str,
    limits: Limits,
    grants: Grants,
    call: impl FnOnce(&mut Instance) -> Result<(), CallError>,
) -> Attack {
    let _alone = quiet::alone();
    let plugin = plugin(guest);
    let steady = Steady::start();
    let before = resident_bytes();
    let seen = Arc::new(Seen::default());
    let around = surroundings(limits, grants, Recorder(Arc::clone(&seen)));
    let worked_before = processor_time();
    let start = Instant::now();
    let outcome = engine()
        .instantiate(&plugin, around)
        .and_then(|mut instance| {
            let outcome = call(&mut instance);
            outcome.map(|()| instance)
        });
    let waited = start.elapsed();
    let worked = processor_time() - worked_before;
    // One that sleeps works little and waits; one that loops is not to blame for waiting.
    let took = if worked < waited / 4 { waited } else { worked };
    let Err(error) = outcome else {
        panic!("nobody stopped `{guest}`")
    };
    let kept = kept_after(before);
    steady.stop(guest);
    assert!(
        kept <= KEPT_BYTES,
        "{} MiB are not given back after `{guest}`",
        kept >> 20
    );
    Attack { error, took, seen }
}

/// What of the memory is not back, once most of it is or some seconds have passed: the system takes
/// its time with pages that were given up.
fn kept_after(before: u64) -> u64 {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let kept = resident_bytes().saturating_sub(before);
        if kept <= KEPT_BYTES || Instant::now() > deadline {
            return kept;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// The same guest beside one that is attended to: gives how it was stopped.
pub(super) fn unattended(guest: &str) -> CallError {
    let around = surroundings(small(), Grants::default(), Recorder(Arc::default()));
    let mut instance = engine().instantiate(&plugin(guest), around).unwrap();
    process(&mut instance).expect_err("somebody stops it")
}

fn surroundings(limits: Limits, grants: Grants, host: impl Host + 'static) -> Surroundings {
    Surroundings {
        limits,
        grants,
        host: Box::new(host),
    }
}

/// What every attempt is told.
pub(super) fn context() -> Context {
    Context {
        job: String::from("attack"),
        task: String::from("guest"),
        phase: Phase::Whole,
        split: 0,
        splits: 1,
        attempt: 1,
    }
}

/// Opens a transform and gives it a chunk.
pub(super) fn process(instance: &mut Instance) -> Result<(), CallError> {
    instance.open_transform("{}", &context())?;
    instance.process(0, b"{\"n\":1}\n")
}

/// Lets an extract read its only split, with this configuration.
pub(super) fn read(config: &str) -> impl FnOnce(&mut Instance) -> Result<(), CallError> {
    move |instance| {
        instance.run(
            config,
            &Split {
                payload: Vec::new(),
                bytes: 0,
            },
            &context(),
        )
    }
}

/// Grants below a folder.
pub(super) fn grants(base: &Path, read: &[&str], write: &[&str], net: &[&str]) -> Grants {
    let own = |grants: &[&str]| {
        grants
            .iter()
            .map(|grant| (*grant).to_owned())
            .collect::<Vec<_>>()
    };
    Grants::parse(base, &own(read), &own(write), &own(net), &[]).unwrap()
}

/// A guest that behaves, on a thread of its own.
struct Steady {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<(usize, Duration)>,
}

impl Steady {
    fn start() -> Self {
        let plugin = plugin("steady");
        let stop = Arc::new(AtomicBool::new(false));
        let (asked, started) = (Arc::clone(&stop), Arc::new(AtomicBool::new(false)));
        let says = Arc::clone(&started);
        let thread = thread::spawn(move || {
            let host = Recorder(Arc::default());
            let around = surroundings(Limits::default(), Grants::default(), host);
            let mut instance = engine().instantiate(&plugin, around).unwrap();
            instance.open_transform("{}", &context()).unwrap();
            let chunk = vec![b'\n'; 1 << 16];
            let (mut chunks, mut longest) = (0, Duration::ZERO);
            while !asked.load(Ordering::Relaxed) {
                let start = Instant::now();
                instance.process(0, &chunk).unwrap();
                says.store(true, Ordering::Relaxed);
                longest = longest.max(start.elapsed());
                chunks += 1;
            }
            (chunks, longest)
        });
        while !started.load(Ordering::Relaxed) {
            assert!(!thread.is_finished(), "the guest that behaves does not");
            thread::yield_now();
        }
        Self { stop, thread }
    }

    #[track_caller]
    fn stop(self, guest: &str) {
        self.stop.store(true, Ordering::Relaxed);
        let (chunks, longest) = self.thread.join().unwrap();
        assert!(chunks > 1, "nothing went on beside `{guest}`");
        assert!(
            longest < STILL,
            "other work stood still for {longest:?} beside `{guest}`"
        );
    }
}

/// How long this thread has been on a processor.
fn processor_time() -> Duration {
    let account = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(account.split(' ').next().unwrap().parse().unwrap())
}

fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim()
        .split(' ')
        .next()
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 1024
}
