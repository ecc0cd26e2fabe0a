//! Which group a row is in.

use std::collections::HashMap;

use bubbles_sdk::Error;
use bubbles_sdk::arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use bubbles_sdk::arrow::schema::DataType;
use bubbles_sdk::arrow::select::{concat::concat, take::take};
use foldhash::fast::FixedState;

use crate::key_bytes::KeyColumn;
use crate::text;

/// The groups found so far, numbered in the order they were found.
#[derive(Debug)]
pub(crate) struct Keys {
    groups: HashMap<Box<[u8]>, u32, FixedState>,
    /// The key columns; unknown before the first batch.
    columns: Option<Vec<Column>>,
    /// How many key columns there are. Without any, all rows are one group.
    width: usize,
    /// What the keys take, about.
    bytes: usize,
}

/// The values of a key column, one a group, as they came in.
#[derive(Debug)]
struct Column {
    ty: DataType,
    pieces: Vec<ArrayRef>,
}

/// What an entry of the map takes beside its key.
const ENTRY_BYTES: usize = 32;

impl Keys {
    pub(crate) fn new(width: usize) -> Self {
        Self {
            groups: HashMap::default(),
            columns: None,
            width,
            bytes: 0,
        }
    }

    /// How many groups there are.
    pub(crate) fn len(&self) -> usize {
        self.groups.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a batch has come, so that the types of the columns are known.
    pub(crate) fn is_known(&self) -> bool {
        self.columns.is_some()
    }

    /// Makes sure of the one group that there is without key columns.
    pub(crate) fn total(&mut self) {
        self.groups.entry(Box::default()).or_insert(0);
        self.columns.get_or_insert_default();
    }

    /// The group of each row.
    pub(crate) fn groups(
        &mut self,
        keys: &[(&str, ArrayRef)],
        rows: usize,
    ) -> Result<Vec<u32>, Error> {
        if self.width == 0 {
            self.columns.get_or_insert_default();
            if rows > 0 {
                self.total();
            }
            return Ok(vec![0; rows]);
        }
        let arrays: Vec<ArrayRef> = keys
            .iter()
            .map(|(_, array)| text::plain(array))
            .collect::<Result<_, _>>()?;
        self.check_types(keys, &arrays)?;
        let columns: Vec<KeyColumn> = keys
            .iter()
            .zip(&arrays)
            .map(|((name, _), array)| KeyColumn::new(name, array))
            .collect::<Result<_, _>>()?;
        let mut found = Vec::with_capacity(rows);
        let mut new_rows = Vec::new();
        let mut last = (Vec::new(), u32::MAX);
        let mut key = Vec::new();
        for row in 0..rows {
            key.clear();
            columns
                .iter()
                .for_each(|column| column.append(row, &mut key));
            if last.0 != key {
                last.1 = match self.groups.get(key.as_slice()) {
                    Some(&group) => group,
                    None => {
                        new_rows.push(u32::try_from(row).expect("a chunk has under 4 G rows"));
                        self.insert(&key)?
                    }
                };
                std::mem::swap(&mut last.0, &mut key);
            }
            found.push(last.1);
        }
        self.keep(&arrays, new_rows)?;
        Ok(found)
    }

    fn insert(&mut self, key: &[u8]) -> Result<u32, Error> {
        let group = u32::try_from(self.groups.len())
            .map_err(|_| Error::fatal("there are over four thousand million groups"))?;
        self.groups.insert(key.into(), group);
        self.bytes += key.len() + ENTRY_BYTES;
        Ok(group)
    }

    /// Keeps the values of the rows that began a group.
    fn keep(&mut self, arrays: &[ArrayRef], new_rows: Vec<u32>) -> Result<(), Error> {
        if new_rows.is_empty() {
            return Ok(());
        }
        let new_rows = UInt32Array::from(new_rows);
        for (column, array) in self.columns.iter_mut().flatten().zip(arrays) {
            let piece = take(array, &new_rows, None)?;
            self.bytes += piece.get_array_memory_size();
            column.pieces.push(piece);
        }
        Ok(())
    }

    /// Checks that each column is of one type in all chunks; one without any value fits all.
    fn check_types(&mut self, keys: &[(&str, ArrayRef)], arrays: &[ArrayRef]) -> Result<(), Error> {
        let columns = self.columns.get_or_insert_with(|| {
            let column = |array: &ArrayRef| Column {
                ty: array.data_type().clone(),
                pieces: Vec::new(),
            };
            arrays.iter().map(column).collect()
        });
        for ((column, array), (name, _)) in columns.iter_mut().zip(arrays).zip(keys) {
            let ty = array.data_type();
            if column.ty == DataType::Null {
                column.ty = ty.clone();
            } else if *ty != column.ty && *ty != DataType::Null {
                return Err(Error::fatal(format!(
                    "`{name}` is {} in one chunk and {ty} in another: a key has one type",
                    column.ty
                )));
            }
        }
        Ok(())
    }

    /// The groups in the order of their keys.
    pub(crate) fn order(&self) -> Vec<u32> {
        let mut groups: Vec<(&[u8], u32)> = self
            .groups
            .iter()
            .map(|(key, &group)| (&**key, group))
            .collect();
        groups.sort_unstable();
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// The values of the key columns, one a group, and an empty start; types stay known.
    pub(crate) fn take(&mut self) -> Result<Vec<ArrayRef>, Error> {
        self.groups.clear();
        self.bytes = 0;
        let values = |column: &mut Column| {
            let of_type = |piece: ArrayRef| match piece.data_type() {
                DataType::Null => new_null_array(&column.ty, piece.len()),
                _ => piece,
            };
            let pieces: Vec<ArrayRef> = column.pieces.drain(..).map(of_type).collect();
            if pieces.is_empty() {
                return Ok(new_null_array(&column.ty, 0));
            }
            let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
            Ok(concat(&pieces)?)
        };
        self.columns.iter_mut().flatten().map(values).collect()
    }
}
