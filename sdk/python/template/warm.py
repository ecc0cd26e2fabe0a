"""Keeps the warm readings, and adds a column."""


def transform(row, config):
    """One row in; none, one, or many (a list, or `yield`) out. An exception rejects the row."""
    celsius = row["celsius"]
    if celsius is None or celsius < config["warm"]:
        return None
    return {"sensor": row["sensor"], "celsius": celsius, "fahrenheit": celsius * 9 / 5 + 32}
