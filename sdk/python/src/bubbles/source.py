"""What a function that lists splits may return, where a list is not enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Split:
    """A piece of a source that can be read apart."""

    payload: Any
    """What the extract function is given: anything that JSON can hold."""
    bytes: int = 0
    """About how much there is to read: for progress. 0 if unknown."""


@dataclass(frozen=True)
class Source:
    """The splits of a source, and where the next job is to start."""

    splits: Iterable[Any]
    """Payloads, or `Split`s."""
    bookmark: Any = None
    """Given to the next job's `splits(bookmark=…)` if, and only if, this job commits."""
