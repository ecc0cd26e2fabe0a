//! What is read: files, columns, splits.

use std::collections::BTreeSet;

use bubbles_files::{Compression, Reader, SourceFile};
use bubbles_sdk::{Error, Source, Split, log};
use serde::{Deserialize, Serialize};

use crate::batch::too_long;
use crate::border::Borders;
use crate::class::widened;
use crate::config::ReadConfig;
use crate::field::{self, without_return};
use crate::index::{Index, Start};
use crate::nulls::Nulls;
use crate::table::{ColumnType, PlannedColumn, Table};

/// How much of the first file types are inferred from.
const SAMPLE_BYTES: usize = 1 << 20;

/// How much of every other file is read for its header at first.
const HEADER_BYTES: usize = 64 << 10;

/// What an attempt reads.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) file: SourceFile,
    pub(crate) compression: Compression,
    /// Where it begins, in bytes of unpacked text.
    pub(crate) start: u64,
    /// Where it ends; none: where the file does.
    pub(crate) end: Option<u64>,
    pub(crate) table: Table,
}

impl Piece {
    fn into_split(self, bytes: u64) -> Split {
        Split {
            payload: serde_json::to_vec(&self).expect("a piece is plain data"),
            bytes,
        }
    }
}

/// Finds the files, fixes the columns, cuts the splits.
pub(crate) fn plan(config: &ReadConfig) -> Result<Source, Error> {
    config.check()?;
    let files = bubbles_files::find(&config.path)?;
    let mut first: Option<(SourceFile, Vec<String>, Table)> = None;
    let mut splits = Vec::new();
    for file in &files {
        let compression = Compression::detect(file)?;
        let enough = if first.is_none() {
            SAMPLE_BYTES
        } else {
            HEADER_BYTES
        };
        let Some(head) = Head::read(config, file, compression, enough)? else {
            log::warn(format_args!("{:?} is empty", file.url));
            continue;
        };
        if let Some((first_file, names, _)) = &first {
            check_same(names, first_file, &head.names, file)?;
        } else {
            let table = table(config, &head)?;
            first = Some((file.clone(), head.names.clone(), table));
        }
        let table = first
            .as_ref()
            .map(|(_, _, table)| table)
            .expect("it was just set");
        cut(config, file, compression, head.data, table, &mut splits)?;
    }
    if first.is_none() {
        let url = &files[0].url;
        return Err(Error::fatal(format!(
            "{url:?} is empty: there are no columns to be read"
        )));
    }
    Ok(Source {
        splits,
        bookmark: None,
    })
}

/// Adds the splits of one file.
fn cut(
    config: &ReadConfig,
    file: &SourceFile,
    compression: Compression,
    data: u64,
    table: &Table,
    splits: &mut Vec<Split>,
) -> Result<(), Error> {
    let piece = |start, end| Piece {
        file: file.clone(),
        compression,
        start,
        end,
        table: table.clone(),
    };
    if compression != Compression::None {
        splits.push(piece(data, None).into_split(file.size));
        return Ok(());
    }
    let dialect = config.dialect()?;
    let borders = Borders {
        file,
        dialect,
        width: table.width,
        max_record: config.max_record,
    };
    let starts = borders.find(data, config.split_size)?;
    for (number, start) in starts.iter().enumerate() {
        let next = starts.get(number + 1).copied();
        splits.push(piece(*start, next).into_split(next.unwrap_or(file.size) - start));
    }
    Ok(())
}

/// The start of a file.
struct Head {
    bytes: Vec<u8>,
    names: Vec<String>,
    /// Where the first record after the header begins.
    data: u64,
}

impl Head {
    /// None if the file has not even a header.
    fn read(
        config: &ReadConfig,
        file: &SourceFile,
        compression: Compression,
        enough: usize,
    ) -> Result<Option<Self>, Error> {
        let bytes = start_of(file, compression, enough)?;
        let is_whole = bytes.len() < enough;
        let longest = config.max_record.0 as usize + 1;
        match Self::parse(config, &file.url, bytes, is_whole)? {
            Parsed::Head(head) => Ok(Some(head)),
            Parsed::Empty => Ok(None),
            Parsed::Cut if !is_whole && enough < longest => {
                Self::read(config, file, compression, longest)
            }
            Parsed::Cut if is_whole => Err(Error::fatal(format!(
                "{:?}: a quote of its header is not closed",
                file.url
            ))),
            Parsed::Cut => Err(too_long(&file.url, 0, config.max_record)),
        }
    }

    fn parse(
        config: &ReadConfig,
        url: &str,
        mut bytes: Vec<u8>,
        is_whole: bool,
    ) -> Result<Parsed, Error> {
        let start = if bytes.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len()
        } else {
            0
        };
        let start = start
            + bytes[start..]
                .iter()
                .take_while(|b| matches!(b, b'\r' | b'\n'))
                .count();
        if start == bytes.len() && is_whole {
            return Ok(Parsed::Empty);
        }
        let is_cut_line = is_whole && bytes.last() != Some(&b'\n');
        if is_cut_line {
            bytes.push(b'\n');
        }
        let mut index = Index::new(config.dialect()?);
        index.fill_from(&bytes, start, Start::Record, 0);
        if index.records() == 0 {
            return Ok(Parsed::Cut);
        }
        let width = index.width(0);
        let names = if config.header {
            (0..width)
                .map(|field| name(config, url, &bytes, &index, field))
                .collect::<Result<_, _>>()?
        } else {
            names_without_header(config, url, width)?
        };
        check_distinct(&names, url)?;
        let data = if config.header {
            index.record(0).end + 1
        } else {
            start
        };
        // The newline that was added is not one of the file.
        let data = data.min(bytes.len() - usize::from(is_cut_line));
        Ok(Parsed::Head(Self {
            bytes,
            names,
            data: data as u64,
        }))
    }
}

