"""What evaluators note about outcomes. Each entry keeps its author and day; nothing is changed or deleted."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.typed import TypedError, clean_line, clean_text, same
from app.models.evidence import EvidenceRating, OutsideFigure, RivalExplanation
from app.storage import audit, clock, db
from app.storage.refusals import NotFound, Refused

MAX_NOTE, MAX_RIVAL, MAX_NAME, MAX_UNIT, MAX_SOURCE = 1000, 200, 120, 40, 200
FIRST_DAY = dt.date(1990, 1, 1)
NUMBER = re.compile(r"-?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,4})?")
STRENGTHS = {
    "none": "No evidence yet",
    "weak": "Weak",
    "moderate": "Moderate",
    "strong": "Strong",
}
MEANINGS = {
    "none": "Nothing published says anything about this outcome yet.",
    "weak": "One source only, few answers, nothing to compare with, or rival explanations that nobody has looked at.",
    "moderate": "Several questions or groups of people point the same way in at least two rounds. The main rival "
    "explanations have been looked at, and some are open.",
    "strong": "Different sources agree over several rounds, and each rival explanation has an answer. People's opinion "
    "of the programme alone is never strong evidence.",
}
Row = TypeVar("Row", RivalExplanation, OutsideFigure)


@dataclass(frozen=True)
class Chain(Generic[Row]):
    """An entry as it stands now, and the entries that it replaced, newest first."""

    now: Row
    earlier: tuple[Row, ...]


@dataclass(frozen=True)
class Entries:
    """All entries, of one outcome or of all; ``ratings`` newest first."""

    ratings: tuple[EvidenceRating, ...]
    rivals: tuple[Chain[RivalExplanation], ...]
    figures: tuple[Chain[OutsideFigure], ...]

    def of(self, code: str) -> "Entries":
        """Return the entries of one outcome."""
        return Entries(
            tuple(row for row in self.ratings if row.outcome == code),
            tuple(chain for chain in self.rivals if chain.now.outcome == code),
            tuple(chain for chain in self.figures if chain.now.outcome == code),
        )

    @property
    def rating(self) -> EvidenceRating | None:
        """The rating that counts."""
        return self.ratings[0] if self.ratings else None

    @property
    def shown_figures(self) -> tuple[Chain[OutsideFigure], ...]:
        """The figures that are not withdrawn, by name and period."""
        shown = [chain for chain in self.figures if chain.now.value]
        return tuple(sorted(shown, key=lambda chain: (chain.now.name, chain.now.first_day)))

    @property
    def changed_figures(self) -> tuple[OutsideFigure, ...]:
        """The figures that were corrected, and those that are withdrawn."""
        gone = [(chain.now,) if not chain.now.value else () for chain in self.figures]
        return tuple(row for chain, now in zip(self.figures, gone, strict=True) for row in (*now, *chain.earlier))

    @property
    def n_open(self) -> int:
        """The number of rival explanations without an answer."""
        return sum(not chain.now.answer for chain in self.rivals)


@dataclass(frozen=True)
class FigureEntry:
    """What is entered of a figure from outside the surveys; an empty ``value`` withdraws it."""

    name: str
    first_day: dt.date
    last_day: dt.date
    value: str
    unit: str
    source: str
    note: str = ""


def list_entries() -> Entries:
    """Return all entries."""
    with db.reading() as session:
        ratings, rivals, figures = (
            list(session.scalars(select(table).order_by(table.id)))
            for table in (EvidenceRating, RivalExplanation, OutsideFigure)
        )
    return Entries(tuple(reversed(ratings)), _chains(rivals), _chains(figures))  # type: ignore[arg-type]


def _chains(rows: Sequence[Row]) -> tuple[Chain[Row], ...]:
    by_id = {row.id: row for row in rows}
    replaced = {row.replaces for row in rows}
    return tuple(Chain(row, tuple(_before(row, by_id))) for row in rows if row.id not in replaced)


def _before(row: Row, by_id: dict[int, Row]) -> Iterable[Row]:
    while row.replaces is not None:
        row = by_id[row.replaces]
        yield row


def rate(outcome: str, strength: str, note: str, *, author: str) -> None:
    """Rate the evidence for an outcome.

    Raises:
        Refused: there is no such rating, it has no reason, or nothing is new.
    """
    if strength not in STRENGTHS:
        raise Refused("Choose a rating.", field="strength")
    note = _clean(note, MAX_NOTE, field="note", by=clean_text)
    if not note and strength != "none":
        raise Refused("Say what the rating rests on.", field="note")
    with db.writing() as session:
        last = session.scalars(
            select(EvidenceRating).filter_by(outcome=outcome).order_by(EvidenceRating.id.desc())
        ).first()
        if last and (last.strength, last.note) == (strength, note):
            raise Refused("This is the rating already. Change it, or go back.", field="strength")
        session.add(EvidenceRating(outcome=outcome, author=author, day=clock.today(), strength=strength, note=note))
        audit.record("rated evidence", outcome, rating=strength)


def note_rival(outcome: str, rival: str, answer: str, *, author: str, replaces: int | None = None) -> None:
    """Note a rival explanation of an outcome, or replace what was noted; without an answer it is open.

    Raises:
        Refused: it is empty, or noted already. NotFound: there is no such entry to replace.
    """
    rival = _clean(rival, MAX_RIVAL, field="rival", by=clean_line)
    answer = _clean(answer, MAX_NOTE, field="answer", by=clean_text)
    if not rival:
        raise Refused("Describe the rival explanation.", field="rival")
    with db.writing() as session:
        others = _others(session, RivalExplanation, outcome, replaces=replaces)
        if any(same(one.rival) == same(rival) for one in others):
            raise Refused("This explanation is in the list already. Change that entry.", field="rival")
        row = RivalExplanation(outcome=outcome, author=author, day=clock.today(), replaces=replaces)
        row.rival, row.answer = rival, answer
        session.add(row)
        audit.record("noted a rival explanation", outcome, state="answered" if answer else "open", replaces=replaces)


def enter_figure(outcome: str, entry: FigureEntry, *, author: str, replaces: int | None = None) -> None:
    """Enter a figure from outside the surveys beside an outcome, or replace one.

    Raises:
        Refused: a part is missing or wrong, or the figure is there already. NotFound: there is none to replace.
    """
    checked = _checked(entry, is_correction=replaces is not None)
    with db.writing() as session:
        others = _others(session, OutsideFigure, outcome, replaces=replaces)
        key = (same(checked.name), checked.first_day, checked.last_day)
        if any(one.value and (same(one.name), one.first_day, one.last_day) == key for one in others):
            raise Refused("There is a figure with this name and period already. Correct that entry.", field="name")
        session.add(
            OutsideFigure(outcome=outcome, author=author, day=clock.today(), replaces=replaces, **asdict(checked))
        )
        act = "corrected an outside figure" if replaces else "entered an outside figure"
        audit.record(act, outcome, figure=checked.name, value=checked.value or "withdrawn", replaces=replaces)


def _checked(entry: FigureEntry, *, is_correction: bool) -> FigureEntry:
    lines = {
        name: _clean(getattr(entry, name), most, field=name, by=clean_line)
        for name, most in (("name", MAX_NAME), ("unit", MAX_UNIT), ("source", MAX_SOURCE), ("value", 30))
    }
    note = _clean(entry.note, MAX_NOTE, field="note", by=clean_text)
    for name, words in (("name", "what the figure counts"), ("source", "where the figure comes from")):
        if not lines[name]:
            raise Refused(f"Say {words}.", field=name)
    if not FIRST_DAY <= entry.first_day <= entry.last_day:
        raise Refused(
            f"The last day must not be before the first day, and neither before {FIRST_DAY}.", field="last_day"
        )
    if entry.last_day > clock.today():
        raise Refused("The period must be over. Enter its last day.", field="last_day")
    if not lines["value"] and not (is_correction and note):
        more = " To withdraw a figure, leave the value empty and say why in the note." if is_correction else ""
        raise Refused(f"Enter a number.{more}", field="value")
    if lines["value"] and not NUMBER.fullmatch(lines["value"]):
        raise Refused("Enter a number in digits, such as 1,204 or 12.5.", field="value")
    return FigureEntry(first_day=entry.first_day, last_day=entry.last_day, note=note, **lines)


def _clean(text: str, most: int, *, field: str, by: Callable[[str, int], str]) -> str:
    try:
        return by(text, most)
    except TypedError as error:
        raise Refused(str(error), field=field) from error


def _others(session: Session, table: type[Row], outcome: str, *, replaces: int | None) -> list[Row]:
    """Return the entries of an outcome that stand beside the one to be replaced, which must still stand itself."""
    standing = [chain.now for chain in _chains(list(session.scalars(select(table).filter_by(outcome=outcome))))]
    if replaces is not None and replaces not in {row.id for row in standing}:
        is_known = session.get(table, replaces) is not None
        raise (
            Refused("Somebody changed this entry meanwhile. Go back and look at it first.")
            if is_known
            else NotFound("There is no such entry.")
        )
    return [row for row in standing if row.id != replaces]
