"""Pure-Python modules that a task's code imports: they travel with it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path
from typing import Any

from .failure import ShippingError

_MAX_FILES = 1_000
_COMPILED = tuple(EXTENSION_SUFFIXES)

Modules = dict[str, dict[str, Any]]


def find(sources: list[str], module: str, folder: Path) -> Modules:
    """Sources of all that some texts of a module import, directly or not, by module name; what the
    sandbox has, the standard library, aside. Of what lies in `folder` those modules come that are
    named; of a package that was installed, all.

    `ShippingError` for a module that the program itself imports and that is compiled.
    """
    search = _Search(folder)
    for source in sources:
        search.follow(source, module, is_package=False, is_own=True)
    return search.found


class _Search:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: Modules = {}
        self.seen = {"bubbles", "__future__"}

    def follow(self, source: str, module: str, *, is_package: bool, is_own: bool) -> None:
        """Finds what a module imports."""
        for name in _imports(source, module, is_package):
            root = name.partition(".")[0]
            if root not in self.seen and root not in sys.stdlib_module_names and not self._beside(name):
                self.seen.add(root)
                self._installed(root, is_own)

    def _beside(self, name: str) -> bool:
        """Takes a module of the folder, and the packages that it is in; false if it is not there."""
        place, parts = self.folder, name.split(".")
        for depth, part in enumerate(parts, 1):
            known = ".".join(parts[:depth])
            place = place / part
            package, file = place / "__init__.py", place.with_suffix(".py")
            if package.is_file():
                self._take(known, package, is_package=True)
            elif file.is_file():
                self._take(known, file, is_package=False)
            elif place.is_dir() and any(place.glob("*.py")):
                self.found.setdefault(known, {"file": str(place), "source": "", "package": True})
            else:
                # `from a import b`, where b is no module.
                return depth > 1
        return True

    def _take(self, name: str, file: Path, *, is_package: bool) -> None:
        if name in self.found:
            return
        self._add(name, file, is_package)
        self.follow(self.found[name]["source"], name, is_package=is_package, is_own=True)

    def _installed(self, root: str, is_own: bool) -> None:
        spec = PathFinder.find_spec(root, sys.path)
        if spec is None:
            # Not here either: the import may stand in a `try`, so the sandbox says so if it matters.
            return
        files: list[tuple[str, Path, bool]] = []
        if spec.submodule_search_locations is not None:
            for place in spec.submodule_search_locations:
                files += _package(root, Path(place))
        elif spec.origin is not None:
            files = [(root, Path(spec.origin), False)]
        compiled = [file for _, file, _ in files if file.name.endswith(_COMPILED)]
        if compiled:
            if not is_own:
                return
            raise ShippingError(
                f"{root} is compiled for this machine ({compiled[0].name}), and a sandbox runs pure Python only: "
                f"do without {root} in the task, or write the task in a language that compiles to WebAssembly"
            )
        for name, file, is_package in files:
            self._add(name, file, is_package)
        for name, _, is_package in files:
            self.follow(self.found[name]["source"], name, is_package=is_package, is_own=False)

    def _add(self, name: str, file: Path, is_package: bool) -> None:
        entry: dict[str, Any] = {"file": str(file), "source": file.read_text(encoding="utf-8")}
        if is_package:
            entry["package"] = True
        self.found[name] = entry
        if len(self.found) > _MAX_FILES:
            raise ShippingError(f"the task imports more than {_MAX_FILES} modules, {name} among them")


def _package(root: str, place: Path) -> Iterator[tuple[str, Path, bool]]:
    for file in sorted(place.rglob("*")):
        inside = file.relative_to(place)
        if "__pycache__" in inside.parts or "tests" in inside.parts:
            continue
        if file.name.endswith(_COMPILED):
            yield root, file, False
        elif file.suffix == ".py":
            parts = (root, *inside.with_suffix("").parts)
            is_package = parts[-1] == "__init__"
            yield ".".join(parts[:-1] if is_package else parts), file, is_package


def _imports(source: str, module: str, is_package: bool) -> list[str]:
    """Names of modules, and of what is taken from them, which may be modules as well."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            up = node.level - 1 if is_package else node.level
            base = [] if node.level == 0 else parts[: max(len(parts) - up, 0)]
            base += [node.module] if node.module else []
            found += [".".join([*base, alias.name] if alias.name != "*" else base) for alias in node.names]
    return [name for name in found if name]
