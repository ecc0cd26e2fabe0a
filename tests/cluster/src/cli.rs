//! How the programs are called and what they answer: every word of it is in this file.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// The exit code of a command that was wrong, or that this person may not give.
pub const WRONG: i32 = 2;

/// The exit code where the surroundings are at fault: no node, no quorum, no certificate.
pub const SURROUNDINGS: i32 = 3;

/// What a command says where too few nodes can be reached to decide anything, in small letters.
pub const NO_QUORUM: &str = "quorum";

/// The metric of a node: attempts that run on it now.
pub const ATTEMPTS_RUNNING: &str = "bubbles_slots_busy";

/// The metric of a node: receipts and other reports of attempts that it refused, as leader, because
/// the attempt had been given to another.
pub const RECEIPTS_REFUSED: &str = "bubbles_fenced_reports_total";

/// The folder where a person's compiled plugins are.
pub const HOME: &str = "BUBBLES_HOME";

/// The folder where a person's certificate is.
pub const PROFILE: &str = "BUBBLES_CLUSTER";

/// The folder for chunks that do not fit into memory.
pub const SCRATCH: &str = "BUBBLES_SCRATCH";

/// What a node is started with.
#[derive(Clone, Copy, Debug)]
pub struct NodeStart<'a> {
    /// What people call it.
    pub name: &'a str,
    /// The folder that outlives it.
    pub data: &'a Path,
    /// Where it listens to nodes and people.
    pub listen: SocketAddr,
    /// Where `/metrics` and the like are.
    pub http: SocketAddr,
    /// The invitation, the first time; the first node of all has none.
    pub join: Option<&'a str>,
    /// The folder for compiled plugins, which the nodes mostly share.
    pub cache: &'a Path,
    /// The folder for chunks, where it is not in the data folder.
    pub scratch: Option<&'a Path>,
    /// How much of all chunks is kept in memory, as in `64MiB`.
    pub memory: Option<&'a str>,
    /// Attempts at once.
    pub slots: u32,
    /// What `on` may call it.
    pub label: Option<&'a str>,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Be a node.
    Node,
    /// Everything.
    Admin,
    /// Run jobs.
    Submit,
}

/// `bubbles-node …`
#[must_use]
pub fn node(start: &NodeStart<'_>) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["--name".into(), start.name.into()];
    let mut option = |name: &str, value: OsString| words.extend([name.into(), value]);
    option("--data", start.data.into());
    option("--listen", start.listen.to_string().into());
    option("--http", start.http.to_string().into());
    option("--cache", start.cache.into());
    option("--slots", start.slots.to_string().into());
    if let Some(token) = start.join {
        option("--join", token.into());
    }
    if let Some(label) = start.label {
        option("--label", label.into());
    }
    if let Some(scratch) = start.scratch {
        option("--scratch", scratch.into());
    }
    if let Some(memory) = start.memory {
        option("--memory", memory.into());
    }
    words
}

/// `bubbles token`: run where the first node runs, with its home.
#[must_use]
pub fn token(role: Role) -> Vec<OsString> {
    let role = match role {
        Role::Node => "node",
        Role::Admin => "admin",
        Role::Submit => "submit",
    };
    words(&["token", "--role", role])
}

/// The invitation in what `bubbles token` said.
#[must_use]
pub fn read_token(said: &str) -> Option<String> {
    let mut words = said.split_whitespace();
    words
        .find(|word| word.starts_with("bubbles-") && word.len() > 100)
        .map(str::to_owned)
}

/// `bubbles login TOKEN`
#[must_use]
pub fn login(token: &str) -> Vec<OsString> {
    words(&["login", token])
}

/// `bubbles run FILE --cluster`
#[must_use]
pub fn run(pipeline: &Path) -> Vec<OsString> {
    let mut all = words(&["run", "--cluster", "--output", "json"]);
    all.push(pipeline.into());
    all
}

/// `bubbles run FILE`, on this machine alone.
#[must_use]
pub fn run_alone(pipeline: &Path) -> Vec<OsString> {
    let mut all = words(&["run", "--output", "json"]);
    all.push(pipeline.into());
    all
}

/// `bubbles deploy late.wasm`
#[must_use]
pub fn deploy(plugin: &Path) -> Vec<OsString> {
    vec!["deploy".into(), plugin.into()]
}

/// `bubbles nodes`
#[must_use]
pub fn nodes() -> Vec<OsString> {
    words(&["nodes", "--output", "json"])
}

/// `bubbles nodes --remove n3`
#[must_use]
pub fn remove(name: &str) -> Vec<OsString> {
    words(&["nodes", "--output", "json", "--remove", name])
}

/// `bubbles jobs`
#[must_use]
pub fn jobs() -> Vec<OsString> {
    words(&["jobs", "--output", "json"])
}

/// One line of `bubbles nodes`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// What people call it.
    pub name: String,
    /// Whether it leads.
    #[serde(default)]
    pub leader: bool,
    /// Why it gets no work for a while.
    #[serde(default)]
    pub trouble: Option<String>,
}

/// One line of `bubbles jobs`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct JobLine {
    /// The name of its pipeline.
    pub pipeline: String,
    /// `running`, `committing`, and so on.
    pub state: String,
    /// Splits that are complete.
    pub splits_done: u64,
}

/// The members in what `bubbles nodes` said: a list, or a document with a list `nodes`.
#[must_use]
pub fn read_nodes(said: &str) -> Option<Vec<Member>> {
    list(said, "nodes")
}

/// The jobs in what `bubbles jobs` said.
#[must_use]
pub fn read_jobs(said: &str) -> Option<Vec<JobLine>> {
    list(said, "jobs")
}

/// How many jobs there are in what `bubbles jobs` said.
#[must_use]
pub fn count_jobs(said: &str) -> Option<usize> {
    list::<Value>(said, "jobs").map(|jobs| jobs.len())
}

fn list<T: for<'de> Deserialize<'de>>(said: &str, name: &str) -> Option<Vec<T>> {
    let mut document: Value = serde_json::from_str(said).ok()?;
    let list = match document.get_mut(name) {
        Some(list) => list.take(),
        None => document,
    };
    serde_json::from_value(list).ok()
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_bare_or_in_a_document() {
        let list = r#"[{"name": "n1", "leader": true, "slots": 2}, {"name": "n2"}]"#;
        for said in [list.to_owned(), format!(r#"{{"nodes": {list}}}"#)] {
            let members = read_nodes(&said).unwrap();
            assert_eq!(members.len(), 2);
            assert!(members[0].leader && !members[1].leader);
        }
        assert_eq!(read_nodes("no node answers"), None);
    }

    #[test]
    fn a_token_is_found_among_words() {
        let token = format!("bubbles-{}", "a".repeat(600));
        let said = format!("on the other machine:\n  bubbles-node --join {token}\n");
        assert_eq!(read_token(&said), Some(token));
    }
}
