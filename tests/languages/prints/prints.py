"""Hands on the names of airlines, and prints some of them."""

import sys


def transform(airline):
    if airline["carrier"] == "AA":
        print(airline["name"])
    if airline["carrier"] == "HA":
        print(airline["name"], file=sys.stderr)
    return {"name": airline["name"]}
