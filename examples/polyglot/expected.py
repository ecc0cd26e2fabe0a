"""What comes out, worked out in plain Python: `python3 expected.py > expected/report.md`."""

import re
from pathlib import Path
from urllib.parse import urlsplit

LINE = re.compile(r'^\S+ \S+ \S+ \[[^\]]+\] "\S+ (\S+) [^"]*" (\d{3}) (?:\d+|-) "[^"]*" "([^"]*)" ([\d.]+)$')
BOTS = ("bot", "crawler", "spider")

pages: dict[str, list[int]] = {}
for file in sorted((Path(__file__).parent / "data").glob("access-*.log")):
    for line in file.read_text().splitlines():
        found = LINE.match(line)
        if not found or any(bot in found[3].lower() for bot in BOTS):
            continue
        page = urlsplit(found[1]).path.rstrip("/") or "/"
        page = "/product/…" if page.startswith("/product/") else page
        took = round(float(found[4]) * 1000)
        sums = pages.setdefault(page, [0, 0, 0, 0])
        sums[0] += 1
        sums[1] += int(found[2]) >= 500
        sums[2] += took > 1000
        sums[3] = max(sums[3], took)

print("# Pages\n")
requests, failed, slow = (sum(it[column] for it in pages.values()) for column in range(3))
print(f"{requests} requests by people, {failed} failed, {slow} took more than a second.\n")
print("| page | requests | failed | slow | longest |")
print("|---|---|---|---|---|")
for page, sums in sorted(pages.items(), key=lambda it: (-it[1][1], -it[1][2], it[0])):
    print(f"| {page} | {sums[0]} | {sums[1]} | {sums[2]} | {sums[3]} ms |")
