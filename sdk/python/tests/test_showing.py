"""What people see of a job while it runs."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from bubbles.client.showing import Ear, Notebook

PROGRAM = """
    import bubbles

    def extract():
        for n in range(3):
            yield {"n": n}

    def load(row):
        if row["n"] == LAST:
            raise ValueError("enough")

    pipeline = bubbles.Pipeline()
    pipeline.add_task(extract)
    pipeline.add_task(load)
    print(pipeline.run().id)
"""


class Screen:
    """Takes what is shown."""

    def __init__(self) -> None:
        self.text = ""

    def show(self, text: str) -> None:
        self.text += text


class Handle:
    """IPython's display, and the handle that it gives."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def __call__(self, data: dict[str, str], raw: bool, display_id: bool) -> Handle:
        self.update(data, raw)
        return self

    def update(self, data: dict[str, str], raw: bool) -> None:
        self.shown.append(data["text/plain"])


def test_last_words_are_kept_for_the_exception() -> None:
    screen = Screen()
    ear = Ear(screen, draws=False)
    for part in ("job 1\nstage 1 o", "f 1: half\nerr", "or: it is over\n help: try again"):
        ear.hear(part)
    ear.end()
    assert screen.text == "job 1\nstage 1 of 1: half\n"
    assert ear.last_words == "error: it is over\n help: try again"


def test_bars_are_drawn_at_once() -> None:
    screen = Screen()
    ear = Ear(screen, draws=True)
    ear.hear("job 1\n\rbar")
    assert screen.text == "job 1\n\rbar"
    ear.hear("s\r\n\x1b[31;1mer")
    ear.hear("ror\x1b[0m: it is over\n")
    ear.end()
    assert screen.text == "job 1\n\rbars\r\n"
    assert ear.last_words == "error: it is over"


def test_a_notebook_has_a_line_for_each_stage() -> None:
    handle = Handle()
    view = Notebook(handle)
    for line in ("job 1\n", "stage 1 of 2 (a): 1 of 2 splits\n", "stage 2 of 2 (b): waits\n", "stage 1 of 2 (a) done\n"):
        view.show(line)
    assert handle.shown[0] == "job 1"
    assert handle.shown[-1] == "job 1\nstage 1 of 2 (a) done\nstage 2 of 2 (b): waits"


def in_terminal(place: Path, code: str) -> tuple[int, str]:
    (place / "program.py").write_text(textwrap.dedent(code))
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "program.py"], stdout=theirs, stderr=theirs, cwd=place)
    os.close(theirs)
    said = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(ours)
    return process.wait(), said.decode()


def test_a_terminal_has_bars(place: Path) -> None:
    code, said = in_terminal(place, PROGRAM.replace("LAST", "3"))
    assert code == 0, said
    assert "extract, load" in said and "━" in said
    code, said = in_terminal(place, PROGRAM.replace("LAST", "1"))
    assert code == 1
    assert said.count("enough") == 3, said


def test_a_cell_has_a_line_that_is_kept_up_to_date(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat: Any = pytest.importorskip("nbformat.v4")
    nbclient: Any = pytest.importorskip("nbclient")
    source = str(Path(__file__).resolve().parents[1] / "src")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([source, os.environ.get("PYTHONPATH", "")]))
    cell = nbformat.new_code_cell(textwrap.dedent(PROGRAM).replace("LAST", "3"))
    notebook = nbformat.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(place)}}).execute()
    shown = [output for output in cell["outputs"] if output["output_type"] == "display_data"]
    assert len(shown) == 1
    assert "stage 1 of 1 (extract, load) done" in shown[0]["data"]["text/plain"]
    assert not [output for output in cell["outputs"] if output.get("name") == "stderr"]
