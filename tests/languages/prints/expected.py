"""What every language has to give, worked out with nothing of Bubbles: `python3 expected.py > out.jsonl`."""

import csv
import json
from pathlib import Path

AIRLINES = Path(__file__).parents[3] / "examples/flights/data/airlines.csv"

with AIRLINES.open(newline="") as file:
    for airline in csv.DictReader(file):
        print(json.dumps({"name": airline["name"]}, separators=(",", ":")))
