//! Shows how far a job is until it ends, or until somebody has seen enough.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::Duration;

use bubbles::{Job, JobReport, RunError};

use crate::interrupt::Interrupts;
use crate::output;
use crate::progress::Follower;

/// Between two looks at a running job: as often as people see a difference.
const LOOK: Duration = Duration::from_millis(100);

/// Why following a job ended.
pub(super) enum Followed {
    /// With the job.
    Ended(Box<JobReport>),
    /// The job goes on.
    Detached,
}

/// A job in this process, which is cancelled when somebody asks to stop.
pub(super) fn here(
    job: &Job,
    mut follower: Follower,
    interrupts: &Interrupts,
) -> Result<Followed, RunError> {
    let mut cancelled = false;
    loop {
        let report = job.wait_timeout(LOOK)?;
        follower.update(&job.progress());
        if let Some(report) = report {
            follower.finish();
            return Ok(Followed::Ended(Box::new(report)));
        }
        if interrupts.asked() && !cancelled {
            cancelled = true;
            follower.say("stopping the job; press Ctrl-C again to end without cleaning up");
            job.cancel();
        }
    }
}

/// A job on a cluster, which asks what to do when somebody asks to stop.
pub(super) fn on_cluster(
    job: &Job,
    follower: Follower,
    interrupts: &Interrupts,
    quiet: bool,
) -> Result<Followed, RunError> {
    let mut stage = Stage::Following(follower);
    let mut troubled = false;
    let mut waiting = None;
    let mut asked = false;
    loop {
        let waited = job.wait_timeout(LOOK);
        if let Stage::Following(follower) = &mut stage {
            let progress = job.progress();
            follower.update(&progress);
            tell_trouble(job, follower, &mut troubled);
            tell_waiting(progress.waiting.as_deref(), follower, &mut waiting);
        }
        let ended = match waited {
            Ok(None) => None,
            Ok(Some(report)) => Some(Ok(Followed::Ended(Box::new(report)))),
            Err(error) => Some(Err(error)),
        };
        if let Some(ended) = ended {
            stage.finish();
            return ended;
        }
        if interrupts.asked() && !asked {
            asked = true;
            stage.finish();
            if !(io::stdin().is_terminal() && output::is_terminal()) {
                return Ok(Followed::Detached);
            }
            stage = Stage::Asking(ask());
        }
        if let Stage::Asking(answer) = &stage {
            match answer.try_recv() {
                Err(TryRecvError::Empty) => {}
                Ok(Answer::Cancel) => {
                    job.cancel();
                    let follower = Follower::new(quiet);
                    follower.say("stopping the job; press Ctrl-C to leave it to the cluster");
                    stage = Stage::Following(follower);
                }
                Ok(Answer::Detach) | Err(TryRecvError::Disconnected) => {
                    return Ok(Followed::Detached);
                }
            }
        }
    }
}

enum Stage {
    Following(Follower),
    /// Nothing is drawn over the question.
    Asking(Receiver<Answer>),
}

impl Stage {
    fn finish(self) {
        if let Self::Following(follower) = self {
            follower.finish();
        }
    }
}

/// Says once what stands in the way, and once that nothing does any more.
fn tell_trouble(job: &Job, follower: &Follower, troubled: &mut bool) {
    match (job.trouble(), *troubled) {
        (Some(trouble), false) => {
            *troubled = true;
            follower.say(&crate::escape::line(&trouble));
        }
        (None, true) => {
            *troubled = false;
            follower.say("the job is watched again");
        }
        _ => {}
    }
}

/// Says once what the job waits for, and once that it waits no longer.
fn tell_waiting(now: Option<&str>, follower: &Follower, told: &mut Option<String>) {
    if now == told.as_deref() {
        return;
    }
    match now {
        Some(waiting) => follower.say(&crate::escape::line(&format!("the job waits: {waiting}"))),
        None => follower.say("the job waits no longer"),
    }
    *told = now.map(str::to_owned);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Cancel,
    Detach,
}

/// Asks on the terminal, on a thread that ends with the process: the job may end first.
fn ask() -> Receiver<Answer> {
    let (tell, answer) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        loop {
            output::say("cancel the job or detach? [c/d]");
            let mut line = String::new();
            let answer = match io::stdin().read_line(&mut line) {
                Ok(0) | Err(_) => Some(Answer::Detach),
                Ok(_) => read(&line),
            };
            if let Some(answer) = answer {
                // Nobody waits for it if the job has ended.
                tell.send(answer).ok();
                return;
            }
        }
    });
    answer
}

/// What a line of the terminal says, if it says anything.
fn read(line: &str) -> Option<Answer> {
    match line.trim().to_ascii_lowercase().as_str() {
        "c" | "cancel" => Some(Answer::Cancel),
        "d" | "detach" => Some(Answer::Detach),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_letter_or_a_word() {
        assert_eq!(read(" C \n"), Some(Answer::Cancel));
        assert_eq!(read("detach\r\n"), Some(Answer::Detach));
        assert_eq!(read("\n"), None);
        assert_eq!(read("yes\n"), None);
    }
}
