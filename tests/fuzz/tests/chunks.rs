//! Chunks: compressed blocks of another node, arrow and json of a guest.

use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, FixedSizeListArray, Float64Array, Int64Array,
    ListArray, NullArray, RecordBatch, RecordBatchOptions, StringArray, StringViewArray,
    StructArray,
};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema};
use bubbles_node::fuzz::{converted, decompressed, read_rows, rows, unpacked};
use bubbles_pipeline::Format;

use crate::measured::Allowance;
use crate::random::Random;
use crate::target::Target;

/// A byte of a block stands for 255 at most.
const DECOMPRESSED: Allowance = Allowance {
    bytes: 64 << 10,
    per_byte: 256,
};

/// The stream once, and an array with its type and some buffers for each of its fields.
const ARROW: Allowance = Allowance {
    bytes: 64 << 10,
    per_byte: 64,
};

/// Text and columns of about a chunk, beside what was read.
const CONVERTED: Allowance = Allowance {
    bytes: 8 << 20,
    per_byte: 1024,
};

/// Its first four bytes are the length that the sender claims.
pub(crate) fn block(name: &'static str) -> Target {
    let claimed = |raw: u32, stored: &[u8]| [&raw.to_le_bytes(), stored].concat();
    let text = b"a chunk, a chunk, a chunk, a chunk, and so on and so on ".repeat(8);
    let packed = lz4_flex::block::compress(&text);
    let long = u32::try_from(text.len()).unwrap();
    Target {
        name,
        check: Box::new(check_block),
        example: Box::new(|random| {
            let piece = random.bytes(60);
            let raw = piece.repeat(1 + random.below(40));
            let length = u32::try_from(raw.len()).ok()?;
            Some([&length.to_le_bytes()[..], &lz4_flex::block::compress(&raw)].concat())
        }),
        words: &[],
        by_hand: vec![
            ("empty", Vec::new()),
            ("nothing", claimed(0, &[0])),
            ("good", claimed(long, &packed)),
            ("less-than-claimed", claimed(long + 1, &packed)),
            ("more-than-claimed", claimed(long - 1, &packed)),
            ("cut-off", claimed(long, &packed[..packed.len() - 3])),
            (
                "bomb",
                claimed(
                    64 << 20,
                    &[[0x1f, b'x', 1, 0].as_slice(), &[0xff; 400]].concat(),
                ),
            ),
            ("claims-64-mib", claimed(64 << 20, &packed)),
            (
                "before-the-beginning",
                claimed(100, &[0x1f, b'x', 0xff, 0xff, 60, 0]),
            ),
            ("offset-zero", claimed(100, &[0x1f, b'x', 0, 0, 60, 0])),
            (
                "packed-lies",
                claimed(8, &lz4_flex::block::compress(&[0xff; 8])),
            ),
        ],
    }
}

fn check_block(bytes: &[u8]) -> bool {
    /// More a peer may not claim: see `BLOCK_BYTES` in `runtime/node/src/member/haul.rs`.
    const BLOCK_BYTES: usize = (64 << 20) + (64 << 10);
    let Some((claimed, stored)) = bytes.split_first_chunk() else {
        return false;
    };
    let claimed = (u32::from_le_bytes(*claimed) as usize).min(BLOCK_BYTES);
    let read = DECOMPRESSED.spend(stored, |stored| decompressed(stored, claimed));
    let Some(raw) = read else { return false };
    assert_eq!(raw.len(), claimed);
    let again = lz4_flex::block::compress(&raw);
    assert!(
        decompressed(&again, claimed).as_ref() == Some(&raw),
        "another block"
    );
    let chunks = unpacked(raw);
    let inside: usize = chunks.iter().map(|chunk| chunk.len() + 4).sum();
    assert!(inside <= claimed, "chunks out of nothing");
    true
}

