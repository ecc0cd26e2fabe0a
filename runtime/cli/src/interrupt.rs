//! Ctrl-C and the like: the first asks the job to stop and clean up, the
//! second ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

/// The exit code of a process that was interrupted.
pub(crate) const EXIT_CODE: u8 = 130;

/// Somebody asked the command to stop. Downcast by the exit code.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Tells whether the command was asked to stop.
#[derive(Clone, Debug)]
pub(crate) struct Interrupts {
    asked: Arc<AtomicBool>,
}

impl Interrupts {
    /// Listens from now on, on a thread that lives as long as the process.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&asked);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .context("listening for Ctrl-C")?;
        std::thread::Builder::new()
            .name("interrupts".to_owned())
            .spawn(move || {
                let listened = runtime.block_on(async {
                    let mut signals = Signals::new()?;
                    loop {
                        signals.next().await;
                        if theirs.swap(true, Ordering::SeqCst) {
                            std::process::exit(i32::from(EXIT_CODE));
                        }
                    }
                    #[expect(unreachable_code, reason = "gives the block its type")]
                    Ok::<(), std::io::Error>(())
                });
                if let Err(error) = listened {
                    tracing::warn!(%error, "Ctrl-C ends the process without cleaning up");
                }
            })
            .context("listening for Ctrl-C")?;
        Ok(Self { asked })
    }

    /// Whether the command was asked to stop.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// From now on the first Ctrl-C ends the process: nothing is left to be cleaned up.
    pub(crate) fn end_at_once(&self) {
        self.asked.store(true, Ordering::SeqCst);
    }

    /// Ends a command that has begun nothing yet.
    pub(crate) fn check(&self) -> Result<(), Interrupted> {
        if self.asked() {
            Err(Interrupted)
        } else {
            Ok(())
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self {
            interrupt,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
