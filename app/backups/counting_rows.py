"""Numbers of rows and revisions of both databases, by which a copy is compared."""

from sqlalchemy import Connection, column, func, inspect, select, table

from app.backups.manifest import Rows
from app.storage import db, installation

# Useless in a copy: their keys are in browsers, or they expire within hours.
LEFT_OUT = ("draft", "saved_draft", "staff_session", "set_up_link", "keying_link")


def count(connection: Connection, schema: str | None = None) -> dict[str, int]:
    """Return the number of rows of every table of a room that is backed up.

    ``schema`` is the room on PostgreSQL, where the connection's own search path does not say it.
    """
    names = sorted(set(inspect(connection).get_table_names(schema=schema)) - set(LEFT_OUT))
    queries = {name: select(func.count()).select_from(table(name, schema=schema)) for name in names}
    return {name: int(connection.execute(query).scalar_one()) for name, query in queries.items()}


def revision(connection: Connection, schema: str | None = None) -> str:
    """Return the revision of a room's tables."""
    versions = table("alembic_version", column("version_num"), schema=schema)
    return str(connection.execute(select(versions)).scalar_one())


def count_installation() -> Rows:
    """Return the number of rows of every table of both databases, as the owner sees them."""
    found: Rows = {}
    for room in installation.ROOMS:
        engine = db.make_engine(installation.owner_url(room), room)
        with engine.connect() as connection:
            found[room] = count(connection)
        engine.dispose()
    return found
