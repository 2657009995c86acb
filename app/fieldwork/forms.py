"""Forms for waves: first and last day, and the target population."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from wtforms import SelectField
from wtforms.validators import InputRequired, Optional

from app.core.typed import TypedError, clean_line, clean_text, same, whole_number
from app.fieldwork import headcounts
from app.fieldwork.frames import MAX_GROUP_NAME, MAX_GROUPS, MAX_HEADS, MAX_TEXT, WaveFrame
from app.storage import clock
from app.web.forms import NO_DATE, DateField, StaffForm


class DatesForm(StaffForm):
    """First and last day, both inclusive."""

    opens_on = DateField("First day", validators=[InputRequired(NO_DATE)])
    closes_on = DateField("Last day", validators=[InputRequired(NO_DATE)])


class PublicDayForm(StaffForm):
    """The day from which everybody can read the results of a wave; today if it is left empty."""

    public_on = DateField("Everybody can read the results from", validators=[Optional()])

    @property
    def day(self) -> dt.date:
        """The day."""
        return self.public_on.data or clock.today()


class ReadingDayForm(StaffForm):
    """The day from which own words of a wave are read."""

    reading_day = DateField("Reading day", validators=[InputRequired(NO_DATE)])


class RoundForm(DatesForm):
    """A new wave of a survey."""

    survey = SelectField("Survey", validators=[InputRequired("Choose a survey.")])


class FrameForm:
    """The target population: a definition, a date and a grid of headcounts. Invalid input is kept for redisplay.

    A table that is pasted or uploaded fills the grid, to be checked before it is saved.
    """

    def __init__(self, localities: Mapping[str, str]) -> None:
        self.localities = localities
        self.definition, self.counted_on, self.table = "", "", ""
        self.rows: list[tuple[str, dict[str, str]]] = [("", {}) for _ in range(MAX_GROUPS)]
        self.left_out: tuple[str, ...] | None = None
        self.errors: list[tuple[str, str]] = []

    def fill(self, frame: WaveFrame, *, is_copied: bool) -> None:
        """Fill in an existing frame; a copied one has no date yet."""
        self.definition, self.counted_on = frame.definition, "" if is_copied else frame.counted_on.isoformat()
        self._fill_rows([(g, {p: str(n) for (name, p), n in frame.counts.items() if name == g}) for g in frame.groups])

    def read(self, given: Mapping[str, str], file: bytes = b"") -> None:
        """Read the input, with the content of an uploaded file, and record errors."""
        self.definition, self.counted_on = given.get("definition", ""), given.get("counted_on", "").strip()
        self.table = given.get("table", "")
        self._fill_rows(
            [
                (given.get(f"group-{i}", ""), {place: given.get(f"n-{i}-{place}", "") for place in self.localities})
                for i in range(MAX_GROUPS)
            ]
        )
        if file or self.table.strip():
            self._read_table(file)
        else:
            if "file" in given:  # a file cannot be kept while its sender signs in again
                self.errors.append(("file", "Choose the file again."))
            self._clean(
                "definition", self.definition, by=lambda typed: clean_text(typed, MAX_TEXT), label="Description"
            )
            if self.day is None:
                self.errors.append(("counted_on", NO_DATE))
        self._check_rows()

    @property
    def is_preview(self) -> bool:
        """Whether the grid was filled from a table, so that nothing is saved yet."""
        return self.left_out is not None

    @property
    def day(self) -> dt.date | None:
        """The date entered, or None if it is not valid."""
        try:
            return dt.date.fromisoformat(self.counted_on)
        except ValueError:
            return None

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """The headcounts entered, if there are no errors."""
        return {
            (clean_line(group, MAX_GROUP_NAME), place): whole_number(typed, 0, MAX_HEADS)
            for group, numbers in self.rows
            for place, typed in numbers.items()
            if typed.strip()
        }

    def _fill_rows(self, rows: Sequence[tuple[str, dict[str, str]]]) -> None:
        """Put rows into the grid; the rows below are empty."""
        self.rows = [*rows, *[("", {}) for _ in range(MAX_GROUPS - len(rows))]]

    def _read_table(self, file: bytes) -> None:
        """Fill the grid from a table; if that fails, keep the table as text, to be corrected."""
        try:
            rows = headcounts.rows_of_file(file) if file else headcounts.rows_of_text(self.table)
            self.table = headcounts.text_of(rows)
            found = headcounts.read_table(rows, self.localities)
        except TypedError as error:
            self.errors.append(("table" if self.table else "file", str(error)))
        else:
            self.table, self.left_out = "", found.left_out
            self._fill_rows(found.rows)

    def _check_rows(self) -> None:
        """Record the errors of the grid, row by row."""
        seen: dict[str, int] = {}
        for i, (group, numbers) in enumerate(self.rows):
            label, is_counted = f"Group {i + 1}", any(typed.strip() for typed in numbers.values())
            name = self._clean(f"group-{i}", group, by=lambda typed: clean_line(typed, MAX_GROUP_NAME), label=label)
            first = seen.setdefault(same(name), i) if name else i
            if first != i:
                both = f"Group {first + 1} and group {i + 1} have the same name, {name}."
                self.errors.append((f"group-{i}", f"{both} Change one, or add their numbers in one row."))
            if is_counted and not group.strip():
                self.errors.append((f"group-{i}", f"{label}: Enter a name for this group."))
            if group.strip() and not is_counted:
                self.errors.append((f"group-{i}", f"{name or label}: Enter the number of people in at least one area."))
            for place, typed in numbers.items():
                area = f"{name or label}, {self.localities.get(place, place)}"
                if typed.strip():
                    self._clean(f"n-{i}-{place}", typed, by=_headcount, label=area)
        if not seen and not self.errors:
            self.errors.append(("group-0", "Enter the number of people for at least one group and area."))

    def _clean(self, control: str, typed: str, *, by: Callable[[str], str], label: str) -> str:
        """Return what was typed as it will be stored; if it is refused, record the error and return nothing."""
        try:
            return by(typed)
        except TypedError as error:
            self.errors.append((control, f"{label}: {error}"))
            return ""


def _headcount(typed: str) -> str:
    return str(whole_number(typed, 0, MAX_HEADS))
