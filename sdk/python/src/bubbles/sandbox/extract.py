"""Runs the user's function over a source."""

from __future__ import annotations

import json
from typing import Any

from ..errors import Fatal
from ..source import Source, Split
from . import host, lines
from .calling import bind, wants
from .script import Script


class ExtractTask:
    """An extract: a generator, or one of a split with another function that lists the splits."""

    def __init__(self, script: Script, context: host.Context | None) -> None:
        self._known = {"config": script.config, "context": context}
        found = script.need("extract")
        self._name = getattr(found, "__name__", "extract")
        if isinstance(found, type):
            instance = bind(found, self._known, ())()
            if not hasattr(instance, "extract"):
                raise Fatal(f"the class {self._name} has no method extract()")
            self._function = instance.extract
            self._splits = getattr(instance, "splits", None)
        else:
            self._function, self._splits = found, script.find("splits")

    def plan(self, bookmark: bytes | None) -> tuple[list[tuple[bytes, int]], bytes | None]:
        """The splits, and where the next job is to start."""
        if self._splits is None:
            return [(b"null", 0)], None
        last = None if bookmark is None else json.loads(bookmark)
        source = bind(self._splits, {**self._known, "bookmark": last}, ())()
        if not isinstance(source, Source):
            source = Source(source)
        if isinstance(source.splits, (str, bytes)) or not hasattr(source.splits, "__iter__"):
            raise Fatal(f"splits() gave {source.splits!r}: it returns a list, of anything that JSON can hold")
        splits = [split if isinstance(split, Split) else Split(split) for split in source.splits]
        pieces = [(lines.encode(split.payload).encode(), split.bytes) for split in splits]
        mark = None if source.bookmark is None else lines.encode(source.bookmark).encode()
        return pieces, mark

    def run(self, payload: bytes) -> None:
        """Emits the rows of one split."""
        known = dict(self._known)
        if wants(self._function, "split"):
            known["split"] = json.loads(payload)
        given = bind(self._function, known, ("split",))
        result = given(json.loads(payload))
        if result is None:
            return
        if isinstance(result, (str, bytes, dict)) or not hasattr(result, "__iter__"):
            raise Fatal(f"{self._name}() returned {type(result).__name__}: it yields rows, or returns a list of them")
        writer = lines.Writer(host.emit)
        for row in result:
            if type(row) is dict:
                writer.add(lines.encode(row))
            else:
                for line in lines.encoded([row], self._name):
                    writer.add(line)
        writer.flush()
