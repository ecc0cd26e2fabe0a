"""Which columns a function looks at: where that is plain to see, no others are decoded."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

_KNOWN = ("config", "context", "input", "self")


def columns_used(function: Callable[..., Any]) -> frozenset[str] | None:
    """The columns that a function of a row names, as `row["x"]` or `row.get("x")`. None if it does
    anything else with the row, such as to return it: it may then need all."""
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
    found = set()
    plain = 0
    for node in ast.walk(definition):
        if isinstance(node, ast.Subscript) and _is(node.value, row) and isinstance(node.ctx, ast.Load):
            key: ast.AST = node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is(node.func.value, row):
            if node.func.attr != "get" or not node.args:
                return None
            key = node.args[0]
        else:
            continue
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            return None
        found.add(key.value)
        plain += 1
    uses = sum(_is(node, row) for node in ast.walk(definition))
    # `locals` and its like could hand the row on unseen.
    hidden = any(_is(node, name) for node in ast.walk(definition) for name in ("locals", "vars", "eval", "exec"))
    return frozenset(found) if uses == plain and found and not hidden else None


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
