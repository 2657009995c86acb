"""The command line: one group per module, imported only when the group is called."""

from importlib import import_module

import click
from flask.cli import AppGroup

GROUPS = {
    "attack": "attack:group",
    "audit": "audit:group",
    "backup": "backup:group",
    "cards": "cards:group",
    "database": "database:group",
    "demo": "demo:group",
    "keys": "keys:group",
    "letterbox": "letterbox:group",
    "opener": "letterbox:opener_group",
    "release": "releases:group",
    "survey": "surveys:group",
    "user": "users:group",
    "wave": "waves:group",
}
"""The name of each group, with its module and its name there."""


class Commands(AppGroup):
    """The command groups of the portal, imported lazily; the web process imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all groups."""
        return sorted({*super().list_commands(ctx), *GROUPS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the group with a name, or None."""
        if cmd_name not in GROUPS:
            return super().get_command(ctx, cmd_name)
        file, name = GROUPS[cmd_name].split(":")
        group: click.Command = getattr(import_module(f"app.cli.{file}"), name)
        return group
