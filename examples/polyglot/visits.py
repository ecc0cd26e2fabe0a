"""Leaves out what machines asked for, and tells the page from its URL."""

from urllib.parse import urlsplit


def transform(row, config):
    agent = row["agent"].lower()
    if any(bot in agent for bot in config["bots"]):
        return None
    page = urlsplit(row["url"]).path.rstrip("/") or "/"
    if page.startswith("/product/"):
        page = "/product/…"
    return {
        "page": page,
        "status": row["status"],
        "milliseconds": round(row["seconds"] * 1000),
    }
