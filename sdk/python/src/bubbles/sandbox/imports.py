"""Modules inside the sandbox: those that came with the task, and a clear word about all others."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import FrameType, ModuleType
from typing import Any

from . import script


class _Shipped(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Modules whose source came in the configuration."""

    def __init__(self) -> None:
        self.sources: dict[str, dict[str, Any]] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        entry = self.sources.get(fullname)
        if entry is None:
            return None
        return importlib.machinery.ModuleSpec(
            fullname, self, origin=entry["file"], is_package=bool(entry.get("package"))
        )

    def exec_module(self, module: ModuleType) -> None:
        entry = self.sources[module.__name__]
        module.__file__ = entry["file"]
        script.remember(entry["file"], entry["source"])
        exec(compile(entry["source"], entry["file"], "exec"), module.__dict__)


class _Missing(importlib.abc.MetaPathFinder):
    """Asked last: what is asked for is not there."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        if fullname.partition(".")[0] not in sys.stdlib_module_names or _asked_by_user():
            raise ModuleNotFoundError(missing(fullname), name=fullname)


def missing(fullname: str) -> str:
    """That a module is not there, and why."""
    root = fullname.partition(".")[0]
    if root in sys.stdlib_module_names:
        why = "this part of the standard library is not in the sandbox"
    elif root in _COMPILED:
        why = "it is compiled for the machine, and a sandbox runs pure Python only"
    else:
        why = "pure-Python modules travel with the task if they are beside it, or installed where bubbles.Pipeline runs; compiled ones cannot run in a sandbox"
    return f"No module named {fullname!r}: {why}"


def _asked_by_user() -> bool:
    """Whether the import stands in the user's code: the library itself tries modules and goes on."""
    from .reasons import user_files

    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename in user_files


_COMPILED = {"numpy", "pandas", "pyarrow", "polars", "scipy", "sklearn", "torch", "orjson", "lxml", "PIL", "psycopg2"}

_shipped = _Shipped()
_missing = _Missing()


def install(modules: dict[str, dict[str, Any]]) -> None:
    """Makes modules importable."""
    _shipped.sources.update(modules)
    if _shipped not in sys.meta_path:
        sys.meta_path.insert(0, _shipped)
        sys.meta_path.append(_missing)
