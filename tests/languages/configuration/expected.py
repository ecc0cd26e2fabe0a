"""What every language has to give, worked out with nothing of Bubbles: `python3 expected.py > out.jsonl`."""

import csv
import json
from pathlib import Path

FLIGHTS = Path(__file__).parents[3] / "examples/flights/data/flights-2013-01.csv"

with FLIGHTS.open(newline="") as file:
    for flight in csv.DictReader(file):
        if flight["carrier"] == "HA":
            print(json.dumps({"flight": int(flight["flight"]), "day": int(flight["day"])}, separators=(",", ":")))
