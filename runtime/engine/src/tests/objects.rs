//! Storage: what is granted works, what is not cannot be reached.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use tempfile::TempDir;

use crate::Grants;
use crate::contract::ObjectError;
use crate::objects::{Objects, Stores};

pub(super) struct Storage {
    pub(super) base: TempDir,
    pub(super) objects: Objects,
    pub(super) grants: Grants,
}

/// A folder with `data/` (readable), `out/` (writable, not there yet) and `secret`.
fn storage() -> Storage {
    let base = tempfile::tempdir().unwrap();
    let root = base.path();
    fs::create_dir_all(root.join("data/deep/er")).unwrap();
    for (name, text) in [
        ("data/a.csv", "a"),
        ("data/b.csv", "bb"),
        ("data/b.txt", "text"),
        ("data/.hidden.csv", "h"),
        ("data/deep/c.csv", "ccc"),
        ("data/deep/er/d.csv", "dddd"),
        ("secret", "secret"),
    ] {
        fs::write(root.join(name), text).unwrap();
    }
    let text = |text: &str| vec![text.to_owned()];
    let grants = Grants::parse(root, &text("data/"), &text("out/"), &[], &[]).unwrap();
    Storage {
        objects: Objects::new(stores()),
        base,
        grants,
    }
}

pub(super) fn stores() -> Arc<Stores> {
    Arc::new(Stores::new(crate::testing::runtime()))
}

impl Storage {
    pub(super) fn read(&mut self, url: &str) -> Result<Vec<u8>, ObjectError> {
        self.objects
            .read(&self.grants, url, 0, 100)
            .map(|bytes| bytes.to_vec())
    }

    pub(super) fn find(&mut self, pattern: &str) -> Result<Vec<String>, ObjectError> {
        let found = self.objects.find(&self.grants, pattern)?;
        Ok(found.into_iter().map(|object| object.url).collect())
    }

    pub(super) fn stage(&mut self, url: &str, text: &str) -> Result<Vec<u8>, ObjectError> {
        let mut staged = self.objects.create(&self.grants, url)?;
        staged.write(text.as_bytes())?;
        staged.finish()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.base.path().join(name)
    }

    /// Names in a folder, hidden ones too.
    fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else {
            return Vec::new();
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }
}

pub(super) fn is_denied<T: std::fmt::Debug>(result: Result<T, ObjectError>) -> bool {
    match result {
        Err(ObjectError::Denied(_)) => true,
        other => panic!("not denied: {other:?}"),
    }
}

#[test]
fn files_are_found_as_in_a_shell() {
    let mut storage = storage();
    assert_eq!(
        storage.find("data/*.csv").unwrap(),
        ["data/a.csv", "data/b.csv"]
    );
    assert_eq!(
        storage.find("data/**/*.csv").unwrap(),
        [
            "data/a.csv",
            "data/b.csv",
            "data/deep/c.csv",
            "data/deep/er/d.csv"
        ]
    );
    assert_eq!(storage.find("data/*/?.csv").unwrap(), ["data/deep/c.csv"]);
    assert_eq!(storage.find("./data/a.csv").unwrap(), ["./data/a.csv"]);
    assert_eq!(storage.find("data/none*").unwrap(), [""; 0]);
    assert_eq!(storage.find("data/none/*").unwrap(), [""; 0]);
    assert_eq!(
        storage.find("data/deep").unwrap(),
        [""; 0],
        "a folder is no object"
    );
    let absolute = format!("{}/data/b.*", storage.base.path().display());
    assert_eq!(storage.find(&absolute).unwrap().len(), 2);
    assert!(is_denied(storage.find("*")));
    assert!(is_denied(storage.find("data/../*")));
    assert!(is_denied(storage.find("/etc/*")));
}

