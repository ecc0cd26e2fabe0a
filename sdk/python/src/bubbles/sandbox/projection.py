"""Which columns a function looks at: where that is plain to see, no others are decoded."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_KNOWN = ("config", "context", "input", "self")


@dataclass(frozen=True)
class Use:
    """What a function does with its row."""

    columns: frozenset[str]
    """Those that it names."""
    hands_on: bool
    """It may return the row, and then all of it is needed."""


def use_of(function: Callable[..., Any]) -> Use | None:
    """Known where a function touches its row in no other way than `row["x"]`, `row["x"] = …`,
    `row.get("x")` and `return row`. None if it does anything else: it may then need all at once."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef) or definition.decorator_list:
        return None
    names = [argument.arg for argument in definition.args.posonlyargs + definition.args.args]
    rows = [name for name in names if name not in _KNOWN]
    if not rows:
        return None
    row = rows[0]
    nodes = list(ast.walk(definition))
    # `locals` and its like could hand the row on unseen.
    if any(_is(node, name) for node in nodes for name in ("locals", "vars", "eval", "exec")):
        return None
    keys = list(_keys(nodes, row))
    columns = {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    # Only the function's own `return` counts: one of a function inside it returns to who knows whom.
    inner = {id(node) for child in nodes[1:] if isinstance(child, _FUNCTIONS) for node in ast.walk(child)}
    returned = sum(
        _is(value, row)
        for node in nodes
        if isinstance(node, ast.Return) and id(node) not in inner
        for value in _choices(node.value)
    )
    uses = sum(_is(node, row) for node in nodes)
    is_generator = any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in nodes)
    if uses != len(keys) + returned or not columns or (returned and is_generator):
        return None
    if any(not (isinstance(key, ast.Constant) and isinstance(key.value, str)) for key in keys):
        return None
    return Use(frozenset(columns), returned > 0)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def _keys(nodes: list[ast.AST], row: str) -> Iterator[ast.AST]:
    """What stands in `row[…]` and `row.get(…)`."""
    for node in nodes:
        if isinstance(node, ast.Subscript) and _is(node.value, row) and not isinstance(node.ctx, ast.Del):
            yield node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is(node.func.value, row):
            if node.func.attr == "get" and node.args:
                yield node.args[0]


def _choices(value: ast.AST | None) -> list[ast.AST]:
    """What an expression may be: both sides of `a if b else c`."""
    if isinstance(value, ast.IfExp):
        return _choices(value.body) + _choices(value.orelse)
    return [] if value is None else [value]


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
