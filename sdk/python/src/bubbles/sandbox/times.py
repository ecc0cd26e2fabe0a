"""Dates and times as text, as RFC 3339 has them.

Times repeat in most columns, so what was written once is remembered for the column.
"""

from __future__ import annotations

from datetime import date
from typing import Any

_EPOCH = date(1970, 1, 1).toordinal()


def days(found: list[int]) -> list[str]:
    """Days since 1970 as dates."""
    memo = {value: _date(value) for value in set(found)}
    return [memo[value] for value in found]


def clocks(found: list[int], per_second: int) -> list[Any]:
    """Parts of a second since midnight as times of day."""
    memo = {value: _clock(*divmod(value, per_second), per_second) for value in set(found)}
    return [memo[value] for value in found]


def timestamps(found: list[int], per_second: int, offset: int | None) -> list[str]:
    """Parts of a second since 1970 as dates with times, by the clock of the zone if there is one."""
    suffix = "" if offset is None else _suffix(offset)
    memo = {}
    for value in set(found):
        seconds, parts = divmod(value, per_second)
        day, second = divmod(seconds + (offset or 0), 86_400)
        memo[value] = f"{_date(day)}T{_clock(second, parts, per_second)}{suffix}"
    return [memo[value] for value in found]


def durations(found: list[int], per_second: int) -> list[str]:
    """Parts of a second as ISO 8601 has spans of time."""
    return [_duration(value, per_second) for value in found]


def offset_seconds(zone: str) -> int:
    """The seconds by which clocks of a zone such as `+01:00` are ahead of UTC."""
    digits = zone[1:].replace(":", "")
    if zone in ("UTC", "Z"):
        return 0
    if zone[:1] not in ("+", "-") or not digits.isdigit() or len(digits) not in (2, 4):
        raise ValueError(f'the time zone {zone!r} is not an offset such as "+01:00"')
    seconds = int(digits[:2]) * 3_600 + int(digits[2:] or 0) * 60
    return -seconds if zone[0] == "-" else seconds


def _date(day: int) -> str:
    try:
        return date.fromordinal(day + _EPOCH).isoformat()
    except (ValueError, OverflowError):
        # A 400-year cycle has the same number of days each time.
        cycles, rest = divmod(day, 146_097)
        year, tail = date.fromordinal(rest + _EPOCH).isoformat().split("-", 1)
        number = int(year) + 400 * cycles
        return f"{'-' if number < 0 else '+'}{abs(number):04}-{tail}"


def _clock(second: int, parts: int, per_second: int) -> str:
    text = f"{second // 3_600:02}:{second // 60 % 60:02}:{second % 60:02}"
    nanos = parts * (1_000_000_000 // per_second)
    if not nanos:
        return text
    if nanos % 1_000_000 == 0:
        return f"{text}.{nanos // 1_000_000:03}"
    if nanos % 1_000 == 0:
        return f"{text}.{nanos // 1_000:06}"
    return f"{text}.{nanos:09}"


def _suffix(offset: int) -> str:
    if offset == 0:
        return "Z"
    minutes = abs(offset) // 60
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _duration(value: int, per_second: int) -> str:
    if value == 0:
        return "P0D"
    seconds, parts = divmod(abs(value), per_second)
    decimals = f"{parts:0{len(str(per_second)) - 1}}".rstrip("0") if parts else ""
    point = "." if decimals else ""
    return f"{'-' if value < 0 else ''}PT{seconds}{point}{decimals}S"
