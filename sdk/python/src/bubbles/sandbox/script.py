"""The user's code: compiled, executed, and asked for its functions."""

from __future__ import annotations

import json
import linecache
import sys
import traceback
import types
from dataclasses import dataclass
from typing import Any

from .. import objects
from ..errors import Fatal
from . import imports, reasons

_KINDS = ("extract", "transform", "load")


@dataclass(frozen=True)
class Code:
    """The user's code as it came: nothing of it has run."""

    pieces: list[tuple[str, str]]
    """File and source; the last one is the script."""
    names: dict[str, str]
    """What functions are called, where that is not the name of their role."""
    module: str
    modules: dict[str, dict[str, Any]]
    config: Any
    check: str | None
    """The kind of task that it is to be looked at for, and not run."""

    @classmethod
    def read(cls, config_text: str) -> Code:
        """From the plugin's configuration."""
        settings = json.loads(config_text) if config_text else {}
        code = settings.get("code")
        if not isinstance(code, str):
            raise Fatal('the configuration has no code: config = { code = "clean.py" }, or the text itself')
        file = settings.get("file", "<code>")
        if code.endswith(".py") and "\n" not in code:
            file, code = code, _read(code)
        before = [(piece["file"], piece["source"]) for piece in settings.get("before", [])]
        return cls(
            pieces=[*before, (file, code)],
            names=settings.get("functions", {}),
            module=settings.get("name", "__task__"),
            modules=settings.get("modules", {}),
            config=settings.get("config", {}),
            check=settings.get("check"),
        )

    @property
    def file(self) -> str:
        """The script's."""
        return self.pieces[-1][0]

    def lacks(self, name: str, there: list[str]) -> str:
        """That it has no such function, but others."""
        return f"{self.file} has no function {name}(): it has {', '.join(there) or 'no functions'}"


class Script:
    """Code that was executed, with the configuration it is to work by."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self.config = code.config
        imports.install(code.modules)
        module = types.ModuleType(code.module)
        module.__package__ = module.__name__.rpartition(".")[0]
        sys.modules[module.__name__] = module
        self._globals = module.__dict__
        for file, source in code.pieces:
            _execute(module, file, source)

    def find(self, role: str) -> Any:
        """The function or class for a role such as `transform` or `finish`; None if there is none."""
        name = self._code.names.get(role, role)
        found = self._globals.get(name)
        if role in self._code.names and found is None:
            raise Fatal(f"{self._code.file} has no {name}")
        if found is None and role in _KINDS:
            found = self._globals.get(role.capitalize())
        if found is not None and not callable(found):
            raise Fatal(f"{name} in {self._code.file} is no function")
        return found if found is not open else None

    def need(self, role: str) -> Any:
        """The same, and an error if there is none."""
        found = self.find(role)
        if found is None:
            there = [name for name, value in self._globals.items() if isinstance(value, types.FunctionType)]
            raise Fatal(self._code.lacks(role, there))
        return found


def _read(path: str) -> str:
    try:
        with objects.open(path) as file:
            return str(file.read())
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
        raise Fatal(unreadable(error, file)) from None
    except Exception as error:
        raise Fatal(f"{file} fails when it is loaded: {reasons.describe(error)}") from None


def unreadable(error: SyntaxError, file: str) -> str:
    """Where a text is not Python, and what is there."""
    if error.lineno is None:
        return f"{file}: {error.msg}"
    error.filename = error.filename or file
    error.text = error.text or linecache.getline(error.filename, error.lineno)
    shown = "".join(traceback.TracebackException.from_exception(error).format_exception_only()).splitlines()
    lines = [line for line in shown[1:] if line.startswith("    ")]
    return "\n".join([f"{error.filename}:{error.lineno}: {error.msg}", *lines])


def located(file: str, source: str, line: int, message: str) -> str:
    """A message about a line of the user's code, and that line."""
    text = source.splitlines()[line - 1].strip()
    return f"{file}:{line}: {message}\n    {text}"


def remember(file: str, code: str) -> None:
    """Lets tracebacks show the lines of a file that is not there."""
    reasons.user_files.add(file)
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
