"""The command line: one group per module, imported only when the group is called."""

from importlib import import_module

import click
from flask.cli import AppGroup

GROUPS = {
    **{
        name: name for name in ("attack", "audit", "backup", "cards", "config", "database", "demo", "keys", "letterbox")
    },
    **{
        "action": "actions",
        "comment": "comments",
        "opener": "letterbox",
        "theme": "themes",
        "release": "releases",
        "survey": "surveys",
        "user": "users",
        "wave": "waves",
    },
}
"""The name of each group, with its module."""


class Commands(AppGroup):
    """The command groups of the portal, imported lazily; the web process imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all groups."""
        return sorted({*super().list_commands(ctx), *GROUPS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the group with a name, or None."""
        if cmd_name not in GROUPS:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"app.cli.{GROUPS[cmd_name]}")
        group: click.Command = module.opener_group if cmd_name == "opener" else module.group
        return group
