"""Puts a record aside, and the rest goes on."""

from __future__ import annotations

import json
from typing import Any

from . import surroundings


def reject(record: Any, reason: str) -> None:
    """Puts a record aside with the reason, or fails the job, as the task's `on_error` says.

    The record is text, bytes, or a value that is then written as JSON. To put aside the row that a
    function was called with, raise `bubbles.Invalid`.
    """
    if isinstance(record, str):
        record = record.encode()
    elif not isinstance(record, (bytes, bytearray, memoryview)):
        record = json.dumps(record, ensure_ascii=False, default=str).encode()
    surroundings.current.reject(bytes(record), str(reason))
