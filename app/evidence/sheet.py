"""The evidence table as rows of a CSV file: one row for each question, rating, rival explanation and figure."""

from collections.abc import Iterable, Iterator

from app.evidence.outcomes import LogicModel
from app.evidence.questions import Measure
from app.evidence.service import STRENGTHS, Entries

COLUMNS = (
    *("outcome", "outcome name", "kind", "what", "round", "from", "to", "value", "unit", "likely from", "likely to"),
    *("change", "state", "note", "source", "author", "day"),
)
"""``from`` and ``to`` are days; the likely range is in percent."""
ISOLATES = dict.fromkeys(map(ord, "\u2066\u2069"))
"""Marks of direction around numbers on pages, which spreadsheets show as boxes."""


def rows(model: LogicModel, measures: Iterable[Measure], entries: Entries) -> Iterator[dict[str, object]]:
    """Yield what the evidence pages show now, outcome by outcome; earlier entries are left out."""
    found = list(measures)
    for outcome in model:
        head = {"outcome": outcome.code, "outcome name": outcome.name}
        own = entries.of(outcome.code)
        parts = (_questions(one for one in found if outcome.code in one.codes), _notes(own), _figures(own))
        yield from (head | row for part in parts for row in part)


def _questions(found: Iterable[Measure]) -> Iterator[dict[str, object]]:
    for one in found:
        first, last = one.page.days
        row: dict[str, object] = {"kind": "survey question", "what": one.text, "round": one.page.wave.id}
        if one.percent is not None:
            row |= {"value": one.percent, "unit": "%"}
        row |= {
            "from": first,
            "to": last,
            "note": one.share.translate(ISOLATES),
            "change": one.movement,
            "source": "published results",
        }
        if one.likely:
            row |= {"likely from": one.likely[0], "likely to": one.likely[1]}
        yield row


def _notes(entries: Entries) -> Iterator[dict[str, object]]:
    if entries.rating:
        rating = entries.rating
        row = {"kind": "rating", "state": STRENGTHS[rating.strength], "note": rating.note}
        yield row | {"author": rating.author, "day": rating.day}
    for chain in entries.rivals:
        rival = chain.now
        row = {"kind": "rival explanation", "what": rival.rival, "state": "answered" if rival.answer else "open"}
        yield row | {"note": rival.answer, "author": rival.author, "day": rival.day}


def _figures(entries: Entries) -> Iterator[dict[str, object]]:
    for chain in entries.shown_figures:
        one = chain.now
        row: dict[str, object] = {"kind": "figure from outside the surveys", "what": one.name, "value": one.value}
        row |= {"from": one.first_day, "to": one.last_day, "unit": one.unit, "source": one.source, "note": one.note}
        yield row | {"author": one.author, "day": one.day}
