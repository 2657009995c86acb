"""Parts of a text that may show who somebody is: found by code, and replaced by what they are.

Positions are counted in code points, as Python does.
"""

import re
from collections.abc import Iterable, Iterator

import phonenumbers
from stdnum import damm
from stdnum.gb import nhs

Mark = tuple[int, int, str]
"""Start, end and reason of a part that is left out."""
REASONS = {
    "name": "name of a person",
    "place": "place or address",
    "contact": "telephone or email",
    "number": "number",
    "date": "date",
    "school": "school or workplace",
    "detail": "detail",
}
"""Why a part is left out; the public version shows it in brackets."""
_MONTHS = "jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec"
_MONTH = rf"(?:{_MONTHS}|january|february|march|april|august|september|october|november|december)\b"
_PATTERNS = (
    ("contact", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("place", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b", re.IGNORECASE)),
    ("date", re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b")),
    ("date", re.compile(rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}(?:,?\s+\d{{4}})?", re.IGNORECASE)),
    ("date", re.compile(rf"\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?", re.IGNORECASE)),
    ("date", re.compile(rf"\b{_MONTH}\s+\d{{4}}\b", re.IGNORECASE)),
    ("date", re.compile(r"\b\d{1,2}\.?\s+[^\W\d_]{3,}\s+(?:19|20)\d{2}\b")),  # a month in another language
)
_DIGITS = re.compile(r"\d+(?:[ .-]\d+)*")
_NHS, _CODE, _SHORTEST_PHONE = 10, 15, 7


def suggest(text: str, names: Iterable[str] = ()) -> list[Mark]:
    """Return the parts of a text that may show who somebody is, in order and without overlaps.

    Found are email addresses, postcodes, dates, telephone numbers, NHS numbers, codes of cards, and ``names``.
    """
    found = [*_numbers(text), *_by_pattern(text), *_phones(text), *_names(text, names)]
    return merge(found, len(text))


def merge(marks: Iterable[Mark], length: int) -> list[Mark]:
    """Return marks in order, those that overlap as one with the first reason; those outside the text are dropped."""
    merged: list[Mark] = []
    for start, end, reason in sorted(marks, key=lambda mark: mark[0]):
        if not 0 <= start < end <= length or reason not in REASONS:
            continue
        if merged and start < merged[-1][1]:
            first, last, kept = merged[-1]
            merged[-1] = (first, max(last, end), kept)
        else:
            merged.append((start, end, reason))
    return merged


def find_words(text: str, words: str, reason: str) -> list[Mark]:
    """Return a mark for each place where words stand in a text, in upper or lower case, also over several lines."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    found = re.finditer(pattern, text, re.IGNORECASE) if pattern else ()
    return [(*one.span(), reason) for one in found]


def pieces(text: str, marks: Iterable[Mark]) -> list[tuple[str, str]]:
    """Return a text in pieces, each with the reason for which it is left out; "" where it stays."""
    found, at = [], 0
    for start, end, reason in merge(marks, len(text)):
        found += [(text[at:start], ""), (text[start:end], reason)]
        at = end
    return [piece for piece in [*found, (text[at:], "")] if piece[0]]


def apply(text: str, marks: Iterable[Mark]) -> str:
    """Return a text with every marked part replaced by its reason in brackets."""
    return "".join(f"[{REASONS[reason]}]" if reason else part for part, reason in pieces(text, marks))


def _by_pattern(text: str) -> Iterator[Mark]:
    for reason, pattern in _PATTERNS:
        for one in pattern.finditer(text):
            yield (*one.span(), reason)


def _numbers(text: str) -> Iterator[Mark]:
    """Yield NHS numbers and codes of cards, also in the middle of other numbers: "aged 12, 943 476 5919"."""
    for run in _DIGITS.finditer(text):
        groups = [(run.start() + one.start(), one.group()) for one in re.finditer(r"\d+", run.group())]
        for first, (start, _digits) in enumerate(groups):
            digits = ""
            for at, more in groups[first : first + _CODE]:
                digits += more
                if _is_known(digits):
                    yield start, at + len(more), "number"


def _is_known(digits: str) -> bool:
    return (len(digits) == _NHS and nhs.is_valid(digits)) or (len(digits) == _CODE and damm.is_valid(digits))


def _phones(text: str) -> Iterator[Mark]:
    for one in phonenumbers.PhoneNumberMatcher(text, "GB", leniency=phonenumbers.Leniency.POSSIBLE):
        if sum(letter.isdecimal() for letter in one.raw_string) >= _SHORTEST_PHONE:
            yield one.start, one.end, "contact"


def _names(text: str, names: Iterable[str]) -> Iterator[Mark]:
    parts = {part for name in names for part in re.findall(r"[^\W\d_]{3,}", name)}
    if parts:
        pattern = re.compile(
            rf"\b(?:{'|'.join(map(re.escape, sorted(parts, key=len, reverse=True)))})\b", re.IGNORECASE
        )
        for one in pattern.finditer(text):
            yield (*one.span(), "name")
