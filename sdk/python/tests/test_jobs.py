"""Whole jobs, from functions to output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bubbles
import pytest

from . import tasks


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def pipeline(transform: Any, **settings: Any) -> bubbles.Pipeline:
    made = bubbles.Pipeline("test")
    made.add_task(tasks.extract_numbers, config={"count": 10})
    made.add_task(transform, **settings)
    made.add_task("jsonl", config={"path": "out.jsonl"}, write="out.jsonl", gather=True)
    return made


def numbers(place: Path) -> list[int]:
    return [row["n"] for row in rows(place / "out.jsonl")]


def test_rows_go_through(place: Path) -> None:
    job = pipeline(tasks.transform_even, config={"times": 3}).run()
    assert numbers(place) == [0, 6, 12, 18, 24]
    assert job.tasks["transform_even"].rows_in == 10
    assert job.tasks["jsonl"].rows_out == 5
    assert job.outputs == [str(place / "out.jsonl")]
    assert "seen 0" in job.log and "all seen" in job.log


def test_one_row_becomes_many(place: Path) -> None:
    pipeline(tasks.transform_twice).run()
    assert sorted(numbers(place)) == sorted([*range(10), *range(10)])


def test_groups_are_emitted_at_the_end(place: Path) -> None:
    pipeline(tasks.Sums, partition_by="even").run()
    assert sorted((row["even"], row["sum"]) for row in rows(place / "out.jsonl")) == [(False, 25), (True, 20)]


def test_functions_in_functions_and_lambdas_travel(place: Path) -> None:
    limit = 7

    def over(row: dict[str, Any]) -> dict[str, Any] | None:
        return row if row["n"] > limit else None

    pipeline(over).run()
    assert numbers(place) == [8, 9]
    pipeline(lambda row: row if row["n"] < 2 else None).run()
    assert numbers(place) == [0, 1]


def test_two_inputs(place: Path) -> None:
    made = bubbles.Pipeline("test")
    names = made.add_task(tasks.extract_names)
    made.add_task(tasks.extract_numbers, config={"count": 3})
    made.add_task(tasks.transform_join, from_=[bubbles.Input(names, broadcast=True), tasks.extract_numbers])
    made.add_task("jsonl", config={"path": "out.jsonl"}, write="out.jsonl", gather=True)
    made.run()
    assert sorted((row["n"], row["name"]) for row in rows(place / "out.jsonl")) == [(0, "zero"), (1, "one"), (2, None)]


def test_splits_and_bookmarks(place: Path) -> None:
    made = bubbles.Pipeline("marks")
    made.add_task(tasks.extract_days, splits=tasks.days)
    made.add_task("jsonl", config={"path": "out.jsonl"}, write="out.jsonl", gather=True)
    assert made.run().tasks["extract_days"].rows_out == 4
    assert sorted(row["day"] for row in rows(place / "out.jsonl")) == [1, 1, 2, 2]
    made.run()
    assert sorted(row["day"] for row in rows(place / "out.jsonl")) == [3, 3, 4, 4]


def test_files_are_read_through_grants(place: Path) -> None:
    (place / "data").mkdir()
    (place / "data" / "a.csv").write_text("n\n1\n2\n")
    made = bubbles.Pipeline("test")
    made.add_task(tasks.extract_csv, config={"path": "data/a.csv"}, read="data/")
    made.add_task("jsonl", config={"path": "out.jsonl"}, write="out.jsonl", gather=True)
    made.run()
    assert rows(place / "out.jsonl") == [{"n": "1"}, {"n": "2"}]


def test_what_a_load_writes_appears_with_the_job(place: Path) -> None:
    made = bubbles.Pipeline("test")
    made.add_task(tasks.extract_numbers, config={"count": 3})
    made.add_task(tasks.load_text, write="out/")
    job = made.run()
    assert (place / "out" / "part-00000.txt").read_text() == "0\n1\n2\n"
    assert job.outputs == [str(place / "out" / "part-00000.txt")]


def test_nothing_appears_of_a_load_that_fails(place: Path) -> None:
    made = bubbles.Pipeline("test")
    made.add_task(tasks.extract_numbers, config={"count": 3})
    made.add_task(tasks.load_then_fail, write="out/")
    with pytest.raises(bubbles.TaskError, match="enough"):
        made.run()
    assert not list((place / "out").iterdir()) if (place / "out").exists() else True


def test_a_load_in_two_steps(place: Path) -> None:
    made = bubbles.Pipeline("test")
    made.add_task(tasks.extract_numbers, config={"count": 3})
    made.add_task(tasks.Totals)
    assert "committed [3]" in made.run().log


def test_a_load_that_opens_its_file_at_once(place: Path) -> None:
    made = bubbles.Pipeline("test")
    made.add_task(tasks.extract_numbers, config={"count": 3})
    made.add_task(tasks.Appending, write="out/")
    made.run()
    assert (place / "out" / "all.txt").read_text() == "0\n1\n2\n"


def test_megabytes_are_written_in_little_memory(place: Path) -> None:
    made = bubbles.Pipeline("test")
    made.add_task(tasks.extract_long, config={"rows": 100_000, "size": 1_024})
    made.add_task(tasks.load_long, write="out/", memory="48MiB")
    made.run()
    assert (place / "out" / "long.txt").stat().st_size == 100_000 * 1_025


def test_bad_rows_are_put_aside(place: Path) -> None:
    job = pipeline(tasks.transform_picky, on_error="reject").run()
    assert numbers(place) == [0, 1, 2, 4, 6, 7, 8, 9]
    assert job.rejected == 2
    invalid, raised = sorted(job.rejects, key=lambda reject: len(reject["reason"]))
    assert invalid["reason"] == "three is bad"
    assert json.loads(invalid["text"]) == {"n": 3, "even": False}
    assert raised["reason"].startswith("ZeroDivisionError: division by zero\n")
    assert json.loads(raised["text"]) == {"n": 5, "even": False}


def test_rows_that_are_handed_on_stay_in_order(place: Path) -> None:
    made = bubbles.Pipeline("test")
    (place / "in.csv").write_text("n,even\n" + "".join(f"{n},{n % 2 == 0}\n" for n in range(8)))
    made.add_task("csv", config={"path": "in.csv"}, read="in.csv")
    made.add_task(tasks.transform_mixed, on_error="reject")
    made.add_task("jsonl", config={"path": "out.jsonl"}, write="out.jsonl", gather=True)
    job = made.run()
    found = rows(place / "out.jsonl")
    assert [row["n"] for row in found] == [0, 1, 2, 3, 5, 6, 7]
    assert [row for row in found if row.get("big")] == [{"n": 7, "even": False, "big": True}]
    [reject] = job.rejects
    assert reject["reason"].startswith("a row holds <object object") and json.loads(reject["text"])["n"] == 4


def test_an_exception_points_at_the_users_line(place: Path) -> None:
    with pytest.raises(bubbles.TaskError) as caught:
        pipeline(tasks.transform_division).run()
    error = caught.value
    source = Path(tasks.__file__).read_text().splitlines()
    assert error.file == str(Path(tasks.__file__).resolve())
    assert "1 / (row" in source[(error.line or 0) - 1]
    assert error.task == "transform_division" and error.kind == "rejected"
    assert error.record is not None and '"n":5' in error.record
    last = caught.traceback[-1]
    assert (str(last.path), last.lineno + 1, last.name) == (error.file, error.line, "_inverse")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (tasks.transform_numpy, "No module named 'numpy': it is compiled for the machine"),
        (tasks.transform_passwd, "PermissionError: .*/etc/passwd"),
        (tasks.transform_socket, "socket"),
        (tasks.transform_endless, "RecursionError: maximum recursion depth exceeded"),
        (tasks.transform_number, r"transform_number\(\) returned 5 \(an int\): a row is a dict"),
        (tasks.transform_set, "a row holds <object object"),
        (tasks.transform_exit, r"sys.exit\(3\)"),
        (tasks.transform_writes, "only a load writes"),
        (tasks.transform_fatal, "it is over"),
        (tasks.transform_greedy, "memory"),
        (tasks.transform_wants, r"wants 'other'"),
    ],
)
def test_what_goes_wrong_is_said(place: Path, function: Any, message: str) -> None:
    with pytest.raises(bubbles.TaskError, match=message) as caught:
        pipeline(function).run(quiet=True)
    print(caught.value)


def test_a_wrong_pipeline(place: Path) -> None:
    with pytest.raises(bubbles.PipelineError, match="no setting `colour`"):
        made = bubbles.Pipeline("test")
        made.add_task(tasks.extract_numbers, config={"count": 1})
        made.add_task("jsonl", config={"path": "out.jsonl", "colour": 1}, write="out.jsonl")
        made.run(quiet=True)
    assert not list(place.glob(".bubbles*"))
