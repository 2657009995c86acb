"""Forms for waves: first and last day, and the target population."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping

from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from app.fieldwork.frames import MAX_HEADS, WaveFrame
from app.web.forms import StaffForm

ROWS = 8
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

    def fill(self, frame: WaveFrame, *, is_copied: bool) -> None:
        """Fill in an existing frame; a copied one has no date yet."""
        self.definition, self.counted_on = frame.definition, "" if is_copied else frame.counted_on.isoformat()
        cells = [(g, {p: str(n) for (name, p), n in frame.counts.items() if name == g}) for g in frame.groups]
        self.rows = [*cells, *self.rows[len(cells) :]]

    def read(self, given: Mapping[str, str]) -> None:
        """Read the input and record errors."""
        self.definition, self.counted_on = given.get("definition", ""), given.get("counted_on", "").strip()
        if self.day is None:
            self.errors.append(("counted_on", NO_DATE))
        for i in range(ROWS):
            group = given.get(f"group-{i}", "").strip()[:80]
            numbers = {place: given.get(f"n-{i}-{place}", "").strip() for place in self.localities}
            self.rows[i] = group, numbers
            wrong = [place for place, typed in numbers.items() if typed and not _is_count(typed)]
            name = group or f"Group {i + 1}"
            self.errors += [(f"n-{i}-{p}", f"{name}, {self.localities[p]}: {NO_NUMBER}") for p in wrong]
            if not group and any(numbers.values()):
                self.errors.append((f"group-{i}", "Enter a name for this group."))

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
        found: Counter[tuple[str, str]] = Counter()
        for group, numbers in self.rows:
            for place, typed in numbers.items():
                if typed:
                    found[group, place] += int(typed)
        return found


def _is_count(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) <= 7 and int(typed) <= MAX_HEADS
