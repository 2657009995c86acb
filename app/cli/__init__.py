"""The command line: one group a file, thin over the services."""

from app.cli import attack, audit, backup, cards, database, demo, keys, letterbox, releases, surveys, users, waves

GROUPS = (
    surveys.group,
    waves.group,
    cards.group,
    letterbox.group,
    letterbox.opener_group,
    releases.group,
    users.group,
    audit.group,
    backup.group,
    attack.group,
    keys.group,
    demo.group,
    database.group,
)
