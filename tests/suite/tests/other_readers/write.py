"""Writes 10,000 rows as parquet: with nulls, lists and dates, several row groups."""

import datetime
import sys

import duckdb
import polars

writer, compression, path = sys.argv[1:]
if writer == "polars":
    ids = list(range(10_000))
    polars.DataFrame(
        {
            "id": ids,
            "name": [f"row {n}" if n % 3 else None for n in ids],
            "half": [n / 2 for n in ids],
            "tags": [[f"t{n % 5}", "all"] for n in ids],
            "day": [datetime.date(2013, 1, 31)] * len(ids),
        }
    ).write_parquet(path, compression=compression, row_group_size=3000)
else:
    duckdb.sql(
        f"""copy (
            select range as id,
                   case when range % 3 = 0 then null else 'row ' || range end as name,
                   range / 2.0 as half,
                   ['t' || range % 5, 'all'] as tags,
                   date '2013-01-31' as day
            from range(10000)
        ) to '{path}' (format parquet, compression {compression}, row_group_size 3000)"""
    )
