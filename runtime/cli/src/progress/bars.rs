//! A bar for each stage, drawn on standard error.

use std::time::Duration;

use bubbles::JobPhase;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{StageView, phase_text};
use crate::output;

/// Names of tasks beyond this would leave no room for the numbers.
const NAMES_WIDTH: usize = 28;

/// Bars made as the stages become known, and a line for the job as a whole.
pub(crate) struct Bars {
    all: MultiProgress,
    stages: Vec<ProgressBar>,
    job: ProgressBar,
}

impl Bars {
    pub(super) fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let job = all.add(ProgressBar::new_spinner());
        job.set_style(style("{spinner} {msg}"));
        job.enable_steady_tick(Duration::from_millis(120));
        Self {
            all,
            stages: Vec::new(),
            job,
        }
    }

    pub(super) fn update(&mut self, stages: &[StageView<'_>], phase: JobPhase) {
        for (index, stage) in stages.iter().enumerate() {
            if self.stages.len() == index {
                self.stages.push(self.add(stage));
            }
            show(&self.stages[index], stage);
        }
        self.job.set_message(phase_text(phase).unwrap_or("running"));
    }

    fn add(&self, stage: &StageView<'_>) -> ProgressBar {
        let bar = self.all.insert_before(&self.job, ProgressBar::new(1));
        bar.set_style(style("{prefix:28!} {bar:20.green} {msg}").progress_chars("━╸─"));
        bar.set_prefix(shortened(&stage.tasks()));
        bar
    }

    pub(super) fn say(&self, line: &str) {
        // Only fails if the terminal is gone, and with it the reader.
        self.all.println(line).ok();
    }

    pub(super) fn finish(self) {
        self.job.finish_and_clear();
        for bar in &self.stages {
            bar.abandon();
        }
        // The bars leave the cursor at the end of the last one.
        output::say("");
    }
}

fn show(bar: &ProgressBar, view: &StageView<'_>) {
    // By bytes where they are known, since splits can be few and large.
    let (done, all) = match (view.stage.bytes_total, view.stage.splits) {
        _ if view.is_done() => (1, 1),
        (Some(total), _) if total > 0 => (view.stage.bytes.min(total), total),
        (_, Some(splits)) => (u64::from(view.stage.splits_done), u64::from(splits)),
        (_, None) => (0, 1),
    };
    bar.set_length(all);
    bar.set_position(done);
    bar.set_message(match view.elapsed {
        Some(_) => format!("{}, {}", view.splits(), view.amounts()),
        None if view.is_done() => view.splits(),
        None => "waiting".to_owned(),
    });
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates of this file are right")
}

fn shortened(names: &str) -> String {
    if names.chars().count() <= NAMES_WIDTH {
        return names.to_owned();
    }
    let kept: String = names.chars().take(NAMES_WIDTH - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut() {
        assert_eq!(shortened("flights, late"), "flights, late");
        let long = shortened("one-very-long-name, another-very-long-name");
        assert_eq!(long.chars().count(), NAMES_WIDTH);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn the_templates_are_right() {
        Bars::new().finish();
        style("{prefix:28!} {bar:20.green} {msg}");
    }
}
