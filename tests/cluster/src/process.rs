//! A process of ours: what it says goes to files, and it ends when we let go of it.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::spawn;

/// Between two looks at whether it has ended.
const LOOK: Duration = Duration::from_millis(5);

/// A running process, or one that has ended. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// What a process said and how it ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Words for people.
    pub stderr: String,
    /// How long it ran.
    pub took: Duration,
}

impl Process {
    /// Starts a command that [`spawn::guarded`] began. What it says is added to `NAME.out` and
    /// `NAME.err` in `folder`.
    ///
    /// # Errors
    /// If the files cannot be written or the command cannot be started.
    pub fn start(mut command: Command, folder: &Path, name: &str) -> io::Result<Self> {
        let file = |end: &str| -> io::Result<(PathBuf, File)> {
            let path = folder.join(format!("{name}.{end}"));
            let file = File::options().create(true).append(true).open(&path)?;
            Ok((path, file))
        };
        fs::create_dir_all(folder)?;
        let (stdout, out) = file("out")?;
        let (stderr, err) = file("err")?;
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let program = command.get_program().to_string_lossy().into_owned();
        let child = spawn::spawn(command)
            .map_err(|error| io::Error::new(error.kind(), format!("{program}: {error}")))?;
        Ok(Self {
            child,
            stdout,
            stderr,
        })
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended; one that is stopped runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal. That it has ended already is as good.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn signal(&mut self, signal: Signal) -> io::Result<()> {
        if !self.is_running() {
            return Ok(());
        }
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other("no such number of a process"))?;
        Ok(kill_process(pid, signal)?)
    }

    /// `kill -9`, and waits until it is gone.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn kill(&mut self) -> io::Result<()> {
        self.signal(Signal::KILL)?;
        self.child.wait().map(drop)
    }

    /// Waits for its end; none if it has not ended by then.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn wait(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if start.elapsed() > limit {
                return Ok(None);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Waits for its end, and kills it if it does not come. `started` is when it began.
    ///
    /// # Errors
    /// If the system refuses, or if it had to be killed: then with what it had said.
    pub fn finish(mut self, started: Instant, limit: Duration) -> io::Result<Ended> {
        let Some(status) = self.wait(limit)? else {
            self.kill()?;
            let said = read(&self.stderr)?;
            let text = format!("it hangs after {} s; it said: {said}", limit.as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        };
        Ok(Ended {
            code: status.code(),
            signal: status.signal(),
            stdout: read(&self.stdout)?,
            stderr: read(&self.stderr)?,
            took: started.elapsed(),
        })
    }

    /// What it said to people so far, in its earlier lives too.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn said(&self) -> io::Result<String> {
        read(&self.stderr)
    }

    /// Bytes of memory that it has for itself now.
    ///
    /// # Errors
    /// If it has ended.
    pub fn resident_bytes(&self) -> io::Result<u64> {
        self.memory("VmRSS:")
    }

    /// Bytes of memory that it has now and that hold no part of a file.
    ///
    /// # Errors
    /// If it has ended.
    pub fn private_bytes(&self) -> io::Result<u64> {
        self.memory("RssAnon:")
    }

    /// Bytes of memory that it had for itself at most.
    ///
    /// # Errors
    /// If it has ended.
    pub fn peak_bytes(&self) -> io::Result<u64> {
        self.memory("VmHWM:")
    }

    /// Time that it has had of processors, all its threads together.
    ///
    /// # Errors
    /// If it has ended.
    pub fn cpu_time(&self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id()))?;
        // Behind the name, which may hold anything, `utime` and `stime` are the 12th and 13th.
        let behind = stat.rsplit(')').next().unwrap_or_default();
        let mut fields = behind.split_whitespace().skip(11);
        let mut ticks = || fields.next()?.parse::<u64>().ok();
        let (user, system) = (ticks(), ticks());
        let both = user.zip(system).map(|(user, system)| user + system);
        let ticks = both.ok_or_else(|| io::Error::other("the process has no times"))?;
        // `USER_HZ`: a hundred to a second, whatever the kernel itself counts by.
        Ok(Duration::from_millis(ticks * 10))
    }

    fn memory(&self, kind: &str) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix(kind))
            .and_then(|rest| rest.trim().strip_suffix("kB"))
            .and_then(|number| number.trim().parse::<u64>().ok());
        kib.map(|kib| kib << 10)
            .ok_or_else(|| io::Error::other("the process has no memory any more"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // What cannot be killed has ended, or will with this process.
        self.kill().ok();
    }
}

impl Ended {
    /// Everything it said, with spaces for line breaks.
    #[must_use]
    pub fn words(&self) -> String {
        let words: Vec<&str> = self.stderr.split_whitespace().collect();
        words.join(" ")
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            code,
            signal,
            stdout,
            stderr,
            took,
        } = self;
        write!(
            f,
            "exit code {code:?}, signal {signal:?}, after {took:?}\n\
             --- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}

fn read(path: &Path) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(folder: &Path) -> Process {
        let mut command = spawn::guarded();
        command.args(["sleep", "600"]);
        Process::start(command, folder, "sleeper").unwrap()
    }

    fn state(id: u32) -> Option<String> {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("State:"))?;
        line.split_whitespace().nth(1).map(str::to_owned)
    }

    fn comes_to(id: u32, wanted: &str) {
        let look = || (state(id).as_deref() == Some(wanted)).then_some(());
        crate::wait::until(wanted, Duration::from_secs(5), look).unwrap();
    }

    #[test]
    fn it_is_stopped_continued_and_killed() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = sleeper(folder.path());
        comes_to(process.id(), "S");
        assert!(process.resident_bytes().unwrap() > 0);
        process.signal(Signal::STOP).unwrap();
        comes_to(process.id(), "T");
        process.signal(Signal::CONT).unwrap();
        comes_to(process.id(), "S");
        process.signal(Signal::STOP).unwrap();
        process.kill().unwrap();
        assert!(!process.is_running());
        process.kill().unwrap();
    }

    #[test]
    fn letting_go_of_it_ends_it_in_a_panic_too() {
        let folder = tempfile::tempdir().unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let path = folder.path().to_owned();
        let outcome = std::thread::spawn(move || {
            let process = sleeper(&path);
            tell.send(process.id()).unwrap();
            panic!("as a test does");
        })
        .join();
        assert!(outcome.is_err());
        assert_eq!(state(told.recv().unwrap()), None);
    }

    #[test]
    fn it_outlives_the_thread_that_ordered_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let mut process = std::thread::spawn(move || sleeper(&path)).join().unwrap();
        comes_to(process.id(), "S");
        assert_eq!(process.wait(Duration::from_millis(300)).unwrap(), None);
    }

    #[test]
    fn what_it_says_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = spawn::guarded();
        command.args(["sh", "-c", "echo data; echo words >&2; exit 3"]);
        let process = Process::start(command, folder.path(), "p").unwrap();
        let ended = process
            .finish(Instant::now(), Duration::from_secs(10))
            .unwrap();
        assert_eq!(ended.code, Some(3), "{ended}");
        assert_eq!(
            (&*ended.stdout, &*ended.stderr, &*ended.words()),
            ("data\n", "words\n", "words")
        );
    }
}
