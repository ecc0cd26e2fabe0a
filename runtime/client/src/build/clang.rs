//! C and C++, by clang, or by the one that zig carries.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::job::Job;
use super::program::{find_all, io_error, run, succeeds};
use super::stamp::parse_dep_info;
use super::{BuildError, Language};

const CLANG: [&str; 5] = ["clang-19", "clang-20", "clang-21", "clang-22", "clang"];
const CLANGXX: [&str; 5] = [
    "clang++-19",
    "clang++-20",
    "clang++-21",
    "clang++-22",
    "clang++",
];
/// The names that PyPI's `ziglang` and other packages give it.
pub(super) const ZIG: [&str; 2] = ["python-zig", "zig"];

const INSTALL_C: &str = "apt-get install -y --no-install-recommends clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32";
const INSTALL_CPP: &str = "apt-get install -y --no-install-recommends clang-19 lld-19 wasi-libc \
    libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 libc++abi-19-dev-wasm32";

const COMPILE: [&str; 3] = [
    "--target=wasm32-wasi",
    "-O2",
    // Rows are compared with fields that are never null.
    "-Wno-tautological-pointer-compare",
];
const LINK: [&str; 2] = ["-s", "-mexec-model=reactor"];
const CPP: [&str; 2] = ["-std=c++23", "-fno-exceptions"];

/// A compiler that makes WebAssembly with a C library.
struct Driver {
    program: PathBuf,
    /// `cc` or `c++`, where the program is zig.
    subcommand: Option<&'static str>,
}

/// Compiles the plugin, and gives the files that went into it.
pub(super) fn build(job: &Job<'_>) -> Result<Vec<PathBuf>, BuildError> {
    let language = job.source.language;
    let driver = Driver::find(language, job)?;
    let mut objects = Vec::new();
    let mut files = Vec::new();
    for (index, file) in job.source.files.iter().enumerate() {
        let object = job.work.join(format!("{index}.o"));
        let list = object.with_extension("d");
        let mut command = driver.command(job);
        // A C file beside one in C++ stays C.
        let in_c = Language::of(&file.to_string_lossy()) == Some(Language::C);
        if in_c {
            command.args(["-x", "c"]);
        } else {
            command.args(CPP);
        }
        command.args(["-c", "-MD", "-MF"]).arg(&list);
        run(
            command.arg(file).arg("-o").arg(&object),
            &job.source.folder,
            job.talk,
        )?;
        let list = fs::read_to_string(&list).map_err(io_error(
            &job.source.folder,
            "reading which files were compiled",
        ))?;
        files.extend(parse_dep_info(&list));
        objects.push(object);
    }
    let mut command = driver.command(job);
    command.args(LINK).args(["-x", "c"]);
    command.args(sdk_sources(job.sdk).map_err(io_error(job.sdk, "reading the SDK"))?);
    command.args(["-x", "none"]).args(&objects);
    run(command.arg("-o").arg(job.out), &job.source.folder, job.talk)?;
    Ok(files)
}

/// The files of the SDK in C.
pub(super) fn sdk_sources(sdk: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(sdk.join("c/src"))? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("c")) {
            sources.push(path);
        }
    }
    sources.sort();
    Ok(sources)
}

impl Driver {
    /// The first that compiles and links a program which needs the standard library.
    fn find(language: Language, job: &Job<'_>) -> Result<Self, BuildError> {
        let in_cpp = language == Language::Cpp;
        let (variable, clangs, subcommand, install, probe) = if in_cpp {
            let probe = "#include <vector>\n#include <stdlib.h>\n";
            ("CLANGXX", CLANGXX, "c++", INSTALL_CPP, probe)
        } else {
            ("CLANG", CLANG, "cc", INSTALL_C, "#include <stdlib.h>\n")
        };
        let clangs = find_all(variable, &clangs).into_iter().map(|program| Self {
            program,
            subcommand: None,
        });
        let zigs = find_all("ZIG", &ZIG).into_iter().map(|program| Self {
            program,
            subcommand: Some(subcommand),
        });
        let file = job.work.join(if in_cpp { "probe.cpp" } else { "probe.c" });
        fs::write(&file, probe).map_err(io_error(job.work, "trying a compiler"))?;
        let works = |driver: &Self| {
            let mut command = driver.command(job);
            command.args(LINK).arg(&file);
            succeeds(command.arg("-o").arg(job.work.join("probe.wasm")))
        };
        clangs
            .chain(zigs)
            .find(works)
            .ok_or_else(|| BuildError::NoProgram {
                program: "clang for wasm32-wasi, or zig,",
                folder: job.source.folder.clone(),
                install: format!(
                    "{install}   (or: pip install --break-system-packages ziglang==0.17.1)"
                ),
            })
    }

    fn command(&self, job: &Job<'_>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.subcommand).args(COMPILE);
        if self.subcommand.is_some() {
            // Otherwise each plugin has 16 MiB of stack.
            command.arg("-Wl,-z,stack-size=262144");
            command.arg("-Wno-unused-command-line-argument");
        }
        for folder in ["c/include", "cpp/include"] {
            command.arg("-I").arg(job.sdk.join(folder));
        }
        command
    }
}
