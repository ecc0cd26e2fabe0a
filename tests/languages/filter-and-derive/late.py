"""Keeps the flights that came in late, and says how late and how fast they were."""


def transform(flight, config):
    minutes, air_time = flight["arr_delay"], flight["air_time"]
    if minutes is None or minutes <= config["minutes"]:
        return None
    return {
        "date": f"{flight['year']:04}-{flight['month']:02}-{flight['day']:02}",
        "carrier": flight["carrier"],
        "flight": flight["flight"],
        "route": f"{flight['origin']}-{flight['dest']}",
        "arr_delay": minutes,
        "delay": "short" if minutes < 120 else "long" if minutes < 300 else "very long",
        # Half a mile is added so that no language writes the quotient as a whole number.
        "miles_a_minute": None if air_time is None else (flight["distance"] + 0.5) / air_time,
    }
