//! Sums of a column's values, one a group, and how many values they are of.

use std::sync::Arc;

use bubbles_sdk::Error;
use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::types::{
    ArrowPrimitiveType, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use bubbles_sdk::arrow::array::{
    Array, ArrayRef, BinaryArray, Decimal128Array, Float64Array, Int64Array, PrimitiveArray,
    UInt64Array,
};
use bubbles_sdk::arrow::schema::DataType;

use crate::exact::ExactSum;

mod part;

/// The sums so far.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    kind: Kind,
    /// Whole numbers, of decimals those without the point. Too wide to overflow.
    integers: Vec<i128>,
    floats: Vec<ExactSum>,
    /// How many values are in each sum.
    seen: Vec<u64>,
}

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    /// No value has come.
    #[default]
    Unknown,
    Signed,
    Unsigned,
    Float,
    Decimal {
        scale: i8,
    },
}

impl Kind {
    fn of(name: &str, ty: &DataType) -> Result<Self, Error> {
        Ok(match ty {
            DataType::Null => Self::Unknown,
            ty if ty.is_signed_integer() => Self::Signed,
            ty if ty.is_unsigned_integer() => Self::Unsigned,
            ty if ty.is_floating() => Self::Float,
            DataType::Decimal128(_, scale) => Self::Decimal { scale: *scale },
            other => {
                return Err(Error::fatal(format!(
                    "`{name}` holds {other}, which cannot be added up: numbers can"
                )));
            }
        })
    }
}

impl Sums {
    /// Makes room for as many groups.
    pub(crate) fn grow(&mut self, groups: usize) {
        self.seen.resize(groups, 0);
        self.integers
            .resize(if self.kind == Kind::Float { 0 } else { groups }, 0);
        self.floats.resize_with(
            if self.kind == Kind::Float { groups } else { 0 },
            Default::default,
        );
    }

    /// Adds the values of a batch to the groups of their rows.
    pub(crate) fn add(
        &mut self,
        name: &str,
        values: &ArrayRef,
        groups: &[u32],
    ) -> Result<(), Error> {
        self.become_kind(name, Kind::of(name, values.data_type())?)?;
        if self.kind == Kind::Float {
            return self.add_floats(values, groups);
        }
        macro_rules! integers {
            ($type:ty) => {
                self.each(
                    values.as_primitive::<$type>(),
                    groups,
                    |sums, group, value| {
                        let sum = &mut sums.integers[group];
                        *sum = sum
                            .checked_add(i128::from(value))
                            .ok_or_else(|| too_big(name))?;
                        Ok(())
                    },
                )
            };
        }
        match values.data_type() {
            DataType::Int8 => integers!(Int8Type),
            DataType::Int16 => integers!(Int16Type),
            DataType::Int32 => integers!(Int32Type),
            DataType::Int64 => integers!(Int64Type),
            DataType::UInt8 => integers!(UInt8Type),
            DataType::UInt16 => integers!(UInt16Type),
            DataType::UInt32 => integers!(UInt32Type),
            DataType::UInt64 => integers!(UInt64Type),
            DataType::Decimal128(..) => integers!(Decimal128Type),
            _ => Ok(()),
        }
    }

    fn add_floats(&mut self, values: &ArrayRef, groups: &[u32]) -> Result<(), Error> {
        macro_rules! floats {
            ($type:ty, $to_float:expr) => {
                self.each(
                    values.as_primitive::<$type>(),
                    groups,
                    |sums, group, value| {
                        sums.floats[group].add($to_float(value));
                        Ok(())
                    },
                )
            };
        }
        match values.data_type() {
            DataType::Float16 => floats!(Float16Type, f64::from),
            DataType::Float32 => floats!(Float32Type, f64::from),
            DataType::Float64 => floats!(Float64Type, f64::from),
            DataType::Int8 => floats!(Int8Type, f64::from),
            DataType::Int16 => floats!(Int16Type, f64::from),
            DataType::Int32 => floats!(Int32Type, f64::from),
            DataType::UInt8 => floats!(UInt8Type, f64::from),
            DataType::UInt16 => floats!(UInt16Type, f64::from),
            DataType::UInt32 => floats!(UInt32Type, f64::from),
            DataType::Int64 => self.each(values.as_primitive::<Int64Type>(), groups, |s, g, v| {
                add_integer(&mut s.floats[g], i128::from(v));
                Ok(())
            }),
            DataType::UInt64 => {
                self.each(values.as_primitive::<UInt64Type>(), groups, |s, g, v| {
                    add_integer(&mut s.floats[g], i128::from(v));
                    Ok(())
                })
            }
            _ => Ok(()),
        }
    }

    /// Calls `add` for each value that is none of null, and counts it.
    #[inline]
    fn each<T: ArrowPrimitiveType>(
        &mut self,
        values: &PrimitiveArray<T>,
        groups: &[u32],
        mut add: impl FnMut(&mut Self, usize, T::Native) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (row, (&value, &group)) in values.values().iter().zip(groups).enumerate() {
            if values.is_valid(row) {
                let group = group as usize;
                self.seen[group] += 1;
                add(self, group, value)?;
            }
        }
        Ok(())
    }

