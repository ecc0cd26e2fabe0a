"""The notebook among the examples runs, and prints what it shows."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def printed(notebook: Any) -> list[str]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["text"] for output in outputs if output.get("name") == "stdout"]


def test_the_notebook(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(EXAMPLES / "flights" / "data", place / "flights" / "data")
    shutil.copytree(EXAMPLES / "notebook", place / "notebook")
    source = str(Path(__file__).resolve().parents[1] / "src")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([source, os.environ.get("PYTHONPATH", "")]))
    file = EXAMPLES / "notebook" / "late-flights.ipynb"
    shown = nbformat.read(file, as_version=4)
    notebook = nbformat.read(place / "notebook" / file.name, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(place / "notebook")}}
    ).execute()
    assert printed(notebook) == printed(shown)
    assert len(printed(shown)) == 4
