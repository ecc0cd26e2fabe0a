"""Runs the user's function over rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Union

from .. import surroundings
from ..errors import Fatal, Transient
from . import arrow, columns, host, lines, reasons
from .calling import bind, wants
from .projection import Use, use_of
from .script import Script


_Batch = tuple[Iterable[Any], Union[arrow.Complete, None]]


class Rows:
    """The rows of a chunk, of which a bad one can be put aside as it was."""

    def __init__(self, chunk: bytes, use: Use | None = None) -> None:
        self._chunk = chunk
        self._use = use
        self._lines: list[str] | None = None

    def batches(self) -> Iterator[_Batch]:
        """Rows, with no more columns than are used where that is known; and what makes a row whole
        that is handed on, where it has to be."""
        if not arrow.is_arrow(self._chunk):
            yield (row for row, _ in lines.rows(self._chunk, _bad_line)), None
            return
        try:
            if self._use is not None and self._use.hands_on:
                yield from arrow.partial_batches(self._chunk, self._use.columns)
            else:
                for batch in arrow.batches(self._chunk, self._use and self._use.columns):
                    yield batch, None
        except (columns.Unsupported, arrow.Unreadable) as error:
            raise Fatal(str(error)) from None

    def reject(self, index: int, reason: str) -> None:
        """Puts a row aside. The function may have changed the row, so it is decoded again."""
        if self._lines is None:
            if arrow.is_arrow(self._chunk):
                batches = arrow.batches(self._chunk)
                self._lines = [lines.encode(row) for batch in batches for row in batch]
            else:
                self._lines = [line for _, line in lines.rows(self._chunk, lambda line, reason: None)]
        surroundings.current.reject(self._lines[index].encode(), reason)


def _bad_line(line: str, reason: str) -> None:
    surroundings.current.reject(line.encode(), reason)


class TransformTask:
    """A transform: a function of a row, or a class with `transform` and perhaps `finish`."""

    def __init__(self, script: Script, context: host.Context) -> None:
        known = {"config": script.config, "context": context}
        found = script.need("transform")
        finish: Callable[..., Any] | None
        if isinstance(found, type):
            instance = bind(found, known, ())()
            function = getattr(instance, "transform", None)
            if function is None:
                raise Fatal(f"the class {found.__name__} has no method transform(row)")
            finish = getattr(instance, "finish", None)
        else:
            function, finish = found, script.find("finish")
        self._name = getattr(found, "__name__", "transform")
        self._input = {"input": 0}
        self._use = use_of(function)
        self._call = _of_row(function, known, self._input)
        self._finish = None if finish is None else bind(finish, known, ())
        self._writer = lines.Writer(host.emit)

    def process(self, input: int, chunk: bytes) -> None:
        """Calls the function for each row."""
        self._input["input"] = input
        rows = Rows(chunk, self._use)
        call, quick, writer = self._call, lines.quick, self._writer
        add = writer.lines.extend
        index, whole = -1, 0
        for batch, complete in rows.batches():
            first = index + 1
            for index, row in enumerate(batch, first):
                try:
                    result = call(row)
                    if result is None:
                        continue
                    if complete is not None and result is row:
                        result = complete(index - first, row)
                        whole += 1
                    if type(result) is dict:
                        try:
                            add(quick(result, 0))
                        except ValueError:
                            add((lines.encode(result),))
                    else:
                        add(lines.encoded(result, self._name))
                except (Fatal, Transient):
                    raise
                except Exception as error:
                    rows.reject(index, reasons.describe(error))
                    continue
                if len(writer.lines) >= writer.due:
                    writer.settle()
        if whole > index // 8:
            # Most rows are handed on: all columns at once cost less than value by value.
            self._use = None

    def finish(self) -> None:
        """Emits what was held back."""
        if self._finish is not None:
            for line in lines.encoded(self._finish(), "finish"):
                self._writer.add(line)
        self._writer.flush()


def _of_row(function: Callable[..., Any], known: dict[str, Any], input: dict[str, int]) -> Callable[[Any], Any]:
    if not wants(function, "input"):
        return bind(function, known, ("row",))
    by_input = {}

    def call(row: Any) -> Any:
        number = input["input"]
        if number not in by_input:
            by_input[number] = bind(function, {**known, "input": number}, ("row",))
        return by_input[number](row)

    return call
