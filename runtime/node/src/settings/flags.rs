//! The command line of `bubbles-node`.

use std::path::PathBuf;

use clap::Parser;

use super::given::{Given, Key, Layer, Source};

const MORE: &str = "\
Each of these, but --check, can also be given as a variable of the environment (--log-format as
BUBBLES_LOG_FORMAT, several labels with commas between them), and, but for --config, as a key of
the file (log-format = \"json\", label = [\"gpu\", \"ssd\"]). A flag counts before the environment, the
environment before the file.

Exit codes: 0 stopped as asked (with --check: ready), 1 not ready (with --check), 2 a setting is
wrong, 3 the machine or the cluster does not allow it, 130 ended at once by a second signal.";

/// A node of a Bubbles cluster.
///
/// The first one makes the cluster and says how others join. SIGTERM or Ctrl-C lets it finish
/// or hand back what it does, for a minute at most; a second one ends it at once.
#[derive(Default, Parser)]
#[command(name = "bubbles-node", version, after_help = MORE)]
pub(crate) struct Flags {
    /// A TOML file of settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What the node is called: a-z, 0-9 and `-` [default: the machine's name].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where it keeps its identity, its log and its plugins [default: /var/lib/bubbles].
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Where it listens for other nodes and people (UDP) [default: 0.0.0.0:4915].
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// Where they reach it [default: the address it listens at, or that of the default route].
    #[arg(long, value_name = "HOST:PORT")]
    advertise: Option<String>,
    /// What lets it into a cluster, needed the first time only: the text of a token, or `@` and
    /// the file that has it. No token, or an empty file: it makes a cluster of its own.
    #[arg(long, value_name = "TOKEN")]
    join: Option<String>,
    /// Attempts at once [default: the number of cores].
    #[arg(long, value_name = "N")]
    slots: Option<String>,
    /// Chunks kept in memory before they go to --scratch [default: 64MiB].
    #[arg(long, value_name = "SIZE")]
    memory: Option<String>,
    /// Where chunks go that do not fit into memory [default: scratch in the folder of --data].
    #[arg(long, value_name = "DIR")]
    scratch: Option<String>,
    /// Where compiled plugins are kept. Nodes of one machine and one user may share it
    /// [default: cache in the folder of --data].
    #[arg(long, value_name = "DIR")]
    cache: Option<String>,
    /// What `on` in a pipeline may call it. May be said again.
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    /// Where /metrics, /healthz and /readyz are, for everyone who reaches it; `off` for
    /// nowhere [default: 127.0.0.1:4916].
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<String>,
    /// What goes to the log: trace, debug, info, warn, error or off, also by part, as in
    /// `warn,bubbles_node=debug` [default: info, and errors of the log's library].
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// How it is written to standard error: text or json [default: text].
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Asks the node that runs with these settings whether it is ready, and does nothing else.
    #[arg(long)]
    pub(crate) check: bool,
}

impl Flags {
    /// The file they name, and what they say.
    pub(super) fn into_layer(self) -> (Option<PathBuf>, Layer) {
        let single = [
            (Key::Name, self.name),
            (Key::Data, self.data),
            (Key::Listen, self.listen),
            (Key::Advertise, self.advertise),
            (Key::Join, self.join),
            (Key::Slots, self.slots),
            (Key::Memory, self.memory),
            (Key::Scratch, self.scratch),
            (Key::Cache, self.cache),
            (Key::Http, self.http),
            (Key::Log, self.log),
            (Key::LogFormat, self.log_format),
        ];
        let mut layer = Layer::default();
        for (key, value) in single {
            if let Some(value) = value {
                layer.put(key, Given::new(Source::Flag(key), vec![value]));
            }
        }
        if !self.label.is_empty() {
            let labels = Given::new(Source::Flag(Key::Label), self.label);
            layer.put(Key::Label, labels);
        }
        (self.config, layer)
    }
}
