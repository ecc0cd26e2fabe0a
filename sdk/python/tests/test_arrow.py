"""Arrow chunks read as the same rows as JSON would be."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest
from bubbles.sandbox import arrow, columns, lines

pa = pytest.importorskip("pyarrow")


def chunk(table: Any, rows: int = 3) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=rows):
            writer.write_batch(batch)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def read(table: Any, only: frozenset[str] | None = None) -> list[dict[str, Any]]:
    data = chunk(table)
    assert arrow.is_arrow(data)
    return [row for batch in arrow.batches(data, only) for row in batch]


@pytest.mark.parametrize(
    ("type_", "values", "expected"),
    [
        (pa.int8(), [-1, None, 127], None),
        (pa.uint64(), [0, 2**64 - 1], None),
        (pa.int64(), list(range(-5, 20)), None),
        (pa.float64(), [1.5, None, float("nan"), float("inf")], [1.5, None, None, None]),
        (pa.float32(), [0.1, 1e10, None, 16777217.0], [0.1, 1e10, None, 16777216.0]),
        (pa.bool_(), [True, False, None, True], None),
        (pa.string(), ["a", None, "", "é✈"], None),
        (pa.large_string(), ["plain", "text", None], None),
        (pa.binary(), [b"\x00\xff", None], ["00ff", None]),
        (pa.binary(2), [b"\x00\xff", None], ["00ff", None]),
        (pa.null(), [None, None], None),
        (pa.decimal128(9, 2), [Decimal("12.50"), Decimal("-0.01"), None], [12.5, -0.01, None]),
        (pa.date32(), [datetime.date(2013, 1, 31), None], ["2013-01-31", None]),
        (pa.time64("us"), [datetime.time(10, 0, 0, 500)], ["10:00:00.000500"]),
        (pa.timestamp("us"), [datetime.datetime(2013, 1, 31, 10)], ["2013-01-31T10:00:00"]),
        (pa.timestamp("ms", "+00:00"), [0, -1], ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z"]),
        (pa.timestamp("s", "+05:30"), [0], ["1970-01-01T05:30:00+05:30"]),
        (pa.duration("ms"), [1_500, -1, 0], ["PT1.5S", "-PT0.001S", "P0D"]),
        (pa.list_(pa.int64()), [[1, 2], None, [], [3]], None),
        (pa.list_(pa.int64(), 2), [[1, 2], [3, 4]], None),
        (pa.struct([("x", pa.int64()), ("y", pa.string())]), [{"x": 1, "y": "a"}, None], None),
        (pa.map_(pa.string(), pa.int64()), [[("a", 1)], []], [{"a": 1}, {}]),
    ],
    ids=str,
)
def test_columns(type_: Any, values: list[Any], expected: list[Any] | None) -> None:
    table = pa.table({"before": pa.array(range(len(values))), "v": pa.array(values, type_)})
    rows = read(table)
    assert [row["v"] for row in rows] == (values if expected is None else expected)
    assert [row["before"] for row in rows] == list(range(len(values)))
    json.dumps(rows, allow_nan=False)
    whole: list[dict[str, Any]] = []
    for batch, completer in arrow.partial_batches(chunk(table), frozenset({"before", "new"})):
        part = list(batch)
        for row in part:
            row["new"] = row["before"] = row["before"] + 1
        everywhere = list(range(len(part)))
        made = completer.lines(everywhere, part) or []
        whole += completer.rows(everywhere, part)
        assert made == [lines.encode(row) for row in whole[-len(part) :]]
        last = len(part) - 1
        assert list(completer.rows([last], part[last:])) == whole[-1:]
        assert completer.lines([last], part[last:]) == made[-1:]
    assert whole == [{**row, "before": row["before"] + 1, "new": row["before"] + 1} for row in rows]
    assert all(list(row) == ["before", "v", "new"] for row in whole)


def test_rows_of_different_forms_are_not_written_by_columns() -> None:
    table = pa.table({"a%": [1, 2], "b": ['x"', None]})
    [(batch, completer)] = arrow.partial_batches(chunk(table), frozenset({"b"}))
    first, second = batch
    assert completer.lines([0, 1], [first, second]) == ['{"a%":1,"b":"x\\""}', '{"a%":2,"b":null}']
    second["new"] = True
    assert completer.lines([0, 1], [first, second]) is None
    assert list(completer.rows([0, 1], [first, second]))[1] == {"a%": 2, "b": None, "new": True}
    second["new"] = float("nan")
    assert completer.lines([1], [second]) == ['{"a%":2,"b":null,"new":null}']


def test_dictionaries() -> None:
    array = pa.array(["a", "b", None, "a"]).dictionary_encode()
    assert [row["v"] for row in read(pa.table({"v": array}))] == ["a", "b", None, "a"]


def test_columns_that_are_not_wanted_are_passed_over() -> None:
    table = pa.table(
        {
            "a": pa.array([[{"x": 1}], None], pa.list_(pa.struct([("x", pa.int64())]))),
            "b": pa.array(["u", "v"]),
            "c": pa.array([1, None]),
            "d": pa.array([1, 2]).dictionary_encode(),
            "e": pa.array([1.5, 2.5]),
        }
    )
    assert read(table, frozenset({"c", "e"})) == [{"c": 1, "e": 1.5}, {"c": None, "e": 2.5}]
    assert read(table, frozenset()) == [{}, {}]


def test_what_is_not_read_is_named() -> None:
    table = pa.table({"v": pa.array(["a"], pa.string_view())})
    with pytest.raises(columns.Unsupported, match="'v' has string views"):
        read(table)
