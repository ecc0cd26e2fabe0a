//! Builds a plugin from its sources: a Rust crate by cargo, other languages by their own compilers.

mod cargo;
mod clang;
mod go;
mod job;
mod language;
mod node;
mod program;
pub mod sdk;
mod source;
mod stamp;
mod toolchain;
mod zig;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use job::Job;
use program::io_error;
use source::Source;
use stamp::Stamp;

pub use language::Language;

/// What a crate is compiled for.
pub const TARGET: &str = "wasm32-wasip2";

/// A plugin that was built, or was already up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The component, or the core module that the runtime makes one of.
    pub wasm: PathBuf,
    /// No source had changed since it was last built.
    pub fresh: bool,
}

/// Where what a build does is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Talk {
    /// The steps and the compiler's own output go to standard error.
    #[default]
    Stderr,
    /// Nothing is printed; the compiler's output is part of the error if it fails.
    Quiet,
}

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is nothing to compile.
    #[error("{} is no plugin: that is a .wasm file, a folder with a Cargo.toml, or a file that ends in .c, \
        .cpp, .go, .js, .ts, .zig or .as.ts, or a folder with one", .0.display())]
    NoPlugin(PathBuf),
    /// The folder has several files that could be meant.
    #[error("{} holds {files}: call the one where the plugin begins `plugin`, or name it", folder.display())]
    Several {
        /// The plugin's folder.
        folder: PathBuf,
        /// Their names.
        files: String,
    },
    /// It is a script in Python, which is not compiled.
    #[error("{} is not compiled: a pipeline runs it as it is", .0.display())]
    Script(PathBuf),
    /// The folder is that of a workspace, and which crate is meant is open.
    #[error("{} is a workspace: name the folder of one plugin in it", .0.display())]
    Workspace(PathBuf),
    /// The crate compiles, but to no component.
    #[error("the crate in {} makes no .wasm file", .0.display())]
    NoLibrary(PathBuf),
    /// A program that is needed is not installed.
    #[error("{program} is needed to build the plugin in {}, and it is not installed", folder.display())]
    NoProgram {
        /// Such as `cargo`.
        program: &'static str,
        /// The plugin's folder.
        folder: PathBuf,
        /// The command that installs it.
        install: String,
    },
    /// A compiler that is there does not start.
    #[error("building the plugin in {}: {program} does not start: {source}", folder.display())]
    Start {
        /// The compiler.
        program: String,
        /// The plugin's folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The compiler cannot build for [`TARGET`], and adding that failed.
    #[error("rust's target {TARGET} is needed to build the plugin in {}, and it could not be added{}",
        folder.display(), on_a_line(said))]
    NoTarget {
        /// The plugin's folder.
        folder: PathBuf,
        /// What rustup said, where that was not already printed.
        said: String,
    },
    /// The compiler reported errors.
    #[error("the plugin in {} does not compile{}", folder.display(), on_a_line(said))]
    Compile {
        /// The plugin's folder.
        folder: PathBuf,
        /// What it said, where that was not already printed.
        said: String,
    },
    /// Something on the way could not be read or started.
    #[error("building the plugin in {}: {action}: {source}", folder.display())]
    Io {
        /// The plugin's folder.
        folder: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl BuildError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoLibrary(_) => {
                Some("add to its Cargo.toml: [lib] crate-type = [\"cdylib\", \"rlib\"]".to_owned())
            }
            Self::NoProgram { install, .. } => Some(format!(
                "install it with this command, then try again: {install}"
            )),
            Self::Script(script) => Some(format!(
                "name it in the pipeline: transform = \"python\", config = {{ code = \"{}\" }}",
                script.file_name().unwrap_or_default().to_string_lossy()
            )),
            Self::NoTarget { .. } => Some(format!(
                "add it with this command, then try again: rustup target add {TARGET}"
            )),
            _ => None,
        }
    }

    /// The machine lacks something, as opposed to the plugin being wrong.
    #[must_use]
    pub fn is_environment(&self) -> bool {
        matches!(
            self,
            Self::NoProgram { .. } | Self::NoTarget { .. } | Self::Start { .. } | Self::Io { .. }
        )
    }
}

