//! The text of a pipeline file.

use std::path::PathBuf;
use std::sync::LazyLock;

use bubbles_pipeline::{Pipeline, Source};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use crate::measured::Allowance;
use crate::random::Random;
use crate::target::Target;

/// Of the text, its values with their places, and what is said of each that is wrong, with a copy
/// of the text to show it in.
const PARSED: Allowance = Allowance {
    bytes: 256 << 10,
    per_byte: 1024,
};

/// Files that are as they should be.
const FILES: [&str; 4] = [
    include_str!("../../../examples/hello/pipeline.toml"),
    include_str!("../../../examples/flights/pipeline.toml"),
    include_str!("../../../examples/cluster/pipeline.toml"),
    EVERYTHING,
];

/// Every key that there is.
const EVERYTHING: &str = r#"name = "everything"

[[task]]
name = "in"
extract = "csv@1.2.0"
config = { path = "data/", header = true, n = 0x10, x = [1.5, { y = 1979-05-27 }] }
read = ["data/"]
parallelism = 4
on = "big"

[[task]]
name = "words"
extract = "./words.wasm"
net = ["example.org:443"]
env = ["WORDS"]

[[task]]
name = "join"
transform = "plugins/join/"
from = [{ task = "in", partition-by = "key" }, { task = "words", partition-by = ["key"] }]
on-error = "reject"
memory = "64MiB"
timeout = "1.5s"

[[task]]
name = "out"
load = "jsonl"
from = "join"
gather = true
write = ["out/"]
"#;

static PIPELINES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let parsed = FILES
        .iter()
        .filter_map(|text| Pipeline::parse(&source(text)).ok());
    parsed
        .map(|pipeline| postcard::to_stdvec(&pipeline).expect("a pipeline is data"))
        .collect()
});

/// A pipeline as it travels.
pub(crate) fn encoded(random: &mut Random) -> &'static [u8] {
    &PIPELINES[random.below(PIPELINES.len())]
}

pub(crate) fn target(name: &'static str) -> Target {
    Target {
        name,
        check: Box::new(check),
        example: Box::new(|random| Some(random.pick(&FILES).as_bytes().to_vec())),
        words: &[
            b"[[task]]\n",
            b"name = ",
            b"extract = ",
            b"transform = ",
            b"load = ",
            b"from = ",
            b"config = ",
            b"partition-by = ",
            b"gather = true\n",
            b"broadcast = true",
            b"on-error = \"reject\"\n",
            b"memory = \"1GiB\"\n",
            b"timeout = \"1s\"\n",
            b"on = ",
            b"read = ",
            b"write = ",
            b"net = ",
            b"env = ",
            b"parallelism = 4\n",
            b"\"\"\"",
            b"'''",
            b"\"",
            b"[",
            b"]",
            b"{",
            b"}",
            b"=",
            b".",
            b"\n",
            b"\r",
            b"\\u0000",
            b"nan",
            b"1e999",
            b"99999999999999999999",
            b"task",
            b"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
            b"\xef\xbb\xbf",
        ],
        by_hand: by_hand(),
    }
}

fn by_hand() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let everything = |from: &str, to: &str| text(&EVERYTHING.replace(from, to));
    vec![
        ("empty", Vec::new()),
        ("hello", text(FILES[0])),
        ("flights", text(FILES[1])),
        ("cluster", text(FILES[2])),
        ("everything", text(EVERYTHING)),
        ("cycle", everything("task = \"words\"", "task = \"out\"")),
        ("one-name", everything("name = \"words\"", "name = \"in\"")),
        ("unknown-key", everything("gather", "gahter")),
        ("sizes", everything("64MiB", "99999999999999999999.9EiB")),
        ("numbers", everything("0x10", "0xffffffffffffffffffff")),
        ("times", everything("1.5s", "1e400d")),
        ("one-task", text("name = \"x\"\n[task]\nextract = \"csv\"")),
        ("open-string", everything("\"out/\"]", "\"out/]")),
        (
            "not-utf8",
            [EVERYTHING.as_bytes(), b"# \xff\xfe\xed\xa0\x80"].concat(),
        ),
        (
            "byte-order-mark",
            [b"\xef\xbb\xbf", EVERYTHING.as_bytes()].concat(),
        ),
        ("returns", everything("\n", "\r")),
        (
            "wide",
            text(&format!("name = \"{}\"\nx = ü", "€😀".repeat(50))),
        ),
        ("deep-list", text(&format!("a = {}", "[".repeat(20_000)))),
        ("deep-table", text(&format!("a = {}", "{b=".repeat(20_000)))),
        ("deep-key", text(&format!("{}a = 1", "a.".repeat(20_000)))),
        ("deep-header", text(&format!("[{}a]", "a.".repeat(10_000)))),
        ("many-headers", text(&"[[task]]\n".repeat(5_000))),
        ("many-errors", text(&"=\n".repeat(10_000))),
        (
            "rows-of-csv",
            text(&"1,AA,2013-01-01T05:00,\"x\"\n".repeat(2_000)),
        ),
        (
            "many-keys",
            text(&(0..5_000).map(|n| format!("k{n}=1\n")).collect::<String>()),
        ),
        ("same-key", text(&"a=1\n".repeat(5_000))),
    ]
}

fn source(text: &str) -> Source {
    Source {
        name: "pipeline.toml".to_owned(),
        text: text.to_owned(),
        base: PathBuf::from("/project"),
    }
}

fn check(bytes: &[u8]) -> bool {
    let source = source(&String::from_utf8_lossy(bytes));
    let error = match PARSED.spend(source.text.as_bytes(), |_| Pipeline::parse(&source)) {
        Ok(pipeline) => {
            assert_eq!(pipeline.in_data_order().len(), pipeline.tasks().len());
            let written = postcard::to_stdvec(&pipeline).expect("a pipeline is data");
            let back: Pipeline = postcard::from_bytes(&written).expect("what was written");
            assert_eq!(back, pipeline);
            return true;
        }
        Err(error) => error,
    };
    assert!(!error.problems().is_empty(), "an error without a problem");
    assert!(!error.to_string().is_empty());
    for problem in error.problems() {
        assert!(!problem.to_string().is_empty(), "a problem without a word");
        for label in problem.labels().into_iter().flatten() {
            let span = label.offset()..label.offset() + label.len();
            assert!(source.text.get(span).is_some(), "{problem}: no such place");
        }
        assert_eq!(
            problem.place().is_some(),
            problem.labels().is_some() && problem.source_code().is_some()
        );
    }
    if source.text.len() <= 4 << 10 && error.problems().len() <= 20 {
        let mut shown = String::new();
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode());
        handler
            .render_report(&mut shown, &error)
            .expect("it can be shown");
    }
    false
}

#[test]
fn the_files_are_good() {
    for text in FILES {
        if let Err(error) = Pipeline::parse(&source(text)) {
            panic!("{error:#}");
        }
    }
}
