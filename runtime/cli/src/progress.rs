//! Shows how far a job is: bars on a terminal, now and then a line elsewhere.

mod bars;
mod lines;

use std::time::{Duration, Instant};

use bubbles::{JobPhase, Progress, StageProgress};

use crate::units::{bytes, per_second, plural};
use crate::{escape, output};

use bars::Bars;
use lines::Lines;

/// How progress is shown.
pub(crate) enum View {
    /// A bar for each stage.
    Bars(Bars),
    /// A line when a stage ends, and some in between.
    Lines(Lines),
    /// Not at all.
    Quiet,
}

/// Follows one job.
pub(crate) struct Follower {
    view: View,
    started: Instant,
    /// When each stage was first seen at work, since `started`.
    begun: Vec<Option<Duration>>,
}

impl Follower {
    /// Bars if standard error is a terminal.
    pub(crate) fn new(quiet: bool) -> Self {
        let view = if quiet {
            View::Quiet
        } else if output::is_terminal() {
            View::Bars(Bars::new())
        } else {
            View::Lines(Lines::new())
        };
        Self {
            view,
            started: Instant::now(),
            begun: Vec::new(),
        }
    }

    /// Shows the job as it stands now.
    pub(crate) fn update(&mut self, progress: &Progress) {
        let now = self.started.elapsed();
        self.begun.resize(progress.stages.len(), None);
        for (begun, stage) in self.begun.iter_mut().zip(&progress.stages) {
            if begun.is_none() && (stage.running > 0 || stage.splits_done > 0) {
                *begun = Some(now);
            }
        }
        let stages: Vec<StageView<'_>> = progress
            .stages
            .iter()
            .zip(&self.begun)
            .map(|(stage, begun)| StageView::new(stage, begun.map(|begun| now - begun)))
            .collect();
        match &mut self.view {
            View::Bars(bars) => bars.update(&stages, progress.phase),
            View::Lines(lines) => {
                for line in lines.update(&stages, now) {
                    output::say(&line);
                }
            }
            View::Quiet => {}
        }
    }

    /// Leaves what was shown as it is, and tells one thing more.
    pub(crate) fn say(&self, line: &str) {
        match &self.view {
            View::Bars(bars) => bars.say(line),
            View::Lines(_) | View::Quiet => output::say(line),
        }
    }

    /// The last of it: the bars stand still from now on.
    pub(crate) fn finish(self) {
        if let View::Bars(bars) = self.view {
            bars.finish();
        }
    }
}

/// `stage 1 of 2 (flights, late): 3 of 8 splits, 27,004 rows, 4.0 MB`.
pub(crate) fn stage_line(index: usize, stages: usize, stage: &StageProgress) -> String {
    lines::at_work(index, stages, &StageView::new(stage, None))
}

/// A stage as it is shown.
pub(crate) struct StageView<'a> {
    stage: &'a StageProgress,
    /// How long it has been at work.
    elapsed: Option<Duration>,
}

impl<'a> StageView<'a> {
    fn new(stage: &'a StageProgress, elapsed: Option<Duration>) -> Self {
        Self { stage, elapsed }
    }

    fn is_done(&self) -> bool {
        self.stage.splits == Some(self.stage.splits_done)
    }

    fn tasks(&self) -> String {
        escape::line(&self.stage.tasks.join(", "))
    }

    /// `3 of 8 splits`, or `8 splits` at the end.
    fn splits(&self) -> String {
        let done = self.stage.splits_done;
        match self.stage.splits {
            Some(all) if all == done => plural(u64::from(all), "split"),
            Some(all) => format!("{done} of {}", plural(u64::from(all), "split")),
            None => plural(u64::from(done), "split"),
        }
    }

    /// `27,004 rows, 2.1 MB, 12.0 MB/s`, and how often an attempt was repeated.
    fn amounts(&self) -> String {
        let mut parts = vec![plural(self.stage.rows, "row"), bytes(self.stage.bytes)];
        let seconds = self.elapsed.map_or(0.0, |elapsed| elapsed.as_secs_f64());
        if let Some(rate) = per_second(self.stage.bytes, seconds).filter(|rate| *rate > 0) {
            parts.push(format!("{}/s", bytes(rate)));
        }
        if self.stage.retries > 0 {
            parts.push(format!(
                "{} repeated",
                plural(u64::from(self.stage.retries), "attempt")
            ));
        }
        parts.join(", ")
    }
}

/// What a job does beside running its stages.
fn phase_text(phase: JobPhase) -> Option<&'static str> {
    match phase {
        JobPhase::Planning => Some("finding the splits"),
        JobPhase::Committing => Some("making the output visible"),
        JobPhase::Aborting => Some("removing what was prepared"),
        JobPhase::Running | JobPhase::Done => None,
    }
}
