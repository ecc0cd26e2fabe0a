"""Prints the rows of all parquet files of a folder, as DuckDB and as Polars read them."""

import glob
import json
import sys

import duckdb
import polars

files = sorted(glob.glob(sys.argv[1] + "/*.parquet"))
connection = duckdb.connect()
connection.execute("set timezone = 'UTC'")
connection.execute("select * from read_parquet(?) order by id", [files])
names = [column[0] for column in connection.description]
by_duckdb = [dict(zip(names, row)) for row in connection.fetchall()]
by_polars = polars.concat([polars.read_parquet(file) for file in files]).sort("id").to_dicts()


def text(value):
    """A value without what differs between the two: whether an instant has a zone."""
    if value is None:
        return None
    if hasattr(value, "tzinfo"):
        value = value.replace(tzinfo=None)
    return str(value)


for rows in (by_duckdb, by_polars):
    print(json.dumps([{name: text(value) for name, value in row.items()} for row in rows]))
