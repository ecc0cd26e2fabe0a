"""A module beside the tasks: it travels with them."""

NAMES = {0: "zero", 1: "one"}
