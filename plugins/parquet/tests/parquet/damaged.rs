//! Files that are not what they should be: an error that names the file.

use bubbles_plugin_parquet::ParquetExtract;
use bubbles_sdk::arrow::array::Array;
use bubbles_sdk::{Error, testing};

use super::fixture;

fn error(bytes: Vec<u8>) -> String {
    testing::put_object("bad.parquet", bytes);
    match testing::extract::<ParquetExtract>(r#"{"path": "bad.parquet"}"#) {
        Ok(_) => panic!("it was read"),
        Err(Error::Fatal(message)) => message,
        Err(other) => panic!("not fatal: {other}"),
    }
}

#[test]
fn what_is_no_parquet_file() {
    let cannot = "cannot read \"bad.parquet\" as parquet: ";
    assert_eq!(
        error(Vec::new()),
        format!("{cannot}it is empty, which a parquet file never is")
    );
    assert_eq!(
        error(b"id".to_vec()),
        format!("{cannot}it is too short for one")
    );
    assert_eq!(
        error(b"id,name\n1,x\n".to_vec()),
        format!("{cannot}it neither starts nor ends with \"PAR1\"")
    );
}

#[test]
fn a_file_that_is_cut_short() {
    let whole = fixture("spark-zstd.parquet");
    assert_eq!(
        error(whole[..whole.len() / 2].to_vec()),
        "cannot read \"bad.parquet\" as parquet: it is cut short: it does not end in \"PAR1\""
    );
    // The end is there and the middle is missing.
    let mut gap = whole[..600].to_vec();
    gap.extend_from_slice(&whole[whole.len() - 600..]);
    let message = error(gap);
    assert!(
        message.starts_with("cannot read \"bad.parquet\" as parquet: its footer"),
        "{message}"
    );
}

#[test]
fn damaged_bytes_are_an_error_or_no_harm() {
    let (mut refused, mut panics) = (0, 0);
    for name in [
        "spark-zstd.parquet",
        "polars-snappy.parquet",
        "pyarrow-v2.parquet",
    ] {
        let whole = fixture(name);
        for at in (0..whole.len()).step_by(7) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            testing::put_object("bad.parquet", damaged);
            let read = || testing::extract::<ParquetExtract>(r#"{"path": "bad.parquet"}"#);
            // The decoder's own checks have gaps: in a sandbox its panic is a trap of the attempt.
            let Ok(read) = std::panic::catch_unwind(read) else {
                panics += 1;
                continue;
            };
            match read {
                Ok(outcome) => {
                    // What was read may be wrong, but it is sound.
                    for batch in outcome.batches() {
                        for column in batch.columns() {
                            column.to_data().validate_full().unwrap();
                        }
                    }
                }
                Err(error) => {
                    refused += 1;
                    assert!(
                        error.to_string().contains("bad.parquet"),
                        "{name}, byte {at}: {error}"
                    );
                }
            }
        }
    }
    assert!(refused > 100, "only {refused} damaged files were refused");
    assert!(panics * 20 < refused, "{panics} panics, {refused} errors");
}

#[test]
fn no_file_at_all() {
    let nothing = testing::plan::<ParquetExtract>(r#"{"path": "none/*.parquet"}"#, None);
    assert_eq!(
        nothing.unwrap_err().to_string(),
        "no file matches \"none/*.parquet\""
    );
}
