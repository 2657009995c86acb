"""Fuzzing: hostile texts for every field of every form, and hostile documents, from a seed that the run prints."""

import datetime as dt
import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import Flask
from hypothesis import HealthCheck, seed, settings
from hypothesis import given as draw
from hypothesis import strategies as st

from app.storage import clock
from tests.support.builders import tiny_document
from tests.support.client import Seen, StrictClient, contents
from tests.support.staff import token_of

SEED = int(os.environ.get("FUZZ_SEED") or random.randrange(10**6))
MARK = "Zq7"
"""Begins every long text, so that a stored part of it is found."""
LONG = [MARK + letter * n for letter, n in (("x", 38), ("y", 77), ("w", 78), ("é", 198), ("😀", 300), ("z", 5000))]
HOSTILE = [
    *("", " ", "\0", "a\0b", "\x1b[31m", "\ufffe", "\u202e", "e\u0301", "\u200b", "\t", "a\r\nb", "%", "{{7*7}}"),
    *(
        "<script>",
        "'; --",
        "../../etc/passwd",
        "=1+1",
        "null",
        "true",
        "[]",
        "{}",
        "٣",
        "１２",
        "1,204",
        "1e400",
        "NaN",
    ),
    *("-1", "0", "1.5", "9" * 30, "9" * 5000, "2027-02-30", "0000-00-00", "0027-01-01", "9999-12-31", "10000-01-01"),
    *LONG,
]
TODAY, SOON, LATER = ((clock.today() + dt.timedelta(days=days)).isoformat() for days in (0, 42, 84))
USUAL = {
    **{"definition": "All", "counted_on": TODAY, "group-0": "All", "n-0-north": "4", "batch": "visits"},
    **{"opens_on": SOON, "closes_on": LATER, "cards-north": "40", "email": "new@example.org"},
    **{"comment": "07" * 16, "action": "note", "language": "ur", "translation": "Words", "told": "lead"},
    **{"code": "372915048266517", "pin": "4711", "password": "maple-orbit-candle-river"},
}
"""What readers of a form expect in its fields, by name."""
TEXTS = st.sampled_from(LONG) | st.sampled_from(HOSTILE) | st.text(max_size=30)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([*HOSTILE, "\ud83d", "heard", "words", "text", "yesno", "en", "5"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "name", "is", "x"]), inner),
    max_leaves=5,
)


@dataclass(frozen=True)
class Sent:
    """What one request holds: its fields, and how they are written."""

    fields: list[tuple[str, str]]
    how: str


def usual(names: list[str], offered: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return fields for a form as it offers them or as its readers expect them."""
    return [(name, next(filter(None, offered.get(name, [])), USUAL.get(name, ""))) for name in names]


def sent(names: list[str], offered: dict[str, list[str]]) -> st.SearchStrategy[Sent]:
    """Return fields for a form: most as it offers them or as its readers expect them, up to four hostile or missing."""
    read = [name for name in names if name in USUAL] or names
    one = (st.sampled_from(read) | st.sampled_from(names)).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.lists(TEXTS | st.sampled_from(offered.get(name) or [""]), max_size=2) | TEXTS.map(lambda text: [text]),
        )
    )

    def written(changes: list[tuple[str, list[str]]]) -> list[tuple[str, str]]:
        found = {name: [text] for name, text in usual(names, offered)} | dict(changes)
        return [(name, text) for name, texts in found.items() for text in texts]

    hows = st.sampled_from(["form", "form", "form", "form", "form", "file", "json", "bytes"])
    return st.builds(Sent, st.lists(one, max_size=3).map(written), hows)


def run(examples: int, strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    """Check so many examples, and print the seed that they came from."""
    print(f"seed {SEED}")
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

    @seed(SEED)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=checks)
    @draw(strategy)
    def each(example: Any) -> None:
        check(example)

    each()


def post(client: StrictClient, path: str, token: str, what: Sent) -> Seen:
    """Send a form as a browser writes it, as parts of files, as JSON, or as bytes that are no text."""
    pairs: list[Any] = [("csrf_token", token), *what.fields]
    if what.how == "file":
        pairs = [pairs[0], *((name, (BytesIO(text.encode()), "name.txt")) for name, text in what.fields)]
    if what.how in ("form", "file"):
        return client.request("POST", path, pairs)
    body = json.dumps(dict(what.fields)).encode()
    kind = "application/json"
    if what.how == "bytes":
        rest = "".join(f"&{quote(name)}={quote(text)}%ED%A0%80%FF%00" for name, text in what.fields)
        body, kind = f"csrf_token={quote(token)}{rest}".encode(), "application/x-www-form-urlencoded"
    return client.send_body(path, body, {"Content-Type": kind, "X-CSRFToken": token})


def cut_texts(typed: list[str]) -> list[str]:
    """Return what is stored of long texts and is not the whole of one."""
    rows = [value for rows in contents().values() for row in rows for value in row.split(MARK)[1:]]
    whole = [text.removeprefix(MARK) for text in (*typed, *LONG)]
    return [row for row in rows if not any(row.startswith((text + "'", text + '"', text + "\\")) for text in whole)]


def places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to all parts of a document."""
    keys = part.keys() if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    return [place for key in keys for place in [(*path, key), *places(part[key], (*path, key))]]


@st.composite
def documents(draw_one: Callable[[Any], Any]) -> str:
    """Return a small questionnaire in which some parts are hostile, missing, new or there twice, as JSON."""
    raw = tiny_document()
    for _change in range(draw_one(st.integers(1, 3))):
        *way, last = draw_one(st.sampled_from(places(raw)))
        part: Any = raw
        for key in way:
            part = part[key]
        how = draw_one(st.sampled_from(["replace", "replace", "remove", "add"]))
        if how == "remove":
            del part[last]
        elif how == "add" and isinstance(part, dict):
            part[draw_one(TEXTS)] = draw_one(JUNK)
        else:
            part[last] = draw_one(JUNK)
    content = json.dumps(raw)
    if draw_one(st.booleans()):
        at = draw_one(st.integers(0, len(content)))
        content = (
            content[:at]
            + draw_one(st.sampled_from(['"a": 1, ', "1e400", "NaN", "\\ud800", "[", "}", ""]))
            + content[at:]
        )
    return content


def form_of(app: Flask, client: StrictClient, path: str) -> tuple[str, dict[str, list[str]]]:
    """Return a token and what the forms of a page offer: by field, the values that can be chosen.

    A page that cannot be read now offers what readers expect, with the token of another page.
    """
    page = client.request("GET", path)
    if page.status != 200:
        others = (client.request("GET", other) for other in ("/staff/account", "/staff/sign-in"))
        return token_of(next(other for other in others if other.status == 200)), {name: [""] for name in USUAL}
    found: dict[str, list[str]] = {}
    for element in page.tree.iter():
        name = "" if element.get("type") == "file" else element.get("name") or ""
        if element.tag in ("input", "textarea", "button"):
            found.setdefault(name, []).append(element.get("value") or "")
        elif element.tag == "select":
            found[name] = [option.get("value") or "" for option in element.iter("option")]
    token = found.pop("csrf_token", [""])[0]
    return token, {name: values for name, values in found.items() if name not in ("", "viewport")}
