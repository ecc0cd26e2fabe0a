"""A task of a pipeline as a program adds it."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union

from .failure import PipelineError
from .shipping import ship

KINDS = ("extract", "transform", "load")
_BUILT_IN = {"csv": KINDS[::2], "jsonl": KINDS[::2], "parquet": KINDS[::2], "aggregate": ("transform",)}

Work = Union[Callable[..., Any], str, "os.PathLike[str]"]
"""What does a task's work: a function or class, the name of a built-in or deployed plugin, or the
path of a `.wasm` file or of a plugin's folder."""


@dataclass(frozen=True)
class Input:
    """An entry of `from_` that says how the rows travel."""

    task: Any
    """The task: its name, its function, or what `add_task` returned."""
    partition_by: Sequence[str] = ()
    broadcast: bool = False


@dataclass(eq=False)
class Task:
    """A task that was added. It may stand in another task's `from_`."""

    work: Work
    name: str
    kind: str | None
    roles: dict[str, Callable[..., Any]]
    config: Any
    settings: dict[str, Any]
    sources: list[Any] | None = None
    resolved: list[dict[str, Any] | str] | None = field(default=None, repr=False)

    @property
    def is_python(self) -> bool:
        """Whether its work is a function or class."""
        return callable(self.work)

    def infer_kind(self, is_first: bool, is_read: bool) -> str:
        """What it is, where the program did not say: by its name, its form, and its place."""
        if self.kind is not None:
            return self.kind
        if self.is_python:
            name = getattr(self.work, "__name__", "").lower()
            for kind in KINDS:
                if name == kind or name.startswith(f"{kind}_") or name.endswith(f"_{kind}"):
                    return kind
            for kind, method in (("extract", "extract"), ("load", "write"), ("transform", "transform")):
                if isinstance(self.work, type) and hasattr(self.work, method):
                    return kind
        else:
            name = str(self.work).partition("@")[0]
            offered = _BUILT_IN.get(name, KINDS)
            if len(offered) == 1:
                return offered[0]
            if name in _BUILT_IN:
                return "extract" if is_read else "load"
        if is_first:
            return "extract"
        return "transform" if is_read else "load"

    def entry(self, base: Path, plugin: Callable[[], str]) -> dict[str, Any]:
        """Its entry in the pipeline's file."""
        assert self.kind is not None
        entry: dict[str, Any] = {"name": self.name}
        if self.is_python:
            entry[self.kind] = plugin()
            entry["config"] = ship(self.work, self.kind, self.roles, self.config)
        else:
            if self.roles:
                raise PipelineError(f"the task {self.name!r} is a plugin: {', '.join(self.roles)} go with functions")
            entry[self.kind] = _plugin(self.work, base)
            if self.config is not None:
                entry["config"] = self.config
        if self.resolved is not None:
            entry["from"] = self.resolved
        entry.update(self.settings)
        return entry


def _plugin(work: Any, base: Path) -> str:
    text = str(os.fspath(work))
    if isinstance(work, str) and not (text.endswith(".wasm") or "/" in text or "\\" in text):
        return text
    return str((base / text).resolve())


def default_name(work: Work) -> str:
    """`late` for a function late, `csv` for a built-in, `clean` for `plugins/clean.wasm`."""
    name = getattr(work, "__name__", None) if callable(work) else Path(os.fspath(work).partition("@")[0]).stem
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", name or "task").strip("-_")
    return name[:60] or "task"


def check_work(work: Any) -> None:
    """Refuses what cannot be a task."""
    if isinstance(work, (str, os.PathLike)):
        return
    if not callable(work):
        raise PipelineError(f"a task is a function, a class, the name of a plugin or its path, not {work!r}")
    if not (inspect.isfunction(work) or inspect.isclass(work)):
        kind = type(work).__name__
        raise PipelineError(f"a task is a plain function or a class, not a {kind}: write a function that calls it")


def listed(value: str | Iterable[str], what: str) -> list[str]:
    """Names or places as a list; one may stand alone."""
    if isinstance(value, (str, os.PathLike)):
        return [os.fspath(value)]
    found = [os.fspath(item) for item in value]
    if not all(isinstance(item, str) for item in found):
        raise PipelineError(f"{what} has text only")
    return found
