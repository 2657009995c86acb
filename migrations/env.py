"""Alembic's environment for both rooms; the caller's ``room`` selects the history and the metadata."""

from alembic import context
from sqlalchemy import text

import app.models.answers
import app.models.cards
import app.models.comments
import app.models.evidence
import app.models.fieldwork
import app.models.letters
import app.models.office
import app.models.releases
import app.models.staff
import app.models.surveys  # noqa: F401
from app.models.base import AnswersBase, PortalBase
from app.storage.db import ANSWERS, PORTAL, make_engine
from migrations.grants import grant_all
from migrations.statistics import stop_sampling

METADATA = {PORTAL: PortalBase.metadata, ANSWERS: AnswersBase.metadata}


def run() -> None:
    """Run the migrations of one room."""
    room, url = context.config.attributes["room"], context.config.attributes["url"]
    engine = make_engine(url, room)
    is_postgres = engine.dialect.name == "postgresql"
    with engine.connect() as connection:
        if is_postgres:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {room}"))
        context.configure(
            connection=connection,
            target_metadata=METADATA[room],
            render_as_batch=not is_postgres,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if is_postgres:
                grant_all(connection, room)
                stop_sampling(connection, room)
        connection.commit()
    engine.dispose()


run()
