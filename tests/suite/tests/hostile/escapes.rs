//! Guests that reach for what they were not granted. Each is also given the grant once, to see
//! that it was the lack of it that held the guest back.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;

use bubbles_engine::{Grants, Limits};
use tempfile::TempDir;

use super::lab::{self, attack, context};

const SECRET: &str = "the crown jewels";

/// `granted/` with a file in it, and a secret beside it that a symbolic link in it leads to.
fn house() -> TempDir {
    let folder = TempDir::new().unwrap();
    let granted = folder.path().join("granted");
    fs::create_dir(&granted).unwrap();
    fs::write(granted.join("open.txt"), "for everyone").unwrap();
    fs::write(folder.path().join("secret.txt"), SECRET).unwrap();
    symlink("../secret.txt", granted.join("link.txt")).unwrap();
    symlink("..", granted.join("up")).unwrap();
    folder
}

fn config(path: &str) -> String {
    format!(r#"{{"path":"{path}"}}"#)
}

fn try_to_read(guest: &str, base: &Path, grant: &str, path: &str) -> String {
    let grants = lab::grants(base, &[grant], &[], &[]);
    let attack = attack(guest, Limits::default(), grants, lab::read(&config(path)));
    attack.error.to_string()
}

#[track_caller]
fn cannot_read(guest: &str, path: &str) {
    let house = house();
    let said = try_to_read(guest, house.path(), "granted/", path);
    assert!(said.starts_with("refused:"), "{path}: {said}");
    assert!(!said.contains(SECRET), "{path}: {said}");
}

#[test]
fn read_parent() {
    for path in [
        "granted/../secret.txt",
        "../secret.txt",
        "granted/a/../../secret.txt",
    ] {
        cannot_read("read_parent", path);
    }
    let house = house();
    let said = try_to_read("read_parent", house.path(), "granted/", "granted/open.txt");
    assert_eq!(said, "got out: for everyone");
    let said = try_to_read("read_parent", house.path(), "./", "granted/../secret.txt");
    assert!(!said.contains("denied") || said.contains(".."), "{said}");
}

#[test]
fn read_absolute() {
    for path in ["/etc/passwd", "/proc/self/environ", "/etc/", "//etc/passwd"] {
        cannot_read("read_absolute", path);
        cannot_read("read_absolute", &format!("file://{path}"));
    }
    let house = house();
    let secret = house.path().join("secret.txt");
    let said = try_to_read(
        "read_absolute",
        house.path(),
        "granted/",
        secret.to_str().unwrap(),
    );
    assert!(said.starts_with("refused:"), "{said}");
    let grant = secret.to_str().unwrap();
    let said = try_to_read("read_absolute", house.path(), grant, grant);
    assert_eq!(said, format!("got out: {SECRET}"));
}

#[test]
fn read_through_symlink() {
    for path in [
        "granted/link.txt",
        "granted/up/secret.txt",
        "granted/up/granted/link.txt",
    ] {
        cannot_read("read_through_symlink", path);
    }
}

#[test]
fn write_read_only() {
    let house = house();
    let grants = lab::grants(house.path(), &["granted/"], &[], &[]);
    let attack = attack("write_read_only", Limits::default(), grants, |guest| {
        guest.open_load(&config("granted/open.txt"), &context())
    });
    let said = attack.error.to_string();
    assert!(
        said.starts_with("refused:") && said.contains("open.txt"),
        "{said}"
    );
    let granted = house.path().join("granted");
    assert_eq!(
        fs::read_to_string(granted.join("open.txt")).unwrap(),
        "for everyone"
    );
    assert_eq!(fs::read_dir(granted).unwrap().count(), 3);

    let grants = lab::grants(house.path(), &[], &["granted/"], &[]);
    let attack = lab::attack("write_read_only", Limits::default(), grants, |guest| {
        guest.open_load(&config("granted/new.txt"), &context())
    });
    assert_eq!(attack.error.to_string(), "got out: removed it");
}

/// A listener that no guest may reach.
struct Canary(TcpListener);

impl Canary {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    #[track_caller]
    fn heard_nothing(&self) {
        let heard = self.0.accept().expect_err("somebody connected");
        assert_eq!(heard.kind(), ErrorKind::WouldBlock);
    }
}

fn try_to_connect(guest: &str, grants: Grants, address: &str) -> String {
    let config = format!(r#"{{"address":"{address}"}}"#);
    attack(guest, Limits::default(), grants, lab::read(&config))
        .error
        .to_string()
}

#[test]
fn connect_loopback() {
    let canary = Canary::new();
    let port = canary.port();
    let base = Path::new("/");
    for address in [
        format!("127.0.0.1:{port}"),
        format!("[::1]:{port}"),
        format!("0.0.0.0:{port}"),
    ] {
        let said = try_to_connect("connect_loopback", Grants::default(), &address);
        assert!(said.starts_with("refused:"), "{address}: {said}");
        // A grant of another port is no grant of this one.
        let other = lab::grants(base, &[], &[], &["127.0.0.1:9"]);
        let said = try_to_connect("connect_loopback", other, &address);
        assert!(said.starts_with("refused:"), "{address}: {said}");
    }
    canary.heard_nothing();
}

#[test]
fn connect_loopback_with_the_grant() {
    let canary = Canary::new();
    let address = format!("127.0.0.1:{}", canary.port());
    canary.0.set_nonblocking(false).unwrap();
    let server = std::thread::spawn(move || drop(canary.0.accept().unwrap()));
    let granted = lab::grants(Path::new("/"), &[], &[], &[&address]);
    let said = try_to_connect("connect_loopback", granted, &address);
    assert!(said.starts_with("got out:"), "{said}");
    server.join().unwrap();
}

#[test]
fn connect_name() {
    let canary = Canary::new();
    for name in ["localhost", "example.com"] {
        let address = format!("{name}:{}", canary.port());
        let said = try_to_connect("connect_name", Grants::default(), &address);
        assert!(said.starts_with("refused:"), "{address}: {said}");
    }
    canary.heard_nothing();
}

#[test]
fn read_environment() {
    assert!(
        std::env::var_os("PATH").is_some(),
        "there is something to find"
    );
    let attack = attack(
        "read_environment",
        Limits::default(),
        Grants::default(),
        lab::read("{}"),
    );
    assert_eq!(attack.error.to_string(), "found 0: ");

    let token = [(String::from("TOKEN"), String::from("granted"))];
    let grants = Grants::parse(Path::new("/"), &[], &[], &[], &token).unwrap();
    let attack = lab::attack(
        "read_environment",
        Limits::default(),
        grants,
        lab::read("{}"),
    );
    assert_eq!(attack.error.to_string(), "found 1: TOKEN=granted");
}
