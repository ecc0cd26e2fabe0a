"""Prints the rows of all parquet files of a folder as lines of json, as Polars reads them."""

import glob
import json
import sys

import polars

for file in sorted(glob.glob(sys.argv[1] + "/*.parquet")):
    for row in polars.read_parquet(file).to_dicts():
        print(json.dumps(row))
