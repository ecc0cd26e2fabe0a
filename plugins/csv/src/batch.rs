//! Records become chunks; those that cannot are rejected.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bubbles_files::ByteSize;
use bubbles_sdk::output::CHUNK_BYTES;
use bubbles_sdk::{Error, arrow, output, rejects};

use crate::columns::{Column, Fields, Misfit};
use crate::config::ReadConfig;
use crate::dialect::Dialect;
use crate::field::{self, shown};
use crate::index::Index;
use crate::nulls::Nulls;
use crate::table::Table;

/// Reads the records of a split.
pub(crate) struct Records {
    url: String,
    dialect: Dialect,
    max_record: ByteSize,
    table: Table,
    schema: SchemaRef,
    nulls: Nulls,
    index: Index,
    columns: Vec<Column>,
    rows: usize,
    /// The first field of each record of a window that has the right number of fields.
    whole: Vec<u32>,
    misfits: Vec<Misfit>,
}

/// A piece of a file, and where in the file it begins.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) offset: u64,
}

impl Records {
    pub(crate) fn new(url: &str, config: &ReadConfig, table: Table) -> Result<Self, Error> {
        let dialect = config.dialect()?;
        let nulls = Nulls::new(&config.nulls);
        let columns = table
            .columns
            .iter()
            .map(|column| Column::new(column, &nulls))
            .collect();
        Ok(Self {
            url: url.to_owned(),
            dialect,
            max_record: config.max_record,
            schema: table.schema(),
            table,
            nulls,
            index: Index::new(dialect),
            columns,
            rows: 0,
            whole: Vec::new(),
            misfits: Vec::new(),
        })
    }

    /// Reads all whole records, emitting chunks as they fill. Gives how many bytes it took.
    pub(crate) fn read(&mut self, place: Place<'_>) -> Result<usize, Error> {
        let mut at = 0;
        loop {
            let end = self.index.fill(place.bytes, at);
            if end == at {
                break;
            }
            self.select(place)?;
            self.append(place);
            if self.columns.iter().map(Column::bytes).sum::<usize>() >= CHUNK_BYTES {
                self.emit()?;
            }
            at = end;
        }
        let left = (place.bytes.len() - at) as u64;
        if left > self.max_record.0 {
            return Err(too_long(
                &self.url,
                place.offset + at as u64,
                self.max_record,
            ));
        }
        Ok(at)
    }

    /// Emits what is left. `rest` is what stands behind the last newline of the file.
    pub(crate) fn finish(&mut self, rest: Place<'_>) -> Result<(), Error> {
        if !rest.bytes.is_empty() {
            let ended = [rest.bytes, b"\n"].concat();
            let taken = self.read(Place {
                bytes: &ended,
                offset: rest.offset,
            })?;
            if taken < ended.len() {
                let left = &rest.bytes[taken..];
                let offset = rest.offset + taken as u64;
                self.reject(left, offset, "a quote is not closed before the file ends");
            }
        }
        self.emit()
    }

    /// Emits what is left of a split behind which the file goes on.
    pub(crate) fn emit(&mut self) -> Result<(), Error> {
        if self.rows == 0 {
            return Ok(());
        }
        let arrays = self
            .columns
            .iter_mut()
            .map(Column::take)
            .collect::<Result<Vec<_>, _>>();
        let batch = arrays.and_then(|arrays| RecordBatch::try_new(self.schema.clone(), arrays));
        let batch = batch.map_err(|error| Error::fatal(format!("{:?}: {error}", self.url)))?;
        self.rows = 0;
        output::emit(&arrow::encode(&batch));
        Ok(())
    }

    /// Finds the records with the right number of fields, and rejects the others. An empty line
    /// is no record.
    fn select(&mut self, place: Place<'_>) -> Result<(), Error> {
        self.whole.clear();
        for record in 0..self.index.records() {
            let range = self.index.record(record);
            if range.len() as u64 > self.max_record.0 {
                let offset = place.offset + range.start as u64;
                return Err(too_long(&self.url, offset, self.max_record));
            }
            let width = self.index.width(record);
            if width == self.table.width && range.len() > 1 {
                self.whole.push(self.index.firsts()[record]);
                continue;
            }
            let bytes = &place.bytes[range.clone()];
            if field::without_return(bytes).is_empty() {
                continue;
            }
            if width == self.table.width {
                self.whole.push(self.index.firsts()[record]);
            } else {
                let fields = if width == 1 { "field" } else { "fields" };
                let why = format!(
                    "{width} {fields} where there should be {}",
                    self.table.width
                );
                self.reject(bytes, place.offset + range.start as u64, &why);
            }
        }
        Ok(())
    }

    /// Adds the selected records to the columns. Those with a value that does not fit are taken
    /// out and rejected, and the others added again: that is rare, and so the rest is fast.
    fn append(&mut self, place: Place<'_>) {
        loop {
            self.misfits.clear();
            for (column, planned) in self.columns.iter_mut().zip(&self.table.columns) {
                let fields = Fields {
                    bytes: place.bytes,
                    index: &self.index,
                    records: &self.whole,
                    field: planned.field,
                    is_last: planned.field + 1 == self.table.width,
                    quote: self.dialect.quote,
                };
                column.append(fields, &self.nulls, &mut self.misfits);
            }
            if self.misfits.is_empty() {
                self.rows += self.whole.len();
                return;
            }
            for column in &mut self.columns {
                column.truncate(self.rows);
            }
            self.reject_misfits(place);
        }
    }

    fn reject_misfits(&mut self, place: Place<'_>) {
        self.misfits.sort_unstable();
        self.misfits.dedup_by_key(|misfit| misfit.record);
        for misfit in &self.misfits {
            let first = self.whole[misfit.record] as usize;
            let last = first + self.table.width - 1;
            let (start, end) = (self.index.field(first).start, self.index.field(last).end);
            let why = self.misfit(&place.bytes[self.index.field(first + misfit.field)], misfit);
            self.reject(&place.bytes[start..end], place.offset + start as u64, &why);
        }
        let mut misfits = self.misfits.iter().map(|misfit| misfit.record).peekable();
        let mut number = 0;
        self.whole.retain(|_| {
            number += 1;
            misfits.next_if_eq(&(number - 1)).is_none()
        });
    }

    fn misfit(&self, text: &[u8], misfit: &Misfit) -> String {
        let planned = self
            .table
            .columns
            .iter()
            .find(|column| column.field == misfit.field);
        let planned = planned.expect("only planned columns are parsed");
        let is_last = misfit.field + 1 == self.table.width;
        let text = if is_last {
            field::without_return(text)
        } else {
            text
        };
        match field::text(text, self.dialect.quote, &mut Vec::new()) {
            None => format!(
                "column {:?}: the quotes of {} do not match",
                planned.name,
                shown(text)
            ),
            Some((text, _)) => {
                format!(
                    "column {:?}: {} is not {}",
                    planned.name,
                    shown(text),
                    planned.kind.noun()
                )
            }
        }
    }

    fn reject(&self, record: &[u8], offset: u64, why: &str) {
        let record = field::without_return(record);
        rejects::reject(
            record,
            &format!("{:?}, record at byte {offset}: {why}", self.url),
        );
    }
}

/// The error for a record that may be the rest of the file behind a lost quote.
pub(crate) fn too_long(url: &str, offset: u64, max_record: ByteSize) -> Error {
    Error::Fatal(format!(
        "{url:?}: the record at byte {offset} is longer than {max_record}: set max-record higher, \
         or see whether a quote there is never closed"
    ))
}
