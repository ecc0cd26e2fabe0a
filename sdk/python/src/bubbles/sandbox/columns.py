"""The values of one arrow column as a list, in the form that JSON would give them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from struct import pack, unpack
from typing import Any

from . import times
from .flatbuffer import Table

_NULL, _INT, _FLOAT, _BINARY, _UTF8, _BOOL, _DECIMAL, _DATE, _TIME, _TIMESTAMP = range(1, 11)
_LIST, _STRUCT, _FIXED_BINARY, _FIXED_LIST, _MAP, _DURATION = 12, 13, 15, 16, 17, 18
_LARGE_BINARY, _LARGE_UTF8, _LARGE_LIST = 19, 20, 21
_NAMES = {11: "intervals", 14: "unions", 22: "runs", 23: "binary views", 24: "string views"}
_PER_SECOND = (1, 1_000, 1_000_000, 1_000_000_000)


class Unsupported(ValueError):
    """A column has a type that is not read here."""


@dataclass
class Field:
    """A column's name and type."""

    name: str
    kind: int
    type: Table | None
    children: list[Field]
    dictionary: int | None
    index: Table | None

    @classmethod
    def read(cls, table: Table) -> Field:
        """From a schema."""
        words = table.table(4)
        return cls(
            name=table.text(0),
            kind=table.number(2, "<B"),
            type=table.table(3),
            children=[cls.read(child) for child in table.tables(5)],
            dictionary=None if words is None else words.number(0, "<q"),
            index=None if words is None else words.table(1),
        )

    def without_dictionary(self) -> Field:
        """The type of its words."""
        return replace(self, dictionary=None)

    def number(self, field: int, form: str, default: int = 0) -> int:
        """A number that belongs to the type, such as its width."""
        return default if self.type is None else self.type.number(field, form, default)


@dataclass
class Batch:
    """A record batch: the buffers of its columns, in the order of the schema."""

    rows: int
    nodes: Iterator[tuple[int, ...]]
    buffers: Iterator[tuple[int, ...]]
    body: memoryview
    words: dict[int, list[Any]]

    @classmethod
    def read(cls, table: Table, body: memoryview, words: dict[int, list[Any]]) -> Batch:
        """From a message and what follows it."""
        if table.place(3):
            raise Unsupported("the arrow chunk is compressed")
        nodes, buffers = table.structs(1, "<qq", 16), table.structs(2, "<qq", 16)
        return cls(table.number(0, "<q"), iter(nodes), iter(buffers), body, words)

    def buffer(self) -> memoryview:
        """The next one."""
        offset, length = next(self.buffers)
        return self.body[offset : offset + length]

    def numbers(self, form: str, width: int, count: int) -> list[Any]:
        """The next one, as a list of numbers."""
        buffer: Any = self.buffer()[: width * count]
        found: list[Any] = buffer.cast(form).tolist()
        return found


def values(field: Field, batch: Batch) -> list[Any]:
    """The next column of a batch."""
    count, nulls = next(batch.nodes)
    if field.kind == _NULL and field.dictionary is None:
        return [None] * count
    validity = batch.buffer()
    if field.dictionary is not None:
        keys = _integers(field.index, batch, count)
        words = batch.words.get(field.dictionary, [])
        found = [words[key] if key < len(words) else None for key in keys]
    else:
        found = _read(field, batch, count)
    if nulls:
        _put_nulls(found, validity)
    return found


def skip(field: Field, batch: Batch) -> None:
    """Passes over the next column."""
    next(batch.nodes)
    if field.kind == _NULL and field.dictionary is None:
        return
    kind = _INT if field.dictionary is not None else field.kind
    if kind not in _BUFFERS:
        raise _unsupported(field)
    for _ in range(_BUFFERS[kind]):
        batch.buffer()
    if field.dictionary is None:
        for child in field.children:
            skip(child, batch)