enum Parsed {
    Head(Head),
    Empty,
    /// There is no end of the first record.
    Cut,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn start_of(file: &SourceFile, compression: Compression, enough: usize) -> Result<Vec<u8>, Error> {
    match compression {
        Compression::None => Reader::range(file, 0, enough as u64).head(enough),
        _ => Reader::whole(file, compression).head(enough),
    }
}

fn name(
    config: &ReadConfig,
    url: &str,
    bytes: &[u8],
    index: &Index,
    field: usize,
) -> Result<String, Error> {
    let text = &bytes[index.field(field)];
    let text = if field + 1 == index.width(0) {
        without_return(text)
    } else {
        text
    };
    let mut scratch = Vec::new();
    let unquoted = field::text(text, config.dialect()?.quote, &mut scratch);
    let name = unquoted.and_then(|(text, _)| std::str::from_utf8(text).ok());
    name.map(str::to_owned).ok_or_else(|| {
        let shown = field::shown(text);
        let number = field + 1;
        Error::fatal(format!(
            "{url:?}: the header of column {number}, {shown}, cannot be read"
        ))
    })
}

fn names_without_header(
    config: &ReadConfig,
    url: &str,
    width: usize,
) -> Result<Vec<String>, Error> {
    let Some(names) = &config.names else {
        return Ok((1..=width)
            .map(|number| format!("column_{number}"))
            .collect());
    };
    if names.len() != width {
        let given = names.len();
        return Err(Error::fatal(format!(
            "{url:?} has {width} columns, but names has {given}"
        )));
    }
    Ok(names.clone())
}

fn check_distinct(names: &[String], url: &str) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Error::fatal(format!(
            "{url:?} has two columns called {name:?}"
        ))),
        None => Ok(()),
    }
}

fn check_same(
    first: &[String],
    first_file: &SourceFile,
    names: &[String],
    file: &SourceFile,
) -> Result<(), Error> {
    if first == names {
        return Ok(());
    }
    let missing: Vec<&String> = first.iter().filter(|name| !names.contains(name)).collect();
    let extra: Vec<&String> = names.iter().filter(|name| !first.contains(name)).collect();
    let difference = match (missing.as_slice(), extra.as_slice()) {
        ([], []) => format!("the order is {names:?} instead of {first:?}"),
        (missing, []) => format!("it lacks {missing:?}"),
        ([], extra) => format!("it has {extra:?} besides"),
        (missing, extra) => format!("it has {extra:?} instead of {missing:?}"),
    };
    let (first, file) = (&first_file.url, &file.url);
    Err(Error::fatal(format!(
        "{file:?} has not the columns of {first:?}: {difference}"
    )))
}

/// The columns to read, with their types.
fn table(config: &ReadConfig, head: &Head) -> Result<Table, Error> {
    let names = &head.names;
    let known = |name: &String| names.iter().position(|known| known == name);
    let unknown = |wanted: &str, name: &str| {
        Error::fatal(format!(
            "{wanted} names {name:?}; the columns are {names:?}"
        ))
    };
    if let Some(name) = config.schema.keys().find(|name| known(name).is_none()) {
        return Err(unknown("schema", name));
    }
    let wanted = config.columns.as_ref().unwrap_or(names);
    if wanted.is_empty() {
        return Err(Error::fatal(
            "columns is an empty list: name at least one column",
        ));
    }
    check_distinct(wanted, "columns")?;
    let inferred = infer(config, head)?;
    let columns = wanted
        .iter()
        .map(|name| {
            let field = known(name).ok_or_else(|| unknown("columns", name))?;
            let kind = config.schema.get(name).copied().unwrap_or(inferred[field]);
            Ok(PlannedColumn {
                name: name.clone(),
                field,
                kind,
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok(Table {
        width: names.len(),
        columns,
    })
}

/// The type of every column as the sample has it; text where there is no value.
fn infer(config: &ReadConfig, head: &Head) -> Result<Vec<ColumnType>, Error> {
    let width = head.names.len();
    let nulls = Nulls::new(&config.nulls);
    let quote = config.dialect()?.quote;
    let mut kinds: Vec<Option<ColumnType>> = vec![None; width];
    let mut index = Index::new(config.dialect()?);
    index.fill_from(&head.bytes, head.data as usize, Start::Record, usize::MAX);
    let mut scratch = Vec::new();
    for record in (0..index.records()).filter(|record| index.width(*record) == width) {
        for (number, kind) in kinds.iter_mut().enumerate() {
            if *kind == Some(ColumnType::String) {
                continue;
            }
            let field = &head.bytes[index.field(index.firsts()[record] as usize + number)];
            let field = if number + 1 == width {
                without_return(field)
            } else {
                field
            };
            let Some((text, _)) = field::text(field, quote, &mut scratch) else {
                continue;
            };
            if !nulls.contains(text) {
                *kind = Some(widened(*kind, text));
            }
        }
    }
    Ok(kinds
        .into_iter()
        .map(|kind| kind.unwrap_or(ColumnType::String))
        .collect())
}
