//! A client that writes its requests by hand, over real connections.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use bubbles_node::metrics;
use tokio::runtime::Runtime;

use super::*;

/// Longer than anything here takes on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server on threads of its own, and what it is to tell.
struct Served {
    address: SocketAddr,
    life: Arc<Mutex<Life>>,
    server: Option<HttpServer>,
    runtime: Runtime,
}

impl Served {
    fn start(limits: Limits) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let life = Arc::new(Mutex::new(Life::Starting));
        let theirs = Arc::clone(&life);
        let look: Look = Arc::new(move || {
            let life = theirs.lock().unwrap_or_else(PoisonError::into_inner);
            life.clone()
        });
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let started = HttpServer::start_within(limits, any, look);
        let server = runtime.block_on(started).unwrap();
        Self {
            address: server.address(),
            life,
            server: Some(server),
            runtime,
        }
    }

    fn now(&self, life: Life) {
        *self.life.lock().unwrap() = life;
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// The status and all of the answer.
    fn get(&self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: n1\r\n\r\n"))
    }

    fn ask(&self, request: &str) -> (u16, String) {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        answer(stream)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.shutdown());
        }
    }
}

fn answer(mut stream: TcpStream) -> (u16, String) {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok());
    (
        status.unwrap_or_else(|| panic!("no status in {text:?}")),
        text,
    )
}

/// Waits for the end of the connection, whichever way the server ends it.
fn until_cut(mut stream: TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => said,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => said,
        Err(error) => panic!("not cut in time: {error}"),
    }
}

fn health() -> Health {
    Health {
        name: "n1".to_owned(),
        ready: true,
        reason: None,
        leader: Some("n2".to_owned()),
        is_leader: false,
        term: 4,
        voters: 3,
        nodes_alive: 3,
        slots: 2,
        busy: 1,
        jobs_running: 1,
        draining: false,
    }
}

#[test]
fn metrics_are_text_with_what_the_node_tells() {
    metrics::install();
    metrics::chunk_served(7);
    let served = Served::start(Limits::USUAL);
    served.now(Life::Running(health()));
    let (status, text) = served.get("/metrics");
    assert_eq!(status, 200);
    let kind = format!("content-type: {}\r\n", metrics::CONTENT_TYPE);
    assert!(text.contains(&kind), "{text}");
    for line in [
        "bubbles_chunk_served_bytes_total 7",
        "bubbles_raft_term 4",
        "bubbles_slots_busy 1",
    ] {
        assert!(text.lines().any(|it| it == line), "no {line} in {text}");
    }
}

#[test]
fn healthz_is_well_while_the_process_can_go_on() {
    let served = Served::start(Limits::USUAL);
    assert_eq!(served.get("/healthz").0, 200);
    let mut cut_off = health();
    cut_off.ready = false;
    cut_off.leader = None;
    served.now(Life::Running(cut_off));
    assert_eq!(served.get("/healthz").0, 200);
    served.now(Life::Broken("the log is damaged".to_owned()));
    let (status, text) = served.get("/healthz");
    assert_eq!(status, 503);
    assert!(text.ends_with("\r\n\r\nthe log is damaged\n"), "{text}");
}

#[test]
fn readyz_says_why_not() {
    let served = Served::start(Limits::USUAL);
    let changed = |change: fn(&mut Health)| {
        let mut health = health();
        change(&mut health);
        Life::Running(health)
    };
    let unready = [
        (Life::Starting, "starting"),
        (changed(|it| it.draining = true), "draining"),
        (changed(|it| it.leader = None), "no leader is known"),
        (changed(|it| it.ready = false), "not ready"),
        (
            changed(|it| {
                it.ready = false;
                it.reason = Some("the disk is full".to_owned());
            }),
            "the disk is full",
        ),
        (
            Life::Broken("the log is damaged".to_owned()),
            "the log is damaged",
        ),
    ];
    for (life, reason) in unready {
        served.now(life);
        let (status, text) = served.get("/readyz");
        assert_eq!(status, 503, "{reason}");
        assert!(text.contains(reason), "no {reason} in {text}");
        let told = is_ready(served.address).unwrap_err().to_string();
        assert!(told.contains(reason), "no {reason} in {told}");
    }
    served.now(Life::Running(health()));
    assert_eq!(served.get("/readyz").0, 200);
    is_ready(served.address).unwrap();
}

#[test]
fn nothing_else_is_here() {
    let served = Served::start(Limits::USUAL);
    assert_eq!(served.get("/").0, 404);
    assert_eq!(served.get("/metrics/x").0, 404);
    let post = "POST /metrics HTTP/1.1\r\nHost: n1\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(served.ask(post).0, 405);
    let body = "GET /healthz HTTP/1.1\r\nHost: n1\r\nContent-Length: 1\r\n\r\nx";
    assert_eq!(served.ask(body).0, 413);
    let long = format!("/{}", "x".repeat(2 * HEAD_BYTES_MAX));
    assert!(matches!(served.get(&long).0, 414 | 431));
    let headers = "X: y\r\n".repeat(HEADERS_MAX + 1);
    let many = format!("GET /healthz HTTP/1.1\r\n{headers}\r\n");
    assert_eq!(served.ask(&many).0, 431);
}

#[test]
fn who_is_slow_is_cut() {
    let limits = Limits {
        head_within: Duration::from_millis(200),
        ..Limits::USUAL
    };
    let served = Served::start(limits);
    let began = Instant::now();
    let mut stream = served.connect();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost:").unwrap();
    until_cut(stream);
    assert!(began.elapsed() >= limits.head_within);
    assert!(until_cut(served.connect()).is_empty(), "nothing was asked");
}

#[test]
fn whoever_takes_too_long_in_all_is_cut() {
    let limits = Limits {
        request_within: Duration::from_millis(200),
        ..Limits::USUAL
    };
    let served = Served::start(limits);
    let began = Instant::now();
    let mut stream = served.connect();
    stream.write_all(b"GET /hea").unwrap();
    until_cut(stream);
    assert!(began.elapsed() < limits.head_within + PATIENCE / 2);
}

#[test]
fn one_connection_too_many_waits_for_another_to_end() {
    let served = Served::start(Limits::USUAL);
    let mut idle: Vec<_> = (0..Limits::USUAL.connections)
        .map(|_| served.connect())
        .collect();
    let mut late = served.connect();
    late.write_all(b"GET /healthz HTTP/1.1\r\nHost: n1\r\n\r\n")
        .unwrap();
    let moment = Duration::from_millis(300);
    late.set_read_timeout(Some(moment)).unwrap();
    let error = late.read(&mut [0]).unwrap_err();
    assert!(matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut
    ));
    drop(idle.pop());
    late.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(answer(late).0, 200);
}

#[test]
fn shut_down_it_listens_no_more() {
    let mut served = Served::start(Limits::USUAL);
    let server = served.server.take().unwrap();
    let waiting = served.connect();
    served.runtime.block_on(server.shutdown());
    until_cut(waiting);
    TcpStream::connect(served.address).unwrap_err();
    assert!(is_ready(served.address).is_err());
}

#[test]
fn an_address_in_use_is_named() {
    let served = Served::start(Limits::USUAL);
    let look: Look = Arc::new(|| Life::Starting);
    let second = served
        .runtime
        .block_on(HttpServer::start(served.address, look));
    let error = second.err().expect("two cannot listen at one address");
    assert!(error.to_string().contains(&served.address.to_string()));
}
