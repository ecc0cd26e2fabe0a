"""Arrow chunks as rows.

A chunk is one arrow IPC stream. Its columns are turned into lists, each by a few calls that run
in C, and the lists into dicts. Values are what the same rows would be as JSON, so that a task
sees no difference: dates and times are text, bytes are hexadecimal text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from struct import unpack_from
from typing import Any

from .columns import Batch, Field, skip, take, values
from .flatbuffer import Table
from .lines import encode, texts

CONTINUATION = b"\xff\xff\xff\xff"
_SCHEMA, _DICTIONARY, _BATCH = 1, 2, 3


class Unreadable(ValueError):
    """A chunk is no arrow stream, or of a kind that is not read here."""


def is_arrow(chunk: bytes) -> bool:
    """Whether a chunk is arrow and not text: JSON never begins so."""
    return chunk[:4] == CONTINUATION


def batches(chunk: bytes, only: frozenset[str] | None = None) -> Iterator[Iterable[dict[str, Any]]]:
    """The rows of a stream, for each of its batches; with no columns but `only`, if that is given."""
    reader = _Reader(only)
    for header, message, body in _messages(memoryview(chunk)):
        if header == _SCHEMA:
            reader.schema(message)
        elif header == _DICTIONARY:
            reader.dictionary(message, body)
        elif header == _BATCH:
            yield reader.rows(message, body)


def partial_batches(chunk: bytes, named: frozenset[str]) -> Iterator[tuple[Iterable[dict[str, Any]], Completer]]:
    """Rows with the named columns alone, for each batch; and what makes whole rows of some."""
    reader = _Reader(named)
    for header, message, body in _messages(memoryview(chunk)):
        if header == _SCHEMA:
            reader.schema(message)
        elif header == _DICTIONARY:
            reader.dictionary(message, body)
        elif header == _BATCH:
            yield reader.rows(message, body), Completer(reader, message, body)


def _messages(data: memoryview) -> Iterator[tuple[int, Table, memoryview]]:
    at = 0
    while at + 8 <= len(data):
        marker, size = unpack_from("<II", data, at)
        if marker != 0xFFFFFFFF:
            raise Unreadable("the chunk is no arrow stream")
        if size == 0:
            return
        at += 8
        message = Table.root(data[at : at + size])
        at += size
        length = message.number(3, "<q")
        header = message.table(2)
        if header is None:
            raise Unreadable("an arrow message without a header")
        yield message.number(1, "<B"), header, data[at : at + length]
        at += length


@dataclass
class _Reader:
    only: frozenset[str] | None
    fields: list[Field] = field(default_factory=list)
    words: dict[int, list[Any]] = field(default_factory=dict)

    def schema(self, message: Table) -> None:
        self.fields = [Field.read(table) for table in message.tables(1)]

    def rows(self, message: Table, body: memoryview) -> Iterable[dict[str, Any]]:
        batch = Batch.read(message, body, self.words)
        names, columns = [], []
        for field in self.fields:
            if self.only is None or field.name in self.only:
                names.append(field.name)
                columns.append(values(field, batch))
            else:
                skip(field, batch)
        if not columns:
            return ({} for _ in range(batch.rows))
        return builder(tuple(names))(*columns)

    def dictionary(self, message: Table, body: memoryview) -> None:
        number = message.number(0, "<q")
        inner = message.table(1)
        described = _with_dictionary(self.fields, number)
        if inner is None or described is None:
            raise Unreadable("a dictionary of arrow that no column has")
        batch = Batch.read(inner, body, self.words)
        found = values(described.without_dictionary(), batch)
        if message.number(2, "<?"):
            found = self.words.get(number, []) + found
        self.words[number] = found


class Completer:
    """Makes rows whole that have the named columns alone, with all that was changed in them. It is
    told their places in the batch, and decodes nothing before."""

    def __init__(self, reader: _Reader, message: Table, body: memoryview) -> None:
        self._fields, self._only, self._words = reader.fields, reader.only or frozenset(), reader.words
        self._message, self._body = message, body

    def rows(self, places: list[int], rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        """As dicts."""
        names = tuple(field.name for field in self._fields)
        for whole, row in zip(builder(names)(*self._columns(places, rows)), rows):
            whole.update(row)
            yield whole

    def lines(self, places: list[int], rows: list[dict[str, Any]]) -> list[str] | None:
        """As JSON, written a column at a time, for which no row has to be made. None if the rows do
        not have the same keys in the same order."""
        names = [field.name for field in self._fields]
        forms = set(map(tuple, rows))
        if len(forms) > 1 or len(set(names)) < len(names):
            return None
        added = [name for form in forms for name in form if name not in names]
        columns = self._columns(places, rows) + [[row[name] for row in rows] for name in added]
        pairs = ",".join(f"{encode(name)}:".replace("%", "%%") + "%s" for name in names + added)
        pattern = f"{{{pairs}}}"
        return list(map(pattern.__mod__, zip(*map(texts, columns))))

    def _columns(self, places: list[int], rows: list[dict[str, Any]]) -> list[list[Any]]:
        batch = Batch.read(self._message, self._body, self._words)
        found = []
        for field in self._fields:
            if field.name in self._only:
                skip(field, batch)
                found.append([row[field.name] for row in rows])
            elif len(places) * 4 < batch.rows:
                found.append(take(field, batch, places))
            else:
                # To decode all at once costs less.
                whole = values(field, batch)
                found.append(whole if len(places) == batch.rows else [whole[place] for place in places])
        return found


def _with_dictionary(fields: list[Field], number: int) -> Field | None:
    for candidate in fields:
        if candidate.dictionary == number:
            return candidate
        inner = _with_dictionary(candidate.children, number)
        if inner is not None:
            return inner
    return None


_builders: dict[tuple[str, ...], Callable[..., Iterable[dict[str, Any]]]] = {}


def builder(names: tuple[str, ...]) -> Callable[..., Iterable[dict[str, Any]]]:
    """A function from columns to rows with these names, one after the other: written out, it is
    thrice as fast as `dict(zip(names, row))`."""
    made = _builders.get(names)
    if made is None:
        parts = [f"c{index}" for index in range(len(names))]
        pairs = ", ".join(f"{name!r}: {part}" for name, part in zip(names, parts))
        inputs = ", ".join(parts)
        pattern = f"{inputs}," if len(parts) == 1 else inputs
        code = f"lambda {inputs}: ({{{pairs}}} for {pattern} in zip({inputs}))"
        made = _builders[names] = eval(code, {"zip": zip})
    return made
