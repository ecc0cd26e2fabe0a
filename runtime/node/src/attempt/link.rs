//! One live task of an attempt: chunks reach it here.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use bubbles_cluster::Prepared;
use bubbles_engine::{self as engine, CallError, Instance};
use bubbles_pipeline::{Format, Kind, OnError, TaskIndex};

use super::chain::{Shared, held};
use super::outlet::{Outlet, Outward};
use super::{Fault, Tally};
use crate::formats::{self, Converter};

/// A task's instance with all that is downstream of it.
pub(super) struct Link {
    pub(super) task: TaskIndex,
    pub(super) step: usize,
    pub(super) kind: Kind,
    /// For each input: how it arrives.
    pub(super) formats: Vec<Format>,
    /// For each input: what turns it into the format the task accepts.
    pub(super) converters: Vec<Option<Converter>>,
    pub(super) instance: Instance,
    pub(super) outlet: Arc<Mutex<Outlet>>,
    pub(super) context: engine::Context,
    pub(super) config: Arc<str>,
    pub(super) tallies: Arc<Vec<Tally>>,
}

impl Link {
    /// The first call: an extract has none.
    pub(super) fn open(&mut self, shared: &Shared) -> Result<(), Fault> {
        let opened = match self.kind {
            Kind::Extract => Ok(()),
            Kind::Transform => self.instance.open_transform(&self.config, &self.context),
            Kind::Load => self.instance.open_load(&self.config, &self.context),
        };
        opened.map_err(|error| shared.fault(self.task, error))
    }

    /// Reads a piece of the source to its end.
    pub(super) fn extract(&mut self, split: &engine::Split, shared: &Shared) -> Result<(), Fault> {
        let ran = self.instance.run(&self.config, split, &self.context);
        self.tally_source();
        ran.map_err(|error| shared.fault(self.task, error))
    }

    /// Takes a chunk as it arrives, converts it if need be, and has it processed.
    pub(super) fn receive(
        &mut self,
        input: u32,
        chunk: &[u8],
        shared: &Shared,
    ) -> Result<(), Fault> {
        let number = input as usize;
        let format = self.formats[number];
        let rows = formats::rows(format, chunk)
            .map_err(|error| Fault::data(self.task, error))?
            .unwrap_or(0);
        self.tallies[self.step].received(rows, chunk.len());
        let Some(mut converter) = self.converters[number].take() else {
            return self.process(input, chunk, rows, shared);
        };
        let converted =
            converter.convert(chunk, &mut |part| self.process_part(input, part, shared));
        self.converters[number] = Some(converter);
        converted.map_err(|error| match error {
            formats::ConvertError::Out(fault) => fault,
            other => Fault::data(self.task, other),
        })
    }

    fn process_part(&mut self, input: u32, part: &[u8], shared: &Shared) -> Result<(), Fault> {
        let format = match self.formats[input as usize] {
            Format::Json => Format::Arrow,
            _ => Format::Json,
        };
        let rows = formats::rows(format, part).ok().flatten().unwrap_or(0);
        self.process(input, part, rows, shared)
    }

    /// Has one chunk processed; a chunk the task calls invalid is put aside where
    /// the pipeline says so.
    fn process(
        &mut self,
        input: u32,
        chunk: &[u8],
        rows: u64,
        shared: &Shared,
    ) -> Result<(), Fault> {
        let done = match self.kind {
            Kind::Transform => self.instance.process(input, chunk),
            Kind::Load => self.instance.write(chunk),
            Kind::Extract => unreachable!("nothing flows into an extract"),
        };
        match done {
            Ok(()) => Ok(()),
            Err(CallError::Invalid(reason)) => {
                let outlet = held(&self.outlet);
                if outlet.on_error == OnError::Fail {
                    drop(outlet);
                    return Err(shared.fault(self.task, CallError::Invalid(reason)));
                }
                self.tallies[self.step]
                    .rejected
                    .fetch_add(rows.max(1), Relaxed);
                shared.reject(&outlet.task_name, chunk, &reason)
            }
            Err(error) => Err(shared.fault(self.task, error)),
        }
    }

    /// After the last chunk: this task, then all behind it.
    pub(super) fn finish(&mut self, shared: &Shared) -> Result<(), Fault> {
        match self.kind {
            Kind::Extract => {}
            Kind::Transform => {
                self.instance
                    .finish()
                    .map_err(|error| shared.fault(self.task, error))?;
            }
            Kind::Load => {
                let receipt = self
                    .instance
                    .prepare()
                    .map_err(|error| shared.fault(self.task, error))?;
                shared.keep_receipt(Prepared {
                    task: self.task,
                    receipt,
                });
                self.tally_load();
            }
        }
        self.tally_cpu();
        let mut outlet = held(&self.outlet);
        for target in &mut outlet.targets {
            match target {
                Outward::Task(next) => next.finish(shared)?,
                Outward::Exchange(exchange) => exchange.finish(self.task, shared)?,
            }
        }
        Ok(())
    }

    fn tally_cpu(&self) {
        let nanos = u64::try_from(self.instance.cpu_time().as_nanos()).unwrap_or(u64::MAX);
        self.tallies[self.step].cpu_nanos.store(nanos, Relaxed);
    }

    /// What an extract read is what it emitted and what it put aside.
    fn tally_source(&self) {
        let tally = &self.tallies[self.step];
        let rows = tally.rows_out.load(Relaxed) + tally.rejected.load(Relaxed);
        tally.rows_in.store(rows, Relaxed);
        tally.bytes_in.store(self.instance.bytes_read(), Relaxed);
    }

    /// A load keeps what it does not put aside.
    fn tally_load(&self) {
        let tally = &self.tallies[self.step];
        let kept = tally
            .rows_in
            .load(Relaxed)
            .saturating_sub(tally.rejected.load(Relaxed));
        tally.rows_out.store(kept, Relaxed);
    }
}
