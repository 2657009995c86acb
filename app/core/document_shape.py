"""The shape of a questionnaire document in JSON: its keys, and the type and the bounds of each value.

Faults say where they are: "In question heard: 'max_length' must be a whole number from 1 to 4,000, not -5."
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

from app.core.answers import KINDS
from app.core.typed import TypedError, clean_line, shown

FORMAT = 1
MAX_DOCUMENT = 1_000_000
MAX_DEPTH = 10
MAX_NAME = 40
MAX_BOX = 4_000
MAX_MINUTES = 60
MAX_PAGES, MAX_ON_PAGE, MAX_OPTIONS = 60, 20, 20
_PAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")

Faults = Iterator[str]
Rule = Callable[[str, str, Any], Faults]
"""Takes a place (``In question heard``), a key and its value, and yields the faults of the value."""


class GivenTwice(dict[str, Any]):
    """A JSON object in which ``keys_given_twice`` were repeated."""

    keys_given_twice: tuple[str, ...] = ()


def parse(content: str) -> Any:
    """Return a JSON text as Python values; raises ValueError with a sentence if it is not JSON or too large."""
    if len(content) > MAX_DOCUMENT:
        raise ValueError(f"It has more than {MAX_DOCUMENT:,} characters.")
    try:
        return json.loads(content, object_pairs_hook=_object, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"Not JSON: {error}.") from error


def faults(raw: object) -> Faults:
    """Yield what is wrong with the shape of a parsed document."""
    yield from _anywhere(raw, "the document", depth=0)
    yield from _keys("In the document", raw, rules=DOCUMENT, needed=DOCUMENT.keys() - {"scales", "reviewed", "themes"})


def _whole(digits: str) -> float:
    """Return a number; one that is too long for any place becomes infinite, so that its place is named."""
    return int(digits) if len(digits) <= MAX_NAME else float("inf")


def _object(pairs: list[tuple[str, Any]]) -> GivenTwice:
    found = GivenTwice(pairs)
    found.keys_given_twice = tuple(key for key, n in Counter(key for key, _value in pairs).items() if n > 1)
    return found


def _anywhere(value: object, place: str, *, depth: int) -> Faults:
    """Yield what may be nowhere: keys given twice, characters that no page can show, and deep nesting."""
    if depth > MAX_DEPTH:
        yield f"In {place[:MAX_NAME]}: brackets and braces are nested too deeply."
    elif isinstance(value, GivenTwice):
        yield from (f"In {place}: the key '{key}' is given twice." for key in value.keys_given_twice)
        for key, part in value.items():
            yield from _anywhere(key, place, depth=depth)
            yield from _anywhere(part, key if depth == 0 else f"{place}, {key}", depth=depth + 1)
    elif isinstance(value, list):
        for number, part in enumerate(value, start=1):
            yield from _anywhere(part, f"{place} {number}", depth=depth + 1)
    elif isinstance(value, str) and shown(value) != value:
        yield f"In {place}: the text has a character that cannot be shown."


def _keys(place: str, value: object, *, rules: Mapping[str, Rule], needed: Any) -> Faults:
    """Yield the faults of an object: keys that are not known or missing, and faults of values."""
    if not isinstance(value, dict):
        yield f"{place}: wrong shape, an object in braces is needed, not {_brief(value)}."
        return
    for key, part in value.items():
        if key in rules:
            yield from rules[key](place, key, part)
        else:
            near = get_close_matches(key[:MAX_NAME], rules, n=1)
            yield f"{place}: the key '{key}' is not known." + (f" Did you mean '{near[0]}'?" if near else "")
    yield from (f"{place}: '{key}' is missing." for key in rules if key in needed and key not in value)


def _must(place: str, key: str, value: object, *, be: str) -> str:
    return f"{place}: '{key}' must be {be}, not {_brief(value)}."


def _brief(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    written = json.dumps(value)
    return written if len(written) <= MAX_NAME else f"{written[:MAX_NAME]}…"


def _number(most: int) -> Rule:
    def check(place: str, key: str, value: Any) -> Faults:
        if type(value) is not int or not 1 <= value <= most:
            yield _must(place, key, value, be=f"a whole number from 1 to {most:,}")

    return check


def _flag(place: str, key: str, value: Any) -> Faults:
    if not isinstance(value, bool):
        yield _must(place, key, value, be="true or false")


def _text(place: str, key: str, value: Any) -> Faults:
    try:
        is_text = isinstance(value, str) and clean_line(value, MAX_NAME) == value != ""
    except TypedError:
        is_text = False
    if not is_text:
        yield _must(place, key, value, be=f"text in quotes, of 1 to {MAX_NAME} characters on one line")


def _page_name(place: str, key: str, value: Any) -> Faults:
    if not isinstance(value, str) or not _PAGE_NAME.fullmatch(value):
        what = f"text in quotes, of 1 to {MAX_NAME} letters, digits, hyphens and underscores"
        yield f"{place}: '{key}' has the wrong shape. It must be {what}, not {_brief(value)}."


def _names(place: str, key: str, value: Any, *, most: int) -> Faults:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        yield f"{place}: '{key}' has the wrong shape. It must be a list of texts in quotes, not {_brief(value)}."
    elif len(value) > most:
        yield f"{place}: '{key}' has {len(value):,} entries, at most {most:,} are possible."


def _listed(place: str, key: str, value: Any, *, most: int, entry: Callable[[str, Any], Faults]) -> Faults:
    """Yield the faults of a list of objects; ``entry`` takes the place and value of each."""
    if not isinstance(value, list) or len(value) > most:
        yield _must(place, key, value, be=f"a list of at most {most} objects")
        return
    for number, part in enumerate(value, start=1):
        yield from entry(f"{place}, '{key}' {number}", part)


def _entries(place: str, key: str, value: Any, *, entry: Rule) -> Faults:
    """Yield the faults of an object whose keys are free; ``entry`` is the rule of each value."""
    if not isinstance(value, dict):
        yield _must(place, key, value, be="an object in braces")
        return
    for name, part in value.items():
        yield from entry(f"In {key}", name, part)


def _format(place: str, key: str, value: Any) -> Faults:
    if type(value) is not int or value != FORMAT:
        yield f"{place}: format {_brief(value)} is not supported, only {FORMAT}."


def _identity(place: str, key: str, value: Any) -> Faults:
    if isinstance(value, str):
        yield from _text(place, key, value)
    else:
        yield "Survey and version must be strings in quotes."


def _kind(place: str, key: str, value: Any) -> Faults:
    if not isinstance(value, str) or value not in KINDS:
        written = f"'{value}'" if isinstance(value, str) else _brief(value)
        yield f"{place}: {written} is not a kind of question. The kinds are {', '.join(KINDS)}."


def _code(place: str, key: str, value: Any) -> Faults:
    if not isinstance(value, str):
        yield f"{place}: the code {_brief(value)} must be a string in quotes."


def _option(place: str, value: Any) -> Faults:
    return _keys(place.partition(", '")[0], value, rules=OPTION, needed={"code"})


def _question(_place: str, name: str, value: Any) -> Faults:
    return _keys(f"In question {name}", value, rules=QUESTION, needed={"kind"})


def _scale(_place: str, name: str, value: Any) -> Faults:
    return _listed(f"In scale {name}", "options", value, most=MAX_OPTIONS, entry=_option)


def _page(place: str, value: Any) -> Faults:
    name = value.get("name") if isinstance(value, dict) else None
    here = f"In page {name}" if isinstance(name, str) else f"In page {place.rpartition(' ')[2]}"
    return _keys(here, value, rules=PAGE, needed={"name"})


def _theme(place: str, value: Any) -> Faults:
    return _keys(place, value, rules=THEME, needed=THEME)


def _condition(place: str, value: Any) -> Faults:
    yield from _keys(place, value, rules=CONDITION, needed={"variable"})
    if isinstance(value, dict) and ("is" in value) == ("is_not" in value):
        yield f"{place}: wrong shape, give 'is' or 'is_not', and not both."
    if isinstance(value, dict) and [] in (value.get("is"), value.get("is_not")):
        yield f"{place}: the list of codes is empty."


_codes: Rule = partial(_names, most=MAX_OPTIONS)
_options: Rule = partial(_listed, most=MAX_OPTIONS, entry=_option)
OPTION: dict[str, Rule] = {"code": _code, "band": _text, "face": _text, "exclusive": _flag}
CONDITION: dict[str, Rule] = {"variable": _text, "is": _codes, "is_not": _codes}
QUESTION: dict[str, Rule] = {
    "kind": _kind,
    "scale": _text,
    "options": _options,
    "outcome": _text,
    "about": _flag,
    "detached": _flag,
    "max_length": _number(MAX_BOX),
}
PAGE: dict[str, Rule] = {
    "name": _page_name,
    "questions": partial(_names, most=MAX_ON_PAGE),
    "when": partial(_listed, most=MAX_OPTIONS, entry=_condition),
    "module": _page_name,
    "contacts": _flag,
}
THEME: dict[str, Rule] = {"name": _page_name, "questions": partial(_names, most=MAX_OPTIONS)}
DOCUMENT: dict[str, Rule] = {
    "format": _format,
    "survey": _identity,
    "version": _identity,
    "minutes": _number(MAX_MINUTES),
    "scales": partial(_entries, entry=_scale),
    "questions": partial(_entries, entry=_question),
    "pages": partial(_listed, most=MAX_PAGES, entry=_page),
    "themes": partial(_listed, most=MAX_OPTIONS, entry=_theme),
    "texts": partial(_entries, entry=partial(_entries, entry=lambda _place, _key, _value: iter(()))),
    "reviewed": partial(_entries, entry=partial(_names, most=10_000)),
}