/// What a program said, below what we say of it.
fn on_a_line(said: &str) -> String {
    if said.trim().is_empty() {
        String::new()
    } else {
        format!("\n{}", said.trim())
    }
}

/// Builds the plugin at `path`: a crate's folder, a file in another language, or a folder with one. If no
/// file that went into it has changed, nothing is started: a note under `cache` tells. Go, Zig and
/// AssemblyScript do not say what went into a plugin, and are asked every time.
///
/// Cargo works in a target folder of its own, `plugins` inside the crate's, so that an outer
/// `cargo run` never waits for its own lock. The others leave their plugins under `cache`.
///
/// # Errors
/// If there is no plugin, a tool is missing or it does not compile.
pub fn build(path: &Path, cache: &Path, talk: Talk) -> Result<Built, BuildError> {
    let source = Source::find(path)?;
    let place = stamp::place(cache, &source.files[0], &sdk::digest());
    let note = place.join(stamp::NOTE);
    if let Some(wasm) = Stamp::read(&note).and_then(|stamp| stamp.fresh()) {
        return Ok(Built { wasm, fresh: true });
    }
    let started = SystemTime::now();
    let (wasm, files) = match source.language {
        Language::Rust => {
            toolchain::ensure(&source.folder, talk)?;
            let wasm = cargo::build(&source.folder, talk)?;
            let files = stamp::of_crate(&wasm, &source.folder);
            (wasm, files)
        }
        _ => compile(&source, cache, &place, talk)?,
    };
    // Without a note the next build asks the compiler: slower, and just as right.
    if let Some(stamp) = Stamp::of(&wasm, files, started) {
        stamp.write(&note);
    }
    Ok(Built { wasm, fresh: false })
}

/// Whether a plugin at `path` has to be built: a folder, or a file in some language.
pub(crate) fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_named_so = Language::of(&name).is_some() || name.ends_with(".py");
    path.is_dir() || (path.is_file() && is_named_so)
}

/// Has another compiler than cargo make the plugin, and gives the files that went into it; none, where
/// that is not known.
fn compile(
    source: &Source,
    cache: &Path,
    place: &Path,
    talk: Talk,
) -> Result<(PathBuf, Vec<PathBuf>), BuildError> {
    let failed = |action| io_error(&source.folder, action);
    program::announce(&source.name, &source.folder, talk);
    fs::create_dir_all(place).map_err(failed("making a place for the plugin"))?;
    let work = tempfile::tempdir().map_err(failed("making a folder to work in"))?;
    let sdk = sdk::folder(&source.folder, source.language, cache)
        .map_err(failed("laying out the SDK"))?;
    let out = work.path().join("plugin.wasm");
    let job = Job {
        source,
        sdk: &sdk,
        work: work.path(),
        out: &out,
        talk,
    };
    let mut files = match source.language {
        Language::C | Language::Cpp => clang::build(&job)?,
        Language::JavaScript => node::build(&job)?,
        Language::Go => none_known(go::build(&job)?),
        Language::Zig => none_known(zig::build(&job)?),
        Language::AssemblyScript => none_known(node::build_assembly_script(&job)?),
        Language::Rust => unreachable!("cargo builds crates"),
    };
    if !files.is_empty() && source.files.len() > 1 {
        // Another file may come to it.
        files.push(source.folder.clone());
    }
    let wasm = place.join(format!("{}.wasm", source.name));
    keep(&out, &wasm).map_err(failed("keeping the plugin"))?;
    Ok((wasm, files))
}

fn none_known((): ()) -> Vec<PathBuf> {
    Vec::new()
}

/// Puts what was compiled where it stays, whole. The same bytes again leave the file as it is.
fn keep(compiled: &Path, wasm: &Path) -> io::Result<()> {
    let bytes = fs::read(compiled)?;
    if fs::read(wasm).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let mut fresh = tempfile::NamedTempFile::new_in(wasm.parent().unwrap_or(Path::new(".")))?;
    io::Write::write_all(&mut fresh, &bytes)?;
    fresh.persist(wasm)?;
    Ok(())
}
