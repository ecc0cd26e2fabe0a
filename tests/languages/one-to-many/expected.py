"""What every language has to give, worked out with nothing of Bubbles: `python3 expected.py > out.jsonl`."""

import csv
import json
from pathlib import Path

FLIGHTS = Path(__file__).parents[3] / "examples/flights/data/flights-2013-01.csv"

with FLIGHTS.open(newline="") as file:
    for flight in csv.DictReader(file):
        late = 0 if flight["arr_delay"] == "NA" else int(flight["arr_delay"])
        for hour, passed in enumerate(range(0, late, 60), 1):
            row = {"carrier": flight["carrier"], "flight": int(flight["flight"]), "hour": hour}
            print(json.dumps(row | {"minutes": min(late - passed, 60)}, separators=(",", ":")))
