//! The least or the greatest of a column's values, one a group.

use std::cmp::Ordering;
use std::sync::Arc;

use bubbles_sdk::Error;
use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::types::{
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use bubbles_sdk::arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, PrimitiveArray, StringArray,
    make_array, new_null_array,
};
use bubbles_sdk::arrow::schema::DataType;

use crate::text;

/// The least or greatest values so far.
#[derive(Debug)]
pub(crate) struct Extremes {
    greatest: bool,
    groups: usize,
    best: Best,
}

#[derive(Debug)]
enum Best {
    /// No value has come.
    Unknown,
    /// Whole numbers, and all that is one inside: dates, times, decimals, true and false.
    Numbers {
        ty: DataType,
        best: Vec<Option<i128>>,
    },
    Floats {
        ty: DataType,
        best: Vec<Option<f64>>,
    },
    Texts(Vec<Option<Box<str>>>),
}

impl Extremes {
    pub(crate) fn new(greatest: bool) -> Self {
        Self {
            greatest,
            groups: 0,
            best: Best::Unknown,
        }
    }

    /// Makes room for as many groups.
    pub(crate) fn grow(&mut self, groups: usize) {
        self.groups = groups;
        match &mut self.best {
            Best::Unknown => {}
            Best::Numbers { best, .. } => best.resize(groups, None),
            Best::Floats { best, .. } => best.resize(groups, None),
            Best::Texts(best) => best.resize(groups, None),
        }
    }

    /// Compares the values of a batch with the best of the groups of their rows.
    pub(crate) fn add(
        &mut self,
        name: &str,
        values: &ArrayRef,
        groups: &[u32],
    ) -> Result<(), Error> {
        if *values.data_type() == DataType::Null {
            return Ok(());
        }
        let values = text::plain(values)?;
        self.become_type(name, values.data_type())?;
        let wanted = if self.greatest {
            Ordering::Greater
        } else {
            Ordering::Less
        };
        match &mut self.best {
            Best::Unknown => {}
            Best::Numbers { best, .. } => {
                each_number(&values, |row, value| {
                    let best = &mut best[groups[row] as usize];
                    if best.is_none_or(|best| value.cmp(&best) == wanted) {
                        *best = Some(value);
                    }
                })?;
            }
            Best::Floats { best, .. } => each_float(&values, |row, value| {
                // What is no number is greater than all numbers, as SQL has it.
                let value = if value.is_nan() { f64::NAN } else { value };
                let best = &mut best[groups[row] as usize];
                if best.is_none_or(|best| value.total_cmp(&best) == wanted) {
                    *best = Some(value);
                }
            })?,
            Best::Texts(best) => {
                for (value, &group) in values.as_string::<i32>().iter().zip(groups) {
                    let Some(value) = value else { continue };
                    let best = &mut best[group as usize];
                    if best.as_deref().is_none_or(|best| value.cmp(best) == wanted) {
                        *best = Some(value.into());
                    }
                }
            }
        }
        Ok(())
    }

    /// Gets ready for values of a type: whole numbers seen before become floats where floats come.
    fn become_type(&mut self, name: &str, ty: &DataType) -> Result<(), Error> {
        match (&mut self.best, ty) {
            (Best::Numbers { ty: before, .. }, ty) if before == ty => {}
            (Best::Floats { .. }, ty) if ty.is_floating() || ty.is_integer() => {}
            (Best::Texts(_), DataType::Utf8) => {}
            (Best::Numbers { ty: before, best }, ty) if before.is_integer() && ty.is_floating() => {
                let best = best
                    .iter()
                    .map(|best| best.map(|best| best as f64))
                    .collect();
                self.best = Best::Floats {
                    ty: DataType::Float64,
                    best,
                };
            }
            (Best::Numbers { ty: before, .. }, ty) if before.is_integer() && ty.is_integer() => {
                *before = DataType::Int64;
            }
            (Best::Unknown, ty) => {
                self.best = match ty {
                    DataType::Utf8 => Best::Texts(Vec::new()),
                    ty if ty.is_floating() => Best::Floats {
                        ty: ty.clone(),
                        best: Vec::new(),
                    },
                    ty => Best::Numbers {
                        ty: ty.clone(),
                        best: Vec::new(),
                    },
                };
                self.grow(self.groups);
            }
            (_, ty) => {
                return Err(Error::fatal(format!(
                    "the values of `{name}` are of one type in one chunk and {ty} in another"
                )));
            }
        }
        Ok(())
    }

