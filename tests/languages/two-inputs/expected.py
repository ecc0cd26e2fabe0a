"""What every language has to give, worked out with nothing of Bubbles: `python3 expected.py > out.jsonl`."""

import csv
import json
from pathlib import Path

DATA = Path(__file__).parents[3] / "examples/flights/data"

with (DATA / "airlines.csv").open(newline="") as file:
    names = {airline["carrier"]: airline["name"] for airline in csv.DictReader(file)}
with (DATA / "flights-2013-01.csv").open(newline="") as file:
    for flight in csv.DictReader(file):
        row = {"flight": int(flight["flight"]), "airline": names.get(flight["carrier"])}
        print(json.dumps(row, separators=(",", ":"), ensure_ascii=False))
