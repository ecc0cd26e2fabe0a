"""What a task sees of the world around it.

In a sandbox that is the runtime, which answers as far as the task's grants go. Outside, in a test
of a task's functions say, it is this machine.
"""

from __future__ import annotations

import glob
import os
import sys
from typing import Protocol


class Staged(Protocol):
    """A file in the making, seen by nobody."""

    def write(self, data: bytes) -> None:
        """Adds bytes."""

    def finish(self) -> None:
        """Ends it: it appears when the job commits."""


class Surroundings(Protocol):
    """What a task may ask for."""

    def reject(self, record: bytes, reason: str) -> None:
        """Puts a record aside."""

    def find(self, pattern: str) -> list[tuple[str, int]]:
        """URLs and sizes of the objects that match."""

    def read(self, url: str, offset: int, length: int) -> bytes:
        """At most `length` bytes; fewer only where the object ends."""

    def create(self, url: str) -> Staged:
        """Begins an object."""


class Here:
    """This machine."""

    def reject(self, record: bytes, reason: str) -> None:
        print(f"rejected: {reason}: {record.decode('utf-8', 'replace')}", file=sys.stderr)

    def find(self, pattern: str) -> list[tuple[str, int]]:
        found = sorted(path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path))
        return [(path, os.path.getsize(path)) for path in found]

    def read(self, url: str, offset: int, length: int) -> bytes:
        with open(url, "rb") as file:
            file.seek(offset)
            return file.read(length)

    def create(self, url: str) -> Staged:
        return _File(url)


class _File:
    def __init__(self, path: str) -> None:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        self._file = open(path, "wb")

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def finish(self) -> None:
        self._file.close()


current: Surroundings = Here()
"""Set by the plugin when it starts."""
