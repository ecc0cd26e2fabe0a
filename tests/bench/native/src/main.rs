//! The yardstick of the benchmark `flights`: what one would write in plain Rust for this one job, with no sandbox, no
//! plugins and no second try. All columns parsed, late flights kept, seven columns as json.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result, anyhow, bail};
use arrow_array::types::Int64Type;
use arrow_array::{BooleanArray, RecordBatch, cast::AsArray};
use arrow_json::LineDelimitedWriter;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow_select::filter::filter_record_batch;

const KEPT: [&str; 7] = [
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "arr_delay",
    "time_hour",
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output] = &arguments[..] else {
        bail!("usage: native INPUT.csv FOLDER")
    };
    run(Path::new(input), Path::new(output))
}

/// Reads `input` with a thread for each core, each its range of bytes, each its file in `output`.
fn run(input: &Path, output: &Path) -> Result<()> {
    let threads = thread::available_parallelism()?.get() as u64;
    let size = input
        .metadata()
        .with_context(|| format!("no {}", input.display()))?
        .len();
    let starts: Result<Vec<u64>> = (0..=threads)
        .map(|n| line_start(input, size * n / threads))
        .collect();
    thread::scope(|scope| {
        let workers: Vec<_> = starts?
            .windows(2)
            .enumerate()
            .map(|(number, range)| {
                let (start, end) = (range[0], range[1]);
                let part = output.join(format!("part-{number:05}.jsonl"));
                scope.spawn(move || convert(input, start, end, &part))
            })
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .map_err(|_| anyhow!("a thread of the yardstick panicked"))?
        })
    })
}

/// Where the first line begins that starts at or after `offset`; the header is no line.
fn line_start(input: &Path, offset: u64) -> Result<u64> {
    let mut file = File::open(input)?;
    let before = offset.saturating_sub(1);
    file.seek(SeekFrom::Start(before))?;
    let skipped = BufReader::new(file).skip_until(b'\n')? as u64;
    Ok(before + skipped)
}

fn convert(input: &Path, start: u64, end: u64, output: &Path) -> Result<()> {
    let mut file = File::open(input)?;
    file.seek(SeekFrom::Start(start))?;
    let range = BufReader::with_capacity(1 << 20, file.take(end - start));
    let reader = arrow_csv::ReaderBuilder::new(schema())
        .with_header(false)
        .with_batch_size(8192)
        .build_buffered(range)?;
    let mut writer = LineDelimitedWriter::new(BufWriter::with_capacity(
        1 << 20,
        File::create(output).with_context(|| format!("cannot write {}", output.display()))?,
    ));
    for batch in reader {
        writer.write(&late(&batch?)?)?;
    }
    writer.finish()?;
    writer.into_inner().flush()?;
    Ok(())
}

fn late(batch: &RecordBatch) -> Result<RecordBatch> {
    let delay = batch
        .column_by_name("arr_delay")
        .context("the schema has it")?;
    let is_late = BooleanArray::from_unary(delay.as_primitive::<Int64Type>(), |it| it > 60);
    let kept: Result<Vec<usize>, _> = KEPT
        .iter()
        .map(|name| batch.schema().index_of(name))
        .collect();
    Ok(filter_record_batch(&batch.project(&kept?)?, &is_late)?)
}

/// All nineteen columns of the file.
fn schema() -> SchemaRef {
    let text = ["carrier", "tailnum", "origin", "dest"];
    let names = [
        "year",
        "month",
        "day",
        "dep_time",
        "sched_dep_time",
        "dep_delay",
        "arr_time",
        "sched_arr_time",
        "arr_delay",
        "carrier",
        "flight",
        "tailnum",
        "origin",
        "dest",
        "air_time",
        "distance",
        "hour",
        "minute",
        "time_hour",
    ];
    let fields = names.map(|name| {
        let kind = match name {
            "time_hour" => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
            name if text.contains(&name) => DataType::Utf8,
            _ => DataType::Int64,
        };
        Field::new(name, kind, true)
    });
    Arc::new(Schema::new(Vec::from(fields)))
}
