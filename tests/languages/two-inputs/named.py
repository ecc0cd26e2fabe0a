"""Gives each flight the name of its airline: the first input has the airlines, the second the flights."""

names = {}


def transform(row, input):
    if input == 1:
        return {"flight": row["flight"], "airline": names.get(row["carrier"])}
    names[row["carrier"]] = row["name"]
