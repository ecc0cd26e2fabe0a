"""Reads lines of text files, a split each, and writes them to one file a split, published at the end."""

import logging

from bubbles import Source, Split, objects


# The bookmark is the last file that was read: only files after it are new.
def splits(config, bookmark):
    found = [url for url in objects.find(config["path"]) if bookmark is None or url > bookmark]
    pieces = [Split(url, bytes=objects.size(url)) for url in found]
    return Source(pieces, bookmark=found[-1] if found else bookmark)


def extract(split, context):
    logging.info("split %d of %d has %d bytes", context.split, context.splits, objects.size(split))
    with open(split, newline="\n") as file:
        for number, line in enumerate(file, 1):
            yield {"number": number, "text": line.removesuffix("\n")}


file = None


def load(line, config):
    global file
    file = file or open(config["path"] + "{split}.txt", "w")
    print(line["number"], line["text"], file=file)
