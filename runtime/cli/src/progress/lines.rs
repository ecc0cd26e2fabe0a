//! Progress in lines, for logs: one when a stage ends, and few in between.

use std::time::Duration;

use super::StageView;
use crate::units::seconds;

/// Between two lines about stages that are still at work.
const INTERVAL: Duration = Duration::from_secs(5);

/// Remembers what was said.
pub(crate) struct Lines {
    /// One for each stage: its end was told.
    told: Vec<bool>,
    last: Duration,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self {
            told: Vec::new(),
            last: Duration::ZERO,
        }
    }

    /// What is worth saying `now`, counted from the start of the job.
    pub(super) fn update(&mut self, stages: &[StageView<'_>], now: Duration) -> Vec<String> {
        self.told.resize(stages.len(), false);
        let mut lines = Vec::new();
        for (index, stage) in stages.iter().enumerate() {
            if stage.is_done() && !self.told[index] {
                self.told[index] = true;
                lines.push(ended(index, stages.len(), stage));
            }
        }
        if now.saturating_sub(self.last) >= INTERVAL {
            let is_at_work = |(_, stage): &(usize, &StageView<'_>)| stage.stage.running > 0;
            for (index, stage) in stages.iter().enumerate().filter(is_at_work) {
                lines.push(at_work(index, stages.len(), stage));
            }
        }
        if !lines.is_empty() {
            self.last = now;
        }
        lines
    }
}

/// How far a stage is.
pub(super) fn at_work(index: usize, stages: usize, stage: &StageView<'_>) -> String {
    let title = title(index, stages, stage);
    format!("{title}: {}, {}", stage.splits(), stage.amounts())
}

fn title(index: usize, stages: usize, stage: &StageView<'_>) -> String {
    format!("stage {} of {stages} ({})", index + 1, stage.tasks())
}

fn ended(index: usize, stages: usize, stage: &StageView<'_>) -> String {
    // A stage that was over when it was first looked at: nobody knows.
    let known = stage.elapsed.filter(|elapsed| !elapsed.is_zero());
    let took = known.map_or_else(String::new, |elapsed| {
        format!(" in {}", seconds(elapsed.as_secs_f64()))
    });
    format!(
        "{} done{took}: {}, {}",
        title(index, stages, stage),
        stage.splits(),
        stage.amounts()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use bubbles::StageProgress;

    fn stage(done: u32) -> StageProgress {
        StageProgress {
            tasks: vec!["flights".to_owned(), "late".to_owned()],
            splits_done: done,
            splits: Some(8),
            running: u32::from(done < 8),
            bytes: 4_000_000,
            bytes_total: None,
            rows: 27_004,
            retries: 1,
        }
    }

    fn update(lines: &mut Lines, done: u32, seconds: u64) -> Vec<String> {
        let stage = stage(done);
        let elapsed = Some(Duration::from_secs(seconds));
        lines.update(
            &[StageView::new(&stage, elapsed)],
            Duration::from_secs(seconds),
        )
    }

    #[test]
    fn a_stage_at_work_is_told_of_every_few_seconds() {
        let mut lines = Lines::new();
        assert!(update(&mut lines, 1, 1).is_empty());
        let told = update(&mut lines, 3, 5);
        let text = "stage 1 of 1 (flights, late): 3 of 8 splits, 27,004 rows, 4.0 MB, 800.0 KB/s, \
                    1 attempt repeated";
        assert_eq!(told, [text]);
        assert!(update(&mut lines, 3, 6).is_empty());
    }

    #[test]
    fn its_end_is_told_at_once_and_once() {
        let mut lines = Lines::new();
        let told = update(&mut lines, 8, 2);
        assert!(
            told[0]
                .starts_with("stage 1 of 1 (flights, late) done in 2.00 s: 8 splits, 27,004 rows")
        );
        assert!(update(&mut lines, 8, 20).is_empty());
    }
}
