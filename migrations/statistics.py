"""Keeps respondents' values out of PostgreSQL's planner statistics. Applied after every migration.

ANALYZE, which autovacuum also runs, stores most common values and histogram bounds of every column in ``pg_statistic``.
There they would outlive deleted rows.
"""

from sqlalchemy import Connection, Inspector, inspect, text

RESPONDENTS = {
    "portal": (
        *("draft", "saved_draft", "spent", "letter", "card", "void"),
        *("inbox", "read_comment", "harm_report", "masked_comment", "quote"),
    )
}
"""The tables with respondents' rows in a schema; in a schema that is not named, all tables."""


def stop_sampling(connection: Connection, room: str) -> None:
    """Disable column statistics for the tables with respondents' rows."""
    found: Inspector = inspect(connection)
    there = found.get_table_names(schema=room)
    for table in there:
        if table in RESPONDENTS.get(room, there):
            changes = [f"ALTER {column['name']} SET STATISTICS 0" for column in found.get_columns(table, schema=room)]
            connection.execute(text(f"ALTER TABLE {room}.{table} {', '.join(changes)}"))
