"""Nothing that a respondent leaves has a date, a running number or an order; a card's row never changes."""

import itertools

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Date, DateTime, ForeignKey, Integer, Table, Time, select, text
from sqlalchemy.orm import Session

from app.core.keys import person, wave_pseudonym
from app.counting import rewriting
from app.models.answers import Response
from app.models.base import AnswersBase, PortalBase
from app.models.cards import Card
from app.respond import journeys
from app.storage import db, keyring
from app.surveys import waves
from tests.conftest import TinySurvey
from tests.respond.test_taking_back import canaries

ANONYMOUS = ("draft", "saved_draft", "spent", "letter", "card", "void")
OF_NOBODY = ("audit_anchor", "link_chain", "ended_wave")
"""How long the staff's own log was; how often a key was rotated; which waves have ended, with their numbers."""
TABLES = [
    *(table for table in AnswersBase.metadata.sorted_tables if table.name not in OF_NOBODY),
    *(PortalBase.metadata.tables[name] for name in ANONYMOUS),
]


def faults(table: Table) -> list[str]:
    """Return what in a table could tell a time, an order or a name."""
    found = []
    for column in table.columns:
        if isinstance(column.type, DateTime | Date | Time) or column.server_default is not None:
            found.append(f"{table.name}.{column.name} tells a time")
        if column.primary_key and isinstance(column.type, Integer):
            found.append(f"{table.name}.{column.name} counts up")
        if column.foreign_keys:
            found.append(f"{table.name}.{column.name} points at another table")
    if table.dialect_options["sqlite"]["with_rowid"]:
        found.append(f"{table.name} has hidden row numbers")
    return found


def tau(order: list[int]) -> float:
    """Return Kendall's tau of an order against 0, 1, 2 …: 1 is the same order, 0 is none."""
    pairs = list(itertools.combinations(order, 2))
    return sum(1 if a < b else -1 for a, b in pairs) / len(pairs)


def test_anonymous_tables_tell_no_time_and_no_order() -> None:
    assert [fault for table in TABLES for fault in faults(table)] == []


def test_a_naive_table_is_found() -> None:
    naive = Table("naive", PortalBase.metadata.__class__())
    assert faults(naive) == ["naive has hidden row numbers"]
    wave = PortalBase.metadata.tables["wave"]
    assert "wave.opens_on tells a time" in faults(wave)
    assert any("points at another table" in fault for fault in faults(wave))
    assert isinstance(next(iter(wave.c.survey_slug.foreign_keys)), ForeignKey)


def test_cards_and_responses_share_no_column() -> None:
    shared = set(Card.__table__.columns.keys()) & set(Response.__table__.columns.keys())
    assert shared == set()


@pytest.mark.both_databases
def test_responses_lie_in_no_order_of_sending(tiny: TinySurvey) -> None:
    codes = tiny.codes(120)
    for number, code in enumerate(codes):
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        kept = journeys.save_page(journey, {"words": f"number {number}", "heard": "5"})
        journeys.submit(kept, journeys.new_submission_id())
    cards_before = _cards()
    tiny.close_wave()

    with db.counting() as session:
        people = list(session.scalars(select(Response.person)))
    link = keyring.link_key("family")
    sent_as = {
        wave_pseudonym(link, tiny.wave, person(link, "family", code)): number for number, code in enumerate(codes)
    }
    assert abs(tau([sent_as[one] for one in people])) < 0.25, "four standard deviations at 120"
    assert abs(tau(list(range(120)))) == 1.0, "the measure sees an order that is there"
    assert _cards() == cards_before
    assert waves.shown_turnout() == {"family-1": 120}


@pytest.mark.postgresql
def test_rewriting_gives_the_rows_another_order_on_disk(tiny: TinySurvey) -> None:
    canaries(tiny.codes(30))
    tiny.close_wave()
    with db.counting() as session:
        before = _on_disk(session)
        rewriting.reshuffle_rows(session)
        after = _on_disk(session)
    assert len(before) == 30
    assert sorted(before) == sorted(after)
    assert before != after, "once in 30! runs"


def _on_disk(session: Session) -> list[bytes]:
    return list(session.scalars(text("SELECT person FROM response ORDER BY ctid")))


@pytest.mark.postgresql
def test_the_database_server_copies_nothing_of_people_into_its_statistics(app: Flask, tiny: TinySurvey) -> None:
    owner = app.config["SETTINGS"].owner_database_url
    canaries(tiny.codes(30))
    tiny.close_wave()
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("ANALYZE")
        sampled = {str(row[0]) for row in connection.execute("SELECT tablename FROM pg_stats")}
    assert sampled.isdisjoint(table.name for table in TABLES)
    assert {"wave", "batch"} <= sampled, "other tables are sampled"


def _cards() -> list[tuple[bytes, str]]:
    with db.reading() as session:
        return [(row.tag, row.batch_id) for row in session.execute(select(Card.tag, Card.batch_id))]
