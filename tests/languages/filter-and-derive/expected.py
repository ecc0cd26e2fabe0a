"""What every language has to give, worked out with nothing of Bubbles: `python3 expected.py > out.jsonl`."""

import csv
import json
from pathlib import Path

FLIGHTS = Path(__file__).parents[3] / "examples/flights/data/flights-2013-01.csv"


def late(flight):
    minutes = int(flight["arr_delay"])
    air_time = flight["air_time"]
    return {
        "date": f"{int(flight['year']):04}-{int(flight['month']):02}-{int(flight['day']):02}",
        "carrier": flight["carrier"],
        "flight": int(flight["flight"]),
        "route": f"{flight['origin']}-{flight['dest']}",
        "arr_delay": minutes,
        "delay": "short" if minutes < 120 else "long" if minutes < 300 else "very long",
        "miles_a_minute": (int(flight["distance"]) + 0.5) / int(air_time) if air_time != "NA" else None,
    }


with FLIGHTS.open(newline="") as file:
    for flight in csv.DictReader(file):
        if flight["arr_delay"] != "NA" and int(flight["arr_delay"]) > 60:
            print(json.dumps(late(flight), separators=(",", ":")))
