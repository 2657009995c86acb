"""Keeps PostgreSQL from copying what people left into its own statistics. Applied after every migration.

ANALYZE, which the server runs by itself, stores frequent and dividing values of every column in ``pg_statistic``. There
they would outlive their rows: answers that were taken back, marks of a wave that was burned.
"""

from sqlalchemy import Connection, Inspector, inspect, text

RESPONDENTS = {"portal": ("draft", "saved_draft", "spent", "letter", "card", "void")}
"""For each schema, the tables that respondents' rows lie in; in one that is not named, all."""


def stop_sampling(connection: Connection, room: str) -> None:
    """Have no values of respondents' tables sampled from now on."""
    found: Inspector = inspect(connection)
    there = found.get_table_names(schema=room)
    for table in there:
        if table in RESPONDENTS.get(room, there):
            changes = [f"ALTER {column['name']} SET STATISTICS 0" for column in found.get_columns(table, schema=room)]
            connection.execute(text(f"ALTER TABLE {room}.{table} {', '.join(changes)}"))
