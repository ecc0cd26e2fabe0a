//! Zig, over the SDK in C.

use std::process::Command;

use super::BuildError;
use super::clang::{ZIG, sdk_sources};
use super::job::Job;
use super::program::{find, io_error, run};

/// Compiles the plugin. Zig keeps what it compiled, and is asked every time.
pub(super) fn build(job: &Job<'_>) -> Result<(), BuildError> {
    let folder = &job.source.folder;
    let zig = find("ZIG", &ZIG).ok_or_else(|| BuildError::NoProgram {
        program: "zig",
        folder: folder.clone(),
        install: "pip install --break-system-packages ziglang==0.17.1".to_owned(),
    })?;
    let mut command = Command::new(zig);
    command.args([
        "build-exe",
        "-fno-entry",
        "-rdynamic",
        "-mexec-model=reactor",
    ]);
    command.args([
        "-target",
        "wasm32-wasi",
        "-O",
        "ReleaseFast",
        "-fstrip",
        "-lc",
    ]);
    command.args(["--stack", "262144", "-I"]);
    command.arg(job.sdk.join("c/include"));
    command.args(["-cflags", "-O2", "-Wno-tautological-pointer-compare", "--"]);
    command.args(sdk_sources(job.sdk).map_err(io_error(job.sdk, "reading the SDK"))?);
    let module = |name: &str, file: &std::path::Path| format!("-M{name}={}", file.display());
    command.args(["--dep", "bubbles"]);
    command.arg(module("root", &job.source.files[0]));
    command.arg(module("bubbles", &job.sdk.join("zig/bubbles.zig")));
    command.arg(format!("-femit-bin={}", job.out.display()));
    run(command.current_dir(job.work), folder, job.talk)
}
