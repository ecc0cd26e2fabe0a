"""What the tests that run jobs need: the command and the plugin, and a folder to run in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bubbles.client import command

PLUGIN = Path(__file__).parent.parent / "src" / "bubbles" / "plugin" / "python.wasm"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the current one."""
    command.find()
    if not (PLUGIN.exists() or os.environ.get("BUBBLES_PYTHON_WASM")):
        pytest.fail("the plugin is not built: python build.py")
    monkeypatch.chdir(tmp_path)
    return tmp_path
