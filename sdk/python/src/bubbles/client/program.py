"""The command `bubbles`: where it is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .failure import ClusterError, CommandError


def find() -> str:
    """The command's path: `BUBBLES_BIN`, the one that came with this module, or that of `PATH`."""
    named = os.environ.get("BUBBLES_BIN")
    if named:
        if not os.access(named, os.X_OK):
            raise CommandError(f"BUBBLES_BIN is {named}, and there is no program")
        return named
    program = "bubbles.exe" if os.name == "nt" else "bubbles"
    folders = [str(Path(__file__).parent.parent / "bin"), *os.environ.get("PATH", "").split(os.pathsep)]
    for folder in folders:
        path = os.path.join(folder, program)
        if os.path.isfile(path) and os.access(path, os.X_OK) and not _is_script(path):
            return path
    raise CommandError(
        "the command bubbles is not installed: build it with `cargo build --release`, and name it in "
        "BUBBLES_BIN or put it on PATH"
    )


def environment() -> dict[str, str]:
    """The command's: it finds the plugins that run scripts where this module has them."""
    plugins = Path(__file__).parent.parent / "plugin"
    return {"BUBBLES_INTERPRETERS": str(plugins), **os.environ} if plugins.is_dir() else dict(os.environ)


def ask_cluster(*arguments: str) -> str:
    """What the command prints about something on the cluster."""
    done = subprocess.run([find(), *arguments], stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise ClusterError(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout.decode("utf-8", "replace")


def _is_script(path: str) -> bool:
    """Whether it is what pip makes of `main`, which would start itself for ever."""
    with open(path, "rb") as file:
        return file.read(2) == b"#!"
