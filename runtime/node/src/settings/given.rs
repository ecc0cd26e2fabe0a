//! What was told, still as text, and where it was told.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use bubbles_pipeline::did_you_mean;
use toml::{Table, Value};

use super::SettingsError;

/// The variable that names the file of settings.
const CONFIG: &str = "BUBBLES_CONFIG";

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Name,
    Data,
    Listen,
    Advertise,
    Join,
    Slots,
    Memory,
    Scratch,
    Cache,
    Label,
    Http,
    Log,
    LogFormat,
}

impl Key {
    /// All of them.
    pub(crate) const ALL: [Self; 13] = [
        Self::Name,
        Self::Data,
        Self::Listen,
        Self::Advertise,
        Self::Join,
        Self::Slots,
        Self::Memory,
        Self::Scratch,
        Self::Cache,
        Self::Label,
        Self::Http,
        Self::Log,
        Self::LogFormat,
    ];

    /// As it stands in a file, and behind the `--` of a flag.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Data => "data",
            Self::Listen => "listen",
            Self::Advertise => "advertise",
            Self::Join => "join",
            Self::Slots => "slots",
            Self::Memory => "memory",
            Self::Scratch => "scratch",
            Self::Cache => "cache",
            Self::Label => "label",
            Self::Http => "http",
            Self::Log => "log",
            Self::LogFormat => "log-format",
        }
    }

    /// As a variable of the environment.
    fn variable(self) -> String {
        let name = self.as_str().to_uppercase().replace('-', "_");
        format!("BUBBLES_{name}")
    }

    /// All of them, for an error.
    pub(super) fn list() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == text)
    }
}

/// Where something was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// On the command line.
    Flag(Key),
    /// In the environment.
    Variable(Key),
    /// In a file.
    File(Key, PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(key) => write!(f, "--{}", key.as_str()),
            Self::Variable(key) => f.write_str(&key.variable()),
            Self::File(key, file) => write!(f, "{} in {}", key.as_str(), file.display()),
        }
    }
}

/// What was told of a setting.
#[derive(Clone)]
pub(crate) struct Given {
    source: Source,
    /// One text, but for labels.
    texts: Vec<String>,
}

impl Given {
    pub(super) fn new(source: Source, texts: Vec<String>) -> Self {
        Self { source, texts }
    }

    pub(super) fn text(&self) -> &str {
        self.texts.first().map_or("", |text| text.trim())
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| text.trim())
    }

    /// A path, which in a file starts at the file's folder.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        match &self.source {
            Source::File(_, file) => file.parent().unwrap_or(Path::new("")).join(text),
            Source::Flag(_) | Source::Variable(_) => PathBuf::from(text),
        }
    }

    /// It says nothing, for this reason.
    pub(super) fn wrong(&self, reason: impl Into<String>) -> SettingsError {
        SettingsError::Value {
            at: self.source.clone(),
            reason: reason.into(),
        }
    }
}

/// What was taken out of a layer.
pub(super) struct Taken(Option<Given>);

impl Taken {
    /// What it says, if it was told.
    pub(super) fn read<T>(
        self,
        parse: impl FnOnce(&Given) -> Result<T, SettingsError>,
    ) -> Result<Option<T>, SettingsError> {
        self.0.as_ref().map(parse).transpose()
    }
}

/// What was told in one place, or in several of which one counts before another.
#[derive(Clone, Default)]
pub(crate) struct Layer(BTreeMap<Key, Given>);

impl Layer {
    /// What variables say. An empty one says nothing.
    pub(crate) fn of_environment(
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SettingsError> {
        let mut layer = Self::default();
        for key in Key::ALL {
            let Some(value) = variable(&key.variable()).filter(|value| !value.is_empty()) else {
                continue;
            };
            let source = Source::Variable(key);
            let text = value.into_string().map_err(|_| SettingsError::Kind {
                at: source.clone(),
                right: "text",
                found: "bytes that are no UTF-8",
            })?;
            let texts = match key {
                Key::Label => text.split(',').map(str::to_owned).collect(),
                _ => vec![text],
            };
            layer.put(key, Given::new(source, texts));
        }
        Ok(layer)
    }

    /// What a file says.
    pub(crate) fn of_file(file: &Path, text: &str) -> Result<Self, SettingsError> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            SettingsError::Toml {
                file: file.to_owned(),
                line: before.unwrap_or_default().matches('\n').count() + 1,
                message: error.message().to_owned(),
            }
        })?;
        let mut layer = Self::default();
        for (name, value) in table {
            let Some(key) = Key::parse(&name) else {
                return Err(SettingsError::UnknownKey {
                    file: file.to_owned(),
                    near: did_you_mean(&name, Key::ALL.map(Key::as_str)),
                    key: name,
                });
            };
            let source = Source::File(key, file.to_owned());
            let texts = texts(key, value).map_err(|(right, found)| SettingsError::Kind {
                at: source.clone(),
                right,
                found,
            })?;
            layer.put(key, Given::new(source, texts));
        }
        Ok(layer)
    }

    pub(super) fn put(&mut self, key: Key, given: Given) {
        self.0.insert(key, given);
    }

    pub(super) fn take(&mut self, key: Key) -> Taken {
        Taken(self.0.remove(&key))
    }

    /// This and `upper`, which counts before it.
    pub(super) fn under(mut self, upper: Self) -> Self {
        self.0.extend(upper.0);
        self
    }

    /// What is told here.
    #[cfg(test)]
    pub(super) fn keys(&self) -> Vec<Key> {
        self.0.keys().copied().collect()
    }
}

/// The file of settings that was named.
pub(super) fn config_file(
    flag: Option<PathBuf>,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let named = || variable(CONFIG).filter(|value| !value.is_empty());
    flag.or_else(|| named().map(PathBuf::from))
}

/// The texts that a value of a file is, or what it should be and what it is.
fn texts(key: Key, value: Value) -> Result<Vec<String>, (&'static str, &'static str)> {
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        other => Err(other.type_str()),
    };
    match (key, value) {
        (Key::Label, Value::Array(labels)) => {
            let labels: Result<_, _> = labels.into_iter().map(text).collect();
            labels.map_err(|found| ("a list of texts", found))
        }
        (Key::Label, value) => match text(value) {
            Ok(label) => Ok(vec![label]),
            Err(found) => Err(("a list of texts", found)),
        },
        (Key::Slots, Value::Integer(slots)) => Ok(vec![slots.to_string()]),
        (Key::Slots, value) => Err(("a whole number", value.type_str())),
        (_, value) => match text(value) {
            Ok(text) => Ok(vec![text]),
            Err(found) => Err(("text in quotes", found)),
        },
    }
}