#[test]
fn files_are_read_in_pieces() {
    let mut storage = storage();
    let text: Vec<u8> = (0..20_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    fs::write(storage.path("data/big"), &text).unwrap();
    let mut read = Vec::new();
    loop {
        let offset = read.len() as u64;
        let piece = storage
            .objects
            .read(&storage.grants, "data/big", offset, u64::MAX)
            .unwrap();
        assert!(piece.len() <= 8 << 20);
        if piece.is_empty() {
            break;
        }
        read.extend_from_slice(&piece);
    }
    assert!(read == text);
    let piece = storage
        .objects
        .read(&storage.grants, "data/big", 1000, 10)
        .unwrap();
    assert_eq!(*piece, text[1000..1010]);
    assert_eq!(storage.objects.bytes_read(), text.len() as u64 + 10);
    assert!(matches!(
        storage.read("data/none"),
        Err(ObjectError::NotFound(_))
    ));
    assert!(matches!(
        storage.read("data/deep"),
        Err(ObjectError::Other(_))
    ));
}

#[test]
fn nothing_leads_out_of_a_grant() {
    let mut storage = storage();
    let secret = storage.path("secret");
    symlink(&secret, storage.path("data/link")).unwrap();
    symlink("../secret", storage.path("data/up")).unwrap();
    symlink(storage.base.path(), storage.path("data/all")).unwrap();
    symlink("link", storage.path("data/link-to-link")).unwrap();
    let base = storage.base.path().display().to_string();
    for url in [
        "secret",
        "data/../secret",
        "data/deep/../../secret",
        "./secret",
        "/etc/passwd",
        "/proc/self/environ",
        &format!("{base}/secret"),
        &format!("file://{base}/secret"),
        "data/link",
        "data/up",
        "data/all/secret",
        "data/link-to-link",
        "out/x",
        "s3://bucket/secret",
        "http://127.0.0.1/secret",
    ] {
        assert!(is_denied(storage.read(url)), "{url}");
    }
    assert!(is_denied(storage.find("data/all/*")));
    assert_eq!(
        storage.find("data/l*").unwrap(),
        [""; 0],
        "a link that leads out is not there"
    );
    assert!(is_denied(storage.stage("data/new", "read only")));
    assert!(is_denied(storage.stage("out/../data/a.csv", "read only")));
    fs::create_dir(storage.path("out")).unwrap();
    symlink(storage.path("data"), storage.path("out/data")).unwrap();
    assert!(is_denied(storage.stage("out/data/a.csv", "through a link")));
    let remove = |storage: &mut Storage, url: &str| storage.objects.remove(&storage.grants, url);
    assert!(is_denied(remove(&mut storage, "data/a.csv")));
    assert!(is_denied(remove(&mut storage, "out/data/a.csv")));
    assert_eq!(fs::read_to_string(storage.path("data/a.csv")).unwrap(), "a");
}

#[test]
fn a_link_within_a_grant_and_a_granted_file_work() {
    let mut storage = storage();
    symlink("a.csv", storage.path("data/same")).unwrap();
    assert_eq!(storage.read("data/same").unwrap(), b"a");
    let text = |text: &str| vec![text.to_owned()];
    storage.grants = Grants::parse(
        storage.base.path(),
        &text("secret"),
        &text("new/one.csv"),
        &[],
        &[],
    )
    .unwrap();
    assert_eq!(storage.read("secret").unwrap(), b"secret");
    assert_eq!(storage.find("secret").unwrap(), ["secret"]);
    assert!(is_denied(storage.read("data/a.csv")));
    let receipt = storage.stage("new/one.csv", "1").unwrap();
    storage.objects.publish(&storage.grants, &receipt).unwrap();
    assert_eq!(
        fs::read_to_string(storage.path("new/one.csv")).unwrap(),
        "1"
    );
    assert!(is_denied(storage.stage("new/two.csv", "2")));
}

#[test]
fn a_pipe_is_not_waited_for() {
    let mut storage = storage();
    let pipe = storage.path("data/pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    assert!(matches!(
        storage.read("data/pipe"),
        Err(ObjectError::Other(_))
    ));
    assert_eq!(storage.find("data/p*").unwrap(), [""; 0]);
}

