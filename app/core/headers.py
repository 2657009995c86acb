"""What the headers of a request say: the client's address behind proxies, and the preferred language."""

import ipaddress
import re
from collections.abc import Sequence

UNKNOWN = "unknown"
NETWORK_BITS = 64
MOST_LETTERS, MOST_RANGES = 2000, 50
_PORT = re.compile(r"\[(.*)\](:[0-9]*)?|([^:]*):[0-9]*")
_RANGE = re.compile(r"(?:[a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)")
_QUALITY = re.compile(r"[0-9]{1,3}(\.[0-9]*)?|\.[0-9]+")
BASES = {"yue": "zh", "cmn": "zh", "arb": "ar"}
"""Languages of their own that are read in the writing of another: Cantonese, Mandarin, Standard Arabic."""


def client_of(peer: str, forwarded: str, proxies: int) -> str:
    """Return as whom a client is counted: an IPv4 address, the /64 network of an IPv6 address, or ``unknown``.

    With ``proxies`` in front, the last of them wrote the last value of X-Forwarded-For (``forwarded``), the one before
    it the value before that; only the value of the first proxy counts. Values are split at commas alone: a quotation
    mark that a client sends must not hide the commas of the proxies.
    """
    values = forwarded.split(",") if forwarded.strip() else []
    return _counted(values[-proxies] if 0 < proxies <= len(values) else peer)


def _counted(word: str) -> str:
    """Return the address in a word, without its port; an IPv4 address written inside IPv6 counts as IPv4."""
    word = word.strip().strip('"').strip()
    if found := _PORT.fullmatch(word):
        word = found[1] or found[3] or ""
    try:
        address = ipaddress.ip_address(word)
    except ValueError:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), NETWORK_BITS), strict=False))


def best_language(accepted: str, offered: Sequence[str]) -> str | None:
    """Return the offered language tag that an Accept-Language header prefers, or None; ``*`` stands for the first.

    Ranges are taken by quality, then in the order of the header. Each looks for its own tag, then for its base (``pl``
    for ``pl-PL``), then for a relative in another script or region (``zh-Hant`` for ``zh`` or ``zh-TW``). A range of
    quality 0 excludes what it names. What is not well-formed is left out.
    """
    ranges = _ranges(accepted)
    refused = {tag for tag, quality in ranges if quality == 0}
    allowed = [tag for tag in offered if not _is_refused(tag.lower(), refused)]
    for wanted, quality in sorted(ranges, key=lambda one: -one[1]):
        if quality > 0 and (found := _relative(wanted, allowed)) is not None:
            return found
    return None


def _ranges(accepted: str) -> list[tuple[str, float]]:
    found = []
    for part in accepted[:MOST_LETTERS].lower().replace("_", "-").replace(" ", "").split(",")[:MOST_RANGES]:
        tag, *parameters = part.split(";")
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        if _RANGE.fullmatch(tag) and _QUALITY.fullmatch(quality):
            found.append((tag, min(1.0, float(quality))))
    return found


def _is_refused(tag: str, refused: set[str]) -> bool:
    return any(tag == one or tag.startswith(f"{one}-") for one in refused)


def _relative(wanted: str, offered: Sequence[str]) -> str | None:
    """Return the offered tag nearest to a range: its own, a shorter one, or one with the same language."""
    if wanted == "*":
        return offered[0] if offered else None
    lower = {tag.lower(): tag for tag in offered}
    base, _dash, rest = wanted.partition("-")
    subtags = [BASES.get(base, base), *filter(None, rest.split("-"))]
    shorter = ("-".join(subtags[:length]) for length in range(len(subtags), 0, -1))
    exact = next((lower[one] for one in shorter if one in lower), None)
    return exact or next((tag for one, tag in lower.items() if one.split("-")[0] == subtags[0]), None)
