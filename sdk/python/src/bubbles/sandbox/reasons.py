"""Exceptions of the user's code as text: cut to the user's own files, with the line."""

from __future__ import annotations

import traceback

from ..errors import Invalid
from .lines import NotARow

_MAX_CHARS = 3_500
"""The runtime keeps 4 KiB of a reason."""

user_files: set[str] = set()
"""Names of the files that the user's code came from."""


def describe(error: BaseException) -> str:
    """What was raised and where, as `Type: message` and the user's frames below it."""
    if type(error) is Invalid or isinstance(error, NotARow):
        return str(error) or "invalid"
    summary = traceback.TracebackException.from_exception(error, compact=True)
    head = "".join(summary.format_exception_only()).strip()
    if isinstance(error, SyntaxError):
        return head
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if any(isinstance(denied, PermissionError) and denied.errno is not None for denied in (error, cause)):
        head += ": a task reaches only the hosts that it is granted, as net = [\"host:443\"]"
    frames = [frame for frame in summary.stack if frame.filename in user_files]
    for frame in frames:
        frame.colno = frame.end_colno = None
    lines = "".join(traceback.StackSummary.from_list(frames).format()).rstrip()
    text = f"{head}\n{lines}" if lines else head
    if cause is not None:
        text += "\nafter " + "".join(traceback.format_exception_only(cause)).strip()
    if len(text) > _MAX_CHARS:
        half = _MAX_CHARS // 2
        text = f"{text[:half]}\n ...\n{text[-half:]}"
    return text
