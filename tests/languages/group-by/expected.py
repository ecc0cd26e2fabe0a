"""What every language has to give, worked out with nothing of Bubbles: `python3 expected.py > out.jsonl`."""

import csv
import json
from pathlib import Path

FLIGHTS = Path(__file__).parents[3] / "examples/flights/data/flights-2013-01.csv"

groups = {}
with FLIGHTS.open(newline="") as file:
    for flight in csv.DictReader(file):
        groups.setdefault(flight["carrier"], []).append(flight)

for carrier, flights in sorted(groups.items()):
    delays = [int(flight["arr_delay"]) for flight in flights if flight["arr_delay"] != "NA"]
    row = {
        "carrier": carrier,
        "flights": len(flights),
        "arrived": len(delays),
        "minutes_late": sum(delays),
        "farthest": max(int(flight["distance"]) for flight in flights),
    }
    print(json.dumps(row, separators=(",", ":")))
