"""The standard library that tasks can import: a sandbox has no files, so what is not imported while
the plugin is built is not there when it runs."""

from __future__ import annotations

import gc
import importlib

_WANTED = """
abc argparse array ast base64 bisect binascii calendar cmath codecs collections collections.abc
colorsys configparser contextlib contextvars copy csv dataclasses datetime decimal difflib dis
email email.message email.parser email.policy email.utils enum errno fnmatch fractions functools
gc getpass gettext glob graphlib gzip hashlib heapq hmac html html.entities html.parser http
http.client http.cookies importlib importlib.resources inspect io ipaddress itertools json
json.tool keyword linecache locale logging logging.handlers math mimetypes numbers opcode
operator os os.path pathlib pickle pickletools pkgutil platform pprint quopri queue random re
reprlib sched secrets select selectors shelve shlex shutil signal socket sqlite3 ssl stat
statistics string stringprep struct sys sysconfig tarfile tempfile textwrap threading time
timeit token tokenize tomllib traceback types typing unicodedata unittest unittest.mock urllib
urllib.error urllib.parse urllib.request uuid warnings weakref xml xml.dom xml.dom.minidom
xml.etree xml.etree.ElementTree xml.sax xml.sax.saxutils zipfile zlib zoneinfo bz2 lzma
annotationlib asyncio concurrent concurrent.futures encodings.ascii encodings.cp1252
encodings.idna encodings.latin_1 encodings.utf_16 encodings.utf_8_sig encodings.cp437
encodings.iso8859_15
""".split()


def _load() -> dict[str, str]:
    """Imports them; for each that cannot be, why."""
    missing = {}
    for name in _WANTED:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001
            missing[name] = str(error)
    return missing


LIBRARY = _load()
"""What was wanted and is not there, with the reason."""

# All of this stays for good: the collector need not look at it.
gc.collect()
gc.freeze()
