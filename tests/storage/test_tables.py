"""What Alembic's comparison does not see: checks, and tables that keep no order of arrival."""

import pytest
from flask import Flask
from sqlalchemy import CheckConstraint, Engine, Table, inspect

from app.models.base import AnswersBase, PortalBase
from app.storage import db, installation

TABLES = [
    *((db.PORTAL, table) for table in PortalBase.metadata.sorted_tables),
    *((db.ANSWERS, table) for table in AnswersBase.metadata.sorted_tables),
]
OF_PEOPLE = {
    "card",
    "void",
    "draft",
    "saved_draft",
    "spent",
    "letter",
    "response",
    "comment",
    "detached",
    "turnout",
    "set_aside",
    "opened_letter",
    "moved_comment",
    "inbox",
    "read_comment",
    "masked_comment",
    "double_coding",
}
WITHOUT_ORDER = OF_PEOPLE | {"harm_report", "quote", "coded_comment", "coding"}
"""A report keeps the day of its outcome, and quotes and codings say who made them: nothing of the writer."""


def owner(room: str) -> Engine:
    """Return an engine that may look at every table of a room."""
    return db.make_engine(installation.owner_url(room), room)


def checks_of(table: Table) -> set[str]:
    """Return the names of a model's checks."""
    return {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}


@pytest.mark.both_databases
def test_every_check_of_the_models_is_in_the_database(app: Flask) -> None:
    engines = {room: owner(room) for room in installation.ROOMS}
    for room, table in TABLES:
        found = {str(check["name"]) for check in inspect(engines[room]).get_check_constraints(table.name)}
        assert found == checks_of(table), table.name
    for engine in engines.values():
        engine.dispose()
    assert any(checks_of(table) for _room, table in TABLES)


@pytest.mark.parametrize("room", installation.ROOMS)
def test_tables_of_people_keep_no_order_of_arrival(app: Flask, room: str) -> None:
    with db.rooms().engine("counting" if room == db.ANSWERS else "collecting").connect() as connection:
        rows = connection.exec_driver_sql("PRAGMA table_list").mappings().all()

    named = {table.name for of_room, table in TABLES if of_room == room}
    without_rowid = {row["name"] for row in rows if row["wr"] and row["name"] in named}
    assert without_rowid == WITHOUT_ORDER & named


def test_models_of_people_say_so() -> None:
    said = {table.name for _room, table in TABLES if table.dialect_options["sqlite"]["with_rowid"] is False}

    assert said == WITHOUT_ORDER


@pytest.mark.parametrize("name", sorted(OF_PEOPLE))
def test_tables_of_people_have_no_time_and_no_number(name: str) -> None:
    (table,) = [table for _room, table in TABLES if table.name == name]

    kinds = {type(column.type).__name__ for column in table.columns}
    assert not kinds & {"DateTime", "Date", "Time", "TIMESTAMP"}
    assert all(type(column.type).__name__ != "Integer" for column in table.primary_key.columns)
