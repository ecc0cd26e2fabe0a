//! What `bubbles-node` is told: by flags, by the environment, by a file. What a flag says
//! counts before what a variable says, that before what the file says, that before what
//! is so by itself.
//!
//! [`Settings::resolve`] is pure: what the machine says of itself comes in as [`Machine`].

mod error;
mod flags;
mod given;
mod machine;
mod token;
mod value;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use bubbles_node::{MemberConfig, NodeConfig};
use bubbles_pipeline::Label;
use bubbles_transport::{Invitation, PeerName};

pub(crate) use error::SettingsError;
pub(crate) use flags::Flags;
pub(crate) use given::{Key, Layer};
pub(crate) use machine::Machine;
pub(crate) use token::Token;

/// Where nodes and people reach a node.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 4915);

/// Where those who watch it do.
const HTTP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4916);

const DATA: &str = "/var/lib/bubbles";

/// The folder in the data folder that chunks go to.
const SCRATCH: &str = "scratch";

/// The folder in the data folder that compiled plugins are kept in.
const CACHE: &str = "cache";

/// Elections and the like are told by the node itself.
const LOG: &str = "info,openraft=error";

/// How lines of the log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

/// All that `bubbles-node` is told, and no mistake in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) name: PeerName,
    pub(crate) data: PathBuf,
    pub(crate) scratch: PathBuf,
    pub(crate) cache: PathBuf,
    pub(crate) listen: SocketAddr,
    /// `host:port`.
    pub(crate) advertise: String,
    pub(crate) join: Option<Token>,
    pub(crate) slots: usize,
    pub(crate) memory_bytes: u64,
    pub(crate) labels: BTreeSet<Label>,
    /// None: nobody watches.
    pub(crate) http: Option<SocketAddr>,
    /// As `tracing_subscriber::EnvFilter` reads it.
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
}

impl Settings {
    /// Reads the flags, the environment and the file that one of them names.
    pub(crate) fn read(flags: Flags) -> Result<Self, SettingsError> {
        let (config, flags) = flags.into_layer();
        let variable = |name: &str| std::env::var_os(name);
        let environment = Layer::of_environment(&variable)?;
        let file = match given::config_file(config, &variable) {
            Some(path) => Layer::of_file(&path, &read_file(&path)?)?,
            None => Layer::default(),
        };
        Self::resolve(flags, environment, file, &Machine::look())
    }

    /// Puts together what was told.
    pub(crate) fn resolve(
        flags: Layer,
        environment: Layer,
        file: Layer,
        machine: &Machine,
    ) -> Result<Self, SettingsError> {
        let mut told = file.under(environment).under(flags);
        let listen = told.take(Key::Listen).read(value::address)?;
        let listen = listen.unwrap_or(LISTEN);
        let advertise = match told.take(Key::Advertise).read(value::advertised)? {
            Some(advertise) => advertise,
            None => machine.advertised(listen)?,
        };
        let name = match told.take(Key::Name).read(value::name)? {
            Some(name) => name,
            None => machine.name()?,
        };
        let data = told.take(Key::Data).read(value::path)?;
        let data = data.unwrap_or_else(|| PathBuf::from(DATA));
        let scratch = told.take(Key::Scratch).read(value::path)?;
        let cache = told.take(Key::Cache).read(value::path)?;
        let memory_bytes = told.take(Key::Memory).read(value::size)?;
        let http = told.take(Key::Http).read(value::http)?;
        let log_format = told.take(Key::LogFormat).read(value::log_format)?;
        Ok(Self {
            name,
            listen,
            advertise,
            join: told.take(Key::Join).read(Token::parse)?.flatten(),
            slots: told
                .take(Key::Slots)
                .read(value::slots)?
                .unwrap_or(machine.cores),
            memory_bytes: memory_bytes.unwrap_or(NodeConfig::MEMORY_BYTES),
            scratch: scratch.unwrap_or_else(|| data.join(SCRATCH)),
            cache: cache.unwrap_or_else(|| data.join(CACHE)),
            data,
            labels: told
                .take(Key::Label)
                .read(value::labels)?
                .unwrap_or_default(),
            http: http.unwrap_or(Some(HTTP)),
            log: told
                .take(Key::Log)
                .read(value::log)?
                .unwrap_or_else(|| LOG.to_owned()),
            log_format: log_format.unwrap_or(LogFormat::Text),
        })
    }

    /// What the member of the cluster is started with.
    pub(crate) fn member(&self, join: Option<Invitation>) -> MemberConfig {
        MemberConfig {
            name: self.name.clone(),
            data: self.data.clone(),
            scratch: self.scratch.clone(),
            cache: self.cache.clone(),
            compiler: Some(crate::compiler::of_this_program()),
            listen: self.listen,
            advertise: self.advertise.clone(),
            labels: self.labels.clone(),
            slots: self.slots,
            memory_bytes: self.memory_bytes,
            join,
        }
    }
}

fn read_file(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path).map_err(|source| SettingsError::File {
        file: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests;
