"""Shows what the command says while a job runs: in a terminal, in a notebook, or in lines."""

from __future__ import annotations

import re
import sys
from typing import Any, Protocol

_LAST_WORDS = ("error:", "  x ", "  × ", "rejects:", "plugin log:", "no output of this job")
"""What the last words begin with: they become part of an exception, and are not shown twice."""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
_STAGE = re.compile(r"stage \d+ of \d+ ")


class View(Protocol):
    """Where it is shown."""

    def show(self, text: str) -> None:
        """Something that was said; not always a whole line where bars are drawn."""


class Nowhere:
    """Nobody wants to see it."""

    def show(self, text: str) -> None:
        """Forgets it."""


class Stream:
    """Standard error, of a terminal or not."""

    def show(self, text: str) -> None:
        """Passes it on as it is."""
        sys.stderr.write(text)
        sys.stderr.flush()


class Notebook:
    """The output of the cell that runs, where each stage has one line that is kept up to date."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._handle: Any = None
        self._lines: dict[str, str] = {}

    def show(self, text: str) -> None:
        """Adds lines, or puts them in the place of older ones."""
        for line in text.splitlines():
            stage = _STAGE.match(line)
            self._lines[stage[0] if stage else line] = line
        shown = {"text/plain": "\n".join(self._lines.values())}
        if self._handle is None:
            self._handle = self._display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)


def view(quiet: bool) -> View:
    """The one for the place where this program runs."""
    if quiet:
        return Nowhere()
    # A program that has not loaded IPython is in no notebook.
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return Notebook(ipython.display.display) if hasattr(shell, "kernel") else Stream()


class Ear:
    """Listens to the command, and shows what it says up to its last words."""

    def __init__(self, view: View, *, draws: bool) -> None:
        self._view = view
        self._draws = draws
        """Parts of lines are shown as well."""
        self._line = ""
        self._shown = 0
        """How much of that line was."""
        self._said: list[str] = []
        self._last_words: list[str] = []

    @property
    def last_words(self) -> str:
        """What was said at the end, or everything if there was no end to it."""
        return "\n".join(self._last_words or self._said).strip()

    def hear(self, text: str) -> None:
        """Takes the next part."""
        *lines, rest = (self._line + text).split("\n")
        for self._line in lines:
            self._end_line()
            self._shown = 0
        self._line = rest
        if self._draws and not self._may_be_last(rest):
            self._view.show(rest[self._shown :])
            self._shown = len(rest)

    def end(self) -> None:
        """There is no more."""
        if self._line:
            self._end_line()

    def _end_line(self) -> None:
        # Of what was drawn over in a line, the end counts.
        line = _CONTROL.sub("", self._line.rstrip("\r").rpartition("\r")[2])
        if self._last_words or line.startswith(_LAST_WORDS):
            self._last_words.append(line)
            return
        self._said.append(line)
        self._view.show(self._line[self._shown :] + "\n")

    def _may_be_last(self, part: str) -> bool:
        begun = _CONTROL.sub("", part)
        return bool(self._last_words) or any(begun.startswith(word) or word.startswith(begun) for word in _LAST_WORDS)
