"""Where a function was written: a file, or the cells of a notebook."""

from __future__ import annotations

import inspect
import linecache
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failure import ShippingError


@dataclass(frozen=True)
class Origin:
    """The module of a function."""

    module: str
    name: str
    """What the module is called inside the sandbox."""
    pieces: list[tuple[str, str]]
    """File and source: one of a file, one a cell of a notebook, in the order they ran."""
    folder: Path
    """Where modules beside it are."""

    def is_top_level(self, work: Any) -> bool:
        """Whether it is found in the module by its name."""
        return bool(work.__qualname__ == work.__name__ != "<lambda>")


def origin_of(work: Any) -> Origin:
    """`ShippingError` if the source is not to be had."""
    module = sys.modules.get(work.__module__)
    name = "__task__" if work.__module__ == "__main__" else work.__module__
    cells = _cells(work) if work.__module__ == "__main__" else None
    if cells:
        return Origin(work.__module__, name, cells, Path.cwd())
    try:
        file = inspect.getsourcefile(work) or ""
        source = inspect.getsource(module) if module and getattr(module, "__file__", None) else _lines(file)
    except (OSError, TypeError):
        source = ""
    if not source:
        raise ShippingError(f"the source of {work.__name__}() is not to be had: put it into a file, or a notebook's cell")
    path = Path(file)
    folder = path.resolve().parent if path.exists() else Path.cwd()
    for _ in range(name.count(".")):
        folder = folder.parent
    return Origin(work.__module__, name, [(str(path.resolve()) if path.exists() else file, source)], folder)


def _lines(file: str) -> str:
    return "".join(linecache.getlines(file))


def _cells(work: Any) -> list[tuple[str, str]] | None:
    """The cells of this notebook so far, without the lines that are for IPython alone."""
    try:
        from IPython import get_ipython  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return None
    shell = get_ipython()
    if shell is None:
        return None
    cells = []
    for number, text in enumerate(shell.user_ns.get("In", [])):
        plain = "".join(_plain(line) for line in text.splitlines(keepends=True))
        if plain.strip() and not text.startswith("%%"):
            cells.append((f"In[{number}]", plain))
    return cells


def _plain(line: str) -> str:
    is_command = line.lstrip().startswith(("%", "!", "?")) or line.rstrip().endswith("?")
    return "\n" if is_command else line
