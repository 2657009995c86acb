"""Both rooms' histories: up, the models' very tables, down, and up again with rows."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, text

from app.cards import service as cards
from app.fieldwork import frames, offer_log
from app.models.base import AnswersBase, PortalBase
from app.storage import db, installation, migrating
from app.surveys import waves
from tests.conftest import TODAY, TinySurvey
from tests.keys.destroyed import both_rooms
from tests.support.homes import environment, sqlite_settings, write_portal_env

METADATA = {db.PORTAL: PortalBase.metadata, db.ANSWERS: AnswersBase.metadata}


@pytest.mark.both_databases
@pytest.mark.parametrize("room", installation.ROOMS)
def test_models_and_migrations_agree(app: Flask, room: str) -> None:
    engine = db.make_engine(installation.owner_url(room), room)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, METADATA[room])
    engine.dispose()

    assert differences == []


@pytest.mark.both_databases
@pytest.mark.parametrize("room", installation.ROOMS)
def test_a_history_runs_down_and_up_again(tiny: TinySurvey, room: str) -> None:
    tiny.codes(30)
    db.rooms().dispose()
    config = migrating.alembic_config(room)

    command.downgrade(config, "base")
    engine = db.make_engine(installation.owner_url(room), room)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()

    command.upgrade(config, "head")
    if room == db.PORTAL:
        TinySurvey()
        assert cards.issue_cards("family", batch="again", locality="north", channel="post", count=30).codes


@pytest.mark.both_databases
def test_migrating_twice_changes_nothing(tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]

    migrating.migrate()

    assert installation.portal_revision() == installation.newest_revision(db.PORTAL)
    assert cards.find_card(code) is not None


@pytest.mark.both_databases
def test_rows_that_point_at_a_wave_outlive_the_change_of_its_states(tiny: TinySurvey) -> None:
    tiny.codes(30)
    frames.set_frame(tiny.wave, definition="All", counted_on=TODAY, counts={("All", "north"): 30})
    offer_log.count(tiny.wave, offer_log.list_offers(tiny.wave)[0].batch.id, offer_log.OFFERED)
    waves.cancel_wave(tiny.wave, "the wrong questions")
    both_rooms()
    config = migrating.alembic_config(db.PORTAL)
    for revision, state in (("0012", "closed"), ("head", "closed")):
        db.rooms().dispose()
        (command.downgrade if revision == "0012" else command.upgrade)(config, revision)
        engine = db.make_engine(installation.owner_url(db.PORTAL), db.PORTAL)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT state FROM wave")).scalar_one() == state
        engine.dispose()
    found = frames.find_frame(tiny.wave)
    assert found is not None
    assert (found.total, offer_log.list_offers(tiny.wave)[0].offered) == (30, 1)


@pytest.mark.parametrize("step", ["upgrade", "downgrade"])
def test_a_database_at_another_revision_is_not_ready(app: Flask, step: str) -> None:
    if step == "downgrade":
        command.downgrade(migrating.alembic_config(db.PORTAL), "-1")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (
        (200, "ok") if step == "upgrade" else (503, "not migrated")
    )


def test_a_web_process_reads_no_files_that_only_commands_need(tmp_path: Path) -> None:
    """They take a third of a start."""
    settings = sqlite_settings(tmp_path)
    write_portal_env(settings)
    listing = [sys.executable, "-c", "import sys, wsgi; print(*sorted(sys.modules))"]
    done = subprocess.run(listing, env=environment(settings), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "app.respond.views" in loaded
    assert not loaded & {
        "alembic",
        "tarfile",
        "app.attacker.suite",
        "app.counting.opener",
        "app.cli.demo",
    }
