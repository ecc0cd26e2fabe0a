"""The same pipelines on a cluster: three nodes on this machine, each a process with a folder of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import bubbles
import pytest
from bubbles.client import program

from . import tasks
from .test_jobs import pipeline, rows

NODES = 3
DEADLINE_SECONDS = 60
JOB_SECONDS = 300
"""The first job waits until a node has compiled the plugin."""


class Cluster:
    """Nodes, and the profile of somebody who was let in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._node = Path(program.find()).with_name("bubbles-node")
        if not self._node.exists():
            pytest.skip(f"there is no {self._node}: cargo build --release makes it")
        # What the command has compiled serves nodes as well, where it is known to be.
        self._cache = Path(os.environ.get("BUBBLES_HOME") or folder) / "cache"
        self._nodes: list[subprocess.Popen[bytes]] = []
        self.profile = folder / "profile"

    def start(self) -> None:
        """Three voters, and a person."""
        self._begin("n1")
        self._until_alive(1)
        for name in [f"n{number}" for number in range(2, NODES + 1)]:
            self._begin(name, "--join", self._bubbles("token").strip())
        self._until_alive(NODES)
        token = self._bubbles("token", "--role", "submit").strip()
        self._bubbles("login", token, profile=self.profile)

    def stop(self) -> None:
        """Ends the processes."""
        for node in self._nodes:
            node.kill()
            node.wait()

    def _bubbles(self, *arguments: str, profile: Path | None = None) -> str:
        env = {**os.environ, "BUBBLES_CLUSTER": str(profile or self._folder / "n1" / "admin")}
        done = subprocess.run([program.find(), *arguments], env=env, capture_output=True, text=True, check=True)
        return done.stdout

    def _begin(self, name: str, *more: str) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        arguments = ["--name", name, "--data", str(self._folder / name), "--listen", f"127.0.0.1:{port}"]
        arguments += ["--http", "off", "--slots", "1", "--cache", str(self._cache), "--log", "warn", *more]
        with open(self._folder / f"{name}.log", "wb") as log:
            self._nodes.append(subprocess.Popen([self._node, *arguments], stdout=log, stderr=log))

    def _until_alive(self, count: int) -> None:
        last: object = None
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            try:
                last = nodes = json.loads(self._bubbles("nodes", "--output", "json"))
                if sum(node["alive"] for node in nodes) == count:
                    return
            except subprocess.CalledProcessError as error:
                last = error.stderr
            time.sleep(0.1)
        logs = "\n".join(log.read_text() for log in sorted(self._folder.glob("*.log")))
        pytest.fail(f"{count} nodes do not come together: {last}\n{logs}")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three of them."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def cluster(nodes: Cluster, place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, from which jobs run on the nodes."""
    monkeypatch.setenv("BUBBLES_CLUSTER", str(nodes.profile))
    return place


PROGRAM = """
    import bubbles

    def extract():
        yield {"carrier": "UA", "arr_delay": 71.0}
        yield {"carrier": "AA", "arr_delay": 12.0}

    def transform(data):
        return data if data["arr_delay"] > 60 else None

    def load(data):
        print("late:", data["carrier"])

    pipeline = bubbles.Pipeline()
    pipeline.add_task(extract)
    pipeline.add_task(transform)
    pipeline.add_task(load)
    pipeline.run(distributed=True)
"""


def test_the_program_that_the_project_began_with(cluster: Path) -> None:
    (cluster / "program.py").write_text(textwrap.dedent(PROGRAM) + "print(pipeline.run(distributed=True).log)\n")
    done = subprocess.run([sys.executable, "program.py"], capture_output=True, text=True, timeout=JOB_SECONDS)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"n\d: info load split 0 attempt 1: late: UA\n\n", done.stdout)
    assert re.search(r"^job \S+$", done.stderr, re.MULTILINE)


def test_splits_are_divided_among_the_nodes(cluster: Path) -> None:
    made = bubbles.Pipeline("divided")
    made.add_task(tasks.extract_days, splits=tasks.days)
    made.add_task(tasks.transform_twice)
    made.add_task("jsonl", config={"path": "out/"}, write="out/")
    job = made.run(distributed=True)
    assert job.distributed and job.tasks["extract_days"].rows_out == 4
    assert job.outputs == [str(cluster / "out" / f"part-0000{split}.jsonl") for split in (0, 1)]
    assert [rows(Path(output)) for output in job.outputs] == [[{"day": 1}] * 4, [{"day": 2}] * 4]


def test_rejects_and_prints_come_back(cluster: Path) -> None:
    job = pipeline(tasks.transform_picky, on_error="reject").run(distributed=True)
    assert [row["n"] for row in rows(cluster / "out.jsonl")] == [0, 1, 2, 4, 6, 7, 8, 9]
    assert job.rejected == 2
    invalid, raised = sorted(job.rejects, key=lambda reject: len(reject["reason"]))
    assert invalid["reason"] == "three is bad" and json.loads(invalid["text"]) == {"n": 3, "even": False}
    assert raised["reason"].startswith("ZeroDivisionError: division by zero\n")
    assert "seen 0" in pipeline(tasks.transform_even, config={"times": 3}).run(distributed=True).log


def test_an_exception_comes_back(cluster: Path) -> None:
    with pytest.raises(bubbles.TaskError, match="division by zero") as caught:
        pipeline(tasks.transform_division).run(distributed=True)
    error = caught.value
    source = Path(tasks.__file__).read_text().splitlines()
    assert error.file == str(Path(tasks.__file__).resolve())
    assert "1 / (row" in source[(error.line or 0) - 1]
    assert error.record is not None and '"n":5' in error.record
    last = caught.traceback[-1]
    assert (str(last.path), last.lineno + 1, last.name) == (error.file, error.line, "_inverse")
    assert not (cluster / "out.jsonl").exists()


def test_without_a_cluster_it_says_how_to_start_one(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUBBLES_CLUSTER", str(place / "none"))
    with pytest.raises(bubbles.ClusterError, match="bubbles-node") as caught:
        pipeline(tasks.transform_twice).run(distributed=True)
    assert "bubbles login" in str(caught.value)
