//! Starts processes that end when this one ends, however it ends.
//!
//! The kernel can send a signal to a process when its parent dies, but takes the *thread* that
//! started it for its parent. So one thread that never ends starts them all.

use std::io;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

struct Order {
    command: Command,
    reply: SyncSender<io::Result<Child>>,
}

/// The beginning of a command that is killed when this process dies: what it runs is yet to be said.
#[must_use]
pub fn guarded() -> Command {
    // The standard library can ask for this between fork and exec only in unsafe code.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]);
    command
}

/// Starts a command that [`guarded`] began.
///
/// # Errors
/// Those of [`Command::spawn`].
pub fn spawn(command: Command) -> io::Result<Child> {
    static STARTER: OnceLock<SyncSender<Order>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        // One at a time: who orders waits for the reply anyway.
        let (orders, taken) = sync_channel::<Order>(1);
        thread::spawn(move || {
            for mut order in taken {
                let started = order.command.spawn();
                // Who ordered it and left gets no child: dropping it does not kill it, but the end
                // of this process will.
                order.reply.send(started).ok();
            }
        });
        orders
    });
    let (reply, answer) = sync_channel(1);
    let gone = || io::Error::other("the thread that starts processes is gone");
    starter.send(Order { command, reply }).map_err(|_| gone())?;
    answer.recv().map_err(|_| gone())?
}
