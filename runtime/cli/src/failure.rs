//! Shows why a command did not do what it was asked to, and picks the exit code.

use bubbles::{
    BuildError, ClusterError, FailureKind, InspectError, JobFailure, PipelineError, RunError,
};
use miette::{GraphicalReportHandler, GraphicalTheme};

use crate::interrupt::{self, Interrupted};
use crate::{escape, output};

/// A task that fails so often fails its job.
const ATTEMPTS: u32 = 4;

/// Writes the error to standard error; gives the exit code.
pub(crate) fn show(error: &anyhow::Error) -> u8 {
    if error.is::<Interrupted>() {
        output::say("interrupted");
        return interrupt::EXIT_CODE;
    }
    if let Some(RunError::Pipeline(error)) = error.downcast_ref() {
        output::say(&report(error));
        return 2;
    }
    let (code, help) = if let Some(error) = error.downcast_ref::<RunError>() {
        (error.exit_code(), error.help())
    } else if let Some(error) = error.downcast_ref::<ClusterError>() {
        (error.exit_code(), error.help())
    } else if let Some(error) = error.downcast_ref::<InspectError>() {
        (error.exit_code(), error.help())
    } else if let Some(error) = error.downcast_ref::<BuildError>() {
        (if error.is_environment() { 3 } else { 2 }, error.help())
    } else {
        (3, None)
    };
    say_error(&chain(error), help.as_deref());
    code
}

/// The error and its causes on one line. Many an error's text has its cause
/// in it already: nothing is said twice.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Says what went wrong, and what to do about it.
pub(crate) fn say_error(message: &str, help: Option<&str>) {
    let (red, reset) = if output::is_colourful() {
        ("\u{1b}[31;1m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    output::say(&format!("{red}error{reset}: {}", escape::block(message, 7)));
    if let Some(help) = help {
        output::say(&format!(" help: {}", escape::block(help, 7)));
    }
}

/// A pipeline's errors with the lines they are about.
fn report(error: &PipelineError) -> String {
    let theme = match (output::is_terminal(), output::is_colourful()) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        _ => GraphicalTheme::none(),
    };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false);
    match handler.render_report(&mut text, error) {
        Ok(()) => escape::rendered(text.trim_end()),
        Err(_) => escape::block(&error.to_string(), 0),
    }
}

/// `task "late" failed on split 3 (attempt 4 of 4): the plugin trapped: …`
pub(crate) fn job_failure(failure: &JobFailure) -> String {
    let mut text = match &failure.task {
        Some(task) => format!("task \"{task}\" failed"),
        None => "the job failed".to_owned(),
    };
    if let Some(split) = failure.split {
        text.push_str(&format!(" on split {split}"));
    }
    match failure.kind {
        FailureKind::Trap | FailureKind::Limit => {
            text.push_str(&format!(" (attempt {} of {ATTEMPTS})", failure.attempts));
        }
        _ if failure.attempts > 1 => {
            text.push_str(&format!(" (attempt {})", failure.attempts));
        }
        _ => {}
    }
    format!("{text}: {}", failure.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let cause = || std::io::Error::other("disk full");
        let error = anyhow::Error::new(cause()).context("writing: disk full");
        assert_eq!(chain(&error), "writing: disk full");
        assert_eq!(
            chain(&anyhow::Error::new(cause()).context("writing")),
            "writing: disk full"
        );
    }

    #[test]
    fn a_failure_names_task_split_and_attempt() {
        let mut failure = JobFailure {
            task: Some("late".to_owned()),
            split: Some(3),
            attempts: 4,
            kind: FailureKind::Trap,
            message: "the plugin trapped: out of bounds".to_owned(),
            help: None,
        };
        let text =
            "task \"late\" failed on split 3 (attempt 4 of 4): the plugin trapped: out of bounds";
        assert_eq!(job_failure(&failure), text);
        failure.kind = FailureKind::Rejected;
        failure.attempts = 1;
        failure.message = "row 7: no number".to_owned();
        assert_eq!(
            job_failure(&failure),
            "task \"late\" failed on split 3: row 7: no number"
        );
    }
}
