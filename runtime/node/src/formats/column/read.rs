//! Fills columns while json is parsed: no tree of values in between.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::name::Name;
use super::{Column, FieldProblem, Objects, Values, end};

/// Objects and arrays within each other. Readers of arrow check the schema with
/// a depth of 64, and a level takes two of it.
pub(super) const MAX_DEPTH: usize = 24;

/// Columns of a schema, nested ones counted. Far more than tables have; a limit
/// because each costs memory in every row.
pub(super) const MAX_COLUMNS: usize = 10_000;

/// Values that stand for fields which are not there, in one batch: 64 MiB of
/// them. A batch ends long before, unless one row alone asks for so many.
const MAX_BATCH_PADDING: usize = 8 << 20;

/// The same in one chunk, for each of its bytes. Real tables stay far below; names
/// that are ids would have the node write hundreds of times what it reads.
const MAX_PADDING_PER_BYTE: usize = 16;

/// What is kept while rows are read.
#[derive(Debug, Default)]
pub(in crate::formats) struct Reading {
    pub(super) columns: usize,
    batch_padding: usize,
    padding_left: usize,
    trouble: Option<(String, FieldProblem)>,
}

impl Reading {
    /// A chunk of so many bytes comes next.
    pub(in crate::formats) fn start_chunk(&mut self, bytes: usize) {
        self.padding_left = MAX_BATCH_PADDING + MAX_PADDING_PER_BYTE * bytes;
        self.start_batch();
    }

    /// The rows read from here on are another batch.
    pub(in crate::formats) fn start_batch(&mut self) {
        self.batch_padding = 0;
    }

    /// About how many bytes of the batch stand for fields which are not there.
    pub(in crate::formats) fn padding_bytes(&self) -> usize {
        self.batch_padding * size_of::<u64>()
    }

    /// What the last row failed for, if it was json: the field and its problem.
    pub(in crate::formats) fn trouble(&mut self) -> Option<(String, FieldProblem)> {
        self.trouble.take()
    }

    pub(super) fn fail<E: Error>(&mut self, problem: FieldProblem) -> E {
        self.trouble = Some((String::new(), problem));
        E::custom(problem)
    }

    pub(super) fn pad<E: Error>(&mut self, values: usize) -> Result<(), E> {
        self.batch_padding += values;
        match self.padding_left.checked_sub(values) {
            Some(left) if self.batch_padding <= MAX_BATCH_PADDING => self.padding_left = left,
            _ => return Err(self.fail(FieldProblem::Sparse)),
        }
        Ok(())
    }

    /// The trouble is in the field `name` of what is being read.
    pub(super) fn within(&mut self, name: &str) {
        if let Some((field, _)) = &mut self.trouble {
            *field = if field.is_empty() {
                name.to_owned()
            } else {
                format!("{name}.{field}")
            };
        }
    }
}

/// Reads one object into the columns of all rows.
pub(in crate::formats) struct Row<'a> {
    pub(in crate::formats) rows: &'a mut Column,
    pub(in crate::formats) reading: &'a mut Reading,
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_object(
            Cell {
                column: self.rows,
                reading: self.reading,
                depth: 0,
            },
            map,
        )
    }
}

/// Reads one value of any kind into a column.
struct Cell<'a> {
    column: &'a mut Column,
    reading: &'a mut Reading,
    depth: usize,
}

impl Cell<'_> {
    fn fit<E: Error>(
        self,
        push: impl FnOnce(&mut Column) -> Result<(), FieldProblem>,
    ) -> Result<(), E> {
        push(self.column).map_err(|problem| self.reading.fail(problem))
    }
}

impl<'de> DeserializeSeed<'de> for Cell<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cell<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a json value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.column.push_null();
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.fit(|column| column.push_bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.fit(|column| column.push_int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.fit(|column| match i64::try_from(value) {
            Ok(int) => column.push_int(int),
            Err(_) => column.push_float(value as f64),
        })
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.fit(|column| column.push_float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.fit(|column| column.push_text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        let Self {
            column,
            reading,
            depth,
        } = self;
        if depth >= MAX_DEPTH {
            return Err(reading.fail(FieldProblem::Deep));
        }
        column.begin(|len| Values::Lists {
            ends: vec![0; len],
            items: Box::default(),
        });
        let (ends, items) = match &mut column.values {
            Values::Lists { ends, items } => (ends, items),
            values => {
                let before = values.kind();
                return Err(reading.fail(FieldProblem::Mixed {
                    before,
                    now: "an array",
                }));
            }
        };
        loop {
            let item = Cell {
                column: items,
                reading,
                depth: depth + 1,
            };
            if array.next_element_seed(item)?.is_none() {
                break;
            }
        }
        ends.push(end(items.len()));
        column.valid.append_non_null();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_object(self, map)
    }
}

fn read_object<'de, A: MapAccess<'de>>(cell: Cell<'_>, mut map: A) -> Result<(), A::Error> {
    let Cell {
        column,
        reading,
        depth,
    } = cell;
    if depth >= MAX_DEPTH {
        return Err(reading.fail(FieldProblem::Deep));
    }
    column.begin(|_| Values::Objects(Objects::default()));
    let rows = column.len();
    let objects = match &mut column.values {
        Values::Objects(objects) => objects,
        values => {
            let before = values.kind();
            return Err(reading.fail(FieldProblem::Mixed {
                before,
                now: "an object",
            }));
        }
    };
    let (mut seen, mut guess) = (0, 0);
    while let Some(index) = map.next_key_seed(Name {
        objects,
        reading,
        rows,
        guess,
    })? {
        let column = &mut objects.columns[index];
        let result = match column.len() {
            len if len > rows => Err(reading.fail(FieldProblem::Twice)),
            _ => map.next_value_seed(Cell {
                column,
                reading,
                depth: depth + 1,
            }),
        };
        result.inspect_err(|_| reading.within(&objects.names[index]))?;
        seen += 1;
        guess = index + 1;
    }
    if seen < objects.columns.len() {
        let absent = objects
            .columns
            .iter_mut()
            .filter(|column| column.len() == rows);
        reading.pad(absent.map(Column::push_null).sum())?;
    }
    column.valid.append_non_null();
    Ok(())
}
