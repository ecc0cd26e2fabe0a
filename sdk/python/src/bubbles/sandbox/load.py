"""Runs the user's function over rows that leave the pipeline.

What a load writes with `open(url, "w")` is staged: it appears when the job commits, all of it, once.
Its receipts travel with whatever the user's own `prepare` returns.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from itertools import chain
from typing import Any

from .. import objects, surroundings
from ..errors import Fatal, Transient
from . import host, lines, reasons
from .calling import bind
from .projection import use_of
from .script import Script
from .transform import Rows

_ROLES = ("prepare", "commit", "abort")


class LoadTask:
    """A load: a function of a row, or a class with `write` and perhaps `prepare`, `commit`, `abort`."""

    def __init__(self, script: Script, context: host.Context | None) -> None:
        self._known = {"config": script.config, "context": context}
        self._context = context
        self._receipts: list[bytes] = []
        self._open: list[host.Staged] = []
        surroundings.current = host.Sandbox(self._create if context else None)
        found = script.need("load")
        self._name = getattr(found, "__name__", "load")
        # What ends a job needs the class only where that takes part in it: its __init__ may open what is written.
        self._ending = found if isinstance(found, type) and context is None else None
        if self._ending is not None:
            self._roles: dict[str, Any] = dict.fromkeys(_ROLES)
            return
        if isinstance(found, type):
            instance = bind(found, self._known, ())()
            function = getattr(instance, "write", None) or getattr(instance, "load", None)
            if function is None:
                raise Fatal(f"the class {self._name} has no method write(row)")
            roles = {role: getattr(instance, role, None) for role in _ROLES}
        else:
            function, roles = found, {role: script.find(role) for role in _ROLES}
        used = use_of(function)
        self._use = used if used and not used.hands_on else None
        self._write = bind(function, self._known, ("row",))
        self._roles = roles

    def write(self, chunk: bytes) -> None:
        """Calls the function for each row."""
        rows = Rows(chunk, self._use)
        for index, row in enumerate(chain.from_iterable(batch for batch, _ in rows.batches())):
            try:
                result = self._write(row)
                if result is not None:
                    raise lines.NotARow(
                        f"{self._name}() returned {type(result).__name__}: a load returns nothing; "
                        'it writes with open(url, "w")'
                    )
            except (Fatal, Transient):
                raise
            except Exception as error:
                rows.reject(index, reasons.describe(error))

    def prepare(self) -> bytes:
        """Ends all that is open; the receipt."""
        own = None
        if self._roles["prepare"] is not None:
            own = bind(self._roles["prepare"], self._known, ())()
        for file in objects.written:
            file.close()
        for staged in self._open:
            staged.finish()
        staged_receipts = [base64.b64encode(receipt).decode() for receipt in self._receipts]
        return lines.encode({"staged": staged_receipts, "own": own}).encode()

    def commit(self, receipts: list[bytes]) -> None:
        """Makes everything visible."""
        self._end("commit", receipts, host.publish)

    def abort(self, receipts: list[bytes]) -> None:
        """Removes everything."""
        self._end("abort", receipts, host.discard)

    def _end(self, role: str, receipts: list[bytes], each: Callable[[bytes], None]) -> None:
        read = [json.loads(receipt) for receipt in receipts]
        for receipt in read:
            for staged in receipt["staged"]:
                each(base64.b64decode(staged))
        function = self._roles[role]
        if self._ending is not None and hasattr(self._ending, role):
            function = getattr(bind(self._ending, self._known, ())(), role)
        if function is not None:
            bind(function, self._known, ("receipts",))([receipt["own"] for receipt in read])

    def _create(self, url: str) -> host.Staged:
        context = self._context
        if context is not None:
            if "{split}" in url:
                url = url.replace("{split}", f"{context.split:05}")
            elif context.splits > 1:
                raise Fatal(
                    f"{url!r} would be written by each of the {context.splits} splits: put {{split}} into the "
                    "name, or gather everything in one place with gather = true"
                )
        staged = host.Staged(url, self._receipts)
        self._open.append(staged)
        return staged
