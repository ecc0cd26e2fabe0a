"""Reads the tables that arrow's messages are described by.

Only what reading needs: a table is its bytes and a position, a field is found by its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from


class Table:
    """A table of a flatbuffer; fields that are not there have the default asked for."""

    __slots__ = ("data", "at")

    def __init__(self, data: memoryview, at: int) -> None:
        self.data = data
        self.at = at

    @classmethod
    def root(cls, data: memoryview) -> Table:
        """The table that a buffer begins with."""
        return cls(data, unpack_from("<I", data, 0)[0])

    def place(self, field: int) -> int:
        """Where a field's value lies, 0 if it is not there."""
        entries = self.at - unpack_from("<i", self.data, self.at)[0]
        if 4 + 2 * field >= unpack_from("<H", self.data, entries)[0]:
            return 0
        offset = unpack_from("<H", self.data, entries + 4 + 2 * field)[0]
        return self.at + offset if offset else 0

    def number(self, field: int, form: str, default: int = 0) -> int:
        """A number of `struct`'s form."""
        place = self.place(field)
        return unpack_from(form, self.data, place)[0] if place else default

    def table(self, field: int) -> Table | None:
        """A table inside this one."""
        place = self.place(field)
        return Table(self.data, self._follow(place)) if place else None

    def text(self, field: int) -> str:
        """A string, empty if it is not there."""
        place = self.place(field)
        if not place:
            return ""
        start = self._follow(place)
        length = unpack_from("<I", self.data, start)[0]
        return str(self.data[start + 4 : start + 4 + length], "utf-8")

    def tables(self, field: int) -> Iterator[Table]:
        """A list of tables."""
        for place in self._items(field, 4):
            yield Table(self.data, self._follow(place))

    def structs(self, field: int, form: str, size: int) -> list[tuple[int, ...]]:
        """A list of structs of `size` bytes each."""
        return [unpack_from(form, self.data, place) for place in self._items(field, size)]

    def _items(self, field: int, size: int) -> range:
        place = self.place(field)
        if not place:
            return range(0)
        start = self._follow(place)
        count = unpack_from("<I", self.data, start)[0]
        return range(start + 4, start + 4 + count * size, size)

    def _follow(self, place: int) -> int:
        return place + int(unpack_from("<I", self.data, place)[0])
