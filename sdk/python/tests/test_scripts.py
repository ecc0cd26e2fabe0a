"""Scripts as a pipeline's file has them: looked at before the job starts, and what they do wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bubbles
import pytest
from bubbles.sandbox.check import check
from bubbles.sandbox.script import Code

from .conftest import javascript_plugin, python_plugin
from .test_jobs import numbers


def extract() -> Any:
    for n in range(3):
        yield {"n": n}


def job(plugin: Path, file: str, code: str, **config: Any) -> bubbles.Job:
    """Three rows, the script, a file."""
    made = bubbles.Pipeline("test")
    made.add_task(extract)
    config = {"code": textwrap.dedent(code), "file": file, **config}
    made.add_task(plugin, kind="transform", name="clean", config=config, on_error="reject")
    made.add_task("jsonl", config={"path": "out.jsonl"}, write="out.jsonl", gather=True)
    return made.run(quiet=True)


def refused(plugin: Path, file: str, code: str, **config: Any) -> str:
    """What is said against the script, in the lines before the pipeline's own."""
    with pytest.raises(bubbles.PipelineError) as caught:
        job(plugin, file, code, **config)
    said = str(caught.value).partition(",-[")[0].rstrip()
    return "\n".join(line.removeprefix("  | ").removeprefix("x ") for line in said.splitlines())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def transform(row):\n    return row +\n", "clean.py:2: invalid syntax\n    return row +\n                ^"),
        ("def f(row): pass\nreturn 3\n", "clean.py:2: 'return' outside function\n    return 3\n    ^^^^^^^^"),
        ("import json\nimport numpy as np\n", "clean.py:2: No module named 'numpy': it is compiled for the machine"),
        ("from lib import a\n", "clean.py:1: No module named 'lib': pure-Python modules travel"),
        ("import curses\n", "clean.py:1: No module named 'curses': this part of the standard library is not"),
        ("1 / 0\ndef a(): pass\nclass C: pass\ndef b(): pass\n", "clean.py has no function transform(): it has a, b"),
        ("import help\n", "lib/help.py:2: invalid syntax\n    y = = 2\n        ^"),
        ("transform = " + "(" * 3_000, "clean.py is nested too deep"),
    ],
)
def test_a_python_script_is_looked_at(place: Path, code: str, said: str) -> None:
    modules = {"help": {"file": "lib/help.py", "source": "x = 1\ny = = 2\n"}}
    assert refused(python_plugin(), "clean.py", code, modules=modules).startswith(said)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("function transform(row) {\n  return row +;\n}\n", "clean.js:2: unexpected token in expression: ';'\n      return row +;\n"),
        ("function transform(row) {\n", "clean.js:1: it ends in the middle"),
        ("\nimport _ from 'lodash';\n", 'clean.js:2: only "bubbles" can be imported here'),
        ("throw 1;\nexport function a() {}\nfunction* b() {}\n", "clean.js has no function transform() or chunk(): it has a, b"),
    ],
)
def test_a_script_in_javascript_is_looked_at(place: Path, code: str, said: str) -> None:
    assert refused(javascript_plugin(), "clean.js", code).startswith(said)


def test_functions_of_other_kinds_and_names(place: Path) -> None:
    python, script = python_plugin(), "def extract(): pass\n"
    assert refused(python, "a.py", script) == "a.py has no function transform(): it has extract"
    said = refused(python, "a.py", script, functions={"transform": "clean"})
    assert said == "a.py has no function clean(): it has extract"
    javascript = javascript_plugin()
    said = refused(javascript, "a.js", "function load() {}")
    assert said == "a.js has no function transform() or chunk(): it has load"


@pytest.mark.parametrize(
    "code",
    [
        "def transform(row): pass\nraise SystemExit",
        "class Transform: pass",
        "class transform: pass",
        "transform = print",
        "from json import loads as transform",
        "from json import *",
        "globals()['transform'] = print",
        "try:\n    import numpy\nexcept ImportError:\n    def transform(row): pass",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\ndef transform(row): import numpy",
        "from __future__ import annotations\nimport bubbles, os.path, inner.deep\ntransform = 1",
    ],
)
def test_what_may_be_right_passes(code: str) -> None:
    modules = {name: {"file": f"{name}.py", "source": "raise ValueError"} for name in ("inner", "inner.deep")}
    check(Code([("clean.py", code)], {}, "__task__", modules, {}, "transform"), "transform")


PYTHON = """
def transform(row):
    if row["n"] != 1:
        return row
    {}
"""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("return 5", "transform() returned 5 (an int): a row is a dict"),
        ("return [1]", "transform() gave 1 (an int) among its rows"),
        ("import numpy", "ModuleNotFoundError: No module named 'numpy': it is compiled for the machine"),
        ("import helper", "ModuleNotFoundError: No module named 'helper': pure-Python modules travel"),
        ("return transform(row)", "RecursionError: maximum recursion depth exceeded"),
        ('open("/etc/passwd")', "PermissionError: `/etc/passwd` may not be read"),
        ("import socket; socket.create_connection(('127.0.0.1', 80))", 'net = ["host:443"]'),
        ("import urllib.request; urllib.request.urlopen('http://127.0.0.1')", 'net = ["host:443"]'),
        ("import threading; threading.Thread().start()", "RuntimeError: can't start new thread"),
        ("import subprocess; subprocess.run('ls')", "wasi does not support processes"),
    ],
)
def test_one_bad_row_of_a_python_script(place: Path, line: str, reason: str) -> None:
    bad_row(place, job(python_plugin(), "clean.py", PYTHON.format(line)), reason)


JAVASCRIPT = """
function transform(row) {
  if (row.n !== 1) return row;
  HERE
}
"""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("return 5;", "TypeError: transform() returned a number: a row is an object"),
        ("return (async () => row)();", "TypeError: transform() returned a promise, and nothing waits here"),
        ("require('fs');", "ReferenceError: require is not defined at transform (clean.js:4)"),
        ("fetch('http://127.0.0.1');", "ReferenceError: fetch is not defined at transform (clean.js:4)"),
    ],
)
def test_one_bad_row_of_a_script_in_javascript(place: Path, line: str, reason: str) -> None:
    bad_row(place, job(javascript_plugin(), "clean.js", JAVASCRIPT.replace("HERE", line)), reason)


def bad_row(place: Path, done: bubbles.Job, reason: str) -> None:
    """The row in the middle is put aside, and the others went through."""
    [reject] = done.rejects
    assert reason in reject["reason"] and reject["text"] == '{"n":1}'
    assert numbers(place) == [0, 2]


@pytest.mark.parametrize(("plugin", "code"), [(python_plugin, "def transform(row):\n    return row"), (javascript_plugin, "const transform = (row) => row")])
def test_scripts_without_fault(place: Path, plugin: Callable[[], Path], code: str) -> None:
    assert job(plugin(), "clean", code).rejected == 0
    assert numbers(place) == [0, 1, 2]
