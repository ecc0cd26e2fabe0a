//! Objects behind http, from a server of a few lines.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use crate::Grants;
use crate::contract::ObjectError;
use crate::objects::{Objects, Stores};

const TEXT: &[u8] = b"0123456789abcdef";

/// Gives `/text`, and sends who asks for `/away` to another host. Ends with the test's process.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            thread::spawn(move || answer(connection.unwrap()));
        }
    });
    address
}

fn answer(mut connection: TcpStream) {
    let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
    while let Some(Ok(request)) = lines.next() {
        let mut range = None;
        for line in lines.by_ref() {
            let line = line.unwrap().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(bytes) = line.strip_prefix("range: bytes=") {
                let (from, to) = bytes.split_once('-').unwrap();
                range = Some((
                    from.parse::<usize>().unwrap(),
                    to.parse::<usize>().unwrap() + 1,
                ));
            }
        }
        let mut words = request.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let (status, headers, body) = match (path, range) {
            ("/text", Some((from, to))) => {
                let range = format!("Content-Range: bytes {from}-{}/{}\r\n", to - 1, TEXT.len());
                ("206 Partial Content", range, &TEXT[from..to])
            }
            ("/text", None) => ("200 OK", String::new(), TEXT),
            ("/away", _) => {
                let away = "Location: http://localhost:1/text\r\n".to_owned();
                ("302 Found", away, &b""[..])
            }
            _ => ("404 Not Found", String::new(), &b""[..]),
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\
             Last-Modified: Tue, 01 Jan 2013 00:00:00 GMT\r\nETag: \"1\"\r\n{headers}\r\n"
        );
        connection.write_all(head.as_bytes()).unwrap();
        if method != "HEAD" {
            connection.write_all(body).unwrap();
        }
    }
}

#[test]
fn http_objects_can_be_read_and_nothing_else() {
    let server = serve();
    let url = |path: &str| format!("http://{server}/{path}");
    let grant = [url("")];
    let grants = Grants::parse(Path::new("/"), &grant, &grant, &[], &[]).unwrap();
    let mut objects = Objects::new(Arc::new(Stores::new(crate::testing::runtime())));
    let mut read = |path: &str, offset: u64| objects.read(&grants, &url(path), offset, 4);
    let mut text = Vec::new();
    for piece in 0..5 {
        text.extend_from_slice(&read("text", piece * 4).unwrap());
    }
    assert_eq!(text, TEXT);
    assert!(matches!(read("none", 0), Err(ObjectError::NotFound(_))));
    match read("away", 0) {
        Err(ObjectError::Other(message)) => assert!(message.contains("another host"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        objects.find(&grants, &url("text")).unwrap()[0].size,
        TEXT.len() as u64
    );
    assert!(objects.create(&grants, &url("new")).is_err());
    assert!(objects.remove(&grants, &url("text")).is_err());
}
