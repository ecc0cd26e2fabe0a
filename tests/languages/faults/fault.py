"""Does with the third flight what it is told to: rejects it, fails in one of three ways, or crashes."""

import logging
import os

import bubbles

count = 0


def transform(flight, config):
    global count
    count += 1
    if count != 3:
        return {"carrier": flight["carrier"], "flight": flight["flight"]}
    logging.warning("the third flight")
    match config["fault"]:
        case "reject":
            raise ValueError("it is the third")
        case "invalid":
            raise bubbles.Invalid("the third is bad")
        case "transient":
            raise bubbles.Transient("the third is not there yet")
        case "fatal":
            raise bubbles.Fatal("the third is too much")
    os.abort()
