#![allow(warnings, clippy::all)]
use bubbles_transport::*;
use bytes::Bytes;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
#[path = "../tests/transport/raw.rs"]
mod raw;

const TOTAL: usize = 1 << 30;
const PIECE: usize = 1 << 20;

fn ident(a: &Authority, n: &str) -> Identity {
    let v = Validity::starting(SystemTime::now(), Duration::from_secs(3600));
    a.identity(
        &n.parse().unwrap(),
        Role::Node,
        v,
        PrivateKey::generate().unwrap(),
    )
    .unwrap()
}
fn ep(a: &Authority, n: &str) -> Endpoint {
    Endpoint::bind(EndpointConfig {
        address: "127.0.0.1:0".parse().unwrap(),
        identity: Some(ident(a, n)),
        revoked: Revoked::default(),
        seams: Seams::system(),
    })
    .unwrap()
}
fn cpu() -> f64 { let s = std::fs::read_to_string("/proc/self/stat").unwrap(); let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect(); (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0 }
fn mib(t: Duration) -> f64 {
    TOTAL as f64 / 1048576.0 / t.as_secs_f64()
}

async fn ours(a: &Authority, streams: usize) -> Duration {
    let (near, far) = (ep(a, "near"), ep(a, "far"));
    let addr = far.local_address().unwrap();
    let (c, s) = tokio::join!(near.connect(addr, Protocol::Data), far.accept());
    let (c, s) = (c.unwrap(), s.unwrap());
    let start = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..streams {
        let c = c.clone();
        set.spawn(async move {
            let mut st = c.open().await.unwrap();
            let piece = Bytes::from(vec![7u8; PIECE]);
            for _ in 0..TOTAL / PIECE / streams {
                st.sending.send_bytes(piece.clone()).await.unwrap();
            }
            st.sending.finish().unwrap();
            st.receiving.receive_bytes(1, Duration::from_secs(60)).await;
        });
        let s = s.clone();
        set.spawn(async move {
            let mut st = s.accept().await.unwrap();
            let mut n = 0;
            while let Some(b) = st
                .receiving
                .receive_bytes(PIECE, Duration::from_secs(10))
                .await
                .unwrap()
            {
                n += b.len();
            }
            assert_eq!(n, TOTAL / streams);
            st.sending.finish().unwrap();
        });
    }
    set.join_all().await;
    let t = start.elapsed();
    if std::env::var("STATS").is_ok() {
        eprintln!("{:?}", t);
    }
    t
}

async fn bare(a: &Authority, streams: usize, chunks: bool, tuned: bool) -> Duration {
    let (chain, key) = raw::parts(&ident(a, "server"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    tls.alpn_protocols = vec![b"x".to_vec()];
    let mut config =
        quinn::ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls).unwrap()));
    let mut t = quinn::TransportConfig::default();
    if tuned {
        t.stream_receive_window((2u32 << 20).into())
            .receive_window((4u32 << 20).into())
            .send_window(4 << 20);
    }
    config.transport_config(Arc::new(t));
    let server = quinn::Endpoint::server(config, "127.0.0.1:0".parse().unwrap()).unwrap();
    let client = raw::Client::new(Some(&ident(a, "client")), "x");
    let addr = server.local_addr().unwrap();
    let (c, s) = tokio::join!(client.connect(addr), async {
        server.accept().await.unwrap().await.unwrap()
    });
    let c = c.unwrap();
    let start = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..streams {
        let c = c.clone();
        set.spawn(async move {
            let (mut w, mut r) = c.open_bi().await.unwrap();
            let piece = Bytes::from(vec![7u8; PIECE]);
            for _ in 0..TOTAL / PIECE / streams {
                w.write_chunk(piece.clone()).await.unwrap();
            }
            w.finish().unwrap();
            r.read_chunk(1, true).await;
        });
        let s = s.clone();
        set.spawn(async move {
            let (mut w, mut r) = s.accept_bi().await.unwrap();
            let mut n = 0;
            if chunks {
                let mut bufs: [Bytes; 32] = Default::default();
                while let Some(k) = r.read_chunks(&mut bufs).await.unwrap() {
                    n += bufs[..k].iter().map(|b| b.len()).sum::<usize>();
                }
            } else {
                while let Some(b) = r.read_chunk(PIECE, true).await.unwrap() {
                    n += b.bytes.len();
                }
            }
            assert_eq!(n, TOTAL / streams);
            w.finish().unwrap();
        });
    }
    set.join_all().await;
    start.elapsed()
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let v = Validity::starting(SystemTime::now(), Duration::from_secs(3600));
    let a = Authority::new(PrivateKey::generate().unwrap(), v).unwrap();
    let streams: usize = std::env::args().nth(1).map_or(1, |s| s.parse().unwrap());
    let reps: usize = std::env::args().nth(2).map_or(5, |s| s.parse().unwrap());
    let mut all = vec![vec![]; 5]; let mut used = [0.0; 5];
    for _ in 0..reps {
        { let c = cpu(); all[0].push(mib(ours(&a, streams).await)); used[0] += (cpu() - c) / reps as f64; }
        { let c = cpu(); all[1].push(mib(bare(&a, streams, false, false).await)); used[1] += (cpu() - c) / reps as f64; }
        { let c = cpu(); all[2].push(mib(bare(&a, streams, true, false).await)); used[2] += (cpu() - c) / reps as f64; }
        { let c = cpu(); all[3].push(mib(bare(&a, streams, false, true).await)); used[3] += (cpu() - c) / reps as f64; }
        { let c = cpu(); all[4].push(mib(bare(&a, streams, true, true).await)); used[4] += (cpu() - c) / reps as f64; }
    }
    let names = ["ours", "bare read_chunk", "bare read_chunks", "tuned read_chunk", "tuned read_chunks"];
    for i in 0..5 {
        let mut v = all[i].clone();
        v.sort_by(f64::total_cmp);
        println!("{:20} {streams} streams: median {:4.0} best {:4.0} MiB/s  cpu {:.2} s/GiB", names[i], v[v.len() / 2], v[v.len() - 1], used[i]);
    }
}
