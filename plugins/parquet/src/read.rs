//! The extract: which row groups there are, and reading them.

use bubbles_files::{ByteSize, Paths, SourceFile};
use bubbles_sdk::{Context, Error, Extract, Format, Source, Split, arrow, output};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod conform;
pub mod footer;
pub mod rows;
pub mod schema;
pub mod windows;

use footer::Footer;
use schema::Shape;

/// What is configured.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The files: a path, a URL or a pattern (`*`, `**`, `?`), or a list of them.
    path: Paths,
    /// The columns to read, in this order. All of them unless given.
    #[serde(default)]
    #[schemars(length(min = 1))]
    columns: Option<Vec<String>>,
    /// Row groups smaller than this together are read as one split: bytes as they lie in the
    /// file, of the columns that are read.
    #[serde(default = "split_size")]
    split_size: ByteSize,
}

/// What is worth an attempt of its own, and still lets a few slots share a file of 100 MB.
fn split_size() -> ByteSize {
    ByteSize::mebibytes(16)
}

/// What one split reads.
#[derive(Debug, Serialize, Deserialize)]
struct Piece {
    file: SourceFile,
    columns: Vec<String>,
    first_group: usize,
    groups: usize,
}

/// Reads parquet files, row group by row group.
#[derive(Debug)]
pub struct Parquet;

impl Extract for Parquet {
    type Config = Config;
    const SUMMARY: &'static str = "reads parquet files, with all or some of their columns";
    const PRODUCES: Format = Format::Arrow;

    fn plan(config: Config, _bookmark: Option<Vec<u8>>) -> Result<Source, Error> {
        let files = bubbles_files::find(&config.path)?;
        let mut splits = Vec::new();
        let mut first: Option<(SourceFile, Shape)> = None;
        for file in files {
            let footer = Footer::read(&file)?;
            let shape = Shape::of(&file, &footer, config.columns.as_deref())?;
            let shape = match &first {
                Some((_, first)) => shape.in_order_of(first, &file, &footer)?,
                None => shape,
            };
            if let Some((first_file, first_shape)) = &first {
                first_shape.check_same(first_file, &file, &shape)?;
            }
            splits.extend(pieces(&file, &footer, &shape, config.split_size.0));
            first.get_or_insert((file, shape));
        }
        Ok(Source {
            splits,
            bookmark: None,
        })
    }

    fn run(_config: Config, split: Split, _context: Context) -> Result<(), Error> {
        let piece: Piece = serde_json::from_slice(&split.payload)
            .map_err(|error| Error::fatal(format!("a split cannot be read: {error}")))?;
        piece.file.check_unchanged()?;
        let footer = Footer::read(&piece.file)?;
        let shape = Shape::of(&piece.file, &footer, Some(&piece.columns))?;
        let mut chunks = arrow::Batches::new(shape.schema());
        let mut rows = 0;
        for group in piece.first_group..piece.first_group + piece.groups {
            rows::read_group(&piece.file, &footer, &shape, group, &mut |batch| {
                rows += batch.num_rows();
                chunks.push(&batch).map_err(Error::from)
            })?;
        }
        chunks.finish()?;
        if rows == 0 {
            // Who writes a table wants its columns, rows or not.
            output::emit(&arrow::encode_all(&shape.schema(), &[]));
        }
        Ok(())
    }
}

/// Cuts a file between row groups. A file without any is one piece, which gives its schema.
fn pieces(file: &SourceFile, footer: &Footer, shape: &Shape, split_bytes: u64) -> Vec<Split> {
    let mut splits = Vec::new();
    let mut first_group = 0;
    let mut bytes = 0;
    let groups = footer.groups();
    for group in 0..groups {
        let more = shape.group_bytes(footer, group);
        if group > first_group && bytes + more > split_bytes {
            splits.push(piece(file, shape, first_group..group, bytes));
            (first_group, bytes) = (group, 0);
        }
        bytes += more;
    }
    splits.push(piece(file, shape, first_group..groups, bytes));
    splits
}

fn piece(file: &SourceFile, shape: &Shape, groups: std::ops::Range<usize>, bytes: u64) -> Split {
    let piece = Piece {
        file: file.clone(),
        columns: shape.columns(),
        first_group: groups.start,
        groups: groups.len(),
    };
    let payload = serde_json::to_vec(&piece).expect("a piece is plain data");
    Split { payload, bytes }
}
