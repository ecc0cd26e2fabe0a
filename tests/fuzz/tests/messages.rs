//! What nodes and people say to each other, without the frames.

use bubbles_cluster::fuzz as cluster;
use bubbles_cluster::{JobSpec, Machine, RECORD_VERSION, Record};
use bubbles_node::fuzz as node;
use bubbles_node::wire::{Ask, BlockHead, Haul, Join, Joined, Load, Submission, Tell};
use bubbles_pipeline::Pipeline;
use bubbles_transport::fuzz as transport;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::drawn::drawn;
use crate::measured::Allowance;
use crate::random::Random;
use crate::target::Target;

/// Of a decoded message: the elements of a list are larger than the bytes that they come of.
const DECODED: Allowance = Allowance {
    bytes: 64 << 10,
    per_byte: 64,
};

/// Of what a worker and its leader say: the largest list of the largest parts as well.
const LIST_DECODED: Allowance = Allowance {
    bytes: 256 << 10,
    ..DECODED
};

/// Of what has a pipeline in it: json becomes a tree, and what is wrong with a task a text.
pub(crate) const PIPELINE_DECODED: Allowance = Allowance {
    bytes: 256 << 10,
    per_byte: 256,
};

/// How it is read where it arrives.
trait Message: Serialize + DeserializeOwned + 'static {
    const ALLOWANCE: Allowance;

    fn read(bytes: &[u8]) -> Option<Self>;

    fn written(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("what was read can be written")
    }
}

macro_rules! messages {
    ($($allowance:ident, $read:expr => $($type:ty),*;)*) => {$($(
        impl Message for $type {
            const ALLOWANCE: Allowance = $allowance;

            fn read(bytes: &[u8]) -> Option<Self> {
                ($read)(bytes)
            }
        }
    )*)*};
}

messages! {
    DECODED, |bytes| transport::decode(bytes).ok() => Tell, Haul, Load, BlockHead, Join, Joined;
    DECODED, cluster::message => cluster::Request, cluster::Reply;
    LIST_DECODED, node::from_worker => node::FromWorker;
    PIPELINE_DECODED, node::to_worker => node::ToWorker;
    PIPELINE_DECODED, |bytes| transport::decode(bytes).ok() => Ask;
    PIPELINE_DECODED, |bytes| postcard::from_bytes(bytes).ok() => JobSpec, Pipeline, Submission;
    PIPELINE_DECODED, cluster::record => Record;
}

impl Message for Machine {
    const ALLOWANCE: Allowance = PIPELINE_DECODED;

    fn read(bytes: &[u8]) -> Option<Self> {
        cluster::snapshot(bytes)
    }

    fn written(&self) -> Vec<u8> {
        postcard::to_stdvec(&(RECORD_VERSION, self)).expect("what was read can be written")
    }
}

/// One of the types that can come at one place.
struct Kind {
    check: fn(&[u8]) -> bool,
    example: fn(&mut Random) -> Option<Vec<u8>>,
}

fn kind<T: Message>() -> Kind {
    Kind {
        check: check::<T>,
        example: |random| Some(drawn::<T>(random)?.written()),
    }
}

fn check<T: Message>(bytes: &[u8]) -> bool {
    let Some(value) = T::ALLOWANCE.spend(bytes, T::read) else {
        return false;
    };
    let written = value.written();
    let back = T::read(&written).expect("what was written can be read");
    assert!(
        back.written() == written,
        "what was read again is another value"
    );
    true
}

fn target(name: &'static str, kinds: Vec<Kind>) -> Target {
    let examples: Vec<_> = kinds.iter().map(|kind| kind.example).collect();
    let checks: Vec<_> = kinds.iter().map(|kind| kind.check).collect();
    let mut random = Random::new(7);
    let some = (0..100)
        .find_map(|_| examples[0](&mut random))
        .expect("an example");
    Target {
        name,
        check: Box::new(move |bytes| {
            checks
                .iter()
                .fold(false, |taken, check| check(bytes) | taken)
        }),
        example: Box::new(move |random| (*random.pick(&examples))(random)),
        words: &[
            b"{\"a\":",
            b"[[[[[[[[",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ],
        by_hand: by_hand(&some),
    }
}

/// What goes wrong with messages of any type.
fn by_hand(some: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut cases = vec![
        ("empty", Vec::new()),
        ("cut-off", some[..some.len() / 2].to_vec()),
        ("byte-behind", [some, &[0]].concat()),
        (
            "not-utf8",
            [&[2, 4, 0xff, 0xfe, 0xed, 0xa0][..], some].concat(),
        ),
        ("no-such-variant", vec![0x7f, 1, 2, 3]),
        ("number-without-end", vec![0xff; 40]),
        ("many-nothings", vec![0; 4096]),
        ("many-ones", vec![1; 4096]),
    ];
    // After each of these variants, a list or text of 4 GiB, of 2^64 things, and of as many as
    // there are bytes, all small.
    for (name, count) in [
        ("four-gib", &[0xff, 0xff, 0xff, 0xff, 0x0f][..]),
        (
            "all-there-are",
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        ),
    ] {
        cases.push((name, count.repeat(4)));
    }
    cases.push((
        "list-of-small",
        [&[0x80, 0x20][..], &[3; 3 * 4096]].concat(),
    ));
    cases.push((
        "list-of-zeros",
        [&[0x80, 0x20][..], &[0; 12 * 4096]].concat(),
    ));
    cases
}

pub(crate) fn ask(name: &'static str) -> Target {
    target(name, vec![kind::<Ask>()])
}

pub(crate) fn tell(name: &'static str) -> Target {
    target(name, vec![kind::<Tell>()])
}

pub(crate) fn haul(name: &'static str) -> Target {
    target(
        name,
        vec![kind::<Haul>(), kind::<Load>(), kind::<BlockHead>()],
    )
}

pub(crate) fn join(name: &'static str) -> Target {
    target(name, vec![kind::<Join>(), kind::<Joined>()])
}

pub(crate) fn worker(name: &'static str) -> Target {
    target(
        name,
        vec![kind::<node::ToWorker>(), kind::<node::FromWorker>()],
    )
}

pub(crate) fn job(name: &'static str) -> Target {
    target(
        name,
        vec![kind::<JobSpec>(), kind::<Pipeline>(), kind::<Submission>()],
    )
}

pub(crate) fn replica(name: &'static str) -> Target {
    target(
        name,
        vec![kind::<cluster::Request>(), kind::<cluster::Reply>()],
    )
}

pub(crate) fn record(name: &'static str) -> Target {
    let kind = Kind {
        check: check::<Record>,
        example: |random| {
            let mut record: Record = drawn(random)?;
            record.version = RECORD_VERSION;
            Some(record.written())
        },
    };
    target(name, vec![kind])
}

pub(crate) fn snapshot(name: &'static str) -> Target {
    target(name, vec![kind::<Machine>()])
}
