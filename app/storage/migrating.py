"""Migrates both databases to their newest revision. Only commands import it: Alembic is large."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.storage import installation


def migrate() -> None:
    """Create the folders, and migrate both databases to the newest revision."""
    installation.prepare_folders()
    upgrade()


def upgrade() -> None:
    """Migrate both databases to the newest revision, in existing folders; Refused if one is damaged or newer."""
    for room in installation.ROOMS:
        installation.check_migratable(room)
    for room in installation.ROOMS:
        command.upgrade(alembic_config(room), "head")


def alembic_config(room: str) -> Config:
    """Return Alembic's settings for the history of one database."""
    config = Config(attributes={"room": room, "url": installation.owner_url(room)})
    config.set_main_option("script_location", str(installation.MIGRATIONS))
    config.set_main_option("version_locations", str(installation.MIGRATIONS / room))
    config.set_main_option("path_separator", "newline")
    return config


def knows_revision(room: str, revision: str) -> bool:
    """Tell whether this version of the portal has a revision of a room's tables."""
    known = ScriptDirectory.from_config(alembic_config(room)).walk_revisions()
    return revision in {script.revision for script in known}


def write_revision(room: str, message: str) -> None:
    """Write a new revision file for one room from the difference between its models and its database."""
    config = alembic_config(room)
    command.revision(config, message, autogenerate=True, version_path=str(installation.MIGRATIONS / room))
