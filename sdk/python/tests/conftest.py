"""What the tests that run jobs need: the command and the plugins, and a folder to run in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bubbles.client import program

PLUGINS = Path(os.environ.get("BUBBLES_INTERPRETERS") or Path(__file__).parent.parent / "src" / "bubbles" / "plugin")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the current one."""
    program.find()
    if not python_plugin().exists():
        pytest.fail("the plugin is not built: python build.py")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def python_plugin() -> Path:
    """The one that runs Python."""
    return Path(os.environ.get("BUBBLES_PYTHON_WASM") or PLUGINS / "python.wasm")


def javascript_plugin() -> Path:
    """The one that runs JavaScript, if it was built."""
    plugin = PLUGINS / "javascript.wasm"
    if not plugin.exists():
        pytest.skip(f"there is no {plugin}: `cargo xtask interpreters` makes it")
    return plugin
