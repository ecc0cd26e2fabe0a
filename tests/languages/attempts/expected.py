"""What every language has to give, worked out with nothing of Bubbles: `python3 expected.py > out.jsonl`."""

import csv
import json
from pathlib import Path

FLIGHTS = Path(__file__).parents[3] / "examples/flights/data/flights-2013-01.csv"

with FLIGHTS.open(newline="") as file:
    for number, flight in enumerate(csv.DictReader(file), 1):
        print(json.dumps({"number": number, "flight": int(flight["flight"]), "attempt": 2}, separators=(",", ":")))
