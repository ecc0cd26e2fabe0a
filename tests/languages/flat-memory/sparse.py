"""Lets one row of a thousand through. Where it leaks, it keeps the text of every tenth."""

kept = []


def transform(row, config):
    if config["leaks"] and row["number"] % 10 == 0:
        kept.append(row["text"])
    if row["number"] % 1000 == 0:
        return {"number": row["number"], "text": row["text"]}
