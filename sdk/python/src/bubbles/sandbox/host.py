"""The runtime, as the task's surroundings: the one place that knows the contract's bindings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from componentize_py_types import Err
from wit_world.imports import log, objects, output, rejects, types

from ..errors import Fatal, Invalid, Transient

emit = output.emit_text
Context = types.Context
Format = types.Format


def contract_error(error: Exception) -> Err[Any]:
    """One of this module's errors as the contract has it."""
    cases: dict[type[Exception], Any] = {Invalid: types.Error_Invalid, Transient: types.Error_Transient}
    return Err(cases.get(type(error), types.Error_Fatal)(str(error)))


@contextmanager
def _objects() -> Any:
    try:
        yield
    except Err as error:
        said = error.value
        kind = {
            objects.ObjectError_Denied: PermissionError,
            objects.ObjectError_NotFound: FileNotFoundError,
            objects.ObjectError_Transient: Transient,
        }
        raise kind.get(type(said), OSError)(said.value) from None


class Sandbox:
    """What the runtime gives."""

    def __init__(self, may_write: Callable[[str], Staged] | None = None) -> None:
        self._create = may_write

    def reject(self, record: bytes, reason: str) -> None:
        # As with staged objects: text leaves nothing in memory.
        try:
            text = record.decode("utf-8")
        except UnicodeDecodeError:
            rejects.reject(record, reason)
        else:
            rejects.reject_text(text, reason)

    def find(self, pattern: str) -> list[tuple[str, int]]:
        with _objects():
            return [(found.url, found.size) for found in objects.find(pattern)]

    def read(self, url: str, offset: int, length: int) -> bytes:
        with _objects():
            found: bytes = objects.read(url, offset, min(length, 8 << 20))
            return found

    def create(self, url: str) -> Staged:
        if self._create is None:
            raise PermissionError(
                f"{url!r} cannot be written here: only a load writes, so that output appears exactly once"
            )
        return self._create(url)


class Staged:
    """An object that a load writes."""

    def __init__(self, url: str, receipts: list[bytes]) -> None:
        self.url = url
        self._receipts = receipts
        with _objects():
            self._staged: Any = objects.Staged.create(url)
        # Bytes that Python hands over stay in its memory for good, text does not.
        self._rest = b""

    def write(self, data: bytes) -> None:
        with _objects():
            data = self._rest + data
            try:
                text, self._rest = data.decode("utf-8"), b""
            except UnicodeDecodeError as error:
                if error.end < len(data) or error.reason != "unexpected end of data":
                    self._rest = b""
                    self._staged.write(data)
                    return
                text, self._rest = data[: error.start].decode("utf-8"), data[error.start :]
            self._staged.write_text(text)

    def finish(self) -> None:
        """Keeps the receipt for `prepare`."""
        if self._staged is not None:
            with _objects():
                staged, self._staged = self._staged, None
                if self._rest:
                    staged.write(self._rest)
                self._receipts.append(objects.Staged.finish(staged))


def publish(receipt: bytes) -> None:
    """Makes a staged object visible."""
    with _objects():
        objects.publish(receipt)


def discard(receipt: bytes) -> None:
    """Removes a staged object."""
    with _objects():
        objects.discard(receipt)


class LogHandler(logging.Handler):
    """Sends what `logging` is told to the job's log."""

    def emit(self, record: logging.LogRecord) -> None:
        level = log.Level.DEBUG
        for floor, name in ((10, log.Level.DEBUG), (20, log.Level.INFO), (30, log.Level.WARN), (40, log.Level.ERROR)):
            if record.levelno >= floor:
                level = name
        log.log(level, self.format(record))
