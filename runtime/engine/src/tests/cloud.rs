//! Storage in the cloud: the same rules, another place.

use std::path::Path;
use std::sync::Arc;

use object_store::memory::InMemory;

use super::objects::{Storage, is_denied, stores};
use crate::Grants;
use crate::contract::ObjectError;
use crate::objects::Objects;

/// A bucket that is readable, and writable below `out/`.
fn bucket() -> Storage {
    let stores = stores();
    stores.add("s3://bucket/", Arc::new(InMemory::new()));
    let text = |text: &str| vec![text.to_owned()];
    let grants = Grants::parse(
        Path::new("/"),
        &text("s3://bucket/"),
        &text("s3://bucket/out/"),
        &[],
        &[],
    )
    .unwrap();
    Storage {
        base: tempfile::tempdir().unwrap(),
        objects: Objects::new(stores),
        grants,
    }
}

#[test]
fn cloud_objects_work_as_files_do() {
    let mut storage = bucket();
    let big = "0123456789".repeat(1 << 20);
    let receipt = storage.stage("s3://bucket/out/big %25.csv", &big).unwrap();
    assert_eq!(
        storage.find("s3://bucket/**").unwrap(),
        [""; 0],
        "nobody sees it"
    );
    for _ in 0..2 {
        storage.objects.publish(&storage.grants, &receipt).unwrap();
    }
    let empty = storage.stage("s3://bucket/out/empty", "").unwrap();
    storage.objects.publish(&storage.grants, &empty).unwrap();
    let found = storage.find("s3://bucket/*/*").unwrap();
    assert_eq!(
        found,
        ["s3://bucket/out/big %25.csv", "s3://bucket/out/empty"]
    );
    assert_eq!(storage.find("s3://bucket/out/empty").unwrap().len(), 1);
    assert_eq!(storage.find("s3://bucket/none").unwrap(), [""; 0]);
    let mut read = Vec::new();
    for piece in 0..20_u64 {
        let offset = piece << 19;
        read.extend_from_slice(
            &storage
                .objects
                .read(&storage.grants, &found[0], offset, 1 << 19)
                .unwrap(),
        );
    }
    assert_eq!(read.len(), big.len());
    assert!(read == big.as_bytes());
    assert!(storage.read("s3://bucket/out/empty").unwrap().is_empty());
}

#[test]
fn cloud_objects_are_granted_as_files_are() {
    let mut storage = bucket();
    assert!(matches!(
        storage.read("s3://bucket/none"),
        Err(ObjectError::NotFound(_))
    ));
    assert!(is_denied(storage.read("s3://other/x")));
    assert!(is_denied(storage.stage("s3://bucket/elsewhere", "x")));
    let thrown_away = storage.stage("s3://bucket/out/never", "x").unwrap();
    storage
        .objects
        .discard(&storage.grants, &thrown_away)
        .unwrap();
    assert!(
        storage
            .objects
            .publish(&storage.grants, &thrown_away)
            .is_err()
    );
    let receipt = storage.stage("s3://bucket/out/x", "x").unwrap();
    storage.objects.publish(&storage.grants, &receipt).unwrap();
    assert_eq!(
        storage.find("s3://bucket/**").unwrap(),
        ["s3://bucket/out/x"]
    );
    for _ in 0..2 {
        storage
            .objects
            .remove(&storage.grants, "s3://bucket/out/x")
            .unwrap();
    }
    assert_eq!(storage.find("s3://bucket/**").unwrap(), [""; 0]);
}

#[test]
fn a_guest_cannot_open_uploads_without_end() {
    let mut storage = bucket();
    let mut open = Vec::new();
    let refused = loop {
        match storage.objects.create(&storage.grants, "s3://bucket/out/x") {
            Ok(staged) => open.push(staged),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, ObjectError::Other(_)), "{refused:?}");
    assert_eq!(open.len(), 16);
    open.pop();
    storage.stage("s3://bucket/out/x", "room again").unwrap();
}