def take(field: Field, batch: Batch, places: list[int]) -> list[Any]:
    """The values of the next column in some places."""
    if field.dictionary is not None or field.kind not in (_INT, _FLOAT, _UTF8, _DATE, _TIMESTAMP):
        found = values(field, batch)
        return [found[place] for place in places]
    _, nulls = next(batch.nodes)
    validity = batch.buffer()
    if field.kind == _UTF8:
        whole = batch.buffer()
        offsets, data = whole[: len(whole) // 4 * 4].cast("i"), bytes(batch.buffer())
        found = [data[offsets[place] : offsets[place + 1]].decode() for place in places]
    else:
        found = _READERS[field.kind](field, _picked(batch, _width(field), places), len(places))
    if nulls:
        for at, place in enumerate(places):
            if not validity[place >> 3] >> (place & 7) & 1:
                found[at] = None
    return found


def _picked(batch: Batch, width: int, places: list[int]) -> Batch:
    """A batch of the next buffer's numbers in some places."""
    form = {1: "B", 2: "H", 4: "I", 8: "Q"}[width]
    buffer: Any = batch.buffer()
    numbers = buffer[: len(buffer) // width * width].cast(form)
    body = memoryview(array(form, [numbers[place] for place in places]).tobytes())
    return Batch(len(places), iter(()), iter([(0, len(body))]), body, batch.words)


def _width(field: Field) -> int:
    if field.kind == _INT:
        return field.number(0, "<i") // 8
    if field.kind == _FLOAT:
        return (2, 4, 8)[field.number(0, "<h")]
    if field.kind == _DATE:
        return (4, 8)[field.number(0, "<h", 1)]
    return 8


def _put_nulls(found: list[Any], validity: memoryview) -> None:
    bits = _bits(validity, len(found))
    at = bits.find("0")
    while at >= 0:
        found[at] = None
        at = bits.find("0", at + 1)


def _bits(buffer: memoryview, count: int) -> str:
    """A digit for each bit, the first first."""
    size = (count + 7) // 8
    digits = bin(int.from_bytes(buffer[:size], "little") | 1 << 8 * size)
    return digits[:2:-1][:count]


def _read(field: Field, batch: Batch, count: int) -> list[Any]:
    reader = _READERS.get(field.kind)
    if reader is None:
        raise _unsupported(field)
    return reader(field, batch, count)


def _unsupported(field: Field) -> Unsupported:
    what = _NAMES.get(field.kind, f"values of arrow's type {field.kind}")
    return Unsupported(f"the column {field.name!r} has {what}, which python tasks do not read")


_INTEGERS = {8: "bB", 16: "hH", 32: "iI", 64: "qQ"}


def _integers(type: Table | None, batch: Batch, count: int) -> list[int]:
    bits = 32 if type is None else type.number(0, "<i")
    signed = True if type is None else bool(type.number(1, "<?"))
    return batch.numbers(_INTEGERS[bits][not signed], bits // 8, count)


def _int(field: Field, batch: Batch, count: int) -> list[Any]:
    return _integers(field.type, batch, count)


def _float(field: Field, batch: Batch, count: int) -> list[Any]:
    form, width = (("e", 2), ("f", 4), ("d", 8))[field.number(0, "<h")]
    buffer: Any = batch.buffer()[: width * count]
    if form == "f":
        return [_shortest(value) for value in buffer.cast("f")]
    found: list[Any] = buffer.cast(form).tolist()
    # The sum is finite only if all values are: JSON has no other numbers.
    if not sum(found) - sum(found) == 0:
        return [value if value - value == 0 else None for value in found]
    return found


def _shortest(value: float) -> float | None:
    """As JSON has a float of 32 bits: the fewest digits that give the same bits again."""
    if value - value:
        return None
    for digits in (6, 7, 8):
        short = float(f"{value:.{digits}g}")
        if unpack("f", pack("f", short))[0] == value:
            return short
    return float(f"{value:.9g}")


def _bool(field: Field, batch: Batch, count: int) -> list[Any]:
    return [bit == "1" for bit in _bits(batch.buffer(), count)]


def _strings(form: str, width: int) -> Callable[[Field, Batch, int], list[Any]]:
    def read(field: Field, batch: Batch, count: int) -> list[Any]:
        offsets = batch.numbers(form, width, count + 1)
        data = bytes(batch.buffer())
        if data.isascii():
            text = data.decode("ascii")
            return [text[start:end] for start, end in pairwise(offsets)]
        return [data[start:end].decode("utf-8") for start, end in pairwise(offsets)]

    return read


def _bytes(form: str, width: int) -> Callable[[Field, Batch, int], list[Any]]:
    def read(field: Field, batch: Batch, count: int) -> list[Any]:
        offsets = batch.numbers(form, width, count + 1)
        data = batch.buffer()
        return [data[start:end].hex() for start, end in pairwise(offsets)]

    return read


def _fixed_bytes(field: Field, batch: Batch, count: int) -> list[Any]:
    width = field.number(0, "<i")
    data = batch.buffer()
    return [data[at * width : (at + 1) * width].hex() for at in range(count)]


def _decimal(field: Field, batch: Batch, count: int) -> list[Any]:
    scale, width = field.number(1, "<i"), field.number(2, "<i", 128) // 8
    data = batch.buffer()
    parts = (data[at : at + width] for at in range(0, count * width, width))
    numbers = (int.from_bytes(part, "little", signed=True) for part in parts)
    if scale <= 0:
        return [number * 10**-scale for number in numbers]
    return [float(Decimal(number).scaleb(-scale)) for number in numbers]


def _date(field: Field, batch: Batch, count: int) -> list[Any]:
    if field.number(0, "<h", 1) == 0:
        return times.days(batch.numbers("i", 4, count))
    return times.timestamps(batch.numbers("q", 8, count), 1_000, None)


def _time(field: Field, batch: Batch, count: int) -> list[Any]:
    per_second = _PER_SECOND[field.number(0, "<h", 1)]
    form, width = ("i", 4) if field.number(1, "<i", 32) == 32 else ("q", 8)
    return times.clocks(batch.numbers(form, width, count), per_second)


def _timestamp(field: Field, batch: Batch, count: int) -> list[Any]:
    zone = "" if field.type is None else field.type.text(1)
    per_second = _PER_SECOND[field.number(0, "<h")]
    offset = times.offset_seconds(zone) if zone else None
    return times.timestamps(batch.numbers("q", 8, count), per_second, offset)


def _duration(field: Field, batch: Batch, count: int) -> list[Any]:
    return times.durations(batch.numbers("q", 8, count), _PER_SECOND[field.number(0, "<h", 1)])


def _list(form: str, width: int) -> Callable[[Field, Batch, int], list[Any]]:
    def read(field: Field, batch: Batch, count: int) -> list[Any]:
        offsets = batch.numbers(form, width, count + 1)
        items = values(field.children[0], batch)
        return [items[start:end] for start, end in pairwise(offsets)]

    return read


def _fixed_list(field: Field, batch: Batch, count: int) -> list[Any]:
    width = field.number(0, "<i")
    items = values(field.children[0], batch)
    return [items[at * width : (at + 1) * width] for at in range(count)]


def _struct(field: Field, batch: Batch, count: int) -> list[Any]:
    columns = [values(child, batch) for child in field.children]
    names = [child.name for child in field.children]
    if not columns:
        return [{} for _ in range(count)]
    return [dict(zip(names, row)) for row in zip(*columns)]


def _map(field: Field, batch: Batch, count: int) -> list[Any]:
    offsets = batch.numbers("i", 4, count + 1)
    entries = [tuple(entry.values()) for entry in values(field.children[0], batch)]
    return [dict(entries[start:end]) for start, end in pairwise(offsets)]


_READERS: dict[int, Callable[[Field, Batch, int], list[Any]]] = {
    _INT: _int,
    _FLOAT: _float,
    _BINARY: _bytes("i", 4),
    _UTF8: _strings("i", 4),
    _BOOL: _bool,
    _DECIMAL: _decimal,
    _DATE: _date,
    _TIME: _time,
    _TIMESTAMP: _timestamp,
    _LIST: _list("i", 4),
    _STRUCT: _struct,
    _FIXED_BINARY: _fixed_bytes,
    _FIXED_LIST: _fixed_list,
    _MAP: _map,
    _DURATION: _duration,
    _LARGE_BINARY: _bytes("q", 8),
    _LARGE_UTF8: _strings("q", 8),
    _LARGE_LIST: _list("q", 8),
}

_BUFFERS = dict.fromkeys(_READERS, 2) | {
    _BINARY: 3,
    _UTF8: 3,
    _LARGE_BINARY: 3,
    _LARGE_UTF8: 3,
    _STRUCT: 1,
    _FIXED_LIST: 1,
}
"""How many buffers a column of a kind has, those of its children aside."""
