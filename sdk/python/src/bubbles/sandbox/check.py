"""Looks at a script of which nothing runs: what is plainly wrong is said before the job starts."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from importlib.util import resolve_name

from ..errors import Fatal
from . import imports
from .script import Code, located, remember, unreadable


def check(code: Code, kind: str) -> None:
    """`Fatal` if the script does not compile, imports what cannot be had, or has no function for `kind`."""
    imports.install(code.modules)
    look = _Look(code)
    trees = [look.at(file, source, code.module, code.module.rpartition(".")[0]) for file, source in code.pieces]
    wanted = [code.names[kind]] if kind in code.names else [kind, kind.capitalize()]
    if {*wanted, "*"}.isdisjoint(name for tree in trees for name in _bound(tree)):
        there = [node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
        raise Fatal(code.lacks(wanted[0], there))


class _Look:
    """Follows a script's imports into the modules that came with it."""

    def __init__(self, code: Code) -> None:
        self._modules = code.modules
        self._seen: set[str] = set()

    def at(self, file: str, source: str, module: str, package: str) -> ast.Module:
        """Compiles a text, and then what it imports when it is loaded."""
        remember(file, source)
        try:
            compile(source, file, "exec", dont_inherit=True)
            tree = ast.parse(source, file)
        except SyntaxError as error:
            raise Fatal(unreadable(error, file)) from None
        except (RecursionError, MemoryError):
            raise Fatal(f"{file} is nested too deep to be compiled") from None
        # An import inside of `try` or `if` may be one that the script does without.
        for statement in tree.body:
            for name in _imported(statement, package):
                why = self._lacks(name)
                if why is not None:
                    raise Fatal(located(file, source, statement.lineno, why))
        return tree

    def _lacks(self, name: str) -> str | None:
        """Why a module cannot be imported."""
        if name.partition(".")[0] not in self._modules:
            return None if _is_there(name) else imports.missing(name)
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            known = ".".join(parts[:depth])
            entry = self._modules.get(known)
            if entry is None:
                return imports.missing(known)
            if known not in self._seen:
                self._seen.add(known)
                is_package = bool(entry.get("package"))
                self.at(entry["file"], entry["source"], known, known if is_package else known.rpartition(".")[0])
        return None


def _imported(statement: ast.stmt, package: str) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if not isinstance(statement, ast.ImportFrom):
        return []
    name = statement.module or ""
    if statement.level:
        try:
            name = resolve_name("." * statement.level + name, package)
        except ImportError:
            return []
    return [name]


def _is_there(name: str) -> bool:
    """Whether the sandbox has a module: it is the library's, so that it may be loaded."""
    if name in sys.modules:
        return True
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def _bound(node: ast.AST) -> Iterator[str]:
    """Names that a module binds; `*` where that cannot be known."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield child.name
            continue
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name for alias in child.names)
        elif isinstance(child, ast.Name):
            yield "*" if child.id in ("globals", "exec") else child.id
        yield from _bound(child)
