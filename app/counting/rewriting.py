"""Deletes rows, and rewrites those of the answers database in random order, with new persons and ids if asked.

On PostgreSQL the tables are emptied by TRUNCATE, which gives them new files, and filled again: no old row stays behind,
and neither the position nor the transaction number of a row reveals anything. On SQLite deleted rows are overwritten
and VACUUM follows (``db.tidy_files``).
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import SystemRandom
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session

from app.core.keys import ID_BYTES
from app.models.answers import Comment, DetachedAnswer, MovedComment, Response

ROWS_AT_ONCE = 500
ANSWERS = (Response, Comment, MovedComment, DetachedAnswer)
FromRow = Callable[[dict[str, Any]], bytes]
_chance = SystemRandom()


def random_ids() -> defaultdict[bytes, bytes]:
    """Give a random id for each old one, always the same: links stay, and no key derives them."""
    return defaultdict(lambda: secrets.token_bytes(ID_BYTES))


def slices(rows: Sequence[Any], size: int = ROWS_AT_ONCE) -> Iterator[Sequence[Any]]:
    """Yield rows in pieces that one statement can take."""
    return (rows[i : i + size] for i in range(0, len(rows), size))


def delete_rows(session: Session, column: InstrumentedAttribute[bytes], values: Sequence[bytes]) -> None:
    """Delete the rows of the column's table that have one of these values."""
    for some in slices(values):
        session.execute(delete(column.class_).where(column.in_(some)))


def replace_ids(
    session: Session, waves: set[str], new_person: Callable[[str, bytes], bytes], new_part: Callable[[bytes], bytes]
) -> None:
    """Replace persons and ids in the rows of some waves, and rewrite all rows of all waves in random order.

    ``new_person`` is given the wave and the old pseudonym; ``new_part`` the old id of a comment or detached
    answer.
    All of it is part of the session's transaction.
    """
    ids = random_ids()
    of_response = {"person": lambda row: new_person(row["wave_id"], row["person"]), "id": lambda row: ids[row["id"]]}
    _rewrite(session, Response, waves, of_response)
    for model in (Comment, MovedComment, DetachedAnswer):
        _rewrite(session, model, waves, {"id": lambda row: new_part(row["id"])})


def reshuffle_rows(session: Session, *models: type[DeclarativeBase]) -> None:
    """Rewrite all answers, or only these tables, in random order, where the database records who wrote a row when.

    Otherwise a stolen copy would reveal which answers were opened together, and so in which order they were sent.
    SQLite keeps no such record, and VACUUM gives its rows new positions.
    """
    if session.get_bind().dialect.name == "postgresql":
        for model in models or ANSWERS:
            _rewrite(session, model, set(), {})


def _rewrite(session: Session, model: type[DeclarativeBase], waves: set[str], columns: Mapping[str, FromRow]) -> None:
    rows = [dict(row) for row in session.execute(select(*model.__table__.columns)).mappings()]
    for row in rows:
        if row.get("wave_id") in waves:
            row.update({name: of(row) for name, of in columns.items()})
    _chance.shuffle(rows)
    is_postgres = session.get_bind().dialect.name == "postgresql"
    session.execute(text(f"TRUNCATE {model.__tablename__}") if is_postgres else delete(model))
    for some in slices(rows):
        session.execute(insert(model), some)
