"""100 MB for a filter: `python3 data.py FOLDER` makes rows.csv.gz there, which is one split, as it is packed."""

import gzip
import sys
from pathlib import Path

ROWS = 400_000
TEXT_BYTES = 240


def text(number):
    return f"{number} bottles, ".ljust(TEXT_BYTES, "abcdefgh"[number % 8])


if __name__ == "__main__":
    with gzip.open(Path(sys.argv[1]) / "rows.csv.gz", "wt", compresslevel=1) as file:
        file.write("number,text\n")
        file.writelines(f'{number},"{text(number)}"\n' for number in range(1, ROWS + 1))
