//! SIGTERM and Ctrl-C: the first asks the node to stop, the second ends it at once.

use tokio::sync::watch;
use tokio::task::JoinSet;

/// The exit code of a process that was ended before it was done.
pub(crate) const EXIT_CODE: u8 = 130;

/// Hears that the process is to stop.
pub(crate) struct Signals {
    asked: watch::Receiver<bool>,
    _background: JoinSet<()>,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system gives no more file descriptors.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let mut heard = Heard::new()?;
        let (ask, asked) = watch::channel(false);
        let mut background = JoinSet::new();
        background.spawn(async move {
            heard.next().await;
            ask.send_replace(true);
            heard.next().await;
            std::process::exit(i32::from(EXIT_CODE));
        });
        Ok(Self {
            asked,
            _background: background,
        })
    }

    /// Waits until the process is asked to stop, or has been already.
    pub(crate) async fn asked(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            // Only the end of the process ends the one who asks.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Heard {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Heard {
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
struct Heard;

#[cfg(not(unix))]
impl Heard {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
