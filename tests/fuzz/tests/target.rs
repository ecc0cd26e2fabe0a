//! A thing that takes bytes from outside, and how it is given them.

use std::cell::{Cell, RefCell};
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::thread;
use std::time::{Duration, Instant};

use crate::measured;
use crate::mutation::{INPUT_BYTES_MAX, mutate};
use crate::random::Random;

/// How long a target is given random inputs, in seconds; 1 where it is not set.
const SECONDS: &str = "BUBBLES_FUZZ_SECONDS";

/// What the random numbers come of; 1 where it is not set.
const SEED: &str = "BUBBLES_FUZZ_SEED";

/// Of one input, while it computes: a hundred times what any of 64 KiB takes.
const CPU_MAX: Duration = Duration::from_secs(5);

/// Of one input that does not end: the process dies, and the input is kept.
const WALL_MAX: Duration = Duration::from_secs(60);

/// How long a failing input is made smaller.
const SHRINKING: Duration = Duration::from_secs(5);

/// Valid files of a corpus, at most: what they tell apart is in the first bytes.
const VALID_FILES_MAX: usize = 24;

thread_local! {
    static TRYING: Cell<bool> = const { Cell::new(false) };
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

type Check = Box<dyn Fn(&[u8]) -> bool>;
type Example = Box<dyn Fn(&mut Random) -> Option<Vec<u8>>>;

/// What is fuzzed.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Whether the bytes were taken; panics where they should not have been treated so.
    pub(crate) check: Check,
    /// A valid input; none where the dice fell badly.
    pub(crate) example: Example,
    /// Words of its language.
    pub(crate) words: &'static [&'static [u8]],
    /// Inputs made by hand for the corpus, by name.
    pub(crate) by_hand: Vec<(&'static str, Vec<u8>)>,
}

impl Target {
    /// Gives it the corpus, then random inputs.
    pub(crate) fn run(&self) {
        let seconds = setting(SECONDS, 1);
        let mut random = Random::new(setting(SEED, 1));
        let in_hand = InHand::new(self.name);
        if let Some(aborted) = in_hand.left() {
            let file = self.keep(&aborted);
            println!("the last run died of {}", file.display());
        }
        let corpus = self.corpus();
        assert!(!corpus.is_empty(), "{} has no corpus", self.name);
        let (mut tried, mut taken) = (0_u64, 0_u64);
        for (path, input) in &corpus {
            let outcome = self.attempt(&in_hand, input);
            tried += 1;
            taken += u64::from(*outcome.as_ref().unwrap_or(&false));
            if let Err(said) = outcome {
                in_hand.clear();
                panic!("{} fails of {}: {said}", self.name, path.display());
            }
        }
        let end = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < end {
            let input = self.input(&corpus, &mut random);
            tried += 1;
            match self.attempt(&in_hand, &input) {
                Ok(was_taken) => taken += u64::from(was_taken),
                Err(said) => self.fail(&in_hand, input, &said),
            }
        }
        in_hand.clear();
        println!("{}: {tried} inputs, {taken} of them valid", self.name);
        assert!(taken > 0, "{} takes nothing at all", self.name);
    }

    /// Makes the corpus that is not a failure's anew.
    pub(crate) fn write_corpus(&self) {
        let folder = folder(self.name);
        fs::create_dir_all(&folder).unwrap();
        for (path, _) in files(&folder) {
            let name = path.file_name().unwrap().to_string_lossy();
            if name.starts_with("valid-") || name.starts_with("hand-") {
                fs::remove_file(&path).unwrap();
            }
        }
        let mut random = Random::new(1);
        let mut beginnings = Vec::new();
        for _ in 0..20_000 {
            let Some(example) = (self.example)(&mut random) else {
                continue;
            };
            let beginning = example[..example.len().min(2)].to_vec();
            let fits = example.len() <= 1 << 10 && beginnings.len() < VALID_FILES_MAX;
            if fits && !beginnings.contains(&beginning) {
                let file = folder.join(format!("valid-{:02}", beginnings.len()));
                fs::write(file, &example).unwrap();
                beginnings.push(beginning);
            }
        }
        for (name, input) in &self.by_hand {
            fs::write(folder.join(format!("hand-{name}")), input).unwrap();
        }
    }

    fn corpus(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = folder(self.name);
        let mut corpus = files(&folder.join("crashes"));
        corpus.extend(files(&folder));
        corpus
    }

