//! A few nodes on loopback addresses, and someone who asks them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bubbles_cluster::JobId;
use bubbles_node::wire::{Ask, Denial, Join, Joined, NodeStatus, Submission, Tell};
use bubbles_node::{JobReport, Member, MemberConfig, Node, NodeConfig, Profile};
use bubbles_pipeline::{Kind, Pipeline, TaskSpec};
use bubbles_transport::{
    Endpoint, EndpointConfig, Identity, Invitation, PrivateKey, Protocol, Revoked, Seams, call,
};
use serde_json::json;
use tempfile::TempDir;

const WITHIN: Duration = Duration::from_secs(60);

/// Nodes, each with its folder, and an admin.
pub(crate) struct Cluster {
    folder: TempDir,
    members: Vec<Option<Member>>,
    configs: Vec<MemberConfig>,
    admin: Person,
}

/// Someone with a certificate.
#[derive(Debug)]
pub(crate) struct Person {
    endpoint: Endpoint,
    addresses: Vec<SocketAddr>,
}

impl Cluster {
    /// So many nodes, of which the first made the cluster.
    pub(crate) async fn of(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let first = config(folder.path(), 0, None);
        let member = Member::start(first.clone()).await.unwrap();
        let profile = Profile::load(&first.data.join("admin")).unwrap().unwrap();
        let admin = Person::new(profile.identity, vec![first.listen]);
        let mut cluster = Self {
            folder,
            members: vec![Some(member)],
            configs: vec![first],
            admin,
        };
        for number in 1..count {
            let invite = Ask::Invite {
                role: None,
                seconds: 600,
            };
            let Tell::Token(token) = cluster.ask(invite).await else {
                panic!("no token")
            };
            let invitation = Invitation::parse(&token).unwrap();
            let config = config(cluster.folder.path(), number, Some(invitation));
            cluster.admin.addresses.push(config.listen);
            let member = Member::start(config.clone()).await.unwrap();
            cluster.members.push(Some(member));
            cluster.configs.push(config);
        }
        cluster
            .until("all nodes alive", async |cluster| {
                let nodes = cluster.nodes().await;
                nodes
                    .iter()
                    .filter(|node| node.alive && node.slots > 0)
                    .count()
                    == count
            })
            .await;
        cluster
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn nodes(&self) -> Vec<NodeStatus> {
        match self.ask(Ask::Nodes).await {
            Tell::Nodes(nodes) => nodes,
            other => panic!("{other:?}"),
        }
    }

    /// Stops a node as SIGTERM does, and starts it again.
    pub(crate) async fn restart(&mut self, number: usize) {
        let member = self.members[number].take().unwrap();
        member.drain().await;
        member.shutdown().await;
        let mut config = self.configs[number].clone();
        config.join = None;
        // The old socket is closed by a background task of its own, a moment after its endpoint.
        let address = config.listen;
        self.until("the address is free", async |_| {
            std::net::UdpSocket::bind(address).is_ok()
        })
        .await;
        self.members[number] = Some(Member::start(config).await.unwrap());
    }

    /// Asks whoever leads.
    pub(crate) async fn ask(&self, ask: Ask) -> Tell {
        self.admin.ask(ask).await
    }

    /// Runs a job to its end.
    pub(crate) async fn run(&self, submission: Submission) -> JobReport {
        let job = submission.job.clone();
        let submitted = self.ask(Ask::Submit(Box::new(submission))).await;
        assert!(matches!(submitted, Tell::Done), "{submitted:?}");
        let deadline = tokio::time::Instant::now() + WITHIN;
        loop {
            match self.ask(Ask::Job(job.clone())).await {
                Tell::Job(status) if status.report.is_some() => return status.report.unwrap(),
                Tell::Job(_) => {}
                other => panic!("{other:?}"),
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "the job does not end"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn until(&self, what: &str, reached: impl AsyncFn(&Self) -> bool) {
        let deadline = tokio::time::Instant::now() + WITHIN;
        while !reached(self).await {
            assert!(tokio::time::Instant::now() < deadline, "never: {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Uses a token up; the words of the refusal where it is not good.
    pub(crate) async fn login(&self, token: &str) -> Result<Person, String> {
        let invitation = Invitation::parse(token).unwrap();
        let key = PrivateKey::generate().unwrap();
        let anonymous = endpoint(None);
        let connection = anonymous
            .connect_with(invitation.addresses()[0], &invitation)
            .await
            .map_err(|error| error.to_string())?;
        let join = Join::Person {
            name: "someone".parse().unwrap(),
            key: key.public(),
        };
        match call(&connection, &join, WITHIN).await.unwrap() {
            Joined::Person {
                certificate,
                authority,
                ..
            } => {
                let identity = Identity::new(key, certificate, authority).unwrap();
                Ok(Person::new(identity, self.admin.addresses.clone()))
            }
            Joined::No(denial) => Err(denial.to_string()),
            Joined::Node { .. } => panic!("a person asked"),
        }
    }
}

impl Person {
    fn new(identity: Identity, addresses: Vec<SocketAddr>) -> Self {
        Self {
            endpoint: endpoint(Some(identity)),
            addresses,
        }
    }

    /// Asks one node after the other, until one leads and answers.
    pub(crate) async fn ask(&self, ask: Ask) -> Tell {
        let deadline = tokio::time::Instant::now() + WITHIN;
        loop {
            for address in &self.addresses {
                let connected = self.endpoint.connect(*address, Protocol::Control).await;
                let Ok(connection) = connected else { continue };
                let mut stream = connection.open().await.unwrap();
                stream.send(&ask).await.unwrap();
                match stream.receive(WITHIN).await {
                    Ok(Tell::No(Denial::NotLeader { .. } | Denial::NoQuorum)) | Err(_) => {}
                    Ok(told) => return told,
                }
            }
            assert!(tokio::time::Instant::now() < deadline, "nobody answers");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// csv files, so many, of 500 rows each, counted by key and written out.
pub(crate) async fn job_of(cluster: &Cluster, files: usize) -> Submission {
    let base = cluster.path().to_owned();
    let submission = tokio::task::spawn_blocking(move || {
        let data = base.join("data");
        std::fs::create_dir_all(&data).unwrap();
        for file in 0..files {
            let mut text = "key,value\n".to_owned();
            for row in 0..500 {
                text.push_str(&format!("{},{row}\n", (row * 7 + file) % 23));
            }
            std::fs::write(data.join(format!("{file}.csv")), text).unwrap();
        }
        let mut extract = TaskSpec::new("rows", Kind::Extract, "csv");
        extract.config = json!({ "path": "data/*.csv" });
        extract.grants.read = vec!["data/".to_owned()];
        let mut count = TaskSpec::new("count", Kind::Transform, "aggregate");
        count.config = json!({ "group-by": ["key"], "count": "rows" });
        count.partition_by = vec!["key".to_owned()];
        let mut load = TaskSpec::new("out", Kind::Load, "jsonl");
        load.config = json!({ "path": "out/" });
        load.grants.write = vec!["out/".to_owned()];
        let pipeline = Pipeline::builder("counted", base.canonicalize().unwrap())
            .task(extract)
            .task(count)
            .task(load)
            .build()
            .unwrap();
        let config = NodeConfig::new(
            base.join("local-state"),
            shared_cache(),
            base.join("local-scratch"),
        );
        let node = Node::start(&config).unwrap();
        let prepared = node
            .prepare_for_others(pipeline, &[None, None, None])
            .unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Submission {
            job: JobId(format!("job-{:x}", now.as_nanos())),
            pipeline: prepared.pipeline().clone(),
            descriptions: prepared.descriptions(),
            plugins: prepared.digests().to_vec(),
            bookmarks: prepared.bookmarks(),
            submitted_ms: now.as_millis() as u64,
        }
    });
    submission.await.unwrap()
}

/// The rows that all counts of the output come to.
pub(crate) fn rows(cluster: &Cluster) -> u64 {
    let parts = std::fs::read_dir(cluster.path().join("out")).unwrap();
    let mut total = 0;
    for part in parts {
        let text = std::fs::read_to_string(part.unwrap().path()).unwrap();
        for line in text.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            total += row["rows"].as_u64().unwrap();
        }
    }
    total
}

fn config(folder: &Path, number: usize, join: Option<Invitation>) -> MemberConfig {
    let data = folder.join(format!("n{number}"));
    std::fs::create_dir_all(&data).unwrap();
    let listen = free_address();
    MemberConfig {
        compiler: None,
        name: format!("n{number}").parse().unwrap(),
        scratch: data.join("scratch"),
        // One for all: each plugin is compiled once.
        cache: shared_cache(),
        data,
        listen,
        advertise: listen.to_string(),
        labels: Default::default(),
        slots: 2,
        memory_bytes: 16 << 20,
        join,
    }
}

fn shared_cache() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cluster-cache")
}

fn free_address() -> SocketAddr {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap()
}

fn endpoint(identity: Option<Identity>) -> Endpoint {
    Endpoint::bind(EndpointConfig {
        address: "127.0.0.1:0".parse().unwrap(),
        identity,
        revoked: Revoked::default(),
        seams: Seams::system(),
    })
    .unwrap()
}
