"""Numbers the flights, and stumbles in the middle at its first attempt."""

import bubbles

number = 0


def transform(flight, context):
    global number
    number += 1
    if number == 20000 and context.attempt == 1:
        raise bubbles.Transient("not today")
    return {"number": number, "flight": flight["flight"], "attempt": context.attempt}
