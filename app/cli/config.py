"""``flask config``: the settings of this installation. Invalid ones have ended the program before, see ``wsgi.py``."""

import click
from flask import current_app
from redis import Redis, RedisError

from app.cli.group import CommandGroup, stop
from app.core.settings import NAMES
from app.storage import installation
from config import Settings, find_look_alikes

REDIS_SECONDS = 2
group = CommandGroup("config", help="The settings of this installation.")


@group.command("check")
def check() -> None:
    """Check every setting and what it leads to; with a fault, print one sentence for each and exit with 1."""
    settings: Settings = current_app.config["SETTINGS"]
    faults: list[str] = []
    notes = find_look_alikes()
    if fault := installation.find_fault(settings, *installation.reachable_rooms(settings)):
        (notes if fault.endswith(installation.MIGRATE) else faults).append(f"{_source(settings)}: {fault}")
    else:
        notes += installation.find_out_of_use(settings)
    if settings.redis_url and not _answers(settings.redis_url):
        faults.append("REDIS_URL: no Redis server responds at this address.")
    if settings.is_production and not settings.trusted_proxies:
        notes.append("TRUSTED_PROXIES is 0: everybody shares the proxy's address and its limits. It is usually 1.")
    for note in notes:
        click.echo(note)
    if faults:
        stop("\n".join(faults))
    click.echo(f"All {len(NAMES)} settings are valid.")


def _source(settings: Settings) -> str:
    """Return the setting that says where the databases are."""
    return "DATABASE_URL" if settings.database_url else "PORTAL_HOME"


def _answers(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS) as redis:
            return bool(redis.ping())
    except RedisError:
        return False
