"""The user's code: compiled, executed, and asked for its functions."""

from __future__ import annotations

import json
import linecache
import sys
import types
from typing import Any

from .. import objects
from ..errors import Fatal
from . import imports, reasons

_KINDS = ("extract", "transform", "load")


class Script:
    """Code that was executed, with the configuration it is to work by."""

    def __init__(self, config_text: str) -> None:
        settings = json.loads(config_text) if config_text else {}
        code = settings.get("code")
        if not isinstance(code, str):
            raise Fatal('the configuration has no code: config = { code = "clean.py" }, or the text itself')
        self.config: Any = settings.get("config", {})
        self.names: dict[str, str] = settings.get("functions", {})
        file = settings.get("file", "<code>")
        if code.endswith(".py") and "\n" not in code:
            file, code = code, _read(code)
        imports.install(settings.get("modules", {}))
        self.file = file
        module = types.ModuleType(settings.get("name", "__task__"))
        module.__package__ = module.__name__.rpartition(".")[0]
        sys.modules[module.__name__] = module
        self._globals = module.__dict__
        for piece in settings.get("before", []):
            _execute(module, piece["file"], piece["source"])
        _execute(module, file, code)

    def find(self, role: str) -> Any:
        """The function or class for a role such as `transform` or `finish`; None if there is none."""
        name = self.names.get(role, role)
        found = self._globals.get(name)
        if role in self.names and found is None:
            raise Fatal(f"{self.file} has no {name}")
        if found is None and role in _KINDS:
            found = self._globals.get(role.capitalize())
        if found is not None and not callable(found):
            raise Fatal(f"{name} in {self.file} is no function")
        return found if found is not open else None

    def need(self, role: str) -> Any:
        """The same, and an error if there is none."""
        found = self.find(role)
        if found is None:
            there = [name for name, value in self._globals.items() if isinstance(value, types.FunctionType)]
            has = f"it has {', '.join(there)}" if there else "it has no functions"
            raise Fatal(f"{self.file} has no function {role}(): {has}")
        return found


def _read(path: str) -> str:
    try:
        with objects.open(path) as file:
            return file.read()
    except PermissionError as error:
        raise Fatal(f'{path} cannot be read: grant it with read = ["{path}"] ({error})') from None
    except FileNotFoundError as error:
        raise Fatal(f"there is no script {path} ({error})") from None


def _execute(module: types.ModuleType, file: str, code: str) -> None:
    remember(file, code)
    module.__file__ = file
    try:
        exec(compile(code, file, "exec"), module.__dict__)
    except SyntaxError as error:
        raise Fatal(reasons.describe(error)) from None
    except Exception as error:
        raise Fatal(f"{file} fails when it is loaded: {reasons.describe(error)}") from None


def remember(file: str, code: str) -> None:
    """Lets tracebacks show the lines of a file that is not there."""
    reasons.user_files.add(file)
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
