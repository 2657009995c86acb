"""Made-up ratings, rival explanations and outside figures, marked as such; they say nothing about a real place."""

import datetime as dt

from app.evidence import service
from app.evidence.service import FigureEntry
from app.storage import clock

AUTHOR = "demo@example.org"
YEAR = dt.timedelta(days=365)


def load() -> None:
    """Add them, by the demonstration's evaluator."""
    note = "Made-up: one question of the staff survey in two rounds, and no figure from another source that agrees."
    service.rate("S6", "weak", note, author=AUTHOR)
    note = "Made-up: families and young people were asked in two rounds. Who chose to answer has not been looked at."
    service.rate("S1", "weak", note, author=AUTHOR)
    service.note_rival("S6", "Made-up: more staff could take part in round 2 (frame change)", "", author=AUTHOR)
    answer = "Made-up: the share of paper was about the same in both rounds."
    service.note_rival("S1", "Made-up: more families answered on paper (mode shift)", answer, author=AUTHOR)
    last = clock.today() - dt.timedelta(days=30)
    for value, day in (("18.5", last - YEAR), ("17.0", last)):
        entry = FigureEntry(
            name="Made-up: mean caseload of a social worker",
            first_day=day - YEAR,
            last_day=day,
            value=value,
            unit="children",
            source="Made-up report",
        )
        service.enter_figure("S6", entry, author=AUTHOR)
