"""A pipeline as the file that the command reads: TOML."""

from __future__ import annotations

import json
from typing import Any

from .failure import PipelineError


def write(name: str, tasks: list[dict[str, Any]]) -> str:
    """The file's text."""
    lines = [f"name = {_text(name)}", ""]
    for task in tasks:
        lines.append("[[task]]")
        for key, value in task.items():
            lines.append(f"{key} = {_value(value, [str(task.get('name')), key])}")
        lines.append("")
    return "\n".join(lines)


def _value(value: Any, path: list[str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise PipelineError(f"{'.'.join(path)} is {value}, and numbers have 64 bits")
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise PipelineError(f"{'.'.join(path)} has the key {key!r}, and keys are text")
        inner = [f"{_text(key)} = {_value(item, [*path, key])}" for key, item in value.items()]
        return "{ " + ", ".join(inner) + " }" if inner else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item, [*path, str(index)]) for index, item in enumerate(value)) + "]"
    if value is None:
        raise PipelineError(f"{'.'.join(path)} is None, which a pipeline has no word for: leave it out")
    if hasattr(value, "__fspath__"):
        return _text(str(value))
    kind = type(value).__name__
    raise PipelineError(f"{'.'.join(path)} is a {kind}: a configuration has text, numbers, lists and dicts")


def _text(text: str) -> str:
    """JSON's escapes are TOML's, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
