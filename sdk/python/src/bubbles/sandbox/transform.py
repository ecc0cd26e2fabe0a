"""Runs the user's function over rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any, Union

from .. import surroundings
from ..errors import Fatal, Transient
from . import arrow, columns, host, lines, reasons
from .calling import bind, wants
from .projection import Use, use_of
from .script import Script


_Batch = tuple[Iterable[Any], Union[arrow.Completer, None]]
_Made = tuple[int, list[str]]
"""A place in a batch, and the encoded rows that came of the row there."""


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
                for batch in arrow.batches(self._chunk, self._use.columns if self._use else None):
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
        index = -1
        for batch, completer in rows.batches():
            if completer is not None:
                index += self._hand_on(rows, batch, completer, index + 1)
                continue
            for index, row in enumerate(batch, index + 1):
                try:
                    result = call(row)
                    if result is None:
                        continue
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

    def _hand_on(self, rows: Rows, batch: Iterable[Any], completer: arrow.Completer, first: int) -> int:
        """Calls the function for the rows of a batch that have the named columns only, and completes
        those that it returned. How many rows there were."""
        call = self._call
        made: list[_Made] = []
        places: list[int] = []
        own: list[Any] = []
        place = -1
        for place, row in enumerate(batch):
            try:
                result = call(row)
                if result is row:
                    places.append(place)
                    own.append(row)
                elif result is not None:
                    made.append((place, lines.encoded(result, self._name)))
            except (Fatal, Transient):
                raise
            except Exception as error:
                rows.reject(first + place, reasons.describe(error))
        if own:
            made += _completed(rows, completer, places, own, first)
        made.sort(key=itemgetter(0))
        self._writer.add_all([line for _, found in made for line in found])
        return place + 1

    def finish(self) -> None:
        """Emits what was held back."""
        if self._finish is not None:
            for line in lines.encoded(self._finish(), "finish"):
                self._writer.add(line)
        self._writer.flush()


def _completed(rows: Rows, completer: arrow.Completer, places: list[int], own: list[Any], first: int) -> list[_Made]:
    try:
        found = completer.lines(places, own)
    except Exception:  # noqa: BLE001
        # A row holds what is no JSON: one by one it shows which.
        found = None
    if found is not None:
        return [(place, [line]) for place, line in zip(places, found)]
    made: list[_Made] = []
    for place, whole in zip(places, completer.rows(places, own)):
        try:
            made.append((place, [lines.encode(whole)]))
        except Exception as error:
            rows.reject(first + place, reasons.describe(error))
    return made


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