pub(crate) fn arrow(name: &'static str) -> Target {
    let whole = stream(&[wide(), wide().slice(1, 2)]);
    let patched = |from: i64, to: i64| {
        let (from, to) = (from.to_le_bytes(), to.to_le_bytes());
        let mut bytes = stream(&[nothings(4242)]);
        let places: Vec<_> = (0..bytes.len() - 8)
            .filter(|at| bytes[*at..*at + 8] == from)
            .collect();
        assert!(!places.is_empty(), "the number stands in it");
        places
            .into_iter()
            .for_each(|at| bytes[at..at + 8].copy_from_slice(&to));
        bytes
    };
    Target {
        name,
        check: Box::new(check_arrow),
        example: Box::new(|random| Some(drawn_stream(random))),
        words: &[
            &[0xff; 4],
            &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
            &[0; 8],
            &[0xff; 8],
        ],
        by_hand: vec![
            ("empty", Vec::new()),
            ("good", whole.clone()),
            ("no-batches", stream(&[wide().slice(0, 0)])),
            ("cut-off", whole[..whole.len() - 100].to_vec()),
            ("without-its-end", whole[..whole.len() - 8].to_vec()),
            ("byte-behind", [whole.as_slice(), &[0]].concat()),
            ("two-streams", whole.repeat(2)),
            ("no-columns", stream(&[no_columns(3)])),
            (
                "no-columns-for-ever",
                patched_rows(&stream(&[no_columns(4242)])),
            ),
            ("nulls-for-ever", patched(4242, i64::MAX / 2)),
            ("fewer-than-none", patched(4242, -1)),
            (
                "message-of-four-gib",
                [&[0xff; 4][..], &[0xff, 0xff, 0xff, 0x7f], &[0; 64]].concat(),
            ),
            ("json", b"{\"a\":1}\n".to_vec()),
        ],
    }
}

fn patched_rows(stream: &[u8]) -> Vec<u8> {
    let (from, to) = (4242_i64.to_le_bytes(), (i64::MAX / 2).to_le_bytes());
    let mut bytes = stream.to_vec();
    for at in 0..bytes.len() - 8 {
        if bytes[at..at + 8] == from {
            bytes[at..at + 8].copy_from_slice(&to);
        }
    }
    bytes
}

fn check_arrow(bytes: &[u8]) -> bool {
    let counted = ARROW.spend(bytes, rows);
    let read = ARROW.spend(bytes, read_rows);
    if let Some(read) = read {
        assert_eq!(counted, Some(read), "rows counted by the headers");
    }
    let json = CONVERTED.spend(bytes, |bytes| converted(bytes, Format::Json));
    assert!(read.is_some() || json.is_none(), "rows out of nothing");
    read.is_some()
}

/// Json that becomes columns.
pub(crate) fn json(name: &'static str) -> Target {
    let good = b"{\"a\":1,\"b\":[\"x\",null]}\n{\"a\":2.5,\"c\":{\"d\":true}}\n".to_vec();
    Target {
        name,
        check: Box::new(|bytes| {
            CONVERTED
                .spend(bytes, |bytes| converted(bytes, Format::Arrow))
                .is_some()
        }),
        example: Box::new(|random| {
            let lines = (0..random.below(6)).map(|_| format!("{{\"a\":{}}}\n", value(random, 0)));
            Some(lines.collect::<String>().into_bytes())
        }),
        words: &[
            b"{",
            b"}",
            b"[",
            b"]",
            b"\"",
            b":",
            b",",
            b"\n",
            b"null",
            b"1e999",
            b"-0",
            b"\\ud800",
            b"\\u0000",
            b"18446744073709551615",
            b"-9223372036854775809",
            b"{\"a\":",
            b"\"b\":",
        ],
        by_hand: vec![
            ("empty", Vec::new()),
            ("good", good.clone()),
            ("cut-off", good[..good.len() - 9].to_vec()),
            ("not-utf8", b"{\"a\":\"\xff\xed\xa0\x80\"}".to_vec()),
            ("deep", b"{\"a\":".repeat(10_000)),
            (
                "deep-list",
                [b"{\"a\":".as_slice(), &b"[".repeat(10_000)].concat(),
            ),
            ("twice", b"{\"a\":1,\"a\":2}".to_vec()),
            ("kinds", b"{\"a\":1}\n{\"a\":[1]}\n{\"a\":{}}".to_vec()),
            (
                "sparse",
                (0..800)
                    .map(|n| format!("{{\"k{n}\":1}}\n"))
                    .collect::<String>()
                    .into(),
            ),
            (
                "numbers",
                b"{\"a\":1e999}\n{\"a\":-1e-999}\n{\"a\":18446744073709551616}".to_vec(),
            ),
            ("blank", b"\n\r\n \t\n".repeat(500)),
        ],
    }
}

