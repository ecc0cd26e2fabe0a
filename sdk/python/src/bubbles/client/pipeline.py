"""A pipeline in the making."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from . import command, document
from .failure import CommandError, PipelineError
from .job import Job
from .task import KINDS, Input, Task, Work, check_work, default_name, listed


class Pipeline:
    """Tasks, one after the other, and how they run.

    Bookmarks and jobs are kept under its name, without which it is called as the program is.
    Relative paths of configurations, grants and plugins start at `base`, or else at the folder
    that the program runs in.
    """

    def __init__(self, name: str | None = None, *, base: str | os.PathLike[str] | None = None) -> None:
        self.name = name or _program()
        self._base = Path(base or ".").resolve()
        self._tasks: list[Task] = []

    def add_task(
        self,
        work: Work,
        *,
        kind: str | None = None,
        name: str | None = None,
        config: Any = None,
        read: str | Iterable[str] = (),
        write: str | Iterable[str] = (),
        net: str | Iterable[str] = (),
        env: str | Iterable[str] = (),
        from_: Any = None,
        partition_by: str | Iterable[str] = (),
        gather: bool = False,
        on_error: str | None = None,
        memory: int | str | None = None,
        timeout: str | None = None,
        parallelism: int | None = None,
        on: str | None = None,
        splits: Callable[..., Any] | None = None,
        finish: Callable[..., Any] | None = None,
        prepare: Callable[..., Any] | None = None,
        commit: Callable[..., Any] | None = None,
        abort: Callable[..., Any] | None = None,
    ) -> Task:
        """Adds a task, which reads from the one added before it unless `from_` says otherwise.

        `work` is a function or class, the name of a built-in (`csv`, `jsonl`, `parquet`,
        `aggregate`) or deployed plugin, or the path of a `.wasm` file. `kind` is `extract`,
        `transform` or `load`; if not given it follows from the function's name, or from the place:
        the first task extracts, one that nobody reads loads.

        Grants: `read` and `write` (paths or URLs), `net` (`host:port`), `env` (names); nothing else
        can be reached. `partition_by` and `gather` say which rows meet. `on_error="reject"` puts bad
        rows aside. `memory` (`"512MiB"`) and `timeout` (`"300s"`, of one call) are limits.

        `splits` goes with an extract, `finish` with a transform, `prepare`, `commit` and `abort`
        with a load.

        Returns the task, to stand in another's `from_`. `PipelineError` for what cannot be right.
        """
        check_work(work)
        if kind is not None and kind not in KINDS:
            raise PipelineError(f"kind is {kind!r}: a task is an extract, a transform or a load")
        roles = {
            role: function
            for role, function in (
                ("splits", splits), ("finish", finish), ("prepare", prepare), ("commit", commit), ("abort", abort)
            )
            if function is not None
        }
        settings: dict[str, Any] = {}
        for key, value in (
            ("read", listed(read, "read")),
            ("write", listed(write, "write")),
            ("net", listed(net, "net")),
            ("env", listed(env, "env")),
            ("partition-by", listed(partition_by, "partition_by")),
            ("gather", gather),
            ("on-error", on_error),
            ("memory", memory),
            ("timeout", timeout),
            ("parallelism", parallelism),
            ("on", on),
        ):
            if value not in (None, False, []):
                settings[key] = value
        sources = None
        if from_ is not None:
            sources = list(from_) if isinstance(from_, (list, tuple)) else [from_]
        task = Task(work, self._unique(name, work), kind, roles, config, settings, sources)
        self._tasks.append(task)
        return task

    def run(self, distributed: bool = False, *, slots: int | None = None, quiet: bool = False) -> Job:
        """Runs it to its end, on this machine or on a cluster.

        `slots` is how many attempts run at once here (the number of cores, if not given). What the
        tasks print, and how far they are, goes to standard error unless `quiet`.

        Raises `TaskError` if a task failed, with a traceback into the user's own file;
        `PipelineError` if the pipeline is wrong; `ClusterError` if there is no cluster.
        """
        with self._document() as path:
            return command.run(path, distributed=distributed, slots=slots, quiet=quiet)

    def to_toml(self) -> str:
        """The pipeline as a file for the command `bubbles`."""
        if not self._tasks:
            raise PipelineError("the pipeline has no tasks: add_task adds one")
        self._resolve()
        return document.write(self.name, [task.entry(self._base, _plugin) for task in self._tasks])

    @contextlib.contextmanager
    def _document(self) -> Iterator[Path]:
        text = self.to_toml()
        # Relative paths start at the file's folder, so it has to stand there for as long as the job runs.
        try:
            handle, path = tempfile.mkstemp(prefix=".bubbles-", suffix=".toml", dir=self._base)
        except OSError as error:
            raise CommandError(f"the pipeline's file cannot be written in {self._base}: {error}") from None
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            yield Path(path)
        finally:
            os.unlink(path)

    def _unique(self, name: str | None, work: Work) -> str:
        taken = {task.name for task in self._tasks}
        if name is not None:
            if name in taken:
                raise PipelineError(f"there are two tasks {name!r}: names are unique")
            return name
        base = default_name(work)
        candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 2))]
        return next(candidate for candidate in candidates if candidate not in taken)

    def _resolve(self) -> None:
        """Finds out who reads whom, and what each task is."""
        for task in self._tasks:
            if task.sources is not None:
                task.resolved = [self._input(task, source) for source in task.sources]
        read = {
            entry if isinstance(entry, str) else entry["task"]
            for task in self._tasks
            for entry in task.resolved or []
        }
        follower: Task | None = None
        for index, task in reversed(list(enumerate(self._tasks))):
            follows = follower is not None and follower.sources is None and follower.kind != "extract"
            task.kind = task.infer_kind(index == 0, follows or task.name in read)
            follower = task

    def _input(self, task: Task, source: Any) -> dict[str, Any] | str:
        if isinstance(source, Input):
            entry: dict[str, Any] = {"task": self._named(task, source.task)}
            if source.partition_by:
                entry["partition-by"] = listed(source.partition_by, "partition_by")
            if source.broadcast:
                entry["broadcast"] = True
            return entry
        return self._named(task, source)

    def _named(self, task: Task, source: Any) -> str:
        for other in self._tasks:
            if other is not task and (source is other or source == other.name or source is other.work):
                return other.name
        raise PipelineError(f"from_ of {task.name!r} names {source!r}, which is no task of this pipeline")


def _program() -> str:
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    name = default_name(Path(main)) if main else ""
    return name if name and name[0].isalnum() else "pipeline"


def _plugin() -> str:
    named = os.environ.get("BUBBLES_PYTHON_WASM")
    path = Path(named) if named else Path(__file__).parent.parent / "plugin" / "python.wasm"
    if not path.is_file():
        raise CommandError(f"the plugin that runs functions is not at {path}: build it with sdk/python/build.py")
    return str(path.resolve())
