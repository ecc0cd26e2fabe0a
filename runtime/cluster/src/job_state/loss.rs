//! What a lost node took with it, and what has to run again for that.
//!
//! A split whose stored output is gone runs again if somebody still has to read
//! it. What it would read itself may have been let go of, as all its readers were
//! done: then those splits run again as well, back to the sources. Receipts stay
//! in force: only the chunks are made anew.
//!
//! Where a task is not deterministic, a second run stores other rows. Then all
//! that was made of the first run's is taken back and runs again too: its own
//! receipts, where its stage has a load, and those of its readers.

use bubbles_pipeline::{ExchangeId, ExchangeMode, StageId, StageInput};

use super::JobState;
use crate::Work;

impl JobState {
    pub(super) fn lose(&mut self, works: &[Work]) {
        if self.decision.is_some() {
            return;
        }
        for work in works {
            if self.is_needed(*work) {
                self.lose_one(*work);
            }
        }
    }

    /// Whether somebody still has to read what this split stored.
    #[must_use]
    pub fn is_needed(&self, work: Work) -> bool {
        self.exchanges_from(work.stage)
            .into_iter()
            .any(|exchange| !self.is_read(exchange, work.split))
    }

    /// Whether all readers of what this split stored for an exchange have read it.
    /// From then on nobody keeps it.
    #[must_use]
    pub fn is_read(&self, exchange: ExchangeId, split: u32) -> bool {
        let exchange = &self.plan().exchanges[exchange.0];
        let readers = &self.stages[exchange.to.0];
        match exchange.mode {
            ExchangeMode::Forward => readers.is_split_available(split),
            _ => readers.is_available(),
        }
    }

    fn lose_one(&mut self, work: Work) {
        if !self
            .split(work)
            .is_some_and(super::SplitState::is_available)
        {
            return;
        }
        if !self.is_repeatable(work.stage) {
            return self.take_back(work);
        }
        let inputs = self.let_go_inputs(work);
        let split = self.split_mut(work).expect("looked at above");
        split.lost = true;
        self.stages[work.stage.0].missing += 1;
        for input in inputs {
            self.lose_one(input);
        }
    }

    /// The splits that this one would read of and whose output nobody keeps any more.
    fn let_go_inputs(&self, work: Work) -> Vec<Work> {
        let StageInput::Exchanges(inputs) = &self.plan().stages[work.stage.0].input else {
            return Vec::new();
        };
        let mut gone = Vec::new();
        for id in inputs {
            let exchange = &self.plan().exchanges[id.0];
            let stage = exchange.from.0;
            let splits = match exchange.mode {
                ExchangeMode::Forward => work.split..work.split + 1,
                _ => 0..self.stages[stage.0].width(),
            };
            let read = splits.filter(|split| self.is_read(*id, *split));
            gone.extend(read.map(|split| Work { stage, split }));
        }
        gone
    }

    /// Takes back every attempt that counted and had read of this split.
    fn take_back_readers(&mut self, work: Work) {
        for id in self.exchanges_from(work.stage) {
            let exchange = &self.plan().exchanges[id.0];
            let stage = exchange.to;
            let splits = match exchange.mode {
                ExchangeMode::Forward => work.split..work.split + 1,
                _ => 0..self.stages[stage.0].width(),
            };
            for split in splits {
                self.take_back(Work { stage, split });
            }
        }
    }

    fn take_back(&mut self, work: Work) {
        let inputs = self.let_go_inputs(work);
        let Ok(split) = self.split_mut(work) else {
            return;
        };
        // A running attempt may have read the first run's rows: it counts no more.
        split.running.clear();
        let lost = std::mem::take(&mut split.lost);
        let Some(done) = split.completed.take() else {
            return;
        };
        self.strays.extend(done.outcome.receipts);
        let stage = &mut self.stages[work.stage.0];
        stage.undone += 1;
        stage.missing += u32::from(!lost);
        self.take_back_readers(work);
        for input in inputs {
            self.lose_one(input);
        }
    }

    /// Whether a second run of this stage stores what the first one did.
    fn is_repeatable(&self, stage: StageId) -> bool {
        let steps = &self.plan().stages[stage.0].steps;
        steps
            .iter()
            .all(|step| self.spec.deterministic[step.task.0])
    }

    fn exchanges_from(&self, stage: StageId) -> Vec<ExchangeId> {
        let exchanges = (0..).map(ExchangeId).zip(&self.plan().exchanges);
        exchanges
            .filter(|(_, exchange)| exchange.from.0 == stage)
            .map(|(id, _)| id)
            .collect()
    }
}
