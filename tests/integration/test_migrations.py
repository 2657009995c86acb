"""Both rooms' histories: up, the models' very tables, down, and up again with rows."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

from app import db
from app.models.base import AnswersBase, PortalBase
from app.services import cards, installation
from tests.conftest import TinySurvey

METADATA = {db.PORTAL: PortalBase.metadata, db.ANSWERS: AnswersBase.metadata}


@pytest.mark.parametrize("room", installation.ROOMS)
def test_models_and_migrations_agree(app: Flask, room: str) -> None:
    engine = db.make_engine(installation.owner_url(room), room)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, METADATA[room])
    engine.dispose()

    assert differences == []


@pytest.mark.parametrize("room", installation.ROOMS)
def test_a_history_runs_down_and_up_again(tiny: TinySurvey, room: str) -> None:
    tiny.codes(30)
    db.rooms().dispose()
    config = installation.alembic_config(room)

    command.downgrade(config, "base")
    engine = db.make_engine(installation.owner_url(room), room)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()

    command.upgrade(config, "head")
    if room == db.PORTAL:
        TinySurvey()
        assert cards.issue_cards("family", "again", "north", "post", 30).codes


def test_migrating_twice_changes_nothing(tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]

    installation.migrate()

    assert installation.is_migrated()
    assert cards.find_card(code) is not None
