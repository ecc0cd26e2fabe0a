"""What a program says, as the file that it becomes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bubbles
import pytest
from bubbles.client import document
from bubbles.sandbox.projection import Use, use_of

from . import tasks

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")


def entries(pipeline: bubbles.Pipeline) -> list[dict[str, Any]]:
    return tomllib.loads(pipeline.to_toml())["task"]  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python.wasm").touch()
    monkeypatch.setenv("BUBBLES_PYTHON_WASM", str(tmp_path / "python.wasm"))


def late(row: dict[str, Any]) -> dict[str, Any]:
    return row


def test_kinds_follow_from_names_and_places() -> None:
    pipeline = bubbles.Pipeline("x")
    pipeline.add_task("csv", config={"path": "a.csv"}, read="a.csv")
    pipeline.add_task("jsonl", config={"path": "b.jsonl"}, kind="extract", read="b.jsonl")
    joined = pipeline.add_task(late, from_=["csv", "jsonl"])
    pipeline.add_task("aggregate", partition_by="carrier", config={"group-by": ["carrier"]})
    pipeline.add_task("parquet", config={"path": "out/"}, write="out/")
    pipeline.add_task("plugins/own.wasm", from_=joined, on_error="reject", memory="512MiB", timeout="10s")
    found = entries(pipeline)
    kinds = [(set(task) & {"extract", "transform", "load"}).pop() for task in found]
    assert kinds == ["extract", "extract", "transform", "transform", "load", "load"]
    assert found[2]["from"] == ["csv", "jsonl"] and found[2]["config"]["functions"] == {"transform": "late"}
    assert found[5]["from"] == ["late"] and found[5]["load"] == str(Path("plugins/own.wasm").resolve())
    assert (found[5]["on-error"], found[5]["memory"], found[5]["timeout"]) == ("reject", "512MiB", "10s")


def test_names_are_unique() -> None:
    pipeline = bubbles.Pipeline("x")
    assert [pipeline.add_task(late).name for _ in range(3)] == ["late", "late-2", "late-3"]
    with pytest.raises(bubbles.PipelineError, match="two tasks 'late'"):
        pipeline.add_task(late, name="late")


def test_modules_beside_travel() -> None:
    pipeline = bubbles.Pipeline("x")
    pipeline.add_task(tasks.extract_names)
    config = entries(pipeline)[0]["config"]
    assert config["name"] == "tests.tasks"
    assert set(config["modules"]) == {"tests", "tests.words"}
    assert config["modules"]["tests"]["package"] is True


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (5, "a task is a function"),
        (print, "a plain function or a class"),
        (tasks.Sums().transform, "a plain function or a class"),
    ],
)
def test_what_is_no_task(work: Any, message: str) -> None:
    with pytest.raises(bubbles.PipelineError, match=message):
        bubbles.Pipeline("x").add_task(work)


def test_what_cannot_travel() -> None:
    import pyarrow

    def compiled(row: Any) -> Any:
        return pyarrow.array(row)

    unknown = object()

    def enclosed(row: Any) -> Any:
        return unknown

    for function, message in ((compiled_at_top, "pyarrow is compiled"), (enclosed, "uses unknown of the function around")):
        pipeline = bubbles.Pipeline("x")
        pipeline.add_task(function)
        with pytest.raises(bubbles.ShippingError, match=message):
            pipeline.to_toml()
    with pytest.raises(bubbles.ShippingError, match="pyarrow of the function around it, a module"):
        pipeline = bubbles.Pipeline("x")
        pipeline.add_task(compiled)
        pipeline.to_toml()


def compiled_at_top(row: Any) -> Any:
    import pyarrow

    return pyarrow.array(row)


def test_values_that_toml_has_no_word_for() -> None:
    with pytest.raises(bubbles.PipelineError, match="a.config.x is None"):
        document.write("x", [{"name": "a", "config": {"x": None}}])
    text = 'tab\t"quote" \\ \x7f é \n line'
    assert tomllib.loads(document.write("x", [{"name": text, "n": [1, 2.5, True, {"a-b c": "d"}]}]))["task"] == [
        {"name": text, "n": [1, 2.5, True, {"a-b c": "d"}]}
    ]


def narrow(row: dict[str, Any]) -> dict[str, Any]:
    return {"a": row["b"], "c": row.get("d", 1)}


def derived(row: dict[str, Any], config: Any) -> Any:
    row["h"] = row["m"] / 60
    return row if row["h"] > 1 else None


def renamed(row: dict[str, Any]) -> Any:
    other = row
    return other


def inner(row: dict[str, Any]) -> Any:
    def whole() -> Any:
        return row

    return {"a": row["a"], "b": whole()}


def test_columns_that_a_function_looks_at() -> None:
    assert use_of(narrow) == Use(frozenset({"b", "d"}), False)
    assert use_of(derived) == Use(frozenset({"h", "m"}), True)
    assert use_of(tasks.transform_even) == Use(frozenset({"n", "even"}), False)
    assert use_of(tasks.transform_picky) == Use(frozenset({"n"}), True)
    for function in (late, renamed, inner, tasks.transform_join, tasks.transform_twice):
        assert use_of(function) is None, function
