"""Keeps the flights of one carrier: which, has to be said; how far they go at least, may be said."""


def transform(flight, config):
    if flight["carrier"] == config["carrier"] and flight["distance"] >= config.get("miles", 0):
        return {"flight": flight["flight"], "day": flight["day"]}
