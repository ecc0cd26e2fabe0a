//! One column of the output in the making.

use std::sync::Arc;

use bubbles_sdk::Error;
use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::types::Int64Type;
use bubbles_sdk::arrow::array::{ArrayRef, Int64Array};

use crate::config::{Function, Output};
use crate::extremes::Extremes;
use crate::sums::Sums;

/// What is known so far of each group.
#[derive(Debug)]
pub(crate) enum Measure {
    Count(Vec<i64>),
    Sum(Sums),
    Mean(Sums),
    Extreme(Extremes),
}

impl Measure {
    pub(crate) fn new(output: &Output) -> Self {
        match output.function {
            Function::Count => Self::Count(Vec::new()),
            Function::Sum => Self::Sum(Sums::default()),
            Function::Mean => Self::Mean(Sums::default()),
            Function::Min => Self::Extreme(Extremes::new(false)),
            Function::Max => Self::Extreme(Extremes::new(true)),
        }
    }

    /// Makes room for as many groups.
    pub(crate) fn grow(&mut self, groups: usize) {
        match self {
            Self::Count(counts) => counts.resize(groups, 0),
            Self::Sum(sums) | Self::Mean(sums) => sums.grow(groups),
            Self::Extreme(extremes) => extremes.grow(groups),
        }
    }

    /// Counts the rows of a batch.
    pub(crate) fn count(&mut self, groups: &[u32]) {
        if let Self::Count(counts) = self {
            groups.iter().for_each(|&group| counts[group as usize] += 1);
        }
    }

    /// Takes the values of a batch.
    pub(crate) fn add(
        &mut self,
        output: &Output,
        values: &ArrayRef,
        groups: &[u32],
    ) -> Result<(), Error> {
        let name = output.column.as_ref().unwrap_or(&output.name);
        match self {
            Self::Count(_) => Ok(()),
            Self::Sum(sums) | Self::Mean(sums) => sums.add(name, values, groups),
            Self::Extreme(extremes) => extremes.add(name, values, groups),
        }
    }

    /// Takes what a partial phase gave.
    pub(crate) fn merge(
        &mut self,
        output: &Output,
        parts: &ArrayRef,
        groups: &[u32],
    ) -> Result<(), Error> {
        let name = &output.name;
        match self {
            Self::Count(counts) => {
                let parts = parts.as_primitive_opt::<Int64Type>().ok_or_else(|| {
                    Error::fatal(format!("`{name}` is not what a partial phase gives"))
                })?;
                for (&part, &group) in parts.values().iter().zip(groups) {
                    counts[group as usize] += part;
                }
                Ok(())
            }
            Self::Sum(sums) | Self::Mean(sums) => sums.merge(name, parts, groups),
            Self::Extreme(extremes) => extremes.add(name, parts, groups),
        }
    }

    /// What each group amounts to, for the final phase, and an empty start.
    pub(crate) fn take_partials(&mut self) -> Result<ArrayRef, Error> {
        match self {
            Self::Count(counts) => Ok(Arc::new(Int64Array::from(std::mem::take(counts)))),
            Self::Sum(sums) | Self::Mean(sums) => Ok(sums.take_parts()),
            Self::Extreme(extremes) => extremes.take(),
        }
    }

    /// The values that come out, and an empty start.
    pub(crate) fn take_results(&mut self, output: &Output) -> Result<ArrayRef, Error> {
        match self {
            Self::Count(counts) => Ok(Arc::new(Int64Array::from(std::mem::take(counts)))),
            Self::Sum(sums) => sums.take_sums(&output.name),
            Self::Mean(sums) => Ok(sums.take_means()),
            Self::Extreme(extremes) => extremes.take(),
        }
    }
}