    /// Gets ready for values of a kind: whole numbers seen before become floats where floats come.
    fn become_kind(&mut self, name: &str, kind: Kind) -> Result<(), Error> {
        self.kind = match (self.kind, kind) {
            (before, now) if before == now => return Ok(()),
            (before, Kind::Unknown) => before,
            (Kind::Unknown, Kind::Float) | (Kind::Signed | Kind::Unsigned, Kind::Float) => {
                let to_float = |&integer: &i128| {
                    let mut sum = ExactSum::default();
                    add_integer(&mut sum, integer);
                    sum
                };
                self.floats = self.integers.iter().map(to_float).collect();
                self.integers.clear();
                Kind::Float
            }
            (Kind::Unknown, now) => now,
            (Kind::Float, Kind::Signed | Kind::Unsigned) => Kind::Float,
            (Kind::Signed, Kind::Unsigned) | (Kind::Unsigned, Kind::Signed) => Kind::Signed,
            _ => {
                return Err(Error::fatal(format!(
                    "`{name}` is of one type of number in one chunk and of another in the next: \
                     a decimal is added only to decimals of the same scale"
                )));
            }
        };
        Ok(())
    }

    /// The sums, null where there was no value, and an empty start.
    pub(crate) fn take_sums(&mut self, name: &str) -> Result<ArrayRef, Error> {
        let Self {
            kind,
            integers,
            floats,
            seen,
        } = std::mem::take(self);
        self.kind = kind;
        let integers = integers
            .iter()
            .zip(&seen)
            .map(|(&sum, &n)| (n > 0).then_some(sum));
        Ok(match kind {
            Kind::Unknown => Arc::new(Float64Array::new_null(seen.len())),
            Kind::Signed => {
                let narrow = |sum: i128| i64::try_from(sum).map_err(|_| too_big(name));
                let sums = integers.map(|sum| sum.map(narrow).transpose());
                Arc::new(sums.collect::<Result<Int64Array, _>>()?)
            }
            Kind::Unsigned => {
                let narrow = |sum: i128| u64::try_from(sum).map_err(|_| too_big(name));
                let sums = integers.map(|sum| sum.map(narrow).transpose());
                Arc::new(sums.collect::<Result<UInt64Array, _>>()?)
            }
            Kind::Float => {
                let sums = floats
                    .iter()
                    .zip(&seen)
                    .map(|(sum, &n)| (n > 0).then(|| sum.rounded()));
                Arc::new(sums.collect::<Float64Array>())
            }
            Kind::Decimal { scale } => {
                let sums = integers.collect::<Decimal128Array>();
                let sums = sums.with_precision_and_scale(38, scale)?;
                sums.validate_decimal_precision(38)
                    .map_err(|_| too_big(name))?;
                Arc::new(sums)
            }
        })
    }

    /// The means, null where there was no value, and an empty start.
    pub(crate) fn take_means(&mut self) -> ArrayRef {
        let Self {
            kind,
            integers,
            floats,
            seen,
        } = std::mem::take(self);
        self.kind = kind;
        let sum = |group: usize| match kind {
            Kind::Float => floats[group].rounded(),
            Kind::Decimal { scale } => integers[group] as f64 / 10_f64.powi(i32::from(scale)),
            Kind::Unknown | Kind::Signed | Kind::Unsigned => integers[group] as f64,
        };
        let mean = |(group, &n): (usize, &u64)| (n > 0).then(|| sum(group) / n as f64);
        Arc::new(seen.iter().enumerate().map(mean).collect::<Float64Array>())
    }

    /// What each group amounts to, for another phase to put together, and an empty start.
    pub(crate) fn take_parts(&mut self) -> ArrayRef {
        let parts: BinaryArray = (0..self.seen.len()).map(|group| self.part(group)).collect();
        let kind = self.kind;
        *self = Self {
            kind,
            ..Self::default()
        };
        Arc::new(parts)
    }

    /// Adds what a partial phase gave.
    pub(crate) fn merge(
        &mut self,
        name: &str,
        parts: &ArrayRef,
        groups: &[u32],
    ) -> Result<(), Error> {
        let not_parts = || Error::fatal(format!("`{name}` is not what a partial phase gives"));
        let parts = parts.as_binary_opt::<i32>().ok_or_else(not_parts)?;
        for (part, &group) in parts.iter().zip(groups) {
            if let Some(part) = part {
                self.merge_part(name, part, group as usize)?
                    .ok_or_else(not_parts)?;
            }
        }
        Ok(())
    }
}

/// Adds a whole number exactly, even one that is no float.
fn add_integer(sum: &mut ExactSum, integer: i128) {
    let near = integer as f64;
    sum.add(near);
    sum.add((integer - near as i128) as f64);
}

#[cold]
fn too_big(name: &str) -> Error {
    Error::fatal(format!(
        "the sum `{name}` is bigger than its type of whole number holds"
    ))
}
