"""Cuts a module down to what some of its names need.

What starts the pipeline, reads arguments or opens files at the module's top does not belong into a
sandbox. So only those statements travel that bind a needed name, or change what it stands for;
all others become empty lines, and line numbers stay as they are.
"""

from __future__ import annotations

import ast
import symtable
from typing import Union

from .failure import ShippingError

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def slice_module(source: str, file: str, needed: set[str]) -> tuple[str, set[str]]:
    """The text that is left, and all names that are needed now, those of other modules' too."""
    try:
        tree = ast.parse(source, file)
        tables = _tables(source, file)
    except SyntaxError as error:
        if file.startswith("In["):
            # A cell that failed: nothing of it is there.
            return "", needed
        raise ShippingError(f"{file} does not compile: {error}") from None
    needed = set(needed)
    kept: set[int] = set()
    grows = True
    while grows:
        grows = False
        for index, statement in enumerate(tree.body):
            if index in kept or not _is_needed(statement, needed, tree):
                continue
            kept.add(index)
            needed |= _mentions(statement, tables)
            grows = True
    return _text(source, tree, kept, needed), needed


def global_names(source: str) -> set[str]:
    """Names that a text uses and may not bind itself."""
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def only_lambda(text: str) -> str:
    """The source of the one lambda of some lines, which may be part of a statement."""
    for start in range(len(text)):
        if not text.startswith("lambda", start):
            continue
        for end in range(len(text), start, -1):
            try:
                tree = ast.parse(text[start:end].strip(), mode="eval")
            except SyntaxError:
                continue
            if isinstance(tree.body, ast.Lambda):
                if "lambda" in text[end:]:
                    raise ShippingError("there are several lambdas on this line: give the function a name with def")
                return text[start:end].strip()
    raise ShippingError("the source of the lambda is not to be had: give the function a name with def")


def _is_needed(statement: ast.stmt, needed: set[str], tree: ast.Module) -> bool:
    if isinstance(statement, ast.ImportFrom) and (
        statement.module == "__future__" or any(alias.name == "*" for alias in statement.names)
    ):
        return True
    if _is_main_guard(statement):
        return False
    if _bound(statement) & needed:
        return True
    changed = _changed(statement)
    return changed is not None and changed != "bubbles" and changed in needed and _binds(tree, changed)


def _binds(tree: ast.Module, name: str) -> bool:
    return any(name in _bound(statement) for statement in tree.body)


def _is_main_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in {
        node.id for node in ast.walk(statement.test) if isinstance(node, ast.Name)
    }


def _bound(statement: ast.stmt) -> set[str]:
    """Names of the module that a statement binds."""
    if isinstance(statement, _DEFINITIONS):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {_alias(alias) for alias in statement.names}
    found = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _DEFINITIONS):
            found.add(node.name)
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {_alias(alias) for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        waiting += ast.iter_child_nodes(node)
    return found


def _alias(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _changed(statement: ast.stmt) -> str | None:
    """The name whose value a statement changes: `TABLE` of `TABLE["x"] = 1` and of `TABLE.sort()`."""
    target: ast.AST | None = None
    if isinstance(statement, ast.Assign):
        target = statement.targets[0]
    elif isinstance(statement, ast.AugAssign):
        target = statement.target
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        target = statement.value.func
    if not isinstance(target, (ast.Attribute, ast.Subscript)):
        return None
    while isinstance(target, (ast.Attribute, ast.Subscript)):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


_Tables = dict[tuple[str, int], symtable.SymbolTable]


def _tables(source: str, file: str) -> _Tables:
    found = {}
    for table in symtable.symtable(source, file, "exec").get_children():
        found[table.get_name(), table.get_lineno()] = table
    return found


def _mentions(statement: ast.stmt, tables: _Tables) -> set[str]:
    """Names of the module that a statement needs, now or when its functions are called."""
    if not isinstance(statement, _DEFINITIONS):
        return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    found: set[str] = set()
    for decorator in statement.decorator_list:
        found |= _names(decorator)
    if isinstance(statement, ast.ClassDef):
        for part in [*statement.bases, *statement.keywords]:
            found |= _names(part)
    else:
        arguments = statement.args
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            found |= _names(default)
    lines = [statement.lineno, *(decorator.lineno for decorator in statement.decorator_list)]
    for line in lines:
        table = tables.get((statement.name, line))
        if table is not None:
            return found | _globals(table)
    return found | _names(statement)


def _names(node: Union[ast.AST, None]) -> set[str]:
    return set() if node is None else {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _globals(table: symtable.SymbolTable) -> set[str]:
    found = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    for child in table.get_children():
        found |= _globals(child)
    return found


def _text(source: str, tree: ast.Module, kept: set[int], needed: set[str]) -> str:
    lines = source.splitlines(keepends=True)
    text = ["\n"] * len(lines)
    for index in sorted(kept):
        statement = tree.body[index]
        first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
        last = statement.end_lineno or first
        pruned = _pruned(statement, needed)
        if pruned is not None:
            text[first - 1] = pruned + "\n"
            continue
        for line in range(first - 1, last):
            text[line] = lines[line]
    return "".join(text).rstrip("\n") + "\n" if kept else ""


def _pruned(statement: ast.stmt, needed: set[str]) -> str | None:
    """An import of several modules with those that are needed; None if all are."""
    if not isinstance(statement, (ast.Import, ast.ImportFrom)) or (
        isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
    ):
        return None
    names = [alias for alias in statement.names if alias.name == "*" or _alias(alias) in needed]
    if len(names) == len(statement.names):
        return None
    if isinstance(statement, ast.Import):
        return ast.unparse(ast.Import(names))
    return ast.unparse(ast.ImportFrom(statement.module, names, statement.level))
