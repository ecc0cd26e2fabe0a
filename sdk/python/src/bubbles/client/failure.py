"""Why a pipeline did not run, or a job failed, as exceptions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from ..errors import Error


class PipelineError(Error):
    """The pipeline is wrong: nothing ran."""


class ShippingError(PipelineError):
    """A function cannot travel into a sandbox."""


class CommandError(Error):
    """The command `bubbles` is not there, or this machine lacks something that it needs."""


class ClusterError(CommandError):
    """No cluster is known, or it does not answer."""


@dataclass(frozen=True)
class Frame:
    """A line of the user's code that an exception went through."""

    file: str
    line: int
    function: str


class TaskError(Error):
    """A task failed, and with it the job: no output is visible.

    Its traceback ends in the user's own file, at the line where the task's code raised.
    """

    def __init__(self, message: str, *, task: str | None, split: int | None, kind: str, help: str | None) -> None:
        parts = message.partition("\nthe record: ")
        self.reason: str = parts[0]
        """What was raised, and where."""
        self.record: str | None = parts[2] or None
        """The start of the row at fault, if one is."""
        self.task = task
        self.split = split
        self.kind = kind
        """`rejected`, `invalid`, `fatal`, `transient`, `trap`, `limit`, `data` or `environment`."""
        self.help = help
        self.frames = _frames(self.reason)
        """The user's code on the way to the error, the outermost first."""
        where = f"task {task!r}" if task else "the job"
        lines = [f"{where} failed: {self.reason}"]
        if self.record:
            lines.append(f"the row: {self.record}")
        if help:
            lines.append(f"help: {help}")
        super().__init__("\n".join(lines))

    @property
    def file(self) -> str | None:
        """The user's file in which it was raised."""
        return self.frames[-1].file if self.frames else None

    @property
    def line(self) -> int | None:
        """The line in that file."""
        return self.frames[-1].line if self.frames else None


_FRAME = re.compile(r'^  File "(.*)", line (\d+), in (.*)$', re.MULTILINE)


def _frames(reason: str) -> list[Frame]:
    return [Frame(file, int(line), function) for file, line, function in _FRAME.findall(reason)]


def raise_task_error(error: TaskError) -> NoReturn:
    """Raises it from the lines that the task went through, so that a traceback shows them."""
    call = None
    for frame in reversed(error.frames[-8:]):
        call = _at(frame, call, error)
    if call is None:
        raise error
    call()
    raise error


def _at(frame: Frame, inner: object, error: TaskError) -> Any:
    """A function that raises the error, or calls `inner`, and stands in tracebacks as `frame`."""
    # All of it stands on one line, which is the line of the frame.
    padding = "\n" * (frame.line - 1)
    code = f"{padding}def at(): {'raise error' if inner is None else 'inner()'}"
    names: dict[str, object] = {"error": error, "inner": inner}
    exec(compile(code, frame.file, "exec"), names)
    function: Any = names["at"]
    function.__code__ = function.__code__.replace(co_name=frame.function)
    return function
