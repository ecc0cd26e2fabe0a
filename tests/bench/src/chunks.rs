//! Chunks through a transform that changes nothing, alone and in a chain of four on one thread,
//! beside a plain copy of the same bytes twice.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use bubbles_engine::Instance;

use crate::place::Place;
use crate::report::{Figure, Goal, Report, median};
use crate::sandbox::{End, Next, Sandbox};

/// Bytes that go through in one measurement.
const BYTES: usize = 1 << 30;
const MEASUREMENTS: usize = 5;

pub(crate) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let sandbox = Sandbox::of(place, "identity")?;
    for kib in [64, 256, 1024, 4096] {
        let chunk: Vec<u8> = (0..kib << 10).map(|n| (n % 251) as u8).collect();
        let copied = gigabytes_a_second(&chunk, 1, copy_twice(chunk.len()))?;
        for tasks in [1, 4] {
            let mut first = chain(&sandbox, tasks)?;
            let moved = gigabytes_a_second(&chunk, tasks, |chunk| Ok(first.process(0, chunk)?))?;
            report.add(Figure {
                name: format!("identity × {tasks}, chunks of {kib} KiB, a core and task"),
                value: moved,
                unit: "GB/s",
                yardstick: Some(("memcpy twice", copied)),
                goal: Goal::AtLeast(10.0),
            });
        }
    }
    Ok(())
}

/// Tasks that hand each chunk to the next from within `emit`; the first of them.
fn chain(sandbox: &Sandbox, tasks: usize) -> Result<Instance> {
    let mut first = sandbox.opened(Box::new(End))?;
    for _ in 1..tasks {
        first = sandbox.opened(Box::new(Next(first)))?;
    }
    Ok(first)
}

/// Copies a chunk to a second place and from there to a third.
fn copy_twice(bytes: usize) -> impl FnMut(&[u8]) -> Result<()> {
    let (mut second, mut third) = (Pages::new(bytes), Pages::new(bytes));
    let mut first: Option<Pages> = None;
    move |chunk| {
        let first = first.get_or_insert_with(|| Pages::of(chunk));
        second.bytes().copy_from_slice(black_box(first.bytes()));
        third.bytes().copy_from_slice(black_box(second.bytes()));
        black_box(third.bytes());
        Ok(())
    }
}

/// Bytes that begin where a page does: some processors copy many times slower between places that
/// lie at certain distances within their pages, and a yardstick must not hang on the allocator.
struct Pages {
    memory: Vec<u8>,
    start: usize,
    bytes: usize,
}

impl Pages {
    const PAGE: usize = 4096;

    fn new(bytes: usize) -> Self {
        let memory = vec![1; bytes + Self::PAGE];
        let start = memory.as_ptr().align_offset(Self::PAGE);
        Self {
            memory,
            start,
            bytes,
        }
    }

    fn of(content: &[u8]) -> Self {
        let mut pages = Self::new(content.len());
        pages.bytes().copy_from_slice(content);
        pages
    }

    fn bytes(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..][..self.bytes]
    }
}

fn gigabytes_a_second(
    chunk: &[u8],
    tasks: usize,
    mut pass: impl FnMut(&[u8]) -> Result<()>,
) -> Result<f64> {
    let passes = BYTES / chunk.len();
    let mut speeds = Vec::new();
    for _ in 0..MEASUREMENTS {
        let start = Instant::now();
        for _ in 0..passes {
            pass(chunk)?;
        }
        let bytes = (passes * chunk.len() * tasks) as f64;
        speeds.push(bytes / start.elapsed().as_secs_f64() / 1e9);
    }
    Ok(median(speeds))
}
