//! The columns a file gives: chosen, in order, and of the same types whoever wrote the file.

use std::collections::BTreeMap;
use std::sync::Arc;

use bubbles_files::SourceFile;
use bubbles_sdk::Error;
use bubbles_sdk::arrow::array::RecordBatch;
use bubbles_sdk::arrow::schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Type as PhysicalType;
use parquet::schema::types::SchemaDescriptor;

use super::conform;
use super::footer::{Footer, bad};

/// The columns of one file as they are emitted.
///
/// Types come from the parquet schema alone: what writers add about their own types (large
/// strings, dictionaries, names of list items, field numbers) would make two files differ that
/// hold the same. Every column may hold nulls.
#[derive(Debug, Clone)]
pub struct Shape {
    reader: ArrowReaderMetadata,
    mask: ProjectionMask,
    /// Where each emitted column is among those the decoder gives.
    order: Vec<usize>,
    schema: SchemaRef,
}

impl Shape {
    /// The columns of a file, or those of `wanted`, in that order.
    ///
    /// # Errors
    /// A wanted column is not there or is named twice, or a type has no arrow form.
    pub fn of(
        file: &SourceFile,
        footer: &Footer,
        wanted: Option<&[String]>,
    ) -> Result<Self, Error> {
        let reader = reader_metadata(footer)
            .map_err(|error| bad(file, format_args!("its schema is not understood: {error}")))?;
        let names: Vec<&str> = reader
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let roots = match wanted {
            Some(wanted) => chosen(file, &names, wanted)?,
            None => (0..names.len()).collect(),
        };
        if let Some(name) = twice(roots.iter().map(|&root| names[root])) {
            return Err(bad(
                file,
                match wanted {
                    Some(_) => format!("column {name:?} is asked for twice"),
                    None => format!("two of its columns are named {name:?}"),
                },
            ));
        }
        let mut read = roots.clone();
        read.sort_unstable();
        let order = roots
            .iter()
            .map(|root| {
                read.iter()
                    .position(|other| other == root)
                    .expect("the same roots")
            })
            .collect();
        let fields: Vec<Field> = roots
            .iter()
            .map(|&root| conform::field(&reader.schema().fields()[root]))
            .collect();
        let mask = ProjectionMask::roots(reader.parquet_schema(), roots);
        Ok(Self {
            reader,
            mask,
            order,
            schema: Arc::new(Schema::new(fields)),
        })
    }

    /// What is emitted.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The names of the columns, in order.
    pub fn columns(&self) -> Vec<String> {
        self.schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
    }

    /// What the decoder needs to know.
    pub(super) fn reader(&self) -> (ArrowReaderMetadata, ProjectionMask) {
        (self.reader.clone(), self.mask.clone())
    }

    /// The leaf columns that are read.
    pub(super) fn leaves(&self) -> impl Iterator<Item = usize> + '_ {
        let leaves = self.reader.parquet_schema().num_columns();
        (0..leaves).filter(|&leaf| self.mask.leaf_included(leaf))
    }

    /// How much of a row group is read, as it lies in the file.
    pub fn group_bytes(&self, footer: &Footer, group: usize) -> u64 {
        let bytes = |leaf| {
            let chunk = footer.chunk(group, leaf);
            chunk.end - chunk.start
        };
        self.leaves().map(bytes).sum()
    }

    /// A batch of the decoder as it is emitted.
    pub(super) fn conform(&self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        let columns = self
            .order
            .iter()
            .zip(self.schema.fields())
            .map(|(&at, field)| conform::column(batch.column(at), field.data_type()))
            .collect();
        RecordBatch::try_new(self.schema(), columns).map_err(Error::fatal)
    }

    /// `other` with its columns in the order of this one; as it is if they are not the same.
    pub fn in_order_of(
        self,
        first: &Self,
        file: &SourceFile,
        footer: &Footer,
    ) -> Result<Self, Error> {
        let (mut here, mut there) = (self.columns(), first.columns());
        here.sort_unstable();
        there.sort_unstable();
        if here == there {
            Self::of(file, footer, Some(&first.columns()))
        } else {
            Ok(self)
        }
    }

    /// An error, naming the columns, if another file does not give the same ones.
    ///
    /// # Errors
    /// They differ.
    pub fn check_same(
        &self,
        own: &SourceFile,
        file: &SourceFile,
        other: &Self,
    ) -> Result<(), Error> {
        if self.schema == other.schema {
            return Ok(());
        }
        let types = |shape: &Self| -> BTreeMap<String, DataType> {
            let fields = shape.schema.fields().iter();
            fields
                .map(|field| (field.name().clone(), field.data_type().clone()))
                .collect()
        };
        let (here, there) = (types(self), types(other));
        let mut differences = Vec::new();
        for (name, data_type) in &here {
            match there.get(name) {
                None => differences.push(format!("{name:?} is missing")),
                Some(found) if found != data_type => {
                    differences.push(format!("{name:?} is {found} and not {data_type}"));
                }
                Some(_) => {}
            }
        }
        let more = there.keys().filter(|name| !here.contains_key(*name));
        differences.extend(more.map(|name| format!("{name:?} is not in the first file")));
        Err(Error::fatal(format!(
            "{:?} has other columns than {:?}: {}; read them in two tasks, or name the columns they share in `columns`",
            file.url,
            own.url,
            differences.join(", ")
        )))
    }
}

/// Which columns the names stand for.
fn chosen(file: &SourceFile, names: &[&str], wanted: &[String]) -> Result<Vec<usize>, Error> {
    wanted
        .iter()
        .map(|name| {
            names.iter().position(|other| other == name).ok_or_else(|| {
                let url = &file.url;
                let there = names.join(", ");
                Error::fatal(format!("{url:?} has no column {name:?}: it has {there}"))
            })
        })
        .collect()
}

fn twice<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

fn reader_metadata(footer: &Footer) -> Result<ArrowReaderMetadata, parquet::errors::ParquetError> {
    let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let reader = ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), plain)?;
    let Some(schema) = without_int96(reader.schema(), reader.parquet_schema()) else {
        return Ok(reader);
    };
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), options)
}

/// The schema with microseconds where the file has Spark's and Hive's old 96-bit timestamps, if it
/// has any. The decoder would take nanoseconds, which end in the year 2262, while Spark writes
/// `9999-12-31` for "never".
fn without_int96(schema: &Schema, parquet: &SchemaDescriptor) -> Option<Schema> {
    let int96 = |leaf: usize| parquet.column(leaf).physical_type() == PhysicalType::INT96;
    if !(0..parquet.num_columns()).any(int96) {
        return None;
    }
    let mut leaf = 0;
    let fields = schema.fields().iter();
    let fields: Vec<Field> = fields
        .map(|field| microseconds(field, &int96, &mut leaf))
        .collect();
    Some(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn microseconds(field: &Field, int96: &impl Fn(usize) -> bool, leaf: &mut usize) -> Field {
    let mut inner = |field: &Arc<Field>| Arc::new(microseconds(field, int96, leaf));
    let data_type = match field.data_type() {
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        DataType::List(item) => DataType::List(inner(item)),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        plain => {
            let at = *leaf;
            *leaf += 1;
            match plain {
                DataType::Timestamp(_, zone) if int96(at) => {
                    DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
                }
                _ => plain.clone(),
            }
        }
    };
    field.clone().with_data_type(data_type)
}
