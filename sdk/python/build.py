"""Builds the plugin that runs Python functions: `python build.py [target-folder]`.

It makes `python.wasm` from the part of the module that belongs into a sandbox, and puts it where the
module finds it (`src/bubbles/plugin/`), or into the folder that is named. It needs
componentize-py, which it installs at its pinned version into an environment of its own
(`target/python-build`) unless it is already installed for the interpreter that runs this.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

COMPONENTIZE_PY = "0.25.1"

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CONTRACT = ROOT / "sdk" / "wit" / "bubbles.wit"

APP = """
from bubbles.sandbox.app import Extract, Load, Plugin, Transform
"""


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "src" / "bubbles" / "plugin"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        wasm = build(work)
        shutil.copy(wasm, target / "python.wasm.new")
        os.replace(target / "python.wasm.new", target / "python.wasm")
    print(target / "python.wasm")


def build(work: Path) -> Path:
    """The component, made in a folder that will be removed."""
    wit, code = work / "wit", work / "code"
    wit.mkdir()
    shutil.copy(CONTRACT, wit)
    shutil.copy(HERE / "wit" / "python.wit", wit)
    shutil.copytree(
        HERE / "src" / "bubbles",
        code / "bubbles",
        ignore=shutil.ignore_patterns("client", "plugin", "__pycache__", "testing.py"),
    )
    (code / "bubbles_app.py").write_text(APP)
    wasm = work / "python.wasm"
    command = [*componentize_py(), "-d", str(wit), "-w", "python", "componentize", "bubbles_app"]
    subprocess.run([*command, "-p", str(code), "-o", str(wasm)], check=True, stdout=sys.stderr)
    return wasm


def componentize_py() -> list[str]:
    """The command, at the pinned version."""
    try:
        if importlib.metadata.version("componentize-py") == COMPONENTIZE_PY:
            return [str(Path(sys.executable).parent / "componentize-py")]
    except importlib.metadata.PackageNotFoundError:
        pass
    environment = ROOT / "target" / "python-build"
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    marker = environment / f"componentize-py-{COMPONENTIZE_PY}"
    if not marker.exists():
        venv.create(environment, with_pip=True, clear=True)
        install = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, f"componentize-py=={COMPONENTIZE_PY}"], check=True)
        marker.touch()
    return [str(programs / "componentize-py")]


if __name__ == "__main__":
    main()
