//! The compiler as a process: this program again, called in another way.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bubbles_engine::Compiler;

/// The first argument of such a call. The second is the cache's folder, the third, if there is one, the
/// name of the built-in plugin that is compiled.
const COMPILE: &str = "compile-plugin";

/// How a node calls it. Linux names the program that runs, whatever has been put in its place since.
pub(crate) fn of_this_program() -> Compiler {
    let program = PathBuf::from("/proc/self/exe");
    let program = match program.exists() {
        true => program,
        false => std::env::current_exe().unwrap_or_else(|_| "bubbles-node".into()),
    };
    Compiler::new(program, vec![COMPILE.into()])
}

/// Does what such a call asks for; none if this is another call.
pub(crate) fn called() -> Option<ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (cache, name) = match &arguments[..] {
        [command, cache] if command == COMPILE => (cache, None),
        [command, cache, name] if command == COMPILE => (cache, Some(name.to_str()?)),
        _ => return None,
    };
    let built_in = match name {
        Some(name) => Some(bubbles_plugins::builtin(name)?),
        None => None,
    };
    Some(match Compiler::main(Path::new(cache), built_in) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            crate::say(&format!("compiling a plugin: {error}"));
            ExitCode::from(3)
        }
    })
}
