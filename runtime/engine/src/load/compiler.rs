//! The compiler in a process of its own.
//!
//! Compiling takes hundreds of megabytes and stresses the largest part of all that runs here. In a
//! process of its own the memory goes with it, and what makes the compiler fail takes no job along.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use wasmtime::component::Component;

use super::{Cache, LoadError, validate};
use crate::engine::settings;
use crate::plugin::Digest;

/// What the process says a plugin is at fault with; every other code is its own fault.
const REFUSED: u8 = 1;

/// How the compiler is started: a program whose `main` calls [`Compiler::main`].
#[derive(Clone, Debug)]
pub struct Compiler {
    program: PathBuf,
    arguments: Vec<OsString>,
}

/// What is to be compiled.
#[derive(Clone, Copy)]
pub(super) enum Input<'a> {
    /// This component, sent to the process.
    Component(&'a [u8]),
    /// One that the program has in itself, by its name there.
    BuiltIn(&'a str),
}

/// Why nothing was compiled, though the plugin may be sound.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompilerError {
    #[error("it cannot be run: {0}")]
    Io(#[from] io::Error),
    #[error("it ended with {0}")]
    Died(ExitStatus),
}

impl Compiler {
    /// The folder of the cache is added to the arguments, and the name of what the program is to find in
    /// itself. Without a name the component comes on standard input.
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<OsString>) -> Self {
        Self { program, arguments }
    }

    /// The whole of the process: compiles into the cache the component that the program has in
    /// itself, or else the one on standard input; gives the exit code. Says on standard output what is wrong
    /// with the component.
    ///
    /// # Errors
    /// What keeps it from reading, compiling at all, or writing.
    pub fn main(cache: &Path, built_in: Option<&'static [u8]>) -> io::Result<u8> {
        let component = match built_in {
            Some(component) => Cow::Borrowed(component),
            None => {
                let mut component = Vec::new();
                io::stdin().lock().read_to_end(&mut component)?;
                Cow::Owned(component)
            }
        };
        let setup = |error: wasmtime::Error| io::Error::other(format!("{error:#}"));
        let engine = wasmtime::Engine::new(&settings(1)).map_err(setup)?;
        let cache = Cache::open(cache)?;
        let compiled = validate(&component).and_then(|()| compile(&engine, &component));
        match compiled {
            Ok(compiled) => {
                cache.store(&engine, Digest::of(&component), &compiled)?;
                Ok(0)
            }
            Err(error) => {
                write!(io::stdout(), "{error}")?;
                Ok(REFUSED)
            }
        }
    }

    /// Compiles into the cache. What is wrong with the component is the inner error.
    pub(super) fn run(
        &self,
        cache: &Path,
        input: Input<'_>,
    ) -> Result<Result<(), LoadError>, CompilerError> {
        let (component, name) = match input {
            Input::Component(component) => (component, None),
            Input::BuiltIn(name) => (&[][..], Some(name)),
        };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(cache)
            .args(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().expect("it was asked for");
        // It reads all before it says anything, so neither waits for the other.
        let sent = stdin.write_all(component);
        drop(stdin);
        let ended = child.wait_with_output()?;
        match ended.status.code() {
            Some(0) => Ok(Ok(())),
            Some(code) if code == i32::from(REFUSED) => {
                let reason = String::from_utf8_lossy(&ended.stdout).into_owned();
                Ok(Err(LoadError::Compile(reason)))
            }
            _ => {
                sent?;
                Err(CompilerError::Died(ended.status))
            }
        }
    }
}

/// Compiles in this process.
pub(super) fn compile(engine: &wasmtime::Engine, component: &[u8]) -> Result<Component, LoadError> {
    Component::from_binary(engine, component)
        .map_err(|error| LoadError::Compile(format!("{error:#}")))
}
