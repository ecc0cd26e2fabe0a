"""Computes `expected/` from `data/` without Bubbles: with nothing but Python's standard library.

    python3 expected.py

Rows have the columns in the order of the pipeline's output. `late.jsonl` is sorted by `date`,
`carrier`, `flight`, `route` and `arr_delay`, `carriers.jsonl` by `carrier`. Bubbles promises no
order of rows: sort its output in the same way before comparing, as the tests do.
"""

import csv
import json
import pathlib

HERE = pathlib.Path(__file__).parent
MINUTES = 60


def number(text):
    return None if text == "NA" else float(text)


def late(flight, airlines):
    delay, minutes = number(flight["arr_delay"]), number(flight["air_time"])
    if delay is None or delay <= MINUTES:
        return None
    return {
        "date": f"{flight['year']}-{int(flight['month']):02}-{int(flight['day']):02}",
        "carrier": flight["carrier"],
        "flight": int(flight["flight"]),
        "route": f"{flight['origin']}-{flight['dest']}",
        "arr_delay": delay,
        "delay": "short" if delay < 120 else "long" if delay < 300 else "very long",
        "speed_mph": minutes and float(flight["distance"]) / (minutes / 60),
        "airline": airlines[flight["carrier"]],
    }


def by_carrier(rows):
    groups = {}
    for row in rows:
        groups.setdefault((row["carrier"], row["airline"]), []).append(row["arr_delay"])
    for (carrier, airline), delays in sorted(groups.items()):
        yield {
            "carrier": carrier,
            "airline": airline,
            "flights": len(delays),
            "arr_delay_max": max(delays),
            "arr_delay_mean": sum(delays) / len(delays),
        }


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def write(name, rows):
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows]
    (HERE / "expected" / name).write_text("".join(lines), encoding="utf-8")


def main():
    airlines = {row["carrier"]: row["name"] for row in read(HERE / "data" / "airlines.csv")}
    flights = (row for path in sorted((HERE / "data").glob("flights-*.csv")) for row in read(path))
    rows = [row for row in (late(flight, airlines) for flight in flights) if row]
    rows.sort(key=lambda row: [row[key] for key in ("date", "carrier", "flight", "route", "arr_delay")])
    (HERE / "expected").mkdir(exist_ok=True)
    write("late.jsonl", rows)
    write("carriers.jsonl", by_carrier(rows))


if __name__ == "__main__":
    main()