    /// The best values, null where there was none, and an empty start.
    pub(crate) fn take(&mut self) -> Result<ArrayRef, Error> {
        let groups = std::mem::take(&mut self.groups);
        Ok(match &mut self.best {
            Best::Unknown => new_null_array(&DataType::Null, groups),
            Best::Texts(best) => Arc::new(
                std::mem::take(best)
                    .iter()
                    .map(Option::as_deref)
                    .collect::<StringArray>(),
            ),
            Best::Floats {
                ty: DataType::Float32,
                best,
            } => {
                let best = std::mem::take(best)
                    .into_iter()
                    .map(|best| best.map(|best| best as f32));
                Arc::new(best.collect::<PrimitiveArray<Float32Type>>())
            }
            Best::Floats { best, .. } => {
                Arc::new(std::mem::take(best).into_iter().collect::<Float64Array>())
            }
            Best::Numbers { ty, best } => of_type(ty, &std::mem::take(best))?,
        })
    }
}

/// Calls `see` with each whole number that is not null, and its row.
fn each_number(values: &ArrayRef, mut see: impl FnMut(usize, i128)) -> Result<(), Error> {
    macro_rules! each {
        ($type:ty) => {{
            let values = values.as_primitive::<$type>();
            for (row, &value) in values.values().iter().enumerate() {
                if values.is_valid(row) {
                    see(row, i128::from(value));
                }
            }
        }};
    }
    match values.data_type() {
        DataType::Boolean => {
            for (row, value) in values.as_boolean().iter().enumerate() {
                if let Some(value) = value {
                    see(row, i128::from(value));
                }
            }
        }
        DataType::Int8 => each!(Int8Type),
        DataType::Int16 => each!(Int16Type),
        DataType::Int32 => each!(Int32Type),
        DataType::Int64 => each!(Int64Type),
        DataType::UInt8 => each!(UInt8Type),
        DataType::UInt16 => each!(UInt16Type),
        DataType::UInt32 => each!(UInt32Type),
        DataType::UInt64 => each!(UInt64Type),
        DataType::Decimal128(..) => each!(Decimal128Type),
        ty if ty.is_temporal() => {
            let integers = match ty.primitive_width() {
                Some(4) => DataType::Int32,
                _ => DataType::Int64,
            };
            let integers = values
                .to_data()
                .into_builder()
                .data_type(integers)
                .build()?;
            return each_number(&make_array(integers), see);
        }
        other => {
            return Err(Error::fatal(format!(
                "{other} has no least and no greatest value: text, numbers, dates and times have"
            )));
        }
    }
    Ok(())
}

/// Calls `see` with each number that is not null, and its row.
fn each_float(values: &ArrayRef, mut see: impl FnMut(usize, f64)) -> Result<(), Error> {
    match values.data_type() {
        DataType::Float64 => {
            let values = values.as_primitive::<Float64Type>();
            for (row, &value) in values.values().iter().enumerate() {
                if values.is_valid(row) {
                    see(row, value);
                }
            }
        }
        DataType::Float32 => {
            let values = values.as_primitive::<Float32Type>();
            for (row, &value) in values.values().iter().enumerate() {
                if values.is_valid(row) {
                    see(row, f64::from(value));
                }
            }
        }
        _ => return each_number(values, |row, value| see(row, value as f64)),
    }
    Ok(())
}

/// Whole numbers as values of the type they were.
fn of_type(ty: &DataType, best: &[Option<i128>]) -> Result<ArrayRef, Error> {
    macro_rules! numbers {
        ($type:ty, $native:ty) => {
            Arc::new(
                best.iter()
                    .map(|best| best.map(|best| best as $native))
                    .collect::<PrimitiveArray<$type>>(),
            )
        };
    }
    let wide = ty.is_temporal() && ty.primitive_width() == Some(8);
    let array: ArrayRef = match ty {
        DataType::Boolean => Arc::new(
            best.iter()
                .map(|best| best.map(|best| best != 0))
                .collect::<BooleanArray>(),
        ),
        DataType::Int8 => numbers!(Int8Type, i8),
        DataType::Int16 => numbers!(Int16Type, i16),
        DataType::Int32 => numbers!(Int32Type, i32),
        DataType::UInt8 => numbers!(UInt8Type, u8),
        DataType::UInt16 => numbers!(UInt16Type, u16),
        DataType::UInt32 => numbers!(UInt32Type, u32),
        DataType::UInt64 => numbers!(UInt64Type, u64),
        DataType::Decimal128(..) => Arc::new(best.iter().copied().collect::<Decimal128Array>()),
        _ if wide || *ty == DataType::Int64 => numbers!(Int64Type, i64),
        _ => numbers!(Int32Type, i32),
    };
    Ok(make_array(
        array
            .to_data()
            .into_builder()
            .data_type(ty.clone())
            .build()?,
    ))
}
