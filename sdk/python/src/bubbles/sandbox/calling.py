"""Calls the user's functions with what they ask for by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from ..errors import Fatal


def bind(function: Callable[..., Any], known: dict[str, Any], given: tuple[str, ...]) -> Callable[..., Any]:
    """A function of `given`, in order, that passes what else the parameters name.

    A parameter with a name in `known` gets that value; the others get what is `given`, which may
    be more than they want. `Fatal` if a parameter is left without a value.
    """
    name = getattr(function, "__name__", str(function))
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return function
    fixed: dict[str, Any] = {}
    open_: list[str] = []
    late = False
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.name in known:
            fixed[parameter.name] = known[parameter.name]
            late = late or not open_
        elif len(open_) < len(given) and parameter.kind != parameter.KEYWORD_ONLY:
            open_.append(parameter.name)
        elif parameter.default is parameter.empty:
            can = ", ".join([*given, *known])
            raise Fatal(f"{name}() wants {parameter.name!r}, and there is nothing to give it: it is called with {can}")
    if len(open_) == len(given) and not (fixed and late):
        return partial(function, **fixed) if fixed else function
    if not open_:
        return lambda *_: function(**fixed)
    if not (fixed and late):
        count = len(open_)
        return lambda *values: function(*values[:count], **fixed)
    return lambda *values: function(**dict(zip(open_, values)), **fixed)


def wants(function: Callable[..., Any], name: str) -> bool:
    """Whether a function has a parameter of that name."""
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
