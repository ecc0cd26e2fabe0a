"""Hands on the names of airlines, and says something at each level of some of them."""

import logging

logging.getLogger().setLevel(logging.DEBUG)


def transform(airline):
    name = airline["name"]
    match airline["carrier"]:
        case "AA":
            logging.debug("%s is there", name)
        case "B6":
            logging.info('%s is "blue"', name)
        case "F9":
            logging.warning("%s is cold\nand far", name)
        case "HA":
            logging.error("%s is wet – é€😀", name)
    return {"name": name}
