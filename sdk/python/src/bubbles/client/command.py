"""The command `bubbles`: started, and listened to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from .failure import ClusterError, CommandError, PipelineError, TaskError, raise_task_error
from .job import Job, unescape
from .program import find

_ENDS = ("error:", "  x ", "rejects:", "plugin log:", "no output of this job")
"""What the last words begin with: they become part of an exception, and are not shown twice."""


def main() -> None:
    """The command `bubbles` that comes with the module: the program itself takes over."""
    try:
        program = find()
    except CommandError as error:
        sys.exit(f"error: {error}")
    if os.name == "nt":
        sys.exit(subprocess.call([program, *sys.argv[1:]]))
    os.execv(program, [program, *sys.argv[1:]])


def run(document: Path, *, distributed: bool, slots: int | None, quiet: bool) -> Job:
    """Runs a pipeline document to its end."""
    arguments = [find(), "run", str(document), "--output", "json"]
    if distributed:
        arguments.append("--cluster")
    if slots is not None:
        arguments += ["--slots", str(slots)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    said: list[str] = []
    listener = threading.Thread(target=_listen, args=(process.stderr, said, quiet), daemon=True)
    listener.start()
    try:
        report = process.stdout.read()
        code = process.wait()
    except KeyboardInterrupt:
        # The command got the signal as well: it stops the job and removes what was prepared.
        process.wait()
        raise
    listener.join()
    return _outcome(code, report, "\n".join(said), distributed)


def _listen(stream: IO[bytes], said: list[str], quiet: bool) -> None:
    ended = False
    for raw in stream:
        line = raw.decode("utf-8", "replace").rstrip("\n")
        said.append(line)
        ended = ended or line.startswith(_ENDS)
        if not (quiet or ended):
            print(line, file=sys.stderr, flush=True)


def _outcome(code: int, report: bytes, said: str, distributed: bool) -> Job:
    try:
        document: dict[str, Any] = json.loads(report) if report.strip() else {}
    except ValueError:
        document = {}
    outcome = document.get("outcome")
    if code == 0 and outcome == "committed":
        return Job.read(document)
    if isinstance(outcome, dict) and "failed" in outcome:
        failed = outcome["failed"]
        error = TaskError(
            unescape(failed["message"]),
            task=failed.get("task"),
            split=failed.get("split"),
            kind=failed["kind"],
            help=failed.get("help"),
        )
        raise_task_error(error)
    if outcome == "cancelled" or code == 130:
        raise KeyboardInterrupt("the job was cancelled: no output is visible")
    said = said.strip() or f"the command bubbles ended with {code} and said nothing"
    if code == 3:
        raise (ClusterError if distributed else CommandError)(said)
    if code == 1 and distributed:
        raise ClusterError(said)
    raise PipelineError(said)
