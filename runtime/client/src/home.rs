//! Where Bubbles keeps what outlives a job, and where a job may spill.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// The three folders of one person's Bubbles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Job logs, rejects and bookmarks: what must not be lost.
    pub state: PathBuf,
    /// Compiled plugins and the like: what can be made again.
    pub cache: PathBuf,
    /// Chunks that do not fit into memory while a job runs: gone after it.
    pub scratch: PathBuf,
}

/// Why there is no place to keep things.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Neither `BUBBLES_HOME` nor a home folder is known.
    #[error("no folder for the state of bubbles: neither BUBBLES_HOME nor HOME is set")]
    Unknown,
    /// A folder cannot be written.
    #[error("the {what} folder {} cannot be written: {source}", path.display())]
    NotWritable {
        /// What the folder is for.
        what: &'static str,
        /// The folder.
        path: PathBuf,
        /// The variable that names another one.
        variable: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl HomeError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Unknown => "set BUBBLES_HOME to a folder that you may write".to_owned(),
            Self::NotWritable { variable, .. } => {
                format!("set {variable} to a folder that you may write")
            }
        }
    }
}

impl Home {
    /// All of it below one folder, as `BUBBLES_HOME` has it.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        Self {
            state: folder.join("state"),
            cache: folder.join("cache"),
            scratch: std::env::temp_dir(),
        }
    }

    /// The folders that the environment names: `BUBBLES_HOME`, else the XDG
    /// state and cache folders; `BUBBLES_SCRATCH`, else the system's folder
    /// for temporary files.
    ///
    /// # Errors
    /// If the environment names no folder at all.
    pub fn from_environment() -> Result<Self, HomeError> {
        Self::from_variables(&|name| std::env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn from_variables(variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, HomeError> {
        let folder = |name: &str| variable(name).map(PathBuf::from);
        let mut home = if let Some(own) = folder("BUBBLES_HOME") {
            Self::below(&own)
        } else {
            let person = folder("HOME").or_else(|| folder("USERPROFILE"));
            let place = |xdg: &str, default: &str| {
                folder(xdg)
                    .or_else(|| person.as_ref().map(|person| person.join(default)))
                    .map(|folder| folder.join("bubbles"))
                    .ok_or(HomeError::Unknown)
            };
            Self {
                state: place("XDG_STATE_HOME", ".local/state")?,
                cache: place("XDG_CACHE_HOME", ".cache")?,
                scratch: std::env::temp_dir(),
            }
        };
        if let Some(scratch) = folder("BUBBLES_SCRATCH") {
            home.scratch = scratch;
        }
        Ok(home)
    }

    /// Makes the folders and tries to write into each.
    ///
    /// # Errors
    /// Names the first folder that cannot be written, and the variable that
    /// names another one.
    pub fn ensure(&self) -> Result<(), HomeError> {
        let folders = [
            ("state", &self.state, "BUBBLES_HOME"),
            ("cache", &self.cache, "BUBBLES_HOME"),
            ("scratch", &self.scratch, "BUBBLES_SCRATCH"),
        ];
        for (what, path, variable) in folders {
            std::fs::create_dir_all(path)
                .and_then(|()| tempfile::tempfile_in(path).map(drop))
                .map_err(|source| HomeError::NotWritable {
                    what,
                    path: path.clone(),
                    variable,
                    source,
                })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(variables: &[(&str, &str)]) -> Result<Home, HomeError> {
        Home::from_variables(&|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn its_own_variable_wins() {
        let home = home(&[
            ("BUBBLES_HOME", "/b"),
            ("HOME", "/h"),
            ("XDG_CACHE_HOME", "/c"),
        ]);
        let home = home.unwrap();
        assert_eq!(home.state, Path::new("/b/state"));
        assert_eq!(home.cache, Path::new("/b/cache"));
    }

    #[test]
    fn otherwise_the_xdg_folders() {
        let home = home(&[
            ("HOME", "/h"),
            ("XDG_CACHE_HOME", "/c"),
            ("BUBBLES_SCRATCH", "/s"),
        ]);
        let home = home.unwrap();
        assert_eq!(home.state, Path::new("/h/.local/state/bubbles"));
        assert_eq!(home.cache, Path::new("/c/bubbles"));
        assert_eq!(home.scratch, Path::new("/s"));
    }

    #[test]
    fn nothing_known_is_an_error() {
        assert!(matches!(home(&[]), Err(HomeError::Unknown)));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Home::below(file.path()).ensure().unwrap_err();
        assert!(
            error.to_string().contains(&*file.path().to_string_lossy()),
            "{error}"
        );
        assert_eq!(
            error.help(),
            "set BUBBLES_HOME to a folder that you may write"
        );
    }
}
