"""What a PostgreSQL server stores about rows outside its tables: its log, commit times, the write-ahead log.

Our roles can read these settings and not change them; docs/operating.md says how a superuser does.
"""

from sqlalchemy import text

from app.storage import db

TIMER, HOUR = "archive_timeout", 3600
WANTED = {
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_duration_statement": "-1",
    "track_commit_timestamp": "off",
    "wal_recycle": "off",
    "archive_mode": "off",
}
"""Each setting with its required value."""


def find_gaps() -> list[str]:
    """Return which settings of the database server store too much; nothing on SQLite.

    A write-ahead log that is not switched every hour and deleted keeps deleted text for months.
    """
    engine = db.rooms().engine("front")
    if engine.dialect.name != "postgresql":
        return []
    query = text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)")
    with engine.connect() as connection:
        rows = connection.execute(query, {"names": [*WANTED, TIMER]}).all()
    found = {str(name): str(setting) for name, setting in rows}
    gaps = [f"{name} is {found.get(name)}, not {want}" for name, want in WANTED.items() if found.get(name) != want]
    if not 0 < int(found.get(TIMER, "0")) <= HOUR:
        gaps.append(f"{TIMER} is {found.get(TIMER)}, not from 1 to {HOUR}")
    return gaps
