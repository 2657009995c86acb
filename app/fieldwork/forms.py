"""Forms for waves: first and last day, and the target population."""

import datetime as dt
from collections.abc import Mapping

from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from app.web.forms import StaffForm

ROWS, MAX_HEADS = 8, 1_000_000
NO_DATE = "Enter a date, such as 2027-03-31."
NO_NUMBER = f"enter a whole number from 0 to {MAX_HEADS:,}."


class DatesForm(StaffForm):
    """First and last day, both inclusive."""

    opens_on = DateField("First day", validators=[InputRequired(NO_DATE)])
    closes_on = DateField("Last day", validators=[InputRequired(NO_DATE)])


class RoundForm(DatesForm):
    """A new wave of a survey."""

    survey = SelectField("Survey", validators=[InputRequired("Choose a survey.")])


class FrameForm:
    """The target population: a definition, a date and a grid of headcounts. Invalid input is kept for redisplay."""

    def __init__(self, localities: Mapping[str, str]) -> None:
        self.localities = localities
        self.definition, self.counted_on = "", ""
        self.rows: list[tuple[str, dict[str, str]]] = [("", {}) for _ in range(ROWS)]
        self.errors: list[tuple[str, str]] = []

    def fill(self, definition: str, counted_on: dt.date | None, counts: Mapping[tuple[str, str], int]) -> "FrameForm":
        """Fill in an existing frame; a copied one has no date yet."""
        self.definition, self.counted_on = definition, counted_on.isoformat() if counted_on else ""
        groups = sorted({group for group, _place in counts})
        cells = [(g, {p: str(n) for (name, p), n in counts.items() if name == g}) for g in groups]
        self.rows = [*cells, *self.rows[len(cells) :]]
        return self

    def read(self, given: Mapping[str, str]) -> "FrameForm":
        """Read the input and record errors."""
        self.definition, self.counted_on = given.get("definition", ""), given.get("counted_on", "").strip()
        self.rows = [
            (
                given.get(f"group-{i}", "").strip()[:80],
                {p: given.get(f"n-{i}-{p}", "").strip() for p in self.localities},
            )
            for i in range(ROWS)
        ]
        if self.day is None:
            self.errors.append(("counted_on", NO_DATE))
        for i, (group, numbers) in enumerate(self.rows):
            wrong = [place for place, typed in numbers.items() if typed and not _is_count(typed)]
            name = group or f"Group {i + 1}"
            self.errors += [(f"n-{i}-{p}", f"{name}, {self.localities[p]}: {NO_NUMBER}") for p in wrong]
            if not group and any(numbers.values()):
                self.errors.append((f"group-{i}", "Enter a name for this group."))
        return self

    @property
    def day(self) -> dt.date | None:
        """The date entered, or None if it is not valid."""
        try:
            return dt.date.fromisoformat(self.counted_on)
        except ValueError:
            return None

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """The headcounts entered; rows with the same name are added up."""
        found: dict[tuple[str, str], int] = {}
        for group, numbers in self.rows:
            for place, typed in numbers.items():
                if typed:
                    found[group, place] = found.get((group, place), 0) + int(typed)
        return found


def _is_count(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) <= 7 and int(typed) <= MAX_HEADS