    fn input(&self, corpus: &[(PathBuf, Vec<u8>)], random: &mut Random) -> Vec<u8> {
        // Of two files the shorter: long ones cost the time of many and differ in little.
        let mut pick = || {
            let (one, other) = (&random.pick(corpus).1, &random.pick(corpus).1);
            if one.len() < other.len() { one } else { other }
        };
        let (file, other) = (pick(), pick());
        let made = if random.one_in(2) {
            (self.example)(random)
        } else {
            None
        };
        let mut input = match made {
            Some(example) if random.one_in(4) => return example,
            Some(example) => example,
            None => file.clone(),
        };
        input.truncate(INPUT_BYTES_MAX);
        mutate(&mut input, other, self.words, random);
        input
    }

    /// Whether the input was taken, or what the target panicked with.
    fn attempt(&self, in_hand: &InHand, input: &[u8]) -> Result<bool, String> {
        in_hand.set(input);
        quiet();
        TRYING.set(true);
        let begun = measured::cpu();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| (self.check)(input)));
        let took = measured::cpu() - begun;
        TRYING.set(false);
        match outcome {
            Err(_) => Err(SAID.take()),
            Ok(_) if took > CPU_MAX => Err(format!("it took {took:?}")),
            Ok(taken) => Ok(taken),
        }
    }

    fn fail(&self, in_hand: &InHand, input: Vec<u8>, said: &str) -> ! {
        let input = self.shrunk(in_hand, input);
        in_hand.clear();
        let file = self.keep(&input);
        panic!(
            "{} fails: {said}\nof {} bytes, kept in {}; all inputs there are run first by\n\
             cargo xtask fuzz --seconds 0 {}",
            self.name,
            input.len(),
            file.display(),
            self.name
        );
    }

    /// Leaves out what the failure does not need.
    fn shrunk(&self, in_hand: &InHand, mut input: Vec<u8>) -> Vec<u8> {
        let end = Instant::now() + SHRINKING;
        let mut piece = input.len() / 2;
        while piece > 0 {
            let mut at = 0;
            while at < input.len() && Instant::now() < end {
                let mut less = input.clone();
                less.drain(at..(at + piece).min(input.len()));
                if self.attempt(in_hand, &less).is_err() {
                    input = less;
                } else {
                    at += piece;
                }
            }
            piece /= 2;
        }
        input
    }

    fn keep(&self, input: &[u8]) -> PathBuf {
        let crashes = folder(self.name).join("crashes");
        fs::create_dir_all(&crashes).unwrap();
        let file = crashes.join(&blake3::hash(input).to_hex()[..16]);
        fs::write(&file, input).unwrap();
        file
    }
}

/// The input that is being tried, in a file: so it is known even if the process dies of it.
struct InHand {
    path: PathBuf,
    file: fs::File,
    /// How many there were: none ends if this stays as it is.
    tried: Arc<AtomicU64>,
}

impl InHand {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
        let mut open = fs::OpenOptions::new();
        let open = open.read(true).write(true).create(true).truncate(false);
        let file = open.open(&path).unwrap();
        let tried = Arc::default();
        watch(name.to_owned(), Arc::clone(&tried));
        Self { path, file, tried }
    }

    /// What the last run did not finish: its length, then it.
    fn left(&self) -> Option<Vec<u8>> {
        let bytes = fs::read(&self.path).unwrap();
        let (length, input) = bytes.split_first_chunk()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        input.get(..length).map(<[u8]>::to_vec)
    }

    fn set(&self, input: &[u8]) {
        let length = (input.len() as u64).to_le_bytes();
        let record = [&length, input].concat();
        self.file.write_all_at(&record, 0).unwrap();
        self.tried.fetch_add(1, Ordering::Relaxed);
    }

    fn clear(&self) {
        self.file.set_len(0).unwrap();
    }
}

/// Ends the process when an input does not end, until the last handle to `tried` but this is gone.
fn watch(name: String, tried: Arc<AtomicU64>) {
    thread::spawn(move || {
        let (mut last, mut since) = (0, Instant::now());
        while Arc::strong_count(&tried) > 1 {
            thread::sleep(Duration::from_millis(500));
            let now = tried.load(Ordering::Relaxed);
            if now != last {
                (last, since) = (now, Instant::now());
            } else if now > 0 && since.elapsed() > WALL_MAX {
                eprintln!("{name}: an input does not end");
                std::process::abort();
            }
        }
    });
}

/// While an input is tried, a panic is kept and not printed: some are caught where they belong.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if TRYING.get() {
                SAID.set(info.to_string());
            } else {
                loud(info);
            }
        }));
    });
}

fn setting(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text}: a number"))
    })
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name)
}

/// The files of a folder, by name; none where there is no such folder.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}
