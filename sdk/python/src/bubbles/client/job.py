"""How a job ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .program import ask_cluster


@dataclass(frozen=True)
class TaskReport:
    """What one task did, over all splits."""

    name: str
    kind: str
    rows_in: int | None
    """Rows that reached it; for an extract, those it emitted and rejected. None where chunks have no rows."""
    rows_out: int | None
    """Rows it emitted; for a load, rows written."""
    rejected: int
    bytes_in: int
    bytes_out: int
    seconds: float
    """Time its code ran."""
    outputs: list[str] = field(default_factory=list)
    """What a load made visible."""


@dataclass(frozen=True)
class Job:
    """A job that ran to its end, with all of its output visible."""

    id: str
    pipeline: str
    seconds: float
    tasks: dict[str, TaskReport]
    """By name, in the order of the pipeline."""
    rejects_file: Path | None
    """Rejected rows, a line of JSON each, if there are any and this machine has them."""
    log_file: Path | None
    distributed: bool = False
    """It ran on a cluster, which is asked for its rejects and its log."""

    @classmethod
    def read(cls, report: dict[str, Any]) -> Job:
        """From what the command reports."""
        tasks = {}
        for task in report["tasks"]:
            tasks[task["name"]] = TaskReport(
                name=task["name"],
                kind=task["kind"],
                rows_in=task["rows_in"],
                rows_out=task["rows_out"],
                rejected=task["rejected"],
                bytes_in=task["bytes_in"],
                bytes_out=task["bytes_out"],
                seconds=task["cpu_seconds"],
                outputs=task["outputs"],
            )
        here = report.get("node") is None
        return cls(
            id=report["job"],
            pipeline=report["pipeline"],
            seconds=report["elapsed_seconds"],
            tasks=tasks,
            rejects_file=Path(report["rejects"]) if here and report.get("rejects") else None,
            log_file=Path(report["log"]) if here and report.get("log") else None,
            distributed=not here,
        )

    @property
    def outputs(self) -> list[str]:
        """All that loads made visible."""
        return [output for task in self.tasks.values() for output in task.outputs]

    @property
    def rejected(self) -> int:
        """How many rows were put aside."""
        return sum(task.rejected for task in self.tasks.values())

    @property
    def rejects(self) -> list[dict[str, Any]]:
        """The rows that were put aside: `task`, `split`, `reason`, and the row as `text`."""
        found = []
        # Not by `splitlines`: rows may hold other ends of lines.
        for line in filter(None, self._rejects().split("\n")):
            reject = json.loads(line)
            if "reason" in reject:
                reject["reason"] = unescape(reject["reason"])
            found.append(reject)
        return found

    @property
    def log(self) -> str:
        """What the tasks printed and logged."""
        if self.distributed:
            return ask_cluster("logs", self.id)
        return "" if self.log_file is None else self.log_file.read_text(encoding="utf-8")

    def _rejects(self) -> str:
        if self.distributed and self.rejected:
            return ask_cluster("rejects", self.id)
        return "" if self.rejects_file is None else self.rejects_file.read_text(encoding="utf-8")

    def __str__(self) -> str:
        width = max([len(name) for name in self.tasks] + [4])
        lines = [f"{'task':{width}}  {'rows in':>12} {'rows out':>12} {'rejected':>9} {'time':>9}"]
        for task in self.tasks.values():
            counts = [f"{'-' if n is None else format(n, ',')}" for n in (task.rows_in, task.rows_out)]
            lines.append(
                f"{task.name:{width}}  {counts[0]:>12} {counts[1]:>12} {task.rejected:>9,} {task.seconds:>7.2f} s"
            )
        lines += [f"output: {output}" for output in self.outputs]
        lines.append(f"done in {self.seconds:.2f} s (job {self.id})")
        return "\n".join(lines)


def unescape(text: str) -> str:
    """Line breaks that the runtime wrote as `\\u{a}`."""
    return text.replace("\\u{a}", "\n").replace("\\u{9}", "\t")
