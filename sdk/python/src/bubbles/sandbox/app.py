"""The plugin: what it exports, over the tasks that do the work."""

from __future__ import annotations

import builtins
import io
import json
import logging
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports import extract, plugin
from wit_world.imports import types

from .. import objects, surroundings
from ..errors import Fatal, Invalid, Transient
from . import host, reasons
from .check import check
from .extract import ExtractTask
from .library import LIBRARY
from .load import LoadTask
from .script import Code, Script
from .transform import TransformTask

_SCHEMA = json.dumps(
    {
        "type": "object",
        "required": ["code"],
        "additionalProperties": False,
        "properties": {
            "code": {"type": "string", "description": "The script: its text, or a file that ends in .py and may be read."},
            "config": {"description": "What the functions get as `config`."},
            "functions": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "Names of the functions, where they are not extract, splits, transform, finish, load.",
            },
            "file": {"type": "string", "description": "Where the text came from: for tracebacks."},
            "before": {"type": "array", "description": "Texts that run first, in the same module: file and source."},
            "name": {"type": "string", "description": "The module's name."},
            "check": {
                "x-check": True,
                "enum": ["extract", "transform", "load"],
                "description": "The script is only looked at, by a transform's `open`: for what is wrong with it as such a task.",
            },
            "modules": {
                "type": "object",
                "description": "Modules that the script imports, by name: file, source, and whether it is a package.",
            },
        },
    }
)
_DEPTH = 400
"""How deep functions may call each other: with more, the sandbox's stack ends before Python's does."""


@contextmanager
def _errors() -> Iterator[None]:
    """The user's exceptions become the contract's errors; what was printed reaches the log."""
    try:
        yield
    except Err:
        raise
    except (Fatal, Transient, Invalid) as error:
        raise host.contract_error(error) from None
    except SystemExit as error:
        raise host.contract_error(Fatal(f"the task called sys.exit({error.code!r})\n{reasons.describe(error)}")) from None
    except MemoryError as error:
        raise host.contract_error(Fatal(f"the task has no memory left\n{reasons.describe(error)}")) from None
    except BaseException as error:
        raise host.contract_error(Invalid(reasons.describe(error))) from None
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _start(config: str, context: types.Context | None) -> Script:
    return Script(_code(config, context))


def _code(config: str, context: types.Context | None) -> Code:
    surroundings.current = host.Sandbox()
    given: Any = objects.open
    builtins.open = io.open = given
    sys.setrecursionlimit(_DEPTH)
    root = logging.getLogger()
    root.handlers = [host.LogHandler()]
    root.setLevel(logging.INFO)
    # A retry has to do the same again.
    random.seed(f"{context.job} {context.task} {context.split}" if context else "plan")
    return Code.read(config)


class Plugin(exports.Plugin):
    """What is offered: one of each kind, whatever the script has."""

    def describe(self) -> list[plugin.Description]:
        rows = [types.Format.ARROW, types.Format.JSON]

        def one(kind: plugin.Kind, accepts: list[types.Format], produces: types.Format | None) -> plugin.Description:
            summary = f"runs {kind.name.lower()}() of a Python script"
            return plugin.Description(kind, summary, accepts, produces, _SCHEMA, False, False)

        return [
            one(plugin.Kind.EXTRACT, [], types.Format.JSON),
            one(plugin.Kind.TRANSFORM, rows, types.Format.JSON),
            one(plugin.Kind.LOAD, rows, None),
        ]


class _Live:
    """The task of this instance: an instance runs one, and the bindings make a new object for each call."""

    task: Any = None


class Extract(exports.Extract):
    """Over `ExtractTask`."""

    def plan(self, config: str, bookmark: bytes | None) -> extract.Source:
        with _errors():
            splits, mark = ExtractTask(_start(config, None), None).plan(bookmark)
            return extract.Source([extract.Split(payload, count) for payload, count in splits], mark)

    def run(self, config: str, piece: extract.Split, context: types.Context) -> None:
        with _errors():
            ExtractTask(_start(config, context), context).run(piece.payload)


class Transform(exports.Transform):
    """Over `TransformTask`."""

    def open(self, config: str, context: types.Context) -> None:
        with _errors():
            code = _code(config, context)
            if code.check is not None:
                check(code, code.check)
                return
            _Live.task = TransformTask(Script(code), context)

    def process(self, input: int, chunk: bytes) -> None:
        with _errors():
            _Live.task.process(input, chunk)

    def finish(self) -> None:
        with _errors():
            _Live.task.finish()


class Load(exports.Load):
    """Over `LoadTask`."""

    def open(self, config: str, context: types.Context) -> None:
        with _errors():
            _Live.task = LoadTask(_start(config, context), context)

    def write(self, chunk: bytes) -> None:
        with _errors():
            _Live.task.write(chunk)

    def prepare(self) -> bytes:
        with _errors():
            receipt: bytes = _Live.task.prepare()
            return receipt

    def commit(self, config: str, receipts: list[bytes]) -> None:
        with _errors():
            LoadTask(_start(config, None), None).commit(receipts)

    def abort(self, config: str, receipts: list[bytes]) -> None:
        with _errors():
            LoadTask(_start(config, None), None).abort(receipts)


_ = LIBRARY
