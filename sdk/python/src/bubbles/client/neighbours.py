"""Pure-Python modules that a task's code imports: they travel with it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from .failure import ShippingError

_MAX_FILES = 500


def find(sources: list[str], folder: Path) -> dict[str, dict[str, Any]]:
    """Sources of all that some texts import, directly or not, by module name; what the sandbox has,
    the standard library, aside. A package comes whole.

    `ShippingError` for a module that is compiled.
    """
    found: dict[str, dict[str, Any]] = {}
    waiting = [root for source in sources for root in _imports(source)]
    seen = {"bubbles", "__future__"}
    while waiting:
        root = waiting.pop()
        if root in seen or root in sys.stdlib_module_names:
            continue
        seen.add(root)
        for name, entry in _module(root, folder):
            found[name] = entry
            waiting += _imports(entry["source"])
            if len(found) > _MAX_FILES:
                raise ShippingError(f"{root} and what it imports has more than {_MAX_FILES} files")
    return found


def _imports(source: str) -> set[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def _module(root: str, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    spec = PathFinder.find_spec(root, [str(folder), *sys.path])
    if spec is None:
        # Not here either: the import may stand in a `try`, so the sandbox says so if it matters.
        return
    if spec.submodule_search_locations is not None:
        for place in spec.submodule_search_locations:
            yield from _package(root, Path(place))
    elif _is_compiled(spec):
        raise _compiled(root, Path(spec.origin or ""))
    elif spec.origin is not None and spec.origin.endswith(".py"):
        yield root, {"file": spec.origin, "source": _read(Path(spec.origin))}


def _package(root: str, place: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not (place / "__init__.py").exists():
        yield root, {"file": str(place), "source": "", "package": True}
    for file in sorted(place.rglob("*")):
        if "__pycache__" in file.parts or "tests" in file.relative_to(place).parts:
            continue
        if file.name.endswith(tuple(EXTENSION_SUFFIXES)):
            raise _compiled(root, file)
        if file.suffix != ".py":
            continue
        parts = (root, *file.relative_to(place).with_suffix("").parts)
        entry: dict[str, Any] = {"file": str(file), "source": _read(file)}
        if parts[-1] == "__init__":
            parts, entry["package"] = parts[:-1], True
        yield ".".join(parts), entry


def _is_compiled(spec: ModuleSpec) -> bool:
    return spec.origin is not None and spec.origin.endswith(tuple(EXTENSION_SUFFIXES))


def _compiled(root: str, file: Path) -> ShippingError:
    return ShippingError(
        f"{root} is compiled for this machine ({file.name}), and a sandbox runs pure Python only: "
        f"do without {root} in the task, or write the task in a language that compiles to WebAssembly"
    )


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