#[test]
fn output_appears_whole_and_once() {
    let mut storage = storage();
    let receipt = storage.stage("out/x/part-00000.csv", "hello").unwrap();
    let visible = |storage: &Storage| storage.path("out/x/part-00000.csv").exists();
    assert!(!visible(&storage));
    assert_eq!(storage.names("out/x").len(), 1, "one hidden file");
    let read_out = Grants {
        read: storage.grants.write.clone(),
        ..storage.grants.clone()
    };
    let found = storage.objects.find(&read_out, "out/**").unwrap();
    assert!(found.is_empty(), "what is staged is not found: {found:?}");
    for _ in 0..3 {
        storage.objects.publish(&storage.grants, &receipt).unwrap();
        assert_eq!(
            fs::read_to_string(storage.path("out/x/part-00000.csv")).unwrap(),
            "hello"
        );
    }
    assert_eq!(storage.names("out/x"), ["part-00000.csv"]);
    assert_eq!(storage.objects.published()[0], "out/x/part-00000.csv");
    // The next job's output replaces it; the old receipt does not bring the old one back.
    let newer = storage.stage("out/x/part-00000.csv", "newer").unwrap();
    storage.objects.publish(&storage.grants, &newer).unwrap();
    let again = storage.objects.publish(&storage.grants, &receipt);
    assert!(matches!(again, Err(ObjectError::NotFound(_))), "{again:?}");
    assert_eq!(
        fs::read_to_string(storage.path("out/x/part-00000.csv")).unwrap(),
        "newer"
    );
    for _ in 0..2 {
        storage
            .objects
            .remove(&storage.grants, "out/x/part-00000.csv")
            .unwrap();
    }
    assert!(!visible(&storage));
}

#[test]
fn what_is_not_published_leaves_nothing() {
    let mut storage = storage();
    let receipt = storage.stage("out/a", "a").unwrap();
    for _ in 0..2 {
        storage.objects.discard(&storage.grants, &receipt).unwrap();
    }
    drop(storage.objects.create(&storage.grants, "out/b").unwrap());
    assert_eq!(storage.names("out"), [""; 0]);
    assert!(storage.stage("out/folder/", "x").is_err());
    fs::create_dir(storage.path("out/folder")).unwrap();
    assert!(storage.stage("out/folder", "x").is_err());
}

#[test]
fn a_receipt_counts_only_within_the_grants() {
    let mut storage = storage();
    let receipt = storage.stage("out/a", "a").unwrap();
    let text = |text: &str| vec![text.to_owned()];
    let elsewhere = Grants::parse(storage.base.path(), &[], &text("other/"), &[], &[]).unwrap();
    assert!(is_denied(storage.objects.publish(&elsewhere, &receipt)));
    assert!(is_denied(storage.objects.discard(&elsewhere, &receipt)));
    // The receipt with another target in it, of the same length.
    let forge = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let mut forged = receipt.clone();
        let places: Vec<usize> = (0..forged.len() - from.len())
            .filter(|at| forged[*at..].starts_with(from.as_bytes()))
            .collect();
        for at in places {
            forged[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        forged
    };
    let root = storage.base.path().display().to_string();
    let forged = forge(&format!("{root}/out/a"), &format!("{root}/data/"));
    assert!(storage.objects.publish(&storage.grants, &forged).is_err());
    let forged = forge(".bubbles-", "/../data/");
    assert!(storage.objects.publish(&storage.grants, &forged).is_err());
    assert!(storage.objects.discard(&storage.grants, &forged).is_err());
    for junk in [
        &b""[..],
        b"junk",
        &[0xff; 100],
        &receipt[..receipt.len() / 2],
    ] {
        assert!(storage.objects.publish(&storage.grants, junk).is_err());
    }
    assert_eq!(fs::read_to_string(storage.path("data/a.csv")).unwrap(), "a");
    storage.objects.publish(&storage.grants, &receipt).unwrap();
}
