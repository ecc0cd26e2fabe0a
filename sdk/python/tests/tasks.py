"""Functions that the tests run in sandboxes."""

from __future__ import annotations

import csv
import sys
from collections import Counter

import bubbles

from .words import NAMES

DAYS = 4


def extract_numbers(config):
    for n in range(config["count"]):
        yield {"n": n, "even": n % 2 == 0}


def extract_names():
    return [{"n": n, "name": name} for n, name in NAMES.items()]


def days(bookmark):
    start = bookmark or 1
    return bubbles.Source([bubbles.Split(day, bytes=1) for day in (start, start + 1)], bookmark=start + 2)


def extract_days(split):
    yield {"day": split}
    yield {"day": split}


def extract_csv(config):
    with open(config["path"], newline="") as file:
        yield from csv.DictReader(file)


def transform_even(row, config):
    if row["n"] == 0:
        print("seen", row["n"])
    if row["n"] == 9:
        import logging

        logging.warning("all %s", "seen")
    return {"n": row["n"] * config["times"]} if row["even"] else None


def transform_twice(row):
    yield row
    yield row


class Sums:
    def __init__(self):
        self.sums: Counter[bool] = Counter()

    def transform(self, row):
        self.sums[row["even"]] += row["n"]

    def finish(self):
        for even, total in self.sums.items():
            yield {"even": even, "sum": total}


_names = {}


def transform_join(row, input):
    if input == 0:
        _names[row["n"]] = row["name"]
        return None
    return {**row, "name": _names.get(row["n"])}


_file = None


def load_text(row, context):
    global _file
    if _file is None:
        _file = open("out/part-{split}.txt", "w")
    print(row["n"], file=_file)


def load_then_fail(row):
    load_text(row, None)
    if row["n"] == 2:
        raise ValueError("enough")


class Totals:
    def __init__(self):
        self.total = 0

    def write(self, row):
        self.total += row["n"]

    def prepare(self):
        return self.total

    def commit(self, receipts):
        print("committed", receipts)


class Appending:
    """Opens its file at once, which only works where something is written."""

    def __init__(self):
        self.file = bubbles.objects.open("out/all.txt", "w")

    def write(self, row):
        self.file.write(f"{row['n']}\n")


def transform_picky(row):
    if row["n"] == 3:
        raise bubbles.Invalid("three is bad")
    n = row["n"]
    row["n"] = "changed"
    1 / (n - 5)
    row["n"] = n
    return row


_last = {"even": None}


def transform_mixed(row):
    """Hands rows on whole, with more in some, and something else in between; one holds no JSON."""
    n = row["n"]
    if n % 3 == 0:
        _last["n"] = n
        return _last
    if n == 4:
        row["n"] = object()
    if n > 5:
        row["big"] = True
    return row


def transform_division(row):
    return {"n": _inverse(row)}


def _inverse(row):
    return 1 / (row["n"] - 5)


def transform_numpy(row):
    import numpy

    return {"n": numpy.sqrt(row["n"])}


def transform_passwd(row):
    return {"n": open("/etc/passwd").read()}


def transform_socket(row):
    import socket

    return {"n": socket.create_connection(("127.0.0.1", 80))}


def transform_endless(row):
    return transform_endless(row)


def transform_number(row):
    return 5


def transform_set(row):
    return {"n": object()}


def transform_exit(row):
    sys.exit(3)


def transform_writes(row):
    open("out.txt", "w")


def transform_fatal(row):
    raise bubbles.Fatal("it is over")


def transform_greedy(row):
    return {"n": len([0] * 100_000_000)}


def transform_wants(row, other):
    return row


def extract_long(config):
    for _ in range(config["rows"]):
        yield {"text": "x" * config["size"]}


def load_long(row):
    if not _long:
        _long.append(bubbles.objects.open("out/long.txt", "w"))
    _long[0].write(row["text"] + "\n")


_long = []
