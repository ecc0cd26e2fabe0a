"""Counts the flights of each carrier, and tells how late they were and how far they went."""


class Transform:
    def __init__(self):
        self.groups = {}

    def transform(self, flight):
        new = {"carrier": flight["carrier"], "flights": 0, "arrived": 0, "minutes_late": 0, "farthest": 0}
        group = self.groups.setdefault(flight["carrier"], new)
        group["flights"] += 1
        group["arrived"] += flight["arr_delay"] is not None
        group["minutes_late"] += flight["arr_delay"] or 0
        group["farthest"] = max(group["farthest"], flight["distance"])

    def finish(self):
        return [self.groups[carrier] for carrier in sorted(self.groups)]