fn value(random: &mut Random, depth: usize) -> String {
    let list = |random: &mut Random| {
        let items: Vec<_> = (0..random.below(4))
            .map(|_| value(random, depth + 1))
            .collect();
        items.join(",")
    };
    match random.below(if depth < 5 { 8 } else { 6 }) {
        0 => "null".to_owned(),
        1 => "true".to_owned(),
        2 => random.number().to_string(),
        3 => format!(
            "-{}.{}e{}",
            random.below(10),
            random.below(1000),
            random.below(30)
        ),
        4 => "\"2013-01-01 \\u00e9\\n\"".to_owned(),
        5 => "\"\"".to_owned(),
        6 => format!("[{}]", list(random)),
        _ => {
            let fields: Vec<_> = ('a'..'d')
                .map(|name| format!("\"{name}\":{}", value(random, depth + 1)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
    }
}

fn drawn_stream(random: &mut Random) -> Vec<u8> {
    let batch = match random.below(4) {
        0 => nothings(random.below(5)),
        1 => no_columns(random.below(5)),
        _ => wide(),
    };
    let length = random.below(batch.num_rows() + 1);
    let pieces = vec![batch.slice(0, length); random.below(3)];
    let all: Vec<_> = pieces.into_iter().chain([batch]).collect();
    stream(&all)
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

/// A column of each kind.
fn wide() -> RecordBatch {
    let words: DictionaryArray<Int8Type> = ["x", "y", "x"].into_iter().collect();
    let lists = [Some(vec![Some(1), None]), None, Some(vec![])];
    let pairs = [
        Some(vec![Some(1), None]),
        None,
        Some(vec![Some(2), Some(3)]),
    ];
    let number = Arc::new(Field::new("n", DataType::Int64, true));
    let inner: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let columns: [(&str, ArrayRef); 9] = [
        (
            "numbers",
            Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])),
        ),
        (
            "floats",
            Arc::new(Float64Array::from(vec![0.5, f64::NAN, -0.0])),
        ),
        (
            "texts",
            Arc::new(StringArray::from(vec![Some("a"), Some("bc"), None])),
        ),
        (
            "views",
            Arc::new(StringViewArray::from(vec![
                "short",
                "longer than twelve bytes",
                "",
            ])),
        ),
        (
            "flags",
            Arc::new(BooleanArray::from(vec![true, false, true])),
        ),
        ("words", Arc::new(words)),
        (
            "lists",
            Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists)),
        ),
        (
            "pairs",
            Arc::new(FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(
                pairs, 2,
            )),
        ),
        ("object", Arc::new(StructArray::from(vec![(number, inner)]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)))
        .unwrap()
}

/// Rows that take no bytes.
fn nothings(many: usize) -> RecordBatch {
    let column: ArrayRef = Arc::new(NullArray::new(many));
    RecordBatch::try_from_iter_with_nullable([("nothing", column, true)]).unwrap()
}

fn no_columns(many: usize) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(many));
    let schema = Arc::new(Schema::empty());
    RecordBatch::try_new_with_options(schema, Vec::new(), &options).unwrap()
}
