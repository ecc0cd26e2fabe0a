//! One entry of the log: commands, who said them, and in which version.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Command;

/// The version of records that this program writes, and the newest it reads.
pub const RECORD_VERSION: u16 = 1;

/// What one entry of the log says.
///
/// Its encoding begins with the version, so that a program that does not know
/// the rest still knows that it must stop. Followers store it unread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Of the encoding and of what the commands mean.
    pub version: u16,
    /// Who says it: one for each opening of a replica and each of its lanes.
    pub proposer: u64,
    /// Counts the proposer's records from 1. A proposer says a record only when
    /// it knows what became of the one before, or has given it up.
    pub sequence: u64,
    /// Applied in this order, each by itself: one may be refused and the next hold.
    pub commands: Vec<Command>,
}

impl Record {
    /// As it stands in the log.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(self)
    }

    /// Reads what stands in the log.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let (found, _) = postcard::take_from_bytes::<u16>(bytes).map_err(RecordError::Malformed)?;
        UnknownVersion::check(found)?;
        match postcard::take_from_bytes::<Self>(bytes) {
            Ok((record, [])) => Ok(record),
            Ok(_) => Err(RecordError::Malformed(
                postcard::Error::DeserializeBadEncoding,
            )),
            Err(error) => Err(RecordError::Malformed(error)),
        }
    }
}

/// A record or snapshot is of a version that this program does not know. To skip
/// it would make this node's state another than everyone's: the node stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the log speaks version {found}, this program knows up to {known}: update it and start again"
)]
pub struct UnknownVersion {
    /// Of the record or snapshot.
    pub found: u16,
    /// The newest that this program reads.
    pub known: u16,
}

impl UnknownVersion {
    pub(crate) fn check(found: u16) -> Result<(), Self> {
        let known = RECORD_VERSION;
        if found == 0 || found > known {
            Err(Self { found, known })
        } else {
            Ok(())
        }
    }
}

/// Why an entry of the log cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum RecordError {
    #[error(transparent)]
    Version(#[from] UnknownVersion),
    #[error("a record of the log cannot be read: {0}")]
    Malformed(postcard::Error),
}

#[cfg(test)]
mod tests {
    use bubbles_pipeline::{Pipeline, Plan, Source};

    use super::*;
    use crate::{JobId, JobSpec};

    fn record() -> Record {
        let job = JobId("j".to_owned());
        Record {
            version: RECORD_VERSION,
            proposer: u64::MAX,
            sequence: 7,
            commands: vec![Command::Forget { job }],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = record().encode().unwrap();
        assert_eq!(Record::decode(&bytes), Ok(record()));
        for cut in 0..bytes.len() {
            assert!(matches!(
                Record::decode(&bytes[..cut]),
                Err(RecordError::Malformed(_))
            ));
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(matches!(
            Record::decode(&longer),
            Err(RecordError::Malformed(_))
        ));
    }

    #[test]
    fn a_job_with_a_configuration_is_read_back() {
        let text = "name = \"p\"\n[[task]]\nname = \"in\"\nextract = \"x\"\nconfig = { a = [1, { b = 2.5 }] }\n\
            [[task]]\nname = \"out\"\nload = \"x\"\n";
        let source = Source {
            name: "p.toml".to_owned(),
            text: text.to_owned(),
            base: "/".into(),
        };
        let spec = JobSpec {
            pipeline: Pipeline::parse(&source).unwrap(),
            plan: Plan {
                stages: Vec::new(),
                exchanges: Vec::new(),
            },
            plugins: vec![[7; 32]; 2],
            deterministic: vec![true, false],
            bookmarks: "p".to_owned(),
            submitted_ms: 1,
        };
        let submit = Command::Submit {
            job: JobId("j".to_owned()),
            spec: Box::new(spec),
        };
        let record = Record {
            commands: vec![submit],
            ..record()
        };
        assert_eq!(Record::decode(&record.encode().unwrap()), Ok(record));
    }

    #[test]
    fn a_newer_version_is_named_though_the_rest_is_gibberish() {
        let mut bytes = postcard::to_stdvec(&(RECORD_VERSION + 1)).unwrap();
        bytes.extend([0xff; 9]);
        let error = UnknownVersion {
            found: RECORD_VERSION + 1,
            known: RECORD_VERSION,
        };
        assert_eq!(Record::decode(&bytes), Err(RecordError::Version(error)));
    }
}
