"""How many comments each reader was shown on a day. Past days go into the audit log: one entry a reader and day."""

from sqlalchemy import delete, select

from app.models.comments import ReadingCount
from app.models.staff import StaffUser
from app.storage import audit, clock, db

PAUSE_EVERY = 20
"""After so many comments a page proposes a break."""


def count(person: StaffUser, shown: int = 1) -> int:
    """Add to the number of comments that somebody was shown today, and return it."""
    row = {"day": clock.today(), "reader": person.id}
    with db.writing() as session:
        add = db.insert_into(session, ReadingCount).values(**row, n=shown)
        add = add.on_conflict_do_update(index_elements=[*row], set_={"n": ReadingCount.n + shown})
        return int(session.scalar(add.returning(ReadingCount.n)) or shown)


def note_past_days() -> None:
    """Write to the audit log how many comments each reader was shown on past days. Run at the next sign-in."""
    with db.writing() as session:
        past = delete(ReadingCount).where(ReadingCount.day < clock.today())
        found = session.execute(past.returning(ReadingCount.day, ReadingCount.reader, ReadingCount.n)).all()
        names = {row.id: row.email for row in session.execute(select(StaffUser.id, StaffUser.email))} if found else {}
        for day, reader, n in sorted((row.day, row.reader, row.n) for row in found):
            name = names.get(reader, "an account that is gone")
            with audit.acting(name):
                audit.record("read comments", name, on=day, times=n)
