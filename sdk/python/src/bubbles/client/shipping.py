"""A function as the text that travels into its sandbox: its own source, and all that it needs."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Callable
from typing import Any

from . import neighbours, slicing
from .failure import ShippingError
from .origin import Origin, origin_of

_MAX_BYTES = 3 << 20
"""A pipeline's file has at most 4 MiB."""


def ship(work: Any, kind: str, roles: dict[str, Callable[..., Any]], config: Any) -> dict[str, Any]:
    """The configuration of the plugin that runs `work` with its helpers.

    `ShippingError` if the source is not there, or something it needs cannot travel.
    """
    functions = {kind: work, **roles}
    origin = origin_of(work)
    for role, function in roles.items():
        if origin_of(function).module != origin.module:
            raise ShippingError(f"{role}() stands in another module than {work.__name__}(): put them together")
    names, inner = {}, []
    for role, function in functions.items():
        if origin.is_top_level(function):
            names[role] = function.__name__
        else:
            names[role] = f"{role}_task"
            inner.append(_inner(function, names[role], origin))
    needed = {name for role, name in names.items() if origin.is_top_level(functions[role])}
    for piece in inner:
        needed |= piece.globals
    texts = _cut(origin, needed)
    texts += [(piece.file, piece.source) for piece in inner]
    modules = neighbours.find([source for _, source in texts], origin.name, origin.folder)
    file, code = texts[-1]
    shipped: dict[str, Any] = {"code": code, "file": file, "name": origin.name, "functions": names}
    if len(texts) > 1:
        shipped["before"] = [{"file": file, "source": source} for file, source in texts[:-1]]
    if modules:
        shipped["modules"] = modules
    if config is not None:
        shipped["config"] = config
    size = len(json.dumps([code, modules]))
    if size > _MAX_BYTES:
        largest = sorted(modules, key=lambda name: -len(modules[name]["source"]))[:3]
        raise ShippingError(f"{work.__name__}() brings {size >> 20} MiB of modules, most of it {', '.join(largest)}")
    return shipped


def _cut(origin: Origin, needed: set[str]) -> list[tuple[str, str]]:
    """The pieces of a module, each with what is needed of it and no more. What an earlier one has
    to bring is known once the later ones were cut."""
    texts = []
    for file, source in reversed(origin.pieces):
        text, needed = slicing.slice_module(source, file, needed)
        if text.strip():
            texts.append((file, text))
    return texts[::-1]


class _Inner:
    """A function that stands inside another one, or a lambda."""

    def __init__(self, file: str, source: str, names: set[str]) -> None:
        self.file, self.source, self.globals = file, source, names


def _inner(function: Any, name: str, origin: Origin) -> _Inner:
    label = getattr(function, "__name__", "the function")
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        raise ShippingError(f"the source of {label}() is not to be had: put it into a file") from None
    text = textwrap.dedent("".join(lines))
    if label == "<lambda>":
        text = f"{name} = {slicing.only_lambda(text)}"
    else:
        text = f"{text.rstrip()}\n{name} = {label}"
    values = []
    for free, value in inspect.getclosurevars(function).nonlocals.items() if inspect.isfunction(function) else ():
        if free == label:
            continue
        if not _is_literal(value):
            kind = type(value).__name__
            raise ShippingError(
                f"{label}() uses {free} of the function around it, a {kind}, which cannot travel: give it in config"
            )
        values.append(f"{free} = {value!r}")
    head = "; ".join(values)
    source = head + "\n" * max(first - 1, 1 if head else 0) + text + "\n"
    return _Inner(inspect.getsourcefile(function) or origin.pieces[-1][0], source, slicing.global_names(source))


def _is_literal(value: Any) -> bool:
    if isinstance(value, (list, tuple, set)):
        return all(map(_is_literal, value))
    if isinstance(value, dict):
        return all(_is_literal(key) and _is_literal(item) for key, item in value.items())
    return value is None or isinstance(value, (bool, int, float, str, bytes))
