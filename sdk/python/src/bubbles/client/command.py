"""The command `bubbles`: started, and listened to."""

from __future__ import annotations

import codecs
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from . import showing, terminal
from .failure import ClusterError, CommandError, PipelineError, TaskError, raise_task_error
from .job import Job, unescape
from .program import environment, find

_PART_BYTES = 64 << 10


def main() -> None:
    """The command `bubbles` that comes with the module: the program itself takes over."""
    try:
        program = find()
    except CommandError as error:
        sys.exit(f"error: {error}")
    if os.name == "nt":
        sys.exit(subprocess.call([program, *sys.argv[1:]], env=environment()))
    os.execve(program, [program, *sys.argv[1:]], environment())


def run(document: Path, *, distributed: bool, slots: int | None, quiet: bool) -> Job:
    """Runs a pipeline document to its end."""
    arguments = [find(), "run", str(document), "--output", "json"]
    if distributed:
        arguments.append("--cluster")
    if slots is not None:
        arguments += ["--slots", str(slots)]
    view = showing.view(quiet)
    draws = isinstance(view, showing.Stream) and terminal.is_there()
    ear = showing.Ear(view, draws=draws)
    ours, theirs = terminal.open_like_ours() if draws else os.pipe()
    with open(ours, "rb", buffering=0) as stream:
        try:
            process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=theirs, env=environment())
        finally:
            os.close(theirs)
        code, report = _listen(process, stream, ear)
    return _outcome(code, report, ear.last_words, distributed)


def _listen(process: subprocess.Popen[bytes], stream: IO[bytes], ear: showing.Ear) -> tuple[int, bytes]:
    """How the command ended, and what it wrote."""
    report: list[bytes] = []
    output: Any = process.stdout
    reader = threading.Thread(target=lambda: report.append(output.read()), daemon=True)
    reader.start()
    interrupt = None
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while True:
        try:
            part = stream.read(_PART_BYTES)
            if not part:
                break
            ear.hear(decoder.decode(part))
        except KeyboardInterrupt as error:
            # The command got the signal as well: it stops the job and removes what was prepared.
            interrupt = error
        except OSError:
            # The other end of a terminal was closed.
            break
    ear.end()
    reader.join()
    code = process.wait()
    if interrupt is not None:
        raise interrupt
    return code, report[0]


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
    said = said.removeprefix("error: ") or f"the command bubbles ended with {code} and said nothing"
    if code == 3:
        raise (ClusterError if distributed else CommandError)(said)
    if code == 1 and distributed:
        raise ClusterError(said)
    raise PipelineError(said)
