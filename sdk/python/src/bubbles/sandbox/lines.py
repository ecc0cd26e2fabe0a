"""JSON lines: chunks to rows, rows to chunks."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import uuid
from collections.abc import Callable, Iterator
from json import encoder as json_encoder
from typing import Any

_EMIT_CHARS = 512 << 10


class NotARow(TypeError):
    """A function gave something that is no row."""


def rows(chunk: bytes, bad: Callable[[str, str], None]) -> Iterator[tuple[Any, str]]:
    """The values of a chunk, each with its line. `bad` gets lines that are no JSON, and why."""
    decoder: Any = json.JSONDecoder()
    scan = decoder.scan_once
    for line in chunk.decode("utf-8").split("\n"):
        try:
            row, stop = scan(line, 0)
            if stop == len(line):
                yield row, line
                continue
        except (StopIteration, ValueError):
            if not line or line.isspace():
                continue
        # It has spaces around it, or is no JSON.
        try:
            row = json.loads(line)
        except ValueError as error:
            bad(line, f"it is not JSON: {error}")
            continue
        yield row, line


def plain(value: Any) -> Any:
    """What JSON has no form for, as something that it has."""
    if isinstance(value, datetime.datetime):
        text = value.isoformat()
        return text[:-6] + "Z" if text.endswith("+00:00") else text
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return value.hex()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "items"):
        return dict(value.items())
    raise NotARow(f"a row holds {_shown(value)}, which JSON has no form for")


_C: Any = json_encoder
quick: Callable[[Any, int], tuple[str, ...]] = _C.c_make_encoder(
    None, plain, _C.encode_basestring, None, ":", ",", False, False, False
)
"""A value on one line, called with 0 behind it. `ValueError` for a number that JSON does not know."""


def encode(value: Any) -> str:
    """A value on one line. Numbers that JSON does not know (`nan`, `inf`) are null."""
    try:
        return "".join(quick(value, 0))
    except ValueError:
        return "".join(quick(_finite(value), 0))


_quoted: Callable[[str], str] = _C.encode_basestring
_NUMBERS = {int, float, bool, type(None)}


def texts(column: list[Any]) -> list[str]:
    """The values of a column, each on one line; many at a time where that is possible."""
    kinds = set(map(type, column))
    if kinds <= _NUMBERS:
        return encode(column)[1:-1].split(",")
    if kinds == {str}:
        return list(map(_quoted, column))
    return [encode(value) for value in column]


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return value


_SETTLED = 512
"""Rows between two looks at how much there is."""


class Writer:
    """Gathers rows and emits them a chunk at a time."""

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._emit = emit
        self.lines: list[str] = []
        """Encoded rows. Who adds to it calls `settle` now and then."""
        self._settled = 0
        self._chars = 0
        self.due = _SETTLED
        """How many lines there are when `settle` is to be called."""

    def add(self, line: str) -> None:
        """One encoded row."""
        self.lines.append(line)
        if len(self.lines) >= self.due:
            self.settle()

    def add_all(self, lines: list[str]) -> None:
        """Many encoded rows."""
        for start in range(0, len(lines), _SETTLED):
            self.lines += lines[start : start + _SETTLED]
            if len(self.lines) >= self.due:
                self.settle()

    def settle(self) -> None:
        """Emits what is there if it is enough."""
        self._chars += sum(map(len, self.lines[self._settled :]))
        self._settled = len(self.lines)
        self.due = self._settled + _SETTLED
        if self._chars > _EMIT_CHARS:
            self.flush()

    def flush(self) -> None:
        """Emits what is there."""
        if self.lines:
            text = "\n".join(self.lines) + "\n"
            self.lines.clear()
            self._settled, self._chars, self.due = 0, 0, _SETTLED
            self._emit(text)


def encoded(result: Any, name: str) -> list[str]:
    """The rows that a function gave, whatever form it chose, encoded."""
    if result is None:
        return []
    if isinstance(result, dict):
        return [encode(result)]
    if isinstance(result, tuple) and hasattr(result, "_asdict"):
        return [encode(result._asdict())]
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return [encode(plain(result))]
    if isinstance(result, (str, bytes, bytearray)) or not hasattr(result, "__iter__"):
        raise NotARow(f"{name}() returned {_shown(result)}: a row is a dict; return one, None, or several in a list")
    found: list[str] = []
    for row in result:
        if type(row) is dict:
            found.append(encode(row))
        elif isinstance(row, (list, set)) or not (row is None or hasattr(row, "items") or hasattr(row, "_asdict") or dataclasses.is_dataclass(row)):
            raise NotARow(f"{name}() gave {_shown(row)} among its rows: a row is a dict")
        else:
            found += encoded(dict(row.items()) if hasattr(row, "items") else row, name)
    return found


def _shown(value: Any) -> str:
    kind = type(value).__name__
    text = repr(value)
    short = text if len(text) <= 60 else text[:57] + "..."
    return f"{short} ({'an' if kind[0] in 'aeiou' else 'a'} {kind})"
