//! Standard output and error of a guest: lines on their way to the log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::host::{Host, Level};
use crate::log::Log;

/// What a guest may write at once. It has no other meaning.
const PERMIT_BYTES: usize = 64 << 10;

/// A line is delivered in pieces of this size if it does not end.
const LINE_BYTES: usize = 8 << 10;

/// Lines of standard error that are kept for when the guest crashes: a panic message has two.
const LAST_LINES: usize = 8;

/// What Rust says after each panic: nobody can follow it in a sandbox.
const BACKTRACE_NOTE: &str = "note: run with `RUST_BACKTRACE=";

/// What a guest printed and nobody has seen.
pub(super) struct Prints {
    state: Mutex<State>,
}

struct State {
    /// What is not yet a line, of standard output and of standard error.
    begun: [Vec<u8>; 2],
    lines: Vec<(Level, String)>,
    /// Room for lines until they are delivered: the log takes no more anyway.
    left: usize,
    last_errors: VecDeque<String>,
}

impl Prints {
    pub(super) fn new(limit: usize) -> Self {
        let state = State {
            begun: [Vec::new(), Vec::new()],
            lines: Vec::new(),
            // The log must see that it is full, so that it can say so.
            left: limit.saturating_add(LINE_BYTES),
            last_errors: VecDeque::new(),
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// Hands on the lines that are complete.
    pub(super) fn deliver(&self, log: &mut Log, host: &mut dyn Host) {
        let lines = std::mem::take(&mut self.state().lines);
        for (level, line) in lines {
            log.write(level, &line, host);
        }
    }

    /// Ends all lines, and gives the last ones of standard error.
    pub(super) fn last_words(&self) -> String {
        let mut state = self.state();
        state.end_line(Level::Info);
        state.end_line(Level::Error);
        state.last_errors.make_contiguous().join("\n")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }
}

impl State {
    fn print(&mut self, level: Level, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.begun(level)
                .extend_from_slice(&bytes[..end.min(LINE_BYTES)]);
            self.end_line(level);
            bytes = &bytes[end + 1..];
        }
        self.begun(level)
            .extend_from_slice(&bytes[..bytes.len().min(LINE_BYTES)]);
        if self.begun(level).len() >= LINE_BYTES {
            self.end_line(level);
        }
    }

    fn end_line(&mut self, level: Level) {
        let bytes = std::mem::take(self.begun(level));
        if bytes.is_empty() {
            return;
        }
        let line = String::from_utf8_lossy(&bytes).into_owned();
        if level == Level::Error && !line.starts_with(BACKTRACE_NOTE) {
            if self.last_errors.len() == LAST_LINES {
                self.last_errors.pop_front();
            }
            self.last_errors.push_back(crate::log::harmless(&line));
        }
        if line.len() <= self.left {
            self.left -= line.len();
            self.lines.push((level, line));
        }
    }

    fn begun(&mut self, level: Level) -> &mut Vec<u8> {
        &mut self.begun[usize::from(level == Level::Error)]
    }
}

/// One of the two streams.
pub(super) struct Print {
    prints: Arc<Prints>,
    level: Level,
}

impl Print {
    pub(super) fn new(prints: &Arc<Prints>, level: Level) -> Self {
        Self {
            prints: Arc::clone(prints),
            level,
        }
    }
}

impl IsTerminal for Print {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Print {
    /// WASI 0.2 does not use it.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Self::new(&self.prints, self.level))
    }
}

#[async_trait]
impl Pollable for Print {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for Print {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.prints.state().print(self.level, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_and_the_last_errors_kept() {
        let prints = Prints::new(1000);
        let mut state = prints.state();
        state.print(Level::Info, b"one\ntw");
        state.print(Level::Error, b"panicked");
        state.print(Level::Info, b"o\n");
        let lines: Vec<&str> = state.lines.iter().map(|(_, line)| &**line).collect();
        assert_eq!(lines, ["one", "two"]);
        drop(state);
        assert_eq!(prints.last_words(), "panicked");
    }

    #[test]
    fn a_line_without_end_is_bounded() {
        let prints = Prints::new(1000);
        for _ in 0..1000 {
            prints.state().print(Level::Info, &[b'x'; 4096]);
        }
        let state = prints.state();
        let held: usize = state.lines.iter().map(|(_, line)| line.len()).sum();
        assert!(held <= 1000 + LINE_BYTES, "{held}");
    }
}
