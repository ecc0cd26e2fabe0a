"""Files and cloud objects by URL, as far as the task's grants go.

Inside a task the built-in `open` does the same as `open` here.
"""

from __future__ import annotations

import io
from typing import IO, Any

from . import surroundings

_READ_BYTES = 1 << 20
_WRITE_BYTES = 256 << 10


written: list[IO[Any]] = []
"""What was opened to write: a load closes it at its end."""


def find(pattern: str) -> list[str]:
    """All objects whose URL matches, sorted; `*`, `**` and `?` as in a shell."""
    return [url for url, _ in surroundings.current.find(pattern)]


def size(url: str) -> int:
    """How many bytes an object has. `FileNotFoundError` if there is none."""
    for found, count in surroundings.current.find(url):
        if found == url or found.endswith(url.removeprefix("./")):
            return count
    raise FileNotFoundError(f"there is no object {url!r}")


def open(  # noqa: A001
    url: str,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
) -> IO[Any]:
    """An object as a file, to read (`"r"`, `"rb"`) or, in a load, to write (`"w"`, `"wb"`).

    What is written appears when the job commits, and never if it does not. Where a load runs over
    several splits, the URL has to hold `{split}`, which becomes the split's number.
    """
    kind = mode.replace("b", "").replace("t", "")
    if kind == "r":
        file: Any = io.BufferedReader(_Reader(url), _READ_BYTES)
    elif kind in ("w", "x"):
        file = io.BufferedWriter(_Writer(url), _WRITE_BYTES)
    else:
        raise ValueError(f"a task opens objects to read or to write, not with {mode!r}")
    if "b" not in mode:
        file = io.TextIOWrapper(file, encoding or "utf-8", errors, newline)
    if kind != "r":
        written.append(file)
    result: IO[Any] = file
    return result


class _Reader(io.RawIOBase):
    def __init__(self, url: str) -> None:
        self._url = str(url)
        self._at = 0
        self._ahead = surroundings.current.read(self._url, 0, _READ_BYTES)
        self._ahead_at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence)
        self._at = (size(self._url) if start is None else start) + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        skip = self._at - self._ahead_at
        data = self._ahead[skip : skip + len(view)] if 0 <= skip < len(self._ahead) else b""
        if not data and len(view):
            self._ahead_at = self._at
            self._ahead = surroundings.current.read(self._url, self._at, max(len(view), _READ_BYTES))
            data = self._ahead[: len(view)]
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


class _Writer(io.RawIOBase):
    def __init__(self, url: str) -> None:
        self._staged = surroundings.current.create(str(url))

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        data = bytes(data)
        self._staged.write(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._staged.finish()
